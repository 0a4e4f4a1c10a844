//! Dashboards: read, save, delete, and what the server says about each.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    Role, Version,
    call::Call,
    objects::bury,
    refusal::Refusal,
    reply::{JSON, Outcome, Reply, time},
    save::Draft,
    store::{Dashboard, Store},
    view::classic,
};

/// The routes about dashboards.
pub fn route(call: &Call) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["api", "dashboards", "uid", uid]) => read(call, |store| store.by_uid(uid)),
        ("GET", ["api", "dashboards", "db", slug]) if !call.state.version().is_9() => {
            read(call, |store| store.by_slug(slug).find(|row| !row.is_folder))
        }
        ("DELETE", ["api", "dashboards", "uid", uid]) => delete(call, uid),
        ("POST", ["api", "dashboards", "db"]) => save(call),
        ("GET", ["api", "dashboards", "tags"]) => tags(call),
        ("GET", ["api", "dashboards", "home"]) => home(call),
        ("POST", ["api", "dashboards", "calculate-diff"]) if !call.state.version().has_apis() => {
            // Drawing differences is the work of the pages that the sandbox doesn't have.
            call.signed_in()
                .map(|()| call.state.version().error(500, "Unable to compute diff"))
        }
        _ => return None,
    })
}

fn read(call: &Call, find: impl FnOnce(&Store) -> Option<&Dashboard>) -> Outcome {
    call.signed_in()?;
    let version = call.state.version();
    call.read(|store| {
        let Some(row) = find(store) else {
            return call.state.version().error(404, "Dashboard not found").refuse();
        };
        if !call.may(Role::Viewer) {
            return Reply::message(403, "Access denied to this dashboard").refuse();
        }
        if version.has_apis() {
            return read_object(call, store, row);
        }
        let mut text = format!("{{\"meta\":{},\"dashboard\":", meta(call, store, row));
        row.body
            .write(&mut text, Some(&row.id.to_string()), &row.uid, row.version);
        text.push('}');
        Ok(Reply::text(200, JSON, text))
    })
}

/// An object by the older route: classic, whatever it is stored as.
fn read_object(call: &Call, store: &Store, row: &Dashboard) -> Outcome {
    let version = call.state.version();
    let Some(edition) = store.newest(row.id).filter(|_| !row.is_folder) else {
        return version.error(404, "Dashboard not found").refuse();
    };
    if !call.may_reach(edition, Role::Viewer) {
        return version.denied("dashboards:read", "").refuse();
    }
    let mut dashboard = classic(store, version, edition);
    dashboard["id"] = json!(row.id);
    dashboard["uid"] = json!(row.uid);
    dashboard["version"] = json!(row.version);
    let body = json!({ "meta": meta(call, store, row), "dashboard": dashboard });
    Ok(Reply::json(200, &body))
}

fn meta(call: &Call, store: &Store, row: &Dashboard) -> Value {
    let may_save = call.may(Role::Editor);
    let folder = store.dashboards.get(&row.folder);
    let mut meta = json!({
        "type": "db",
        "canSave": may_save,
        "canEdit": may_save,
        "canAdmin": call.may(Role::Admin),
        "canStar": true,
        "slug": row.slug,
        "url": row.url(),
        "expires": "0001-01-01T00:00:00Z",
        "created": time(row.created),
        "updated": time(row.updated),
        "updatedBy": call.state.version().teller(store, row).1,
        "createdBy": call.state.version().teller(store, row).0,
        "version": row.version,
        "hasAcl": false,
        "isFolder": row.is_folder,
        "folderId": row.folder,
        "folderTitle": folder.map_or("General", |folder| folder.title.as_str()),
        "folderUrl": folder.map(Dashboard::url).unwrap_or_default(),
        "provisioned": row.provisioned.is_some(),
        "provisionedExternalId": row.provisioned.as_deref().unwrap_or_default(),
    });
    if let Value::Object(meta) = &mut meta {
        call.state
            .version()
            .add_meta(meta, folder.map_or("", |folder| folder.uid.as_str()), may_save);
    }
    meta
}

impl Version {
    /// Who made a dashboard and who changed it last: 12 and 13 know nobody until the first change.
    fn teller(self, store: &Store, row: &Dashboard) -> (String, String) {
        let changed = store.history(row.id).nth(1).is_some();
        match self.has_apis() && !changed {
            true => ("Anonymous".to_owned(), "Anonymous".to_owned()),
            false => (store.author(row.created_by), store.author(row.updated_by)),
        }
    }

