//! Search over folders and dashboards, by title.

use serde_json::{Value, json};

use super::super::{
    Role,
    call::Call,
    reply::{Outcome, Reply},
    store::{Dashboard, Store},
};

pub fn search(call: &Call) -> Outcome {
    call.read(|store| {
        let mut rows: Vec<&Dashboard> = store.dashboards.values().filter(|row| fits(call, store, row)).collect();
        // In one folder folders come first.
        let in_folder = call.parameter("folder").is_some();
        rows.sort_by_cached_key(|row| (in_folder && !row.is_folder, row.title.to_lowercase(), row.uid.clone()));
        let number = |name: &str| usize::try_from(call.number(name)).ok().filter(|number| *number > 0);
        let (offset, limit) = (number("offset").unwrap_or(0), number("limit").unwrap_or(50));
        let fields: Vec<&str> = call.parameters("field").collect();
        let total = rows.len();
        let shown = rows.into_iter().skip(offset).take(limit);
        let hits: Vec<Value> = shown.map(|row| hit(store, row, &fields)).collect();
        let mut body = json!({ "totalHits": total, "hits": hits, "queryCost": total, "maxScore": 1 });
        if offset > 0 {
            body["offset"] = json!(offset);
        }
        Ok(Reply::json(200, &body))
    })
}

fn fits(call: &Call, store: &Store, row: &Dashboard) -> bool {
    let visible = row.is_folder
        || store
            .newest(row.id)
            .is_some_and(|edition| call.may_reach(edition, Role::Viewer));
    let kind = match call.parameter("type") {
        Some("dashboard") => !row.is_folder,
        Some("folder") => row.is_folder,
        _ => true,
    };
    let query = call.parameter("query").map(str::to_lowercase);
    let folder = call
        .parameter("folder")
        .map(|uid| store.folder(uid).map_or(0, |folder| folder.id));
    visible
        && kind
        && query.is_none_or(|query| row.title.to_lowercase().contains(&query))
        && folder.is_none_or(|folder| row.folder == folder)
        && call.parameters("tag").all(|tag| row.tags.iter().any(|own| own == tag))
}

fn hit(store: &Store, row: &Dashboard, fields: &[&str]) -> Value {
    let resource = if row.is_folder { "folders" } else { "dashboards" };
    let mut hit = json!({ "resource": resource, "name": row.uid, "title": row.title });
    if !row.tags.is_empty() {
        hit["tags"] = json!(row.tags);
    }
    if let Some(folder) = store.dashboards.get(&row.folder) {
        hit["folder"] = json!(folder.uid);
    }
    // Of these two the index of the recorded servers knew nothing, and of others they said nothing.
    let known: serde_json::Map<String, Value> = fields
        .iter()
        .filter(|field| ["created", "rv"].contains(field))
        .map(|field| ((*field).to_owned(), Value::Null))
        .collect();
    if !known.is_empty() {
        hit["field"] = Value::Object(known);
    }
    hit
}
