//! Changes on top of a dashboard, by the names that people know: what stays when the dashboard gets a new revision.
//!
//! An overlay is a JSON merge patch (RFC 7396) in which a key may name a thing instead of a field:
//!
//! ```yaml
//! refresh: 1m                          # a field of the dashboard
//! panel "CPU usage":                   # by title, or by id: panel 3
//!   unit: percent                      # field settings by their own names
//!   query "A": {legendFormat: "{{pod}}"}
//!   place: {below: panel "Memory"}     # or {x: 0, y: 0, w: 12, h: 8}
//! panel "Old": null                    # goes
//! new panel "Headroom": {type: stat, targets: [{refId: A, expr: up}]}
//! variable "job": {hide: 2}
//! ```
//!
//! What names nothing, or two things, is an error: an overlay that has lost its dashboard must be heard of.

mod between;

pub use between::{Unsayable, overlay_between};

use std::fmt;

use serde_json::{Map, Value, json};

use crate::nearest::did_you_mean;

/// Settings of a panel's fields that may be named without the way to them.
const FIELD: [&str; 11] = [
    "unit",
    "min",
    "max",
    "decimals",
    "displayName",
    "noValue",
    "thresholds",
    "mappings",
    "color",
    "custom",
    "filterable",
];
/// Keys of a v2 panel's drawing.
const DRAWING: [&str; 2] = ["options", "fieldConfig"];
/// Fields of a dashboard, classic and v2: a key that is none of these, and isn't in the dashboard, is a slip.
const FIELDS: [&str; 26] = [
    "annotations",
    "cursorSync",
    "description",
    "editable",
    "elements",
    "fiscalYearStartMonth",
    "graphTooltip",
    "layout",
    "links",
    "liveNow",
    "panels",
    "preload",
    "preferences",
    "refresh",
    "rows",
    "schemaVersion",
    "style",
    "tags",
    "templating",
    "time",
    "timeSettings",
    "timepicker",
    "timezone",
    "title",
    "variables",
    "weekStart",
];
/// What a new panel measures where nothing is said.
const NEW: (u64, u64) = (12, 8);

/// Why an overlay can't be applied: where in it, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("overlay: {place}: {what}")]
pub struct OverlayError {
    place: String,
    what: String,
}

impl OverlayError {
    fn new(place: impl fmt::Display, what: impl fmt::Display) -> Self {
        Self {
            place: place.to_string(),
            what: what.to_string(),
        }
    }
}

/// Applies an overlay to the content of a dashboard of either form.
///
/// # Errors
///
/// A key that names nothing or two things, or something that this form can't hold. The dashboard is not to be used then.
pub fn overlay(dashboard: &mut Value, overlay: &Value) -> Result<(), OverlayError> {
    let Value::Object(changes) = overlay else {
        return Err(OverlayError::new("the whole", "it has keys and values"));
    };
    for (key, change) in changes {
        match Key::parse(key).map_err(|what| OverlayError::new(key, what))? {
            Key::Field(field) => {
                if dashboard.get(field).is_none() && !FIELDS.contains(&field) {
                    let there = dashboard.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
                    let meant = did_you_mean(field, FIELDS.into_iter().chain(there));
                    return Err(OverlayError::new(key, format!("a dashboard has no such key{meant}")));
                }
                json_patch::merge(dashboard, &json!({field: change}));
            }
            Key::Thing(thing) => apply(dashboard, &thing, change).map_err(|what| match what {
                Wrong::Here(what) => OverlayError::new(key, what),
                Wrong::Inside(inside, what) => OverlayError::new(format!("{key}: {inside}"), what),
            })?,
        }
    }
    Ok(())
}

/// What is wrong with a change, and in which of its keys.
enum Wrong {
    Here(String),
    Inside(String, String),
}

impl From<String> for Wrong {
    fn from(what: String) -> Self {
        Self::Here(what)
    }
}