    /// What 9 says about a dashboard beyond 7.5.
    fn add_meta(self, meta: &mut Map<String, Value>, folder_uid: &str, may_save: bool) {
        if !self.is_9() {
            return;
        }
        let annotations = json!({ "canAdd": may_save, "canEdit": may_save, "canDelete": may_save });
        let mut permissions = json!({ "dashboard": annotations });
        if self <= Self::V12_4 {
            permissions["organization"] = annotations;
        }
        let more = [
            ("canDelete", json!(may_save)),
            ("folderUid", json!(folder_uid)),
            ("annotationsPermissions", permissions),
        ];
        if self.has_apis() {
            meta.insert("apiVersion".to_owned(), json!("v0alpha1"));
        }
        if self == Self::V9_4 {
            let public = [
                ("hasPublicDashboard", json!(false)),
                ("publicDashboardAccessToken", json!("")),
                ("publicDashboardUid", json!("")),
                ("publicDashboardEnabled", json!(false)),
            ];
            meta.extend(public.map(|(key, value)| (key.to_owned(), value)));
        }
        meta.extend(more.map(|(key, value)| (key.to_owned(), value)));
    }

    /// The answer to a dashboard that was not saved.
    pub(super) fn not_saved(self, refusal: &Refusal, uid: &str) -> Reply {
        let tag_of_9 = |message: &str, tag: &str| match self {
            Self::V7_5 => Reply::message(400, message),
            _ => Reply::tagged(400, message, tag),
        };
        match refusal {
            Refusal::UidIllegal if self >= Self::V13_1 => {
                let message = format!("Dashboard API error: invalid resource name \"{uid}\": [may not contain '/']");
                Reply::message(500, &message)
            }
            Refusal::TitleEmpty if self >= Self::V13_1 => {
                Reply::message(400, "Dashboard spec is missing required title property")
            }
            Refusal::VersionMismatch if self >= Self::V13_1 => {
                Reply::message(409, "Dashboard already exists. Use overwrite flag to update.")
            }
            Refusal::FolderNotFound if self >= Self::V10_2 => Reply::message(400, "folder not found"),
            Refusal::TitleEmpty => tag_of_9("Dashboard title cannot be empty", "empty-name"),
            Refusal::V2 => Reply::message(
                400,
                "dashboard appears to be in v2 format. Please use the /apis/dashboard.grafana.app/v2 API OR it should include a \
                 object wrapper with an explicit 'apiVersion' and move the body into a 'spec' element",
            ),
            Refusal::UidIllegal => Reply::message(400, "uid contains illegal characters"),
            Refusal::UidTooLong => Reply::message(400, "uid too long, max 40 characters"),
            Refusal::NotFound => Reply::tagged(404, "Dashboard not found", "not-found"),
            Refusal::FolderNotFound => self.error(404, "Folder not found"),
            Refusal::SameUid => Reply::message(400, "A dashboard with the same uid already exists"),
            Refusal::TypeMismatch => Reply::message(400, "Dashboard cannot be changed to a folder"),
            Refusal::VersionMismatch => Reply::tagged(
                412,
                "The dashboard has been changed by someone else",
                "version-mismatch",
            ),
            Refusal::Plugin(plugin) => Reply::tagged(
                412,
                &format!("The dashboard belongs to plugin {plugin}."),
                "plugin-dashboard",
            ),
            Refusal::NameExists | Refusal::NameIsDashboard => Reply::tagged(
                412,
                "A dashboard with the same name in the folder already exists",
                "name-exists",
            ),
            Refusal::NameIsFolder => tag_of_9("Dashboard name cannot be the same as folder", "name-match"),
            Refusal::Provisioned => Reply::message(400, "Cannot save provisioned dashboard"),
        }
    }

    /// The folder that a save names: 7.5 knows only its id; in 9 a uid wins. Neither means the root.
    pub(super) fn folder(self, store: &Store, sent: &Map<String, Value>) -> Result<i64, Box<Reply>> {
        // 13 knows folders by uid only.
        let by_id = sent
            .get("folderId")
            .and_then(Value::as_i64)
            .filter(|_| self < Self::V13_1);
        let id = by_id.unwrap_or(0);
        let uid = sent
            .get("folderUid")
            .and_then(Value::as_str)
            .filter(|uid| !uid.is_empty());
        match uid.filter(|_| self.is_9()) {
            None => Ok(id),
            Some(uid) => match store.folder(uid) {
                Some(folder) => Ok(folder.id),
                None if self >= Self::V10_2 => Reply::message(400, "folder not found").refuse(),
                None => self.error(400, "Folder not found").refuse(),
            },
        }
    }
}

