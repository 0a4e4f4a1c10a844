//! Differences that the user has chosen not to hear about: `panels[id=3].targets[refId=A].expr`, `templating.list[name=node].current`, `time`.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use super::change::{Change, Comparison, Explained};
use super::place::{Place, Step};
use crate::dashboard::Text;

/// A rule of the user's: a keyed path, with `*` for any key or element. It covers the place it names and everything inside.
///
/// Panels are named by id wherever they hang, so that a rule doesn't slip when a panel moves. Inside `[key=value]`, `*` stands
/// for any text; a `]` or `\` in a value is escaped with `\`; a key with signs of this language is written `["a.b"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreRule {
    text: String,
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    /// A key of an object.
    Key(String),
    /// Any key of an object.
    AnyKey,
    /// An element of a list by one of its fields.
    Item { field: String, value: String },
    /// An element of a list by its position.
    Index(usize),
    /// Any element of a list.
    AnyElement,
}

/// Why a text is no ignore rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IgnoreRuleError {
    /// There is nothing to ignore: an empty rule would hide everything.
    #[error("an ignore rule must name something, such as `time` or `panels[id=3].title`")]
    Empty,
    /// A bracket is open to the end, or closed without having been opened.
    #[error("the bracket at position {0} has no partner")]
    Bracket(usize),
    /// Between brackets stands neither `*` nor a number nor `key=value`.
    #[error("`[{0}]` is neither `[key=value]` nor `[number]` nor `[*]`")]
    Element(String),
    /// Two dots, or a dot at an end.
    #[error("a key is missing at position {0}")]
    MissingKey(usize),
}

impl FromStr for IgnoreRule {
    type Err = IgnoreRuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let mut segments = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let position = text.len() - rest.len();
            rest = if let Some(inside) = rest.strip_prefix('[') {
                let end = closing(inside).ok_or(IgnoreRuleError::Bracket(position))?;
                segments.push(element(&inside[..end])?);
                &inside[end + 1..]
            } else {
                let keyed = match rest.strip_prefix('.') {
                    Some(after) if !segments.is_empty() => after,
                    Some(_) => return Err(IgnoreRuleError::MissingKey(position)),
                    None if segments.is_empty() => rest,
                    None => return Err(IgnoreRuleError::MissingKey(position)),
                };
                let end = keyed.find(['.', '[', ']']).unwrap_or(keyed.len());
                match &keyed[..end] {
                    "" => return Err(IgnoreRuleError::MissingKey(position)),
                    "*" => segments.push(Segment::AnyKey),
                    key => segments.push(Segment::Key(key.to_owned())),
                }
                &keyed[end..]
            };
            if rest.starts_with(']') {
                return Err(IgnoreRuleError::Bracket(text.len() - rest.len()));
            }
        }
        match segments.is_empty() {
            true => Err(IgnoreRuleError::Empty),
            false => Ok(Self {
                text: text.to_owned(),
                segments,
            }),
        }
    }
}

/// Where the bracket that was just opened is closed.
fn closing(inside: &str) -> Option<usize> {
    let quoted = inside.starts_with('"');
    let mut escaped = false;
    let mut in_quotes = false;
    for (position, character) in inside.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' if quoted => in_quotes = !in_quotes,
            ']' if !in_quotes => return Some(position),
            _ => {}
        }
    }
    None
}

fn element(inside: &str) -> Result<Segment, IgnoreRuleError> {
    let wrong = || IgnoreRuleError::Element(inside.to_owned());
    if inside == "*" {
        return Ok(Segment::AnyElement);
    }
    if inside.starts_with('"') {
        return serde_json::from_str(inside).map(Segment::Key).map_err(|_| wrong());
    }
    if let Ok(index) = inside.parse() {
        return Ok(Segment::Index(index));
    }
    match inside.split_once('=') {
        Some((field, value)) if !field.is_empty() => Ok(Segment::Item {
            field: field.trim().to_owned(),
            value: in_order(unescaped(value.trim())),
        }),
        _ => Err(wrong()),
    }
}

/// A matcher's options are known by their keys, in whatever order somebody wrote them.
fn in_order(value: String) -> String {
    let object = value.split_once(':').and_then(|(matcher, options)| {
        let options: Value = serde_json::from_str(options).ok().filter(Value::is_object)?;
        Some(format!("{matcher}:{}", Text::of(&options).sorted()))
    });
    object.unwrap_or(value)
}

fn unescaped(value: &str) -> String {
    let mut plain = String::new();
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        plain.push(if character == '\\' {
            characters.next().unwrap_or('\\')
        } else {
            character
        });
    }
    plain
}

impl IgnoreRule {
    /// Whether the rule covers a place: names it, or something around it.
    pub fn covers(&self, place: &Place) -> bool {
        let steps = place.steps();
        steps.len() >= self.segments.len()
            && self
                .segments
                .iter()
                .zip(steps)
                .all(|(segment, step)| segment.fits(step))
    }

