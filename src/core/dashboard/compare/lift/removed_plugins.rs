//! Angular plugins that are gone, and what their successors make of their settings: pie chart and world map.
//!
//! Sources: grafana/grafana `piechart/migrations.ts` (PieChartPanelChangedHandler), `geomap/migrations.ts`
//! (worldmapToGeomapOptions), `PanelModel.ts` (autoMigrateAngular); 11.1 to 13.1.

use serde_json::{Map, Value, json};

use super::{Panel, Step, at, js_number, kind, survives_conversion};
use crate::dashboard::compare::rules;

fn was(panel: &Map<String, Value>, plugin: &str) -> bool {
    kind(panel) == plugin || panel.get("autoMigrateFrom").and_then(Value::as_str) == Some(plugin)
}

pub(super) fn converts(panel: &Panel<'_>, from: &str, to: &str) -> bool {
    panel.kinds[1] == to && was(panel.old, from) && !panel.new.contains_key("autoMigrateFrom")
}

pub(super) fn kept(panel: &Panel<'_>, to: &str, config: Value, options: Map<String, Value>) -> Map<String, Value> {
    let mut made: Map<String, Value> = panel
        .old
        .iter()
        .filter(|(key, _)| survives_conversion(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    made.insert("type".to_owned(), to.into());
    made.insert("fieldConfig".to_owned(), config);
    made.insert("options".to_owned(), Value::Object(options));
    made
}

pub(super) const PIE_CHART: Step = Step {
    rule: &rules::PIE_CHART,
    applies: |panel| converts(panel, "grafana-piechart-panel", "piechart"),
    apply: |panel| {
        let old = panel.old;
        let on = |path: &[&str]| at(old, path).and_then(Value::as_bool) == Some(true);
        let text = |key: &str| old.get(key).and_then(Value::as_str).unwrap_or_default();
        let colors = old.get("aliasColors").and_then(Value::as_object);
        let overrides: Vec<Value> = colors
            .into_iter()
            .flatten()
            .filter(|(_, color)| color.as_str().is_some_and(|color| !color.is_empty()))
            .map(|(alias, color)| {
                json!({"matcher": {"id": "byName", "options": alias}, "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": color}}]})
            })
            .collect();
        let decimals = old
            .get("decimals")
            .filter(|decimals| decimals.is_number())
            .cloned()
            .unwrap_or_else(|| json!(0));
        let mut defaults = json!({"decimals": decimals});
        if let Some(unit) = old.get("format").filter(|unit| !unit.is_null()) {
            defaults["unit"] = unit.clone();
        }
        let parts = |name: &'static str| {
            [("values", "value"), ("percentage", "percent")]
                .into_iter()
                .filter(move |(key, _)| on(&[name, key]))
                .map(|(_, value)| Value::from(value))
                .collect::<Vec<_>>()
        };
        let on_graph = text("legendType") == "On graph";
        let shown = old.get("legend").is_none_or(|_| on(&["legend", "show"])) && !on_graph;
        let placement = if text("legendType") == "Under graph" {
            "bottom"
        } else {
            "right"
        };
        let mut options = Map::new();
        options.insert(
            "legend".to_owned(),
            json!({"placement": placement, "values": parts("legend"), "displayMode": "table", "showLegend": shown, "calcs": []}),
        );
        let calculation = match text("valueName") {
            "" => None,
            "current" => Some(json!(["lastNotNull"])),
            "min" => Some(json!(["min"])),
            "max" => Some(json!(["max"])),
            "avg" => Some(json!(["mean"])),
            "total" => Some(json!(["sum"])),
            _ => Some(json!([])),
        };
        if let Some(calculation) = calculation {
            options.insert("reduceOptions".to_owned(), json!({"calcs": calculation}));
        }
        if let shape @ ("pie" | "donut") = text("pieType") {
            options.insert("pieType".to_owned(), shape.into());
        }
        if on_graph {
            let labels: Vec<Value> = std::iter::once("name".into()).chain(parts("legend")).collect();
            options.insert("displayLabels".to_owned(), Value::Array(labels));
        }
        vec![kept(
            panel,
            "piechart",
            json!({"defaults": defaults, "overrides": overrides}),
            options,
        )]
    },
};

