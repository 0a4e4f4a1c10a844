//! What moves by itself and what a person moves: rows, tabs and places.

use serde_json::{Value, json};

use super::super::{ChangeKind, Context, compare};
use super::{changes, one};

/// A row, closed or open, with two panels in it and one panel below it.
pub(super) fn with_row(collapsed: bool) -> Value {
    let inside = [
        json!({"id": 2, "type": "graph", "title": "in 1", "gridPos": {"x": 0, "y": 1, "w": 12, "h": 8}}),
        json!({"id": 3, "type": "graph", "title": "in 2", "gridPos": {"x": 12, "y": 1, "w": 12, "h": 8}}),
    ];
    let last = |y: u64| json!({"id": 4, "type": "row", "title": "Disk", "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}});
    let row = |panels: &[Value]| json!({"id": 1, "type": "row", "title": "CPU", "collapsed": collapsed, "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}, "panels": panels});
    match collapsed {
        true => json!({"panels": [row(&inside), last(1)]}),
        false => json!({"panels": [row(&[]), inside[0], inside[1], last(9)]}),
    }
}

#[test]
fn opening_a_row_is_one_change_at_the_row() {
    assert_eq!(
        changes(&with_row(true), &with_row(false)),
        one("panels[id=1].collapsed", ChangeKind::Changed)
    );
    assert_eq!(
        changes(&with_row(false), &with_row(true)),
        one("panels[id=1].collapsed", ChangeKind::Changed)
    );
}

#[test]
fn a_panel_that_goes_into_a_row_is_told_at_the_panel() {
    let mut after = with_row(true);
    let panel = after["panels"][0]["panels"].as_array_mut().unwrap().remove(0);
    after["panels"].as_array_mut().unwrap().push(panel);
    assert_eq!(
        changes(&with_row(true), &after),
        one("panels[id=2].row", ChangeKind::Moved)
    );
}

#[test]
fn a_row_that_went_with_its_panels_is_one_change() {
    let mut after = with_row(true);
    after["panels"].as_array_mut().unwrap().remove(0);
    assert_eq!(
        changes(&with_row(true), &after),
        one("panels[id=1]", ChangeKind::Removed)
    );
}

#[test]
fn a_step_of_old_rows_moved_by_hand_is_told() {
    let row = |span: u64| json!({"schemaVersion": 14, "rows": [{"height": "250px", "title": "A", "panels": [{"id": 1, "type": "graph", "span": span}]}]});
    assert_eq!(
        changes(&row(6), &row(12)),
        one("panels[id=1].span", ChangeKind::Changed)
    );
    let moved = json!({"schemaVersion": 37, "panels": [{"id": 1, "type": "graph", "gridPos": {"h": 7, "w": 12, "x": 0, "y": 4}}]});
    assert_eq!(
        changes(&row(6), &moved),
        one("panels[id=1].gridPos.y", ChangeKind::Changed)
    );
}

/// The copies of what repeats to the right lie in the way of what floats up.
#[test]
fn a_panel_floats_up_to_the_copies_of_one_that_repeats() {
    let page = |schema: u64, y: i64| {
        json!({"schemaVersion": schema, "panels": [
            {"id": 1, "type": "stat", "repeat": "v", "gridPos": {"x": 0, "y": 2, "w": 8, "h": 6}},
            {"id": 2, "type": "stat", "title": "top", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 2}},
            {"id": 3, "type": "stat", "title": "below", "gridPos": {"x": 16, "y": y, "w": 8, "h": 4}}]})
    };
    let same = |y: i64| compare(&page(38, 12), &page(39, y), &Context::default()).is_same();
    assert!(same(8) && same(2), "with copies, and without");
    assert!(!same(9) && !same(5));
}

/// Rows of v2 have no ids: one with another title is known by what lies in it.
#[test]
fn a_row_of_v2_with_another_title_is_one_change() {
    let before = rows_of_v2();
    let mut after = before.clone();
    after["layout"]["spec"]["rows"][1]["spec"]["title"] = "Three".into();
    let found = changes(&before, &after);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0.ends_with(".title"), "{found:?}");
}

/// A page of v2: two rows, each with one panel.
fn rows_of_v2() -> Value {
    let panel = |id: u64| {
        json!({"kind": "Panel", "spec": {"id": id, "title": format!("P{id}"), "description": "", "links": [],
        "data": {"kind": "QueryGroup", "spec": {"queries": [], "transformations": [], "queryOptions": {}}},
        "vizConfig": {"kind": "VizConfig", "group": "stat", "version": "13.1.0", "spec": {"options": {}, "fieldConfig": {"defaults": {}, "overrides": []}}}}})
    };
    let row = |title: &str, element: &str| {
        json!({"kind": "RowsLayoutRow", "spec": {"title": title, "collapse": false, "layout": {"kind": "GridLayout", "spec": {"items": [
        {"kind": "GridLayoutItem", "spec": {"x": 0, "y": 0, "width": 12, "height": 8, "element": {"kind": "ElementReference", "name": element}}}]}}}})
    };
    json!({"title": "A", "elements": {"panel-1": panel(1), "panel-2": panel(2)},
        "layout": {"kind": "RowsLayout", "spec": {"rows": [row("One", "panel-1"), row("Two", "panel-2")]}}})
}

#[test]
fn a_tab_around_what_there_was_is_told_as_a_tab() {
    let before = rows_of_v2();
    let mut after = before.clone();
    let layout = after["layout"].take();
    after["layout"] = json!({"kind": "TabsLayout", "spec": {"tabs": [{"kind": "TabsLayoutTab", "spec": {"title": "Network", "layout": layout}}]}});
    let found = changes(&before, &after);
    let places: Vec<&str> = found.iter().map(|(place, _)| place.as_str()).collect();
    assert!(places.contains(&"panels[title=Network]"), "{places:?}");
    assert!(places.iter().all(|place| !place.contains("gridPos")), "{places:?}");
}

#[test]
fn a_higher_panel_of_v2_is_one_change() {
    let before = rows_of_v2();
    let mut after = before.clone();
    after["layout"]["spec"]["rows"][0]["spec"]["layout"]["spec"]["items"][0]["spec"]["height"] = 11.into();
    assert_eq!(
        changes(&before, &after),
        [("panels[id=1].gridPos.h".to_owned(), ChangeKind::Changed)]
    );
}

/// A closed row's grid isn't drawn: all in it is as far below the row's top as before, with gaps.
#[test]
fn a_closed_row_is_not_compacted() {
    let page = |schema: u64, top: u64, below: u64| {
        json!({"schemaVersion": schema, "panels": [{"id": 1, "type": "row", "title": "R", "collapsed": true, "gridPos": {"x": 0, "y": 9, "w": 24, "h": 1}, "panels": [
            {"id": 2, "type": "stat", "gridPos": {"x": 0, "y": top, "w": 12, "h": 6}},
            {"id": 3, "type": "stat", "gridPos": {"x": 0, "y": below, "w": 12, "h": 6}},
        ]}]})
    };
    let same = |top, below| compare(&page(37, 8, 90), &page(42, top, below), &Context::default()).is_same();
    assert!(same(10, 92));
    assert!(!same(10, 95));
}

/// One panel to the bottom, one enlarged, one taken away: what the grid does to the others is no edit.
#[test]
fn what_a_moved_panel_pushes_is_not_told() {
    let page = |cells: &[(u64, u64, u64)]| {
        let panel = |(id, y, h): &(u64, u64, u64)| json!({"id": id, "type": "stat", "title": format!("P{id}"), "gridPos": {"x": 0, "y": y, "w": 24, "h": h}});
        json!({"schemaVersion": 42, "panels": cells.iter().map(panel).collect::<Vec<_>>()})
    };
    let before = page(&[(1, 0, 4), (2, 4, 4), (3, 8, 4)]);
    let to_the_bottom = page(&[(2, 0, 4), (3, 4, 4), (1, 8, 4)]);
    assert_eq!(changes(&before, &to_the_bottom).len(), 1);
    assert_eq!(
        changes(&before, &page(&[(1, 0, 9), (2, 9, 4), (3, 13, 4)])),
        one("panels[id=1].gridPos.h", ChangeKind::Changed)
    );
    assert_eq!(
        changes(&before, &page(&[(1, 0, 4), (3, 4, 4)])),
        one("panels[id=2]", ChangeKind::Removed)
    );
    // Of two that were enlarged by hand both are told.
    let two = changes(&before, &page(&[(1, 0, 9), (2, 9, 7), (3, 16, 4)]));
    for path in ["panels[id=1].gridPos.h", "panels[id=2].gridPos.h"] {
        assert!(two.iter().any(|(place, _)| place == path), "{two:?}");
    }
}

/// Grafana 13 gives a new row an automatic grid, whatever the others have.
#[test]
fn a_row_added_by_grafana_13_is_one_change() {
    let row = |title: &str, layout: Value| json!({"kind": "RowsLayoutRow", "spec": {"title": title, "collapse": false, "layout": layout}});
    let grid = json!({"kind": "GridLayout", "spec": {"items": [{"kind": "GridLayoutItem", "spec": {"x": 0, "y": 0, "width": 12, "height": 8, "element": {"kind": "ElementReference", "name": "panel-1"}}}]}});
    let automatic = json!({"kind": "AutoGridLayout", "spec": {"maxColumnCount": 3, "columnWidthMode": "standard", "rowHeightMode": "standard", "items": []}});
    let page = |rows: &[Value]| json!({"title": "A", "elements": {"panel-1": {"kind": "Panel", "spec": {"id": 1, "title": "P"}}}, "layout": {"kind": "RowsLayout", "spec": {"rows": rows}}});
    let one_row = page(&[row("One", grid.clone())]);
    let two_rows = page(&[row("One", grid), row("New row", automatic)]);
    let found = changes(&one_row, &two_rows);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].1, ChangeKind::Added);
}

