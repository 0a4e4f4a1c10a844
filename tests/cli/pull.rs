use dashctl::sandbox::{Options, Version};
use serde_json::{Value, json};

use super::apply::{dashboard, edit, scene};
use super::catalog::Catalog;
use super::import::SHARED;
use super::scene::{Scene, writes};

/// The lines of a file that a pull touched.
fn touched(before: &str, after: &str) -> Vec<String> {
    let before: Vec<&str> = before.lines().collect();
    after
        .lines()
        .filter(|line| !before.contains(line))
        .map(|line| line.trim().to_owned())
        .collect()
}

#[test]
fn an_edit_in_grafana_becomes_a_minimal_change_of_the_file() {
    let scene = scene();
    // A face of its own: keys not sorted, numbers as somebody wrote them.
    let own = "{\n    \"title\": \"Own\", \"uid\": \"own\",\n    \"schemaVersion\": 37, \"x\": 1.0,\n    \"panels\": [\n        {\"id\": 1, \"type\": \"stat\", \"title\": \"A\", \"gridPos\": {\"h\": 8, \"w\": 12, \"x\": 0, \"y\": 0},\n         \"targets\": [{\"refId\": \"A\", \"expr\": \"up\"}]}\n    ]\n}\n";
    scene.write("dashboards/own.json", own);
    scene.run(&["apply"]).exit(0);
    edit(&scene, "own", "/panels/0/targets/0/expr", &json!("down"));
    scene.requests();
    scene.run(&["pull", "--dry-run"]).exit(0).out("own: would be pulled");
    assert_eq!(scene.read("dashboards/own.json"), own);
    scene.run(&["pull"]).exit(0).out("own: pulled").out("query A › expr");
    assert_eq!(scene.read("dashboards/own.json"), own.replace("\"up\"", "\"down\""));
    assert_eq!(writes(&scene.requests()), [""; 0], "a pull writes nothing in Grafana");
    scene.run(&["drift"]).exit(0);
    scene.run(&["plan"]).exit(0);
    scene.run(&["pull"]).exit(0).out("Nothing to pull");
}

/// A file in which a panel was copied with its id, and one has none.
fn copied(b: &str) -> String {
    format!(
        r#"{{"uid": "copied", "title": "Copied", "schemaVersion": 36, "panels": [
  {{"id": 1, "type": "stat", "title": "A", "gridPos": {{"x": 0, "y": 0, "w": 12, "h": 8}}, "targets": [{{"refId": "A", "expr": "a"}}]}},
  {{"id": 1, "type": "stat", "title": "B", "gridPos": {{"x": 12, "y": 0, "w": 12, "h": 8}}, "targets": [{{"refId": "A", "expr": "{b}"}}]}},
  {{"type": "stat", "title": "C", "gridPos": {{"x": 0, "y": 8, "w": 12, "h": 8}}, "targets": [{{"refId": "A", "expr": "c"}}]}},
  {{"id": 3, "type": "stat", "title": "D", "gridPos": {{"x": 12, "y": 8, "w": 12, "h": 8}}, "targets": [{{"refId": "A", "expr": "d"}}]}}
]}}
"#
    )
}

