//! The heatmap: the Angular one of Grafana up to 8 became today's, and its tooltip a mode.
//!
//! Source: grafana/grafana `heatmap/migrations.ts` (angularToReactHeatmap, heatmapMigrationHandler), `palettes.ts`; 11.1 to 13.1.

use serde_json::{Map, Value, json};

use super::{Panel, Step, at, js_number, object_at};
use crate::dashboard::compare::rules;

/// From 10.3 on.
pub(super) const TOOLTIP: Step = Step {
    rule: &rules::HEATMAP_TOOLTIP,
    applies: |panel| {
        panel.kinds() == ["heatmap", "heatmap"]
            && at(panel.old, &["options", "tooltip", "show"]).is_some()
            && at(panel.new, &["options", "tooltip", "show"]).is_none()
            && at(panel.new, &["options", "tooltip", "mode"]).is_some()
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let tooltip = object_at(&mut lifted, "options").and_then(|options| object_at(options, "tooltip"));
        if let Some(tooltip) = tooltip {
            let mode = match tooltip.remove("show") {
                Some(Value::Bool(false)) => "none",
                _ => "single",
            };
            tooltip.insert("mode".to_owned(), mode.into());
        }
        vec![lifted]
    },
};

/// Settings that only the Angular heatmap has.
const ANGULAR: &[&str] = &[
    "cards",
    "color",
    "dataFormat",
    "heatmap",
    "hideZeroBuckets",
    "highlightCards",
    "legend",
    "reverseYBuckets",
    "tooltip",
    "tooltipDecimals",
    "xAxis",
    "xBucketNumber",
    "xBucketSize",
    "yAxis",
    "yBucketBound",
    "yBucketNumber",
    "yBucketSize",
];

pub(super) const ANGULAR_TO_REACT: Step = Step {
    rule: &rules::HEATMAP_CONVERSION,
    applies: |panel| {
        let empty = |panel: &Map<String, Value>| {
            at(panel, &["options"])
                .and_then(Value::as_object)
                .is_none_or(Map::is_empty)
        };
        panel.kinds() == ["heatmap", "heatmap"]
            && empty(panel.old)
            // Any panel without options counts as an old one, and only its conversion writes this.
            && at(panel.new, &["options", "showValue"]).and_then(Value::as_str) == Some("never")
            && at(panel.new, &["options", "color"]).is_some()
    },
    apply: |panel| {
        let mut lifted: Map<String, Value> = panel
            .old
            .iter()
            .filter(|(key, _)| !ANGULAR.contains(&key.as_str()) || panel.new.contains_key(*key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        lifted.insert("fieldConfig".to_owned(), json!({"defaults": {}, "overrides": []}));
        lifted.insert("options".to_owned(), without_nulls(options(panel)));
        vec![lifted]
    },
};

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => map
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}

/// `asNumber`: a number, or a text that is one.
fn as_number(value: Option<&Value>) -> Option<Value> {
    match value? {
        Value::Number(number) => Some(Value::Number(number.clone())),
        Value::String(text) if !text.is_empty() => js_number(text),
        _ => None,
    }
}

fn is_set(value: Option<&Value>) -> bool {
    value.is_some_and(|value| match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_f64() != Some(0.0),
        _ => true,
    })
}

fn text(value: Option<&Value>) -> Value {
    match value {
        Some(Value::String(text)) => text.as_str().into(),
        Some(other) => other.to_string().into(),
        None => Value::Null,
    }
}

fn options(panel: &Panel<'_>) -> Value {
    let old = panel.old;
    let calculate = old.get("dataFormat").and_then(Value::as_str) != Some("tsbuckets");
    let axis = |key: &str| at(old, &["yAxis", key]);
    let gap = as_number(at(old, &["cards", "cardPadding"])).unwrap_or_else(|| json!(2));
    let shown = |path: &[&str]| is_set(at(old, path));
    let layout = match old.get("yBucketBound").and_then(Value::as_str) {
        Some("upper") => "ge",
        Some("lower") => "le",
        Some("middle") => "unknown",
        _ => "auto",
    };
    let mut options = json!({
        "calculate": calculate,
        "calculation": calculation(old, calculate),
        "color": color(old),
        "cellGap": if gap.as_f64() == Some(0.0) { json!(1) } else { gap },
        "cellRadius": as_number(at(old, &["cards", "cardRound"])),
        "yAxis": {
            "axisPlacement": if axis("show") == Some(&Value::Bool(false)) { "hidden" } else { "left" },
            "reverse": is_set(old.get("reverseYBuckets")),
            "axisWidth": as_number(axis("width")),
            "min": axis("min"),
            "max": axis("max"),
            "unit": axis("format"),
            "decimals": axis("decimals"),
        },
        "cellValues": {"decimals": as_number(old.get("tooltipDecimals"))},
        "rowsFrame": {"layout": layout},
        "legend": {"show": shown(&["legend", "show"])},
        "showValue": "never",
        "tooltip": {"yHistogram": shown(&["tooltip", "showHistogram"])},
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
    });
    let tooltip = shown(&["tooltip", "show"]);
    // Until 10.2 it was shown or not.
    match at(panel.new, &["options", "tooltip", "show"]) {
        Some(_) => options["tooltip"]["show"] = tooltip.into(),
        None => options["tooltip"]["mode"] = if tooltip { "single" } else { "none" }.into(),
    }
    if is_set(old.get("hideZeroBuckets")) {
        options["filterValues"] = json!({"le": 1e-9});
    }
    options
}

