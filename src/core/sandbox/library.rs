//! Library panels, from 9 on.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    Role, Version,
    call::Call,
    reply::{Outcome, Reply, time},
    store::{Change, Dashboard, Element, Store, write_sorted},
    uids::short_uid,
};

const DEFAULT: i64 = 100;
/// The only kind that may be made: a panel.
const PANEL: i64 = 1;

/// The routes about library panels.
pub fn route(call: &Call) -> Option<Outcome> {
    let (method, path) = call.route();
    let ["api", "library-elements", rest @ ..] = path.as_slice() else {
        return None;
    };
    if !call.state.version().is_9() {
        return None;
    }
    Some(match (method, rest) {
        ("GET", []) => list(call),
        ("POST", []) => create(call),
        ("GET", ["name", name]) => called(call, name),
        ("GET", [uid]) => read(call, uid),
        ("PATCH", [uid]) => update(call, uid),
        ("DELETE", [uid]) => delete(call, uid),
        ("GET", [uid, "connections"]) => connections(call, uid),
        _ => return None,
    })
}

fn found<'s>(call: &Call, store: &'s Store, uid: &str) -> Result<&'s Element, Box<Reply>> {
    match store.elements.values().find(|element| element.uid == uid) {
        Some(element) => Ok(element),
        None => call
            .state
            .version()
            .error(404, "library element could not be found")
            .refuse(),
    }
}

fn users<'s>(store: &'s Store, uid: &str) -> impl Iterator<Item = &'s Dashboard> {
    store
        .dashboards
        .values()
        .filter(move |row| row.library.iter().any(|have| have == uid))
}

/// A library panel as it is answered; the answer to a write leaves the root's name out.
fn described(call: &Call, store: &Store, element: &Element, root: &str) -> Value {
    let folder = store.dashboards.get(&element.folder);
    let folder_uid = folder.map_or("", |folder| folder.uid.as_str());
    let person = |account: i64| json!({ "id": account, "name": store.author(account), "avatarUrl": "/avatar/sandbox" });
    let text = |key: &str| element.model.get(key).and_then(Value::as_str).unwrap_or_default();
    // 12.4 counts rows that only older versions wrote; who uses it, `connections` says there.
    let connected = match call.state.version() {
        Version::V12_4 => 0,
        _ => users(store, &element.uid).count(),
    };
    json!({
        "id": element.id,
        "orgId": 1,
        "folderId": element.folder,
        "folderUid": folder_uid,
        "uid": element.uid,
        "name": element.name,
        "kind": element.kind,
        "type": text("type"),
        "description": text("description"),
        "model": sorted(&element.model),
        "version": element.version,
        "meta": {
            "folderName": folder.map_or(root, |folder| folder.title.as_str()),
            "folderUid": folder_uid,
            "connectedDashboards": connected,
            "created": time(element.created),
            "updated": time(element.updated),
            "createdBy": person(element.created_by),
            "updatedBy": person(element.updated_by),
        },
    })
}

fn sorted(model: &Map<String, Value>) -> Value {
    let mut text = String::new();
    write_sorted(&mut text, &Value::Object(model.clone()));
    serde_json::from_str(&text).unwrap_or_default()
}

fn result(value: Value) -> Reply {
    Reply::json(200, &json!({ "result": value }))
}

fn list(call: &Call) -> Outcome {
    call.signed_in()?;
    let per_page = Some(call.number("perPage"))
        .filter(|number| *number > 0)
        .unwrap_or(DEFAULT);
    let page = call.number("page").max(1);
    let searched = call.parameter("searchString").unwrap_or_default().to_lowercase();
    let types: Vec<&str> = call
        .parameters("typeFilter")
        .flat_map(|text| text.split(','))
        .filter(|kind| !kind.is_empty())
        .collect();
    let folders: Vec<&str> = call
        .parameters("folderFilter")
        .flat_map(|text| text.split(','))
        .filter(|id| !id.is_empty())
        .collect();
    let kind = call.number("kind");
    let fits = |element: &&Element| {
        let text = |key: &str| element.model.get(key).and_then(Value::as_str).unwrap_or_default();
        (kind == 0 || kind == element.kind)
            && [element.name.as_str(), text("description")]
                .iter()
                .any(|text| text.to_lowercase().contains(&searched))
            && (types.is_empty() || types.contains(&text("type")))
            && (folders.is_empty() || folders.contains(&element.folder.to_string().as_str()))
    };
    call.read(|store| {
        let mut elements: Vec<&Element> = store.elements.values().filter(fits).collect();
        elements.sort_by_cached_key(|element| element.name.to_lowercase());
        let total = elements.len();
        let skipped = usize::try_from(per_page.saturating_mul(page - 1)).unwrap_or(usize::MAX);
        let shown = elements
            .into_iter()
            .skip(skipped)
            .take(usize::try_from(per_page).unwrap_or(usize::MAX));
        let shown: Vec<Value> = shown
            .map(|element| described(call, store, element, "General"))
            .collect();
        Ok(result(
            json!({ "totalCount": total, "elements": shown, "page": page, "perPage": per_page }),
        ))
    })
}

