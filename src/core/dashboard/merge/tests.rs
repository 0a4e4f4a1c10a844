use serde_json::{Value, json};

use super::*;

fn panel(id: u64, title: &str, y: i64) -> Value {
    json!({"id": id, "type": "stat", "title": title, "gridPos": {"x": 0, "y": y, "w": 24, "h": 4},
        "targets": [{"refId": "A", "expr": format!("x{id}")}]})
}

fn row(id: u64, title: &str, y: i64) -> Value {
    json!({"id": id, "type": "row", "title": title, "collapsed": false, "gridPos": {"x": 0, "y": y, "w": 24, "h": 1}, "panels": []})
}

fn dashboard(panels: Vec<Value>) -> Value {
    json!({"title": "T", "schemaVersion": 39, "panels": panels})
}

fn titles(dashboard: &Value) -> Vec<String> {
    let all = dashboard["panels"].as_array().unwrap();
    let line = |panel: &Value| format!("{} at {}", panel["title"].as_str().unwrap(), panel["gridPos"]["y"]);
    all.iter().map(line).collect()
}

#[test]
fn a_row_that_ours_moved_and_a_panel_that_theirs_added_both_come_in() {
    let base = dashboard(vec![
        row(1, "One", 0),
        panel(2, "a", 1),
        row(3, "Two", 5),
        panel(4, "b", 6),
    ]);
    let ours = dashboard(vec![
        row(3, "Two", 0),
        panel(4, "b", 1),
        row(1, "One", 5),
        panel(2, "a", 6),
    ]);
    let theirs = dashboard(vec![
        row(1, "One", 0),
        panel(2, "a", 1),
        panel(5, "new", 5),
        row(3, "Two", 9),
        panel(4, "b", 10),
    ]);
    let merged = merge(&base, &ours, &theirs);
    assert_eq!(merged.conflicts, []);
    assert_eq!(
        titles(&merged.document),
        ["Two at 0", "b at 1", "One at 5", "a at 6", "new at 10"]
    );
}

#[test]
fn panels_of_one_number_that_both_added_both_come_in() {
    let base = dashboard(vec![panel(1, "a", 0)]);
    let ours = dashboard(vec![panel(1, "a", 0), panel(2, "ours", 4)]);
    let theirs = dashboard(vec![panel(1, "a", 0), panel(2, "theirs", 4)]);
    let merged = merge(&base, &ours, &theirs);
    assert_eq!(merged.conflicts, []);
    assert_eq!(titles(&merged.document), ["a at 0", "ours at 4", "theirs at 8"]);
    assert_eq!(merged.document["panels"][2]["id"], 3);
}

#[test]
fn an_edit_of_a_graph_comes_into_the_time_series_that_theirs_made_of_it() {
    let graph = |unit: &str, fill: u64| {
        json!({"title": "T", "schemaVersion": 16, "panels": [{"id": 1, "type": "graph", "title": "G", "fill": fill, "linewidth": 1, "lines": true,
            "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}, "targets": [{"refId": "A", "expr": "up"}],
            "yaxes": [{"format": unit, "show": true}, {"format": "short", "show": true}], "xaxis": {"mode": "time", "show": true}}]})
    };
    let theirs = json!({"title": "T", "schemaVersion": 39, "panels": [{"id": 1, "type": "timeseries", "title": "G, by theirs",
        "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}, "targets": [{"refId": "A", "expr": "up"}],
        "fieldConfig": {"defaults": {"unit": "short", "custom": {"lineWidth": 1, "fillOpacity": 10}}, "overrides": []}, "options": {}}]});
    let merged = merge(&graph("short", 1), &graph("bytes", 1), &theirs);
    assert_eq!(merged.conflicts, []);
    let panel = &merged.document["panels"][0];
    assert_eq!(
        (&panel["type"], &panel["title"]),
        (&json!("timeseries"), &json!("G, by theirs"))
    );
    assert_eq!(panel["fieldConfig"]["defaults"]["unit"], "bytes");
    assert_eq!(panel.get("yaxes"), None);
}

#[test]
fn an_edit_that_a_newer_form_has_no_word_for_is_told() {
    let graph = |per_series: bool| {
        json!({"title": "T", "schemaVersion": 16, "panels": [{"id": 1, "type": "graph", "title": "G", "percentage": false,
            "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}, "legend": {"sideWidth": if per_series { 300 } else { 200 }, "show": true},
            "aliasColors": {}, "dashes": false, "renderer": if per_series { "png" } else { "flot" }, "yaxes": [{"format": "short"}]}]})
    };
    let theirs = json!({"title": "T", "schemaVersion": 39, "panels": [{"id": 1, "type": "timeseries", "title": "G",
        "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}, "fieldConfig": {"defaults": {"unit": "short"}, "overrides": []},
        "options": {"legend": {"showLegend": true}}}]});
    let merged = merge(&graph(false), &graph(true), &theirs);
    let places: Vec<String> = merged
        .conflicts
        .iter()
        .map(|conflict| conflict.place.keyed_path())
        .collect();
    assert_eq!(places, ["panels[id=1].legend.sideWidth", "panels[id=1].renderer"]);
}

