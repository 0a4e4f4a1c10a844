//! How does a JSON file get new content and keep its face?
//!
//! Only what differs is touched: key order, indentation, comments and the text of numbers stay wherever the value stays.

use jsonc_parser::ParseOptions;
use jsonc_parser::cst::{CstInputValue, CstNode, CstObject, CstRootNode};
use serde_json::Value;

/// The text of a file with `value` as its content: `text` with only those lines changed that mean something else now.
///
/// # Errors
///
/// `text` is no JSON.
pub fn rewrite(text: &str, value: &Value) -> Result<String, String> {
    if let Some(rest) = text.strip_prefix('\u{feff}') {
        return rewrite(rest, value).map(|text| format!("\u{feff}{text}"));
    }
    let root = CstRootNode::parse(text, &ParseOptions::default()).map_err(|error| error.to_string())?;
    let now: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let Some(node) = root.value() else {
        return Err("the file is empty".to_owned());
    };
    sync(&node, &now, value);
    let written = root.to_string();
    // Whatever the editing did: what is written must be the value, or the file is written afresh.
    match serde_json::from_str::<Value>(&written) {
        Ok(back) if back == *value => Ok(written),
        _ => Ok(crate::dashboard::to_sorted_text(value)),
    }
}

fn sync(node: &CstNode, now: &Value, wanted: &Value) {
    if now == wanted {
        return;
    }
    match (now, wanted) {
        (Value::Object(now), Value::Object(wanted)) => {
            if let Some(object) = node.as_object() {
                return sync_object(&object, now, wanted);
            }
        }
        (Value::Array(now), Value::Array(wanted)) => {
            if let Some(array) = node.as_array() {
                return sync_array(&array, now, wanted);
            }
        }
        _ => {}
    }
    replace(node, wanted);
}

fn sync_object(object: &CstObject, now: &serde_json::Map<String, Value>, wanted: &serde_json::Map<String, Value>) {
    for key in now.keys().filter(|key| !wanted.contains_key(*key)) {
        if let Some(property) = object.get(key) {
            property.remove();
        }
    }
    for (key, value) in wanted {
        match (object.get(key), now.get(key)) {
            (Some(property), Some(old)) => {
                if let Some(node) = property.value() {
                    sync(&node, old, value);
                }
            }
            _ => {
                let at = sorted_place(object, key);
                object.insert(at, key, input(value));
            }
        }
    }
}

/// In an object whose keys are sorted a new key goes to its place; anywhere else to the end.
fn sorted_place(object: &CstObject, key: &str) -> usize {
    let keys: Vec<String> = object
        .properties()
        .iter()
        .filter_map(|property| property.name()?.decoded_value().ok())
        .collect();
    let sorted = keys.windows(2).all(|pair| pair[0] <= pair[1]);
    if sorted {
        keys.iter().position(|other| other.as_str() > key).unwrap_or(keys.len())
    } else {
        keys.len()
    }
}

/// Elements that stay keep their text; what lies between them comes and goes.
fn sync_array(array: &jsonc_parser::cst::CstArray, now: &[Value], wanted: &[Value]) {
    let nodes = array.elements();
    // What came where something else went has another key.
    let is_renamed = |now: &Value, wanted: &Value| has_key(now) && has_key(wanted) && identity(now) != identity(wanted);
    if now.len() == wanted.len() && !now.iter().zip(wanted).any(|(now, wanted)| is_renamed(now, wanted)) {
        for ((node, now), wanted) in nodes.iter().zip(now).zip(wanted) {
            sync(node, now, wanted);
        }
        return;
    }
    let kept = kept(now, wanted);
    for &(old, new) in &kept {
        sync(&nodes[old], &now[old], &wanted[new]);
    }
    let gone = |at: &usize| kept.binary_search_by_key(at, |(old, _)| *old).is_err();
    for at in (0..now.len()).filter(gone) {
        nodes[at].clone().remove();
    }
    let came = |at: &usize| kept.binary_search_by_key(at, |(_, new)| *new).is_err();
    for at in (0..wanted.len()).filter(came) {
        array.insert(at, input(&wanted[at]));
    }
}

/// The fields that tell the elements of a list apart.
const KEYS: [&str; 3] = ["id", "refId", "name"];

/// Whether an element has a key.
pub(super) fn has_key(item: &Value) -> bool {
    KEYS.iter().any(|field| item.get(field).is_some())
}

