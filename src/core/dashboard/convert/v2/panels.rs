//! Panels as elements: queries, transformations, visualization.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::super::super::migrate::Context;
use super::super::super::migrate::fields::{Fields, flag, text};
use super::super::super::migrate::steps::successor;
use super::super::{objects, only, present, text_of};
use super::field_config::{field_config, matcher};
use super::sources::of_target;
use super::{all_without_bom, whole_of, without_bom};

/// What v2 has a place for. Everything else is an old plugin's own, and kept for its migration.
const KNOWN: [&str; 26] = [
    "type",
    "id",
    "pluginVersion",
    "targets",
    "title",
    "description",
    "transparent",
    "datasource",
    "gridPos",
    "links",
    "repeat",
    "repeatDirection",
    "maxPerRow",
    "maxDataPoints",
    "transformations",
    "interval",
    "timeFrom",
    "timeShift",
    "hideTimeOverride",
    "timeCompare",
    "libraryPanel",
    "cacheTimeout",
    "queryCachingTTL",
    "options",
    "fieldConfig",
    "autoMigrateFrom",
];

/// A panel's name among the elements, and the element.
pub(super) fn element(panel: &Fields, context: &Context) -> (String, Value) {
    let id = whole_of(panel, "id").unwrap_or(0);
    let element = match panel.get("libraryPanel").and_then(Value::as_object) {
        Some(library) => json!({
            "kind": "LibraryPanel",
            "spec": {
                "id": id,
                "title": text(panel, "title"),
                "libraryPanel": { "uid": text(library, "uid"), "name": text(library, "name") },
            },
        }),
        None => json!({ "kind": "Panel", "spec": panel_spec(panel, id, context) }),
    };
    (format!("panel-{id}"), element)
}

fn panel_spec(panel: &Fields, id: i64, context: &Context) -> Value {
    let data = json!({
        "queries": queries(panel, context),
        "transformations": objects(panel.get("transformations")).map(transformation).collect::<Vec<_>>(),
        "queryOptions": query_options(panel),
    });
    present(json!({
        "id": id,
        "title": text(panel, "title"),
        "description": text(panel, "description"),
        "links": objects(panel.get("links")).map(link).collect::<Vec<_>>(),
        "data": { "kind": "QueryGroup", "spec": data },
        "vizConfig": viz_config(panel),
        "transparent": flag(panel, "transparent").then_some(true),
    }))
}

fn queries(panel: &Fields, context: &Context) -> Vec<Value> {
    let targets: Vec<&Fields> = objects(panel.get("targets")).collect();
    let mut used: HashSet<String> = targets.iter().filter_map(|target| text_of(target, "refId")).collect();
    let mut query = |target: &&Fields| {
        let ref_id = text_of(target, "refId").unwrap_or_else(|| {
            let free = (0..)
                .map(letters)
                .find(|letters| !used.contains(letters))
                .unwrap_or_default();
            used.insert(free.clone());
            free
        });
        let spec: Fields = target
            .iter()
            .filter(|(key, _)| !["refId", "hide", "datasource"].contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let query = of_target(context, target, panel).query(Value::Object(spec));
        json!({
            "kind": "PanelQuery",
            "spec": { "refId": ref_id, "hidden": flag(target, "hide"), "query": query },
        })
    };
    targets.iter().map(&mut query).collect()
}

/// A to Z, then AA, AB, …
fn letters(index: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(index % 26).unwrap_or(0));
    match index / 26 {
        0 => letter.to_string(),
        more => format!("{}{letter}", letters(more - 1)),
    }
}

fn transformation(transformation: &Fields) -> Value {
    let spec = json!({
        "disabled": flag(transformation, "disabled").then_some(true),
        "filter": transformation.get("filter").and_then(Value::as_object).map(matcher),
        "options": transformation.get("options"),
    });
    json!({ "kind": "Transformation", "group": text(transformation, "id"), "spec": present(spec) })
}

fn query_options(panel: &Fields) -> Value {
    let ttl = match panel.get("queryCachingTTL") {
        Some(Value::String(text)) => text.parse().ok(),
        other => other.and_then(super::whole),
    };
    present(json!({
        "cacheTimeout": text_of(panel, "cacheTimeout"),
        "maxDataPoints": whole_of(panel, "maxDataPoints").filter(|points| *points > 0),
        "interval": text_of(panel, "interval"),
        "hideTimeOverride": flag(panel, "hideTimeOverride").then_some(true),
        "queryCachingTTL": ttl,
        "timeFrom": text_of(panel, "timeFrom"),
        "timeShift": text_of(panel, "timeShift"),
    }))
}

fn link(link: &Fields) -> Value {
    present(json!({
        "title": text(link, "title"),
        "url": without_bom(text(link, "url")),
        "targetBlank": link.contains_key("targetBlank").then(|| flag(link, "targetBlank")),
    }))
}

/// The visualization. An Angular panel gets its successor's type, and its old options for the browser to migrate.
fn viz_config(panel: &Fields) -> Value {
    let mut kind = panel
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or("timeseries")
        .to_owned();
    let original: Fields = panel
        .iter()
        .filter(|(key, _)| !KNOWN.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let mut from = text_of(panel, "autoMigrateFrom");
    if from.is_none() {
        if let Some(new) = successor(&kind, panel) {
            from = Some(std::mem::replace(&mut kind, new.to_owned()));
        } else if !original.is_empty() {
            from = Some(kind.clone());
        }
    }
    let mut options = only(panel, "options", Value::is_object).unwrap_or_else(|| json!({}));
    if let Some(from) = from {
        options["__angularMigration"] = json!({ "autoMigrateFrom": from, "originalOptions": original });
    }
    json!({
        "kind": "VizConfig",
        "group": kind,
        "version": text(panel, "pluginVersion"),
        "spec": { "options": all_without_bom(&options), "fieldConfig": field_config(panel) },
    })
}
