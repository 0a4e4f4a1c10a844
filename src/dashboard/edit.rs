//! How does one dashboard get the changes that were made to another?
//!
//! A comparison names changes by keyed places; here they are carried out on a third document, each at the element that
//! its keys lead to. What can't be placed is told, never guessed.

use serde_json::{Map, Value};

use super::compare::{Change, ChangeKind, Step};

/// Carries out `changes` on `document`. Gives the changes that could not be placed.
pub fn apply_changes<'a>(document: &mut Value, changes: &'a [Change]) -> Vec<&'a Change> {
    let mut open = Vec::new();
    for change in changes {
        if carry_out(document, change).is_none() {
            open.push(change);
        }
    }
    open
}

/// Takes `changes` back on a document that has them: what the user's rules cover stays as the other side has it.
pub fn revert_changes(document: &mut Value, changes: &[Change]) {
    let reversed: Vec<Change> = changes.iter().map(reverse).collect();
    apply_changes(document, &reversed);
}

fn reverse(change: &Change) -> Change {
    Change {
        place: change.place.clone(),
        kind: match change.kind {
            ChangeKind::Added => ChangeKind::Removed,
            ChangeKind::Removed => ChangeKind::Added,
            other => other,
        },
        before: change.after.clone(),
        after: change.before.clone(),
    }
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
            let holder = find(document, holders, after.is_some())?.as_object_mut()?;
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
    replace(list.as_array_mut()?, field, value, after)
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
        Some(Value::Number(number)) => number.to_string() == value,
        _ => false,
    }
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
