//! Folders, which are rows of the dashboards' table.

use serde_json::{Map, Value, json};

use super::{
    Role, Version,
    call::Call,
    objects::bury,
    refusal::Refusal,
    reply::{JSON, Outcome, Reply, time},
    save::Draft,
    store::{Change, Dashboard, Store},
};

const DEFAULT: i64 = 1000;

/// The routes about folders.
pub fn route(call: &Call) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["api", "folders"]) => list(call),
        ("POST", ["api", "folders"]) => create(call),
        ("GET", ["api", "folders", "id", id]) => read(call, |store| store.dashboards.get(&id.parse().ok()?)),
        ("GET", ["api", "folders", "general"]) if call.state.version() >= Version::V11_1 => general(call),
        ("GET", ["api", "folders", uid]) => read(call, |store| store.folder(uid)),
        ("PUT", ["api", "folders", uid]) => update(call, uid),
        ("POST", ["api", "folders", uid, "move"]) if call.state.version() >= Version::V11_1 => relocate(call, uid),
        ("DELETE", ["api", "folders", uid]) => delete(call, uid),
        _ => return None,
    })
}

impl Version {
    /// The answer to a folder that was not saved.
    fn folder_not_saved(self, refusal: &Refusal, uid: &str, created: bool) -> Reply {
        match refusal {
            Refusal::TitleEmpty => Reply::message(400, "folder title cannot be empty"),
            Refusal::UidIllegal if self.has_apis() => {
                let message = format!(
                    "Folder.folder.grafana.app \"{uid}\" is invalid: metadata.name: Invalid value: \"{uid}\": may not contain '/'"
                );
                Reply::message(422, &message)
            }
            Refusal::VersionMismatch if self.has_apis() && created => {
                Reply::message(412, "the folder has been changed by someone else")
            }
            Refusal::VersionMismatch if self.has_apis() => {
                Reply::message(412, "The dashboard has been changed by someone else")
            }
            Refusal::NameExists if self >= Self::V11_1 => Reply::message(
                409,
                "a folder with the same name already exists in the current location",
            ),
            Refusal::UidIllegal => self.error(400, "uid contains illegal characters"),
            Refusal::UidTooLong => self.error(400, "uid too long, max 40 characters"),
            Refusal::NameExists | Refusal::NameIsFolder | Refusal::NameIsDashboard => {
                let status = if self.is_9() { 409 } else { 400 };
                let message = "a folder or dashboard in the general folder with the same name already exists";
                Reply::message(status, message)
            }
            Refusal::VersionMismatch => {
                Reply::tagged(412, "the folder has been changed by someone else", "version-mismatch")
            }
            Refusal::SameUid => Reply::message(400, "a folder/dashboard with the same uid already exists"),
            Refusal::TypeMismatch => Reply::message(400, "Dashboard cannot be changed to a folder"),
            Refusal::NotFound | Refusal::FolderNotFound => not_found(),
            Refusal::Plugin(_) | Refusal::Provisioned | Refusal::V2 => self.error(500, "Folder API error"),
        }
    }

    /// 10 knows no nested folders yet and says the parent all the same.
    fn with_parent(self, created: Reply, parent: &str) -> Reply {
        if self != Self::V10_2 || parent.is_empty() {
            return created;
        }
        let Ok(mut folder) = serde_json::from_slice::<Value>(&created.body) else {
            return created;
        };
        folder["parentUid"] = json!(parent);
        Reply::json(created.status, &folder)
    }

    /// What the caller may do with a folder that was just made: 9 doesn't see a new folder's permissions yet, admins apart.
    fn may_write_new(self, call: &Call) -> bool {
        call.may(if self.is_9() { Role::Admin } else { Role::Editor })
    }
}

fn not_found() -> Reply {
    Reply::tagged(404, "folder not found", "not-found")
}

fn described(call: &Call, store: &Store, row: &Dashboard, may_write: bool) -> Value {
    let mut folder = json!({
        "id": row.id,
        "uid": row.uid,
        "title": row.title,
        "url": row.url(),
        "hasAcl": false,
        "canSave": may_write,
        "canEdit": may_write,
        "canAdmin": call.may(Role::Admin),
    });
    if call.state.version().is_9() {
        folder["canDelete"] = json!(may_write);
    }
    let version = call.state.version();
    if version >= Version::V10_2 {
        folder["orgId"] = json!(i32::from(version.has_apis()));
    }
    let nobody = || "Anonymous".to_owned();
    let creator = if version == Version::V11_1 {
        nobody()
    } else {
        store.author(row.created_by)
    };
    folder["createdBy"] = json!(creator);
    folder["created"] = json!(time(row.created));
    let untouched = version == Version::V11_1 || version.has_apis() && store.history(row.id).nth(1).is_none();
    let updater = if untouched {
        "Anonymous".to_owned()
    } else {
        store.author(row.updated_by)
    };
    folder["updatedBy"] = json!(updater);
    folder["updated"] = json!(time(row.updated));
    folder["version"] = json!(row.version);
    if let Some(parent) = store.dashboards.get(&row.folder) {
        folder["parentUid"] = json!(parent.uid);
        if version >= Version::V11_1 {
            folder["parents"] = json!(parents(call, store, row, may_write));
        }
    }
    folder
}

