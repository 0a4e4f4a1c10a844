//! What a save would leave out is left out after the steps (`frontend_defaults.go`, `cleanupDashboardForSave`).

use serde_json::{Value, json};

use super::fields::{Fields, absent, flag, object, objects, same, shift, text, whole_at};
use super::fill::{HAD_CUSTOM, HAD_TRANSFORMATIONS};
use super::steps::{ON_NEW_GRID, successor};

/// What belongs to a dashboard while it is shown.
const SHOWN_ONLY: [&str; 15] = [
    "events",
    "meta",
    "originalTime",
    "originalTemplating",
    "originalLibraryPanels",
    "panelInEdit",
    "panelInView",
    "getVariablesFromState",
    "formatDate",
    "appEventsSubscription",
    "panelsAffectedByVariableChange",
    "lastRefresh",
    "timeRangeUpdatedDuringEditOrView",
    "originalDashboard",
    "variables",
];

/// What belongs to a panel while it is shown.
const PANEL_SHOWN_ONLY: [&str; 17] = [
    "events",
    "isViewing",
    "isEditing",
    "isInView",
    "hasRefreshed",
    "cachedPluginOptions",
    "plugin",
    "queryRunner",
    "replaceVariables",
    "configRev",
    "hasSavedPanelEditChange",
    "getDisplayTitle",
    "dataSupport",
    "key",
    "isNew",
    "refreshWhenInView",
    "scopedVars",
];

pub(super) fn dashboard(dashboard: &mut Fields) {
    for key in SHOWN_ONLY {
        shift(dashboard, key);
    }
    drop_default(dashboard, "gnetId", &Value::Null);
    if let Some(Value::Object(templating)) = dashboard.get_mut("templating") {
        templating.retain(|_, value| !value.is_null());
        templating.values_mut().for_each(drop_nulls);
        objects(templating.get_mut("list")).for_each(variable);
    }
    panels(dashboard);
    drop_default(dashboard, "style", &json!("dark"));
    drop_default(dashboard, "hideControls", &json!(false));
    drop_default(dashboard, "id", &Value::Null);
    for key in ["version", "iteration", "nav", "pulldowns"] {
        shift(dashboard, key);
    }
}

fn variable(variable: &mut Fields) {
    shift(variable, "index");
    match text(variable, "type") {
        "query" if whole_at(variable, "refresh").unwrap_or(1) != 0 => {
            variable.entry("options").or_insert_with(|| json!([]));
        }
        "constant" => {
            shift(variable, "options");
        }
        "datasource" => {
            variable.insert("options".into(), json!([]));
        }
        _ => {}
    }
}

fn panels(dashboard: &mut Fields) {
    let mut panels = match dashboard.get_mut("panels").map(Value::take) {
        Some(Value::Array(panels)) => panels,
        _ => Vec::new(),
    };
    panels.retain(|panel| {
        let repeated = |key| panel.get(key).is_some();
        panel.is_object() && !repeated("repeatPanelId") && !repeated("repeatedByRow")
    });
    for panel in panels.iter_mut().filter_map(Value::as_object_mut) {
        clean_panel(panel, false);
        objects(panel.get_mut("panels")).for_each(|nested| clean_panel(nested, true));
    }
    panels.sort_by(|a, b| place(a).partial_cmp(&place(b)).unwrap_or(std::cmp::Ordering::Equal));
    dashboard.insert("panels".into(), panels.into());
}

fn place(panel: &Value) -> [f64; 2] {
    ["/gridPos/y", "/gridPos/x"].map(|at| panel.pointer(at).and_then(Value::as_f64).unwrap_or(0.0))
}

