//! What the frontend takes for granted is written down before the steps run (`frontend_defaults.go`, `migrate.go`).

use std::collections::HashSet;

use serde_json::{Value, json};

use super::fields::{Fields, absent, array, flag, list, object, objects, put_default, text, whole_at};

/// Marks that live only while a dashboard is migrated; the server has the same.
pub(super) const HAD_TRANSFORMATIONS: &str = "_originallyHadTransformations";
pub(super) const HAD_CUSTOM: &str = "_originallyHadFieldConfigCustom";

/// Which panels had a list of transformations, and which a `fieldConfig.defaults.custom`: both may be empty, and stay then.
pub(super) fn remember_originals(dashboard: &mut Fields) {
    objects(dashboard.get_mut("panels")).for_each(remember_panel);
}

fn remember_panel(panel: &mut Fields) {
    if panel.contains_key("transformations") {
        panel.insert(HAD_TRANSFORMATIONS.into(), true.into());
    }
    let had_custom = panel
        .get("fieldConfig")
        .and_then(|config| config.get("defaults"))
        .and_then(Value::as_object)
        .is_some_and(|defaults| defaults.contains_key("custom"));
    if had_custom {
        panel.insert(HAD_CUSTOM.into(), true.into());
    }
    objects(panel.get_mut("panels")).for_each(remember_panel);
}

pub(super) fn dashboard(dashboard: &mut Fields) {
    put_default(dashboard, "title", "No Title");
    put_default(dashboard, "tags", json!([]));
    put_default(dashboard, "timezone", "");
    put_default(dashboard, "weekStart", "");
    put_default(dashboard, "editable", true);
    put_default(dashboard, "graphTooltip", 0);
    put_default(dashboard, "time", json!({ "from": "now-6h", "to": "now" }));
    put_default(dashboard, "timepicker", json!({}));
    put_default(dashboard, "schemaVersion", 0);
    put_default(dashboard, "fiscalYearStartMonth", 0);
    put_default(dashboard, "links", json!([]));
    for holder in ["templating", "annotations"] {
        match object(dashboard, holder) {
            Some(holder) => put_default(holder, "list", json!([])),
            None => {
                dashboard.insert(holder.into(), json!({ "list": [] }));
            }
        }
    }
    for variable in objects(list(dashboard, "templating", "list")) {
        drop_null_value(variable);
    }
    objects(dashboard.get_mut("panels")).for_each(panel);
    rows(dashboard);
    unique_ids(dashboard);
}

/// A variable's current value that is null, or has null in it, is none.
fn drop_null_value(variable: &mut Fields) {
    let Some(current) = object(variable, "current") else {
        return;
    };
    let null = match current.get("value") {
        Some(Value::Null) => true,
        Some(Value::Array(values)) => values.iter().any(Value::is_null),
        _ => false,
    };
    if null {
        super::shift(current, "value");
    }
}

/// Panels of collapsed rows get no defaults, where rows are shown at all.
fn rows(dashboard: &mut Fields) {
    let shown = rows_are_shown(dashboard);
    for row in objects(dashboard.get_mut("rows")) {
        if !(shown && flag(row, "collapse")) {
            objects(row.get_mut("panels")).for_each(panel);
        }
    }
}

/// Rows without a title, a repetition or a fold are only a way to lay panels out.
pub(super) fn rows_are_shown(dashboard: &mut Fields) -> bool {
    objects(dashboard.get_mut("rows"))
        .any(|row| flag(row, "collapse") || flag(row, "showTitle") || !text(row, "repeat").is_empty())
}

fn panel(panel: &mut Fields) {
    put_default(panel, "gridPos", json!({ "x": 0, "y": 0, "h": 3, "w": 6 }));
    put_default(panel, "targets", json!([{ "refId": "A" }]));
    put_default(panel, "cachedPluginOptions", json!({}));
    put_default(panel, "transparent", false);
    put_default(panel, "options", json!({}));
    put_default(panel, "links", json!([]));
    match panel.get_mut("fieldConfig") {
        None => {
            panel.insert("fieldConfig".into(), json!({ "defaults": {}, "overrides": [] }));
        }
        Some(Value::Object(config)) => {
            config.entry("defaults").or_insert_with(|| json!({}));
            config.entry("overrides").or_insert_with(|| json!([]));
        }
        Some(_) => {}
    }
    put_default(panel, "title", "");
    ref_ids(panel);
}

/// Targets without a letter get the next one that is free.
fn ref_ids(panel: &mut Fields) {
    let Some(targets) = array(panel, "targets") else {
        return;
    };
    let mut used: HashSet<String> = targets
        .iter()
        .filter_map(|target| target.get("refId").and_then(Value::as_str))
        .map(str::to_owned)
        .collect();
    let mut letters = 'A'..='Z';
    for target in targets.iter_mut().filter_map(Value::as_object_mut) {
        if !absent(target, "refId") {
            continue;
        }
        let free = letters.by_ref().map(String::from).find(|letter| !used.contains(letter));
        if let Some(letter) = free {
            used.insert(letter.clone());
            target.insert("refId".into(), letter.into());
        }
    }
}

/// A panel without an id, or with another's, gets the next one.
pub(in crate::dashboard) fn unique_ids(dashboard: &mut Fields) {
    let mut next = 0;
    each_panel(dashboard, |panel| next = next.max(whole_at(panel, "id").unwrap_or(0)));
    next = next.saturating_add(1);
    let mut used = HashSet::new();
    each_panel(dashboard, |panel| {
        let id = panel.get("id").and_then(Value::as_f64).filter(|id| *id > 0.0);
        if id.is_none_or(|id| !used.insert(id.to_bits())) {
            panel.insert("id".into(), next.into());
            next = next.saturating_add(1);
        }
    });
}

/// Panels, then those inside of row panels, then those of rows.
fn each_panel(dashboard: &mut Fields, mut visit: impl FnMut(&mut Fields)) {
    for panel in objects(dashboard.get_mut("panels")) {
        visit(panel);
        objects(panel.get_mut("panels")).for_each(&mut visit);
    }
    for row in objects(dashboard.get_mut("rows")) {
        objects(row.get_mut("panels")).for_each(&mut visit);
    }
}

/// The annotation that shows what Grafana itself annotates, first in the list.
pub(super) fn built_in_annotation(dashboard: &mut Fields) {
    let Some(Value::Array(annotations)) = list(dashboard, "annotations", "list") else {
        return;
    };
    let is_built_in = |annotation: &Value| annotation.get("builtIn").and_then(Value::as_f64) == Some(1.0);
    if annotations.iter().any(is_built_in) {
        return;
    }
    let built_in = json!({
        "datasource": { "uid": "-- Grafana --", "type": "grafana" },
        "name": "Annotations & Alerts",
        "type": "dashboard",
        "iconColor": "rgba(0, 211, 255, 1)",
        "enable": true,
        "hide": true,
        "builtIn": 1,
    });
    annotations.insert(0, built_in);
}
