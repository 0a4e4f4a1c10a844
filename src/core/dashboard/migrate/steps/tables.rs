//! The old table, and the cells of the new one.

use serde_json::{Value, json};

use super::super::fields::{Fields, absent, array, object, objects, shift, text};

/// Schema 10: of three thresholds of a column the first meant nothing.
pub(super) fn first_threshold(panel: &mut Fields) {
    if text(panel, "type") != "table" {
        return;
    }
    for style in objects(panel.get_mut("styles")) {
        if let Some(thresholds) = array(style, "thresholds").filter(|thresholds| thresholds.len() >= 3) {
            thresholds.remove(0);
        }
    }
}

/// Schema 22: columns are aligned by themselves.
pub(super) fn style_align(panel: &mut Fields) {
    if text(panel, "type") == "table" {
        for style in objects(panel.get_mut("styles")) {
            style.insert("align".into(), "auto".into());
        }
    }
}

/// Schema 24: a table with styles is the old one.
pub(super) fn old_table(panel: &mut Fields) {
    if text(panel, "type") == "table" && !absent(panel, "styles") && text(panel, "table") != "table2" {
        panel.insert("autoMigrateFrom".into(), "table-old".into());
    }
}

/// Schema 38: how a cell is shown became an object.
pub(super) fn cell_options(panel: &mut Fields) {
    if text(panel, "type") != "table" {
        return;
    }
    let Some(config) = object(panel, "fieldConfig") else {
        return;
    };
    if let Some(custom) = object(config, "defaults").and_then(|defaults| object(defaults, "custom"))
        && let Some(mode) = shift(custom, "displayMode")
        && let Some(mode) = mode.as_str()
    {
        custom.insert("cellOptions".into(), cell(mode));
    }
    for custom in objects(config.get_mut("overrides")) {
        for property in objects(custom.get_mut("properties")) {
            if text(property, "id") != "custom.displayMode" {
                continue;
            }
            property.insert("id".into(), "custom.cellOptions".into());
            match property.get("value") {
                Some(Value::String(mode)) => {
                    let cell = cell(mode);
                    property.insert("value".into(), cell);
                }
                Some(_) => {}
                None => {
                    property.insert("value".into(), json!({}));
                }
            }
        }
    }
}

fn cell(mode: &str) -> Value {
    match mode {
        "basic" => json!({ "type": "gauge", "mode": "basic" }),
        "gradient-gauge" => json!({ "type": "gauge", "mode": "gradient" }),
        "lcd-gauge" => json!({ "type": "gauge", "mode": "lcd" }),
        "color-background" => json!({ "type": "color-background", "mode": "gradient" }),
        "color-background-solid" => json!({ "type": "color-background", "mode": "basic" }),
        other => json!({ "type": other }),
    }
}