/// A key of an overlay.
enum Key<'k> {
    Field(&'k str),
    Thing(Thing<'k>),
}

/// What a key names.
#[derive(Debug, Clone, Copy)]
struct Thing<'k> {
    noun: Noun,
    name: Called<'k>,
    is_new: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Noun {
    Panel,
    Row,
    Variable,
    Annotation,
    Link,
    Query,
    Override,
}

/// By which name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Called<'k> {
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

const NOUNS: [(&str, Noun); 7] = [
    ("panel", Noun::Panel),
    ("row", Noun::Row),
    ("variable", Noun::Variable),
    ("annotation", Noun::Annotation),
    ("link", Noun::Link),
    ("query", Noun::Query),
    ("override", Noun::Override),
];

impl Noun {
    fn word(self) -> &'static str {
        NOUNS
            .iter()
            .find(|(_, noun)| *noun == self)
            .map_or("", |(word, _)| word)
    }
}

impl<'k> Key<'k> {
    /// `refresh`, `panel "CPU"`, `panel 3`, `new panel "CPU"`.
    fn parse(key: &'k str) -> Result<Self, String> {
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
struct Found {
    pointer: String,
    name: String,
    id: Option<u64>,
}

fn apply(dashboard: &mut Value, thing: &Thing<'_>, change: &Value) -> Result<(), Wrong> {
    if thing.is_new {
        return add(dashboard, thing, change);
    }
    if matches!(thing.noun, Noun::Query | Noun::Override) {
        return Err(format!("a {} is named inside of its panel", thing.noun.word()).into());
    }
    let pointer = find(dashboard, thing)?;
    if change.is_null() {
        remove(dashboard, &pointer);
        return Ok(());
    }
    let Value::Object(change) = change else {
        return Err("it has keys and values, or null to take it away".to_owned().into());
    };
    // In the v2 form all but links lies in a `spec` of their own.
    let has_spec = is_v2(dashboard) && thing.noun != Noun::Link;
    match (thing.noun, has_spec) {
        (Noun::Panel, _) => return panel(dashboard, &pointer, change),
        (_, true) => merge(dashboard, &format!("{pointer}/spec"), change),
        (_, false) => merge(dashboard, &pointer, change),
    }
    Ok(())
}

fn is_v2(dashboard: &Value) -> bool {
    dashboard.get("elements").is_some_and(Value::is_object)
}

fn merge(dashboard: &mut Value, pointer: &str, change: &Map<String, Value>) {
    if let Some(target) = dashboard.pointer_mut(pointer) {
        json_patch::merge(target, &Value::Object(change.clone()));
    }
}

/// The one thing that is meant.
fn find(dashboard: &Value, thing: &Thing<'_>) -> Result<String, String> {
    let all = candidates(dashboard, thing.noun);
    one_of(&all, thing)
}

fn one_of(all: &[Found], thing: &Thing<'_>) -> Result<String, String> {
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
        (Noun::Row, true) => list("/layout/spec/rows", "/spec/title"),
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
        (Noun::Query | Noun::Override, _) => {}
    }
    all
}

/// Every panel and row of a classic dashboard, wherever it lies.
fn panels(holder: &Value, pointer: &str, each: &mut dyn FnMut(Found, &str)) {
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

fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn remove(dashboard: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else {
        return;
    };
    let last = last.replace("~1", "/").replace("~0", "~");
    match dashboard.pointer_mut(parent) {
        Some(Value::Array(list)) => {
            if let Ok(at) = last.parse::<usize>() {
                list.remove(at);
            }
        }
        Some(Value::Object(map)) => {
            map.shift_remove(&last);
        }
        _ => {}
    }
    // What isn't there any more has no place.
    if parent == "/elements"
        && let Some(layout) = dashboard.get_mut("layout")
    {
        forget(layout, &last);
    }
}

fn forget(layout: &mut Value, element: &str) {
    match layout {
        Value::Array(list) => {
            list.retain(|item| text(item, "/spec/element/name") != element);
            list.iter_mut().for_each(|item| forget(item, element));
        }
        Value::Object(map) => map.values_mut().for_each(|value| forget(value, element)),
        _ => {}
    }
}

fn panel(dashboard: &mut Value, pointer: &str, change: &Map<String, Value>) -> Result<(), Wrong> {
    let v2 = is_v2(dashboard);
    let (root, drawing, queries) = match v2 {
        true => (
            format!("{pointer}/spec"),
            format!("{pointer}/spec/vizConfig/spec"),
            format!("{pointer}/spec/data/spec/queries"),
        ),
        false => (pointer.to_owned(), pointer.to_owned(), format!("{pointer}/targets")),
    };
    for (key, value) in change {
        let inside = |what: String| Wrong::Inside(key.clone(), what);
        match Key::parse(key).map_err(inside)? {
            Key::Field("place") => place(dashboard, pointer, value).map_err(inside)?,
            Key::Field(field) if FIELD.contains(&field) => {
                let nested = json!({"fieldConfig": {"defaults": {field: value}}});
                merge_value(dashboard, &drawing, &nested);
            }
            Key::Field(field) if DRAWING.contains(&field) => merge_value(dashboard, &drawing, &json!({field: value})),
            Key::Field(field) => merge_value(dashboard, &root, &json!({field: value})),
            Key::Thing(thing) if thing.is_new => {
                return Err(inside(
                    "a list of a panel is given as a whole where something is new in it".into(),
                ));
            }
            Key::Thing(thing) => {
                let (list, name, target) = match thing.noun {
                    Noun::Query if v2 => (queries.clone(), "/spec/refId", "/spec/query/spec"),
                    Noun::Query => (queries.clone(), "/refId", ""),
                    Noun::Override => (format!("{drawing}/fieldConfig/overrides"), "/matcher/options", ""),
                    Noun::Link => (format!("{root}/links"), "/title", ""),
                    other => return Err(inside(format!("a panel has no {}", other.word()))),
                };
                let items = dashboard.pointer(&list).and_then(Value::as_array);
                let found: Vec<Found> = items
                    .into_iter()
                    .flatten()
                    .enumerate()
                    .map(|(at, item)| Found {
                        pointer: format!("{list}/{at}"),
                        name: text(item, name),
                        id: None,
                    })
                    .collect();
                let at = one_of(&found, &thing).map_err(inside)?;
                match value {
                    Value::Null => remove(dashboard, &at),
                    Value::Object(change) => merge(dashboard, &format!("{at}{target}"), change),
                    _ => return Err(inside("it has keys and values, or null to take it away".into())),
                }
            }
        }
    }
    Ok(())
}

fn merge_value(dashboard: &mut Value, pointer: &str, change: &Value) {
    if let Some(target) = dashboard.pointer_mut(pointer) {
        json_patch::merge(target, change);
    }
}

/// Where a panel goes: a part of `gridPos`, or below another panel, and what lies there goes down.
fn place(dashboard: &mut Value, pointer: &str, wanted: &Value) -> Result<(), String> {
    if is_v2(dashboard) {
        return Err("the layout of a v2 dashboard is changed in its file".into());
    }
    let below = wanted.get("below").map(|below| {
        let named = below.as_str().map(Key::parse);
        match named {
            Some(Ok(Key::Thing(thing))) if matches!(thing.noun, Noun::Panel | Noun::Row) && !thing.is_new => {
                find(dashboard, &thing)
            }
            _ => Err("below names a panel or a row, as in below: panel \"CPU\"".to_owned()),
        }
    });
    let mut change = wanted.clone();
    if let Some(below) = below {
        let below = below?;
        if below.rsplit_once('/').map(|(list, _)| list) != pointer.rsplit_once('/').map(|(list, _)| list) {
            return Err("it lies in another row than that".into());
        }
        let number = |pointer: String| dashboard.pointer(&pointer).and_then(Value::as_u64);
        let get = |of: &str, key: &str, otherwise: u64| number(format!("{of}/gridPos/{key}")).unwrap_or(otherwise);
        let y = get(&below, "y", 0) + get(&below, "h", 1);
        let x = get(&below, "x", 0);
        let height = wanted
            .get("h")
            .and_then(Value::as_u64)
            .unwrap_or_else(|| get(pointer, "h", NEW.1));
        push_down(dashboard, pointer, y, height);
        let Value::Object(change) = &mut change else {
            return Err("it has keys and values".into());
        };
        change.shift_remove("below");
        change.insert("y".into(), y.into());
        change.entry("x").or_insert_with(|| x.into());
    }
    match change.is_object() {
        true => {
            merge_value(dashboard, pointer, &json!({"gridPos": change}));
            Ok(())
        }
        false => Err("it has x, y, w and h, or below".into()),
    }
}

/// Makes room on the grid: everything beside `but` that begins there or further down goes down.
fn push_down(dashboard: &mut Value, but: &str, from: u64, by: u64) {
    let Some((list, own)) = but.rsplit_once('/') else {
        return;
    };
    let items = dashboard.pointer_mut(list).and_then(Value::as_array_mut);
    for (at, item) in items.into_iter().flatten().enumerate() {
        let inside = item.get("panels").and_then(Value::as_array).map_or(0, Vec::len);
        let y = item.pointer("/gridPos/y").and_then(Value::as_u64);
        if let Some(y) = y.filter(|y| at.to_string() != own && *y >= from) {
            item["gridPos"]["y"] = (y + by).into();
            for hidden in 0..inside {
                let place = item.pointer_mut(&format!("/panels/{hidden}/gridPos/y"));
                if let Some((place, y)) = place.and_then(|place| place.as_u64().map(|y| (place, y))) {
                    *place = (y + by).into();
                }
            }
        }
    }
}

fn add(dashboard: &mut Value, thing: &Thing<'_>, change: &Value) -> Result<(), Wrong> {
    let Called::Name(name) = thing.name else {
        return Err("what is new has a name in quotes".to_owned().into());
    };
    if find(dashboard, thing).is_ok() {
        return Err(format!("there is such a {} already", thing.noun.word()).into());
    }
    let Value::Object(fields) = change else {
        return Err("it has keys and values".to_owned().into());
    };
    let v2 = is_v2(dashboard);
    let (list, key) = match (thing.noun, v2) {
        (Noun::Variable, false) => ("/templating/list", "name"),
        (Noun::Annotation, false) => ("/annotations/list", "name"),
        (Noun::Link, _) => ("/links", "title"),
        (Noun::Panel, false) => return new_panel(dashboard, name, fields),
        (noun, _) => return Err(format!("a new {} can't be said here; change the file", noun.word()).into()),
    };
    let mut made = Map::new();
    made.insert(key.to_owned(), name.into());
    made.extend(fields.clone());
    if dashboard.pointer(list).is_none() {
        json_patch::merge(dashboard, &nested(list, json!([])));
    }
    match dashboard.pointer_mut(list).and_then(Value::as_array_mut) {
        Some(list) => list.push(Value::Object(made)),
        None => return Err(format!("{list} is no list").into()),
    }
    Ok(())
}

fn nested(pointer: &str, value: Value) -> Value {
    let keys = pointer.trim_start_matches('/').rsplit('/');
    keys.fold(value, |value, key| json!({key: value}))
}

fn new_panel(dashboard: &mut Value, title: &str, fields: &Map<String, Value>) -> Result<(), Wrong> {
    if !dashboard.get("panels").is_some_and(Value::is_array) {
        return Err("a dashboard with legacy rows gets new panels in its file"
            .to_owned()
            .into());
    }
    let (mut id, mut bottom) = (0, 0);
    panels(dashboard, "", &mut |found, _| {
        id = id.max(found.id.unwrap_or(0));
        let number = |key: &str| {
            dashboard
                .pointer(&format!("{}/gridPos/{key}", found.pointer))
                .and_then(Value::as_u64)
        };
        bottom = bottom.max(number("y").unwrap_or(0) + number("h").unwrap_or(0));
    });
    let list = dashboard["panels"].as_array_mut().into_iter();
    let at = list.map(|list| {
        list.push(json!({"id": id + 1, "title": title, "gridPos": {"x": 0, "y": bottom, "w": NEW.0, "h": NEW.1}}));
        list.len() - 1
    });
    let pointer = format!("/panels/{}", at.sum::<usize>());
    panel(dashboard, &pointer, fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn dashboard() -> Value {
        json!({"title": "D", "refresh": "5s", "tags": ["a"], "schemaVersion": 39, "templating": {"list": [{"name": "job", "type": "query"}]},
            "panels": [
                {"id": 1, "type": "timeseries", "title": "CPU usage", "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8},
                    "fieldConfig": {"defaults": {"unit": "short"}, "overrides": [{"matcher": {"id": "byName", "options": "idle"}, "properties": []}]},
                    "targets": [{"refId": "A", "expr": "up"}, {"refId": "B", "expr": "down"}]},
                {"id": 2, "type": "stat", "title": "Same", "gridPos": {"x": 12, "y": 0, "w": 12, "h": 8}},
                {"id": 3, "type": "row", "title": "Row", "gridPos": {"x": 0, "y": 8, "w": 24, "h": 1}, "collapsed": true,
                    "panels": [{"id": 4, "type": "stat", "title": "Same", "gridPos": {"x": 0, "y": 9, "w": 6, "h": 4}}]}]})
    }

    fn with(yaml: &str) -> Result<Value, String> {
        let patch: Value = serde_saphyr::from_str(yaml).unwrap();
        let mut dashboard = dashboard();
        overlay(&mut dashboard, &patch).map_err(|error| error.to_string())?;
        Ok(dashboard)
    }

    #[test]
    fn things_are_named_as_people_name_them() {
        let found = with(
            "refresh: 1m\ntags: [b]\npanel \"CPU usage\":\n  unit: percent\n  description: Mine\n  query \"A\": {legendFormat: '{{pod}}'}\n  \
             query B: null\n  override \"idle\": {properties: [{id: unit, value: s}]}\npanel 4: {title: Inside}\nvariable \"job\": {hide: 2}\n\
             row \"Row\": {title: Other}\n",
        )
        .unwrap();
        assert_eq!((&found["refresh"], &found["tags"]), (&json!("1m"), &json!(["b"])));
        let cpu = &found["panels"][0];
        assert_eq!(cpu["fieldConfig"]["defaults"]["unit"], "percent");
        assert_eq!(cpu["description"], "Mine");
        assert_eq!(
            cpu["targets"],
            json!([{"refId": "A", "expr": "up", "legendFormat": "{{pod}}"}])
        );
        assert_eq!(cpu["fieldConfig"]["overrides"][0]["properties"][0]["value"], "s");
        assert_eq!(found["panels"][2]["panels"][0]["title"], "Inside");
        assert_eq!(found["panels"][2]["title"], "Other");
        assert_eq!(
            found["templating"]["list"][0],
            json!({"name": "job", "type": "query", "hide": 2})
        );
    }

    #[test]
    fn panels_come_go_and_move_and_nothing_lies_upon_another() {
        let found = with(
            "panel 2: null\nnew panel \"Headroom\":\n  type: stat\n  unit: bytes\n  place: {below: panel \"CPU usage\", w: 6, h: 4}\n",
        )
        .unwrap();
        let place = |at: usize| &found["panels"][at]["gridPos"];
        assert_eq!(found["panels"].as_array().unwrap().len(), 3);
        assert_eq!(found["panels"][2]["id"], 5);
        assert_eq!(found["panels"][2]["fieldConfig"]["defaults"]["unit"], "bytes");
        assert_eq!(place(2), &json!({"x": 0, "y": 8, "w": 6, "h": 4}));
        assert_eq!(place(1)["y"], 12, "the row went down");
        assert_eq!(found["panels"][1]["panels"][0]["gridPos"]["y"], 13);
        let found = with("panel \"CPU usage\": {place: {x: 6, w: 6}}\n").unwrap();
        assert_eq!(found["panels"][0]["gridPos"], json!({"x": 6, "y": 0, "w": 6, "h": 8}));
        let found = with("new variable \"zone\": {type: custom, query: 'a,b'}\nnew link \"Docs\": {url: 'http://x'}\n")
            .unwrap();
        assert_eq!(found["templating"]["list"][1]["name"], "zone");
        assert_eq!(found["links"], json!([{"title": "Docs", "url": "http://x"}]));
    }

    #[test]
    fn what_names_nothing_or_two_things_is_an_error_that_knows_better() {
        for (yaml, expected) in [
            (
                "panel \"CPU usag\": {unit: s}",
                "overlay: panel \"CPU usag\": there is no such panel; did you mean \"CPU usage\"?",
            ),
            (
                "panel \"Same\": null",
                "there are several of that name: name one by its id, as in panel 2 or panel 4",
            ),
            ("panle \"CPU usage\": {}", "; did you mean \"panel\"?"),
            ("refesh: 1m", "a dashboard has no such key; did you mean \"refresh\"?"),
            (
                "panel 1: {query \"C\": {expr: x}}",
                "panel 1: query \"C\": there is no such query",
            ),
            ("new variable \"job\": {}", "there is such a variable already"),
            (
                "panel 1: {place: {below: nothing}}",
                "panel 1: place: below names a panel or a row",
            ),
            ("panel 1: 3", "it has keys and values, or null to take it away"),
            ("query \"A\": {}", "a query is named inside of its panel"),
        ] {
            let error = with(yaml).unwrap_err();
            assert!(error.contains(expected), "{yaml}: {error}");
        }
    }

    #[test]
    fn a_v2_dashboard_is_changed_by_the_same_names() {
        let element = |id: u64, title: &str| {
            json!({"kind": "Panel", "spec": {"id": id, "title": title,
            "data": {"kind": "QueryGroup", "spec": {"queries": [{"kind": "PanelQuery", "spec": {"refId": "A",
                "query": {"kind": "DataQuery", "group": "prometheus", "spec": {"expr": "up"}}}}]}},
            "vizConfig": {"kind": "VizConfig", "group": "stat", "spec": {"options": {}, "fieldConfig": {"defaults": {}, "overrides": []}}}}})
        };
        let item = |name: &str| json!({"kind": "GridLayoutItem", "spec": {"element": {"kind": "ElementReference", "name": name}}});
        let mut v2 = json!({"title": "D", "elements": {"panel-1": element(1, "CPU"), "panel-2": element(2, "RAM")},
            "variables": [{"kind": "TextVariable", "spec": {"name": "v", "hide": "dontHide"}}],
            "layout": {"kind": "GridLayout", "spec": {"items": [item("panel-1"), item("panel-2")]}}});
        let patch = json!({"panel \"CPU\"": {"unit": "s", "title": "Renamed", "query \"A\"": {"expr": "down"}}, "panel \"RAM\"": null,
            "variable \"v\"": {"hide": "hideVariable"}});
        overlay(&mut v2, &patch).unwrap();
        let cpu = &v2["elements"]["panel-1"]["spec"];
        assert_eq!(cpu["vizConfig"]["spec"]["fieldConfig"]["defaults"]["unit"], "s");
        assert_eq!(cpu["title"], "Renamed");
        assert_eq!(
            cpu["data"]["spec"]["queries"][0]["spec"]["query"]["spec"]["expr"],
            "down"
        );
        assert_eq!(v2["layout"]["spec"]["items"], json!([item("panel-1")]));
        assert!(v2["elements"].get("panel-2").is_none());
        assert_eq!(v2["variables"][0]["spec"]["hide"], "hideVariable");
    }
}
