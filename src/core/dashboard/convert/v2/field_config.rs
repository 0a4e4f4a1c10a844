//! A panel's field configuration: v2 knows each field's type, and leaves out what has another.

use serde_json::{Value, json};

use super::super::super::migrate::fields::{Fields, text, whole};
use super::super::{filled, objects, only, present, text_of, texts};
use super::all_without_bom;

const NUMBERS: [&str; 3] = ["decimals", "max", "min"];
const TEXTS: [&str; 7] = [
    "description",
    "displayName",
    "displayNameFromDS",
    "noValue",
    "path",
    "unit",
    "nullValueMode",
];
const FLAGS: [&str; 3] = ["filterable", "writeable", "fieldMinMax"];

pub(super) fn field_config(panel: &Fields) -> Value {
    let config = panel.get("fieldConfig");
    let part = |key: &str| config.and_then(|config| config.get(key));
    let defaults = part("defaults")
        .and_then(Value::as_object)
        .map(defaults)
        .unwrap_or_default();
    let overrides: Vec<Value> = objects(part("overrides")).map(override_of).collect();
    json!({ "defaults": defaults, "overrides": overrides })
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
    take(&["custom"], |value| {
        value.as_object().is_some_and(|custom| !custom.is_empty())
    });
    let links = only(defaults, "links", |value| {
        value.as_array().is_some_and(|links| !links.is_empty())
    });
    let objects_of = |key: &str| defaults.get(key).and_then(Value::as_object);
    let built = [
        ("links", links.as_ref().map(all_without_bom)),
        ("color", objects_of("color").map(color)),
        ("thresholds", objects_of("thresholds").map(thresholds)),
        (
            "mappings",
            filled(objects(defaults.get("mappings")).filter_map(mapping).collect()).map(Value::from),
        ),
        (
            "actions",
            filled(objects(defaults.get("actions")).map(action).collect()).map(Value::from),
        ),
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
    let step = |step: &Fields| json!({ "value": only(step, "value", Value::is_number), "color": text(step, "color") });
    let steps: Vec<Value> = objects(thresholds.get("steps")).map(step).collect();
    json!({ "mode": text(thresholds, "mode"), "steps": steps })
}

fn mapping(mapping: &Fields) -> Option<Value> {
    let kind = mapping.get("type").and_then(Value::as_str)?;
    let options = mapping.get("options").and_then(Value::as_object);
    let made = match kind {
        "value" => {
            let results = options
                .into_iter()
                .flatten()
                .filter_map(|(key, value)| value.as_object().map(|value| (key.clone(), result(Some(value)))));
            Value::Object(results.collect())
        }
        "range" => {
            let options = options?;
            let bound = |key: &str| options.get(key).filter(|value| !value.is_null());
            bound("from").or_else(|| bound("to"))?;
            json!({
                "from": only(options, "from", Value::is_number),
                "to": only(options, "to", Value::is_number),
                "result": result_in(options),
            })
        }
        "regex" => json!({ "pattern": text(options?, "pattern"), "result": result_in(options?) }),
        "special" if options?.is_empty() => return None,
        "special" => json!({ "match": text(options?, "match"), "result": result_in(options?) }),
        _ => return None,
    };
    Some(json!({ "type": kind, "options": made }))
}

fn result_in(options: &Fields) -> Value {
    result(options.get("result").and_then(Value::as_object))
}

fn result(result: Option<&Fields>) -> Value {
    let Some(result) = result else {
        return json!({});
    };
    present(json!({
        "text": only(result, "text", Value::is_string),
        "color": only(result, "color", Value::is_string),
        "icon": only(result, "icon", Value::is_string),
        "index": only(result, "index", Value::is_number).as_ref().and_then(whole),
    }))
}

pub(super) fn matcher(matcher: &Fields) -> Value {
    present(json!({
        "id": text(matcher, "id"),
        "scope": only(matcher, "scope", Value::is_string),
        "options": matcher.get("options"),
    }))
}

fn override_of(custom: &Fields) -> Value {
    let property = |property: &Fields| {
        present(json!({ "id": text(property, "id"), "value": property.get("value").map(all_without_bom) }))
    };
    let found = custom.get("matcher").and_then(Value::as_object);
    present(json!({
        "__systemRef": only(custom, "__systemRef", Value::is_string),
        "matcher": found.map_or_else(|| json!({ "id": "" }), matcher),
        "properties": objects(custom.get("properties")).map(property).collect::<Vec<_>>(),
    }))
}

fn action(action: &Fields) -> Value {
    let part = |key: &str| action.get(key).and_then(Value::as_object);
    let variable = |variable: &Fields| json!({ "key": text(variable, "key"), "name": text(variable, "name"), "type": text(variable, "type") });
    present(json!({
        "type": text(action, "type"),
        "title": text(action, "title"),
        "confirmation": text_of(action, "confirmation"),
        "oneClick": only(action, "oneClick", Value::is_boolean),
        "fetch": part("fetch").map(|fetch| request(fetch, false)),
        "infinity": part("infinity").map(|infinity| request(infinity, true)),
        "variables": filled(objects(action.get("variables")).map(variable).collect::<Vec<_>>()),
        "style": part("style").map(|style| {
            present(json!({ "backgroundColor": only(style, "backgroundColor", Value::is_string) }))
        }),
    }))
}

fn request(request: &Fields, by_data_source: bool) -> Value {
    let pairs = |key: &str| {
        let lists = request.get(key).and_then(Value::as_array)?;
        filled(
            lists
                .iter()
                .filter(|list| list.is_array())
                .map(|list| texts(Some(list)))
                .collect::<Vec<_>>(),
        )
    };
    present(json!({
        "method": text(request, "method"),
        "url": text(request, "url"),
        "datasourceUid": by_data_source.then(|| text(request, "datasourceUid")),
        "body": only(request, "body", Value::is_string),
        "queryParams": pairs("queryParams"),
        "headers": pairs("headers"),
    }))
}