/// A page that is opened settles everything: what floats where the file had it was moved there.
#[test]
fn a_panel_moved_back_to_where_the_file_had_it_is_told() {
    let page = |cells: &[(u64, u64, u64)]| {
        let panel = |(id, x, y): &(u64, u64, u64)| json!({"id": id, "type": "stat", "title": format!("P{id}"), "gridPos": {"x": x, "y": y, "w": 12, "h": 4}});
        json!({"schemaVersion": 42, "panels": cells.iter().map(panel).collect::<Vec<_>>()})
    };
    let stored = page(&[(1, 0, 6), (2, 12, 6)]);
    let saved = page(&[(1, 0, 0), (2, 12, 0)]);
    assert!(compare(&stored, &saved, &Context::default()).is_same());
    let moved_back = page(&[(1, 0, 6), (2, 12, 0)]);
    assert_eq!(
        changes(&stored, &moved_back),
        one("panels[id=1].gridPos.y", ChangeKind::Changed)
    );
}

/// 12.4 takes a repeat without a direction for one to the right and makes it as wide as the page.
#[test]
fn a_repeat_without_a_direction_takes_the_whole_line_in_12() {
    let page = |schema: u64, version: &str, cells: &[(u64, u64, u64, u64)], direction: Option<&str>| {
        let panel = |(id, x, y, w): &(u64, u64, u64, u64)| {
            let mut panel = json!({"id": id, "type": "stat", "title": format!("P{id}"), "repeat": "v", "pluginVersion": version, "gridPos": {"x": x, "y": y, "w": w, "h": 7}});
            if let Some(direction) = direction {
                panel["repeatDirection"] = direction.into();
            }
            panel
        };
        json!({"schemaVersion": schema, "panels": cells.iter().map(panel).collect::<Vec<_>>()})
    };
    let stored = page(39, "11.0.0", &[(1, 0, 0, 12), (2, 12, 0, 12)], None);
    let saved = page(42, "12.4.0", &[(1, 0, 0, 24), (2, 0, 7, 24)], Some("h"));
    assert!(compare(&stored, &saved, &Context::default()).is_same());
    let elsewhere = page(42, "12.4.0", &[(1, 0, 0, 24), (2, 0, 9, 24)], Some("h"));
    assert!(!compare(&stored, &elsewhere, &Context::default()).is_same());
}

