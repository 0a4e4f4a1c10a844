//! What is done to a row with all that lies in it is one change.

use serde_json::{Value, json};

use super::super::{ChangeKind, Context, compare};
use super::{changes, one};

/// Rows of v2 with these titles, each with its panels below one another.
fn page(rows: &[(&str, &[u64])]) -> Value {
    let element = |id: &u64| {
        let viz = json!({"kind": "VizConfig", "group": "stat", "version": "", "spec": {"options": {}, "fieldConfig": {"defaults": {}, "overrides": []}}});
        (
            format!("panel-{id}"),
            json!({"kind": "Panel", "spec": {"id": id, "title": format!("P{id}"), "vizConfig": viz}}),
        )
    };
    let item = |(at, id): (usize, &u64)| {
        json!({"kind": "GridLayoutItem", "spec": {"x": 0, "y": at * 8, "width": 24, "height": 8,
        "element": {"kind": "ElementReference", "name": format!("panel-{id}")}}})
    };
    let row = |(title, panels): &(&str, &[u64])| {
        json!({"kind": "RowsLayoutRow", "spec": {"title": title, "collapse": false, "layout": {"kind": "GridLayout",
            "spec": {"items": panels.iter().enumerate().map(item).collect::<Vec<_>>()}}}})
    };
    let elements: serde_json::Map<String, Value> =
        rows.iter().flat_map(|(_, panels)| panels.iter().map(element)).collect();
    json!({"title": "A", "variables": [], "elements": elements, "timeSettings": {"from": "now-6h", "to": "now"},
        "layout": {"kind": "RowsLayout", "spec": {"rows": rows.iter().map(row).collect::<Vec<_>>()}}})
}

/// The same in the classic form.
fn classic(rows: &[(&str, &[u64])]) -> Value {
    let (mut panels, mut y) = (Vec::new(), 0);
    for (at, (title, inside)) in rows.iter().enumerate() {
        panels.push(json!({"id": 100 + at, "type": "row", "title": title, "collapsed": false, "panels": [], "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}}));
        y += 1;
        for id in *inside {
            panels.push(json!({"id": id, "type": "stat", "title": format!("P{id}"), "gridPos": {"x": 0, "y": y, "w": 24, "h": 8}}));
            y += 8;
        }
    }
    json!({"title": "A", "schemaVersion": 42, "panels": panels, "time": {"from": "now-6h", "to": "now"}})
}

const ROWS: &[(&str, &[u64])] = &[("One", &[1, 2]), ("Two", &[3, 4]), ("Three", &[5])];

#[test]
fn a_row_goes_with_the_panels_in_it() {
    let rest: &[(&str, &[u64])] = &[("One", &[1, 2]), ("Three", &[5])];
    for (before, after) in [
        (page(ROWS), page(rest)),
        (classic(ROWS), classic(rest)),
        (classic(ROWS), page(rest)),
    ] {
        // Each is told where it was, for whoever carries it out elsewhere; together they are one.
        let is_whole = |one: &Value, other: &Value, kind: ChangeKind| {
            let found = compare(one, other, &Context::default()).changes;
            let places: Vec<String> = found.iter().map(|change| change.place.to_string()).collect();
            assert_eq!(places, ["row \"Two\"", "panel \"P3\" (id 3)", "panel \"P4\" (id 4)"]);
            assert!(found.iter().all(|change| change.kind == kind), "{found:?}");
            let together = found[0].together.is_some();
            assert!(together && found.iter().all(|change| change.together == found[0].together));
        };
        is_whole(&before, &after, ChangeKind::Removed);
        // And comes with them.
        is_whole(&after, &before, ChangeKind::Added);
    }
}

#[test]
fn a_panel_that_went_beside_a_row_is_told_beside_it() {
    let before = classic(ROWS);
    // One that stays is no part of what went.
    let kept: &[(&str, &[u64])] = &[("One", &[1, 2, 3]), ("Three", &[5])];
    let found = changes(&before, &classic(kept));
    assert!(
        found.contains(&("panels[id=4]".to_owned(), ChangeKind::Removed)),
        "{found:?}"
    );
    assert!(
        found.contains(&("panels[id=101]".to_owned(), ChangeKind::Removed)),
        "{found:?}"
    );
    let also: &[(&str, &[u64])] = &[("One", &[1]), ("Three", &[5])];
    let found = changes(&before, &classic(also));
    assert_eq!(found.len(), 4, "{found:?}");
    let also = compare(&before, &classic(also), &Context::default()).changes;
    let apart: Vec<String> = also
        .iter()
        .filter(|change| change.together.is_none())
        .map(|change| change.place.to_string())
        .collect();
    assert_eq!(apart, ["panel \"P2\" (id 2)"]);
}

#[test]
fn a_row_that_went_elsewhere_takes_no_other_row_with_it() {
    let last_first: &[(&str, &[u64])] = &[("Three", &[5]), ("One", &[1, 2]), ("Two", &[3, 4])];
    for before in [page(ROWS), classic(ROWS)] {
        let found = changes(&before, &page(last_first));
        assert!(
            found
                .iter()
                .all(|(path, _)| path.contains("Three") || path.starts_with("panels[id=102]")),
            "{found:?}"
        );
        assert!(!found.is_empty());
        // All turned around is more than one move.
        let around: &[(&str, &[u64])] = &[("Three", &[5]), ("Two", &[3, 4]), ("One", &[1, 2])];
        let rows: std::collections::HashSet<String> = changes(&before, &page(around))
            .into_iter()
            .map(|(path, _)| path.split(']').next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(rows.len(), 2, "{rows:?}");
    }
    assert_eq!(changes(&page(ROWS), &page(ROWS)), Vec::new());
    let renamed: &[(&str, &[u64])] = &[("One", &[1, 2]), ("New", &[3, 4]), ("Three", &[5])];
    assert_eq!(
        changes(&classic(ROWS), &page(renamed)),
        one("panels[id=101].title", ChangeKind::Changed)
    );
}

#[test]
fn rows_on_one_line_stand_as_in_the_file() {
    let mut before = classic(ROWS);
    for (at, y) in [(0, 0), (3, 0)] {
        before["panels"][at]["gridPos"] = json!({"x": 0, "y": y, "w": 24, "h": 1});
        before["panels"][at]["collapsed"] = true.into();
    }
    let closed = |page: &mut Value| {
        for at in [0, 3] {
            let inside: Vec<Value> = page["panels"].as_array().unwrap()[at + 1..at + 3].to_vec();
            page["panels"][at]["panels"] = inside.into();
        }
        let keep = [0, 3, 6, 7].map(|at| page["panels"][at].clone());
        page["panels"] = keep.to_vec().into();
    };
    closed(&mut before);
    let mut after = page(ROWS);
    for at in [0, 1] {
        after["layout"]["spec"]["rows"][at]["spec"]["collapse"] = true.into();
    }
    assert_eq!(changes(&before, &after), Vec::new());
    after["layout"]["spec"]["rows"].as_array_mut().unwrap().swap(0, 1);
    assert_eq!(changes(&before, &after).len(), 1);
}
