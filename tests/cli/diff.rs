use serde_json::json;

use super::apply::{dashboard, edit, scene};
use super::catalog::Catalog;
use super::import::SHARED;
use super::scene::Scene;

#[test]
fn live_and_desired_in_words() {
    let scene = scene();
    scene.run(&["diff"]).exit(2).out("K/nodes").out("not in Grafana yet");
    scene.run(&["apply"]).exit(0);
    scene.run(&["diff"]).exit(0).out("Nothing differs");
    edit(&scene, "pods", "/panels/0/targets/0/expr", &json!("theirs"));
    scene
        .run(&["diff", "pods"])
        .exit(2)
        .out("panel \"First\" (id 1) › query A › expr")
        .out("- \"theirs\"")
        .out("+ \"kube_pod_info\"");
    scene.run(&["diff", "K"]).exit(0);
    scene
        .run(&["diff", "-o", "unified"])
        .exit(2)
        .out("--- pods (live)")
        .out("+++ dashboards/pods.json");
    let json = scene.run(&["diff", "-o", "json", "--exit-code", "0"]).exit(0).json();
    assert_eq!(json[0]["changes"][0]["path"], "panels[id=1].targets[refId=A].expr");
}

#[test]
fn two_sides_of_every_kind() {
    let catalog = Catalog::default()
        .with(6417, 1, SHARED)
        .with(6417, 2, SHARED.replace("node_load1", "node_load5"));
    let scene = scene().with_catalog(catalog);
    scene.run(&["apply"]).exit(0);
    edit(&scene, "pods", "/title", &json!("Edited"));
    scene.write("a.json", &dashboard("pods", "A", "up"));
    scene.write("b.json", &dashboard("pods", "B", "up"));
    scene
        .run(&["diff", "a.json", "b.json"])
        .exit(2)
        .out("- \"A\"")
        .out("+ \"B\"");
    scene.run(&["diff", "a.json", "a.json"]).exit(0);
    scene.run(&["diff", "a.json", "pods"]).exit(2).out("title");
    scene
        .run(&["diff", "b.json"])
        .exit(2)
        .out("- \"B\"")
        .out("+ \"Edited\"");
    scene.run(&["diff", "6417@1", "6417@2"]).exit(2).out("node_load");
    scene.run(&["diff", "6417@1", "6417@1"]).exit(0);
    scene
        .run(&["diff", "pods@v1"])
        .exit(2)
        .out("- \"Pods\"")
        .out("+ \"Edited\"");
    scene.run(&["diff", "pods@v2"]).exit(0);
    scene.run(&["diff", "pods@v1", "pods@v2"]).exit(2);
    scene
        .run(&["diff", "pods@v9"])
        .exit(1)
        .err("pods has no version 9; there are 2, 1");
    scene
        .run(&["diff", "a.json", "nope"])
        .exit(1)
        .err("no dashboard with the uid \"nope\"");
    scene.run(&["diff", "a.json", "b.json", "pods"]).exit(64);
}

#[test]
fn files_need_no_server_and_bad_ones_are_named() {
    let scene = Scene::new()
        .file("a.json", &dashboard("u", "A", "up"))
        .file("bad.json", "{\n  \"title\": }")
        .file("list.json", "[]");
    scene.run(&["diff", "a.json", "a.json"]).exit(0);
    scene
        .run(&["diff", "a.json", "bad.json"])
        .exit(1)
        .err("bad.json")
        .err("line 2");
    scene.run(&["diff", "a.json", "list.json"]).exit(1).err("list.json");
    scene
        .run(&["diff", "a.json", "missing.json"])
        .exit(1)
        .err("missing.json");
}

#[test]
fn ignore_rules_hold_in_every_verb_and_keep_lives_side() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    scene.write(
        "dashctl.yaml",
        "version: 1\nrepository: r-test\nignore: ['panels[id=1].title']\n",
    );
    edit(&scene, "pods", "/panels/0/title", &json!("theirs"));
    scene.run(&["drift"]).exit(0).out("2 in sync");
    scene.run(&["plan"]).exit(0);
    scene
        .run(&["diff", "--all", "pods"])
        .exit(0)
        .out("1 more covered by ignore rules");
    scene.run(&["pull"]).exit(0).out("Nothing to pull");
    scene.write("dashboards/pods.json", &dashboard("pods", "Pods", "ours"));
    scene.run(&["apply"]).exit(0).out("pods: updated");
    let live = scene.dashboard("pods").unwrap();
    assert_eq!(
        (&live["panels"][0]["title"], &live["panels"][0]["targets"][0]["expr"]),
        (&json!("theirs"), &json!("ours"))
    );
    scene.write("dashboards/pods.yaml", "ignore: ['panels[id=99].title']\n");
    scene
        .run(&["plan"])
        .exit(0)
        .err("warning: dashboards/pods.yaml: an ignore rule names nothing");
    let quiet = scene.run(&["plan", "--quiet"]).exit(0);
    assert_eq!(quiet.stderr, "");
    scene.write("dashboards/pods.yaml", "ignore: ['panels[id=']\n");
    scene
        .run(&["plan"])
        .exit(1)
        .err("dashboards/pods.yaml")
        .err("panels[id=");
}

#[test]
fn a_dashboard_is_drawn_with_what_differs_where_that_is_asked_for() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    let text = scene.run(&["drift", "--picture"]).exit(0);
    assert!(!text.stdout.contains('┌'), "nothing differs");
    let mut edited = scene.dashboard("pods").unwrap();
    edited["panels"][0]["title"] = json!("Renamed");
    edited["panels"][0]["gridPos"] = json!({"x": 12, "y": 0, "w": 12, "h": 8});
    edited["panels"].as_array_mut().unwrap().push(
        json!({"id": 77, "type": "stat", "title": "New", "gridPos": {"x": 0, "y": 0, "w": 6, "h": 6}, "targets": []}),
    );
    scene.save_by_hand(&edited, "", "by hand");
    let drawn = ["│~ Renamed", "│+ New"];
    let drift = scene
        .run(&["drift", "--picture", "-o", "text", "-o", "json=drift.json"])
        .exit(2);
    drawn.iter().fold(drift, |ran, part| ran.out(part));
    // An apply would do the reverse.
    let diff = scene.run(&["diff", "pods", "--picture"]).exit(2);
    let _ = ["│~ First", "- New"].iter().fold(diff, |ran, part| ran.out(part));
    assert!(
        !scene.run(&["drift"]).exit(2).stdout.contains('┌'),
        "nobody asked for it"
    );
    scene
        .run(&["report", "show", "drift.json", "-o", "html"])
        .exit(0)
        .out("class=\"plan\"")
        .out("added: New (stat)")
        .out("href=\"#s0e0p0c0\"");
    scene
        .run(&["diff", "pods", "-o", "html"])
        .exit(2)
        .out("removed: New (stat)");
}
