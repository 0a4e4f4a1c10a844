//! A panel's field configuration. What `v2alpha1` has no place for (actions, `fieldMinMax`, `nullValueMode`) is gone by here.

use serde_json::{Value, json};

use super::super::super::migrate::fields::{Fields, text};
use super::super::{objects, only, present};
use super::not_empty;

const NUMBERS: [&str; 3] = ["decimals", "max", "min"];
const TEXTS: [&str; 6] = [
    "description",
    "displayName",
    "displayNameFromDS",
    "noValue",
    "path",
    "unit",
];
const FLAGS: [&str; 2] = ["filterable", "writeable"];

pub(super) fn field_config(config: Option<&Value>) -> Option<Value> {
    let part = |key: &str| config.and_then(|config| config.get(key));
    let defaults = part("defaults")
        .and_then(Value::as_object)
        .map(defaults)
        .filter(|made| !made.is_empty());
    let overrides: Vec<Value> = objects(part("overrides")).map(override_of).collect();
    let made = present(json!({ "defaults": defaults, "overrides": (!overrides.is_empty()).then_some(overrides) }));
    (made != json!({})).then_some(made)
}

fn defaults(defaults: &Fields) -> Fields {
    let mut made = Fields::new();
    let mut take = |keys: &[&str], is: fn(&Value) -> bool| {
        for key in keys {
            if let Some(value) = only(defaults, key, is) {
                made.insert((*key).to_owned(), value);
            }
        }
    };
    take(&NUMBERS, Value::is_number);
    take(&TEXTS, Value::is_string);
    take(&FLAGS, Value::is_boolean);
    take(&["custom"], |custom| {
        custom.as_object().is_some_and(|custom| !custom.is_empty())
    });
    take(&["links"], not_empty);
    let objects_of = |key: &str| defaults.get(key).and_then(Value::as_object);
    let mappings: Vec<Value> = objects(defaults.get("mappings")).filter_map(mapping).collect();
    let built = [
        ("color", objects_of("color").map(color)),
        (
            "mappings",
            only(defaults, "mappings", not_empty).map(|_| mappings.into()),
        ),
        ("thresholds", objects_of("thresholds").map(thresholds)),
    ];
    for (key, value) in built {
        if let Some(value) = value {
            made.insert(key.to_owned(), value);
        }
    }
    made
}

fn color(color: &Fields) -> Value {
    present(json!({
        "mode": text(color, "mode"),
        "fixedColor": only(color, "fixedColor", Value::is_string),
        "seriesBy": only(color, "seriesBy", Value::is_string),
    }))
}

fn thresholds(thresholds: &Fields) -> Value {
    let step = |step: &Fields| json!({ "color": text(step, "color"), "value": step.get("value") });
    let steps: Vec<Value> = objects(thresholds.get("steps")).map(step).collect();
    json!({ "mode": text(thresholds, "mode"), "steps": steps })
}

fn mapping(mapping: &Fields) -> Option<Value> {
    let empty = Fields::new();
    let options = mapping.get("options").and_then(Value::as_object).unwrap_or(&empty);
    let kind = text(mapping, "type");
    let made = match kind {
        "value" => Value::Object(
            options
                .iter()
                .map(|(key, value)| (key.clone(), result(Some(value))))
                .collect(),
        ),
        "range" => present(json!({
            "from": options.get("from"), "to": options.get("to"), "result": result(options.get("result")),
        })),
        "regex" => json!({ "pattern": text(options, "pattern"), "result": result(options.get("result")) }),
        "special" => json!({ "match": text(options, "match"), "result": result(options.get("result")) }),
        _ => return None,
    };
    Some(json!({ "type": kind, "options": made }))
}

fn result(result: Option<&Value>) -> Value {
    let part = |key: &str| result.and_then(|result| result.get(key));
    present(json!({ "text": part("text"), "color": part("color"), "icon": part("icon"), "index": part("index") }))
}

pub(super) fn matcher(matcher: Option<&Value>) -> Value {
    let part = |key: &str| matcher.and_then(|matcher| matcher.get(key));
    let mut made = json!({ "id": part("id").and_then(Value::as_str).unwrap_or_default(), "options": part("options") });
    if let Some(scope @ Value::String(_)) = part("scope") {
        made["scope"] = scope.clone();
    }
    made
}

fn override_of(custom: &Fields) -> Value {
    let property = |property: &Fields| json!({ "id": text(property, "id"), "value": property.get("value") });
    present(json!({
        "__systemRef": only(custom, "__systemRef", Value::is_string),
        "matcher": matcher(custom.get("matcher")),
        "properties": objects(custom.get("properties")).map(property).collect::<Vec<_>>(),
    }))
}
