//! The history of a dashboard: list, read one version, restore one.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    Role, Version,
    call::Call,
    dashboards::keep,
    reply::{JSON, Outcome, Reply, time},
    save::Draft,
    store::{Dashboard, Edition, Store, write_string},
    view::classic,
};

/// How many versions a list holds when nothing else is asked for.
const PAGE: i64 = 1000;

/// How a request names the dashboard.
#[derive(Debug, Clone, Copy)]
enum Name<'a> {
    Id(&'a str),
    Uid(&'a str),
}

/// The routes about history; those by uid came with 9.
pub fn route(call: &Call) -> Option<Outcome> {
    let (method, path) = call.route();
    let (name, rest) = match path.as_slice() {
        ["api", "dashboards", "id", id, rest @ ..] if !call.state.version().has_apis() => (Name::Id(id), rest),
        ["api", "dashboards", "uid", uid, rest @ ..] if call.state.version().is_9() => (Name::Uid(uid), rest),
        _ => return None,
    };
    Some(match (method, rest) {
        ("GET", ["versions"]) => list(call, name),
        ("GET", ["versions", version]) => read(call, name, version),
        ("POST", ["restore"]) => restore(call, name),
        _ => return None,
    })
}

impl Name<'_> {
    fn find<'s>(&self, call: &Call, store: &'s Store) -> Result<&'s Dashboard, Box<Reply>> {
        let found = match self {
            Self::Id(id) => match id.parse() {
                Ok(id) => store.dashboards.get(&id),
                Err(_) if call.state.version().is_9() => return Reply::message(400, "dashboardId is invalid").refuse(),
                Err(_) => None,
            },
            Self::Uid(uid) => store.by_uid(uid),
        };
        match found {
            Some(row) => Ok(row),
            None => call.state.version().error(404, "Dashboard not found").refuse(),
        }
    }
}

impl Version {
    /// The author in a list: 7.5 gives a login or nothing, 9.4 a number.
    fn lister(self, store: &Store, account: i64) -> Value {
        match self {
            Self::V7_5 => {
                let user = store.accounts.get(&account).filter(|account| !account.is_service());
                json!(user.map_or("", |account| account.login.as_str()))
            }
            _ => json!(account),
        }
    }
}

fn allowed(call: &Call) -> Result<(), Box<Reply>> {
    call.needs_guarded(Role::Editor, "dashboards:write", "Access denied to this dashboard")
}

fn list(call: &Call, name: Name) -> Outcome {
    allowed(call)?;
    let limit = match call.number("limit") {
        limit if limit > 0 => limit,
        _ => PAGE,
    };
    let start = usize::try_from(call.number("start")).unwrap_or(0);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    call.read(|store| {
        let row = name.find(call, store)?;
        if call.state.version().has_apis() {
            return Ok(Reply::json(200, &objects(call, store, row, start, limit)));
        }
        let mut text = String::from("[");
        for (index, edition) in store.history(row.id).rev().skip(start).take(limit).enumerate() {
            if index > 0 {
                text.push(',');
            }
            write_listed(&mut text, call.state.version(), store, edition);
        }
        text.push(']');
        Ok(Reply::text(200, JSON, text))
    })
}

/// A page of the history of an object, and the token for the next. What was saved twice is there twice.
fn objects(call: &Call, store: &Store, row: &Dashboard, start: usize, limit: usize) -> Value {
    // 12 pages by token only.
    let start = if call.state.version() >= Version::V13_1 {
        start
    } else {
        0
    };
    let start = call
        .parameter("continueToken")
        .map_or(start, |token| token_offset(token).unwrap_or(start));
    let editions: Vec<&Edition> = store.history(row.id).rev().collect();
    let shown: Vec<Value> = editions
        .iter()
        .skip(start)
        .take(limit)
        .map(|edition| {
            let mut entry = described(call, store, row, edition);
            entry["message"] = json!(shown_message(edition));
            entry["createdBy"] = json!(lister(store, edition.created_by));
            entry
        })
        .collect();
    let end = start.saturating_add(shown.len());
    let token = match end < editions.len() {
        true => STANDARD.encode(json!({ "o": end, "v": store.last.resource, "s": false }).to_string()),
        false => String::new(),
    };
    json!({ "continueToken": token, "versions": shown })
}

fn token_offset(token: &str) -> Option<usize> {
    let read: Value = serde_json::from_slice(&STANDARD.decode(token).ok()?).ok()?;
    read.get("o")?.as_u64().and_then(|offset| usize::try_from(offset).ok())
}

/// An edition of an object as these routes describe it: classic, with the version for an id.
fn described(call: &Call, store: &Store, row: &Dashboard, edition: &Edition) -> Value {
    let mut data = classic(store, call.state.version(), edition);
    data["uid"] = json!(edition.uid);
    data["version"] = json!(edition.version);
    let author = if edition.version == 1 {
        "Anonymous".to_owned()
    } else {
        store.author(edition.created_by)
    };
    json!({
        "id": edition.version,
        "dashboardId": row.id,
        "uid": edition.uid,
        "parentVersion": edition.parent,
        "restoredFrom": edition.restored_from,
        "version": edition.version,
        "created": time(edition.created),
        "message": edition.message,
        "data": data,
        "createdBy": author,
    })
}

