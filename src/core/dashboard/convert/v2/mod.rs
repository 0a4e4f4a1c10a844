//! A classic dashboard as v2 (`v1_to_v2alpha1.go`, then `v2alpha1_to_v2beta1.go` and `v2beta1_to_v2.go`).

mod annotations;
mod field_config;
mod layout;
mod panels;
mod sources;
mod variables;

use serde_json::{Value, json};

use super::super::migrate::Context;
use super::super::migrate::fields::{Fields, flag, text, whole};
use super::super::migrate::fill::unique_ids;
use super::words::{CURSOR_SYNC, word};
use super::{filled, objects, only, present, text_of, texts};

const INTERVALS: [&str; 10] = ["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "1d"];

pub(super) fn spec(mut classic: Fields, context: &Context) -> Value {
    unique_ids(&mut classic);
    let (elements, layout) = layout::elements_and_layout(&classic, context);
    let boolean = |key: &str| only(&classic, key, Value::is_boolean);
    present(json!({
        "title": text(&classic, "title"),
        "description": text_of(&classic, "description"),
        "tags": texts(classic.get("tags")),
        "cursorSync": word(CURSOR_SYNC, CURSOR_SYNC.len(), whole_of(&classic, "graphTooltip").map(Value::from).as_ref()),
        "preload": flag(&classic, "preload"),
        "editable": boolean("editable").unwrap_or(true.into()),
        "liveNow": boolean("liveNow").unwrap_or(false.into()),
        "revision": only(&classic, "revision", Value::is_number).as_ref().and_then(whole),
        "timeSettings": time_settings(&classic, context),
        "links": objects(classic.get("links")).map(link).collect::<Vec<_>>(),
        "elements": elements,
        "layout": layout,
        "variables": variables::variables(&classic, context),
        "annotations": annotations::annotations(&classic),
    }))
}

/// A whole number, also one that is written as a text.
fn whole_of(fields: &Fields, key: &str) -> Option<i64> {
    match fields.get(key)? {
        Value::String(text) => text.parse().ok(),
        other => whole(other),
    }
}

fn time_settings(classic: &Fields, context: &Context) -> Value {
    let empty = Fields::new();
    let part = |key: &str| classic.get(key).and_then(Value::as_object).unwrap_or(&empty);
    let (time, picker) = (part("time"), part("timepicker"));
    let intervals = filled(texts(picker.get("refresh_intervals"))).unwrap_or_else(|| INTERVALS.to_vec());
    let quick = objects(picker.get("quick_ranges")).map(
        |range| json!({ "display": text(range, "display"), "from": text(range, "from"), "to": text(range, "to") }),
    );
    present(json!({
        "from": text_of(time, "from").unwrap_or_else(|| "now-6h".to_owned()),
        "to": text_of(time, "to").unwrap_or_else(|| "now".to_owned()),
        "timezone": timezone(classic, context),
        "autoRefresh": text(classic, "refresh"),
        "autoRefreshIntervals": intervals,
        "fiscalYearStartMonth": whole_of(classic, "fiscalYearStartMonth").unwrap_or(0),
        "hideTimepicker": flag(picker, "hidden"),
        "weekStart": text_of(classic, "weekStart"),
        "nowDelay": text_of(picker, "nowDelay"),
        "quickRanges": filled(quick.collect::<Vec<_>>()),
    }))
}

/// An empty time zone is the person's own. 12.x wrote it down as it is.
fn timezone(classic: &Fields, context: &Context) -> Value {
    use super::super::migrate::Generation;
    match classic.get("timezone") {
        Some(Value::String(zone)) if zone.is_empty() && context.generation >= Generation::V13 => Value::Null,
        Some(Value::String(zone)) => zone.as_str().into(),
        _ => "browser".into(),
    }
}

fn link(link: &Fields) -> Value {
    present(json!({
        "title": text(link, "title"),
        "type": link.get("type").and_then(Value::as_str).unwrap_or("link"),
        "icon": text(link, "icon"),
        "tooltip": text(link, "tooltip"),
        "tags": texts(link.get("tags")),
        "asDropdown": flag(link, "asDropdown"),
        "targetBlank": flag(link, "targetBlank"),
        "includeVars": flag(link, "includeVars"),
        "keepTime": flag(link, "keepTime"),
        "url": link.get("url").and_then(Value::as_str).map(without_bom),
        "placement": only(link, "placement", Value::is_string),
    }))
}

/// Byte order marks that got into texts are taken out.
fn without_bom(text: &str) -> String {
    text.replace('\u{feff}', "")
}

fn all_without_bom(value: &Value) -> Value {
    match value {
        Value::String(text) => without_bom(text).into(),
        Value::Array(items) => items.iter().map(all_without_bom).collect(),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(key, value)| (key.clone(), all_without_bom(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}
