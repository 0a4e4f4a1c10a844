//! A value in words: what has parts is said part by part.

use std::fmt;

use serde_json::{Map, Value};

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
        "links" => format!(" \"{}\"{}", printable(text("title")), leads_to(map)),
        "steps" => format!(
            ": from {} in {}",
            map.get("value")
                .filter(|value| !value.is_null())
                .map_or_else(|| "the lowest value".to_owned(), |value| Shown(value).to_string()),
            printable(text("color"))
        ),
        "items" if text("kind").starts_with("ConditionalRendering") => format!(": {}", rule(value)),
        "mappings" => format!(": {}", mapping(map)),
        "options" => format!(": \"{}\"", printable(text("text"))),
        _ => format!(": {}", Shown(value)),
    }
}

/// Where a link leads: a dashboard's own can lead to all dashboards with its tags.
fn leads_to(link: &Map<String, Value>) -> String {
    let text = |key: &str| link.get(key).and_then(Value::as_str).unwrap_or_default();
    let tags = link.get("tags").and_then(Value::as_array).into_iter().flatten();
    let tags: Vec<String> = tags
        .filter_map(Value::as_str)
        .map(|tag| format!("\"{}\"", Printable(tag)))
        .collect();
    match (text("url"), tags.as_slice()) {
        ("", []) if text("type") == "dashboards" => " to all dashboards".to_owned(),
        ("", tags) if text("type") == "dashboards" => format!(" to dashboards tagged {}", tags.join(", ")),
        ("", _) => String::new(),
        (url, _) => format!(" to {}", Printable(url)),
    }
}

/// How many panels a row or tab holds, those in rows and tabs in it too.
pub(super) fn panels_in(container: &Value) -> usize {
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

/// The rules by which something is shown, as their form says them: `show where env equals prod and the query has data`.
pub(super) fn rules(group: &Value) -> Option<String> {
    let spec = group.get("spec")?;
    let word = |key: &str| spec.get(key).and_then(Value::as_str);
    let items = spec.get("items")?.as_array()?;
    let each: Vec<String> = items.iter().map(rule).collect();
    let between = if word("condition") == Some("or") {
        " or "
    } else {
        " and "
    };
    Some(format!(
        "{} where {}",
        Printable(word("visibility")?),
        each.join(between)
    ))
}

/// One of these rules.
fn rule(item: &Value) -> String {
    let part = |key: &str| item.pointer(&format!("/spec/{key}"));
    let text = |key: &str| {
        part(key)
            .and_then(Value::as_str)
            .map_or_else(String::new, |text| Printable(text).to_string())
    };
    match item.get("kind").and_then(Value::as_str) {
        Some("ConditionalRenderingVariable") => {
            let operator = match part("operator").and_then(Value::as_str) {
                Some("equals") => "equals".to_owned(),
                Some("notEquals") => "is not".to_owned(),
                Some("matches") => "matches".to_owned(),
                Some("notMatches") => "doesn't match".to_owned(),
                _ => text("operator"),
            };
            format!("variable {} {operator} \"{}\"", text("variable"), text("value"))
        }
        Some("ConditionalRenderingData") => match part("value").and_then(Value::as_bool) {
            Some(false) => "the query has no data".to_owned(),
            _ => "the query has data".to_owned(),
        },
        Some("ConditionalRenderingTimeRangeSize") => format!("the time range is less than {}", text("value")),
        _ => Shown(item).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_are_said_as_their_form_says_them() {
        let item = |kind: &str, spec: Value| json!({"kind": format!("ConditionalRendering{kind}"), "spec": spec});
        let group = json!({"kind": "ConditionalRenderingGroup", "spec": {"visibility": "hide", "condition": "or", "items": [
            item("Variable", json!({"variable": "env", "operator": "notEquals", "value": "a"})),
            item("Data", json!({"value": false})),
            item("TimeRangeSize", json!({"value": "7d"}))]}});
        assert_eq!(
            rules(&group).as_deref(),
            Some("hide where variable env is not \"a\" or the query has no data or the time range is less than 7d")
        );
    }
}
