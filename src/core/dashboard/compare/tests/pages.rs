//! What the pages of Grafana 10 to 13 do by themselves, and the edit right beside it.

use serde_json::{Value, json};

use super::super::{ChangeKind, Context, compare};
use super::{changes, one};

fn same(before: &Value, after: &Value) -> bool {
    compare(before, after, &Context::default()).is_same()
}

#[test]
fn an_annotation_that_has_the_built_in_one_s_name_stays_beside_it() {
    let own = json!({"name": "Annotations & Alerts", "enable": true, "datasource": {"type": "prometheus", "uid": "p"}, "expr": "up"});
    let built_in = json!({"builtIn": 1, "name": "Annotations & Alerts", "enable": true, "hide": true, "type": "dashboard",
        "iconColor": "rgba(0, 211, 255, 1)", "datasource": {"type": "grafana", "uid": "-- Grafana --"}});
    let page = |list: &[&Value]| json!({"schemaVersion": 39, "annotations": {"list": list}});
    let before = page(&[&own]);
    assert!(same(&before, &page(&[&built_in, &own])));
    let mut edited = own.clone();
    edited["expr"] = "down".into();
    assert_eq!(
        changes(&before, &page(&[&built_in, &edited])),
        one("annotations.list[name=Annotations & Alerts].expr", ChangeKind::Changed)
    );
    // Two of them no page makes.
    assert!(!same(&before, &page(&[&built_in, &own, &built_in])));
}

/// A page of v2 with one filter variable.
fn with_filter(variable: &Value) -> Value {
    json!({"title": "A", "timeSettings": {"from": "now-6h", "to": "now"}, "elements": {}, "layout": {"kind": "GridLayout", "spec": {"items": []}}, "variables": [variable]})
}

#[test]
fn filters_of_v2_without_a_data_source_are_given_one() {
    let spec = json!({"name": "f", "baseFilters": [], "filters": [], "defaultKeys": [], "hide": "dontHide", "skipUrlSync": false, "allowCustomValue": true});
    let filter = |group: &str, source: Value| {
        with_filter(&json!({"kind": "AdhocVariable", "group": group, "datasource": source, "spec": spec}))
    };
    let (none, first) = (filter("", json!({})), filter("prometheus", json!({"name": "p"})));
    assert!(same(&none, &first));
    // One for another is an edit, and so is one that nobody would choose.
    assert!(!same(&first, &filter("prometheus", json!({"name": "q"}))));
    let list = |is_default| {
        let source = json!({"name": "P", "uid": "p", "type": "prometheus", "isDefault": is_default});
        Context::with_data_sources(vec![serde_json::from_value(source).unwrap()])
    };
    assert!(compare(&none, &first, &list(true)).is_same());
    assert!(!compare(&none, &first, &list(false)).is_same());
}

#[test]
fn what_the_conversion_to_v2_doesn_t_know_of_a_filter_is_lost() {
    let stored = |filter: Value| {
        json!({"title": "A", "schemaVersion": 42, "templating": {"list": [{"type": "adhoc", "name": "f", "filters": [filter],
            "datasource": {"type": "prometheus", "uid": "p"}}]}})
    };
    let v2 = |value: &str| {
        with_filter(
            &json!({"kind": "AdhocVariable", "group": "prometheus", "datasource": {"name": "p"},
            "spec": {"name": "f", "filters": [{"key": "job", "operator": "=", "value": value}]}}),
        )
    };
    let before = stored(json!({"key": "job", "operator": "=", "value": "a", "condition": "", "restorable": false}));
    assert!(same(&before, &v2("a")));
    assert!(!same(&before, &v2("b")));
    let set = stored(json!({"key": "job", "operator": "=", "value": "a", "condition": "AND"}));
    assert!(!same(&set, &v2("a")));
}

