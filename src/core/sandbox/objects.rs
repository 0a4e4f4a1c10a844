//! How an object gets into the store, by `/apis` and by the older routes alike.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    Options,
    content::Content,
    slug::slug,
    store::{Change, Dashboard, Edition, Object, Store, Trashed},
    uids::uuid,
};

/// Ids are made of times there; these are only as large.
const FIRST_ID: i64 = 140_000_000_000_000;
const ID_STEP: i64 = 4_194_304;

/// An object on its way into the store.
#[derive(Debug, Clone)]
pub struct Written {
    pub uid: String,
    pub title: String,
    /// The id of its folder, 0 at the root.
    pub folder: i64,
    pub is_folder: bool,
    pub content: Content,
    /// Whether the content is another than what is there: an unchanged save makes no version.
    pub changed: bool,
    pub api: String,
    pub told: Option<String>,
    /// Who wrote it, as managed fields name it.
    pub manager: String,
    pub annotations: BTreeMap<String, String>,
    pub granted: bool,
    pub author: i64,
    pub restored_from: i64,
    pub provisioned: Option<String>,
}

/// Writes an object: a new edition of the existing one, or a new one.
pub fn write(store: &mut Store, options: &Options, existing: Option<Dashboard>, written: Written) -> Dashboard {
    let now = Timestamp::now();
    let parent = existing.as_ref().map_or(0, |row| row.version);
    let id = existing
        .as_ref()
        .map_or_else(|| store.last.dashboard.max(FIRST_ID) + ID_STEP, |row| row.id);
    let before = existing
        .as_ref()
        .and_then(|row| store.newest(row.id))
        .map(|edition| edition.object.clone());
    let row = Dashboard {
        id,
        slug: slug(&written.title),
        folder: written.folder,
        is_folder: written.is_folder,
        version: if written.changed || parent == 0 {
            parent + 1
        } else {
            parent
        },
        created: existing.as_ref().map_or(now, |row| row.created),
        updated: now,
        created_by: existing.as_ref().map_or(written.author, |row| row.created_by),
        updated_by: written.author,
        tags: written.content.tags,
        library: written.content.library,
        provisioned: written.provisioned,
        plugin: String::new(),
        body: written.content.body.clone(),
        uid: written.uid,
        title: written.title,
    };
    let annotations = kept(store, row.folder, written.annotations);
    let message = annotations.get("grafana.app/message").cloned().unwrap_or_default();
    let object = Object {
        stored: written.api,
        told: written.told,
        manager: written.manager,
        annotations,
        resource_version: next_resource_version(store, now),
        uid: before.as_ref().map_or_else(uuid, |before| before.uid.clone()),
        granted: before.map_or(written.granted, |before| before.granted),
    };
    let edition = Edition {
        id: store.last.edition + 1,
        dashboard: id,
        version: row.version,
        parent: row.version - 1,
        restored_from: written.restored_from,
        created: now,
        created_by: written.author,
        message,
        uid: row.uid.clone(),
        stored_id: None,
        body: written.content.body,
        object,
    };
    store.change(Change::Dashboard(row.clone()));
    store.change(Change::Edition(edition));
    store.prune(id, options.versions_to_keep.max(1));
    row
}

/// Deletes a dashboard; one that is an object is kept in the trash.
pub fn bury(store: &mut Store, id: i64, by: i64) {
    let row = store.dashboards.get(&id).filter(|row| !row.is_folder);
    let edition = store.newest(id).filter(|edition| edition.object.resource_version > 0);
    if let (Some(row), Some(edition)) = (row, edition) {
        let now = Timestamp::now();
        let trashed = Trashed {
            dashboard: row.clone(),
            edition: edition.clone(),
            deleted: now,
            deleted_by: by,
            resource_version: next_resource_version(store, now),
        };
        store.change(Change::Trashed(Box::new(trashed)));
    }
    store.change(Change::DashboardGone(id));
}

/// The annotations that are kept: the writer's own, and the folder.
fn kept(store: &Store, folder: i64, mut annotations: BTreeMap<String, String>) -> BTreeMap<String, String> {
    annotations.retain(|key, _| !is_servers(key));
    if let Some(folder) = store.dashboards.get(&folder) {
        annotations.insert("grafana.app/folder".to_owned(), folder.uid.clone());
    }
    annotations
}

/// What the server says itself, or does once: the writer's word doesn't count, or isn't kept.
fn is_servers(key: &str) -> bool {
    const SERVERS: [&str; 5] = [
        "createdBy",
        "updatedBy",
        "updatedTimestamp",
        "grant-permissions",
        "folder",
    ];
    key.strip_prefix("grafana.app/")
        .is_some_and(|key| SERVERS.contains(&key))
}

/// Microseconds, and always more than before.
fn next_resource_version(store: &Store, now: Timestamp) -> i64 {
    now.as_microsecond().max(store.last.resource + 1)
}
