//! A graph's time regions become annotations of the dashboard when a browser converts it.
//!
//! Source: grafana/grafana `timeseries/migrations.ts` (graphToTimeseriesOptions, addAnnotationsToDashboard), 11.1 to 13.1.

use serde_json::{Map, Value, json};

use super::super::kind;
use super::{mark, truthy};
use crate::dashboard::compare::same::same_or_absent;

/// The annotations that the graphs of a dashboard leave.
pub(in crate::dashboard::compare) fn annotations(dashboard: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let rows = dashboard.get("rows").and_then(Value::as_array).into_iter().flatten();
    let top = dashboard.get("panels").and_then(Value::as_array).into_iter().flatten();
    let inside = rows
        .chain(top.clone())
        .filter_map(|outer| outer.get("panels")?.as_array())
        .flatten();
    let panels: Vec<&Map<String, Value>> = top.chain(inside).filter_map(Value::as_object).collect();
    for panel in &panels {
        if kind(panel) == "graph" || mark(panel) == Some("graph") {
            let first = found.len();
            of_panel(panel, &mut found);
            // Where an id stands for two panels, or for none, the browser gives another.
            let id = panel.get("id").filter(|id| id.is_number());
            let is_own = || panels.iter().filter(|other| other.get("id") == id).count() == 1;
            if let Some(id) = id.filter(|_| found.len() > first && is_own()) {
                for annotation in &mut found[first..] {
                    annotation["filter"] = json!({"exclude": false, "ids": [id]});
                }
            }
        }
    }
    found
}

fn of_panel(panel: &Map<String, Value>, found: &mut Vec<Value>) {
    let regions = panel.get("timeRegions").and_then(Value::as_array).into_iter().flatten();
    let title = panel.get("title").and_then(Value::as_str).unwrap_or_default();
    for (position, region) in regions.filter_map(Value::as_object).enumerate() {
        let color = match region.get("colorMode") {
            Some(mode) if mode.as_str() == Some("custom") => region.get("fillColor"),
            mode => mode,
        };
        let color = match (truthy(region, "fill"), truthy(region, "line")) {
            (true, _) => color.cloned().unwrap_or(Value::Null),
            (false, true) => "white".into(),
            (false, false) => continue,
        };
        let number = if position > 0 {
            format!(" {position}")
        } else {
            String::new()
        };
        let part = |key: &str| region.get(key);
        found.push(json!({
            "name": format!("Time region for panel {title}{number}"),
            "iconColor": color,
            "enable": true,
            "hide": true,
            "target": {
                "queryType": "timeRegions",
                "refId": "Anno",
                "timeRegion": {
                    "fromDayOfWeek": part("fromDayOfWeek"),
                    "toDayOfWeek": part("toDayOfWeek"),
                    "from": part("from"),
                    "to": part("to"),
                    "timezone": "utc",
                },
            },
        }));
    }
}

/// Whether an annotation is one of these.
pub(in crate::dashboard::compare) fn is_one_of(annotation: &Value, expected: &[Value]) -> bool {
    expected.iter().filter_map(Value::as_object).any(|expected| {
        let own = ["datasource", "filter", "type", "placement"];
        let keys = annotation.as_object().map(Map::keys).into_iter().flatten();
        expected
            .iter()
            .all(|(key, value)| same_or_absent(Some(value), annotation.get(key)))
            && keys
                .into_iter()
                .all(|key| expected.contains_key(key) || own.contains(&key.as_str()))
    })
}