#[test]
fn a_setting_beside_those_that_a_missing_plugin_lost_is_one_edit() {
    let panel = |defaults: Value| json!({"schemaVersion": 42, "panels": [{"id": 1, "type": "acme-panel", "fieldConfig": {"defaults": defaults, "overrides": []}}]});
    let before = panel(json!({"unit": "s", "min": 1}));
    assert!(same(&before, &panel(json!({}))));
    assert_eq!(
        changes(&before, &panel(json!({"noValue": "-"}))),
        one("panels[id=1].fieldConfig.defaults.noValue", ChangeKind::Added)
    );
    // Where one is left, the plugin was there.
    assert_eq!(
        changes(&before, &panel(json!({"min": 1}))),
        one("panels[id=1].fieldConfig.defaults.unit", ChangeKind::Removed)
    );
}

#[test]
fn what_an_open_row_holds_is_lost_by_the_page_of_12_and_found_by_that_of_13() {
    let place = |y: u64| json!({"x": 0, "y": y, "w": 24, "h": if y == 0 { 1 } else { 8 }});
    let inside = json!({"id": 2, "type": "text", "title": "In", "gridPos": place(1)});
    let row = |id: u64, panels: &[&Value], collapsed: bool| json!({"id": id, "type": "row", "title": "R", "collapsed": collapsed, "gridPos": place(0), "panels": panels});
    let page = |panels: &[&Value]| json!({"schemaVersion": 42, "panels": panels});
    let before = page(&[&row(1, &[&inside], false)]);
    assert!(same(&before, &page(&[&row(1, &[], false)])));
    // Rows of v2 are counted after the panels.
    let by_thirteen = row(3, &[], false);
    assert!(same(&before, &page(&[&by_thirteen, &inside])));
    // Out of a closed one nothing is lost.
    assert!(!same(&page(&[&row(1, &[&inside], true)]), &page(&[&row(1, &[], true)])));
}

#[test]
fn an_empty_row_of_v2_has_no_place_in_the_classic_form() {
    let row = |id: u64, title: &str, y: Option<u64>| {
        let mut row = json!({"id": id, "type": "row", "title": title, "collapsed": false, "panels": []});
        if let Some(y) = y {
            row["gridPos"] = json!({"x": 0, "y": y, "w": 24, "h": 1});
        }
        row
    };
    let panel = |y: u64| json!({"id": 1, "type": "text", "title": "P", "pluginVersion": "13.1.0", "gridPos": {"x": 0, "y": y, "w": 24, "h": 8}});
    let page = |panels: &[Value]| json!({"schemaVersion": 42, "panels": panels});
    let before = page(&[row(5, "A", Some(0)), row(6, "B", Some(1)), panel(2)]);
    assert!(same(
        &before,
        &page(&[row(2, "A", None), row(3, "B", Some(0)), panel(1)])
    ));
    assert!(!same(
        &before,
        &page(&[row(2, "A", None), row(3, "C", Some(0)), panel(1)])
    ));
    // Only a row without panels is left without a place.
    assert!(!same(
        &before,
        &page(&[row(2, "A", Some(0)), row(3, "B", None), panel(1)])
    ));
}

#[test]
fn a_query_that_names_its_panel_s_data_source_keeps_the_plugin_that_it_says() {
    let page = |noted: &str, source: Value| {
        json!({"schemaVersion": 42, "panels": [{"id": 1, "type": "stat", "pluginVersion": noted,
            "datasource": {"type": "prometheus", "uid": "x"}, "targets": [{"refId": "A", "expr": "up", "datasource": source}]}]})
    };
    let of = |kind: &str, uid: &str| json!({"type": kind, "uid": uid});
    let own = || of("prometheus", "x");
    let asked_there = |source: Value, by: &str| same(&page("11.1.0", source), &page(by, own()));
    assert!(asked_there(of("loki", "y"), "13.1.0"));
    assert!(asked_there(json!({"type": "loki"}), "13.1.0"));
    assert!(!asked_there(of("loki", "x"), "13.1.0"));
    assert!(!asked_there(of("__expr__", "__expr__"), "13.1.0"));
    // 12 keeps each query's own.
    assert!(!asked_there(of("loki", "y"), "12.4.0"));
}