#[test]
fn edits_of_copied_panels_that_grafana_renumbered_go_to_the_right_ones() {
    let scene = scene();
    scene.write("dashboards/copied.json", &copied("b"));
    scene.run(&["apply"]).exit(0);
    let mut live = scene.dashboard("copied").unwrap();
    (live["panels"][1]["id"], live["panels"][2]["id"]) = (json!(4), json!(5));
    scene.save_by_hand(&live, "", "");
    scene.run(&["drift"]).exit(0);
    for (panel, expr, file) in [
        (1, "b2", copied("b2")),
        (2, "c2", copied("b2").replace("\"c\"", "\"c2\"")),
    ] {
        edit(
            &scene,
            "copied",
            &format!("/panels/{panel}/targets/0/expr"),
            &json!(expr),
        );
        scene.run(&["pull"]).exit(0).out("copied: pulled");
        assert_eq!(scene.read("dashboards/copied.json"), file);
        scene.run(&["drift"]).exit(0);
    }
    let mut live = scene.dashboard("copied").unwrap();
    live["panels"].as_array_mut().unwrap().remove(1);
    scene.save_by_hand(&live, "", "");
    scene.run(&["pull"]).exit(0).out("copied: pulled");
    let file: Value = serde_json::from_str(&scene.read("dashboards/copied.json")).unwrap();
    let titles: Vec<&Value> = file["panels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|panel| &panel["title"])
        .collect();
    assert_eq!(titles, ["A", "C", "D"]);
    scene.run(&["drift"]).exit(0);
}

#[test]
fn copied_panels_are_merged_where_both_sides_changed_them() {
    let scene = scene();
    scene.write("dashboards/copied.json", &copied("b"));
    scene.run(&["apply"]).exit(0);
    // Saved by a program: the ids stay as they are.
    edit(&scene, "copied", "/panels/1/targets/0/expr", &json!("theirs"));
    scene.write("dashboards/copied.json", &copied("b").replace("\"c\"", "\"ours\""));
    scene.run(&["pull"]).exit(0).out("copied: pulled");
    assert_eq!(
        scene.read("dashboards/copied.json"),
        copied("theirs").replace("\"c\"", "\"ours\"")
    );
    edit(&scene, "copied", "/panels/1/targets/0/expr", &json!("again"));
    scene.write("dashboards/copied.json", &copied("mine"));
    scene.run(&["pull"]).exit(4).out("conflict").out("panel \"B\"");
}

#[test]
fn panels_variables_and_tags_come_and_go() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    let mut live = scene.dashboard("pods").unwrap();
    live["panels"].as_array_mut().unwrap().remove(0);
    live["panels"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": 7, "type": "text", "title": "New",
        "gridPos": {"h": 2, "w": 24, "x": 0, "y": 20}, "options": {"content": "hi", "mode": "markdown"}}));
    live["tags"] = json!(["by-hand"]);
    live["templating"] =
        json!({"list": [{"name": "ns", "type": "custom", "query": "a,b", "current": {"text": "a", "value": "a"}}]});
    scene.save_by_hand(&live, "", "");
    scene.run(&["pull"]).exit(0).out("pods: pulled");
    let file: Value = serde_json::from_str(&scene.read("dashboards/pods.json")).unwrap();
    assert_eq!(file["panels"].as_array().unwrap().len(), 2);
    assert_eq!(file["tags"], json!(["by-hand"]));
    scene.run(&["drift"]).exit(0);
}

#[test]
fn placeholders_of_inputs_come_back() {
    let scene = Scene::new()
        .with_grafana()
        .with_catalog(Catalog::default().with(6417, 1, SHARED))
        .with_repository();
    scene.run(&["import", "6417"]).exit(0);
    let before = scene.read("dashboards/nodes-of-a-cluster.json");
    let mut live = scene.dashboard("shared-uid").unwrap();
    live["panels"][0]["targets"][0]["expr"] = json!("rate(node_load1{cluster=\"main\", x=\"$VAR_CLUSTER\"}[5m])");
    live["panels"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": 2, "type": "stat", "title": "Second",
        "datasource": {"type": "prometheus", "uid": "prom"}, "targets": [{"refId": "A", "expr": "up"}]}));
    scene.save_by_hand(&live, "", "");
    scene.run(&["pull"]).exit(0).out("pulled");
    let after = scene.read("dashboards/nodes-of-a-cluster.json");
    let file: Value = serde_json::from_str(&after).unwrap();
    assert_eq!(
        file["panels"][0]["targets"][0]["expr"],
        "rate(node_load1{cluster=\"${VAR_CLUSTER}\", x=\"$VAR_CLUSTER\"}[5m])"
    );
    assert_eq!(file["panels"][0]["datasource"], "${DS_PROMETHEUS}");
    assert_eq!(file["panels"][1]["datasource"]["uid"], "${DS_PROMETHEUS}");
    assert!(file["__inputs"].is_array());
    assert!(
        touched(&before, &after).iter().all(|line| !line.contains("__inputs")),
        "{:?}",
        touched(&before, &after)
    );
    scene.run(&["drift"]).exit(0);
}