/// The folders that a folder is in, the outermost first.
fn parents(call: &Call, store: &Store, row: &Dashboard, may_write: bool) -> Vec<Value> {
    let mut parents = Vec::new();
    let mut inner = row;
    while let Some(parent) = store.dashboards.get(&inner.folder).filter(|_| parents.len() < 16) {
        let mut described = described(call, store, parent, may_write);
        if let Some(fields) = described.as_object_mut() {
            let without_version = call.state.version() < Version::V12_4;
            fields.retain(|key, _| key != "parents" && key != "parentUid" && !(without_version && key == "version"));
        }
        parents.insert(0, described);
        inner = parent;
    }
    parents
}

/// The root, which 11 and later describe like a folder.
fn general(call: &Call) -> Outcome {
    call.signed_in()?;
    let may_write = call.may(Role::Editor);
    let root = json!({
        "id": 0,
        "uid": "general",
        "orgId": 0,
        "title": if call.state.version().has_apis() { "Dashboards" } else { "Root" },
        "url": "",
        "hasAcl": false,
        "canSave": may_write,
        "canEdit": may_write,
        "canAdmin": call.may(Role::Admin),
        "canDelete": may_write,
        "createdBy": "Anonymous",
        "created": "0001-01-01T00:00:00Z",
        "updatedBy": "Anonymous",
        "updated": "0001-01-01T00:00:00Z",
    });
    Ok(Reply::json(200, &root))
}

/// All folders; from 11 on, where they nest, those directly in one, or in the root.
fn list(call: &Call) -> Outcome {
    call.signed_in()?;
    let nests = call.state.version() >= Version::V11_1;
    let parent = call.parameter("parentUid").filter(|uid| nests && !uid.is_empty());
    let limit = Some(call.number("limit")).filter(|limit| *limit > 0).unwrap_or(DEFAULT);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let page = usize::try_from(call.number("page")).unwrap_or(0).max(1);
    call.read(|store| {
        let inside = parent.map_or(0, |uid| store.folder(uid).map_or(-1, |parent| parent.id));
        let mut folders: Vec<&Dashboard> = store
            .dashboards
            .values()
            .filter(|row| row.is_folder && (!nests || row.folder == inside) && call.may(Role::Viewer))
            .collect();
        // Of one title the newest is first in 13.
        let newest_first = call.state.version() >= Version::V13_1;
        folders.sort_by_cached_key(|row| (row.title.to_lowercase(), if newest_first { -row.id } else { row.id }));
        let shown = folders.into_iter().skip(limit.saturating_mul(page - 1)).take(limit);
        let listed = shown
            .map(|row| match parent {
                Some(parent) => json!({ "id": row.id, "uid": row.uid, "title": row.title, "parentUid": parent }),
                None => json!({ "id": row.id, "uid": row.uid, "title": row.title }),
            })
            .collect();
        Ok(Reply::json(200, &listed))
    })
}

fn read(call: &Call, find: impl FnOnce(&Store) -> Option<&Dashboard>) -> Outcome {
    call.signed_in()?;
    if !call.may(Role::Viewer) {
        return Reply::message(403, "Access denied").refuse();
    }
    call.read(|store| match find(store).filter(|row| row.is_folder) {
        Some(row) => Ok(Reply::json(200, &described(call, store, row, call.may(Role::Editor)))),
        None => not_found().refuse(),
    })
}

fn create(call: &Call) -> Outcome {
    call.needs_guarded(Role::Editor, "folders:create", "Access denied")?;
    let sent = call.object(&[])?;
    let text = |key: &str| sent.get(key).and_then(Value::as_str).unwrap_or_default();
    let mut content = Map::new();
    content.insert("title".to_owned(), json!(text("title")));
    if call.state.version().has_apis() {
        content.insert("description".to_owned(), json!(text("description")));
    }
    if !text("uid").is_empty() {
        content.insert("uid".to_owned(), json!(text("uid")));
    }
    call.write(|store| {
        let mut draft = Draft::new(content, call.state.version());
        draft.is_folder = true;
        if let Some(parent) = sent
            .get("parentUid")
            .and_then(Value::as_str)
            .filter(|_| call.state.version() >= Version::V11_1)
        {
            match store.folder(parent) {
                Some(parent) => draft.folder = parent.id,
                None if parent.is_empty() => {}
                None => return not_found().refuse(),
            }
        }
        let kept = keep(call, store, draft, call.state.version().may_write_new(call), true)?;
        Ok(call.state.version().with_parent(kept, text("parentUid")))
    })
}