#[test]
fn two_links_that_changed_places_are_one_move_also_where_a_save_filled_them_in() {
    let link = |title: &str| json!({"title": title, "type": "dashboards", "url": ""});
    let filled = |title: &str| {
        json!({"title": title, "type": "dashboards", "url": "", "asDropdown": false, "icon": "", "includeVars": false, "keepTime": false,
            "tags": [], "targetBlank": false, "tooltip": ""})
    };
    let page = |schema: u64, links: [Value; 2]| json!({"schemaVersion": schema, "links": links});
    let before = page(39, [link("a"), link("b")]);
    assert!(same(&before, &page(42, [filled("a"), filled("b")])));
    assert_eq!(
        changes(&before, &page(42, [filled("b"), filled("a")])),
        one("links", ChangeKind::Moved)
    );
    let mut edited = filled("a");
    edited["targetBlank"] = true.into();
    assert_eq!(changes(&before, &page(42, [filled("b"), edited])).len(), 2);
}

#[test]
fn copies_that_a_page_made_anew_have_the_next_ids_and_no_others() {
    let page = |copies: [u64; 2]| {
        let copy = |id: u64| json!({"id": id, "type": "stat", "title": "$s", "repeatPanelId": 7});
        json!({"schemaVersion": 27, "panels": [{"id": 7, "type": "stat", "title": "$s", "repeat": "s"}, {"id": 30, "type": "stat"},
            copy(copies[0]), copy(copies[1])]})
    };
    assert!(same(&page([26, 27]), &page([31, 32])));
    assert!(!same(&page([26, 27]), &page([28, 29])));
    assert!(!same(&page([31, 32]), &page([31, 38])));
}

#[test]
fn a_newer_file_that_7_5_saved_has_the_tooltip_in_both_forms() {
    let page = |schema: u64, options: Value| json!({"schemaVersion": schema, "panels": [{"id": 1, "type": "timeseries", "options": options}]});
    let newer = page(39, json!({"tooltip": {"mode": "multi"}}));
    let both = |tooltip: &str, old: &str| {
        page(
            27,
            json!({"tooltip": {"mode": tooltip}, "tooltipOptions": {"mode": old}}),
        )
    };
    assert!(same(&newer, &both("multi", "single")));
    assert!(!same(&newer, &both("single", "single")));
    assert!(!same(&newer, &both("multi", "multi")));
    // On the way back the old one counts.
    assert!(!same(&both("multi", "single"), &newer));
    assert!(same(&both("single", "multi"), &newer));
}

#[test]
fn the_markers_that_9_4_fills_in_say_nothing_of_where_a_symbol_stands() {
    let style = |align: bool| {
        let mut style = json!({"size": {"fixed": 5, "min": 2, "max": 15}, "color": {"fixed": "dark-green"}, "opacity": 0.4,
            "symbol": {"mode": "fixed", "fixed": "img/icons/marker/circle.svg"}, "rotation": {"fixed": 0, "mode": "mod", "min": -360, "max": 360},
            "textConfig": {"fontSize": 12, "textAlign": "center", "textBaseline": "middle", "offsetX": 0, "offsetY": 0}});
        if align {
            style["symbolAlign"] = json!({"horizontal": "center", "vertical": "center"});
        }
        style
    };
    let page = |version: &str, layers: Value| json!({"schemaVersion": 37, "panels": [{"id": 1, "type": "geomap", "pluginVersion": version, "options": {"layers": layers}}]});
    let filled = |version: &str, align: bool| {
        let layer = json!({"type": "markers", "name": "Layer 1", "config": {"style": style(align), "showLegend": true}, "location": {"mode": "auto"}, "tooltip": true});
        page(version, json!([layer]))
    };
    let bare = page("9.2.0", Value::Null);
    assert!(same(&bare, &filled("9.4.0", false)));
    assert!(!same(&bare, &filled("9.4.0", true)));
    assert!(!same(&bare, &filled("11.1.0", false)));
    assert!(same(&bare, &filled("11.1.0", true)));
}