    /// Whether the rule names just the place that these steps lead to.
    pub(super) fn names(&self, steps: &[Step]) -> bool {
        steps.len() == self.segments.len()
            && self
                .segments
                .iter()
                .zip(steps)
                .all(|(segment, step)| segment.fits(step))
    }

    /// Whether the rule begins at the dashboard, with the panel that it goes into.
    pub(super) fn is_of_dashboard(&self) -> bool {
        matches!(self.segments.as_slice(), [Segment::Key(list), second, ..] if list == "panels" && !matches!(second, Segment::Key(_)))
    }

    /// Whether there is anything in a dashboard that the rule names; one that names nothing anywhere deserves a warning.
    pub fn names_something_in(&self, dashboard: &Value) -> bool {
        match self.segments.as_slice() {
            // Panels are found wherever they hang.
            [Segment::Key(list), element, rest @ ..] if list == "panels" => {
                let panels = crate::dashboard::panels(dashboard);
                let mut panels = panels.iter().enumerate();
                panels.any(|(at, panel)| element.takes(at, panel) && leads_on(rest, panel))
            }
            segments => leads_on(segments, dashboard),
        }
    }

    /// Takes what the rules cover out of a comparison; noise stays as it is.
    pub fn apply(rules: &[Self], comparison: Comparison) -> Ignored {
        let mut matched = vec![false; rules.len()];
        let mut covered = |place: &Place| {
            let mut any = false;
            for (rule, matched) in rules.iter().zip(&mut matched) {
                if rule.covers(place) {
                    *matched = true;
                    any = true;
                }
            }
            any
        };
        let (ignored, changes) = comparison
            .changes
            .into_iter()
            .partition(|change| covered(&change.place));
        let (undecidable_ignored, undecidable) = comparison
            .undecidable
            .into_iter()
            .partition(|entry| covered(&entry.place));
        let unused = rules
            .iter()
            .zip(&matched)
            .filter(|(_, matched)| !**matched)
            .map(|(rule, _)| rule.clone())
            .collect();
        Ignored {
            kept: Comparison {
                changes,
                undecidable,
                noise: comparison.noise,
            },
            ignored,
            undecidable: undecidable_ignored,
            unused,
        }
    }
}

/// A comparison after the user's ignore rules.
#[derive(Debug, Clone, Default)]
pub struct Ignored {
    /// What is left.
    pub kept: Comparison,
    /// The changes that a rule covers.
    pub ignored: Vec<Change>,
    /// The differences that can't be told and that a rule covers.
    pub undecidable: Vec<Explained>,
    /// Rules that covered nothing; over all dashboards they are meant for, such a rule deserves a warning.
    pub unused: Vec<IgnoreRule>,
}

/// Whether the segments lead from a value to anything.
fn leads_on(segments: &[Segment], value: &Value) -> bool {
    let [first, rest @ ..] = segments else { return true };
    match (first, value) {
        (Segment::Key(key), Value::Object(fields)) => fields
            .iter()
            .any(|(name, value)| glob(key, name) && leads_on(rest, value)),
        (Segment::AnyKey, Value::Object(fields)) => fields.values().any(|value| leads_on(rest, value)),
        (_, Value::Array(items)) => {
            let mut items = items.iter().enumerate();
            items.any(|(at, item)| first.takes(at, item) && leads_on(rest, item))
        }
        _ => false,
    }
}

impl Segment {
    /// Whether the segment names this element of a list.
    fn takes(&self, at: usize, element: &Value) -> bool {
        match self {
            Self::AnyElement => true,
            Self::Index(index) => *index == at,
            Self::Item { field, value } => match element.get(field) {
                Some(Value::String(text)) => glob(value, text),
                Some(other) => glob(value, &other.to_string()),
                None => false,
            },
            Self::Key(_) | Self::AnyKey => false,
        }
    }

    fn fits(&self, step: &Step) -> bool {
        match (self, step) {
            (Self::AnyKey, Step::Key(_)) | (Self::AnyElement, Step::Item { .. } | Step::Index(_)) => true,
            (Self::Key(key), Step::Key(other)) => glob(key, other),
            (Self::Index(index), Step::Index(other)) => index == other,
            (
                Self::Item { field, value },
                Step::Item {
                    field: other,
                    value: found,
                    label,
                    ..
                },
            ) => {
                field == other && glob(value, found)
                    || field == "title" && label.as_deref().is_some_and(|label| glob(value, label))
            }
            _ => false,
        }
    }
}

/// Whether a text fits a pattern in which `*` stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    let mut rest = rest;
    for part in parts {
        let Some(found) = rest.find(part) else { return false };
        rest = &rest[found + part.len()..];
    }
    rest.ends_with(last)
}

