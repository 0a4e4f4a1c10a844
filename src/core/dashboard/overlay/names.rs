//! What a key of an overlay names, and where that is in a dashboard.

use std::fmt;

use serde_json::Value;

use super::{is_v2, layout};
use crate::nearest::did_you_mean;

/// A key of an overlay.
pub(super) enum Key<'k> {
    Field(&'k str),
    Thing(Thing<'k>),
}

/// What a key names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thing<'k> {
    pub(super) noun: Noun,
    pub(super) name: Called<'k>,
    pub(super) is_new: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Noun {
    Panel,
    Row,
    Tab,
    Variable,
    Annotation,
    Link,
    Query,
    Override,
}

/// By which name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Called<'k> {
    Name(&'k str),
    Id(u64),
}

impl fmt::Display for Called<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name:?}"),
            Self::Id(id) => write!(f, "{id}"),
        }
    }
}

pub(super) const NOUNS: [(&str, Noun); 8] = [
    ("panel", Noun::Panel),
    ("row", Noun::Row),
    ("tab", Noun::Tab),
    ("variable", Noun::Variable),
    ("annotation", Noun::Annotation),
    ("link", Noun::Link),
    ("query", Noun::Query),
    ("override", Noun::Override),
];

impl Noun {
    pub(super) fn word(self) -> &'static str {
        NOUNS
            .iter()
            .find(|(_, noun)| *noun == self)
            .map_or("", |(word, _)| word)
    }
}

impl<'k> Key<'k> {
    /// `refresh`, `panel "CPU"`, `panel 3`, `new panel "CPU"`.
    pub(super) fn parse(key: &'k str) -> Result<Self, String> {
        let Some((first, rest)) = key.split_once(' ') else {
            return Ok(Self::Field(key));
        };
        let (is_new, word, rest) = match (first, rest.split_once(' ')) {
            ("new", Some((word, rest))) => (true, word, rest),
            _ => (false, first, rest),
        };
        let Some((_, noun)) = NOUNS.iter().find(|(noun, _)| *noun == word) else {
            let known = NOUNS.iter().map(|(noun, _)| *noun);
            let meant = did_you_mean(word, known.clone());
            let all = known.collect::<Vec<_>>().join(", ");
            return Err(format!("a key of two words begins with what it names ({all}){meant}"));
        };
        let quoted = rest.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let name = match (quoted, rest.parse()) {
            (Some(name), _) => Called::Name(name),
            (None, Ok(id)) => Called::Id(id),
            (None, Err(_)) => Called::Name(rest),
        };
        Ok(Self::Thing(Thing {
            noun: *noun,
            name,
            is_new,
        }))
    }
}

/// Something that a key may name, and where it is.
pub(super) struct Found {
    pub(super) pointer: String,
    pub(super) name: String,
    pub(super) id: Option<u64>,
}

/// The one thing that is meant.
pub(super) fn find(dashboard: &Value, thing: &Thing<'_>) -> Result<String, String> {
    let all = candidates(dashboard, thing.noun);
    one_of(&all, thing)
}

pub(super) fn one_of(all: &[Found], thing: &Thing<'_>) -> Result<String, String> {
    let is_meant = |found: &&Found| match thing.name {
        Called::Name(name) => found.name == name,
        // A title may be a number as well.
        Called::Id(id) => found.id == Some(id) || found.name == id.to_string(),
    };
    let word = thing.noun.word();
    let mut meant = all.iter().filter(is_meant);
    match (meant.next(), meant.next()) {
        (Some(found), None) => Ok(found.pointer.clone()),
        (None, _) => {
            let name = match thing.name {
                Called::Name(name) => name.to_owned(),
                Called::Id(id) => id.to_string(),
            };
            let nearest = did_you_mean(&name, all.iter().map(|found| found.name.as_str()));
            Err(format!("there is no such {word}{nearest}"))
        }
        (Some(_), Some(_)) => {
            let ids = all.iter().filter(is_meant).filter_map(|found| found.id);
            let ids: Vec<String> = ids.map(|id| format!("{word} {id}")).collect();
            let way = match ids.is_empty() {
                true => String::new(),
                false => format!(": name one by its id, as in {}", ids.join(" or ")),
            };
            Err(format!("there are several of that name{way}"))
        }
    }
}

fn candidates(dashboard: &Value, noun: Noun) -> Vec<Found> {
    let mut all = Vec::new();
    let v2 = is_v2(dashboard);
    let mut list = |pointer: &str, name: &str| {
        let items = dashboard.pointer(pointer).and_then(Value::as_array);
        for (at, item) in items.into_iter().flatten().enumerate() {
            all.push(Found {
                pointer: format!("{pointer}/{at}"),
                name: text(item, name),
                id: None,
            });
        }
    };
    match (noun, v2) {
        (Noun::Variable, false) => list("/templating/list", "/name"),
        (Noun::Variable, true) => list("/variables", "/spec/name"),
        (Noun::Annotation, false) => list("/annotations/list", "/name"),
        (Noun::Annotation, true) => list("/annotations", "/spec/name"),
        (Noun::Link, _) => list("/links", "/title"),
        (Noun::Row | Noun::Tab, true) => all = layout::containers(dashboard, noun),
        (Noun::Row, false) => {
            list("/rows", "/title");
            panels(dashboard, "", &mut |found, kind| {
                if kind == "row" {
                    all.push(found)
                }
            });
        }
        (Noun::Panel, false) => panels(dashboard, "", &mut |found, kind| {
            if kind != "row" {
                all.push(found)
            }
        }),
        (Noun::Panel, true) => {
            for (name, element) in dashboard["elements"].as_object().into_iter().flatten() {
                all.push(Found {
                    pointer: format!("/elements/{}", name.replace('~', "~0").replace('/', "~1")),
                    name: text(element, "/spec/title"),
                    id: element.pointer("/spec/id").and_then(Value::as_u64),
                });
            }
        }
        (Noun::Tab, false) | (Noun::Query | Noun::Override, _) => {}
    }
    all
}

/// Every panel and row of a classic dashboard, wherever it lies.
pub(super) fn panels(holder: &Value, pointer: &str, each: &mut dyn FnMut(Found, &str)) {
    for key in ["panels", "rows"] {
        let items = holder.get(key).and_then(Value::as_array);
        for (at, item) in items.into_iter().flatten().enumerate() {
            let pointer = format!("{pointer}/{key}/{at}");
            if key == "panels" {
                let found = Found {
                    pointer: pointer.clone(),
                    name: text(item, "/title"),
                    id: item.get("id").and_then(Value::as_u64),
                };
                each(found, item.get("type").and_then(Value::as_str).unwrap_or_default());
            }
            panels(item, &pointer, each);
        }
    }
}

pub(super) fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
