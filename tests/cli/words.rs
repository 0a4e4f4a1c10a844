//! What a person reads who doesn't know JSON: one edit in a form, in the words of that form.

use serde_json::{Value, json};

use super::scene::Scene;

fn dashboard() -> Value {
    let prometheus = json!({"type": "prometheus", "uid": "p"});
    json!({
        "uid": "u", "title": "Node", "schemaVersion": 39, "tags": ["a"], "refresh": "", "graphTooltip": 0,
        "time": {"from": "now-6h", "to": "now"}, "links": [{"title": "Docs", "url": "/docs", "type": "link"}],
        "annotations": {"list": [{"name": "Deploys", "enable": true, "datasource": prometheus, "expr": "up"}]},
        "templating": {"list": [
            {"name": "node", "type": "query", "query": {"query": "label_values(up, node)", "refId": "A"}, "datasource": prometheus,
                "definition": "label_values(up, node)", "regex": "", "multi": false, "refresh": 1, "hide": 0, "sort": 0,
                "current": {"text": "a", "value": "a"}},
        ]},
        "panels": [
            {"id": 9, "type": "row", "title": "CPU", "collapsed": false, "gridPos": {"x": 0, "y": 0, "w": 24, "h": 1}, "panels": []},
            {"id": 1, "type": "timeseries", "title": "Load", "gridPos": {"x": 0, "y": 1, "w": 12, "h": 8}, "datasource": prometheus,
                "targets": [{"refId": "A", "expr": "up", "legendFormat": "{{cpu}}", "datasource": prometheus}],
                "fieldConfig": {"overrides": [], "defaults": {"unit": "short", "custom": {"axisLabel": "", "drawStyle": "line"},
                    "thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": null}, {"color": "red", "value": 80}]}}},
                "options": {"legend": {"placement": "bottom", "displayMode": "list", "showLegend": true, "calcs": ["mean"]}}},
            {"id": 2, "type": "stat", "title": "Up", "gridPos": {"x": 12, "y": 1, "w": 12, "h": 8}, "datasource": prometheus,
                "targets": [{"refId": "A", "expr": "sum(up)", "datasource": prometheus}], "options": {"colorMode": "value"}},
        ],
    })
}

/// What is told of a dashboard in which something stands at a pointer that wasn't there, or was other.
fn told(edits: &[(&str, Value)]) -> String {
    let before = dashboard();
    let mut after = before.clone();
    for (pointer, value) in edits {
        let (holder, key) = pointer.rsplit_once('/').unwrap();
        match after.pointer_mut(holder).unwrap() {
            Value::Array(list) if key == "-" => list.push(value.clone()),
            holder => match key.parse::<usize>() {
                Ok(at) => holder[at] = value.clone(),
                Err(_) => holder[key] = value.clone(),
            },
        }
    }
    let scene = Scene::new()
        .file("before.json", &before.to_string())
        .file("after.json", &after.to_string());
    let ran = scene.run(&["diff", "before.json", "after.json"]).exit(2);
    let lines: Vec<&str> = ran.stdout.lines().map(str::trim).collect();
    lines[..lines.len() - 1].join(" | ")
}

const LOAD: &str = "/panels/1";
const NODE: &str = "/templating/list/0";

#[test]
fn settings_are_called_as_their_forms_call_them() {
    let rows = [
        (
            "/fieldConfig/defaults/custom/axisLabel",
            json!("rps"),
            "axis label | - \"\" | + \"rps\"",
        ),
        (
            "/fieldConfig/defaults/custom/drawStyle",
            json!("bars"),
            "graph style | - \"line\" | + \"bars\"",
        ),
        (
            "/fieldConfig/defaults/custom/spanNulls",
            json!(true),
            "connect null values | + Always",
        ),
        (
            "/fieldConfig/defaults/custom/thresholdsStyle",
            json!({"mode": "line"}),
            "show thresholds | + As lines",
        ),
        (
            "/fieldConfig/defaults/custom/scaleDistribution",
            json!({"type": "log", "log": 10}),
            "axis scale | + Logarithmic, log 10",
        ),
        ("/options/legend/limit", json!(9), "legend limit | + 9"),
        ("/options/tooltip", json!({"mode": "multi"}), "tooltip mode | + All"),
        (
            "/fieldConfig/defaults/unit",
            json!("bytes"),
            "unit | - \"short\" | + \"bytes\"",
        ),
        ("/fieldConfig/defaults/max", json!(100), "max | + 100"),
        (
            "/fieldConfig/defaults/thresholds/steps/1/value",
            json!(90),
            "thresholds › step 2 › value | - 80 | + 90",
        ),
        (
            "/options/legend/placement",
            json!("right"),
            "legend placement | - \"bottom\" | + \"right\"",
        ),
        (
            "/options/legend/showLegend",
            json!(false),
            "legend visibility | - on | + off",
        ),
        (
            "/targets/0/expr",
            json!("down"),
            "query A › expr | - \"up\" | + \"down\"",
        ),
        (
            "/targets/0/legendFormat",
            json!("{{node}}"),
            "query A › legend | - \"{{cpu}}\" | + \"{{node}}\"",
        ),
        ("/repeat", json!("node"), "repeat by variable | + \"node\""),
        ("/transparent", json!(true), "transparent background | + on"),
        ("/timeFrom", json!("1h"), "relative time | + \"1h\""),
    ];
    for (pointer, value, expected) in rows {
        let sign = if expected.contains(" - ") { "~" } else { "+" };
        let told = told(&[(&format!("{LOAD}{pointer}"), value)]);
        assert_eq!(told, format!("{sign} panel \"Load\" (id 1) › {expected}"), "{pointer}");
    }
}

