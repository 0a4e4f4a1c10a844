//! The overlay that makes one classic dashboard of another.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{FIELD, change_all, is_v2};

/// What keeps a difference from being said as an overlay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an overlay can't say it: {0}")]
pub struct Unsayable(String);

/// The overlay that makes `after` of `before`, in the names that people know; nothing where they are the same.
///
/// # Errors
///
/// A difference that overlays have no words for, such as panels in another order.
pub fn overlay_between(before: &Value, after: &Value) -> Result<Option<Value>, Unsayable> {
    if before == after {
        return Ok(None);
    }
    if is_v2(before) || is_v2(after) {
        return Err(Unsayable(
            "the differences of v2 dashboards are not made into overlays yet".into(),
        ));
    }
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        return Err(Unsayable("it is no dashboard".into()));
    };
    let lists = ["panels", "templating", "annotations", "links"];
    let of_fields = |all: &Map<String, Value>| -> Map<String, Value> {
        let others = all.iter().filter(|(key, _)| !lists.contains(&key.as_str()));
        others.map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let mut made = patch(&of_fields(old), &of_fields(new));
    panels(before, after, &mut made);
    for (noun, pointer, name) in [
        ("variable", "/templating/list", "name"),
        ("annotation", "/annotations/list", "name"),
        ("link", "/links", "title"),
    ] {
        things(before, after, (noun, pointer, name), &mut made);
    }
    let made = Value::Object(made);
    let mut check = before.clone();
    change_all(&mut check, &made, None).map_err(|error| Unsayable(error.to_string()))?;
    match first_difference(&check, after, "") {
        None => Ok(Some(made)),
        Some(place) => Err(Unsayable(format!("it would not come to the same at {place}"))),
    }
}

/// A JSON merge patch (RFC 7396).
fn patch(before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
    let mut made = Map::new();
    for (key, new) in after {
        match (before.get(key), new) {
            (Some(old), new) if old == new => {}
            (Some(Value::Object(old)), Value::Object(new)) => {
                made.insert(key.clone(), Value::Object(patch(old, new)));
            }
            _ => {
                made.insert(key.clone(), new.clone());
            }
        }
    }
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    made.extend(gone.map(|key| (key.clone(), Value::Null)));
    made
}

/// Where two values differ first.
fn first_difference(one: &Value, other: &Value, at: &str) -> Option<String> {
    match (one, other) {
        _ if one == other => None,
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            keys.into_iter().find_map(|key| {
                let place = format!("{at}/{key}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => first_difference(a, b, &place),
                    _ => Some(place),
                }
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(index, (a, b))| first_difference(a, b, &format!("{at}/{index}")))
        }
        _ => Some(if at.is_empty() {
            "the whole".to_owned()
        } else {
            at.to_owned()
        }),
    }
}

/// Things of a list that have names of their own.
fn things(before: &Value, after: &Value, (noun, pointer, name): (&str, &str, &str), made: &mut Map<String, Value>) {
    let (old, new) = (before.pointer(pointer), after.pointer(pointer));
    if old == new {
        return;
    }
    let top = pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
    let items = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let (old, new) = (items(old), items(new));
    let text = |item: &Value| item.get(name).and_then(Value::as_str).map(str::to_owned);
    let names = |list: &[Value]| -> Option<Vec<String>> {
        let names: Vec<String> = list.iter().map(text).collect::<Option<_>>()?;
        let distinct: BTreeSet<&String> = names.iter().collect();
        (distinct.len() == names.len()).then_some(names)
    };
    let whole = |made: &mut Map<String, Value>| {
        if let Some(value) = after.get(top) {
            made.insert(top.to_owned(), value.clone());
        }
    };
    // Whatever isn't said name by name is said as a whole.
    let (Some(old_names), Some(new_names)) = (names(&old), names(&new)) else {
        return whole(made);
    };
    let kept: Vec<&String> = old_names.iter().filter(|name| new_names.contains(name)).collect();
    let in_order = new_names.iter().take(kept.len()).eq(kept.iter().copied());
    if !in_order || before.get(top).is_none() {
        return whole(made);
    }
    for (item, name) in old.iter().zip(&old_names) {
        let key = format!("{noun} \"{name}\"");
        match new_names.iter().position(|other| other == name).map(|at| &new[at]) {
            None => {
                made.insert(key, Value::Null);
            }
            Some(other) => {
                if let (Value::Object(a), Value::Object(b)) = (item, other)
                    && a != b
                {
                    made.insert(key, Value::Object(patch(a, b)));
                }
            }
        }
    }
    for (item, fresh) in new.iter().zip(&new_names).filter(|(_, name)| !old_names.contains(name)) {
        let mut fields = item.as_object().cloned().unwrap_or_default();
        fields.shift_remove(name);
        made.insert(format!("new {noun} \"{fresh}\""), Value::Object(fields));
    }
}