#[test]
fn a_save_by_a_newer_grafana_makes_no_conflict_with_an_edit() {
    let base = json!({"title": "T", "schemaVersion": 30, "panels": [{"id": 1, "type": "stat", "title": "S", "datasource": "Prometheus",
        "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}, "pluginVersion": "8.0.0", "targets": [{"refId": "A", "expr": "up"}]}]});
    let mut ours = base.clone();
    ours["panels"][0]["datasource"] = json!("Thanos");
    let mut theirs = base.clone();
    theirs["schemaVersion"] = json!(39);
    theirs["panels"][0]["pluginVersion"] = json!("10.0.0");
    theirs["panels"][0]["datasource"] = json!({"type": "prometheus", "uid": "Prometheus"});
    theirs["panels"][0]["targets"][0]["datasource"] = json!({"type": "prometheus", "uid": "Prometheus"});
    let merged = merge(&base, &ours, &theirs);
    assert_eq!(merged.conflicts, []);
    let panel = &merged.document["panels"][0];
    assert_eq!(
        (&panel["datasource"], &panel["targets"][0]["datasource"]),
        (&json!("Thanos"), &json!("Thanos"))
    );
    assert_eq!(
        (&merged.document["schemaVersion"], &panel["pluginVersion"]),
        (&json!(39), &json!("10.0.0"))
    );
}

#[test]
fn old_rows_come_together_too() {
    let old = |title: &str, panels: Vec<Value>| json!({"title": title, "panels": panels});
    let panel = |id: u64, title: &str| json!({"id": id, "type": "graph", "title": title, "span": 6});
    let dashboard = |rows: Vec<Value>| json!({"title": "T", "schemaVersion": 12, "rows": rows});
    let base = dashboard(vec![
        old("One", vec![panel(1, "a"), panel(2, "b")]),
        old("Two", vec![panel(3, "c")]),
    ]);
    let ours = dashboard(vec![
        old("One", vec![panel(1, "a"), panel(2, "b")]),
        old("Two", vec![panel(3, "c"), panel(4, "ours")]),
    ]);
    let theirs = dashboard(vec![
        old("First", vec![panel(2, "b"), panel(1, "a, theirs")]),
        old("Two", vec![panel(3, "c")]),
    ]);
    let merged = merge(&base, &ours, &theirs);
    assert_eq!(merged.conflicts, []);
    let wanted = dashboard(vec![
        old("First", vec![panel(2, "b"), panel(1, "a, theirs")]),
        old("Two", vec![panel(3, "c"), panel(4, "ours")]),
    ]);
    assert_eq!(merged.document, wanted);
}

#[test]
fn v2_elements_and_grids_come_together() {
    let item = |name: &str, y: i64| json!({"kind": "GridLayoutItem", "spec": {"x": 0, "y": y, "width": 24, "height": 4, "element": {"kind": "ElementReference", "name": name}}});
    let element = |title: &str| json!({"kind": "Panel", "spec": {"id": 1, "title": title}});
    let dashboard = |elements: Value, items: Vec<Value>| json!({"title": "T", "elements": elements, "layout": {"kind": "GridLayout", "spec": {"items": items}}});
    let base = dashboard(
        json!({"a": element("a"), "b": element("b")}),
        vec![item("a", 0), item("b", 4)],
    );
    let ours = dashboard(
        json!({"a": element("A, ours"), "b": element("b"), "c": element("c")}),
        vec![item("c", 0), item("a", 4), item("b", 8)],
    );
    let theirs = dashboard(
        json!({"a": element("a"), "b": element("B"), "d": element("d")}),
        vec![item("a", 0), item("d", 4), item("b", 8)],
    );
    let merged = merge(&base, &ours, &theirs);
    assert_eq!(merged.conflicts, []);
    let elements = json!({"a": element("A, ours"), "b": element("B"), "c": element("c"), "d": element("d")});
    let items = vec![item("c", 0), item("a", 4), item("d", 8), item("b", 12)];
    assert_eq!(
        merged.document["layout"]["spec"]["items"].to_string(),
        Value::from(items.clone()).to_string()
    );
    assert_eq!(merged.document, dashboard(elements, items));
}

#[test]
fn what_both_changed_of_a_v2_element_is_named() {
    let dashboard = |title: &str| json!({"title": "T", "elements": {"a": {"kind": "Panel", "spec": {"id": 1, "title": title, "vizConfig": {"kind": "stat", "spec": {}}}}}, "layout": {"kind": "GridLayout", "spec": {"items": []}}});
    let merged = merge(&dashboard("a"), &dashboard("ours"), &dashboard("theirs"));
    let places: Vec<String> = merged
        .conflicts
        .iter()
        .map(|conflict| conflict.place.keyed_path())
        .collect();
    assert_eq!(places, ["elements.a.spec.title"]);
    assert_eq!(merged.document, dashboard("ours"));
}

#[test]
fn what_both_moved_elsewhere_is_named_and_settled() {
    let base = dashboard(vec![row(1, "One", 0), row(2, "Two", 1), row(3, "Three", 2)]);
    let ours = dashboard(vec![row(3, "Three", 0), row(1, "One", 1), row(2, "Two", 2)]);
    let theirs = dashboard(vec![row(3, "Three", 2), row(1, "One", 1), row(2, "Two", 0)]);
    let theirs = {
        let mut theirs = theirs;
        theirs["panels"] = json!([row(1, "One", 0), row(3, "Three", 1), row(2, "Two", 2)]);
        theirs
    };
    // Ours has both moves: Three is before Two on both sides.
    assert_eq!(merge(&base, &ours, &theirs).conflicts, []);
    let theirs = dashboard(vec![row(2, "Two", 0), row(1, "One", 1), row(3, "Three", 2)]);
    let merged = merge(&base, &ours, &theirs);
    assert_eq!(merged.conflicts, [], "Three before Two before One");
    assert_eq!(titles(&merged.document)[2], "One at 2");
}
