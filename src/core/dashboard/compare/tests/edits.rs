//! One edit in a page is told as one change, whatever the page does besides.

use serde_json::{Value, json};

use super::*;

fn paths(before: &Value, after: &Value) -> Vec<String> {
    let found = compare(before, after, &Context::default());
    found.changes.iter().map(|change| change.place.keyed_path()).collect()
}

fn page(panel: &Value) -> Value {
    json!({"schemaVersion": 42, "panels": [panel]})
}

#[test]
fn another_visualization_takes_the_settings_of_the_one_before_with_it() {
    let series = json!({"id": 1, "type": "timeseries", "title": "T", "pluginVersion": "12.4.0",
        "options": {"legend": {"calcs": ["max"], "displayMode": "table", "placement": "right", "showLegend": true}, "tooltip": {"mode": "multi", "sort": "none"}},
        "fieldConfig": {"defaults": {"unit": "s", "color": {"mode": "palette-classic"}, "custom": {"lineWidth": 3}},
            "overrides": [{"matcher": {"id": "byName", "options": "a"}, "properties": [{"id": "custom.fillOpacity", "value": 7}, {"id": "unit", "value": "ms"}]}]}});
    let mut stat = json!({"id": 1, "type": "stat", "title": "T", "pluginVersion": "12.4.0",
        "options": {"graphMode": "area", "textMode": "auto"},
        "fieldConfig": {"defaults": {"unit": "s", "color": {"mode": "thresholds"}},
            "overrides": [{"matcher": {"id": "byName", "options": "a"}, "properties": [{"id": "unit", "value": "ms"}]}]}});
    assert_eq!(paths(&page(&series), &page(&stat)), ["panels[id=1].type"]);

    // What is chosen besides is told besides, and so is what survives the choice.
    stat["options"]["graphMode"] = "none".into();
    stat["fieldConfig"]["defaults"]["unit"] = "bytes".into();
    stat["fieldConfig"]["overrides"][0]["properties"][0]["value"] = "ns".into();
    let mut told = paths(&page(&series), &page(&stat));
    told.sort_unstable();
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told.iter().any(|path| path.ends_with("graphMode")), "{told:?}");
    assert!(told.iter().any(|path| path.ends_with("defaults.unit")), "{told:?}");
}

#[test]
fn a_state_timeline_is_given_the_colors_of_thresholds_instead_of_a_palette() {
    let panel = |kind: &str, color: &str| {
        json!({"id": 1, "type": kind, "title": "T", "pluginVersion": "13.1.0", "options": {},
            "fieldConfig": {"defaults": {"unit": "s", "color": {"mode": color}}, "overrides": []}})
    };
    let series = page(&panel("timeseries", "palette-classic"));
    let chosen = |color: &str| paths(&series, &page(&panel("state-timeline", color)));
    assert_eq!(chosen("thresholds"), ["panels[id=1].type"]);
    let mut told = chosen("shades");
    told.sort_unstable();
    assert_eq!(
        told,
        ["panels[id=1].fieldConfig.defaults.color.mode", "panels[id=1].type"]
    );
}

#[test]
fn what_lists_show_of_a_variable_s_query_goes_with_the_query() {
    let variable = |definition: &str, query: &str| {
        json!({"schemaVersion": 42, "templating": {"list": [{"name": "v", "type": "query", "definition": definition,
            "query": {"query": query, "refId": "StandardVariableQuery"}, "datasource": {"type": "prometheus", "uid": "p"}}]}})
    };
    let before = variable("", "label_values(up, a)");
    let told = paths(&before, &variable("label_values(up, b)", "label_values(up, b)"));
    assert_eq!(told, ["templating.list[name=v].query.query"]);
    assert_eq!(paths(&before, &variable("another", "label_values(up, b)")).len(), 2);
    assert_eq!(
        paths(&before, &variable("another", "label_values(up, a)")),
        ["templating.list[name=v].definition"]
    );
}

#[test]
fn a_calculation_survives_the_choice_of_another_visualization_of_numbers() {
    let gauge = json!({"id": 1, "type": "gauge", "pluginVersion": "12.4.0", "options": {"reduceOptions": {"calcs": ["max"], "fields": "", "values": false}}, "fieldConfig": {"defaults": {}, "overrides": []}});
    let mut stat = gauge.clone();
    stat["type"] = "stat".into();
    assert_eq!(paths(&page(&gauge), &page(&stat)), ["panels[id=1].type"]);
    stat["options"]["reduceOptions"]["calcs"] = json!(["min"]);
    assert_eq!(paths(&page(&gauge), &page(&stat)).len(), 2);
}

