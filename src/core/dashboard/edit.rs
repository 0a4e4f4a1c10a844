//! How does one dashboard get the changes that were made to another?
//!
//! A comparison names changes by keyed places; here they are carried out on a third document, each at the element that
//! its keys lead to. Where keys don't lead to one element – in a list without keys, or where the order changed –
//! [`whole_lists`] makes one change of the whole list. What can't be placed is told, never guessed.

use std::cmp::Reverse;

use serde_json::{Map, Value};

use super::compare::{Change, ChangeKind, Place, Step, element_name};

/// Carries out `changes` on `document`. Gives the changes that could not be placed.
pub fn apply_changes<'a>(document: &mut Value, changes: &'a [Change]) -> Vec<&'a Change> {
    let mut ordered: Vec<&Change> = changes.iter().collect();
    ordered.sort_by_key(|change| turn(change));
    let mut open = Vec::new();
    for change in ordered {
        if carry_out(document, change).is_none() {
            open.push(change);
        }
    }
    open
}

/// Positions in a list hold until something comes or goes: first what stays, then what goes, from the back, then what
/// comes, from the front.
fn turn(change: &Change) -> (u8, Reverse<usize>, usize) {
    match (change.place.steps().last(), change.kind) {
        (Some(Step::Index(at)), ChangeKind::Removed) => (1, Reverse(*at), 0),
        (Some(Step::Index(at)), ChangeKind::Added) => (2, Reverse(0), *at),
        _ => (0, Reverse(0), 0),
    }
}

/// The changes from `before` to `after`, told so that they can be carried out elsewhere: what lies in a list whose elements
/// no key tells apart, or stand in another order than the changes one by one would leave, becomes one change of the whole
/// list.
pub fn whole_lists(changes: Vec<Change>, before: &Value, after: &Value) -> Vec<Change> {
    let lists: Vec<Place> = changes
        .iter()
        .filter_map(|change| list_of(change, before, after))
        .collect();
    // Of lists in one another, the outermost.
    let holder = |change: &Change| {
        let around = lists
            .iter()
            .filter(|list| change.place.steps().starts_with(list.steps()));
        around.min_by_key(|list| list.steps().len())
    };
    let mut whole: Vec<Change> = Vec::new();
    for change in changes {
        match holder(&change) {
            None => whole.push(change),
            Some(list) if whole.iter().any(|there| there.place == *list) => {}
            Some(list) => whole.push(whole_list(list, before, after)),
        }
    }
    whole
}

fn whole_list(list: &Place, before: &Value, after: &Value) -> Change {
    let value = |document: &Value| look(document, list.steps()).filter(|value| !value.is_null()).cloned();
    let (before, after) = (value(before), value(after));
    Change {
        place: list.clone(),
        kind: match (&before, &after) {
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
            _ => ChangeKind::Changed,
        },
        before,
        after,
        filled_in: None,
        copy_of: None,
        together: None,
    }
}

/// The list that must be changed as a whole for this change to be carried out, if it must.
fn list_of(change: &Change, before: &Value, after: &Value) -> Option<Place> {
    let steps = change.place.steps();
    let list = |length: usize| {
        let steps = &steps[..length];
        let is_list = |document: &Value| look(document, steps).is_none_or(|value| value.is_array() || value.is_null());
        // A form that is only lifted for comparing can't be carried over as a whole.
        let there = look(before, steps).or_else(|| look(after, steps)).is_some();
        (there && is_list(before) && is_list(after)).then(|| Place::new(steps.to_vec()))
    };
    if change.kind == ChangeKind::Moved {
        return match steps.last() {
            // A panel that went into another row: panels stand in rows by their order.
            Some(Step::Key(key)) if key == "row" && steps.len() == 3 => list(1),
            _ => list(steps.len()),
        };
    }
    for (at, step) in steps.iter().enumerate() {
        let whole = match step {
            Step::Key(_) => false,
            Step::Index(_) => true,
            Step::Item { field: "id", value, .. } if at == 1 => {
                let comes = change.kind == ChangeKind::Added && steps.len() == 2;
                !is_one_panel(value, [before, after]) || (comes && !stands_in_order(value, before, after))
            }
            Step::Item { field, value, .. } => {
                let lists = [before, after].map(|document| look(document, &steps[..at]).and_then(Value::as_array));
                let last = at + 1 == steps.len();
                let found = lists
                    .map(|list| list.map_or(0, |list| list.iter().filter(|item| names(item, field, value)).count()));
                let there = lists.iter().any(Option::is_some);
                // The second of two with one key has no key of its own.
                let untold = found.iter().any(|found| *found > 1) || (there && found == [0, 0]);
                untold || (last && change.kind == ChangeKind::Added && !comes_last(lists, field, value))
            }
        };
        if whole {
            return list(at);
        }
    }
    None
}

/// Whether no side has two panels of this id.
fn is_one_panel(id: &str, sides: [&Value; 2]) -> bool {
    let number = |side| {
        super::panels(side)
            .into_iter()
            .filter(|panel| names(panel, "id", id))
            .count()
    };
    let numbers = sides.map(number);
    numbers.iter().all(|number| *number <= 1) && numbers != [0, 0]
}

