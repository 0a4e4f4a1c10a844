//! What the map does to its own settings when it is loaded and drawn.
//!
//! Sources: grafana/grafana `public/app/plugins/panel/geomap/`, named at each step.

use serde_json::{Map, Value, json};

use super::loader::panel_of;
use super::{Panel, Step, at, object_at, removed_plugins};
use crate::dashboard::compare::rules;

fn layers(panel: &Map<String, Value>) -> &[Value] {
    at(panel, &["options", "layers"])
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn layers_mut(panel: &mut Map<String, Value>) -> Option<&mut Vec<Value>> {
    panel.get_mut("options")?.get_mut("layers")?.as_array_mut()
}

/// `geomap/migrations.ts` (mapMigrationHandler), 8.3 to 13.1: what markers look like went into an object of its own.
pub(super) const MAP_LAYERS: Step = Step {
    rule: &rules::MAP_LAYERS,
    applies: |panel| {
        let of_version = |noted: &str| noted.starts_with("8.1") || noted.starts_with("8.2");
        let style = |layers: &[Value]| {
            layers
                .first()
                .is_some_and(|layer| layer.pointer("/config/style").is_some())
        };
        panel_of(panel, "geomap")
            && at(panel.old, &["pluginVersion"])
                .and_then(Value::as_str)
                .is_some_and(of_version)
            && matches!(layers(panel.old), [only] if only.get("type").and_then(Value::as_str) == Some("markers"))
            && !style(layers(panel.old))
            && style(layers(panel.new))
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let Some(config) = layers_mut(&mut lifted)
            .and_then(|layers| layers.first_mut()?.get_mut("config"))
            .filter(|config| config.is_object())
        else {
            return vec![lifted];
        };
        let set = |key: &str| config.get(key).filter(|value| !is_falsy(value)).cloned();
        let mut style = removed_plugins::marker_style(panel.plugin_versions()[1]);
        for (old, new) in [("size", "size"), ("color", "color"), ("fillOpacity", "opacity")] {
            if let Some(value) = set(old) {
                style[new] = value;
            }
        }
        if let Some(symbol) = set("shape").as_ref().and_then(Value::as_str).and_then(marker_path) {
            style["symbol"] = json!({"fixed": symbol, "mode": "fixed"});
        }
        let legend = set("showLegend").is_some();
        *config = json!({"style": style, "showLegend": legend});
        vec![lifted]
    },
};

fn is_falsy(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        _ => false,
    }
}

/// A marker's picture by its name of 8.1 (`geomap/style/markers.ts`, getMarkerAsPath).
fn marker_path(shape: &str) -> Option<String> {
    let file = match shape {
        "circle" | "square" | "triangle" | "star" | "cross" => shape,
        "x" => "x-mark",
        _ => return None,
    };
    Some(format!("img/icons/marker/{file}.svg"))
}

/// `geomap/GeomapPanel.tsx` (initMapAsync) and `utils/layers.ts` (initLayer), 10.2 to 13.1: a map without layers gets one of
/// markers when it is drawn, and a layer without a name gets one, as does the map below them.
pub(super) const MAP_LAYER_NAMES: Step = Step {
    rule: &rules::MAP_LAYER_NAMES,
    applies: |panel| {
        let is_named = |old: &Value, new: &Value| is_nameless(old) && given_name(new).is_some();
        let any_layer = || {
            let mut pairs = layers_or_default(panel).into_iter().zip(layers(panel.new));
            pairs.any(|(old, new)| is_named(&old, new))
        };
        let base = || at(panel.old, BASE_MAP).zip(at(panel.new, BASE_MAP));
        panel_of(panel, "geomap") && (any_layer() || base().is_some_and(|(old, new)| is_named(old, new)))
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let mut layers_with_names = layers_or_default(panel);
        for (old, new) in layers_with_names.iter_mut().zip(layers(panel.new)) {
            if is_nameless(old)
                && let Some(name) = given_name(new)
            {
                old["name"] = name.clone();
            }
        }
        let base = at(panel.old, BASE_MAP).filter(|base| is_nameless(base));
        let base_name = at(panel.new, BASE_MAP).filter(|_| base.is_some()).and_then(given_name);
        if let Some(options) = object_at(&mut lifted, "options") {
            if !layers_with_names.is_empty() {
                options.insert("layers".to_owned(), Value::Array(layers_with_names));
            }
            if let Some(name) = base_name
                && let Some(base) = object_at(options, "basemap")
            {
                base.insert("name".to_owned(), name.clone());
            }
        }
        // Where somebody took the layers away, that is one edit, not one of each setting of the default layer.
        vec![lifted, panel.old.clone()]
    },
};

const BASE_MAP: &[&str] = &["options", "basemap"];

fn layers_or_default(panel: &Panel<'_>) -> Vec<Value> {
    match at(panel.old, &["options", "layers"]) {
        None if layers(panel.new).len() == 1 => vec![removed_plugins::markers(panel.plugin_versions()[1])],
        _ => layers(panel.old).to_vec(),
    }
}

fn is_nameless(layer: &Value) -> bool {
    layer.is_object() && layer.get("name").is_none_or(is_falsy)
}

/// The name of a layer if it is one that the map gives: `Layer 1`.
fn given_name(layer: &Value) -> Option<&Value> {
    let name = layer.get("name")?;
    let number = name.as_str()?.strip_prefix("Layer ")?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
}
