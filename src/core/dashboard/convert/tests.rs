use serde_json::{Value, json};

use super::{Error, Form, between, to_classic, to_v2};
use crate::dashboard::DataSource;
use crate::dashboard::migrate::{Context, Generation};

fn server(generation: Generation) -> Context {
    let source = DataSource {
        name: "Main".to_owned(),
        uid: "main".to_owned(),
        kind: "prometheus".to_owned(),
        is_default: true,
    };
    Context::new(generation, vec![source])
}

fn v2(classic: Value) -> Value {
    to_v2(&classic, &server(Generation::V13)).unwrap()
}

fn classic(v2: &Value) -> Value {
    to_classic(v2, &server(Generation::V13)).unwrap()
}

fn panel(name: &str) -> Value {
    let id: i64 = name.trim_start_matches("panel-").parse().unwrap();
    let data = json!({ "kind": "QueryGroup", "spec": { "queries": [], "transformations": [], "queryOptions": {} } });
    json!({ "kind": "Panel", "spec": { "id": id, "title": name, "data": data, "vizConfig": { "group": "stat" } } })
}

fn item(name: &str, y: i64) -> Value {
    let element = json!({ "kind": "ElementReference", "name": name });
    json!({ "kind": "GridLayoutItem", "spec": { "x": 0, "y": y, "width": 12, "height": 4, "element": element } })
}

fn grid(items: &[Value]) -> Value {
    json!({ "kind": "GridLayout", "spec": { "items": items } })
}

/// Type, title and line of every panel.
fn places(dashboard: &Value) -> Vec<Value> {
    let place = |panel: &Value| json!([panel["type"], panel["title"], panel["gridPos"]["y"]]);
    dashboard["panels"].as_array().unwrap().iter().map(place).collect()
}

#[test]
fn rows_become_rows_and_come_back() {
    let panel = |id: i64, y: i64| json!({ "id": id, "type": "stat", "gridPos": { "x": 0, "y": y, "w": 6, "h": 3 } });
    let dashboard = json!({ "title": "T", "schemaVersion": 42, "panels": [
        panel(1, 0),
        { "id": 2, "type": "row", "title": "Open", "collapsed": false, "gridPos": { "x": 0, "y": 3, "w": 24, "h": 1 }, "panels": [] },
        panel(3, 4),
        { "id": 4, "type": "row", "title": "Shut", "collapsed": true, "repeat": "job",
          "gridPos": { "x": 0, "y": 7, "w": 24, "h": 1 }, "panels": [panel(5, 8)] },
    ] });
    let v2 = v2(dashboard);
    let rows = v2["layout"]["spec"]["rows"].as_array().unwrap();
    assert_eq!(rows[0]["spec"]["hideHeader"], true);
    assert_eq!(rows[1]["spec"]["layout"]["spec"]["items"][0]["spec"]["y"], 0);
    assert_eq!(rows[2]["spec"]["repeat"], json!({ "mode": "variable", "value": "job" }));
    let back = classic(&v2);
    let expected = [["stat", ""], ["row", "Open"], ["stat", ""], ["row", "Shut"]];
    assert_eq!(
        places(&back)
            .iter()
            .map(|place| json!([place[0], place[1]]))
            .collect::<Vec<_>>(),
        expected.map(|row| json!(row))
    );
    assert_eq!(back["panels"][3]["panels"][0]["gridPos"]["y"], 8);
}

#[test]
fn tabs_become_rows_and_an_auto_grid_a_grid() {
    let auto = json!({ "kind": "AutoGridLayout", "spec": { "maxColumnCount": 2, "rowHeightMode": "short", "items": [
        item("panel-2", 0), item("panel-3", 0), item("panel-4", 0),
    ] } });
    let tab =
        |title: &str, layout: &Value| json!({ "kind": "TabsLayoutTab", "spec": { "title": title, "layout": layout } });
    let tabs = [tab("One", &grid(&[item("panel-1", 0)])), tab("Two", &auto)];
    let elements: Value = Value::Object(
        (1..5)
            .map(|id| (format!("panel-{id}"), panel(&format!("panel-{id}"))))
            .collect(),
    );
    let v2 =
        json!({ "title": "T", "elements": elements, "layout": { "kind": "TabsLayout", "spec": { "tabs": tabs } } });
    let expected = [
        json!(["row", "One", 0]),
        json!(["stat", "panel-1", 1]),
        json!(["row", "Two", 5]),
        json!(["stat", "panel-2", 6]),
        json!(["stat", "panel-3", 6]),
        json!(["stat", "panel-4", 11]),
    ];
    assert_eq!(places(&classic(&v2)), expected);
}