/// Whether a panel that came stands where its place on the page says: then it finds its place elsewhere. Where there are
/// rows, the order says in which a panel stands; where there are none, it says nothing.
fn stands_in_order(id: &str, before: &Value, after: &Value) -> bool {
    let lists = [before, after].map(|side| side.get("panels").and_then(Value::as_array));
    let is_row = |panel: &Value| panel.get("type").and_then(Value::as_str) == Some("row");
    let rows = lists.iter().flatten().any(|list| list.iter().any(is_row));
    let after = lists[1].map_or(&[][..], Vec::as_slice);
    match after.iter().position(|panel| names(panel, "id", id)) {
        Some(at) => !rows || place_on_page(after.iter().filter(|panel| !names(panel, "id", id)), &after[at]) == at,
        None => !rows,
    }
}

/// Before which panel of a list another belongs, from top to bottom and from left to right, as Grafana sorts them.
fn place_on_page<'a>(list: impl Iterator<Item = &'a Value>, panel: &Value) -> usize {
    let place = |panel: &Value| {
        let side = |key: &str| panel.pointer(&format!("/gridPos/{key}")).and_then(Value::as_u64);
        Some((side("y")?, side("x")?))
    };
    let own = place(panel);
    list.take_while(|other| own.is_none() || place(other).is_none_or(|other| Some(other) <= own))
        .count()
}

/// Whether an element that came stands behind all that were there: then it can be put at the end elsewhere.
fn comes_last([before, after]: [Option<&Vec<Value>>; 2], field: &str, value: &str) -> bool {
    let after = after.map_or(&[][..], Vec::as_slice);
    let was_there = |item: &Value| {
        let name = element_name(field, item);
        before.is_some_and(|list| list.iter().any(|old| element_name(field, old) == name))
    };
    let at = after.iter().position(|item| names(item, field, value));
    at.is_some_and(|at| !after[at + 1..].iter().any(was_there))
}

/// The value at the place of a change, wherever its panel is.
pub fn value_at<'a>(document: &'a mut Value, change: &Change) -> Option<&'a Value> {
    find(document, change.place.steps(), false).map(|value| &*value)
}

fn carry_out(document: &mut Value, change: &Change) -> Option<()> {
    let (last, holders) = change.place.steps().split_last()?;
    if change.kind == ChangeKind::Moved {
        return None;
    }
    let after = change.after.clone().filter(|_| change.kind != ChangeKind::Removed);
    match last {
        Step::Key(key) => {
            let holder = find(document, holders, after.is_some())?;
            if after.is_some() && holder.is_null() {
                *holder = Value::Object(Map::new());
            }
            let holder = holder.as_object_mut()?;
            match after {
                Some(value) => {
                    holder.insert(key.clone(), value);
                }
                None => {
                    holder.shift_remove(key)?;
                }
            }
        }
        Step::Item { field, value, .. } => change_item(document, holders, field, value, after)?,
        Step::Index(index) => {
            let list = find(document, holders, false)?.as_array_mut()?;
            match (after, *index) {
                (Some(value), index) if index < list.len() && change.kind == ChangeKind::Changed => list[index] = value,
                (Some(value), index) if index <= list.len() => list.insert(index, value),
                (None, index) if index < list.len() => {
                    list.remove(index);
                }
                _ => return None,
            }
        }
    }
    Some(())
}

fn change_item(document: &mut Value, holders: &[Step], field: &str, value: &str, after: Option<Value>) -> Option<()> {
    let panels = matches!(holders, [Step::Key(list)] if list == "panels");
    if panels && let Some(list) = list_with_panel(document, value) {
        return replace(list, field, value, after);
    }
    let list = find(document, holders, after.is_some())?;
    if list.is_null() {
        *list = Value::Array(Vec::new());
    }
    let list = list.as_array_mut()?;
    if let (true, Some(panel)) = (panels, &after) {
        list.insert(place_on_page(list.iter(), panel), panel.clone());
        return Some(());
    }
    replace(list, field, value, after)
}

fn replace(list: &mut Vec<Value>, field: &str, value: &str, after: Option<Value>) -> Option<()> {
    let at = position(list, field, value);
    match (at, after) {
        (Some(at), Some(after)) => list[at] = after,
        (None, Some(after)) => list.push(after),
        (Some(at), None) => {
            list.remove(at);
        }
        (None, None) => return None,
    }
    Some(())
}