fn clean_panel(panel: &mut Fields, nested: bool) {
    succeed(panel);
    if !absent(panel, "libraryPanel") {
        panel.retain(|key, value| {
            ["id", "title", "gridPos", "libraryPanel"].contains(&key.as_str()) && !value.is_null()
        });
        return;
    }
    if text(panel, "type") == "row" {
        drop_default(panel, "repeat", &json!(""));
    }
    let original: Vec<String> = panel.keys().cloned().collect();
    for key in PANEL_SHOWN_ONLY {
        shift(panel, key);
    }
    let on_new_grid = shift(panel, ON_NEW_GRID).is_some();
    for (key, default) in defaults() {
        // A place that the server has just computed is no default to it: it holds integers, and the default floats.
        if !(key == "gridPos" && on_new_grid) {
            drop_default(panel, key, &default);
        }
    }
    if panel.get("transformations") == Some(&json!([])) && !(flag(panel, HAD_TRANSFORMATIONS) && nested) {
        shift(panel, "transformations");
    }
    panel.retain(|_, value| !value.is_null());
    panel.values_mut().for_each(drop_nulls);
    drop_new_defaults(panel, &original, on_new_grid);
    shift(panel, HAD_TRANSFORMATIONS);
    shift(panel, HAD_CUSTOM);
}

fn defaults() -> [(&'static str, Value); 7] {
    [
        ("gridPos", json!({ "x": 0, "y": 0, "h": 3, "w": 6 })),
        ("targets", json!([{ "refId": "A" }])),
        ("transparent", json!(false)),
        ("options", json!({})),
        ("links", json!([])),
        ("fieldConfig", json!({ "defaults": {}, "overrides": [] })),
        ("title", json!("")),
    ]
}

/// The type that replaces an Angular panel, which remembers where it comes from.
fn succeed(panel: &mut Fields) {
    let old = text(panel, "type").to_owned();
    if let Some(new) = successor(&old, panel) {
        panel.insert("autoMigrateFrom".into(), old.into());
        panel.insert("type".into(), new.into());
    }
}

/// What has become a default only now.
fn drop_new_defaults(panel: &mut Fields, original: &[String], on_new_grid: bool) {
    let was_there = |key: &str| original.iter().any(|original| original == key);
    if text(panel, "type") == "table" {
        let old_table = text(panel, "autoMigrateFrom") == "table-old";
        for key in ["pageSize", "scroll", "fontSize", "showHeader", "sort"] {
            if !(old_table && was_there(key)) {
                shift(panel, key);
            }
        }
    }
    for (key, default) in defaults() {
        let is_default = panel.get(key).is_some_and(|value| same(value, &default));
        if is_default && !(key == "gridPos" && on_new_grid) && (key == "fieldConfig" || !was_there(key)) {
            shift(panel, key);
        }
    }
    drop_default(panel, "targets", &json!([]));
    if flag(panel, HAD_CUSTOM) && !panel.contains_key("fieldConfig") {
        panel.insert(
            "fieldConfig".into(),
            json!({ "defaults": { "custom": {} }, "overrides": [] }),
        );
    }
    clean_custom(panel);
}

/// An empty `custom` goes from panels that were a singlestat, or look like one, and is put back where there was one.
fn clean_custom(panel: &mut Fields) {
    let from = text(panel, "autoMigrateFrom");
    let was_single = ["singlestat", "grafana-singlestat-panel"].contains(&from);
    let had_custom = flag(panel, HAD_CUSTOM);
    let Some(defaults) = object(panel, "fieldConfig").and_then(|config| object(config, "defaults")) else {
        return;
    };
    let empty = defaults.get("custom") == Some(&json!({}));
    if empty && (was_single || looks_like_singlestat(defaults)) {
        shift(defaults, "custom");
    }
    if had_custom {
        defaults.entry("custom").or_insert_with(|| json!({}));
    }
}

fn looks_like_singlestat(defaults: &Fields) -> bool {
    let color = |key: &str| {
        defaults
            .get("color")
            .and_then(|color| color.get(key))
            .and_then(Value::as_str)
    };
    color("fixedColor").is_some()
        && color("mode") == Some("fixed")
        && defaults.get("mappings").is_some_and(Value::is_array)
}

fn drop_default(fields: &mut Fields, key: &str, default: &Value) {
    if fields.get(key).is_some_and(|value| same(value, default)) {
        shift(fields, key);
    }
}

/// Null fields go, at every depth; null items of lists stay.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
