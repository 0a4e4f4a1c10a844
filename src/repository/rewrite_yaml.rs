//! How does a YAML file get new content and keep its face?
//!
//! Only what differs is touched: comments, order, quotes and indentation stay wherever the value stays.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use serde_json::{Map, Value};
use yaml_edit::{Document, Mapping, ScalarValue, Sequence, YamlNode, YamlValue};

use super::rewrite::{has_key, identity, kept};
use crate::dashboard::content;
use crate::stack::to_yaml;

/// A YAML file with new content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// Its text.
    pub text: String,
    /// Whether it was written afresh, without the comments and the order that it had.
    pub afresh: bool,
}

/// The text of a YAML file with `value` as its content: `text` with only what means something else now changed, or written
/// afresh where the change can't be made in it.
///
/// # Errors
///
/// `text` is no YAML, or `value` can't be written as YAML.
pub fn rewrite_yaml(text: &str, value: &Value) -> Result<Rewritten, String> {
    let now = content(text).map_err(|error| error.to_string())?;
    if let Some(text) = edited(text, &now, value) {
        return Ok(Rewritten { text, afresh: false });
    }
    Ok(Rewritten {
        text: to_yaml(value)?,
        afresh: true,
    })
}

/// Whatever the editing did: what it gives must mean the value.
fn edited(text: &str, now: &Value, wanted: &Value) -> Option<String> {
    let document = Document::from_str(text).ok()?;
    sync_mapping(&document.as_mapping()?, now.as_object()?, wanted.as_object()?);
    let written = document.to_string();
    content(&written)
        .is_ok_and(|back| means(&back, wanted))
        .then_some(written)
}

/// Whether two values are the same, whatever the text of their numbers.
fn means(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| means(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let same = |(key, value): (&String, &Value)| other.get(key).is_some_and(|other| means(value, other));
            one.len() == other.len() && one.iter().all(same)
        }
        _ => one == other,
    }
}

fn sync_mapping(mapping: &Mapping, now: &Map<String, Value>, wanted: &Map<String, Value>) {
    for key in now.keys().filter(|key| !wanted.contains_key(*key)) {
        mapping.remove(key.as_str());
    }
    for (key, value) in wanted {
        let inner = now.get(key).zip(mapping.get(key.as_str()));
        if !inner.is_some_and(|(now, node)| sync(&node, now, value)) {
            mapping.set(key.as_str(), yaml(value));
        }
    }
}

/// Elements that stay keep their text; what lies between them comes and goes.
fn sync_sequence(sequence: &Sequence, now: &[Value], wanted: &[Value]) {
    // What has no key is the one at the same place.
    let is_same = |(now, wanted): (&Value, &Value)| !has_key(now) || identity(now) == identity(wanted);
    let pairs: Vec<(usize, usize)> = match now.len() == wanted.len() && now.iter().zip(wanted).all(is_same) {
        true => (0..now.len()).map(|at| (at, at)).collect(),
        false => kept(now, wanted),
    };
    for old in (0..now.len())
        .rev()
        .filter(|old| !pairs.iter().any(|(kept, _)| kept == old))
    {
        sequence.remove(old);
    }
    for (at, (old, new)) in pairs.iter().enumerate() {
        let node = sequence.get(at);
        if !node.is_some_and(|node| sync(&node, &now[*old], &wanted[*new])) {
            sequence.set(at, yaml(&wanted[*new]));
        }
    }
    for (at, value) in wanted
        .iter()
        .enumerate()
        .filter(|(at, _)| !pairs.iter().any(|(_, kept)| kept == at))
    {
        sequence.insert(at, yaml(value));
    }
}

/// Brings what lies in a node to what is wanted; says whether it could.
fn sync(node: &YamlNode, now: &Value, wanted: &Value) -> bool {
    match (node, now, wanted) {
        _ if now == wanted => true,
        (YamlNode::Mapping(mapping), Value::Object(now), Value::Object(wanted)) => {
            sync_mapping(mapping, now, wanted);
            true
        }
        (YamlNode::Sequence(sequence), Value::Array(now), Value::Array(wanted)) => {
            sync_sequence(sequence, now, wanted);
            true
        }
        _ => false,
    }
}

fn yaml(value: &Value) -> YamlValue {
    match value {
        Value::Null => YamlValue::Scalar(ScalarValue::null()),
        Value::Bool(truth) => YamlValue::scalar(*truth),
        Value::String(text) => YamlValue::scalar(text.as_str()),
        Value::Number(number) => YamlValue::Scalar(ScalarValue::parse(number.to_string())),
        Value::Array(items) => YamlValue::Sequence(items.iter().map(yaml).collect()),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(key, value)| (key.clone(), yaml(value)));
            YamlValue::Mapping(fields.collect::<BTreeMap<_, _>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FILE: &str = "# Kept by the team.\napiVersion: dashboard.grafana.app/v1\nspec:\n  title: 'A'  # a name\n  panels:\n  # \
                        the first\n  - id: 1\n    targets:\n    - {refId: A, expr: up}\n  - id: 2  # the second\n    title: Two\n  \
                        tags: [a, b]\n  refresh: 10s\n";

    fn changed(change: impl FnOnce(&mut Value)) -> String {
        let mut value = content(FILE).unwrap();
        change(&mut value);
        let rewritten = rewrite_yaml(FILE, &value).unwrap();
        assert!(!rewritten.afresh, "{}", rewritten.text);
        assert_eq!(content(&rewritten.text).unwrap(), value);
        rewritten.text
    }

    #[test]
    fn only_what_differs_is_touched() {
        let edits: [(&str, Value, &str, &str); 4] = [
            (
                "/spec/panels/0/targets/0/expr",
                json!("rate(x[5m])"),
                "expr: up",
                "expr: 'rate(x[5m])'",
            ),
            ("/spec/panels/1/title", json!("yes"), "title: Two", "title: 'yes'"),
            ("/spec/refresh", json!("5m"), "refresh: 10s", "refresh: 5m"),
            ("/spec/tags/1", json!("c"), "[a, b]", "[a, c]"),
        ];
        for (pointer, value, old, new) in edits {
            let text = changed(|file| *file.pointer_mut(pointer).unwrap() = value);
            let quotes = |text: &str| text.replace('"', "'");
            assert_eq!(quotes(&text), quotes(&FILE.replace(old, new)), "{pointer}");
        }
        assert_eq!(changed(|_| {}), FILE);
    }

    #[test]
    fn what_comes_and_goes_leaves_the_rest_as_it_is() {
        let text = changed(|file| {
            let spec = file["spec"].as_object_mut().unwrap();
            spec.shift_remove("refresh");
            spec["panels"].as_array_mut().unwrap().remove(0);
            let panel =
                json!({"id": 3, "title": "New: one", "fieldConfig": {"defaults": {"min": 0.5}, "overrides": []}});
            spec["panels"].as_array_mut().unwrap().push(panel);
            spec.insert("time".into(), json!({"from": "now-1h", "to": "now"}));
        });
        for kept in [
            "# Kept by the team.\n",
            "title: 'A'  # a name",
            "- id: 2  # the second\n    title: Two",
        ] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
    }

    #[test]
    fn what_can_t_be_edited_is_written_afresh() {
        let file = "a: &x {b: 1}\nc: *x\n";
        let value = json!({"a": {"b": 2}, "c": {"b": 1}});
        let rewritten = rewrite_yaml(file, &value).unwrap();
        assert_eq!(content(&rewritten.text).unwrap(), value);
    }
}
