//! What the store notes of a dashboard's content.

use serde_json::{Map, Value};

/// A list of strings; one that holds anything else counts as empty.
pub fn strings(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array);
    let texts = items.map(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect());
    texts.flatten().unwrap_or_default()
}

/// The uids of the library panels in a dashboard, those in rows too.
pub fn library_panels(dashboard: &Map<String, Value>) -> Vec<String> {
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
