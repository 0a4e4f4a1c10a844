use dashctl::sandbox::{Options, Role};
use serde_json::{Value, json};

use super::apply::{dashboard, edit, scene};
use super::scene::{Scene, token};

#[test]
fn it_says_who_when_in_which_version_with_which_message_and_what() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    edit(&scene, "pods", "/panels/0/title", &json!("Renamed"));
    edit(&scene, "pods", "/panels/1/gridPos/y", &json!(8));
    let ran = scene.run(&["drift"]).exit(2);
    for part in [
        "! drift     pods (uid pods)",
        "version 3 by admin at 20",
        "version 2 by admin",
        ": edited by hand",
        "Renamed",
        "1 in sync, 1 drift",
    ] {
        assert!(ran.stdout.contains(part), "{part:?}:\n{}", ran.stdout);
    }
    let json = scene.run(&["drift", "-o", "json"]).exit(2).json();
    let pods = json["targets"][0]["dashboards"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["uid"] == "pods")
        .unwrap();
    assert_eq!((&json["version"], &pods["state"]), (&json!(1), &json!("drift")));
    assert_eq!(pods["edits"][0]["author"], "admin");
    assert_eq!(pods["drift"][0]["path"], "panels[id=1].title");
}

#[test]
fn saved_again_without_an_edit_is_no_drift() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    let mut live = scene.dashboard("pods").unwrap();
    // What the UI adds on any save.
    for (key, value) in [
        ("style", json!("dark")),
        ("liveNow", json!(false)),
        ("weekStart", json!("")),
        ("revision", json!(1)),
    ] {
        live[key] = value;
    }
    scene.save_by_hand(&live, "", "");
    scene.run(&["drift"]).exit(0).out("1 in sync, 1 resave");
    scene.run(&["apply"]).exit(0);
    assert_eq!(scene.messages("pods").len(), 2, "a resave is not written over");
}

#[test]
fn an_edit_that_was_taken_back_is_no_drift() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    edit(&scene, "pods", "/title", &json!("Other"));
    edit(&scene, "pods", "/title", &json!("Pods"));
    scene.run(&["drift"]).exit(0);
    edit(&scene, "pods", "/title", &json!("Other"));
    let (status, _) = scene.api("POST", "/api/dashboards/uid/pods/restore", Some(&json!({"version": 1})));
    assert_eq!(status, 200);
    scene.run(&["drift"]).exit(0);
    scene.write("dashboards/pods.json", &dashboard("pods", "Pods", "ours"));
    scene.run(&["drift"]).exit(2).out("~ pending   pods");
}

#[test]
fn every_state_is_told_apart() {
    let scene = scene();
    for (uid, title) in [("gone", "Gone"), ("moved", "Moved"), ("both", "Both")] {
        scene.write(&format!("dashboards/{uid}.json"), &dashboard(uid, title, "up"));
    }
    scene.run(&["apply"]).exit(0);
    edit(&scene, "pods", "/title", &json!("Renamed by hand"));
    scene.api("DELETE", "/api/dashboards/uid/gone", None);
    let k = scene.meta("nodes")["folderUid"].as_str().unwrap().to_owned();
    scene.save_by_hand(&scene.dashboard("moved").unwrap(), &k, "moved by hand");
    edit(&scene, "both", "/title", &json!("Theirs"));
    scene.write("dashboards/both.json", &dashboard("both", "Ours", "up"));
    scene.write("dashboards/K/nodes.json", &dashboard("nodes", "Nodes", "changed here"));
    scene.save_by_hand(
        &serde_json::from_str(&dashboard("theirs", "Theirs too", "x")).unwrap(),
        "",
        "",
    );
    scene.write("dashboards/theirs.json", &dashboard("theirs", "Mine", "x"));
    let json = scene.run(&["drift", "-o", "json"]).exit(2).json();
    let state = |uid: &str| {
        let rows = json["targets"][0]["dashboards"].as_array().unwrap();
        rows.iter().find(|row| row["uid"] == uid).unwrap()["state"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(state("pods"), "drift");
    assert_eq!(state("gone"), "missing");
    assert_eq!(state("moved"), "drift");
    assert_eq!(state("both"), "diverged");
    assert_eq!(state("nodes"), "pending");
    assert_eq!(state("theirs"), "unowned");
    scene
        .run(&["drift"])
        .exit(2)
        .out("in folder K instead of General")
        .out("somebody deleted it");
}

#[test]
fn made_again_with_the_same_uid_is_not_ours_any_more() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    scene.api("DELETE", "/api/dashboards/uid/pods", None);
    scene.save_by_hand(
        &serde_json::from_str(&dashboard("pods", "Made again", "x")).unwrap(),
        "",
        "",
    );
    scene
        .run(&["drift"])
        .exit(2)
        .out("! unowned   pods")
        .out("deleted and made again");
}

#[test]
fn a_mark_that_was_pushed_out_of_the_history_is_said() {
    let scene = Scene::new()
        .with_sandbox(Options {
            versions_to_keep: 3,
            ..Options::default()
        })
        .with_repository()
        .file("dashboards/pods.json", &dashboard("pods", "Pods", "up"));
    scene.run(&["apply"]).exit(0);
    for number in 0..4 {
        edit(&scene, "pods", "/title", &json!(format!("Edit {number}")));
    }
    scene
        .run(&["drift"])
        .exit(2)
        .out("! drift     pods")
        .out("no longer in the history")
        .out("Edit 3");
    scene.run(&["apply", "--yes"]).exit(2).out("left alone");
}

#[test]
fn a_viewer_learns_that_it_differs_but_not_who_did_it() {
    let options = Options {
        tokens: vec![token(Role::Viewer, "viewer")],
        ..Options::default()
    };
    let scene = Scene::new()
        .with_sandbox(options)
        .with_repository()
        .file("dashboards/pods.json", &dashboard("pods", "Pods", "up"));
    scene.run(&["apply"]).exit(0);
    edit(&scene, "pods", "/title", &json!("Other"));
    let scene = scene.with_token("viewer");
    scene
        .run(&["drift"])
        .exit(2)
        .out("author unknown (history needs write permission)")
        .out("- \"Pods\"\n        + \"Other\"");
}

#[test]
fn unmanaged_dashboards_are_listed_when_asked_for() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    scene.save_by_hand(
        &json!({"uid": "by-hand", "title": "By \u{1b}[31mhand", "panels": []}),
        "",
        "",
    );
    scene.run(&["drift"]).exit(0).no_out("by-hand");
    scene
        .run(&["drift", "--unmanaged"])
        .exit(0)
        .out("(uid by-hand)")
        .no_out("\u{1b}[31mhand");
}

