//! Dashboards: read, create, update, delete.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Map, Value, json};

use super::super::{
    Role, Version,
    call::Call,
    content::Content,
    objects::{Written, bury, write},
    reply::{JSON, Outcome, Reply, time},
    store::{Body, Dashboard, Edition, Store},
    uids::{suffix, uuid},
    view::{context, to_store, told},
};
use crate::dashboard::migrate::Context;

use super::{
    list,
    object::{self, Extent, Object},
    patch,
    status::{self, DASHBOARD},
};

const LONGEST_NAME: usize = 40;

/// The routes of dashboards, below the version and the namespace.
pub fn answer(call: &Call, method: &str, api: &str, rest: &[&str]) -> Outcome {
    match (method, rest) {
        ("GET", []) => list::list(call, api),
        ("POST", []) => create(call, api),
        ("GET", [name]) => read(call, api, name),
        ("GET", [name, "dto"]) => with_access(call, api, name),
        ("PUT", [name]) => put(call, api, name),
        ("PATCH", [name]) => change(call, api, name),
        ("DELETE", [name]) => delete(call, name),
        _ => status::no_resource().refuse(),
    }
}

pub fn find<'s>(store: &'s Store, name: &str) -> Result<(&'s Dashboard, &'s Edition), Box<Reply>> {
    let row = store.by_uid(name).filter(|row| !row.is_folder);
    match row.and_then(|row| Some((row, store.newest(row.id)?))) {
        Some(found) => Ok(found),
        None => DASHBOARD.not_found(name).refuse(),
    }
}

fn read(call: &Call, api: &str, name: &str) -> Outcome {
    call.read(|store| {
        let (row, newest) = find(store, name)?;
        if !call.may_reach(newest, Role::Viewer) {
            return status::forbidden().refuse();
        }
        let asked = call
            .parameter("resourceVersion")
            .and_then(|text| text.parse::<i64>().ok())
            .filter(|asked| *asked > 0);
        let edition = match asked {
            Some(asked) => store
                .history(row.id)
                .find(|edition| edition.object.resource_version == asked),
            None => Some(newest),
        };
        let Some(edition) = edition else {
            return DASHBOARD.not_found(name).refuse();
        };
        Ok(match Extent::of(call) {
            Extent::Whole => Reply::text(200, JSON, Object::of(store, call, row, edition, api).text()),
            _ => Reply::json(200, &object::partial(store, row, edition)),
        })
    })
}

/// The dashboard with what the caller may do, as the UI reads it.
fn with_access(call: &Call, api: &str, name: &str) -> Outcome {
    call.read(|store| {
        let (row, edition) = find(store, name)?;
        if !call.may_reach(edition, Role::Viewer) {
            return status::forbidden().refuse();
        }
        let may_edit = call.may_reach(edition, Role::Editor);
        let annotations = json!({ "canAdd": may_edit, "canEdit": may_edit, "canDelete": may_edit });
        let mut permissions = json!({ "dashboard": annotations });
        if call.state.version() == Version::V12_4 {
            permissions["organization"] = annotations;
        }
        let mut object = Object::of(store, call, row, edition, api);
        object.access = Some(json!({
            "slug": row.slug,
            "url": row.url(),
            "isPublic": false,
            "canSave": may_edit,
            "canEdit": may_edit,
            "canAdmin": call.may(Role::Admin),
            "canStar": true,
            "canDelete": may_edit,
            "annotationsPermissions": permissions,
        }));
        Ok(Reply::text(200, JSON, object.text()))
    })
}

/// An object as it was sent.
struct Sent {
    name: String,
    resource_version: Option<i64>,
    annotations: BTreeMap<String, String>,
    spec: Value,
}

impl Sent {
    fn new(mut body: Map<String, Value>, name: Option<&str>) -> Self {
        let spec = body.get_mut("spec").map_or_else(|| json!({}), Value::take);
        let metadata = body.get("metadata");
        let text = |key: &str| metadata.and_then(|metadata| metadata.get(key)).and_then(Value::as_str);
        let generated = || text("generateName").map(|prefix| format!("{prefix}{}", suffix()));
        let name = name
            .or_else(|| text("name"))
            .map(str::to_owned)
            .filter(|name| !name.is_empty());
        let annotations = metadata
            .and_then(|metadata| metadata.get("annotations"))
            .and_then(Value::as_object);
        Self {
            name: name.or_else(generated).unwrap_or_default(),
            resource_version: text("resourceVersion").and_then(|text| text.parse().ok()),
            annotations: annotations
                .into_iter()
                .flatten()
                .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
                .collect(),
            spec,
        }
    }