#[test]
fn styles_that_somebody_left_in_a_table_of_today_convert_to_nothing() {
    let overrides = |unit: &str| json!([{"matcher": {"id": "byType", "options": "number"}, "properties": [{"id": "unit", "value": unit}]}]);
    let fields = |unit: &str| json!({"defaults": {"custom": {"align": "auto"}}, "overrides": overrides(unit)});
    let table = |unit: &str| json!({"id": 1, "type": "table", "pluginVersion": "9.4.7", "options": {"frameIndex": 1}, "fieldConfig": fields(unit)});
    let mut left = table("none");
    left["styles"] = json!([{"pattern": "a", "unit": "s", "type": "number"}]);
    left["columns"] = json!([]);
    let row = |panel: &Value| json!({"id": 9, "type": "row", "title": "R", "collapsed": true, "panels": [panel]});
    let page = |schema: u64, panel: &Value| json!({"schemaVersion": schema, "panels": [row(panel)]});
    assert!(same(&page(22, &left), &page(42, &table("none"))));
    assert!(same(&page(36, &left), &page(42, &table("none"))));
    assert!(!same(&page(22, &left), &page(42, &table("ms"))));
    // The server says that there was more; what was there isn't the old table's.
    left["autoMigrateFrom"] = "table".into();
    assert!(same(&page(42, &left), &page(42, &table("none"))));
    assert!(!same(&page(42, &left), &page(42, &table("ms"))));
    let mut converted = table("none");
    converted["fieldConfig"]["overrides"] =
        json!([{"matcher": {"id": "byName", "options": "a"}, "properties": [{"id": "unit", "value": "s"}]}]);
    assert!(!same(&page(42, &left), &page(42, &converted)));
}

#[test]
fn what_the_conversion_to_v2_doesn_t_know_of_a_matcher_is_lost() {
    let stored = |matcher: Value| {
        json!({"title": "A", "schemaVersion": 39, "panels": [{"id": 1, "type": "stat", "gridPos": {"x": 0, "y": 0, "w": 8, "h": 8},
            "fieldConfig": {"defaults": {}, "overrides": [{"matcher": matcher, "properties": [{"id": "unit", "value": "s"}]}]}}]})
    };
    let saved = |matcher: Value| {
        json!({"title": "A", "timeSettings": {"from": "now-6h", "to": "now"}, "variables": [],
            "elements": {"panel-1": {"kind": "Panel", "spec": {"id": 1, "title": "", "links": [],
                "data": {"kind": "QueryGroup", "spec": {"queries": [], "transformations": [], "queryOptions": {}}},
                "vizConfig": {"kind": "VizConfig", "group": "stat", "version": "13.1.0", "spec": {"options": {},
                    "fieldConfig": {"defaults": {}, "overrides": [{"matcher": matcher, "properties": [{"id": "unit", "value": "s"}]}]}}}}}},
            "layout": {"kind": "GridLayout", "spec": {"items": [{"kind": "GridLayoutItem", "spec": {"x": 0, "y": 0, "width": 8, "height": 8,
                "element": {"kind": "ElementReference", "name": "panel-1"}}}]}}})
    };
    let before = stored(json!({"id": "byType", "unit": "number"}));
    assert!(same(&before, &saved(json!({"id": "byType"}))));
    assert!(!same(&before, &saved(json!({"id": "byType", "options": "number"}))));
    let chosen = stored(json!({"id": "byType", "options": "number", "scope": "nested"}));
    assert!(!same(&chosen, &saved(json!({"id": "byType", "options": "number"}))));
}

#[test]
fn a_panel_without_a_data_source_is_given_the_one_that_its_query_names() {
    let stored = json!({"schemaVersion": 34, "panels": [
        {"id": 1, "type": "text", "title": "a"},
        {"id": 2, "type": "text", "title": "b"},
        {"id": 3, "type": "stat", "title": "c", "targets": [{"refId": "A", "expr": "up", "datasource": "Metrics"}]},
    ]});
    let saved = |own: &str, asked: &str| {
        let text = |id: u64, title: &str| {
            let source = json!({"type": "prometheus", "uid": "p"});
            json!({"id": id, "type": "text", "title": title, "datasource": source, "targets": [{"refId": "A", "datasource": source}]})
        };
        json!({"schemaVersion": 42, "panels": [text(1, "a"), text(2, "b"), {"id": 3, "type": "stat", "title": "c",
            "datasource": {"uid": own}, "targets": [{"refId": "A", "expr": "up", "datasource": {"uid": asked}}]}]})
    };
    assert!(same(&stored, &saved("Metrics", "Metrics")));
    assert!(!same(&stored, &saved("other", "Metrics")));
    assert!(!same(&stored, &saved("other", "other")));
}
