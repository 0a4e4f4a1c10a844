//! A value in words: what has parts is said part by part.

use std::fmt;

use serde_json::{Map, Value};

use super::layout;
use super::phrase::plural;
use crate::dashboard::compare::{Printable, field_label, spoken};

/// A value as people read it: a text in quotes, a switch on or off, what has parts part by part, and nothing that drives a
/// terminal.
pub(super) struct Shown<'a>(pub &'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("nothing"),
            Value::Bool(on) => f.write_str(if *on { "on" } else { "off" }),
            Value::Number(number) => write!(f, "{number}"),
            Value::String(text) => write!(f, "\"{}\"", Printable(text)),
            Value::Array(elements) if elements.is_empty() => f.write_str("none"),
            Value::Array(elements) => {
                let parts = elements.iter().map(|element| match element {
                    Value::Object(_) => format!("({})", Shown(element)),
                    element => Shown(element).to_string(),
                });
                f.write_str(&parts.collect::<Vec<_>>().join(", "))
            }
            Value::Object(parts) if parts.is_empty() => f.write_str("nothing set"),
            Value::Object(parts) => {
                let part = |(key, value): (&String, &Value)| match value {
                    Value::Object(inside) if !inside.is_empty() => {
                        format!("{} ({})", Printable(&spoken(key)), Shown(value))
                    }
                    value => format!("{} {}", Printable(&spoken(key)), Shown(value)),
                };
                f.write_str(&parts.iter().map(part).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// A value in running text: as [`Shown`], a text without quotes.
pub(super) struct Plain<'a>(pub &'a Value);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::String(text) if !text.is_empty() => write!(f, "{}", Printable(text)),
            Value::Array(elements) if !elements.is_empty() => {
                let parts: Vec<String> = elements.iter().map(|element| Plain(element).to_string()).collect();
                f.write_str(&parts.join(", "))
            }
            other => write!(f, "{}", Shown(other)),
        }
    }
}

/// An element of a list that came or went, as it goes on after its name.
pub(super) fn element(list: &str, value: &Value) -> String {
    let Value::Object(map) = value else {
        return format!(": {}", Shown(value));
    };
    let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
    let count = |key: &str| map.get(key).and_then(Value::as_array).map_or(0, Vec::len);
    let printable = |text: &str| Printable(text).to_string();
    match list {
        "panels" if matches!(text("type"), "row" | "tab") => match panels_in(value) {
            0 => String::new(),
            panels => format!(" with {}", plural(panels, "panel", "panels")),
        },
        "panels" => format!(
            ", {}, {}",
            printable(text("type")),
            plural(count("targets"), "query", "queries")
        ),
        "targets" if !text("expr").is_empty() => format!(": {}", printable(text("expr"))),
        "list" | "variables" if text("type").is_empty() => String::new(),
        "list" | "variables" => format!(", {}", printable(text("type"))),
        "overrides" => format!(": {}", properties(map)),
        "properties" => format!(
            ": {}",
            map.get("value")
                .map_or_else(String::new, |value| Shown(value).to_string())
        ),
        "transformations" => map
            .get("options")
            .filter(|options| options.as_object().is_none_or(|options| !options.is_empty()))
            .map_or_else(String::new, |options| format!(": {}", Shown(options))),
        "links" => format!(" \"{}\" to {}", printable(text("title")), printable(text("url"))),
        "steps" => format!(
            ": from {} in {}",
            map.get("value")
                .filter(|value| !value.is_null())
                .map_or_else(|| "the lowest value".to_owned(), |value| Shown(value).to_string()),
            printable(text("color"))
        ),
        "items" if text("kind").starts_with("ConditionalRendering") => format!(": {}", layout::rule(value)),
        "mappings" => format!(": {}", mapping(map)),
        "options" => format!(": \"{}\"", printable(text("text"))),
        _ => format!(": {}", Shown(value)),
    }
}

/// How many panels a row or tab holds, those in rows and tabs in it too.
fn panels_in(container: &Value) -> usize {
    let inside = container.get("panels").and_then(Value::as_array);
    let number = |panel: &Value| match panel.get("type").and_then(Value::as_str) {
        Some("row" | "tab") => panels_in(panel),
        _ => 1,
    };
    inside.into_iter().flatten().map(number).sum()
}

/// What an override sets.
fn properties(entry: &Map<String, Value>) -> String {
    let set = |property: &Value| {
        let id = property.get("id").and_then(Value::as_str).unwrap_or_default();
        let value = property
            .get("value")
            .map_or_else(|| "nothing".to_owned(), |value| Shown(value).to_string());
        format!("{} {value}", Printable(&field_label(id)))
    };
    let properties = entry.get("properties").and_then(Value::as_array);
    properties.into_iter().flatten().map(set).collect::<Vec<_>>().join(", ")
}

/// A value mapping, as its form shows it: `1 -> up`.
fn mapping(entry: &Map<String, Value>) -> String {
    let options = entry.get("options").unwrap_or(&Value::Null);
    let text = |result: &Value| {
        let part = |key: &str| result.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        match (part("text"), part("color")) {
            (Some(text), Some(color)) => format!("{text} in {color}"),
            (Some(text), None) | (None, Some(text)) => text.to_owned(),
            (None, None) => "nothing".to_owned(),
        }
    };
    let result = || options.get("result").map_or_else(|| "nothing".to_owned(), text);
    let bound = |key: &str| {
        options
            .get(key)
            .map_or_else(|| "any".to_owned(), |value| Plain(value).to_string())
    };
    let told = match (entry.get("type").and_then(Value::as_str), options) {
        (Some("value"), Value::Object(values)) => {
            let each: Vec<String> = values
                .iter()
                .map(|(value, shown)| format!("{value} -> {}", text(shown)))
                .collect();
            each.join(", ")
        }
        (Some("range"), _) => format!("{} to {} -> {}", bound("from"), bound("to"), result()),
        (Some("regex"), _) => format!("{} -> {}", bound("pattern"), result()),
        (Some("special"), _) => format!("{} -> {}", bound("match"), result()),
        _ => return Shown(&Value::Object(entry.clone())).to_string(),
    };
    Printable(&told).to_string()
}
