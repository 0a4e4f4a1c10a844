//! Value mappings: a list of one entry per value became a list of maps (schema step 30).
//!
//! Source: grafana/grafana `DashboardMigrator.ts` (`upgradeValueMappings`), `valueMappings.ts`, `v30.go`.

use serde_json::{Map, Value, json};

use super::overrides::{lists_of_properties, properties};
use super::{Panel, Step, at, js_number, object_at, parse_float};
use crate::dashboard::compare::rules;

pub(super) const MAPPINGS: Step = Step {
    rule: &rules::VALUE_MAPPINGS,
    applies,
    apply,
};

/// The old form numbers its types.
fn is_old(mappings: Option<&Value>) -> bool {
    mappings.and_then(Value::as_array).is_some_and(|list| {
        !list.is_empty()
            && list
                .iter()
                .all(|entry| entry.get("type").is_some_and(Value::is_number) && entry.get("options").is_none())
    })
}

fn is_new(mappings: Option<&Value>) -> bool {
    mappings
        .and_then(Value::as_array)
        .is_none_or(|list| !list.iter().any(|entry| entry.get("type").is_some_and(Value::is_number)))
}

fn defaults(panel: &Map<String, Value>) -> Option<&Value> {
    at(panel, &["fieldConfig", "defaults", "mappings"])
}

fn in_overrides(panel: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    properties(panel)
        .filter(|property| property.get("id").and_then(Value::as_str) == Some("mappings"))
        .filter_map(|property| property.get("value"))
}

fn applies(panel: &Panel<'_>) -> bool {
    let all_old = || is_old(defaults(panel.old)) || in_overrides(panel.old).any(|mappings| is_old(Some(mappings)));
    let all_new = || is_new(defaults(panel.new)) && in_overrides(panel.new).all(|mappings| is_new(Some(mappings)));
    panel.crosses(30) && all_old() && all_new()
}

fn apply(panel: &Panel<'_>) -> Vec<Map<String, Value>> {
    let mut lifted = panel.old.clone();
    let steps = at(panel.old, &["fieldConfig", "defaults", "thresholds", "steps"])
        .and_then(Value::as_array)
        .cloned();
    let Some(config) = object_at(&mut lifted, "fieldConfig") else {
        return vec![lifted];
    };
    if let Some(mappings) = config
        .get_mut("defaults")
        .and_then(|defaults| defaults.get_mut("mappings"))
        && is_old(Some(mappings))
    {
        *mappings = upgrade(mappings, steps.as_deref());
    }
    for property in lists_of_properties(config).flatten() {
        if property.get("id").and_then(Value::as_str) == Some("mappings")
            && let Some(value) = property.get_mut("value").filter(|value| is_old(Some(value)))
        {
            *value = upgrade(value, None);
        }
    }
    vec![lifted]
}

fn upgrade(mappings: &Value, steps: Option<&[Value]>) -> Value {
    let mut converted = Converted::default();
    for entry in mappings.as_array().into_iter().flatten() {
        let shown = entry.get("text").and_then(Value::as_str).and_then(parse_float);
        let colour = steps
            .zip(shown)
            .and_then(|(steps, number)| active_colour(steps, number));
        match entry.get("type").and_then(Value::as_u64) {
            Some(1) => converted.value(entry, colour),
            Some(2) => converted.range(entry, colour),
            _ => {}
        }
    }
    Value::Array(converted.gathered())
}

/// The colour of the threshold that a number has reached (grafana/grafana `thresholds.ts`, `getActiveThreshold`).
pub(super) fn active_colour(steps: &[Value], number: f64) -> Option<Value> {
    let mut active = steps.first()?;
    for step in steps {
        // A first step without a value is minus infinity; a later one without a value is never reached.
        let reached = match step.get("value").and_then(Value::as_f64) {
            Some(value) => number >= value,
            None => std::ptr::eq(step, active),
        };
        if !reached {
            break;
        }
        active = step;
    }
    active.get("color").filter(|colour| !colour.is_null()).cloned()
}

/// New mappings in the making, in the order of the old ones; each knows whether it maps single values.
#[derive(Debug, Default)]
pub(super) struct Converted {
    entries: Vec<(Option<Map<String, Value>>, Value)>,
}

impl Converted {
    pub(super) fn value(&mut self, entry: &Value, colour: Option<Value>) {
        let key = match entry.get("value") {
            None | Some(Value::Null) => return,
            Some(Value::String(text)) if text == "null" => return self.special_null(entry, colour),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let mut map = Map::new();
        map.insert(key, shown(entry, colour));
        let value = json!({"type": "value", "options": map});
        self.entries.push((Some(map), value));
    }

    pub(super) fn special_null(&mut self, entry: &Value, colour: Option<Value>) {
        self.entries.push((
            None,
            json!({"type": "special", "options": {"match": "null", "result": shown(entry, colour)}}),
        ));
    }

    pub(super) fn range(&mut self, entry: &Value, colour: Option<Value>) {
        let bound = |key: &str| match entry.get(key) {
            Some(Value::String(text)) => js_number(text).unwrap_or(Value::Null),
            Some(Value::Number(number)) => Value::Number(number.clone()),
            Some(_) => json!(0),
            None => Value::Null,
        };
        let options = json!({"from": bound("from"), "to": bound("to"), "result": shown(entry, colour)});
        self.entries.push((None, json!({"type": "range", "options": options})));
    }

    /// Step 30 and the browser gather all single values in one map, before everything else.
    pub(super) fn gathered(self) -> Vec<Value> {
        let mut values = Map::new();
        let mut others = Vec::new();
        for (single, whole) in self.entries {
            match single {
                Some(map) => values.extend(map),
                None => others.push(whole),
            }
        }
        let values = (!values.is_empty()).then(|| json!({"type": "value", "options": values}));
        values.into_iter().chain(others).collect()
    }

    /// The server's step 28 leaves one map per value where step 30 doesn't follow.
    pub(super) fn one_by_one(self) -> Vec<Value> {
        self.entries.into_iter().map(|(_, whole)| whole).collect()
    }
}

fn shown(entry: &Value, colour: Option<Value>) -> Value {
    let mut result = Map::new();
    for (key, value) in [("text", entry.get("text").cloned()), ("color", colour)] {
        if let Some(value) = value {
            result.insert(key.to_owned(), value);
        }
    }
    Value::Object(result)
}
