//! The overrides of a panel's field settings, and the properties that they set.

use serde_json::{Map, Value, json};

use super::at;

/// All overrides.
pub(super) fn overrides(panel: &Map<String, Value>) -> &[Value] {
    let list = at(panel, &["fieldConfig", "overrides"]).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// All properties, override by override.
pub(super) fn properties(panel: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    let lists = overrides(panel)
        .iter()
        .filter_map(|entry| entry.get("properties")?.as_array());
    lists.flatten()
}

/// The lists of properties of the overrides in a `fieldConfig`, to be changed.
pub(super) fn lists_of_properties(config: &mut Map<String, Value>) -> impl Iterator<Item = &mut Vec<Value>> {
    let overrides = config.get_mut("overrides").and_then(Value::as_array_mut);
    let entries = overrides.into_iter().flatten();
    entries.filter_map(|entry| entry.get_mut("properties")?.as_array_mut())
}

/// Adds an override to a `fieldConfig`.
pub(super) fn add(config: &mut Map<String, Value>, entry: Value) {
    let overrides = config.entry("overrides".to_owned()).or_insert_with(|| json!([]));
    if let Some(overrides) = overrides.as_array_mut() {
        overrides.push(entry);
    }
}
