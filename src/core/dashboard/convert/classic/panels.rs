//! Elements as panels.

use serde_json::{Value, json};

use super::super::super::migrate::fields::{Fields, text, whole_at};
use super::super::{Error, LEGACY_TEXT, objects, only, present, text_of};
use super::field_config::{field_config, matcher};
use super::{data_source, not_empty};

const SHARED: &str = "-- Dashboard --";

/// Where a panel stands, and what it is repeated for.
pub(super) struct Place {
    pub position: Value,
    pub repeat: Option<Value>,
}

/// The classic panel that an element is at a place.
pub(super) fn panel(name: &str, element: &Value, place: Place) -> Result<Value, Error> {
    let empty = Fields::new();
    let spec = element.get("spec").and_then(Value::as_object).unwrap_or(&empty);
    let own = match element.get("kind").and_then(Value::as_str) {
        Some("Panel") => own_panel(spec),
        Some("LibraryPanel") => library_panel(spec),
        _ => return Err(Error::UnknownElement(name.to_owned())),
    };
    let repeat = place.repeat.as_ref().and_then(Value::as_object);
    let mut panel = json!({
        "gridPos": place.position,
        "repeat": repeat.map(|repeat| text(repeat, "value")),
        "repeatDirection": repeat
            .and_then(|repeat| text_of(repeat, "direction"))
            .filter(|direction| direction == "h" || direction == "v"),
        "maxPerRow": repeat.and_then(|repeat| only(repeat, "maxPerRow", Value::is_number)),
    });
    if let (Value::Object(panel), Value::Object(own)) = (&mut panel, own) {
        panel.extend(own);
    }
    Ok(present(panel))
}

fn library_panel(spec: &Fields) -> Value {
    let library = |key: &str| spec.get("libraryPanel").and_then(|library| library.get(key));
    json!({
        "id": whole_at(spec, "id").unwrap_or(0),
        "title": text(spec, "title"),
        "type": "library-panel-ref",
        "libraryPanel": { "uid": library("uid"), "name": library("name") },
    })
}

fn own_panel(spec: &Fields) -> Value {
    let empty = Fields::new();
    let data = spec
        .get("data")
        .and_then(|data| data.get("spec"))
        .and_then(Value::as_object)
        .unwrap_or(&empty);
    let viz = spec.get("vizConfig");
    let viz_part = |key: &str| viz.and_then(|viz| viz.get("spec")).and_then(|spec| spec.get(key));
    let queries: Vec<&Fields> = objects(data.get("queries"))
        .filter_map(|query| query.get("spec").and_then(Value::as_object))
        .collect();
    let links: Vec<Value> = objects(spec.get("links")).map(link).collect();
    let transformations = only(data, "transformations", not_empty)
        .map(|list| objects(Some(&list)).map(transformation).collect::<Vec<_>>());
    let option = |key: &str| data.get("queryOptions").and_then(|options| options.get(key)).cloned();
    json!({
        "id": whole_at(spec, "id").unwrap_or(0),
        "title": text(spec, "title"),
        "pluginVersion": viz_part("pluginVersion").and_then(Value::as_str).unwrap_or_default(),
        "description": text_of(spec, "description"),
        "type": viz.and_then(|viz| viz.get("kind")).and_then(Value::as_str).unwrap_or_default(),
        "options": viz_part("options").filter(|options| options.is_object()),
        "fieldConfig": field_config(viz_part("fieldConfig")),
        "links": (!links.is_empty()).then_some(links),
        "targets": queries.iter().map(|query| target(query)).collect::<Vec<_>>(),
        "datasource": panel_source(&queries),
        "transformations": transformations,
        "cacheTimeout": option("cacheTimeout"),
        "maxDataPoints": option("maxDataPoints"),
        "interval": option("interval"),
        "hideTimeOverride": option("hideTimeOverride"),
        "queryCachingTTL": option("queryCachingTTL"),
        "timeFrom": option("timeFrom"),
        "timeShift": option("timeShift"),
        "transparent": only(spec, "transparent", Value::is_boolean),
    })
}

fn link(link: &Fields) -> Value {
    present(json!({
        "title": text(link, "title"),
        "url": text(link, "url"),
        "targetBlank": only(link, "targetBlank", Value::is_boolean),
    }))
}

fn kind_of(query: &Fields) -> &str {
    query
        .get("query")
        .and_then(|query| query.get("kind"))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn target(query: &Fields) -> Value {
    let spec = query
        .get("query")
        .and_then(|query| query.get("spec"))
        .and_then(Value::as_object);
    let mut target = Fields::new();
    for (key, value) in spec.into_iter().flatten() {
        match (key.as_str(), value) {
            (LEGACY_TEXT, Value::String(_)) => target.insert("query".into(), value.clone()),
            (LEGACY_TEXT, _) => None,
            _ => target.insert(key.clone(), value.clone()),
        };
    }
    target.insert("refId".into(), text(query, "refId").into());
    if query.get("hidden") == Some(&Value::Bool(true)) {
        target.insert("hide".into(), true.into());
    }
    if let Some(source) = data_source(query.get("datasource"), kind_of(query)) {
        target.insert("datasource".into(), source);
    }
    Value::Object(target)
}

/// The panel's own data source: the one of all queries, or the mixed one.
fn panel_source(queries: &[&Fields]) -> Option<Value> {
    let source = |query: &Fields| {
        let named = |key: &str| {
            query
                .get("datasource")
                .and_then(|source| source.get(key))
                .and_then(Value::as_str)
        };
        match named("uid").filter(|uid| !uid.is_empty()) {
            Some(uid) => (
                uid.to_owned(),
                named("type").unwrap_or_else(|| kind_of(query)).to_owned(),
            ),
            None => (String::new(), kind_of(query).to_owned()),
        }
    };
    let sources: Vec<(String, String)> = queries.iter().map(|query| source(query)).collect();
    let (uid, kind) = sources.first()?;
    let shared = sources.iter().filter(|(uid, _)| uid == SHARED).count();
    if shared > 1 || sources.iter().any(|other| *other != sources[0]) {
        return Some(json!({ "type": "mixed", "uid": "-- Mixed --" }));
    }
    if uid == SHARED {
        return Some(json!({ "type": "datasource", "uid": SHARED }));
    }
    let filled = |text: &String| (!text.is_empty()).then(|| text.clone());
    let made = present(json!({ "type": filled(kind), "uid": filled(uid) }));
    (made != json!({})).then_some(made)
}

fn transformation(transformation: &Fields) -> Value {
    let empty = Fields::new();
    let spec = transformation.get("spec").and_then(Value::as_object).unwrap_or(&empty);
    let mut made = json!({ "id": text(spec, "id"), "options": spec.get("options") });
    if let Some(disabled) = only(spec, "disabled", Value::is_boolean) {
        made["disabled"] = disabled;
    }
    if let Some(filter) = spec.get("filter").filter(|filter| filter.is_object()) {
        made["filter"] = matcher(Some(filter));
    }
    made
}