/// A panel of either side with its id.
struct Known<'v> {
    id: u64,
    title: &'v str,
    panel: &'v Map<String, Value>,
}

fn known(dashboard: &Value) -> Option<Vec<Known<'_>>> {
    let all: Option<Vec<Known<'_>>> = super::super::panels(dashboard)
        .into_iter()
        .map(|panel| {
            Some(Known {
                id: panel.get("id")?.as_u64()?,
                title: super::super::title(panel),
                panel: panel.as_object()?,
            })
        })
        .collect();
    let all = all?;
    let ids: BTreeSet<u64> = all.iter().map(|panel| panel.id).collect();
    (ids.len() == all.len()).then_some(all)
}

fn panels(before: &Value, after: &Value, made: &mut Map<String, Value>) {
    if before.get("panels") == after.get("panels") {
        return;
    }
    let (Some(old), Some(new)) = (known(before), known(after)) else {
        if let Some(panels) = after.get("panels") {
            made.insert("panels".into(), panels.clone());
        }
        return;
    };
    let kind = |panel: &Known<'_>| match panel.panel.get("type").and_then(Value::as_str) {
        Some("row") => "row",
        _ => "panel",
    };
    for one in &old {
        let noun = kind(one);
        let namesakes = old
            .iter()
            .filter(|other| other.title == one.title && kind(other) == noun);
        let is_plain = !one.title.is_empty() && !one.title.contains('"');
        let key = match is_plain && namesakes.count() == 1 {
            true => format!("{noun} \"{}\"", one.title),
            false => format!("{noun} {}", one.id),
        };
        match new.iter().find(|other| other.id == one.id) {
            None => {
                made.insert(key, Value::Null);
            }
            Some(other) => {
                // Panels in a row are told by themselves.
                let change = patch(&without_panels(one.panel), &without_panels(other.panel));
                if !change.is_empty() {
                    made.insert(key, Value::Object(in_short(one.panel, other.panel, change)));
                }
            }
        }
    }
    for one in new.iter().filter(|one| !old.iter().any(|other| other.id == one.id)) {
        let mut fields = one.panel.clone();
        fields.shift_remove("title");
        if let Some(place) = fields.shift_remove("gridPos") {
            fields.insert("place".into(), place);
        }
        made.insert(format!("new {} \"{}\"", kind(one), one.title), Value::Object(fields));
    }
}