#[test]
fn the_dashboard_and_its_lists_are_said_in_words() {
    let rows = [
        ("/refresh", json!("30s"), "~ auto refresh | - off | + \"30s\""),
        (
            "/graphTooltip",
            json!(1),
            "~ graph tooltip | - default | + shared crosshair",
        ),
        (
            "/time/from",
            json!("now-1h"),
            "~ time range › from | - \"now-6h\" | + \"now-1h\"",
        ),
        ("/tags/-", json!("linux"), "+ tag \"linux\""),
        ("/links/0/url", json!("/d"), "~ link 1 › URL | - \"/docs\" | + \"/d\""),
        (
            "/links/-",
            json!({"title": "More", "url": "/more"}),
            "+ link 2 \"More\" to /more",
        ),
        (
            "/annotations/list/0/enable",
            json!(false),
            "~ annotation \"Deploys\" › enabled | - on | + off",
        ),
        (
            "/panels/0/title",
            json!("Load"),
            "~ row \"CPU\": renamed from \"CPU\" to \"Load\"",
        ),
    ];
    for (pointer, value, expected) in rows {
        assert_eq!(told(&[(pointer, value)]), expected, "{pointer}");
    }
}

#[test]
fn a_variable_is_said_in_words() {
    let rows = [
        ("/regex", json!("/web/"), "regex | - \"\" | + \"/web/\""),
        ("/multi", json!(true), "multi-value | - off | + on"),
        (
            "/hide",
            json!(2),
            "shown on the dashboard | - label and value | + nothing",
        ),
        (
            "/refresh",
            json!(2),
            "refresh | - on dashboard load | + on time range change",
        ),
        ("/sort", json!(1), "sort | - disabled | + alphabetical (asc)"),
    ];
    for (pointer, value, expected) in rows {
        let told = told(&[(&format!("{NODE}{pointer}"), value)]);
        assert_eq!(told, format!("~ variable \"node\" › {expected}"), "{pointer}");
    }
    let default = told(&[(
        &format!("{NODE}/current"),
        json!({"text": ["b", "c"], "value": ["b", "c"]}),
    )]);
    assert_eq!(default, "~ default of variable `node`: a -> b, c");
    // The query is there twice, and told once.
    let query = |text: &str| (format!("{NODE}{text}"), json!("label_values(up, job)"));
    let [asked, shown] = [query("/query/query"), query("/definition")];
    let both = told(&[(&asked.0, asked.1), (&shown.0, shown.1)]);
    assert_eq!(
        both,
        "~ variable \"node\" › query | - \"label_values(up, node)\" | + \"label_values(up, job)\""
    );
}

#[test]
fn what_has_parts_is_said_part_by_part() {
    let rows = [
        (
            "/fieldConfig/overrides/-",
            json!({"matcher": {"id": "byName", "options": "idle"}, "properties": [{"id": "custom.lineWidth", "value": 3}, {"id": "unit", "value": "s"}]}),
            "override \"idle\": line width 3, unit \"s\"",
        ),
        (
            "/fieldConfig/defaults/mappings",
            json!([{"type": "value", "options": {"1": {"text": "up", "color": "green"}}}, {"type": "range", "options": {"from": 2, "to": 9, "result": {"text": "odd"}}}]),
            "value mappings: 1 -> up in green; 2 to 9 -> odd",
        ),
        (
            "/fieldConfig/defaults/thresholds/steps/-",
            json!({"color": "blue", "value": 90}),
            "thresholds › step 3: from 90 in blue",
        ),
        (
            "/transformations",
            json!([{"id": "reduce", "options": {"reducers": ["max"]}}]),
            "transformations: Reduce: reducers \"max\"",
        ),
        (
            "/links",
            json!([{"title": "Runbook", "url": "/r"}]),
            "panel links: \"Runbook\" to /r",
        ),
        ("/options/legend/calcs/-", json!("max"), "legend values: \"max\""),
    ];
    for (pointer, value, expected) in rows {
        let told = told(&[(&format!("{LOAD}{pointer}"), value)]);
        assert_eq!(told, format!("+ panel \"Load\" (id 1) › {expected}"), "{pointer}");
    }
    let other = json!({"type": "loki", "uid": "l"});
    let source = told(&[
        (&format!("{LOAD}/datasource"), other.clone()),
        (&format!("{LOAD}/targets/0/datasource"), other),
    ]);
    assert_eq!(source, "~ panel \"Load\" (id 1) › data source: prometheus p -> loki l");
}