#[test]
fn changes_on_both_sides_are_merged_with_the_history_as_base() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    edit(&scene, "pods", "/panels/0/targets/0/expr", &json!("theirs"));
    scene.write("dashboards/pods.json", &dashboard("pods", "Ours", "kube_pod_info"));
    scene.run(&["drift"]).exit(2).out("! diverged  pods");
    scene.run(&["pull"]).exit(0).out("pods: pulled");
    let file: Value = serde_json::from_str(&scene.read("dashboards/pods.json")).unwrap();
    assert_eq!(
        (&file["title"], &file["panels"][0]["targets"][0]["expr"]),
        (&json!("Ours"), &json!("theirs"))
    );
    scene.run(&["plan"]).exit(2);
    scene.run(&["apply", "--overwrite-drift", "--yes"]).exit(0);
    assert_eq!(
        scene.dashboard("pods").unwrap()["panels"][0]["targets"][0]["expr"],
        "theirs"
    );
}

#[test]
fn what_collides_is_left_with_markers_that_plan_refuses() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    edit(&scene, "pods", "/panels/0/targets/0/expr", &json!("theirs"));
    scene.write("dashboards/pods.json", &dashboard("pods", "Pods", "ours"));
    scene
        .run(&["pull"])
        .exit(4)
        .out("pods: conflict")
        .out("query A › expr: repository \"ours\", Grafana \"theirs\"");
    let text = scene.read("dashboards/pods.json");
    assert!(
        text.contains("<<<<<<< repository") && text.contains("ours") && text.contains("theirs"),
        "{text}"
    );
    scene
        .run(&["plan"])
        .exit(1)
        .err("dashboards/pods.json")
        .err("merge conflict");
    scene.run(&["apply", "--yes"]).exit(1).err("merge conflict");
    // A check goes on with the others.
    edit(&scene, "nodes", "/title", &json!("Other"));
    scene
        .run(&["drift"])
        .exit(4)
        .out("x failed    pods: ")
        .out("! drift     K/nodes");
    scene.run(&["diff"]).exit(4).out("Other").err("merge conflict");
    scene.run(&["rollback", "nodes", "--yes"]).exit(0);
    let settled: String = text
        .lines()
        .filter(|line| !line.starts_with(['<', '=', '>']) && !line.contains("ours"))
        .map(|line| format!("{line}\n"))
        .collect();
    scene.write("dashboards/pods.json", &settled);
    scene.run(&["plan"]).exit(0);
}

#[test]
fn a_form_that_a_newer_grafana_made_is_taken_whole() {
    let scene = Scene::new()
        .with_grafana()
        .with_catalog(Catalog::default().with(6417, 1, SHARED))
        .with_repository();
    scene.run(&["import", "6417"]).exit(0);
    let mut live = scene.dashboard("shared-uid").unwrap();
    live["schemaVersion"] = json!(37);
    live["liveNow"] = json!(false);
    live["style"] = json!("dark");
    live["panels"][0]["targets"][0]["datasource"] = json!({"type": "prometheus", "uid": "prom"});
    live["panels"][0]["title"] = json!("Edited in main");
    scene.save_by_hand(&live, "", "");
    scene
        .run(&["pull"])
        .exit(0)
        .out("re-shaped by a newer Grafana")
        .out("6 places differ by migration and defaults only")
        .out("edited by people: 1");
    let file: Value = serde_json::from_str(&scene.read("dashboards/nodes-of-a-cluster.json")).unwrap();
    assert_eq!(file["schemaVersion"], 37);
    assert_eq!(file["panels"][0]["title"], "Edited in ${VAR_CLUSTER}");
    assert_eq!(file["panels"][0]["targets"][0]["datasource"]["uid"], "${DS_PROMETHEUS}");
    assert!(file["__inputs"].is_array() && file.get("id").is_none());
    scene.run(&["drift"]).exit(0);
}

