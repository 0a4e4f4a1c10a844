//! How does a thing that an overlay names get changed, taken away, moved or made?

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::names::{Called, Found, Key, Noun, Thing, find, one_of, panels, text};
use super::{FIELD, is_v2, layout, new, rows};

/// Keys of a v2 panel's drawing.
const DRAWING: [&str; 2] = ["options", "fieldConfig"];
/// What a new panel measures where nothing is said.
pub(super) const NEW: (u64, u64) = (12, 8);

/// What is wrong with a change, and in which of its keys.
pub(super) enum Wrong {
    Here(String),
    Inside(String, String),
}

impl From<String> for Wrong {
    fn from(what: String) -> Self {
        Self::Here(what)
    }
}

/// Changes the thing that a key names. `version` is that of the v2 form that the dashboard has.
pub(super) fn apply(
    dashboard: &mut Value,
    thing: &Thing<'_>,
    change: &Value,
    version: Option<&str>,
) -> Result<(), Wrong> {
    if thing.is_new {
        return add(dashboard, thing, change, version);
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
        (Noun::Row | Noun::Tab, v2) => return container(dashboard, (thing.noun, v2), &pointer, change),
        (_, true) => merge(dashboard, &format!("{pointer}/spec"), change),
        (_, false) => merge(dashboard, &pointer, change),
    }
    Ok(())
}

/// A row or a tab: its own fields, and its turn among the others.
fn container(
    dashboard: &mut Value,
    (noun, v2): (Noun, bool),
    pointer: &str,
    change: &Map<String, Value>,
) -> Result<(), Wrong> {
    let mut own = change.clone();
    let place = own.shift_remove("place");
    match v2 {
        true => merge(dashboard, &format!("{pointer}/spec"), &own),
        false => merge(dashboard, pointer, &own),
    }
    let Some(place) = place else { return Ok(()) };
    let turned = match v2 {
        true => layout::turn(dashboard, pointer, noun, &place),
        false => rows::turn(dashboard, pointer, &place),
    };
    turned.map_err(|what| Wrong::Inside("place".into(), what))
}

fn merge(dashboard: &mut Value, pointer: &str, change: &Map<String, Value>) {
    if let Some(target) = dashboard.pointer_mut(pointer) {
        json_patch::merge(target, &Value::Object(change.clone()));
    }
}

fn remove(dashboard: &mut Value, pointer: &str) {
    let Some((parent, last)) = pointer.rsplit_once('/') else {
        return;
    };
    let last = last.replace("~1", "/").replace("~0", "~");
    let shown = layout::shown(dashboard, pointer);
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
    // Whatever was shown there alone goes with it.
    let elsewhere: HashSet<String> = layout::shown(dashboard, "/layout").into_iter().collect();
    if let Some(elements) = dashboard.get_mut("elements").and_then(Value::as_object_mut) {
        elements.retain(|name, _| !shown.contains(name) || elsewhere.contains(name));
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

pub(super) fn panel(dashboard: &mut Value, pointer: &str, change: &Map<String, Value>) -> Result<(), Wrong> {
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
        return layout::place(dashboard, pointer, wanted);
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

fn add(dashboard: &mut Value, thing: &Thing<'_>, change: &Value, version: Option<&str>) -> Result<(), Wrong> {
    let Called::Name(name) = thing.name else {
        return Err("what is new has a name in quotes".to_owned().into());
    };
    if find(dashboard, thing).is_ok() {
        return Err(format!("there is such a {} already", thing.noun.word()).into());
    }
    let Value::Object(fields) = change else {
        return Err("it has keys and values".to_owned().into());
    };
    let version = version.filter(|_| is_v2(dashboard));
    let (list, key) = match (thing.noun, version) {
        (Noun::Variable, None) => ("/templating/list", "name"),
        (Noun::Annotation, None) => ("/annotations/list", "name"),
        (Noun::Variable, Some(_)) => ("/variables", "name"),
        (Noun::Annotation, Some(_)) => ("/annotations", "name"),
        (Noun::Link, _) => ("/links", "title"),
        (Noun::Panel | Noun::Row, None) => return new_panel(dashboard, (thing.noun, name), fields),
        (Noun::Panel, Some(version)) => return new::element(dashboard, name, fields, version),
        (Noun::Row | Noun::Tab, Some(_)) => {
            let pointer = layout::new_container(dashboard, thing, name)?;
            return container(dashboard, (thing.noun, true), &pointer, fields);
        }
        (noun, _) => return Err(format!("a new {} can't be said here; change the file", noun.word()).into()),
    };
    let mut made = Map::new();
    made.insert(key.to_owned(), name.into());
    made.extend(fields.clone());
    let made = match (thing.noun, version) {
        (Noun::Variable, Some(version)) => new::variable(made, version)?,
        (Noun::Annotation, Some(version)) => new::annotation(made, version)?,
        _ => Value::Object(made),
    };
    if dashboard.pointer(list).is_none() {
        json_patch::merge(dashboard, &nested(list, json!([])));
    }
    match dashboard.pointer_mut(list).and_then(Value::as_array_mut) {
        Some(list) => list.push(made),
        None => return Err(format!("{list} is no list").into()),
    }
    Ok(())
}

fn nested(pointer: &str, value: Value) -> Value {
    let keys = pointer.trim_start_matches('/').rsplit('/');
    keys.fold(value, |value, key| json!({key: value}))
}

fn new_panel(dashboard: &mut Value, (noun, title): (Noun, &str), fields: &Map<String, Value>) -> Result<(), Wrong> {
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
        list.push(match noun {
            Noun::Row => json!({"id": id + 1, "type": "row", "title": title, "collapsed": false, "panels": [],
                "gridPos": {"x": 0, "y": bottom, "w": 24, "h": 1}}),
            _ => json!({"id": id + 1, "title": title, "gridPos": {"x": 0, "y": bottom, "w": NEW.0, "h": NEW.1}}),
        });
        list.len() - 1
    });
    let pointer = format!("/panels/{}", at.sum::<usize>());
    match noun {
        // Where a row's cell is said, that is meant; below another one it goes with all that follows.
        Noun::Row if fields.get("place").is_some_and(|place| place.get("below").is_some()) => {
            container(dashboard, (noun, false), &pointer, fields)
        }
        _ => panel(dashboard, &pointer, fields),
    }
}
