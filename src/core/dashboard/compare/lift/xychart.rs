//! The XY chart of Grafana up to 11.0: series named their columns, today they match them.
//!
//! Source: grafana/grafana `xychart/migrations.ts` (migrateOptions), 11.2 to 13.1.

use serde_json::{Map, Value, json};

use super::overrides::overrides;
use super::{Panel, Step, at, object_at};
use crate::dashboard::compare::rules;

pub(super) const SERIES: Step = Step {
    rule: &rules::XY_SERIES,
    applies: |panel| {
        panel.kinds() == ["xychart", "xychart"]
            && ["seriesMapping", "dims", "series"]
                .iter()
                .any(|key| at(panel.old, &["options", key]).is_some())
            && (panel.plugin_versions()[0] < 11.1 || at(panel.old, &["options", "seriesMapping"]).is_some())
            && at(panel.old, &["options", "mapping"]).is_none()
            && at(panel.new, &["options", "seriesMapping"]).is_none()
            && at(panel.new, &["options", "mapping"]).is_some()
    },
    apply,
};

fn apply(panel: &Panel<'_>) -> Vec<Map<String, Value>> {
    let mut lifted = panel.old.clone();
    let Some(options) = object_at(&mut lifted, "options") else {
        return vec![lifted];
    };
    let dims = options.remove("dims").unwrap_or(Value::Null);
    let mapping = options.remove("seriesMapping");
    let mapping = mapping.as_ref().and_then(Value::as_str);
    let automatic = mapping == Some("auto");
    let old = match options.remove("series") {
        Some(Value::Array(series)) if !automatic => series,
        _ if automatic => vec![json!({})],
        _ => Vec::new(),
    };
    let shared = Shared {
        dims: &dims,
        automatic,
        counts: mapping == Some("manual"),
        custom: at(panel.old, &["fieldConfig", "defaults", "custom"]),
    };
    let mut overrides = overrides(panel.old).to_vec();
    let mut counted = 0;
    let series: Vec<Value> = old
        .iter()
        .map(|series| shared.series(&mut counted, series, &mut overrides))
        .collect();
    options.insert("mapping".to_owned(), if automatic { "auto" } else { "manual" }.into());
    options.insert("series".to_owned(), Value::Array(series));
    if let Some(config) = object_at(&mut lifted, "fieldConfig") {
        config.insert("overrides".to_owned(), Value::Array(overrides));
    }
    vec![lifted]
}

/// What all series of a panel share.
struct Shared<'v> {
    dims: &'v Value,
    automatic: bool,
    /// Whether series without a frame of their own take one after the other.
    counts: bool,
    custom: Option<&'v Value>,
}

fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}

fn by_name(name: Option<&Value>) -> Value {
    match name {
        Some(name) => json!({"id": "byName", "options": name}),
        None => json!({"id": "byType", "options": "number"}),
    }
}

impl Shared<'_> {
    fn series(&self, counted: &mut usize, series: &Value, overrides: &mut Vec<Value>) -> Value {
        let get = |pointer: &str| present(series.pointer(pointer)).filter(|_| !self.automatic);
        let x = by_name(get("/x").or_else(|| present(self.dims.get("x"))));
        let y = by_name(get("/y"));
        let (color, size) = (get("/pointColor/field"), get("/pointSize/field"));
        if color.is_none() {
            let fixed = get("/pointColor/fixed").filter(|fixed| fixed.as_str() != Some(""));
            self.add(
                overrides,
                "pointColor/fixed",
                &y,
                &y,
                "color",
                fixed,
                |fixed| json!({"mode": "fixed", "fixedColor": fixed}),
            );
        }
        match size {
            None => self.add(
                overrides,
                "pointSize/fixed",
                &y,
                &y,
                "custom.pointSize.fixed",
                get("/pointSize/fixed"),
                Value::clone,
            ),
            Some(_) => {
                let at = by_name(size);
                self.add(
                    overrides,
                    "pointSize/min",
                    &y,
                    &at,
                    "custom.pointSize.min",
                    get("/pointSize/min"),
                    Value::clone,
                );
                self.add(
                    overrides,
                    "pointSize/max",
                    &y,
                    &at,
                    "custom.pointSize.max",
                    get("/pointSize/max"),
                    Value::clone,
                );
            }
        }
        let frame = get("/frame").cloned().unwrap_or_else(|| {
            if self.counts {
                *counted += 1;
                json!(*counted - 1)
            } else {
                present(self.dims.get("frame")).cloned().unwrap_or_else(|| json!(0))
            }
        });
        let mut made = json!({"frame": {"matcher": {"id": "byIndex", "options": frame}}, "x": {"matcher": x}, "y": {"matcher": y}});
        if let Some(exclude) = self
            .dims
            .get("exclude")
            .and_then(Value::as_array)
            .filter(|exclude| !exclude.is_empty())
        {
            made["y"]["exclude"] = json!({"id": "byNames", "options": exclude});
        }
        if color.is_some() {
            made["color"] = json!({"matcher": by_name(color)});
        }
        if size.is_some() {
            made["size"] = json!({"matcher": by_name(size)});
        }
        made
    }

    /// An override of a fixed value, unless the panel's own default or an override of the y column says it already.
    #[allow(clippy::too_many_arguments)]
    fn add(
        &self,
        overrides: &mut Vec<Value>,
        default: &str,
        y: &Value,
        matcher: &Value,
        id: &str,
        value: Option<&Value>,
        property: impl Fn(&Value) -> Value,
    ) {
        let Some(value) = value.filter(|value| value.as_f64() != Some(0.0)) else {
            return;
        };
        let default = self.custom.and_then(|custom| custom.pointer(&format!("/{default}")));
        let said = overrides.iter().any(|entry| {
            let properties = entry.get("properties").and_then(Value::as_array);
            entry.get("matcher") == Some(y)
                && properties
                    .into_iter()
                    .flatten()
                    .any(|property| property.get("id").and_then(Value::as_str) == Some(id))
        });
        if default != Some(value) && !said {
            overrides.push(json!({"matcher": matcher, "properties": [{"id": id, "value": property(value)}]}));
        }
    }
}
