//! Panels without an id of their own: none, or one that an earlier panel has. Copied by hand, they are common in files, and
//! Grafana's page gives them new ids at its next save. What works by ids has to have them as one side has them.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::page::Page;
use super::panels::Panels;

/// The ids that panels had before they were given others, by the new ones; nothing where there was none.
pub type FormerIds = HashMap<u64, Option<Value>>;

/// Whether each panel has an id that no other has.
pub fn has_own_ids(dashboard: &Value) -> bool {
    let page = Page::of(dashboard);
    !(0..page.panels.len()).any(|at| page.lacks_id(at))
}

/// The highest id of a panel.
pub fn highest_id(dashboard: &Value) -> u64 {
    Page::of(dashboard).highest.unwrap_or(0)
}

/// Gives panels without an id of their own new ones, after `highest`.
pub fn give_ids(dashboard: &mut Value, highest: u64) -> FormerIds {
    let page = Page::of(dashboard);
    let lacking = (0..page.panels.len()).filter(|at| page.lacks_id(*at));
    let new = lacking.zip(highest + 1..).collect();
    set_ids(dashboard, &new)
}

/// Gives panels without an id of their own those of the same panels in `other`, which all have one.
pub fn take_ids(dashboard: &mut Value, other: &Value) -> FormerIds {
    let (page, theirs) = (Page::of(dashboard), Page::of(other));
    let own: HashSet<u64> = (0..page.panels.len())
        .filter(|at| !page.lacks_id(*at))
        .filter_map(|at| page.panels[at].number())
        .collect();
    let pairs = Panels::pair(dashboard, other, [false, false]);
    let new = pairs
        .both()
        .filter(|(one, _)| page.lacks_id(*one))
        .filter_map(|(one, other)| Some((one, theirs.panels[other].number()?)))
        .filter(|(_, id)| !own.contains(id))
        .collect();
    set_ids(dashboard, &new)
}

/// Gives panels back what they had.
pub fn restore_ids(dashboard: &mut Value, former: &FormerIds) {
    each_panel(dashboard, &mut |panel| {
        let id = panel.get("id").and_then(Value::as_u64);
        match (id.and_then(|id| former.get(&id)), panel.as_object_mut()) {
            (Some(Some(id)), Some(panel)) => drop(panel.insert("id".to_owned(), id.clone())),
            (Some(None), Some(panel)) => drop(panel.shift_remove("id")),
            _ => {}
        }
    });
}

/// Sets ids by the positions of panels.
fn set_ids(dashboard: &mut Value, new: &HashMap<usize, u64>) -> FormerIds {
    let mut former = FormerIds::new();
    let mut at = 0;
    each_panel(dashboard, &mut |panel| {
        if let (Some(id), Some(panel)) = (new.get(&at), panel.as_object_mut()) {
            former.insert(*id, panel.insert("id".to_owned(), (*id).into()));
        }
        at += 1;
    });
    former
}

/// Visits all panels in the order of [`Page`].
fn each_panel(dashboard: &mut Value, visit: &mut impl FnMut(&mut Value)) {
    each_inside(dashboard, visit);
    let rows = dashboard.get_mut("rows").and_then(Value::as_array_mut);
    for row in rows.into_iter().flatten() {
        each_inside(row, visit);
    }
}

fn each_inside(holder: &mut Value, visit: &mut impl FnMut(&mut Value)) {
    let panels = holder.get_mut("panels").and_then(Value::as_array_mut);
    for panel in panels.into_iter().flatten() {
        visit(panel);
        each_inside(panel, visit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ids(dashboard: &Value) -> Vec<Option<&Value>> {
        Page::of(dashboard)
            .panels
            .iter()
            .map(|panel| panel.value.get("id"))
            .collect()
    }

    #[test]
    fn ids_come_from_the_same_panels_and_go_back() {
        let panel = |title: &str| json!({"type": "stat", "title": title});
        let with = |title: &str, id: u64| json!({"type": "stat", "title": title, "id": id});
        let file = json!({"panels": [
            with("A", 1), {"type": "row", "title": "R", "id": 2, "collapsed": true, "panels": [with("B", 1), panel("C")]}]});
        let live = json!({"panels": [
            with("A", 1), {"type": "row", "title": "R", "id": 2, "collapsed": true, "panels": [with("B", 3), with("C", 4)]}]});
        assert!(!has_own_ids(&file) && has_own_ids(&live));
        let mut taken = file.clone();
        let former = take_ids(&mut taken, &live);
        assert_eq!(ids(&taken), ids(&live));
        restore_ids(&mut taken, &former);
        assert_eq!(taken, file);
        let former = give_ids(&mut taken, 9);
        assert_eq!(ids(&taken)[2..], [Some(&json!(10)), Some(&json!(11))]);
        restore_ids(&mut taken, &former);
        assert_eq!(taken, file);
    }

    #[test]
    fn an_id_that_another_panel_has_by_right_is_not_taken() {
        let mut file = json!({"panels": [{"id": 1, "title": "A"}, {"id": 1, "title": "B"}, {"id": 2, "title": "Own"}]});
        let live = json!({"panels": [{"id": 1, "title": "A"}, {"id": 2, "title": "B"}]});
        let before = file.clone();
        take_ids(&mut file, &live);
        assert_eq!(file, before);
    }
}
