//! What an object looks like: its metadata, and the parts of it that a client can ask for alone.

use serde_json::{Map, Value, json};

use super::super::{
    call::Call,
    reply::time,
    store::{Dashboard, Edition, NOBODY, Store, Trashed},
    view::{self, View},
};
use super::{NAMESPACE, display::named};

/// The generation of what was deleted.
const TRASHED: i64 = -999;

/// How much of an object is asked for, by the header `Accept`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    Whole,
    Metadata,
    Table,
}

impl Extent {
    pub fn of(call: &Call) -> Self {
        let accept = call.headers.get(axum::http::header::ACCEPT);
        let accept = accept.and_then(|value| value.to_str().ok()).unwrap_or_default();
        if accept.contains("as=PartialObjectMetadata") {
            Self::Metadata
        } else if accept.contains("as=Table") {
            Self::Table
        } else {
            Self::Whole
        }
    }
}

/// The author as objects name it; files are written by the server itself.
fn author(store: &Store, account: i64) -> String {
    match store.accounts.get(&account) {
        Some(account) => named(account),
        None if account == NOBODY => "access-policy:service".to_owned(),
        None => format!("user:{account}"),
    }
}

pub fn metadata(store: &Store, row: &Dashboard, edition: &Edition) -> Value {
    let mut annotations: Map<String, Value> = edition
        .object
        .annotations
        .iter()
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    annotations.insert("grafana.app/createdBy".to_owned(), json!(author(store, row.created_by)));
    let first = store
        .history(row.id)
        .next()
        .is_none_or(|first| first.order() == edition.order());
    if !(first && edition.version == 1) {
        annotations.insert(
            "grafana.app/updatedBy".to_owned(),
            json!(author(store, edition.created_by)),
        );
        annotations.insert("grafana.app/updatedTimestamp".to_owned(), json!(time(edition.created)));
    }
    let mut metadata = json!({
        "name": row.uid,
        "namespace": NAMESPACE,
        "uid": edition.object.uid,
        "resourceVersion": edition.object.resource_version.to_string(),
        "generation": edition.version,
        "creationTimestamp": time(row.created),
        "labels": { "grafana.app/deprecatedInternalID": row.id.to_string() },
        "annotations": annotations,
    });
    let fields = managed_fields(store, row, edition);
    if !fields.is_empty() {
        metadata["managedFields"] = json!(fields);
    }
    metadata
}

/// Who wrote it last, one entry a manager. A save of v2 takes all of them away (seen on 13.1: by PUT and by PATCH).
fn managed_fields(store: &Store, row: &Dashboard, edition: &Edition) -> Vec<Value> {
    let group = if row.is_folder {
        super::FOLDERS
    } else {
        super::DASHBOARDS
    };
    let history: Vec<&Edition> = store.history(row.id).collect();
    let until = history.iter().rev().skip_while(|other| other.order() > edition.order());
    let since_v2 = until.take_while(|other| !other.object.stored.starts_with("v2"));
    let mut newest: Vec<&Edition> = Vec::new();
    for written in since_v2 {
        let is_other = |known: &&Edition| known.object.manager != written.object.manager;
        if newest.iter().all(is_other) {
            newest.push(written);
        }
    }
    let entry = |written: &&Edition| {
        json!({
            "manager": written.object.manager,
            "operation": "Update",
            "apiVersion": format!("{group}/{}", written.object.stored),
            "time": time(written.created),
            "fieldsType": "FieldsV1",
            "fieldsV1": { "f:spec": {} },
        })
    };
    newest.iter().rev().map(entry).collect()
}

/// What was deleted, at a version of the API.
pub fn trashed<'a>(store: &Store, call: &Call, trashed: &Trashed, api: &'a str) -> Object<'a> {
    let mut object = Object::of(store, call, &trashed.dashboard, &trashed.edition, api);
    let metadata = &mut object.metadata;
    metadata["generation"] = json!(TRASHED);
    metadata["resourceVersion"] = json!(trashed.resource_version.to_string());
    metadata["deletionTimestamp"] = json!(time(trashed.deleted));
    metadata["annotations"]["grafana.app/updatedBy"] = json!(author(store, trashed.deleted_by));
    metadata["annotations"]["grafana.app/updatedTimestamp"] = json!(time(trashed.deleted));
    if let Some(fields) = metadata.as_object_mut() {
        fields.shift_remove("managedFields");
    }
    object
}

/// The metadata alone, as an object of its own.
pub fn partial(store: &Store, row: &Dashboard, edition: &Edition) -> Value {
    let metadata = metadata(store, row, edition);
    json!({ "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata })
}

/// An edition of a dashboard at a version of the API. Its content is no more than copied where it is asked for as it is
/// stored.
pub struct Object<'a> {
    api: &'a str,
    metadata: Value,
    view: View,
    /// What the caller may do with it, where that is asked for.
    pub access: Option<Value>,
}

impl<'a> Object<'a> {
    pub fn of(store: &Store, call: &Call, row: &Dashboard, edition: &Edition, api: &'a str) -> Self {
        Self {
            api,
            metadata: metadata(store, row, edition),
            view: view::at(store, call.state.version(), edition, api),
            access: None,
        }
    }

    /// Writes it as JSON.
    pub fn write(&self, out: &mut String) {
        let (kind, access) = match &self.access {
            None => ("Dashboard", String::new()),
            Some(access) => ("DashboardWithAccessInfo", format!(",\"access\":{access}")),
        };
        let Self {
            api, metadata, view, ..
        } = self;
        let group = super::DASHBOARDS;
        out.push_str(&format!(
            "{{\"kind\":\"{kind}\",\"apiVersion\":\"{group}/{api}\",\"metadata\":{metadata},\"spec\":"
        ));
        view.spec.write(out);
        out.push_str(&format!(",\"status\":{}{access}}}", view.status));
    }

    /// It as JSON.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    /// It as a value.
    pub fn value(self) -> Value {
        json!({
            "kind": "Dashboard",
            "apiVersion": format!("{}/{}", super::DASHBOARDS, self.api),
            "metadata": self.metadata,
            "spec": self.view.spec.value(),
            "status": self.view.status,
        })
    }
}
