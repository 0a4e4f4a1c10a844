//! `/api/search`: which dashboards and folders there are.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::{
    Role, Version,
    call::Call,
    reply::{Outcome, Reply},
    store::{Dashboard, Store},
};

const DEFAULT: i64 = 1000;
const MOST: i64 = 5000;

/// The routes about search.
pub fn route(call: &Call) -> Option<Outcome> {
    let (method, path) = call.route();
    Some(match (method, path.as_slice()) {
        ("GET", ["api", "search"]) => search(call),
        ("GET", ["api", "search", "sorting"]) => call.signed_in().map(|()| Reply::json(200, &sorts())),
        _ => return None,
    })
}

/// What is looked for.
#[derive(Debug)]
struct Search<'a> {
    text: String,
    tags: Vec<&'a str>,
    kinds: Vec<&'a str>,
    folders: Vec<i64>,
    ids: Vec<i64>,
    uids: Vec<&'a str>,
    starred: bool,
    /// Whether only what was deleted, which only 11 tells apart, and the sandbox doesn't keep.
    deleted: bool,
    descending: bool,
    /// Whether only what the caller may edit.
    editable: bool,
}

/// The folders that are asked for, by number or, from 10 on, by uid; one that isn't there holds nothing.
fn folders(call: &Call) -> Vec<i64> {
    let numbers = call
        .parameters("folderIds")
        .filter(|_| !call.state.version().has_apis());
    let mut folders: Vec<i64> = numbers.filter_map(|text| text.parse().ok()).collect();
    if call.state.version() >= Version::V10_2 {
        let named = call
            .parameters("folderUIDs")
            .flat_map(|list| list.split(','))
            .filter(|uid| !uid.is_empty());
        folders.extend(named.map(|uid| match uid {
            "general" => 0,
            uid => call.read(|store| store.folder(uid).map_or(-1, |folder| folder.id)),
        }));
    }
    folders
}

/// The numbers that are asked for. In 12 and 13 that of a folder means the folder itself.
fn ids(call: &Call) -> Vec<i64> {
    let folders = call.parameters("folderIds").filter(|_| call.state.version().has_apis());
    let all = call.parameters("dashboardIds").chain(folders);
    all.filter_map(|text| text.parse().ok()).collect()
}

impl<'a> Search<'a> {
    fn new(call: &'a Call) -> Self {
        let uids = if call.state.version().is_9() {
            call.parameters("dashboardUIDs").collect()
        } else {
            Vec::new()
        };
        Self {
            text: call.parameter("query").unwrap_or_default().to_lowercase(),
            tags: call.parameters("tag").filter(|tag| !tag.is_empty()).collect(),
            kinds: call.parameters("type").filter(|kind| !kind.is_empty()).collect(),
            folders: folders(call),
            ids: ids(call),
            uids,
            starred: call.parameter("starred") == Some("true"),
            deleted: call.state.version() == Version::V11_1 && call.parameter("deleted") == Some("true"),
            descending: call.parameter("sort") == Some("alpha-desc"),
            editable: call.parameter("permission") == Some("Edit"),
        }
    }

    fn finds(&self, row: &Dashboard) -> bool {
        let kind = kind(row);
        row.title.to_lowercase().contains(&self.text)
            && self.tags.iter().all(|tag| row.tags.iter().any(|have| have == tag))
            && (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.folders.is_empty() || self.folders.contains(&row.folder))
            && (self.ids.is_empty() || self.ids.contains(&row.id))
            && (self.uids.is_empty() || self.uids.contains(&row.uid.as_str()))
            // The sandbox has no stars.
            && !self.starred && !self.deleted
    }
}