#[test]
fn a_dashboard_that_was_moved_in_grafana_moves_its_files() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    let k = scene.meta("nodes")["folderUid"].as_str().unwrap().to_owned();
    scene.save_by_hand(&scene.dashboard("pods").unwrap(), &k, "moved");
    scene.run(&["pull"]).exit(0).out("moved to K/pods");
    assert!(
        scene.files().contains_key("dashboards/K/pods.json") && !scene.files().contains_key("dashboards/pods.json")
    );
    scene.run(&["drift"]).exit(0);
}

#[test]
fn a_template_is_not_overwritten() {
    let scene = Scene::new()
        .with_grafana()
        .with_repository()
        .file("templates/pods.json.hbs", &dashboard("pods", "{{values.title}}", "up"))
        .file(
            "dashboards/pods.yaml",
            "template:\n  file: pods.json.hbs\n  values: {title: From a template}\n",
        );
    scene.run(&["apply"]).exit(0).out("pods: created");
    assert_eq!(scene.dashboard("pods").unwrap()["title"], "From a template");
    edit(&scene, "pods", "/panels/0/title", &json!("theirs"));
    let before = scene.files();
    scene
        .run(&["pull"])
        .exit(0)
        .out("pods: left alone")
        .out("a template makes it")
        .out("theirs");
    assert_eq!(scene.files(), before);
}

#[test]
fn what_an_overlay_decides_is_not_lost_silently() {
    let scene = scene();
    scene.write("dashboards/pods.yaml", "overlay: {panels: []}\n");
    scene.run(&["apply"]).exit(0);
    edit(
        &scene,
        "pods",
        "/panels",
        &json!([{"id": 1, "type": "text", "title": "theirs"}]),
    );
    let before = scene.files();
    scene.run(&["pull"]).exit(4).out("not written").out("overlay");
    assert_eq!(scene.files(), before);
}

#[test]
fn a_grown_grafana_becomes_a_repository() {
    let scene = Scene::new().with_grafana().with_repository();
    let (_, folder) = scene.api("POST", "/api/folders", Some(&json!({"title": "Team A"})));
    let uid = folder["uid"].as_str().unwrap();
    for (id, title, folder) in [
        ("one", "Same title", ""),
        ("two", "Same title", uid),
        ("three", "쿠버네티스", uid),
    ] {
        scene.save_by_hand(&serde_json::from_str(&dashboard(id, title, "up")).unwrap(), folder, "");
    }
    scene.run(&["pull", "--new"]).exit(64);
    scene
        .run(&["pull", "--new", "one"])
        .exit(0)
        .out("same-title: new (uid one)");
    scene
        .run(&["pull", "--new", "one"])
        .exit(64)
        .err("in the repository already");
    scene
        .run(&["pull", "--new", "nope"])
        .exit(1)
        .err("no dashboard with the uid");
    scene
        .run(&["pull", "--new", "--all"])
        .exit(0)
        .out("Team A/same-title")
        .out("Team A/쿠버네티스")
        .no_out("uid one");
    scene.requests();
    scene.run(&["plan"]).exit(0);
    scene
        .run(&["drift", "--unmanaged"])
        .exit(0)
        .out("3 in sync")
        .no_out("unmanaged");
    scene.run(&["apply"]).exit(0);
    assert_eq!(
        writes(&scene.requests()),
        [""; 0],
        "what was taken in as it is needs no write"
    );
}