pub(super) const WORLD_MAP: Step = Step {
    rule: &rules::WORLD_MAP,
    applies: |panel| converts(panel, "grafana-worldmap-panel", "geomap"),
    apply: |panel| {
        let old = panel.old;
        let number = |key: &str| match old.get(key)? {
            Value::Number(number) => Some(Value::Number(number.clone())),
            Value::String(text) => js_number(text),
            Value::Null => Some(json!(0)),
            _ => None,
        };
        let some = |key: &str| number(key).filter(|value| value.as_f64() != Some(0.0));
        let mut defaults = Map::new();
        if let Some(decimals) = some("decimals") {
            defaults.insert("decimals".to_owned(), decimals);
        }
        if let Some(steps) = threshold_steps(old) {
            defaults.insert("thresholds".to_owned(), json!({"mode": "absolute", "steps": steps}));
        }
        let mut layer = markers(panel.plugin_versions()[1]);
        for (from, to) in [("circleMaxSize", "max"), ("circleMinSize", "min")] {
            if let Some(size) = some(from) {
                layer["config"]["style"]["size"][to] = size;
            }
        }
        let located = old.get("locationData").and_then(Value::as_str);
        let reduced = old.get("valueName").and_then(Value::as_str).and_then(reducer);
        if let (Some(located), Some(_)) = (located, reduced) {
            let gazetteer = match located {
                "countries" | "countries_3letter" => Some("public/gazetteer/countries.json"),
                "states" => Some("public/gazetteer/usa-states.json"),
                _ => None,
            };
            if let Some(gazetteer) = gazetteer {
                layer["location"] = json!({"mode": "lookup", "gazetteer": gazetteer});
            }
        }
        let center = match old.get("mapCenter").and_then(Value::as_str) {
            Some("(0°, 0°)") => Some("zero"),
            Some("North America") => Some("north-america"),
            Some("Europe") => Some("europe"),
            Some("West Asia") => Some("west-asia"),
            Some("SE Asia") => Some("se-asia"),
            Some("Last GeoHash") => Some("coords"),
            _ => None,
        };
        let mut view = Map::new();
        for (key, value) in [
            ("id", center.map(Value::from)),
            ("zoom", some("initialZoom")),
            ("lat", number("mapCenterLatitude")),
            ("lon", number("mapCenterLongitude")),
        ] {
            if let Some(value) = value {
                view.insert(key.to_owned(), value);
            }
        }
        let options = json!({
            "view": view,
            "controls": {"showZoom": true, "mouseWheelZoom": old.get("mouseWheelZoom").and_then(Value::as_bool).unwrap_or(false)},
            "basemap": {"type": "default", "name": "Basemap"},
            "layers": [layer],
            "tooltip": {"mode": "details"},
        });
        let config = json!({"defaults": defaults, "overrides": []});
        let mut made = kept(
            panel,
            "geomap",
            config,
            options.as_object().cloned().unwrap_or_default(),
        );
        if let (Some(reducer), true) = (reduced, located.is_some_and(|located| !located.is_empty())) {
            let mut all = old
                .get("transformations")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            all.push(json!({"id": "reduce", "options": {"reducers": [reducer]}}));
            made.insert("transformations".to_owned(), Value::Array(all));
        }
        // The page of 12 and later puts what the conversion adds in the place of what there was.
        let replaced = made.get("transformations").and_then(Value::as_array).and_then(|all| {
            let added = all.last().filter(|_| all.len() > 1 && panel.schemas[1] >= 41)?;
            let mut replaced = made.clone();
            replaced.insert("transformations".to_owned(), json!([added]));
            Some(replaced)
        });
        std::iter::once(made).chain(replaced).collect()
    },
};

fn reducer(name: &str) -> Option<&str> {
    match name {
        "current" => Some("lastNotNull"),
        "total" => Some("sum"),
        "avg" => Some("mean"),
        "min" | "max" | "sum" | "mean" | "last" | "first" | "count" | "range" | "diff" | "delta" | "step"
        | "lastNotNull" | "firstNotNull" => Some(name),
        _ => None,
    }
}

/// One more colour than thresholds; Grafana looks one back too far, so the second colour has no value of its own.
fn threshold_steps(old: &Map<String, Value>) -> Option<Vec<Value>> {
    let levels: Vec<Option<Value>> = old
        .get("thresholds")?
        .as_str()
        .filter(|text| !text.is_empty())?
        .split(',')
        .map(|text| js_number(text.trim()))
        .collect();
    let colors = old.get("colors")?.as_array()?;
    let step = |(position, color): (usize, &Value)| match position.checked_sub(1) {
        None => json!({"color": color}),
        Some(level) => match levels.get(level).cloned().flatten() {
            Some(value) => json!({"color": color, "value": value}),
            None => json!({"color": color}),
        },
    };
    Some(colors.iter().enumerate().map(step).collect())
}

/// `defaultStyleConfig` of grafana/grafana `geomap/style/types.ts`, by the version that wrote it: 10.2.3 says where a symbol stands,
/// 9.4 doesn't.
pub(super) fn marker_style(written_by: f64) -> Value {
    let mut style = json!({
        "size": {"fixed": 5, "min": 2, "max": 15},
        "color": {"fixed": "dark-green"},
        "opacity": 0.4,
        "symbol": {"mode": "fixed", "fixed": "img/icons/marker/circle.svg"},
        "symbolAlign": {"horizontal": "center", "vertical": "center"},
        "textConfig": {"fontSize": 12, "textAlign": "center", "textBaseline": "middle", "offsetX": 0, "offsetY": 0},
        "rotation": {"fixed": 0, "mode": "mod", "min": -360, "max": 360},
    });
    if let Some(style) = style.as_object_mut().filter(|_| (8.0..9.5).contains(&written_by)) {
        style.remove("symbolAlign");
    }
    style
}

/// `defaultMarkersConfig` of grafana/grafana `geomap/layers/data/markersLayer.tsx`.
pub(super) fn markers(written_by: f64) -> Value {
    json!({
        "type": "markers",
        "name": "",
        "config": {
            "style": marker_style(written_by),
            "showLegend": true,
        },
        "location": {"mode": "auto"},
        "tooltip": true,
    })
}