#[test]
fn a_graph_that_became_a_time_series_can_become_a_stat() {
    let graph = json!({"id": 1, "type": "graph", "title": "T", "datasource": null, "lines": true, "fill": 3, "yaxes": [{"format": "bytes"}, {"format": "short"}], "legend": {"show": true, "values": true, "max": true}, "seriesOverrides": [{"alias": "a", "fill": 0}]});
    let stat = json!({"id": 1, "type": "stat", "title": "T", "pluginVersion": "12.4.0", "options": {"textMode": "auto"}, "fieldConfig": {"defaults": {"unit": "bytes", "color": {"mode": "thresholds"}}, "overrides": [{"matcher": {"id": "byName", "options": "a"}, "properties": []}]}});
    let old = json!({"schemaVersion": 16, "panels": [graph]});
    let told = paths(&old, &page(&stat));
    assert!(told.contains(&"panels[id=1].type".to_owned()), "{told:?}");
    assert!(
        !told
            .iter()
            .any(|path| path.contains("unit") || path.contains("legend") || path.contains("yaxes")),
        "{told:?}"
    );
}

#[test]
fn the_annotation_that_nobody_wrote_down_can_be_switched_off() {
    let edited = json!({"builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "enable": false, "hide": true, "iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts", "type": "dashboard"});
    let after = json!({"schemaVersion": 42, "annotations": {"list": [edited]}});
    let path = "annotations.list[name=Annotations & Alerts].enable";
    assert_eq!(paths(&json!({"schemaVersion": 42}), &after), [path]);
    assert_eq!(
        paths(&json!({"schemaVersion": 42, "annotations": {"list": []}}), &after),
        [path]
    );
    // One of somebody's own is one more.
    let mut own = after.clone();
    own["annotations"]["list"][0]["builtIn"] = 0.into();
    assert_eq!(
        paths(&json!({"schemaVersion": 42, "annotations": {"list": []}}), &own),
        ["annotations.list[name=Annotations & Alerts]"]
    );
    let mut filtered = after;
    filtered["annotations"]["list"][0]["enable"] = true.into();
    filtered["annotations"]["list"][0]["filter"] = json!({"ids": [1]});
    assert_eq!(
        paths(&json!({"schemaVersion": 42}), &filtered),
        ["annotations.list[name=Annotations & Alerts].filter"]
    );
}

#[test]
fn whoever_hides_the_header_of_a_row_moves_no_panel() {
    let rows = |hidden: bool| {
        let item = json!({"kind": "GridLayoutItem", "spec": {"x": 0, "y": 0, "width": 24, "height": 4, "element": {"kind": "ElementReference", "name": "panel-1"}}});
        let mut row =
            json!({"title": "R", "collapse": false, "layout": {"kind": "GridLayout", "spec": {"items": [item]}}});
        if hidden {
            row["hideHeader"] = true.into();
        }
        json!({"title": "D", "elements": {"panel-1": {"kind": "Panel", "spec": {"id": 1, "title": "T", "vizConfig": {"kind": "VizConfig", "group": "text", "spec": {"options": {}}}}}},
            "layout": {"kind": "RowsLayout", "spec": {"rows": [{"kind": "RowsLayoutRow", "spec": row}]}}})
    };
    let told = paths(&rows(false), &rows(true));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].ends_with("hideHeader"), "{told:?}");
}

#[test]
fn an_interval_that_is_worked_out_is_said_in_another_word_since_scenes() {
    let variable = |current: Value, options: Value| json!({"schemaVersion": 39, "templating": {"list": [{"name": "i", "type": "interval", "auto": true, "query": "1m,5m", "current": current, "options": options}]}});
    let old = variable(
        json!({"text": "auto", "value": "$__auto_interval_i"}),
        json!([{"text": "auto", "value": "$__auto_interval_i"}, {"text": "1m", "value": "1m"}, {"text": "5m", "value": "5m"}]),
    );
    let choices = json!([{"text": "1m", "value": "1m"}, {"text": "5m", "value": "5m"}]);
    assert_eq!(
        paths(
            &old,
            &variable(json!({"text": "$__auto", "value": "$__auto"}), choices.clone())
        ),
        [""; 0]
    );
    assert!(!paths(&old, &variable(json!({"text": "5m", "value": "5m"}), choices)).is_empty());
}

#[test]
fn an_interval_that_is_not_offered_is_saved_as_the_first_one() {
    let variable = |schema: u64, chosen: &str, query: &str| json!({"schemaVersion": schema, "templating": {"list": [{"name": "i", "type": "interval", "query": query, "current": {"text": chosen, "value": chosen}}]}});
    let told = |before: &str, schema: u64, after: &str| {
        paths(&variable(42, before, "1m,5m"), &variable(schema, after, "1m,5m")).len()
    };
    for unknown in ["7m", "$__auto_interval", ""] {
        assert_eq!(told(unknown, 42, "1m"), 0, "{unknown}");
        // The page of 11 and before isn't known to do it.
        assert_ne!(told(unknown, 40, "1m"), 0, "{unknown}");
        assert_ne!(told(unknown, 42, "5m"), 0, "{unknown}");
    }
    for known in ["5m", "$__auto", "$__auto_interval_i"] {
        assert_ne!(told(known, 42, "1m"), 0, "{known}");
    }
}