#[test]
fn after_a_pull_only_what_comes_next_is_drift() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    edit(&scene, "pods", "/panels/0/targets/0/expr", &json!("first edit"));
    scene.run(&["pull"]).exit(0).out("pods: pulled");
    edit(&scene, "pods", "/panels/0/targets/0/expr", &json!("second edit"));
    let ran = scene
        .run(&["drift"])
        .exit(2)
        .out("! drift     pods")
        .out("first edit")
        .out("second edit")
        .out("version 3 by");
    ran.no_out("kube_pod_info").no_out("version 2 by");
    scene.run(&["pull"]).exit(0).out("pods: pulled");
    scene.run(&["drift"]).exit(0);
    scene.write("dashboards/pods.json", &dashboard("pods", "Ours again", "second edit"));
    scene.run(&["drift"]).exit(2).out("pending   pods");
}

#[test]
fn what_was_taken_in_is_known_without_a_mark() {
    let scene = Scene::new().with_grafana().with_repository();
    scene.save_by_hand(&serde_json::from_str(&dashboard("one", "One", "up")).unwrap(), "", "");
    scene.run(&["pull", "--new", "--all"]).exit(0);
    edit(&scene, "one", "/title", &json!("Theirs"));
    scene
        .run(&["drift"])
        .exit(2)
        .out("! drift     one")
        .out("version 2 by admin");
    scene.run(&["apply", "--yes"]).exit(2).out("left alone");
    edit(&scene, "one", "/title", &json!("One"));
    scene.run(&["drift"]).exit(0);
    scene.write("dashboards/one.json", &dashboard("one", "Ours", "up"));
    scene.run(&["plan"]).exit(2).out("~ update    one");
    scene.run(&["apply"]).exit(0).out("one: updated");
}

/// A dashboard with everything that people change in lists.
fn lists() -> Value {
    let of = |field: &str, unit: &str| json!({"matcher": {"id": "byName", "options": field}, "properties": [{"id": "unit", "value": unit}]});
    let step = |color: &str, value: Value| json!({"color": color, "value": value});
    let variable =
        |name: &str| json!({"name": name, "type": "custom", "query": "a,b", "current": {"text": "a", "value": "a"}});
    json!({"uid": "lists", "title": "Lists", "schemaVersion": 37, "tags": ["a", "b", "c"],
    "links": [{"title": "one", "url": "/1"}, {"title": "two", "url": "/2"}, {"title": "three", "url": "/3"}],
    "templating": {"list": [variable("x"), variable("y"), variable("z")]},
    "panels": [
        {"id": 1, "type": "row", "title": "Row", "collapsed": false, "gridPos": {"h": 1, "w": 24, "x": 0, "y": 0}, "panels": []},
        {"id": 2, "type": "timeseries", "title": "First", "gridPos": {"h": 8, "w": 12, "x": 0, "y": 1},
         "fieldConfig": {"defaults": {"thresholds": {"mode": "absolute", "steps": [
            step("green", Value::Null), step("yellow", json!(1)), step("orange", json!(5)), step("red", json!(10))]}},
            "overrides": [of("x", "s"), of("y", "s")]},
         "targets": [{"refId": "A", "expr": "a"}, {"refId": "B", "expr": "b"}, {"refId": "C", "expr": "c"}]},
        {"id": 3, "type": "row", "title": "Second row", "collapsed": false, "gridPos": {"h": 1, "w": 24, "x": 0, "y": 9}, "panels": []},
        {"id": 4, "type": "stat", "title": "Last", "gridPos": {"h": 8, "w": 12, "x": 0, "y": 10}, "targets": []}
    ]})
}