impl Version {
    /// The order in which the database gives rows of the same title, which is what decides between them.
    fn order(self, search: &Search, one: &Dashboard, other: &Dashboard) -> Ordering {
        // SQLite walks the index of folders and titles in 7.5, unless a type or tag makes it begin elsewhere.
        let by_folder = self == Self::V7_5 && search.kinds.is_empty() && search.tags.is_empty();
        let titles = one.title.cmp(&other.title);
        let titles = if search.descending { titles.reverse() } else { titles };
        let folders = if by_folder {
            one.folder.cmp(&other.folder)
        } else {
            Ordering::Equal
        };
        // An index of objects has them as they were written.
        let later = if self.has_apis() {
            one.updated.cmp(&other.updated)
        } else {
            one.id.cmp(&other.id)
        };
        titles.then(folders).then(later)
    }
}

fn search(call: &Call) -> Outcome {
    call.signed_in()?;
    let limit = match call.number("limit") {
        limit if limit > MOST => {
            let message = "Limit is above maximum allowed (5000), use page parameter to access hits beyond limit";
            return Reply::message(422, message).refuse();
        }
        limit if limit > 0 => limit,
        _ => DEFAULT,
    };
    let limit = usize::try_from(limit).unwrap_or(1);
    let page = usize::try_from(call.number("page")).unwrap_or(0).max(1);
    let search = Search::new(call);
    if call.state.version().is_9() && !search.uids.is_empty() && !search.ids.is_empty() {
        return call
            .state
            .version()
            .error(400, "search supports UIDs or IDs, not both")
            .refuse();
    }
    let role = if search.editable { Role::Editor } else { Role::Viewer };
    call.read(|store| {
        let mut found: Vec<&Dashboard> = store
            .dashboards
            .values()
            .filter(|row| call.may(role) && search.finds(row))
            .collect();
        found.sort_by(|one, other| call.state.version().order(&search, one, other));
        let skipped = limit.saturating_mul(page - 1);
        let mut shown: Vec<&Dashboard> = found.into_iter().skip(skipped).take(limit).collect();
        if call.parameter("sort").is_none() {
            // A page is put in another order than the one it was cut out by: folders first, titles regardless of case.
            shown.sort_by_cached_key(|row| (!row.is_folder, row.title.to_lowercase()));
        }
        Ok(Reply::json(
            200,
            &shown
                .into_iter()
                .map(|row| hit(call.state.version(), store, row))
                .collect(),
        ))
    })
}

fn kind(row: &Dashboard) -> &'static str {
    if row.is_folder { "dash-folder" } else { "dash-db" }
}

fn hit(version: Version, store: &Store, row: &Dashboard) -> Value {
    let mut hit = json!({
        "id": row.id,
        "uid": row.uid,
        "title": row.title,
        "uri": format!("db/{}", row.slug),
        "url": row.url(),
        "slug": "",
        "type": kind(row),
        "tags": row.tags,
        "isStarred": false,
    });
    if let Some(folder) = store.dashboards.get(&row.folder) {
        hit["folderId"] = json!(folder.id);
        hit["folderUid"] = json!(folder.uid);
        hit["folderTitle"] = json!(folder.title);
        // 11 takes the title for its slug.
        let url = match version {
            Version::V11_1 => format!("/dashboards/f/{}/{}", folder.uid, folder.title),
            _ => folder.url(),
        };
        hit["folderUrl"] = json!(url);
    }
    hit["sortMeta"] = json!(0);
    if version.has_apis() {
        hit["orgId"] = json!(1);
        hit["isDeleted"] = json!(false);
        let description = row
            .body
            .value()
            .get("description")
            .and_then(Value::as_str)
            .map(str::to_owned);
        if let Some(description) = description.filter(|description| !description.is_empty() && !row.is_folder) {
            hit["description"] = json!(description);
        }
    }
    hit
}

fn sorts() -> Value {
    json!({ "sortOptions": [
        { "name": "alpha-asc", "displayName": "Alphabetically (A–Z)", "description": "Sort results in an alphabetically ascending order", "meta": "" },
        { "name": "alpha-desc", "displayName": "Alphabetically (Z–A)", "description": "Sort results in an alphabetically descending order", "meta": "" },
    ] })
}
