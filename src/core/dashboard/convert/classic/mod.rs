//! A v2 dashboard as classic (`v2alpha1_to_v1.go`): the server goes through `v2alpha1`, and so does this.

mod annotations;
mod field_config;
mod layout;
mod panels;
mod variables;

use serde_json::{Value, json};

use super::super::migrate::fields::{Fields, text, whole_at};
use super::super::migrate::{Context, LATEST_SCHEMA};
use super::forms::{Form, between};
use super::words::{CURSOR_SYNC, number};
use super::{Error, objects, only, present, text_of};

pub(super) fn dashboard(spec: &Fields, context: &Context) -> Result<Value, Error> {
    let alpha = between(&Value::Object(spec.clone()), Form::V2, Form::V2alpha1);
    let Value::Object(spec) = alpha else {
        return Err(Error::NotAnObject);
    };
    let empty = Fields::new();
    let time = spec.get("timeSettings").and_then(Value::as_object).unwrap_or(&empty);
    let panels = layout::panels(&spec, context)?;
    let variables = variables::variables(&spec);
    let links: Vec<Value> = objects(spec.get("links")).map(link).collect();
    let tags = only(&spec, "tags", not_empty);
    Ok(present(json!({
        "title": text(&spec, "title"),
        "description": only(&spec, "description", Value::is_string),
        "tags": tags,
        "graphTooltip": number(CURSOR_SYNC, spec.get("cursorSync")),
        "schemaVersion": LATEST_SCHEMA,
        "preload": spec.get("preload").and_then(Value::as_bool).unwrap_or(false),
        "editable": spec.get("editable").and_then(Value::as_bool).unwrap_or(true),
        "liveNow": only(&spec, "liveNow", Value::is_boolean),
        "revision": only(&spec, "revision", Value::is_number),
        "time": {
            "from": text_of(time, "from").unwrap_or_else(|| "now-6h".to_owned()),
            "to": text_of(time, "to").unwrap_or_else(|| "now".to_owned()),
        },
        "timezone": only(time, "timezone", Value::is_string),
        "refresh": text(time, "autoRefresh"),
        "fiscalYearStartMonth": whole_at(time, "fiscalYearStartMonth").unwrap_or(0),
        "weekStart": only(time, "weekStart", Value::is_string),
        "timepicker": timepicker(time),
        "links": (!links.is_empty()).then_some(links),
        "panels": (!panels.is_empty()).then_some(panels),
        "templating": (!variables.is_empty()).then(|| json!({ "list": variables })),
        "annotations": { "list": annotations::annotations(&spec) },
    })))
}

fn not_empty(value: &Value) -> bool {
    value.as_array().is_some_and(|list| !list.is_empty())
}

fn timepicker(time: &Fields) -> Option<Value> {
    let range = |range: &Fields| json!({ "display": text(range, "display"), "from": text(range, "from"), "to": text(range, "to") });
    let quick: Vec<Value> = objects(time.get("quickRanges")).map(range).collect();
    let picker = present(json!({
        "refresh_intervals": only(time, "autoRefreshIntervals", not_empty),
        "hidden": only(time, "hideTimepicker", |hidden| *hidden == Value::Bool(true)),
        "nowDelay": only(time, "nowDelay", Value::is_string),
        "quick_ranges": (!quick.is_empty()).then_some(quick),
    }));
    (picker != json!({})).then_some(picker)
}

fn link(link: &Fields) -> Value {
    let flag = |key: &str| link.get(key).and_then(Value::as_bool).unwrap_or(false);
    present(json!({
        "title": text(link, "title"),
        "type": text(link, "type"),
        "icon": text(link, "icon"),
        "tooltip": text(link, "tooltip"),
        "tags": link.get("tags"),
        "asDropdown": flag("asDropdown"),
        "targetBlank": flag("targetBlank"),
        "includeVars": flag("includeVars"),
        "keepTime": flag("keepTime"),
        "url": only(link, "url", Value::is_string),
        "placement": only(link, "placement", Value::is_string),
    }))
}

/// The data source that is referred to, else one of the query's kind, else none.
fn data_source(reference: Option<&Value>, kind: &str) -> Option<Value> {
    let named = |key: &str| {
        reference
            .and_then(|reference| reference.get(key))
            .and_then(Value::as_str)
    };
    if let Some(uid) = named("uid").filter(|uid| !uid.is_empty()) {
        let kind = named("type").or_else(|| Some(kind).filter(|kind| !kind.is_empty()));
        return Some(present(json!({ "uid": uid, "type": kind })));
    }
    (!kind.is_empty()).then(|| json!({ "type": kind }))
}
