//! Annotations.

use serde_json::{Value, json};

use super::super::super::migrate::fields::{Fields, flag, text};
use super::super::{objects, present, text_of};
use super::sources::Source;

/// What has a place of its own in v2; everything else is kept as `legacyOptions`, and so is the type.
const PLACED: [&str; 9] = [
    "name",
    "datasource",
    "enable",
    "hide",
    "iconColor",
    "filter",
    "target",
    "builtIn",
    "mappings",
];

pub(super) fn annotations(classic: &Fields) -> Vec<Value> {
    let list = classic
        .get("annotations")
        .and_then(|annotations| annotations.get("list"));
    objects(list).map(annotation).collect()
}

fn annotation(annotation: &Fields) -> Value {
    let source = annotation.get("datasource").and_then(Value::as_object);
    let named = |key: &str| source.map(|source| text(source, key).to_owned()).unwrap_or_default();
    let (kind, uid) = (named("type"), named("uid"));
    // Without a type there is no reference at all.
    let uid = if kind.is_empty() { String::new() } else { uid };
    let target = annotation.get("target").filter(|target| target.is_object()).cloned();
    let mut legacy: Fields = annotation
        .iter()
        .filter(|(key, _)| !PLACED.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if text(annotation, "type").is_empty() {
        legacy.remove("type");
    }
    let spec = json!({
        "name": text(annotation, "name"),
        "enable": flag(annotation, "enable"),
        "hide": flag(annotation, "hide"),
        "iconColor": text(annotation, "iconColor"),
        "builtIn": built_in(annotation.get("builtIn")),
        "query": Source { kind, uid }.query(target.unwrap_or_else(|| json!({}))),
        "filter": annotation.get("filter").and_then(Value::as_object).map(filter),
        "mappings": annotation.get("mappings").and_then(Value::as_object).map(mappings).filter(|map| !map.is_empty()),
        "legacyOptions": (!legacy.is_empty()).then_some(legacy),
    });
    json!({ "kind": "AnnotationQuery", "spec": present(spec) })
}

fn built_in(value: Option<&Value>) -> Option<bool> {
    match value? {
        Value::Bool(flag) => Some(*flag),
        other => other.as_f64().map(|number| number != 0.0),
    }
}

fn filter(filter: &Fields) -> Value {
    let panels: Vec<u64> = filter
        .get("ids")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|id| super::whole(id).and_then(|id| u32::try_from(id).ok()))
        .map(u64::from)
        .collect();
    present(json!({ "exclude": flag(filter, "exclude").then_some(true), "ids": panels }))
}

/// A text is a field's name.
fn mappings(mappings: &Fields) -> Fields {
    let mapping = |value: &Value| match value {
        Value::String(field) if !field.is_empty() => Some(json!({ "source": "field", "value": field })),
        Value::Object(mapping) => Some(present(json!({
            "source": text_of(mapping, "source").unwrap_or_else(|| "field".to_owned()),
            "value": text_of(mapping, "value"),
            "regex": text_of(mapping, "regex"),
        }))),
        _ => None,
    };
    mappings
        .iter()
        .filter_map(|(key, value)| Some((key.clone(), mapping(value)?)))
        .collect()
}