#[test]
fn every_everyday_edit_of_a_list_is_taken() {
    type Edit = fn(&mut Value);
    let edits: [(&str, Edit); 14] = [
        ("tags removed", |d| d["tags"] = json!(["c"])),
        ("tags reordered", |d| d["tags"] = json!(["c", "a", "b"])),
        ("all tags removed", |d| d["tags"] = json!([])),
        ("links removed", |d| {
            d["links"] = json!([{"title": "three", "url": "/3"}])
        }),
        ("links reordered", |d| d["links"].as_array_mut().unwrap().reverse()),
        ("variables reordered", |d| {
            d["templating"]["list"].as_array_mut().unwrap().reverse()
        }),
        ("a variable in the middle", |d| {
            let new = json!({"name": "new", "type": "custom", "query": "c", "current": {"text": "c", "value": "c"}});
            d["templating"]["list"].as_array_mut().unwrap().insert(1, new);
        }),
        ("queries reordered", |d| {
            d["panels"][1]["targets"].as_array_mut().unwrap().reverse()
        }),
        ("a query first", |d| {
            d["panels"][1]["targets"]
                .as_array_mut()
                .unwrap()
                .insert(0, json!({"refId": "D", "expr": "d"}));
        }),
        ("thresholds removed", |d| {
            drop(
                d["panels"][1]["fieldConfig"]["defaults"]["thresholds"]["steps"]
                    .as_array_mut()
                    .unwrap()
                    .drain(1..3),
            )
        }),
        ("an override changed", |d| {
            d["panels"][1]["fieldConfig"]["overrides"][1]["properties"][0]["value"] = json!("ms")
        }),
        ("an override removed", |d| {
            drop(
                d["panels"][1]["fieldConfig"]["overrides"]
                    .as_array_mut()
                    .unwrap()
                    .remove(0),
            )
        }),
        ("an override extended", |d| {
            let properties = &mut d["panels"][1]["fieldConfig"]["overrides"][0]["properties"];
            properties
                .as_array_mut()
                .unwrap()
                .push(json!({"id": "decimals", "value": 2}));
        }),
        ("a panel in the first row", |d| {
            let new = json!({"id": 9, "type": "text", "title": "New", "gridPos": {"h": 8, "w": 12, "x": 12, "y": 1}});
            d["panels"].as_array_mut().unwrap().insert(2, new);
        }),
    ];
    let scene = Scene::new().with_grafana().with_repository();
    let original = format!("{:#}\n", lists());
    for (what, edit) in edits {
        scene.write("dashboards/lists.json", &original);
        let _ = std::fs::remove_file(scene.path("dashctl.lock"));
        scene.run(&["apply", "--overwrite-drift", "--yes"]).exit(0);
        let mut live = scene.dashboard("lists").unwrap();
        edit(&mut live);
        scene.save_by_hand(&live, "", what);
        // The file has a change of its own elsewhere.
        scene.write(
            "dashboards/lists.json",
            &original.replace("\"title\": \"Last\"", "\"title\": \"Ours\""),
        );
        let ran = scene.run(&["pull"]);
        assert!(ran.stdout.contains("lists: pulled"), "{what}: {}", ran.stdout);
        let file: Value = serde_json::from_str(&scene.read("dashboards/lists.json")).unwrap();
        let mut expected = live.clone();
        let last = expected["panels"].as_array().unwrap().len() - 1;
        expected["panels"][last]["title"] = json!("Ours");
        for key in ["tags", "links", "templating", "panels"] {
            assert_eq!(file[key], expected[key], "{what}");
        }
        let left = scene.run(&["drift"]).stdout;
        assert!(left.contains("1 pending"), "{what}: {left}");
    }
}

#[test]
fn dashboards_that_could_not_be_looked_at_are_listed() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    edit(&scene, "nodes", "/title", &json!("Other"));
    let fault = dashctl::sandbox::Fault::new("GET", "/api/dashboards/uid/pods", dashctl::sandbox::Effect::status(500));
    scene.sandbox().inject(fault.unwrap());
    scene
        .run(&["pull"])
        .exit(4)
        .out("K/nodes: pulled")
        .out("pods: failed")
        .out("500");
    let rows = scene.run(&["pull", "-o", "json"]).exit(4).json();
    assert_eq!(rows[0]["result"], "failed", "{rows}");
}