#[test]
fn data_sources_are_checked_too() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    let declared = "version: 1\nrepository: r-test\ndatasources:\n  - {name: Prometheus, uid: prom, type: prometheus, url: 'http://127.0.0.1:9', default: true}\n";
    scene.write("dashctl.yaml", declared);
    scene.run(&["drift"]).exit(0);
    let mut live: Value = scene.api("GET", "/api/datasources/uid/prom", None).1;
    live["url"] = json!("http://elsewhere");
    assert_eq!(scene.api("PUT", "/api/datasources/uid/prom", Some(&live)).0, 200);
    scene
        .run(&["drift"])
        .exit(2)
        .out("data source Prometheus")
        .out("\"http://elsewhere\" -> \"http://127.0.0.1:9\"");
    scene.run(&["apply"]).exit(0).out("data source Prometheus: updated");
    scene.run(&["drift"]).exit(0);
}

#[test]
fn the_exit_code_can_be_chosen_and_the_result_go_to_files() {
    let scene = scene();
    scene.run(&["drift", "--exit-code", "0"]).exit(0).out("missing");
    scene.run(&["drift", "--exit-code", "7"]).exit(7);
    scene
        .run(&["drift", "-o", "json=out/drift.json", "-o", "text"])
        .exit(2)
        .out("missing");
    let json: Value = serde_json::from_str(&scene.read("out/drift.json")).unwrap();
    assert_eq!(json["targets"][0]["totals"], json!({"missing": 2}));
}

#[test]
fn a_check_of_what_is_in_sync_costs_one_request_per_dashboard() {
    let scene = scene();
    for number in 0..20 {
        scene.write(
            &format!("dashboards/M/d{number}.json"),
            &dashboard(&format!("d{number}"), &format!("D {number}"), "up"),
        );
    }
    scene.run(&["apply"]).exit(0);
    scene.requests();
    let json = scene.run(&["drift", "-o", "json"]).exit(0).json();
    // Login, two probes, data sources, folders and logout, and one for each dashboard.
    let requests = scene.requests();
    assert_eq!(requests.len(), 22 + 6, "{requests:#?}");
    assert_eq!(json["targets"][0]["requests"], 22 + 6);
}

#[test]
fn a_grafana_that_is_no_target_of_the_repository_has_one_name_whether_it_answers_or_not() {
    let scene = scene();
    scene.write(
        "dashctl.yaml",
        "version: 1\nrepository: r-test\ntargets: {prod: {url: 'https://grafana.example.com'}}\n",
    );
    let name = |scene: &Scene, code: i32| {
        let report = scene.run(&["drift", "-o", "json"]).exit(code).json();
        report["targets"][0]["target"].as_str().unwrap().to_owned()
    };
    let good = name(&scene, 2);
    assert_eq!(good, scene.sandbox().url());
    let scene = scene.with_token("wrong");
    assert_eq!(name(&scene, 3), good);
}
