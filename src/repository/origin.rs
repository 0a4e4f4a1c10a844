//! Which line of its template does a part of a dashboard come from?

use std::fmt;

use jsonc_parser::ast::Value as Node;
use jsonc_parser::common::Ranged as _;
use serde_json::Value;

use crate::dashboard::compare::{Place, Step};

/// What a template made, and of what.
#[derive(Debug, Clone)]
pub struct Origin {
    pub(super) lines: RenderedLines,
    /// The file beside the dashboard, whose overlay comes on top.
    pub(super) yaml: String,
    /// The dashboard as the repository has it, with the overlay.
    pub(super) made: Value,
}

/// A rendered text, and where it comes from.
#[derive(Debug, Clone)]
pub struct RenderedLines {
    pub(super) text: String,
    /// From which byte on: the number of the file, and the line in it.
    pub(super) marks: Vec<(usize, usize, usize)>,
    pub(super) files: Vec<String>,
}

/// Where a part comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The template's file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// Whether the part itself stands there; else only what it would lie in does: it was taken out.
    pub exact: bool,
    /// The file whose overlay has changed it, where one has.
    pub overlay: Option<String>,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, .. } = self;
        match (&self.overlay, self.exact) {
            (Some(overlay), _) => write!(f, "the overlay of {overlay}, on {file}:{line}"),
            (None, true) => write!(f, "{file}:{line}"),
            (None, false) => write!(f, "somewhere in what begins at {file}:{line}"),
        }
    }
}

impl Origin {
    /// Where the value at a place comes from. A value that the dashboard lacks comes from what it would lie in.
    pub fn line(&self, place: &Place) -> Option<Line> {
        let parsed = jsonc_parser::parse_to_ast(&self.lines.text, &Default::default(), &Default::default()).ok()?;
        let root = parsed.value?;
        let (node, exact) = walk(&root, place.steps());
        let (made, also) = walk_value(&self.made, place.steps());
        let written = &self.lines.text[node.start()..node.end()];
        let unchanged =
            exact == also && (!exact || serde_json::from_str::<Value>(written).is_ok_and(|written| written == *made));
        let (_, file, line) = self.lines.marks.iter().rev().find(|(from, ..)| *from <= node.start())?;
        Some(Line {
            file: self.lines.files.get(*file)?.clone(),
            line: *line,
            exact,
            overlay: (!unchanged).then(|| self.yaml.clone()),
        })
    }
}

/// The value that the steps lead to, or the last one on the way.
fn walk<'n, 't>(root: &'n Node<'t>, steps: &[Step]) -> (&'n Node<'t>, bool) {
    let mut here = root;
    for step in steps {
        let next = match (here, step) {
            (Node::Object(object), Step::Key(key)) => {
                // A property without a value can't be: what was rendered is JSON.
                object
                    .properties
                    .iter()
                    .find(|one| one.name.as_str() == key)
                    .map(|one| &one.value)
            }
            (Node::Array(array), Step::Index(index)) => array.elements.get(*index),
            (Node::Array(array), Step::Item { field, value, .. }) => item(&array.elements, field, value),
            _ => None,
        };
        match next {
            Some(next) => here = next,
            None => return (here, false),
        }
    }
    (here, true)
}

/// The element that a field names; a panel may lie in a closed row.
fn item<'n, 't>(elements: &'n [Node<'t>], field: &str, value: &str) -> Option<&'n Node<'t>> {
    let names = |node: &Node<'t>| {
        let Node::Object(object) = node else { return false };
        object.properties.iter().any(|one| {
            one.name.as_str() == field
                && match &one.value {
                    Node::StringLit(text) => text.value == value,
                    Node::NumberLit(number) => number.value == value,
                    _ => false,
                }
        })
    };
    let inside = || {
        let rows = elements.iter().filter_map(|node| match node {
            Node::Object(object) => object.properties.iter().find(|one| one.name.as_str() == "panels"),
            _ => None,
        });
        rows.filter_map(|one| match &one.value {
            Node::Array(array) => item(&array.elements, field, value),
            _ => None,
        })
        .next()
    };
    elements.iter().find(|node| names(node)).or_else(inside)
}

fn walk_value<'v>(root: &'v Value, steps: &[Step]) -> (&'v Value, bool) {
    let mut here = root;
    for step in steps {
        let next = match (here, step) {
            (Value::Object(fields), Step::Key(key)) => fields.get(key),
            (Value::Array(list), Step::Index(index)) => list.get(*index),
            (Value::Array(list), Step::Item { field, value, .. }) => value_item(list, field, value),
            _ => None,
        };
        match next {
            Some(next) => here = next,
            None => return (here, false),
        }
    }
    (here, true)
}

fn value_item<'v>(list: &'v [Value], field: &str, value: &str) -> Option<&'v Value> {
    let names = |item: &&Value| match item.get(field) {
        Some(Value::String(text)) => text == value,
        Some(Value::Number(number)) => number.to_string() == value,
        _ => false,
    };
    let inside = || {
        let rows = list.iter().filter_map(|item| item.get("panels")?.as_array());
        rows.filter_map(|panels| value_item(panels, field, value)).next()
    };
    list.iter().find(names).or_else(inside)
}