#[test]
fn what_ignore_rules_cover_stays_out_of_the_file() {
    let scene = scene();
    scene.write("dashctl.yaml", "version: 1\nrepository: r-test\nignore: [tags, time]\n");
    scene.run(&["apply"]).exit(0);
    let mut live = scene.dashboard("pods").unwrap();
    live["tags"] = json!(["theirs"]);
    live["time"] = json!({"from": "now-7d", "to": "now"});
    live["title"] = json!("Theirs");
    scene.save_by_hand(&live, "", "");
    let before = scene.read("dashboards/pods.json");
    scene.run(&["pull"]).exit(0).out("pods: pulled");
    assert_eq!(
        touched(&before, &scene.read("dashboards/pods.json")),
        ["\"title\": \"Theirs\","]
    );
    scene.run(&["drift"]).exit(0);
    scene.run(&["plan"]).exit(0);
}

#[test]
fn where_the_schema_rose_both_sides_of_one_place_are_a_conflict_too() {
    let scene = scene();
    let old = dashboard("pods", "Pods", "up").replace("\"schemaVersion\": 37", "\"schemaVersion\": 36");
    scene.write("dashboards/pods.json", &old);
    scene.run(&["apply"]).exit(0);
    let mut live = scene.dashboard("pods").unwrap();
    live["schemaVersion"] = json!(37);
    live["tags"] = json!(["theirs"]);
    live["panels"][1]["title"] = json!("Theirs");
    scene.save_by_hand(&live, "", "");
    scene.write(
        "dashboards/pods.json",
        &old.replace("\"tags\": []", "\"tags\": [\"ours\"]")
            .replace("\"Second\"", "\"Ours\""),
    );
    scene
        .run(&["pull"])
        .exit(4)
        .out("pods: conflict")
        .out("panel \"Second\" (id 2) › title: repository \"Ours\", Grafana \"Theirs\"");
    let text = scene.read("dashboards/pods.json");
    assert!(
        text.contains("<<<<<<< repository") && text.contains("Theirs") && text.contains("Ours"),
        "{text}"
    );
    // Tags are single things: both sides' come in.
    assert!(text.contains("\"theirs\"") && text.contains("\"ours\""), "{text}");
    // Apart from each other, both are taken.
    scene.write("dashboards/pods.json", &old.replace("\"First\"", "\"Ours\""));
    scene.run(&["pull"]).exit(0).out("pods: pulled");
    let file: Value = serde_json::from_str(&scene.read("dashboards/pods.json")).unwrap();
    assert_eq!(
        (&file["panels"][0]["title"], &file["tags"]),
        (&json!("Ours"), &json!(["theirs"]))
    );
}

/// Titles that are no file names, or that a file system takes for another.
const TITLES: [&str; 14] = [
    "Team A/B",
    "C:",
    "..",
    "dots...",
    "CON",
    "aux.old",
    "Was? \"quoted\" | <b> *",
    ".hidden",
    "100% %2F",
    "back\\slash",
    "\u{1f525}\u{1f525} fire",
    "쿠버네티스/팀",
    "x]y[z!",
    "a long one: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx??????????????????????",
];

