//! What the canvas does to its elements when it is loaded and drawn.
//!
//! Sources: grafana/grafana `public/app/plugins/panel/canvas/` and `public/app/features/canvas/`, named at each step.

use serde_json::{Map, Value, json};

use super::loader::panel_of;
use super::{Step, at, object_at};
use crate::dashboard::compare::rules;
use crate::dashboard::compare::same::same;

/// `canvas/migrations.ts` (canvasMigrationHandler), up to 12.2.
pub(super) const CANVAS: Step = Step {
    rule: &rules::CANVAS_ELEMENTS,
    applies: |panel| {
        let by_twelve = |version: f64| version <= 12.2 || version.is_nan();
        panel_of(panel, "canvas")
            && by_twelve(panel.plugin_versions()[0])
            && at(panel.old, &["options", "root", "elements"]) != at(panel.new, &["options", "root", "elements"])
    },
    apply: |panel| {
        let version = at(panel.old, &["pluginVersion"])
            .and_then(Value::as_str)
            .unwrap_or_default();
        let number = if version.is_empty() {
            f64::NAN
        } else {
            panel.plugin_versions()[0]
        };
        let newest = panel.plugin_versions()[1];
        let mut lifted = panel.old.clone();
        let elements = lifted
            .get_mut("options")
            .and_then(|options| options.pointer_mut("/root/elements")?.as_array_mut());
        for element in elements.into_iter().flatten().filter_map(Value::as_object_mut) {
            canvas_element(element, version, number, newest);
        }
        vec![lifted]
    },
};

fn canvas_element(element: &mut Map<String, Value>, version: &str, number: f64, newest: f64) {
    let kind = element
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    if version.is_empty() && kind == "text-box" {
        element.insert("type".to_owned(), "rectangle".into());
    }
    if version.starts_with("11.0") && kind == "ellipse" {
        for (from, path) in [
            ("backgroundColor", "/background"),
            ("borderColor", "/border/color"),
            ("width", "/border/width"),
        ] {
            let value = element
                .get_mut("config")
                .and_then(Value::as_object_mut)
                .and_then(|config| config.remove(from));
            if let Some(value) = value {
                match path {
                    "/background" => drop(element.insert("background".to_owned(), value)),
                    _ => {
                        if let Some(border) = object_at(element, "border") {
                            border.insert(path.trim_start_matches("/border/").to_owned(), value);
                        }
                    }
                }
            }
        }
    }
    if number <= 11.3 && newest > 11.3 {
        for action in element
            .get_mut("actions")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
        {
            if let Some(options) = action.remove("options") {
                action.insert("fetch".to_owned(), options);
            }
        }
    }
    if number <= 11.6 && newest > 11.6 {
        let mode = element.remove("oneClickMode");
        let links = element
            .remove("oneClickLinks")
            .is_some_and(|links| links.as_bool() == Some(true));
        let mode = mode.as_ref().and_then(Value::as_str);
        let has = |element: &Map<String, Value>, key: &str| {
            element
                .get(key)
                .and_then(Value::as_array)
                .is_some_and(|list| !list.is_empty())
        };
        if (mode == Some("link") || links) && has(element, "links") {
            element["links"][0]["oneClick"] = true.into();
        } else if mode == Some("action") && has(element, "actions") {
            element["actions"][0]["oneClick"] = true.into();
        }
    }
    if number <= 12.2 && newest > 12.2 {
        for connection in element
            .get_mut("connections")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
        {
            let direction = match connection.get("direction") {
                Some(Value::String(text)) if !text.is_empty() => Some(Value::from(text.as_str())),
                Some(Value::Object(_)) => None,
                _ => Some("forward".into()),
            };
            if let Some(direction) = direction {
                connection.insert("direction".to_owned(), json!({"mode": "fixed", "fixed": direction}));
            }
        }
    }
}

/// `features/canvas/runtime/element.tsx` (constructor), 10.2 to 13.1: what an element lacks is filled in when it is drawn.
pub(super) const CANVAS_DEFAULTS: Step = Step {
    rule: &rules::CANVAS_DEFAULTS,
    applies: |panel| {
        panel_of(panel, "canvas")
            && match (at(panel.old, CANVAS_ROOT), at(panel.new, CANVAS_ROOT)) {
                (Some(old), Some(new)) => {
                    let mut drawn = old.clone();
                    draw(&mut drawn, new);
                    drawn != *old
                }
                _ => false,
            }
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let root = lifted.get_mut("options").and_then(|options| options.get_mut("root"));
        if let (Some(root), Some(new)) = (root, at(panel.new, CANVAS_ROOT)) {
            draw(root, new);
        }
        vec![lifted]
    },
};

const CANVAS_ROOT: &[&str] = &["options", "root"];

/// An element and those in it, as they are after they were drawn, where the newer side has what is filled in.
fn draw(old: &mut Value, new: &Value) {
    let placements = [
        json!({"width": 100, "height": 100, "top": 0, "left": 0}),
        json!({"width": 100, "height": 100, "top": 0, "left": 0, "rotation": 0}),
    ];
    let filled = |key: &str, value: &Value| match key {
        "constraint" => *value == json!({"vertical": "top", "horizontal": "left"}),
        "placement" => placements.iter().any(|placement| same(placement, value)),
        "background" => *value == json!({"color": {"fixed": "transparent"}}),
        "border" => *value == json!({"color": {"fixed": "dark-green"}}),
        _ => false,
    };
    let Some(element) = old.as_object_mut() else { return };
    for key in ["constraint", "placement", "background", "border"] {
        let absent = element.get(key).is_none_or(Value::is_null);
        if let Some(value) = new.get(key).filter(|value| absent && filled(key, value)) {
            element.insert(key.to_owned(), value.clone());
        }
    }
    connect(element, new);
    let inside = element.get_mut("elements").and_then(Value::as_array_mut);
    let inside_new = new.get("elements").and_then(Value::as_array);
    for (old, new) in inside.into_iter().flatten().zip(inside_new.into_iter().flatten()) {
        draw(old, new);
    }
}

/// Where a connection began and ended when it was first drawn is noted (`canvas/components/connections/ConnectionSVG.tsx`, 10.3
/// to 13.1); it depends on the size of the window.
fn connect(old: &mut Map<String, Value>, new: &Value) {
    let connections = old.get_mut("connections").and_then(Value::as_array_mut);
    let drawn = new.get("connections").and_then(Value::as_array);
    let is_point = |value: &&Value| {
        let number = |key: &str| value.get(key).is_some_and(Value::is_number);
        value.as_object().is_some_and(|point| point.len() == 2) && number("x") && number("y")
    };
    for (old, new) in connections.into_iter().flatten().zip(drawn.into_iter().flatten()) {
        let Some(old) = old.as_object_mut() else { continue };
        let ends = ["sourceOriginal", "targetOriginal"];
        if ends.iter().any(|end| old.contains_key(*end)) {
            continue;
        }
        for end in ends {
            if let Some(point) = new.get(end).filter(is_point) {
                old.insert(end.to_owned(), point.clone());
            }
        }
    }
}
