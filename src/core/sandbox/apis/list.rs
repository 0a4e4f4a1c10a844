//! Lists of dashboards: pages of all that the caller may see, one by a field selector, the history of one.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::super::{
    Role, Version,
    call::Call,
    reply::{JSON, Outcome, Reply, time},
    store::{Dashboard, Edition, Store},
};
use super::{
    object::{self, Extent, Object},
    status,
};

/// A page ends at about this many bytes of what is stored, whatever the limit.
const PAGE_BYTES: usize = 2 << 20;

pub fn list(call: &Call, api: &str) -> Outcome {
    let offset = offset(call)?;
    let name = call
        .parameter("fieldSelector")
        .and_then(|selector| selector.strip_prefix("metadata.name="));
    let label = call.parameter("labelSelector").unwrap_or_default();
    call.read(|store| {
        let found = match (label, name) {
            ("grafana.app/get-history=true", Some(name)) => history(call, store, name),
            ("grafana.app/get-trash=true", _) => return Ok(trash(call, store, api)),
            _ => objects(call, store, name),
        };
        Ok(page(call, store, api, &found, offset))
    })
}

/// Where a page begins.
fn offset(call: &Call) -> Result<usize, Box<Reply>> {
    let Some(token) = call.parameter("continue") else {
        return Ok(0);
    };
    let decoded = STANDARD.decode(token).ok();
    let read = decoded
        .as_deref()
        .and_then(|text| serde_json::from_slice::<Value>(text).ok());
    match read.and_then(|read| read.get("o")?.as_u64()) {
        Some(offset) => Ok(usize::try_from(offset).unwrap_or(usize::MAX)),
        None => {
            // A nonsense token is decoded as far as it goes, and the first character is named.
            let first = decoded.and_then(|text| text.first().copied()).map_or(' ', char::from);
            let message = format!(
                "get continue token ({token:?}): invalid character '\\u{:04x}' looking for beginning of value",
                u32::from(first)
            );
            status::internal(&message).refuse()
        }
    }
}

/// What was deleted, newest first, in one page.
fn trash(call: &Call, store: &Store, api: &str) -> Reply {
    let seen = store
        .trash
        .iter()
        .rev()
        .filter(|trashed| call.may_reach(&trashed.edition, Role::Viewer));
    let mut items = Items::default();
    for trashed in seen {
        object::trashed(store, call, trashed, api).write(items.next());
    }
    let metadata = json!({ "resourceVersion": (store.last.resource + 1).to_string() });
    items.into_list("DashboardList", &format!("{}/{api}", super::DASHBOARDS), &metadata)
}

type Found<'s> = (&'s Dashboard, &'s Edition);

fn history<'s>(call: &Call, store: &'s Store, name: &str) -> Vec<Found<'s>> {
    let row = store.by_uid(name).filter(|row| !row.is_folder);
    let editions = row
        .into_iter()
        .flat_map(|row| store.history(row.id).rev().map(move |edition| (row, edition)));
    editions
        .filter(|(_, edition)| call.may_reach(edition, Role::Viewer))
        .collect()
}

fn objects<'s>(call: &Call, store: &'s Store, name: Option<&str>) -> Vec<Found<'s>> {
    let rows = store.dashboards.values().filter(|row| !row.is_folder);
    let named = rows.filter(|row| name.is_none_or(|name| row.uid == name));
    let mut found: Vec<Found<'s>> = named
        .filter_map(|row| Some((row, store.newest(row.id)?)))
        .filter(|(_, edition)| call.may_reach(edition, Role::Viewer))
        .collect();
    found.sort_by(|one, other| one.0.uid.cmp(&other.0.uid));
    found
}

fn page(call: &Call, store: &Store, api: &str, found: &[Found<'_>], offset: usize) -> Reply {
    let limit = usize::try_from(call.number("limit"))
        .ok()
        .filter(|limit| *limit > 0)
        .unwrap_or(usize::MAX);
    let extent = Extent::of(call);
    let mut items = Items::default();
    let mut bytes = 0;
    for (row, edition) in found.iter().skip(offset).take(limit) {
        if bytes > PAGE_BYTES {
            break;
        }
        bytes += edition.body.len();
        let item = items.next();
        match extent {
            Extent::Whole => Object::of(store, call, row, edition, api).write(item),
            Extent::Metadata => item.push_str(&object::partial(store, row, edition).to_string()),
            Extent::Table => item.push_str(&table_row(store, call, row, edition).to_string()),
        }
    }
    let end = offset.saturating_add(items.count);
    let mut metadata = json!({ "resourceVersion": (store.last.resource + 1).to_string() });
    if end < found.len() {
        let token = json!({ "o": end, "v": store.last.resource + 1, "s": false });
        metadata["continue"] = json!(STANDARD.encode(token.to_string()));
    }
    match extent {
        Extent::Whole => items.into_list("DashboardList", &format!("{}/{api}", super::DASHBOARDS), &metadata),
        Extent::Metadata => items.into_list("PartialObjectMetadataList", "meta.k8s.io/v1", &metadata),
        Extent::Table => items.into_table(&metadata, &columns(call.state.version())),
    }
}

/// The items of a list, as text.
#[derive(Default)]
struct Items {
    text: String,
    count: usize,
}

impl Items {
    /// Where the next one is written.
    fn next(&mut self) -> &mut String {
        if self.count > 0 {
            self.text.push(',');
        }
        self.count += 1;
        &mut self.text
    }

    fn into_list(self, kind: &str, api_version: &str, metadata: &Value) -> Reply {
        let items = match (kind, self.count) {
            // Seen in an empty 13.1: the list that is made of another one isn't begun where there is nothing.
            ("PartialObjectMetadataList", 0) => "null".to_owned(),
            _ => format!("[{}]", self.text),
        };
        let head = format!("{{\"kind\":\"{kind}\",\"apiVersion\":\"{api_version}\",\"metadata\":{metadata}");
        Reply::text(200, JSON, format!("{head},\"items\":{items}}}"))
    }

    fn into_table(self, metadata: &Value, columns: &Value) -> Reply {
        let head = format!("{{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{metadata}");
        let rows = self.text;
        Reply::text(
            200,
            JSON,
            format!("{head},\"columnDefinitions\":{columns},\"rows\":[{rows}]}}"),
        )
    }
}

fn table_row(store: &Store, call: &Call, row: &Dashboard, edition: &Edition) -> Value {
    let created = time(row.created);
    let cells = match call.state.version() {
        Version::V12_4 => json!([row.uid, row.title, created]),
        _ => json!([row.uid, row.title, row.tags, created]),
    };
    json!({
        "cells": cells,
        "object": object::partial(store, row, edition),
    })
}

fn columns(version: Version) -> Value {
    const NAME: &str = "Name must be unique within a namespace. Is required when creating resources, although some resources \
        may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for \
        creation idempotence and configuration definition. Cannot be updated. More info: \
        https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";
    const CREATED: &str = "CreationTimestamp is a timestamp representing the server time when this object was created. It is \
        not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is \
        represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: \
        https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";
    let column = |name: &str, kind: &str, format: &str, description: &str| json!({ "name": name, "type": kind, "format": format, "description": description, "priority": 0 });
    match version {
        Version::V12_4 => json!([
            column("Name", "string", "name", NAME),
            column("Title", "string", "string", "The dashboard name"),
            column("Created At", "date", "", CREATED),
        ]),
        _ => json!([
            column("Name", "string", "name", NAME),
            column("Title", "string", "", "The dashboard name"),
            column("Tags", "array", "string", "Dashboard tags"),
            column("Created At", "date", "", CREATED),
        ]),
    }
}
