use serde_json::{Value, json};

use super::{Context, Error, Generation, LATEST_SCHEMA, migrate};
use crate::dashboard::DataSource;

fn server(generation: Generation) -> Context {
    let source = |name: &str, is_default| DataSource {
        name: name.to_owned(),
        uid: format!("uid-{name}"),
        kind: "prometheus".to_owned(),
        is_default,
    };
    Context::new(generation, vec![source("Main", true), source("Other", false)])
}

fn migrated(dashboard: Value) -> Value {
    migrate(&dashboard, &server(Generation::V13)).unwrap()
}

#[test]
fn an_empty_dashboard_gets_what_the_frontend_takes_for_granted() {
    let expected = json!({
        "title": "No Title", "tags": [], "timezone": "", "weekStart": "", "editable": true, "graphTooltip": 0,
        "time": { "from": "now-6h", "to": "now" }, "timepicker": {}, "schemaVersion": LATEST_SCHEMA,
        "fiscalYearStartMonth": 0, "links": [], "templating": { "list": [] }, "refresh": "", "panels": [],
        "annotations": { "list": [{
            "datasource": { "uid": "-- Grafana --", "type": "grafana" }, "name": "Annotations & Alerts",
            "type": "dashboard", "iconColor": "rgba(0, 211, 255, 1)", "enable": true, "hide": true, "builtIn": 1,
        }] },
    });
    assert_eq!(migrated(json!({ "schemaVersion": 0 })), expected);
}

#[test]
fn rows_become_a_grid() {
    let panels = |span: u32, count: usize| vec![json!({ "type": "graph", "span": span, "title": "p" }); count];
    let dashboard = migrated(json!({ "schemaVersion": 14, "rows": [
        { "title": "One", "showTitle": true, "height": "250px", "panels": panels(6, 3) },
        { "title": "Two", "collapse": true, "panels": panels(12, 1) },
    ] }));
    let places: Vec<Value> = dashboard["panels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|panel| {
            json!([
                panel["type"],
                panel["gridPos"]["x"],
                panel["gridPos"]["y"],
                panel["gridPos"]["w"]
            ])
        })
        .collect();
    let expected = json!([
        ["row", 0, 0, 24],
        ["timeseries", 0, 1, 12],
        ["timeseries", 12, 1, 12],
        ["timeseries", 0, 8, 12],
        ["row", 0, 15, 24],
    ]);
    assert_eq!(Value::from(places), expected);
    assert_eq!(dashboard["panels"][4]["collapsed"], true);
    assert_eq!(dashboard["panels"][4]["panels"][0]["gridPos"]["y"], 16);
}

#[test]
fn the_default_data_source_is_named() {
    let dashboard = migrated(json!({ "schemaVersion": 30, "panels": [
        { "id": 1, "type": "stat", "targets": [{ "expr": "up" }] },
        { "id": 2, "type": "stat", "datasource": "Other", "targets": [{ "refId": "B" }] },
        { "id": 3, "type": "stat", "datasource": "$ds", "targets": [] },
    ] }));
    let at = |pointer: &str| dashboard.pointer(pointer).cloned().unwrap_or_default();
    let main = json!({ "uid": "uid-Main", "type": "prometheus" });
    assert_eq!(at("/panels/0/datasource"), main);
    assert_eq!(
        at("/panels/0/targets/0"),
        json!({ "expr": "up", "refId": "A", "datasource": main })
    );
    assert_eq!(at("/panels/1/targets/0/datasource/uid"), "uid-Other");
    assert_eq!(at("/panels/2/datasource"), json!({ "uid": "$ds" }));
}

#[test]
fn only_a_server_of_13_reads_default_as_a_name_when_there_is_no_default() {
    let dashboard =
        json!({ "schemaVersion": 35, "annotations": { "list": [{ "name": "a", "datasource": "default" }] } });
    let annotation = |generation| {
        let context = Context::new(generation, Vec::new());
        migrate(&dashboard, &context).unwrap()["annotations"]["list"][1]["datasource"].clone()
    };
    assert_eq!(annotation(Generation::V12), Value::Null);
    assert_eq!(annotation(Generation::V13), json!({ "uid": "default" }));
}

#[test]
fn a_library_panel_is_only_a_reference() {
    let panel = json!({ "id": 4, "type": "stat", "title": "T", "gridPos": { "x": 1, "y": 2, "w": 3, "h": 4 },
        "repeat": "job", "libraryPanel": { "uid": "u", "name": "n" } });
    let dashboard = migrated(json!({ "schemaVersion": 41, "panels": [panel] }));
    let expected = json!({ "id": 4, "title": "T", "gridPos": { "x": 1, "y": 2, "w": 3, "h": 4 },
        "libraryPanel": { "uid": "u", "name": "n" } });
    assert_eq!(dashboard["panels"][0], expected);
}

#[test]
fn what_a_server_cannot_migrate_is_an_error() {
    let fails = |dashboard: Value| migrate(&dashboard, &Context::default()).unwrap_err();
    assert_eq!(fails(json!([])), Error::NotAnObject);
    assert_eq!(fails(json!({ "schemaVersion": 43 })), Error::TooNew(43));
    assert_eq!(fails(json!({ "schemaVersion": -1 })), Error::TooOld(-1));
    let wide = json!({ "rows": [{ "panels": [{ "span": 13 }] }] });
    assert_eq!(fails(wide), Error::TooWide(13));
}