fn without_panels(panel: &Map<String, Value>) -> Map<String, Value> {
    let fields = panel.iter().filter(|(key, _)| *key != "panels");
    fields.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The change of a panel in the words that overlays have for it.
fn in_short(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    mut change: Map<String, Value>,
) -> Map<String, Value> {
    if let Some(place) = change.shift_remove("gridPos") {
        change.insert("place".into(), place);
    }
    if let Some(Value::Object(fields)) = change.get("fieldConfig")
        && let (1, Some(Value::Object(defaults))) = (fields.len(), fields.get("defaults"))
        && defaults.keys().all(|key| FIELD.contains(&key.as_str()))
    {
        let defaults = defaults.clone();
        change.shift_remove("fieldConfig");
        change.extend(defaults);
    }
    if change.contains_key("targets")
        && let Some(queries) = queries(before.get("targets"), after.get("targets"))
    {
        change.shift_remove("targets");
        change.extend(queries);
    }
    change
}

/// The changes of queries by their letters, where no letter came and all keep their order.
fn queries(before: Option<&Value>, after: Option<&Value>) -> Option<Map<String, Value>> {
    let letters = |list: &[Value]| -> Option<Vec<String>> {
        let letter = |query: &Value| query.get("refId").and_then(Value::as_str).map(str::to_owned);
        let letters: Vec<String> = list.iter().map(letter).collect::<Option<_>>()?;
        let distinct: BTreeSet<&String> = letters.iter().collect();
        (distinct.len() == letters.len()).then_some(letters)
    };
    let (before, after) = (before?.as_array()?, after?.as_array()?);
    let (old, new) = (letters(before)?, letters(after)?);
    let kept: Vec<&String> = old.iter().filter(|letter| new.contains(letter)).collect();
    if !kept.into_iter().eq(&new) {
        return None;
    }
    let mut made = Map::new();
    for (query, letter) in before.iter().zip(&old) {
        let key = format!("query \"{letter}\"");
        match new.iter().position(|other| other == letter) {
            None => {
                made.insert(key, Value::Null);
            }
            Some(at) if after[at] != *query => {
                made.insert(key, Value::Object(patch(query.as_object()?, after[at].as_object()?)));
            }
            Some(_) => {}
        }
    }
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::super::tests::dashboard;
    use super::*;
    use serde_json::json;

    fn made(change: impl FnOnce(&mut Value)) -> Result<Option<Value>, String> {
        let before = dashboard();
        let mut after = before.clone();
        change(&mut after);
        let made = overlay_between(&before, &after).map_err(|error| error.to_string())?;
        if let Some(patch) = &made {
            let mut check = before;
            change_all(&mut check, patch, None).unwrap();
            assert_eq!(check, after);
        }
        Ok(made)
    }

    #[test]
    fn edits_become_the_words_of_an_overlay() {
        let found = made(|after| {
            after["refresh"] = json!("1m");
            after["panels"][0]["fieldConfig"]["defaults"]["unit"] = json!("percent");
            after["panels"][0]["targets"][1]["expr"] = json!("changed");
            after["panels"][0]["gridPos"]["w"] = json!(6);
            after["panels"][2]["panels"][0]["title"] = json!("Inside");
            after["templating"]["list"][0]["hide"] = json!(2);
            after["links"] = json!([{"title": "Docs", "url": "http://x"}]);
        });
        let expected = json!({
            "refresh": "1m",
            "panel \"CPU usage\"": {"place": {"w": 6}, "unit": "percent", "query \"B\"": {"expr": "changed"}},
            "panel 4": {"title": "Inside"},
            "variable \"job\"": {"hide": 2},
            "links": [{"title": "Docs", "url": "http://x"}],
        });
        assert_eq!(found.unwrap().unwrap(), expected);
    }

    #[test]
    fn what_came_and_went_is_said() {
        let found = made(|after| {
            after["panels"].as_array_mut().unwrap().remove(1);
            after["panels"]
                .as_array_mut()
                .unwrap()
                .push(json!({"id": 9, "type": "text", "title": "New",
                "gridPos": {"x": 0, "y": 20, "w": 24, "h": 3}}));
            after["templating"]["list"]
                .as_array_mut()
                .unwrap()
                .push(json!({"name": "zone", "type": "custom"}));
        });
        let expected = json!({
            "panel 2": null,
            "new panel \"New\"": {"id": 9, "type": "text", "place": {"x": 0, "y": 20, "w": 24, "h": 3}},
            "new variable \"zone\"": {"type": "custom"},
        });
        assert_eq!(found.unwrap().unwrap(), expected);
        assert_eq!(made(|_| {}), Ok(None));
    }

    #[test]
    fn what_has_no_words_is_an_error_that_names_the_place() {
        let swapped = made(|after| after["panels"].as_array_mut().unwrap().swap(0, 1));
        assert!(swapped.unwrap_err().contains("/panels/0"));
        let nothing = made(|after| after["panels"][0]["description"] = Value::Null);
        assert!(nothing.unwrap_err().contains("/panels/0/description"));
    }
}
