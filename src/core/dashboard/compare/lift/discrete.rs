//! The discrete panel (`natel-discrete-panel`), an Angular plugin that many had, becomes a state timeline.
//!
//! Source: grafana/grafana `state-timeline/migrations.ts` (timelinePanelChangedHandler, expandColorMappings); 11.1 to 13.1.

use serde_json::{Map, Value, json};

use super::removed_plugins::{converts, kept};
use super::{Panel, Step, js_number};
use crate::dashboard::compare::rules;

pub(super) const DISCRETE: Step = Step {
    rule: &rules::DISCRETE,
    applies: |panel| converts(panel, "natel-discrete-panel", "state-timeline"),
    // A browser that did anything else has lost what can't be told: the panel as it was is compared as well.
    apply: |panel| vec![convert(panel), panel.old.clone()],
};

fn convert(panel: &Panel<'_>) -> Map<String, Value> {
    let mut values = Map::new();
    for entry in entries(panel.old, "colorMaps") {
        if let (Some(of), Some(color)) = (text(entry, "text"), text(entry, "color")) {
            values.insert(of.to_owned(), json!({"color": color}));
        }
    }
    for entry in entries(panel.old, "valueMaps") {
        if let (Some(of), Some(shown)) = (text(entry, "value"), text(entry, "text")) {
            let of = values.entry(of.to_owned()).or_insert_with(|| json!({}));
            of["text"] = shown.into();
        }
    }
    let ranges: Vec<Value> = entries(panel.old, "rangeMaps").filter_map(range).collect();
    let colors: Map<String, Value> = values
        .iter()
        .filter_map(|(value, shown)| Some((value.clone(), shown.get("color")?.clone())))
        .collect();
    for shown in values.values_mut() {
        linked(shown, &colors);
    }
    let mut mappings = vec![json!({"type": "value", "options": values})];
    mappings.extend(ranges.into_iter().map(|mut range| {
        linked(&mut range["options"]["result"], &colors);
        range
    }));
    let mut defaults = json!({"custom": {"fillOpacity": 100, "lineWidth": 0}, "mappings": mappings});
    if let Some(unit) = text_of(panel.old.get("units")) {
        defaults["unit"] = unit.into();
    }
    let options = Map::from_iter([("mergeValues".to_owned(), true.into())]);
    kept(
        panel,
        "state-timeline",
        json!({"defaults": defaults, "overrides": []}),
        options,
    )
}

/// What is shown as a text that has a colour gets that colour.
fn linked(shown: &mut Value, colors: &Map<String, Value>) {
    if text(shown, "color").is_none()
        && let Some(color) = text(shown, "text").and_then(|text| colors.get(text)).cloned()
    {
        shown["color"] = color;
    }
}

fn range(entry: &Value) -> Option<Value> {
    let shown = text(entry, "text")?;
    let number = |key: &str| match entry.get(key) {
        Some(Value::Number(number)) => Value::Number(number.clone()),
        Some(Value::String(text)) => js_number(text).unwrap_or(Value::Null),
        _ => Value::Null,
    };
    let (from, to) = (number("from"), number("to"));
    Some(json!({"type": "range", "options": {"from": from, "to": to, "result": {"text": shown}}}))
}

fn entries<'v>(panel: &'v Map<String, Value>, key: &str) -> impl Iterator<Item = &'v Value> {
    panel.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text<'v>(entry: &'v Value, key: &str) -> Option<&'v str> {
    text_of(entry.get(key))
}

fn text_of(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str).filter(|text| !text.is_empty())
}