#[test]
fn a_conversion_that_ran_again_adds_its_overrides_again() {
    let graph = json!({"id": 1, "type": "graph", "title": "T", "lines": true, "seriesOverrides": [{"alias": "a", "color": "#111"}, {"alias": "b", "color": "#222"}]});
    let old = json!({"schemaVersion": 16, "panels": [graph]});
    let colour = |name: &str, color: &str| json!({"matcher": {"id": "byName", "options": name}, "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": color}}]});
    let series = |overrides: Value| {
        page(
            &json!({"id": 1, "type": "timeseries", "title": "T", "pluginVersion": "12.4.0", "options": {"legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": true}, "tooltip": {"mode": "single", "sort": "none"}},
            "fieldConfig": {"defaults": {"custom": {"drawStyle": "line", "showPoints": "never"}}, "overrides": overrides}}),
        )
    };
    let (a, b) = (colour("a", "#111"), colour("b", "#222"));
    let once = paths(&old, &series(json!([a, b])));
    assert_eq!(paths(&old, &series(json!([a, b, a, b]))), once);
    assert_eq!(paths(&old, &series(json!([a, b, a, b, a, b]))), once);
    let another = paths(&old, &series(json!([a, b, a, b, colour("c", "#333")])));
    assert_eq!(another.len(), once.len() + 1, "{another:?}");
    let half = paths(&old, &series(json!([a, b, a])));
    assert_eq!(half.len(), once.len() + 1, "{half:?}");
}

#[test]
fn what_makes_way_for_a_new_panel_moved_by_itself() {
    let panel = |id: u64, kind: &str, [x, y, w, h]: [u64; 4]| json!({"id": id, "type": kind, "title": format!("P{id}"), "gridPos": {"x": x, "y": y, "w": w, "h": h}});
    let page = |panels: &[Value]| json!({"schemaVersion": 38, "panels": panels});
    let before = page(&[
        panel(1, "row", [0, 0, 24, 1]),
        panel(2, "stat", [0, 1, 12, 4]),
        panel(3, "stat", [18, 1, 4, 2]),
        panel(4, "stat", [18, 3, 4, 2]),
    ]);
    // The two that lie beside the new one come up as the row goes down below it; seen in a page of 10.2.
    let after = |moved: u64| {
        page(&[
            panel(9, "timeseries", [0, 0, 12, 8]),
            panel(3, "stat", [18, 0, 4, 2]),
            panel(4, "stat", [18, 2, 4, 2]),
            panel(1, "row", [0, 8, 24, 1]),
            panel(2, "stat", [moved, 9, 12, 4]),
        ])
    };
    assert_eq!(paths(&before, &after(0)), ["panels[id=9]"]);
    let told = paths(&before, &after(12));
    assert!(told.contains(&"panels[id=2].gridPos.x".to_owned()), "{told:?}");
}

#[test]
fn of_queries_without_names_one_can_be_taken_out() {
    let panel = |targets: Value| page(&json!({"id": 1, "type": "timeseries", "title": "T", "targets": targets}));
    let before = panel(json!([{"expr": "a"}, {"expr": "b"}]));
    assert_eq!(
        paths(&before, &panel(json!([{"expr": "a", "refId": "A"}]))),
        ["panels[id=1].targets[refId=B]"]
    );
    assert_eq!(
        paths(&before, &panel(json!([{"expr": "b", "refId": "B"}]))),
        ["panels[id=1].targets[refId=A]"]
    );
}

#[test]
fn a_variable_that_may_have_several_values_keeps_them_in_a_list() {
    let dashboard = |multi: bool, value: Value| {
        json!({"title": "A", "schemaVersion": 42, "templating": {"list": [{"name": "v", "type": "custom", "query": "a,b", "multi": multi,
            "current": {"text": value, "value": value}}]}})
    };
    let paths = |after: &Value| -> Vec<String> {
        let found = compare(&dashboard(false, json!("a")), after, &Context::default());
        found.changes.iter().map(|change| change.place.keyed_path()).collect()
    };
    assert_eq!(paths(&dashboard(true, json!(["a"]))), ["templating.list[name=v].multi"]);
    assert_eq!(paths(&dashboard(true, json!(["b"]))).len(), 3);
}