fn calculation(old: &Map<String, Value>, calculate: bool) -> Value {
    let mut calculation = Map::new();
    if !calculate {
        return Value::Object(calculation);
    }
    let get = |key: &str| old.get(key).filter(|value| is_set(Some(value)));
    if let Some(size) = get("xBucketSize") {
        calculation.insert(
            "xBuckets".to_owned(),
            json!({"mode": "size", "value": text(Some(size))}),
        );
    } else if let Some(number) = get("xBucketNumber") {
        calculation.insert(
            "xBuckets".to_owned(),
            json!({"mode": "count", "value": text(Some(number))}),
        );
    }
    if let Some(size) = get("yBucketSize") {
        calculation.insert(
            "yBuckets".to_owned(),
            json!({"mode": "size", "value": text(Some(size))}),
        );
    } else if get("xBucketNumber").is_some() {
        // Grafana asks for the x axis' number here, and writes the y axis' one.
        let number = match old.get("yBucketNumber") {
            None => "undefined".into(),
            number => text(number),
        };
        calculation.insert("yBuckets".to_owned(), json!({"mode": "count", "value": number}));
    }
    let log = at(old, &["yAxis", "logBase"]).filter(|log| log.as_f64() > Some(1.0));
    if let Some(log) = log {
        let factor = as_number(at(old, &["yAxis", "splitFactor"])).filter(|factor| factor.as_f64() > Some(0.0));
        calculation.insert(
            "yBuckets".to_owned(),
            json!({"mode": "count", "value": factor.map(|factor| text(Some(&factor))), "scale": {"type": "log", "log": log}}),
        );
    }
    Value::Object(calculation)
}

/// In the order in which Grafana looks for one that the old name contains.
const SCHEMES: &[&str] = &[
    "BrBG",
    "PiYG",
    "PRGn",
    "PuOr",
    "RdBu",
    "RdGy",
    "RdYlBu",
    "RdYlGn",
    "Spectral",
    "Blues",
    "Greens",
    "Greys",
    "Oranges",
    "Purples",
    "Reds",
    "Turbo",
    "Cividis",
    "Viridis",
    "Magma",
    "Inferno",
    "Plasma",
    "Warm",
    "Cool",
    "Cubehelix",
    "BuGn",
    "BuPu",
    "GnBu",
    "OrRd",
    "PuBuGn",
    "PuBu",
    "PuRd",
    "RdPu",
    "YlGnBu",
    "YlGn",
    "YlOrBr",
    "YlOrRd",
    "Rainbow",
    "Sinebow",
];

fn color(old: &Map<String, Value>) -> Value {
    let get = |key: &str| at(old, &["color", key]);
    let mut color = json!({
        "mode": "scheme",
        "scheme": "Oranges",
        "fill": get("cardColor"),
        "scale": "exponential",
        "reverse": false,
        "exponent": 0.5,
        "steps": 128,
        "min": get("min"),
        "max": get("max"),
    });
    match get("mode").and_then(Value::as_str) {
        Some("spectrum") => {
            let current = get("colorScheme").and_then(Value::as_str).unwrap_or_default();
            let scheme = SCHEMES
                .iter()
                .find(|scheme| **scheme == current)
                .or_else(|| SCHEMES.iter().find(|scheme| current.contains(**scheme)));
            color["scheme"] = scheme.copied().unwrap_or("Oranges").into();
        }
        Some("opacity") => {
            color["mode"] = "opacity".into();
            color["scale"] = get("scale").cloned().unwrap_or(Value::Null);
        }
        _ => {}
    }
    if let (Some(min), Some(max)) = (get("min").and_then(Value::as_f64), get("max").and_then(Value::as_f64))
        && min > max
    {
        let (min, max) = (color["max"].take(), color["min"].take());
        color["min"] = min;
        color["max"] = max;
        color["reverse"] = true.into();
    }
    color
}