fn save(call: &Call) -> Outcome {
    let version = call.state.version();
    call.needs_guarded(
        Role::Editor,
        "any of dashboards:create, dashboards:write",
        "Access denied to save dashboard",
    )?;
    let mut sent = call.object(&["Dashboard"])?;
    let Some(Value::Object(dashboard)) = sent.remove("dashboard") else {
        return version.required(&["Dashboard"]).refuse();
    };
    if sent.get("isFolder").and_then(Value::as_bool) == Some(true) {
        return version.error(400, "Use folders endpoint for saving folders.").refuse();
    }
    let mut draft = Draft::new(dashboard, version);
    call.write(|store| {
        draft.folder = version.folder(store, &sent)?;
        draft.overwrite = sent.get("overwrite").and_then(Value::as_bool).unwrap_or(false);
        draft.message = sent
            .get("message")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        draft.spares_provisioned = version.spares_provisioned(&draft);
        if version.has_apis() {
            let newest = store.by_uid(&draft.uid).and_then(|row| store.newest(row.id));
            if newest.is_some_and(|newest| !call.may_reach(newest, Role::Editor)) {
                return Reply::json(403, &json!({})).refuse();
            }
        }
        keep(call, store, draft)
    })
}

/// Saves a draft for the caller and answers as `POST /api/dashboards/db` does, restore too.
pub fn keep(call: &Call, store: &mut Store, mut draft: Draft) -> Outcome {
    check_quota(call, store, draft.id)?;
    draft.author = call.who.account;
    let uid = draft.uid.clone();
    let saved = draft.save(store, &call.state.options);
    let row = saved.or_else(|refusal| call.state.version().not_saved(&refusal, &uid).refuse())?;
    if call.state.version().is_9() && row.library.iter().any(|uid| !has_element(store, uid)) {
        return call
            .state
            .version()
            .error(500, "Error while connecting library panels")
            .refuse();
    }
    let mut answer = json!({
        "id": row.id,
        "slug": row.slug,
        "status": "success",
        "uid": row.uid,
        "url": row.url(),
        "version": row.version,
    });
    if call.state.version() >= Version::V10_2 {
        let folder = store
            .dashboards
            .get(&row.folder)
            .map_or("", |folder| folder.uid.as_str());
        answer["folderUid"] = json!(folder);
    }
    Ok(Reply::json(200, &answer))
}

fn has_element(store: &Store, uid: &str) -> bool {
    store.elements.values().any(|element| element.uid == uid)
}

/// A full house takes no dashboard that comes without an id, not even one that is there already: Grafana counts so.
///
/// # Errors
///
/// There is no room for another one: the answer that says so.
pub fn check_quota(call: &Call, store: &Store, id: i64) -> Result<(), Box<Reply>> {
    let count = || store.dashboards.values().filter(|row| !row.is_folder).count();
    match call.state.options.quota {
        Some(quota) if id == 0 && count() >= quota => Reply::message(403, "Quota reached").refuse(),
        _ => Ok(()),
    }
}

fn delete(call: &Call, uid: &str) -> Outcome {
    let version = call.state.version();
    call.needs_guarded(Role::Editor, "dashboards:delete", "Access denied to this dashboard")?;
    call.write(|store| {
        let Some(row) = store.by_uid(uid).cloned() else {
            return version.error(404, "Dashboard not found").refuse();
        };
        if row.provisioned.is_some() {
            return version.error(400, "provisioned dashboard cannot be deleted").refuse();
        }
        bury(store, row.id, call.who.account);
        let message = format!("Dashboard {} deleted", row.title);
        let answer = match version >= Version::V11_1 {
            true => json!({ "message": message, "title": row.title, "uid": row.uid }),
            false => json!({ "id": row.id, "message": message, "title": row.title }),
        };
        Ok(Reply::json(200, &answer))
    })
}

fn tags(call: &Call) -> Outcome {
    call.signed_in()?;
    call.read(|store| {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for tag in store.dashboards.values().flat_map(|row| &row.tags) {
            *counts.entry(tag).or_default() += 1;
        }
        let counts: Vec<Value> = counts
            .into_iter()
            .map(|(term, count)| json!({ "term": term, "count": count }))
            .collect();
        Ok(Reply::json(200, &json!(counts)))
    })
}

fn home(call: &Call) -> Outcome {
    call.signed_in()?;
    let home = json!({
        "dashboard": { "title": "Home", "panels": [], "schemaVersion": 27, "version": 0 },
        "meta": { "canEdit": call.may(Role::Editor), "folderTitle": "General", "isHome": true },
    });
    Ok(Reply::json(200, &home))
}