/// What makes an element the same one as before: its key, else its whole value.
pub(super) fn identity(item: &Value) -> String {
    for field in KEYS {
        if let Some(key) = item.get(field) {
            return format!("{field}={key}");
        }
    }
    item.to_string()
}

/// Where the elements that stay were, and where they are.
pub(super) fn kept(now: &[Value], wanted: &[Value]) -> Vec<(usize, usize)> {
    let keys = |list: &[Value]| list.iter().map(identity).collect::<Vec<String>>();
    crate::dashboard::kept(&keys(now), &keys(wanted))
}

fn replace(node: &CstNode, value: &Value) {
    let input = input(value);
    match node {
        CstNode::Container(jsonc_parser::cst::CstContainerNode::Object(object)) => {
            object.clone().replace_with(input);
        }
        CstNode::Container(jsonc_parser::cst::CstContainerNode::Array(array)) => {
            array.clone().replace_with(input);
        }
        CstNode::Leaf(leaf) => {
            use jsonc_parser::cst::CstLeafNode as Leaf;
            match leaf {
                Leaf::BooleanLit(leaf) => drop(leaf.clone().replace_with(input)),
                Leaf::NullKeyword(leaf) => drop(leaf.clone().replace_with(input)),
                Leaf::NumberLit(leaf) => drop(leaf.clone().replace_with(input)),
                Leaf::StringLit(leaf) => drop(leaf.clone().replace_with(input)),
                Leaf::WordLit(leaf) => drop(leaf.clone().replace_with(input)),
                _ => {}
            }
        }
        CstNode::Container(_) => {}
    }
}

fn input(value: &Value) -> CstInputValue {
    match value {
        Value::Null => CstInputValue::Null,
        Value::Bool(flag) => CstInputValue::Bool(*flag),
        Value::Number(number) => CstInputValue::Number(number.to_string()),
        Value::String(text) => CstInputValue::String(text.clone()),
        Value::Array(items) => CstInputValue::Array(items.iter().map(input).collect()),
        Value::Object(fields) => {
            CstInputValue::Object(fields.iter().map(|(key, value)| (key.clone(), input(value))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TEXT: &str = "{\n    \"b\": 1.0,\n    \"a\": [\n        {\"id\": 1, \"x\": 1e3},\n        {\"id\": 2}\n    ],\n    \"s\": \"old\"\n}\n";

    fn rewritten(change: impl Fn(&mut Value)) -> String {
        let mut value: Value = serde_json::from_str(TEXT).unwrap();
        change(&mut value);
        let text = rewrite(TEXT, &value).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        text
    }

    /// The lines that differ.
    fn touched(text: &str) -> usize {
        let diff = similar::TextDiff::from_lines(TEXT, text);
        diff.iter_all_changes()
            .filter(|change| change.tag() != similar::ChangeTag::Equal)
            .count()
    }

    #[test]
    fn what_does_not_change_keeps_every_byte() {
        assert_eq!(rewritten(|_| {}), TEXT);
    }

    #[test]
    fn a_changed_leaf_is_a_changed_line() {
        let text = rewritten(|value| value["s"] = json!("new"));
        assert_eq!(text, TEXT.replace("old", "new"));
        let text = rewritten(|value| value["a"][0]["x"] = json!(2));
        assert_eq!(text, TEXT.replace("1e3", "2"));
    }

    #[test]
    fn elements_and_keys_come_and_go() {
        let text = rewritten(|value| drop(value["a"].as_array_mut().unwrap().remove(0)));
        assert!(text.contains("\"b\": 1.0") && touched(&text) <= 4, "{text}");
        let text = rewritten(|value| value["a"].as_array_mut().unwrap().insert(1, json!({"id": 3})));
        assert!(text.contains("1e3"), "{text}");
        let text = rewritten(|value| drop(value.as_object_mut().unwrap().shift_remove("b")));
        assert!(!text.contains("1.0") && text.contains("1e3"), "{text}");
        let text = rewritten(|value| value["new"] = json!({"k": [1, 2]}));
        assert!(text.contains("1e3") && text.contains("\"new\""), "{text}");
    }

    #[test]
    fn a_value_that_becomes_another_kind_is_replaced() {
        for value in [
            json!(null),
            json!(true),
            json!(3),
            json!("x"),
            json!([1]),
            json!({"k": 1}),
        ] {
            for key in ["a", "b", "s"] {
                rewritten(|document| document[key] = value.clone());
            }
        }
    }
}