/// An author in a list of objects: a person's login, a service account's name.
fn lister(store: &Store, account: i64) -> String {
    match store.accounts.get(&account) {
        Some(account) if account.is_service() => account.name.clone(),
        Some(account) => account.login.clone(),
        None => "Anonymous".to_owned(),
    }
}

/// An entry of a list; 9.4 puts the stored JSON in, as it was stored.
fn write_listed(text: &mut String, version: Version, store: &Store, edition: &Edition) {
    if version >= Version::V10_2 {
        return write_named(text, store, edition);
    }
    let dashboard_uid = if version.is_9() { ",\"dashboardUid\":\"\"" } else { "" };
    let created_by = version.lister(store, edition.created_by);
    text.push_str(&format!(
        "{{\"id\":{},\"dashboardId\":{}{dashboard_uid},{},\"createdBy\":{created_by},\"message\":",
        edition.id,
        edition.dashboard,
        lineage(edition),
    ));
    write_string(text, &shown_message(edition));
    if version.is_9() {
        text.push_str(",\"data\":");
        edition
            .body
            .write(text, edition.stored_id.as_deref(), &edition.uid, edition.version);
    }
    text.push('}');
}

/// An entry of a list of 10 and 11, which name the dashboard by uid and the author by login.
fn write_named(text: &mut String, store: &Store, edition: &Edition) {
    text.push_str(&format!(
        "{{\"id\":{},\"dashboardId\":{},\"uid\":",
        edition.id, edition.dashboard
    ));
    write_string(text, &edition.uid);
    text.push_str(&format!(",{},\"message\":", lineage(edition)));
    write_string(text, &shown_message(edition));
    text.push_str(",\"data\":");
    edition
        .body
        .write(text, edition.stored_id.as_deref(), &edition.uid, edition.version);
    text.push_str(",\"createdBy\":");
    write_string(text, &store.author(edition.created_by));
    text.push('}');
}

/// Lists never show the message of a first or restored version.
fn shown_message(edition: &Edition) -> String {
    if edition.restored_from > 0 {
        format!("Restored from version {}", edition.restored_from)
    } else if edition.parent == 0 {
        "Initial save".to_owned()
    } else {
        edition.message.clone()
    }
}

fn lineage(edition: &Edition) -> String {
    format!(
        "\"parentVersion\":{},\"restoredFrom\":{},\"version\":{},\"created\":\"{}\"",
        edition.parent,
        edition.restored_from,
        edition.version,
        time(edition.created)
    )
}

fn read(call: &Call, name: Name, number: &str) -> Outcome {
    allowed(call)?;
    let version = call.state.version();
    call.read(|store| {
        let row = name.find(call, store)?;
        let number: i64 = number.parse().unwrap_or(0);
        let Some(edition) = store.edition(row.id, number) else {
            let message = format!("Dashboard version {number} not found for dashboardId {}", row.id);
            return version.error(500, &message).refuse();
        };
        if version.has_apis() {
            return Ok(Reply::json(200, &described(call, store, row, edition)));
        }
        let asked_uid = match name {
            Name::Uid(uid) => uid,
            Name::Id(_) if version >= Version::V10_2 => &row.uid,
            Name::Id(_) => "",
        };
        let mut text = format!("{{\"id\":{},\"dashboardId\":{},", edition.id, edition.dashboard);
        if version.is_9() {
            text.push_str("\"uid\":");
            write_string(&mut text, asked_uid);
            text.push(',');
        }
        text.push_str(&lineage(edition));
        text.push_str(",\"message\":");
        write_string(&mut text, &edition.message);
        text.push_str(",\"data\":");
        edition
            .body
            .write(&mut text, Some(&row.id.to_string()), &edition.uid, edition.version);
        text.push_str(",\"createdBy\":");
        write_string(&mut text, &store.author(edition.created_by));
        text.push('}');
        Ok(Reply::text(200, JSON, text))
    })
}

/// A restore saves the old JSON as a new version, at the place where the dashboard is now.
///
/// By uid it works as by id, which is what 9.x does; the recorded pre-release answered 404.
fn restore(call: &Call, name: Name) -> Outcome {
    allowed(call)?;
    let sent = call.object(&["Version"])?;
    let number = sent.get("version").and_then(Value::as_i64).unwrap_or(0);
    call.write(|store| {
        let row = name.find(call, store)?;
        let Some(edition) = store.edition(row.id, number) else {
            return Reply::message(404, "Dashboard version not found").refuse();
        };
        let same = store.newest(row.id).is_some_and(|newest| newest.body == edition.body);
        if call.state.version().has_apis() && same {
            return Reply::message(400, "Current dashboard is identical to the specified version").refuse();
        }
        let api = edition.object.stored.clone();
        let mut object = edition.body.value();
        object.insert("id".to_owned(), json!(row.id));
        object.insert("uid".to_owned(), json!(row.uid));
        object.insert("version".to_owned(), json!(row.version));
        let mut draft = Draft::new(object, call.state.version());
        draft.folder = row.folder;
        // 10 and 11 say it only in the message.
        if !matches!(call.state.version(), Version::V10_2 | Version::V11_1) {
            draft.restored_from = number;
        }
        draft.api = draft.api.or(Some(api).filter(|api| !api.is_empty()));
        draft.message = format!("Restored from version {number}");
        keep(call, store, draft)
    })
}
