//! What is new in a v2 dashboard, said in the words of the classic form: these are the same in every version of v2.

use serde_json::{Map, Value, json};

use super::FIELD;
use super::change::{Wrong, panel};
use super::names::Key;
use crate::dashboard::convert::in_v2;
use crate::dashboard::{Document, migrate};

/// What the layout says of a panel in v2, and no overlay does.
const OF_THE_LAYOUT: [&str; 4] = ["repeat", "repeatDirection", "maxPerRow", "gridPos"];

/// A new panel: an element, and an item of a layout.
pub(super) fn element(
    dashboard: &mut Value,
    title: &str,
    fields: &Map<String, Value>,
    version: &str,
) -> Result<(), Wrong> {
    if let Some(key) = OF_THE_LAYOUT.iter().find(|key| fields.contains_key(**key)) {
        let what = "this is part of the layout of a v2 dashboard: say `place`, or change the file";
        return Err(Wrong::Inside((*key).to_owned(), what.to_owned()));
    }
    // Settings of fields, places and drawings are said as those of a panel that is there.
    let is_later = |key: &String| match Key::parse(key) {
        Ok(Key::Field(field)) => FIELD.contains(&field) || matches!(field, "place" | "options" | "fieldConfig"),
        _ => true,
    };
    let (mut later, mut classic) = (Map::new(), Map::new());
    for (key, value) in fields {
        let part = if is_later(key) { &mut later } else { &mut classic };
        part.insert(key.clone(), value.clone());
    }
    let elements = dashboard["elements"].as_object();
    let ids = elements.into_iter().flat_map(Map::values);
    let highest = ids.filter_map(|element| element.pointer("/spec/id")?.as_u64()).max();
    let is_taken = |id: u64| elements.is_some_and(|elements| elements.contains_key(&format!("panel-{id}")));
    let free = (highest.unwrap_or(0) + 1..).find(|id| !is_taken(*id));
    let id = free.unwrap_or_default();
    classic.insert("id".into(), id.into());
    classic.insert("title".into(), title.into());
    classic.entry("type").or_insert_with(|| "timeseries".into());
    let made = in_form(json!({ "panels": [classic] }), version)?;
    let name = format!("panel-{id}");
    let element = made.get("elements").and_then(|elements| elements.get(&name));
    let element = element
        .cloned()
        .ok_or_else(|| "no panel can be made of it".to_owned())?;
    dashboard["elements"][name.as_str()] = element;
    later.entry("place").or_insert_with(|| json!({}));
    panel(dashboard, &format!("/elements/{name}"), &later)
}

/// A new variable.
pub(super) fn variable(fields: Map<String, Value>, version: &str) -> Result<Value, String> {
    let made = in_form(json!({"templating": {"list": [fields]}}), version)?;
    let variable = made.pointer("/variables/0").cloned();
    variable.ok_or_else(|| "no variable can be made of it: say its `type`, as in type: custom".to_owned())
}

/// A new annotation.
pub(super) fn annotation(fields: Map<String, Value>, version: &str) -> Result<Value, String> {
    let name = fields.get("name").cloned().unwrap_or_default();
    let made = in_form(json!({"annotations": {"list": [fields]}}), version)?;
    let all = made.get("annotations").and_then(Value::as_array).into_iter().flatten();
    // The one that every dashboard has is made as well.
    let mut own = all.filter(|one| one.pointer("/spec/name") == Some(&name));
    own.next()
        .cloned()
        .ok_or_else(|| "no annotation can be made of it".to_owned())
}

/// What a classic dashboard comes to in this version of v2.
fn in_form(mut dashboard: Value, version: &str) -> Result<Value, String> {
    dashboard["title"] = "new".into();
    dashboard["schemaVersion"] = migrate::LATEST_SCHEMA.into();
    let context = migrate::Context::default();
    in_v2(&Document::Classic(dashboard), version, &context).map_err(|error| error.to_string())
}