impl fmt::Display for IgnoreRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::compare::{Context, compare};
    use serde_json::json;

    fn rule(text: &str) -> IgnoreRule {
        text.parse().unwrap()
    }

    fn found() -> Comparison {
        let side = |expr: &str, from: &str| {
            json!({"time": {"from": from, "to": "now"}, "panels": [
                {"id": 3, "type": "graph", "title": "CPU", "targets": [{"refId": "A", "expr": expr}]},
            ]})
        };
        compare(&side("up", "now-1h"), &side("down", "now-2h"), &Context::default())
    }

    #[test]
    fn a_matcher_is_named_whatever_the_order_of_its_keys() {
        let side = |unit: &str| {
            json!({"panels": [{"id": 3, "type": "stat", "fieldConfig": {"defaults": {}, "overrides": [
                {"matcher": {"id": "byValue", "options": {"reducer": "last", "op": "gte"}}, "properties": [{"id": "unit", "value": unit}]},
            ]}}]})
        };
        let found = compare(&side("s"), &side("ms"), &Context::default());
        let place = &found.changes[0].place;
        for options in [
            r#"{"reducer":"last","op":"gte"}"#,
            r#"{"op": "gte", "reducer": "last"}"#,
        ] {
            let text = format!("panels[id=3].fieldConfig.overrides[matcher=byValue:{options}]");
            assert!(rule(&text).covers(place), "{text} and {}", place.keyed_path());
        }
        assert!(
            !rule(r#"panels[id=3].fieldConfig.overrides[matcher=byValue:{"op":"lt","reducer":"last"}]"#).covers(place)
        );
    }

    #[test]
    fn rules_cover_what_they_name_and_everything_inside() {
        let expression = &found().changes[1].place;
        assert_eq!(expression.keyed_path(), "panels[id=3].targets[refId=A].expr");
        for text in [
            "panels[id=3].targets[refId=A].expr",
            "panels[*].targets[*].expr",
            "panels[id=3]",
            "panels[title=C*]",
            "panels[*].*[refId=A].e*r",
            "panels",
        ] {
            assert!(rule(text).covers(expression), "{text}");
        }
        for text in [
            "panels[id=30]",
            "panels[id=3].targets[refId=B]",
            "panels[id=3].title",
            "time",
            "panels[0]",
        ] {
            assert!(!rule(text).covers(expression), "{text}");
        }
    }

    #[test]
    fn what_is_covered_is_taken_out_and_unused_rules_are_named() {
        let rules = [rule("time"), rule("panels[id=9]")];
        let result = IgnoreRule::apply(&rules, found());
        assert_eq!(result.kept.changes.len(), 1);
        assert_eq!(result.ignored.len(), 1);
        assert_eq!(result.unused, [rule("panels[id=9]")]);
    }

    #[test]
    fn every_path_that_is_printed_can_be_read_again() {
        let place = Place::new(vec![
            Step::Key("templating".into()),
            Step::Key("list".into()),
            Step::Item {
                field: "name",
                value: "a]b\\c".into(),
                label: None,
                noun: None,
            },
            Step::Key("odd.key".into()),
            Step::Index(2),
        ]);
        assert!(rule(&place.keyed_path()).covers(&place), "{}", place.keyed_path());
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |text: &str| text.parse::<IgnoreRule>().unwrap_err();
        assert_eq!(error(" "), IgnoreRuleError::Empty);
        assert_eq!(error("panels[id=3"), IgnoreRuleError::Bracket(6));
        assert_eq!(error("panels]x"), IgnoreRuleError::Bracket(6));
        assert_eq!(error("panels[x].y"), IgnoreRuleError::Element("x".to_owned()));
        assert_eq!(error("a..b"), IgnoreRuleError::MissingKey(1));
        assert_eq!(error(".a"), IgnoreRuleError::MissingKey(0));
    }

    #[test]
    fn a_rule_that_names_nothing_is_told_from_one_that_has_nothing_to_cover() {
        let dashboard = json!({"title": "T", "time": {"from": "now-6h"}, "panels": [
            {"id": 1, "type": "row", "panels": [{"id": 3, "title": "CPU", "targets": [{"refId": "A", "expr": "up"}]}]}],
            "templating": {"list": [{"name": "node", "current": {}}]}});
        for text in [
            "time",
            "time.from",
            "panels[id=3].targets[refId=A].expr",
            "panels[*].targets[*].expr",
            "panels[title=C*]",
            "templating.list[name=node].current",
            "templating.list[0]",
            "panels[id=3].*",
        ] {
            assert!(rule(text).names_something_in(&dashboard), "{text}");
        }
        for text in [
            "tme",
            "panels[id=9]",
            "panels[id=3].targets[refId=B]",
            "templating.list[name=x]",
            "title.x",
            "panels[*].nope",
        ] {
            assert!(!rule(text).names_something_in(&dashboard), "{text}");
        }
    }
}