fn read(call: &Call, uid: &str) -> Outcome {
    call.signed_in()?;
    let version = call.state.version();
    call.read(|store| {
        let mut element = described(call, store, found(call, store, uid)?, "General");
        // One alone names the root by its uid, as no list does.
        if version >= Version::V11_1 && element["folderUid"] == "" {
            element["folderUid"] = json!("general");
            if version.has_apis() {
                element["meta"]["folderUid"] = json!("general");
            }
        }
        Ok(result(element))
    })
}

fn called(call: &Call, name: &str) -> Outcome {
    call.signed_in()?;
    call.read(|store| {
        let same = store.elements.values().filter(|element| element.name == name);
        let same: Vec<Value> = same.map(|element| described(call, store, element, "General")).collect();
        if same.is_empty() {
            return call
                .state
                .version()
                .error(404, "library element could not be found")
                .refuse();
        }
        Ok(result(json!(same)))
    })
}

fn text<'a>(sent: &'a Map<String, Value>, key: &str) -> &'a str {
    sent.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The model with the texts that Grafana puts in when they are missing.
fn model(sent: &Map<String, Value>) -> Option<Map<String, Value>> {
    let mut model = sent.get("model")?.as_object()?.clone();
    for key in ["description", "type"] {
        model.entry(key).or_insert_with(|| json!(""));
    }
    Some(model)
}

fn taken(store: &Store, element: &Element) -> bool {
    let mut others = store.elements.values().filter(|other| other.id != element.id);
    others.any(|other| other.uid == element.uid || other.name == element.name && other.folder == element.folder)
}

fn create(call: &Call) -> Outcome {
    call.needs(Role::Editor, "library.panels:create")?;
    let version = call.state.version();
    let sent = call.object(&[])?;
    let (Some(model), name) = (model(&sent), text(&sent, "name")) else {
        return version.error(400, "bad request data").refuse();
    };
    if name.is_empty() {
        return version.error(400, "bad request data").refuse();
    }
    call.write(|store| {
        let now = Timestamp::now();
        let uid = Some(text(&sent, "uid")).filter(|uid| !uid.is_empty());
        let element = Element {
            id: store.last.element + 1,
            uid: uid.map_or_else(short_uid, str::to_owned),
            name: name.to_owned(),
            kind: sent.get("kind").and_then(Value::as_i64).unwrap_or(PANEL),
            folder: version.folder(store, &sent)?,
            model,
            version: 1,
            created: now,
            updated: now,
            created_by: call.who.account,
            updated_by: call.who.account,
        };
        keep(call, store, element)
    })
}

fn update(call: &Call, uid: &str) -> Outcome {
    call.needs(Role::Editor, "library.panels:write")?;
    let version = call.state.version();
    let sent = call.object(&[])?;
    call.write(|store| {
        let mut element = found(call, store, uid)?.clone();
        if sent.get("version").and_then(Value::as_i64) != Some(element.version) {
            return version
                .error(412, "the library element has been changed by someone else")
                .refuse();
        }
        for (key, field) in [("name", &mut element.name), ("uid", &mut element.uid)] {
            if !text(&sent, key).is_empty() {
                text(&sent, key).clone_into(field);
            }
        }
        if let Some(model) = model(&sent) {
            element.model = model;
        }
        if sent.contains_key("folderUid") || sent.contains_key("folderId") {
            element.folder = version.folder(store, &sent)?;
        }
        element.version += 1;
        element.updated = Timestamp::now();
        element.updated_by = call.who.account;
        keep(call, store, element)
    })
}

fn keep(call: &Call, store: &mut Store, element: Element) -> Outcome {
    if taken(store, &element) {
        return call
            .state
            .version()
            .error(400, "library element with that name or UID already exists")
            .refuse();
    }
    let answer = described(call, store, &element, "");
    store.change(Change::Element(element));
    Ok(result(answer))
}

fn delete(call: &Call, uid: &str) -> Outcome {
    call.needs(Role::Editor, "library.panels:delete")?;
    call.write(|store| {
        let id = found(call, store, uid)?.id;
        // 12 lets go of one that is in use.
        if call.state.version() != Version::V12_4 && users(store, uid).next().is_some() {
            return call
                .state
                .version()
                .error(403, "the library element has connections")
                .refuse();
        }
        store.change(Change::ElementGone(id));
        Ok(Reply::json(
            200,
            &json!({ "id": id, "message": "Library element deleted" }),
        ))
    })
}

fn connections(call: &Call, uid: &str) -> Outcome {
    call.signed_in()?;
    call.read(|store| {
        let element = found(call, store, uid)?;
        let connection = |row: &Dashboard| {
            let by = json!({ "id": row.created_by, "name": store.author(row.created_by), "avatarUrl": "" });
            json!({
                "id": row.id,
                "kind": PANEL,
                "elementId": element.id,
                "connectionId": row.id,
                "created": time(row.created),
                "createdBy": by,
            })
        };
        Ok(result(users(store, uid).map(connection).collect()))
    })
}