fn folder_titles(scene: &Scene) -> std::collections::BTreeSet<String> {
    let (_, folders) = scene.api("GET", "/api/folders", None);
    let folders = folders.as_array().unwrap().iter();
    folders
        .map(|folder| folder["title"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn folders_of_every_title_come_into_the_repository_and_back() {
    let scene = Scene::new().with_grafana().with_repository();
    for (number, title) in TITLES.iter().enumerate() {
        let body = json!({"uid": format!("f{number}"), "title": title});
        let (status, answer) = scene.api("POST", "/api/folders", Some(&body));
        assert_eq!(status, 200, "{title}: {answer}");
        let dashboard = json!({"uid": format!("d{number}"), "title": format!("D {number}"), "panels": []});
        scene.save_by_hand(&dashboard, &format!("f{number}"), "");
    }
    let before = folder_titles(&scene);
    scene.run(&["pull", "--new", "--all"]).exit(0).out("d-13: new");
    scene.run(&["drift"]).exit(0);
    scene.run(&["plan"]).exit(0);
    scene.requests();
    scene.run(&["apply"]).exit(0);
    assert_eq!(writes(&scene.requests()), [""; 0]);
    // Into another, empty Grafana: the same folders.
    let other = Scene::new().with_grafana();
    for (name, text) in scene.files() {
        other.write(&name, &text);
    }
    other.run(&["apply"]).exit(0);
    assert_eq!(folder_titles(&other), before);
}

#[test]
fn a_dashboard_that_was_moved_into_a_folder_of_any_title_is_pulled() {
    let scene = Scene::new().with_grafana().with_repository();
    scene.write(
        "dashboards/K/d.json",
        "{\"uid\": \"d\", \"title\": \"D\", \"panels\": []}",
    );
    scene.run(&["apply"]).exit(0);
    for (number, title) in TITLES.iter().enumerate() {
        scene.api(
            "POST",
            "/api/folders",
            Some(&json!({"uid": format!("f{number}"), "title": title})),
        );
        let mut live = scene.dashboard("d").unwrap();
        live["title"] = format!("D {number}").into();
        scene.save_by_hand(&live, &format!("f{number}"), "moved");
        scene.run(&["pull"]).exit(0).out("moved to");
        scene.run(&["drift"]).exit(0);
        let files = scene.files();
        assert_eq!(
            files.keys().filter(|name| name.ends_with(".json")).count(),
            1,
            "{title}: {:?}",
            files.keys()
        );
    }
}

#[test]
fn an_import_names_a_folder_with_a_slash_in_its_title() {
    let scene = Scene::new().with_grafana().with_repository();
    scene.write("in/d.json", "{\"uid\": \"d\", \"title\": \"D\", \"panels\": []}");
    scene
        .run(&["import", "in/d.json", "--folder", "Team A\\/B"])
        .exit(0)
        .out("Team A\\/B");
    assert!(folder_titles(&scene).contains("Team A/B"));
    assert!(scene.files().contains_key("dashboards/Team A%2FB/d.json"));
    scene.run(&["drift"]).exit(0);
    scene
        .run(&["import", "in/d.json", "--folder", "General", "--uid", "e"])
        .exit(0)
        .out("General");
    assert_eq!(folder_titles(&scene).len(), 1);
}

#[test]
fn what_another_tool_owns_is_left_out_of_a_whole_adoption_and_no_failure() {
    let scene = Scene::new();
    let provisioned = scene.path("provisioned");
    std::fs::create_dir_all(&provisioned).unwrap();
    std::fs::write(
        provisioned.join("p.json"),
        "{\"uid\": \"p\", \"title\": \"P\", \"panels\": []}",
    )
    .unwrap();
    let options = dashctl::sandbox::Options {
        provision: Some(provisioned),
        ..dashctl::sandbox::Options::default()
    };
    let scene = scene.with_sandbox(options).with_repository();
    scene.save_by_hand(&json!({"uid": "d", "title": "D", "panels": []}), "", "");
    scene
        .run(&["pull", "--new", "--all"])
        .exit(0)
        .out("d: new")
        .out("left out: provisioned");
    scene.run(&["pull", "--new", "p"]).exit(4).out("left out: provisioned");
}

#[test]
fn a_changed_uid_is_said_to_make_a_new_dashboard() {
    // Before 12, Grafana takes no second dashboard of the same title.
    for (version, exit) in [(Version::V12_4, 2), (Version::V9_4, 4)] {
        let options = Options {
            version,
            ..Options::default()
        };
        let scene = Scene::new().with_sandbox(options).with_repository();
        scene.save_by_hand(&json!({"uid": "d", "title": "D", "panels": []}), "", "");
        scene.run(&["pull", "--new", "--all"]).exit(0);
        let text = scene
            .read("dashboards/d.json")
            .replace("\"uid\": \"d\"", "\"uid\": \"other\"");
        scene.write("dashboards/d.json", &text);
        scene
            .run(&["plan"])
            .exit(exit)
            .out("its uid was \"d\": this makes a new dashboard, and the one with the old uid stays as it is");
    }
}