#[test]
fn in_12_a_rows_panels_begin_on_its_own_line() {
    let row = json!({ "kind": "RowsLayoutRow", "spec": { "title": "R", "layout": grid(&[item("panel-1", 0)]) } });
    let v2 = json!({ "elements": { "panel-1": panel("panel-1") }, "layout": { "kind": "RowsLayout", "spec": { "rows": [row] } } });
    let first = |generation| {
        let made = to_classic(&v2, &server(generation)).unwrap();
        made["panels"][1]["gridPos"]["y"].clone()
    };
    assert_eq!(first(Generation::V12), 0);
    assert_eq!(first(Generation::V13), 1);
}

#[test]
fn a_panels_data_source_is_stronger_than_its_queries_in_13() {
    let dashboard = json!({ "panels": [{ "id": 1, "type": "stat", "datasource": { "type": "loki", "uid": "a" },
        "targets": [{ "refId": "A", "expr": "up", "datasource": { "type": "loki", "uid": "b" } }] }] });
    let name = |generation| {
        let made = to_v2(&dashboard, &server(generation)).unwrap();
        made.pointer("/elements/panel-1/spec/data/spec/queries/0/spec/query/datasource/name")
            .cloned()
    };
    assert_eq!(name(Generation::V12), Some("b".into()));
    assert_eq!(name(Generation::V13), Some("a".into()));
}

#[test]
fn an_angular_panel_keeps_its_options_for_the_browser() {
    let made = v2(json!({ "panels": [{ "id": 1, "type": "graph", "fill": 2 }] }));
    let viz = made.pointer("/elements/panel-1/spec/vizConfig").unwrap();
    assert_eq!(viz["group"], "timeseries");
    let expected = json!({ "autoMigrateFrom": "graph", "originalOptions": { "fill": 2 } });
    assert_eq!(viz["spec"]["options"]["__angularMigration"], expected);
}

#[test]
fn a_text_query_survives_both_ways() {
    let variable =
        json!({ "name": "job", "type": "query", "query": "label_values(job)", "refresh": 2, "sort": 1, "hide": 1 });
    let made = v2(json!({ "templating": { "list": [variable] } }));
    let spec = &made["variables"][0]["spec"];
    assert_eq!(
        spec["query"]["spec"],
        json!({ "__legacyStringValue": "label_values(job)" })
    );
    assert_eq!(spec["query"]["group"], "prometheus");
    assert_eq!(
        [&spec["refresh"], &spec["sort"], &spec["hide"]],
        ["onTimeRangeChanged", "alphabeticalAsc", "hideLabel"]
    );
    let back = classic(&made);
    let variable = &back["templating"]["list"][0];
    assert_eq!(variable["query"], "label_values(job)");
    assert_eq!([&variable["refresh"], &variable["sort"], &variable["hide"]], [2, 1, 1]);
}

#[test]
fn the_forms_of_v2_say_the_same_elsewhere() {
    let made = v2(
        json!({ "panels": [{ "id": 1, "type": "stat", "pluginVersion": "12", "transformations": [{ "id": "reduce", "options": {} }],
        "datasource": { "type": "loki", "uid": "a" }, "targets": [{ "refId": "A" }] }] }),
    );
    let alpha = between(&made, Form::V2, Form::V2alpha1);
    let panel = &alpha["elements"]["panel-1"]["spec"];
    let query = &panel["data"]["spec"]["queries"][0]["spec"];
    assert_eq!(query["query"], json!({ "kind": "loki", "spec": {} }));
    assert_eq!(query["datasource"], json!({ "type": "loki", "uid": "a" }));
    assert_eq!(panel["vizConfig"]["kind"], "stat");
    assert_eq!(panel["vizConfig"]["spec"]["pluginVersion"], "12");
    assert_eq!(
        panel["data"]["spec"]["transformations"][0],
        json!({ "kind": "reduce", "spec": { "id": "reduce", "options": {} } })
    );
    assert_eq!(between(&alpha, Form::V2alpha1, Form::V2), made);
}

#[test]
fn a_layout_that_names_a_missing_panel_cannot_be_converted() {
    let v2 = json!({ "elements": {}, "layout": grid(&[item("panel-9", 0)]) });
    let error = to_classic(&v2, &Context::default()).unwrap_err();
    assert_eq!(error, Error::MissingElement("panel-9".to_owned()));
    let v2 = json!({ "elements": { "panel-9": { "kind": "Odd" } }, "layout": grid(&[item("panel-9", 0)]) });
    assert_eq!(
        to_classic(&v2, &Context::default()),
        Err(Error::UnknownElement("panel-9".to_owned()))
    );
}