    fn check(&self, call: &Call, api: &str) -> Result<(), Box<Reply>> {
        let name = self.name.as_str();
        let at_name = "metadata.name";
        if name.is_empty() {
            let message = "Required value: name or generateName is required".to_owned();
            return DASHBOARD
                .invalid("", &[("FieldValueRequired", message, at_name)])
                .refuse();
        }
        if name.contains('/') {
            let message = format!("Invalid value: {name:?}: may not contain '/'");
            return DASHBOARD
                .invalid(name, &[("FieldValueInvalid", message, at_name)])
                .refuse();
        }
        if name.len() > LONGEST_NAME {
            return status::bad_request("uid too long, max 40 characters").refuse();
        }
        let is_v2 = self.spec.get("elements").is_some_and(Value::is_object);
        if is_v2 && !api.starts_with("v2") && call.state.version() >= Version::V13_1 {
            let message = "dashboard appears to be in v2 format. Please use the /apis/dashboard.grafana.app/v2 API";
            return status::bad_request(message).refuse();
        }
        if is_v2 && api.starts_with("v2") && self.spec.get("layout").is_none() {
            let cause = |kind: &str| {
                let message = format!("Invalid value: conflicting values \"{kind}\" and \"GridLayout\"");
                ("FieldValueInvalid", message, "DashboardSpec.layout.kind")
            };
            let causes = ["AutoGridLayout", "RowsLayout", "TabsLayout"].map(cause);
            return DASHBOARD.invalid(name, &causes).refuse();
        }
        Ok(())
    }

    fn granted(&self) -> bool {
        self.annotations
            .get("grafana.app/grant-permissions")
            .is_some_and(|granted| granted == "default")
    }
}

fn body(call: &Call) -> Result<Map<String, Value>, Box<Reply>> {
    match serde_json::from_slice(&call.body) {
        Ok(Value::Object(body)) => Ok(body),
        _ => status::bad_request("the object provided is unrecognized").refuse(),
    }
}

fn create(call: &Call, api: &str) -> Outcome {
    if !call.may(Role::Editor) {
        return status::forbidden().refuse();
    }
    let sent = Sent::new(body(call)?, None);
    sent.check(call, api)?;
    let ready = Ready::new(sent, api, &call.read(|store| context(store, call.state.version())));
    call.write(|store| {
        if store.by_uid(&ready.name).is_some_and(|row| !row.is_folder) {
            return DASHBOARD.exists(&ready.name).refuse();
        }
        save(call, store, api, &ready)
    })
}

fn put(call: &Call, api: &str, name: &str) -> Outcome {
    if !call.may(Role::Editor) {
        return status::forbidden().refuse();
    }
    let sent = Sent::new(body(call)?, Some(name));
    sent.check(call, api)?;
    let ready = Ready::new(sent, api, &call.read(|store| context(store, call.state.version())));
    call.write(|store| save(call, store, api, &ready))
}

fn change(call: &Call, api: &str, name: &str) -> Outcome {
    if !call.may(Role::Editor) {
        return status::forbidden().refuse();
    }
    call.write(|store| {
        let (row, edition) = find(store, name)?;
        let now = Object::of(store, call, row, edition, api).value();
        let sent = Sent::new(patch::apply(call, now)?, Some(name));
        sent.check(call, api)?;
        let ready = Ready::new(sent, api, &context(store, call.state.version()));
        save(call, store, api, &ready)
    })
}

/// A dashboard made ready to be stored, which takes no lock.
struct Ready {
    name: String,
    resource_version: Option<i64>,
    annotations: BTreeMap<String, String>,
    granted: bool,
    /// What was sent, as text.
    sent: Arc<Body>,
    /// What is stored of it.
    stored: Value,
    content: Content,
}

impl Ready {
    fn new(sent: Sent, api: &str, context: &Context) -> Self {
        let granted = sent.granted();
        let none = Map::new();
        let as_sent = Body::new(sent.spec.as_object().unwrap_or(&none));
        let stored = to_store(sent.spec, api, context);
        let content = Content::new(stored.as_object().unwrap_or(&none));
        Self {
            name: sent.name,
            resource_version: sent.resource_version,
            annotations: sent.annotations,
            granted,
            sent: Arc::new(as_sent),
            stored,
            content,
        }
    }

