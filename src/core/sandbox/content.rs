//! What the store notes of a dashboard's content.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::store::Body;

/// A dashboard's content, made ready to be stored. It takes no lock: many are made ready at once.
#[derive(Debug, Clone)]
pub struct Content {
    pub body: Arc<Body>,
    pub tags: Vec<String>,
    /// The uids of the library panels in it.
    pub library: Vec<String>,
}

impl Content {
    /// Reads it out of the JSON.
    pub fn new(dashboard: &Map<String, Value>) -> Self {
        Self {
            body: Arc::new(Body::new(dashboard)),
            tags: strings(dashboard.get("tags")),
            library: library_panels(dashboard),
        }
    }
}

/// A list of strings; one that holds anything else counts as empty.
fn strings(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array);
    let texts = items.map(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect());
    texts.flatten().unwrap_or_default()
}

/// The uids of the library panels in a dashboard, those in rows too.
fn library_panels(dashboard: &Map<String, Value>) -> Vec<String> {
    let panels = dashboard.get("panels").and_then(Value::as_array);
    let mut uids = Vec::new();
    for panel in panels.into_iter().flatten().filter_map(Value::as_object) {
        let uid = panel
            .get("libraryPanel")
            .and_then(|library| library.get("uid"))
            .and_then(Value::as_str);
        uids.extend(uid.map(str::to_owned));
        uids.extend(library_panels(panel));
    }
    uids
}