/// In the classic form a row without a place is at the top; only rows of v2 have none.
#[test]
fn a_row_that_lost_its_place_is_told() {
    let page = |place: Value| {
        json!({"schemaVersion": 42, "panels": [
            {"id": 1, "type": "stat", "gridPos": {"x": 0, "y": 0, "w": 24, "h": 4}},
            {"id": 2, "type": "row", "title": "R", "collapsed": false, "panels": [], "gridPos": place}]})
    };
    let there = page(json!({"x": 0, "y": 4, "w": 24, "h": 1}));
    assert!(!compare(&there, &page(Value::Null), &Context::default()).is_same());
}

/// A page that settles the grid writes places, and nothing else into them.
#[test]
fn a_further_key_of_a_settled_place_is_told() {
    let page = |place: Value| json!({"schemaVersion": 42, "panels": [{"id": 1, "type": "stat", "gridPos": place}]});
    let floating = page(json!({"x": 0, "y": 9, "w": 12, "h": 4}));
    let settled = page(json!({"x": 0, "y": 0, "w": 12, "h": 4}));
    assert!(compare(&floating, &settled, &Context::default()).is_same());
    let marked = page(json!({"x": 0, "y": 0, "w": 12, "h": 4, "static": true}));
    assert_eq!(
        changes(&floating, &marked),
        one("panels[id=1].gridPos.static", ChangeKind::Added)
    );
}