    fn folder(&self, store: &Store) -> Result<i64, Box<Reply>> {
        match self.annotations.get("grafana.app/folder").filter(|uid| !uid.is_empty()) {
            None => Ok(0),
            Some(uid) => match store.folder(uid) {
                Some(folder) => Ok(folder.id),
                None => status::FOLDER.not_found(uid).refuse(),
            },
        }
    }
}

/// Creates or updates: the resource version that was read must be the newest, where one is sent.
fn save(call: &Call, store: &mut Store, api: &str, ready: &Ready) -> Outcome {
    let folder = ready.folder(store)?;
    let existing = find(store, &ready.name)
        .ok()
        .map(|(row, edition)| (row.clone(), edition.clone()));
    match (&existing, ready.resource_version) {
        (None, Some(_)) => {
            return status::internal("resourceVersion should not be set on objects to be created").refuse();
        }
        (Some((_, newest)), _) if !call.may_reach(newest, Role::Editor) => return status::forbidden().refuse(),
        (Some((_, newest)), Some(read)) if newest.object.resource_version != read => {
            return DASHBOARD.conflict(&ready.name).refuse();
        }
        _ => {}
    }
    if call.parameter("dryRun") == Some("All") {
        return Ok(dry(api, ready, existing.as_ref()));
    }
    // An update keeps the status of what was there, converted to the version that is written.
    let told = existing
        .as_ref()
        .and_then(|(_, newest)| told(newest, api, call.state.version()));
    let changed = existing
        .as_ref()
        .is_none_or(|(row, newest)| newest.body != ready.sent || row.folder != folder);
    let title = ready.stored.get("title").and_then(Value::as_str);
    let written = Written {
        title: title.unwrap_or_default().to_owned(),
        uid: ready.name.clone(),
        folder,
        is_folder: false,
        changed,
        api: api.to_owned(),
        manager: manager(call),
        granted: ready.granted,
        told,
        annotations: ready.annotations.clone(),
        author: call.who.account,
        restored_from: 0,
        provisioned: None,
        content: ready.content.clone(),
    };
    let code = if existing.is_some() { 200 } else { 201 };
    let row = write(store, &call.state.options, existing.map(|(row, _)| row), written);
    let Some(edition) = store.newest(row.id) else {
        return DASHBOARD.not_found(&row.uid).refuse();
    };
    let object = Object::of(store, call, &row, edition, api);
    Ok(Reply::text(code, JSON, object.text()))
}

/// Who writes, as managed fields name it: the first word of what a client calls itself.
pub fn manager(call: &Call) -> String {
    let agent = call.headers.get(axum::http::header::USER_AGENT);
    let agent = agent.and_then(|agent| agent.to_str().ok()).unwrap_or("unknown");
    agent.split('/').next().unwrap_or(agent).to_owned()
}

/// What a dry run answers: what would be, without what only a write gives.
fn dry(api: &str, ready: &Ready, existing: Option<&(Dashboard, Edition)>) -> Reply {
    let now = time(jiff::Timestamp::now());
    let mut metadata = json!({
        "name": ready.name,
        "namespace": super::NAMESPACE,
        "uid": existing.map_or_else(uuid, |(_, newest)| newest.object.uid.clone()),
        "generation": existing.map_or(1, |(row, _)| row.version),
        "creationTimestamp": existing.map_or(now, |(row, _)| time(row.created)),
    });
    if !ready.annotations.is_empty() {
        metadata["annotations"] = json!(ready.annotations);
    }
    if let Some((_, newest)) = existing {
        metadata["resourceVersion"] = json!(newest.object.resource_version.to_string());
    }
    let body = json!({
        "kind": "Dashboard",
        "apiVersion": format!("{}/{api}", super::DASHBOARDS),
        "metadata": metadata,
        "spec": ready.stored,
        "status": {},
    });
    Reply::json(if existing.is_some() { 200 } else { 201 }, &body)
}

/// The server lets a file's dashboard be deleted here, as recorded.
fn delete(call: &Call, name: &str) -> Outcome {
    if !call.may(Role::Editor) {
        return status::forbidden().refuse();
    }
    call.write(|store| {
        let (row, edition) = find(store, name)?;
        if !call.may_reach(edition, Role::Editor) {
            return status::forbidden().refuse();
        }
        let (id, uid) = (row.id, edition.object.uid.clone());
        if call.parameter("dryRun") != Some("All") {
            bury(store, id, call.who.account);
        }
        Ok(DASHBOARD.deleted(name, &uid))
    })
}