/// The one element of a list whose field has this value; none where several have it.
fn position(list: &[Value], field: &str, value: &str) -> Option<usize> {
    let mut found = list
        .iter()
        .enumerate()
        .filter(|(_, item)| names(item, field, value))
        .map(|(at, _)| at);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

fn names(item: &Value, field: &str, value: &str) -> bool {
    match item.get(field) {
        Some(Value::String(text)) => text == value,
        _ => element_name(field, item).is_some_and(|name| name == value),
    }
}

/// The value that steps lead to, to look at.
fn look<'a>(document: &'a Value, steps: &[Step]) -> Option<&'a Value> {
    let mut here = document;
    let mut rest = steps;
    if let [Step::Key(list), Step::Item { field: "id", value, .. }, after @ ..] = steps
        && list == "panels"
    {
        let mut panels = super::panels(document).into_iter();
        here = panels.find(|panel| names(panel, "id", value))?;
        rest = after;
    }
    for step in rest {
        here = match step {
            Step::Key(key) => here.get(key)?,
            Step::Item { field, value, .. } => {
                let list = here.as_array()?;
                list.get(position(list, field, value)?)?
            }
            Step::Index(index) => here.get(*index)?,
        };
    }
    Some(here)
}

/// The value that steps lead to; keys on the way are made where `make` says so.
fn find<'a>(document: &'a mut Value, steps: &[Step], make: bool) -> Option<&'a mut Value> {
    let mut here = document;
    let mut rest = steps;
    if let [Step::Key(list), Step::Item { field: "id", value, .. }, after @ ..] = steps
        && list == "panels"
    {
        let list = list_with_panel(here, value)?;
        let at = position(list, "id", value)?;
        here = &mut list[at];
        rest = after;
    }
    for step in rest {
        here = match step {
            Step::Key(key) => {
                if make && here.is_null() {
                    *here = Value::Object(Map::new());
                }
                let fields = here.as_object_mut()?;
                if make && !fields.contains_key(key) {
                    fields.insert(key.clone(), Value::Null);
                }
                fields.get_mut(key)?
            }
            Step::Item { field, value, .. } => {
                let list = here.as_array_mut()?;
                let at = position(list, field, value)?;
                &mut list[at]
            }
            Step::Index(index) => here.as_array_mut()?.get_mut(*index)?,
        };
    }
    Some(here)
}

/// The list that holds the panel of this id, wherever it is: at the top, in a collapsed row, in legacy rows.
fn list_with_panel<'a>(holder: &'a mut Value, id: &str) -> Option<&'a mut Vec<Value>> {
    let here = |holder: &Value| {
        let list = holder.get("panels").and_then(Value::as_array);
        list.is_some_and(|list| list.iter().any(|panel| names(panel, "id", id)))
    };
    if here(holder) {
        return holder.get_mut("panels")?.as_array_mut();
    }
    for key in ["panels", "rows"] {
        let list = holder.get(key).and_then(Value::as_array);
        if let Some(at) = list.and_then(|list| list.iter().position(here)) {
            return holder.get_mut(key)?.get_mut(at)?.get_mut("panels")?.as_array_mut();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::compare::{Context, compare};
    use super::*;
    use serde_json::json;

    fn dashboard() -> Value {
        json!({"title": "T", "schemaVersion": 37, "panels": [
            {"id": 1, "type": "row", "title": "Row", "collapsed": true, "panels": [
                {"id": 2, "type": "stat", "title": "In a row", "targets": [{"refId": "A", "expr": "up"}]}]},
            {"id": 3, "type": "stat", "title": "Outside", "targets": [{"refId": "A", "expr": "a"}, {"refId": "B", "expr": "b"}]}
        ], "templating": {"list": [{"name": "v", "type": "query", "query": "q"}]}})
    }

    #[test]
    fn changes_of_one_document_are_carried_out_on_another() {
        let edits: [(&str, Value); 5] = [
            ("/title", json!("Other")),
            ("/panels/0/panels/0/targets/0/expr", json!("down")),
            ("/panels/1/targets/1/expr", json!("bb")),
            ("/templating/list/0/query", json!("qq")),
            ("/panels/1/title", json!("New")),
        ];
        for (pointer, value) in edits {
            let mut after = dashboard();
            *after.pointer_mut(pointer).unwrap() = value;
            let comparison = compare(&dashboard(), &after, &Context::default());
            assert!(!comparison.changes.is_empty(), "{pointer}");
            let mut third = dashboard();
            third["description"] = json!("ours");
            assert_eq!(
                apply_changes(&mut third, &comparison.changes),
                Vec::<&Change>::new(),
                "{pointer}"
            );
            after["description"] = json!("ours");
            assert_eq!(third, after, "{pointer}");
        }
    }

    #[test]
    fn panels_and_queries_come_and_go() {
        let mut after = dashboard();
        after["panels"][1]["targets"].as_array_mut().unwrap().remove(0);
        after["panels"]
            .as_array_mut()
            .unwrap()
            .push(json!({"id": 9, "type": "text", "title": "New"}));
        let comparison = compare(&dashboard(), &after, &Context::default());
        let mut third = dashboard();
        assert_eq!(apply_changes(&mut third, &comparison.changes), Vec::<&Change>::new());
        assert!(compare(&third, &after, &Context::default()).is_same());
    }

    #[test]
    fn what_has_no_place_is_told() {
        let mut after = dashboard();
        after["panels"][1]["title"] = json!("New");
        let comparison = compare(&dashboard(), &after, &Context::default());
        let mut third = json!({"title": "T", "panels": []});
        assert_eq!(apply_changes(&mut third, &comparison.changes).len(), 1);
    }
}
