//! Annotations.

use serde_json::{Value, json};

use super::super::super::migrate::fields::{Fields, flag, text};
use super::super::{objects, only, present, text_of};
use super::{data_source, not_empty};

/// What the annotation's own fields say, whatever the old options do.
const OWN: [&str; 10] = [
    "name",
    "enable",
    "hide",
    "iconColor",
    "datasource",
    "target",
    "filter",
    "builtIn",
    "placement",
    "mappings",
];

pub(super) fn annotations(spec: &Fields) -> Vec<Value> {
    objects(spec.get("annotations"))
        .map(|annotation| {
            annotation
                .get("spec")
                .and_then(Value::as_object)
                .map(classic)
                .unwrap_or_default()
        })
        .collect()
}

fn classic(spec: &Fields) -> Value {
    let query = spec.get("query").and_then(Value::as_object);
    let kind = query.map(|query| text(query, "kind")).unwrap_or_default();
    let target = query.and_then(|query| query.get("spec")).and_then(Value::as_object);
    let built_in = flag(spec, "builtIn");
    let mut made = present(json!({
        "name": text(spec, "name"),
        "enable": flag(spec, "enable"),
        "hide": flag(spec, "hide"),
        "iconColor": text(spec, "iconColor"),
        "builtIn": built_in.then_some(1),
        "type": built_in.then_some("dashboard"),
        "datasource": data_source(spec.get("datasource"), kind),
        "target": target.filter(|target| !target.is_empty()),
        "filter": spec.get("filter").and_then(Value::as_object).and_then(filter),
        "mappings": spec.get("mappings").and_then(Value::as_object).map(mappings).filter(|made| !made.is_empty()),
    }));
    if let (Value::Object(made), Some(legacy)) = (&mut made, spec.get("legacyOptions").and_then(Value::as_object)) {
        let own = |key: &str| OWN.contains(&key);
        made.extend(
            legacy
                .iter()
                .filter(|(key, _)| !own(key))
                .map(|(key, value)| (key.clone(), value.clone())),
        );
    }
    made
}

fn filter(filter: &Fields) -> Option<Value> {
    let made = present(json!({
        "exclude": only(filter, "exclude", Value::is_boolean),
        "ids": only(filter, "ids", not_empty),
    }));
    (made != json!({})).then_some(made)
}

/// A mapping without a value means something only where it skips the field.
fn mappings(mappings: &Fields) -> Fields {
    let classic = |mapping: &Value| {
        let mapping = mapping.as_object()?;
        let source = mapping.get("source").and_then(Value::as_str).unwrap_or("field");
        let value = text_of(mapping, "value");
        (source == "skip" || value.is_some())
            .then(|| present(json!({ "source": source, "value": value, "regex": text_of(mapping, "regex") })))
    };
    mappings
        .iter()
        .filter_map(|(key, mapping)| Some((key.clone(), classic(mapping)?)))
        .collect()
}
