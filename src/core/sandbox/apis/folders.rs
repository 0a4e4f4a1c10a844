//! Folders, nested as deep as anybody likes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::{
    Role,
    call::Call,
    content::Content,
    objects::{Written, write},
    reply::{Outcome, Reply},
    store::{Change, Dashboard, Store},
    uids::suffix,
};
use super::{
    object, patch,
    status::{self, FOLDER},
};

/// The routes of folders, below the version and the namespace.
pub fn answer(call: &Call, method: &str, api: &str, rest: &[&str]) -> Outcome {
    match (method, rest) {
        ("GET", []) => list(call, api),
        ("GET", [name]) => call.read(|store| Ok(Reply::json(200, &described(store, find(store, name)?, api)))),
        _ if !call.may(Role::Editor) => status::forbidden().refuse(),
        ("POST", []) => create(call, api),
        ("PUT", [name]) => put(call, api, name),
        ("PATCH", [name]) => change(call, api, name),
        ("DELETE", [name]) => delete(call, name),
        _ => status::no_resource().refuse(),
    }
}

fn find<'s>(store: &'s Store, name: &str) -> Result<&'s Dashboard, Box<Reply>> {
    match store.folder(name) {
        Some(row) => Ok(row),
        None => FOLDER.not_found(name).refuse(),
    }
}

fn described(store: &Store, row: &Dashboard, api: &str) -> Value {
    let mut folder =
        json!({ "kind": "Folder", "apiVersion": format!("{}/{api}", super::FOLDERS), "spec": row.body.value() });
    if let Some(edition) = store.newest(row.id) {
        folder["metadata"] = object::metadata(store, row, edition);
    }
    folder
}

fn list(call: &Call, api: &str) -> Outcome {
    call.read(|store| {
        let mut rows: Vec<&Dashboard> = store.dashboards.values().filter(|row| row.is_folder).collect();
        rows.sort_by(|one, other| one.uid.cmp(&other.uid));
        let items: Vec<Value> = rows.into_iter().map(|row| described(store, row, api)).collect();
        let body = json!({
            "kind": "FolderList",
            "apiVersion": format!("{}/{api}", super::FOLDERS),
            "metadata": { "resourceVersion": (store.last.resource + 1).to_string() },
            "items": items,
        });
        Ok(Reply::json(200, &body))
    })
}

fn body(call: &Call) -> Result<Map<String, Value>, Box<Reply>> {
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(body)) => Ok(body),
        _ => status::bad_request("the object provided is unrecognized").refuse(),
    }
}

fn create(call: &Call, api: &str) -> Outcome {
    let sent = body(call)?;
    let metadata = |key: &str| {
        sent.get("metadata")
            .and_then(|metadata| metadata.get(key))
            .and_then(Value::as_str)
    };
    let name = metadata("name").map(str::to_owned);
    let name = name.or_else(|| metadata("generateName").map(|prefix| format!("{prefix}{}", suffix())));
    let Some(name) = name else {
        let message = "Required value: name or generateName is required".to_owned();
        return FOLDER
            .invalid("", &[("FieldValueRequired", message, "metadata.name")])
            .refuse();
    };
    call.write(|store| {
        if store.folder(&name).is_some() {
            return FOLDER.exists(&name).refuse();
        }
        save(call, store, api, &name, &sent)
    })
}

fn put(call: &Call, api: &str, name: &str) -> Outcome {
    let sent = body(call)?;
    call.write(|store| {
        find(store, name)?;
        save(call, store, api, name, &sent)
    })
}

fn change(call: &Call, api: &str, name: &str) -> Outcome {
    call.write(|store| {
        let patched = patch::apply(call, described(store, find(store, name)?, api))?;
        save(call, store, api, name, &patched)
    })
}

fn save(call: &Call, store: &mut Store, api: &str, name: &str, sent: &Map<String, Value>) -> Outcome {
    let metadata = sent.get("metadata");
    let read = metadata
        .and_then(|metadata| metadata.get("resourceVersion"))
        .and_then(Value::as_str);
    let existing = store.folder(name).cloned();
    let newest = existing.as_ref().and_then(|row| store.newest(row.id));
    if let (Some(read), Some(newest)) = (read, newest)
        && read != newest.object.resource_version.to_string()
    {
        return FOLDER.conflict(name).refuse();
    }
    let annotations: BTreeMap<String, String> = metadata
        .and_then(|metadata| metadata.get("annotations"))
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
        .collect();
    let parent = match annotations.get("grafana.app/folder").filter(|uid| !uid.is_empty()) {
        Some(uid) => find(store, uid)?.id,
        None => 0,
    };
    let spec = sent.get("spec").and_then(Value::as_object).cloned().unwrap_or_default();
    let title = spec.get("title").and_then(Value::as_str).unwrap_or_default().to_owned();
    if title.is_empty() {
        return status::bad_request("folder title cannot be empty").refuse();
    }
    let written = Written {
        uid: name.to_owned(),
        title,
        folder: parent,
        is_folder: true,
        content: Content::new(&spec),
        changed: true,
        api: api.to_owned(),
        told: None,
        manager: super::dashboards::manager(call),
        annotations,
        granted: true,
        author: call.who.account,
        restored_from: 0,
        provisioned: None,
    };
    let code = if existing.is_some() { 200 } else { 201 };
    let row = write(store, &call.state.options, existing, written);
    Ok(Reply::json(code, &described(store, &row, api)))
}

fn delete(call: &Call, name: &str) -> Outcome {
    call.write(|store| {
        let row = find(store, name)?;
        if store.dashboards.values().any(|other| other.folder == row.id) {
            return status::not_empty().refuse();
        }
        let (id, uid) = (
            row.id,
            store
                .newest(row.id)
                .map(|edition| edition.object.uid.clone())
                .unwrap_or_default(),
        );
        store.change(Change::DashboardGone(id));
        Ok(FOLDER.deleted(name, &uid))
    })
}