#[test]
fn panels_that_were_renamed_retyped_copied_or_moved_are_told_as_such() {
    let renamed = told(&[(&format!("{LOAD}/title"), json!("Work"))]);
    assert_eq!(renamed, "~ panel \"Load\" (id 1): renamed from \"Load\" to \"Work\"");
    let retyped = told(&[("/panels/2/type", json!("gauge")), ("/panels/2/options", json!({}))]);
    assert!(
        retyped.starts_with("~ panel \"Up\" (id 2): visualization changed from stat to gauge"),
        "{retyped}"
    );
    let mut copy = dashboard()["panels"][2].clone();
    copy["id"] = json!(10);
    copy["gridPos"]["y"] = json!(9);
    assert_eq!(
        told(&[("/panels/-", copy)]),
        "+ panel \"Up\" (id 10), a copy of panel \"Up\" (id 2)"
    );
    let moved = told(&[("/panels/2/gridPos/y", json!(9)), ("/panels/2/gridPos/x", json!(0))]);
    assert_eq!(
        moved,
        "~ panel \"Up\" (id 2): moved from column 12, line 1 to column 0, line 9"
    );
}

#[test]
fn likes_are_gathered_and_the_path_is_said_to_who_asks() {
    let page = |unit: &str| {
        let panel = |id: u64| json!({"id": id, "type": "stat", "title": format!("P{id}"), "fieldConfig": {"defaults": {"unit": unit}}});
        json!({"title": "T", "panels": (1..=12).map(panel).collect::<Vec<_>>()}).to_string()
    };
    let scene = Scene::new()
        .file("a.json", &page("short"))
        .file("b.json", &page("bytes"));
    let gathered = "~ unit: short -> bytes in 12 panels: \"P1\", \"P2\", \"P3\", \"P4\", \"P5\", …\n";
    let plain = scene.run(&["diff", "a.json", "b.json"]).exit(2);
    assert_eq!(plain.stdout, format!("{gathered}1 changed.\n"));
    scene
        .run(&["diff", "-v", "a.json", "b.json"])
        .exit(2)
        .out(gathered)
        .out("    panels[id=12].fieldConfig.defaults.unit\n");
}

/// In v2 rows and tabs are of their own kind, and settings stand elsewhere; the words are the same.
#[test]
fn the_words_are_the_same_in_v2() {
    let page = |title: &str, unit: &str, tab: &str| {
        let panel = json!({"kind": "Panel", "spec": {"id": 1, "title": title, "description": "", "links": [],
            "data": {"kind": "QueryGroup", "spec": {"queries": [], "transformations": [], "queryOptions": {}}},
            "vizConfig": {"kind": "VizConfig", "group": "stat", "version": "13.1.0", "spec": {"options": {}, "fieldConfig": {"defaults": {"unit": unit}, "overrides": []}}}}});
        let grid = json!({"kind": "GridLayout", "spec": {"items": [{"kind": "GridLayoutItem", "spec": {"x": 0, "y": 0, "width": 12, "height": 8,
            "element": {"kind": "ElementReference", "name": "panel-1"}}}]}});
        json!({"title": "T", "elements": {"panel-1": panel}, "variables": [], "annotations": [], "links": [], "tags": [],
            "layout": {"kind": "TabsLayout", "spec": {"tabs": [{"kind": "TabsLayoutTab", "spec": {"title": tab, "layout": grid}}]}}})
        .to_string()
    };
    let scene = Scene::new()
        .file("a.json", &page("Up", "short", "One"))
        .file("unit.json", &page("Up", "bytes", "One"))
        .file("title.json", &page("Down", "short", "One"));
    scene
        .run(&["diff", "a.json", "unit.json"])
        .exit(2)
        .out("~ panel \"Up\" (id 1) › unit\n    - \"short\"\n    + \"bytes\"");
    scene
        .run(&["diff", "a.json", "title.json"])
        .exit(2)
        .out("~ panel \"Up\" (id 1): renamed from \"Up\" to \"Down\"");
    scene.write("tab.json", &page("Up", "short", "Two"));
    scene.run(&["diff", "a.json", "tab.json"]).exit(2).out("tab \"One\"");
}
