//! Stat, gauge and bar gauge of Grafana 6 keep their field settings in `options.fieldOptions` or `options.valueOptions`.
//!
//! Source: grafana/grafana `SingleStatBaseOptions.ts` (`sharedSingleStatMigrationHandler` and what it calls).

use serde_json::{Map, Value, json};

use super::{Panel, Step, at, object_at};
use crate::dashboard::compare::rules;
use crate::dashboard::compare::same::present;

pub(super) const FIELD_OPTIONS: Step = Step {
    rule: &rules::FIELD_OPTIONS,
    applies: |panel| {
        let [old, new] = panel.kinds();
        old == new && is_stat(old) && old_form(panel.old) && !old_form(panel.new) && panel.plugin_versions()[0] < 7.0
    },
    apply: |panel| vec![convert(panel)],
};

/// Until 8.0 percent units had a fixed range; since then it is written out.
pub(super) const PERCENT_RANGE: Step = Step {
    rule: &rules::PERCENT_RANGE,
    applies: |panel| {
        let [old, new] = panel.kinds();
        let crosses_eight = |[before, after]: [f64; 2]| before < 8.0 && after >= 8.0;
        old == new && is_stat(old) && crosses_eight(panel.plugin_versions()) && percent_max(panel.old).is_some()
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let max = percent_max(panel.old).unwrap_or(100);
        let defaults = object_at(&mut lifted, "fieldConfig").and_then(|config| object_at(config, "defaults"));
        if let Some(defaults) = defaults {
            for (key, value) in [("min", 0), ("max", max)] {
                if !defaults.get(key).is_some_and(Value::is_number) {
                    defaults.insert(key.to_owned(), value.into());
                }
            }
        }
        vec![lifted]
    },
};

fn is_stat(kind: &str) -> bool {
    matches!(kind, "stat" | "gauge" | "bargauge")
}

fn percent_max(panel: &Map<String, Value>) -> Option<u64> {
    match at(panel, &["fieldConfig", "defaults", "unit"]).and_then(Value::as_str) {
        Some("percent") => Some(100),
        Some("percentunit") => Some(1),
        _ => None,
    }
}

fn old_form(panel: &Map<String, Value>) -> bool {
    at(panel, &["options", "fieldOptions"]).is_some() || at(panel, &["options", "valueOptions"]).is_some()
}

fn convert(panel: &Panel<'_>) -> Map<String, Value> {
    let mut lifted = panel.old.clone();
    let mut options = at(panel.old, &["options"])
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    from_value_options(&mut options);
    let mut fields = options
        .remove("fieldOptions")
        .and_then(|fields| fields.as_object().cloned())
        .unwrap_or_default();
    let mut defaults = fields
        .remove("defaults")
        .and_then(|defaults| defaults.as_object().cloned())
        .unwrap_or_default();
    if let Some(mappings) = fields.remove("mappings") {
        defaults.insert("mappings".to_owned(), mappings);
    }
    let own = [defaults.remove("thresholds"), fields.remove("thresholds")]
        .into_iter()
        .flatten()
        .find(|steps| !steps.is_null());
    let steps = match (options.remove("thresholds"), own) {
        (Some(Value::Array(steps)), _) if !steps.is_empty() => Some(Value::Array(sorted_steps(&steps))),
        (_, own) => own,
    };
    match steps {
        Some(Value::Array(steps)) => {
            defaults.insert("thresholds".to_owned(), json!({"mode": "absolute", "steps": steps}));
        }
        Some(config @ Value::Object(_)) => {
            defaults.insert("thresholds".to_owned(), config);
        }
        _ => {}
    }
    if let Some(title) = defaults.remove("title").filter(|title| !title.is_null()) {
        defaults.insert("displayName".to_owned(), title);
    }
    if let Some(colour) = defaults.get("color").and_then(Value::as_str) {
        let colour = json!({"mode": "fixed", "fixedColor": colour});
        defaults.insert("color".to_owned(), colour);
    }
    let mut reduce = Map::new();
    for key in ["values", "limit", "calcs"] {
        if let Some(value) = fields.get(key).filter(|value| !value.is_null()) {
            reduce.insert(key.to_owned(), value.clone());
        }
    }
    options.insert("reduceOptions".to_owned(), Value::Object(reduce));
    let overrides = present(fields.get("overrides")).cloned().unwrap_or_else(|| json!([]));
    lifted.insert("options".to_owned(), Value::Object(options));
    merge_field_config(&mut lifted, defaults, &overrides);
    lifted
}

fn merge_field_config(panel: &mut Map<String, Value>, defaults: Map<String, Value>, overrides: &Value) {
    let Some(config) = object_at(panel, "fieldConfig") else {
        return;
    };
    if let Some(own) = object_at(config, "defaults") {
        own.extend(defaults);
    }
    let list = config.entry("overrides".to_owned()).or_insert_with(|| json!([]));
    if let (Some(list), Some(added)) = (list.as_array_mut(), overrides.as_array()) {
        list.extend(added.iter().cloned());
    }
}

/// Grafana 6.0 and 6.1 (`migrateFromValueOptions`).
fn from_value_options(options: &mut Map<String, Value>) {
    let Some(Value::Object(values)) = options.remove("valueOptions") else {
        return;
    };
    let mut fields = Map::new();
    let mut defaults = Map::new();
    for (from, to) in [("valueMappings", "mappings"), ("thresholds", "thresholds")] {
        if let Some(value) = options.remove(from) {
            fields.insert(to.to_owned(), value);
        }
    }
    for key in ["unit", "decimals"] {
        if let Some(value) = values.get(key) {
            defaults.insert(key.to_owned(), value.clone());
        }
    }
    for (from, to) in [("minValue", "min"), ("maxValue", "max")] {
        if let Some(value) = options.remove(from) {
            defaults.insert(to.to_owned(), value);
        }
    }
    let calc = match values.get("stat").and_then(Value::as_str) {
        Some("avg") => Some("mean"),
        Some("current") => Some("lastNotNull"),
        Some("total") => Some("sum"),
        other => other,
    };
    if let Some(calc) = calc {
        fields.insert("calcs".to_owned(), json!([calc]));
    }
    fields.insert("defaults".to_owned(), Value::Object(defaults));
    options.insert("fieldOptions".to_owned(), Value::Object(fields));
}

/// `migrateOldThresholds`: without `index`, sorted, the first from minus infinity. Only steps outside of `fieldOptions` get this.
fn sorted_steps(steps: &[Value]) -> Vec<Value> {
    let level = |step: &Value| step.get("value").and_then(Value::as_f64).unwrap_or(f64::NEG_INFINITY);
    let mut sorted: Vec<&Value> = steps.iter().collect();
    sorted.sort_by(|one, other| level(one).total_cmp(&level(other)));
    sorted
        .iter()
        .enumerate()
        .map(|(position, step)| {
            let mut map = Map::new();
            if let Some(colour) = step.get("color") {
                map.insert("color".to_owned(), colour.clone());
            }
            let value = if position == 0 {
                Value::Null
            } else {
                step.get("value").cloned().unwrap_or(Value::Null)
            };
            map.insert("value".to_owned(), value);
            Value::Object(map)
        })
        .collect()
}