fn update(call: &Call, uid: &str) -> Outcome {
    call.needs_guarded(Role::Editor, "folders:write", "Access denied")?;
    let sent = call.object(&[])?;
    call.write(|store| {
        let Some(row) = store.folder(uid) else {
            return not_found().refuse();
        };
        let mut content = row.body.value();
        content.insert("id".to_owned(), json!(row.id));
        content.insert(
            "title".to_owned(),
            json!(sent.get("title").and_then(Value::as_str).unwrap_or_default()),
        );
        let mut draft = Draft::new(content, call.state.version());
        draft.folder = row.folder;
        let new_uid = sent.get("uid").and_then(Value::as_str).filter(|uid| !uid.is_empty());
        draft.uid = new_uid.unwrap_or(uid).to_owned();
        draft.is_folder = true;
        draft.version = sent.get("version").and_then(Value::as_i64).unwrap_or(0);
        draft.overwrite = sent.get("overwrite").and_then(Value::as_bool).unwrap_or(false);
        keep(call, store, draft, call.may(Role::Editor), false)
    })
}

/// Moves a folder into another one, or to the root.
fn relocate(call: &Call, uid: &str) -> Outcome {
    call.needs_guarded(Role::Editor, "folders:write", "Access denied")?;
    let sent = call.object(&[])?;
    let parent = sent.get("parentUid").and_then(Value::as_str).unwrap_or_default();
    call.write(|store| {
        let (Some(row), into) = (store.folder(uid), store.folder(parent)) else {
            return not_found().refuse();
        };
        let mut content = row.body.value();
        content.insert("id".to_owned(), json!(row.id));
        let mut draft = Draft::new(content, call.state.version());
        draft.folder = match into {
            Some(into) => into.id,
            None if parent.is_empty() => 0,
            None => return not_found().refuse(),
        };
        draft.uid = uid.to_owned();
        draft.is_folder = true;
        draft.overwrite = true;
        keep(call, store, draft, call.may(Role::Editor), false)
    })
}

fn keep(call: &Call, store: &mut Store, mut draft: Draft, may_write: bool, created: bool) -> Outcome {
    draft.author = call.who.account;
    let uid = draft.uid.clone();
    let saved = draft.save(store, &call.state.options);
    let row = saved.or_else(|refusal| call.state.version().folder_not_saved(&refusal, &uid, created).refuse())?;
    let mut folder = described(call, store, &row, may_write);
    if created && call.state.version() == Version::V11_1 {
        // Only then 11 knows who it was.
        folder["createdBy"] = json!(store.author(row.created_by));
        folder["updatedBy"] = json!(store.author(row.updated_by));
    }
    Ok(Reply::json(200, &folder))
}

/// A folder goes with everything in it; library panels in use and, in 9, alert rules keep it.
fn delete(call: &Call, uid: &str) -> Outcome {
    let version = call.state.version();
    call.needs_guarded(Role::Editor, "folders:delete", "Access denied")?;
    call.write(|store| {
        let Some(row) = store.folder(uid).cloned() else {
            return match version {
                Version::V12_4 => {
                    Reply::message(404, &format!("folders.folder.grafana.app \"{uid}\" not found")).refuse()
                }
                _ => not_found().refuse(),
            };
        };
        let rules: Vec<i64> = store
            .rules
            .values()
            .filter(|rule| rule.folder_uid == uid)
            .map(|rule| rule.id)
            .collect();
        if !rules.is_empty() && call.parameter("forceDeleteRules") != Some("true") {
            return match version >= Version::V10_2 {
                true => {
                    let message = "Folder cannot be deleted: folder is not empty";
                    version.identified(400, "folder.not-empty", message).refuse()
                }
                false => Reply::message(400, "folder cannot be deleted: folder contains alert rules").refuse(),
            };
        }
        let elements = store.elements.values().filter(|element| element.folder == row.id);
        let elements: Vec<(i64, String)> = elements.map(|element| (element.id, element.uid.clone())).collect();
        let used = |uid: &str| {
            store
                .dashboards
                .values()
                .any(|other| other.folder != row.id && other.library.iter().any(|have| have == uid))
        };
        if elements.iter().any(|(_, uid)| used(uid)) {
            return version
                .error(403, "folder contains library elements that are linked in use")
                .refuse();
        }
        let inside = store.dashboards.values().filter(|other| other.folder == row.id);
        let inside: Vec<i64> = inside.map(|other| other.id).collect();
        rules.into_iter().for_each(|id| store.change(Change::RuleGone(id)));
        elements
            .into_iter()
            .for_each(|(id, _)| store.change(Change::ElementGone(id)));
        inside.into_iter().for_each(|id| bury(store, id, call.who.account));
        store.change(Change::DashboardGone(row.id));
        Ok(match version {
            Version::V7_5 => {
                let message = format!("Folder {} deleted", row.title);
                Reply::json(200, &json!({ "id": row.id, "message": message, "title": row.title }))
            }
            Version::V9_4 => Reply::text(200, JSON, Vec::new()),
            _ => Reply::message(200, "Folder deleted"),
        })
    })
}
