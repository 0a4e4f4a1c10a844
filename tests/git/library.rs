//! Library panels, of which Grafana keeps no history and Git does.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use super::clone::{begin, commit_all};
use super::scene::Scene;
use super::with_git;

const FILE: &str = "library/K/load.json";

pub fn trials() -> Vec<Trial> {
    vec![
        with_git("what_both_changed_in_a_library_panel_comes_together", together),
        with_git("what_both_changed_at_one_place_of_a_library_panel_is_marked", marked),
        with_git("a_library_panel_of_which_git_has_no_base_is_left_alone", unknown),
    ]
}

/// A library panel that was applied and committed.
fn scene() -> Scene {
    let panel = json!({"uid": "lib-load", "name": "Load", "kind": 1, "model": {"type": "timeseries", "title": "Load",
        "fieldConfig": {"defaults": {"unit": "short"}, "overrides": []},
        "datasource": {"type": "prometheus", "uid": "prom"}, "targets": [{"refId": "A", "expr": "node_load1"}]}});
    let mut scene = Scene::new()
        .with_grafana()
        .with_repository()
        .file(FILE, &format!("{panel:#}\n"));
    scene.set("PATH", &std::env::var("PATH").unwrap());
    scene.run(&["apply"]).exit(0);
    begin(&scene.path("work"));
    scene
}

fn live(scene: &Scene) -> Value {
    scene.api("GET", "/api/library-elements/lib-load", None).1["result"].take()
}

fn edit(scene: &Scene, edit: impl Fn(&mut Value)) {
    let mut element = live(scene);
    edit(&mut element["model"]);
    let body = json!({"name": element["name"], "kind": 1, "model": element["model"], "version": element["version"],
        "folderUid": element["folderUid"]});
    let (status, answer) = scene.api("PATCH", "/api/library-elements/lib-load", Some(&body));
    assert_eq!(status, 200, "{answer}");
}

fn change_file(scene: &Scene, edit: impl Fn(&mut Value)) {
    let mut file: Value = serde_json::from_str(&scene.read(FILE)).unwrap();
    edit(&mut file["model"]);
    scene.write(FILE, &format!("{file:#}\n"));
}

fn together() {
    let scene = scene();
    edit(&scene, |model| {
        model["fieldConfig"]["defaults"]["unit"] = json!("percent")
    });
    change_file(&scene, |model| model["title"] = json!("Load of nodes"));
    commit_all(&scene.path("work"), "ours");
    scene
        .run(&["drift"])
        .exit(2)
        .out("diverged")
        .out("unit")
        .no_out("neither in Grafana");
    scene.run(&["pull"]).exit(0).out("library/K/load: pulled");
    let file: Value = serde_json::from_str(&scene.read(FILE)).unwrap();
    assert_eq!(file["model"]["title"], "Load of nodes");
    assert_eq!(file["model"]["fieldConfig"]["defaults"]["unit"], "percent");
    scene.run(&["drift"]).exit(2).out("1 checked, 1 pending");
    scene.run(&["apply"]).exit(0).out("library/K/load: updated, version 3");
    let model = live(&scene)["model"].take();
    assert_eq!(model["title"], "Load of nodes");
    assert_eq!(model["fieldConfig"]["defaults"]["unit"], "percent");
}

fn marked() {
    let scene = scene();
    edit(&scene, |model| model["title"] = json!("Theirs"));
    change_file(&scene, |model| model["title"] = json!("Ours"));
    let before = scene.read(FILE);
    scene.run(&["pull", "--dry-run"]).exit(4).out("conflict");
    assert_eq!(scene.read(FILE), before);
    scene
        .run(&["pull"])
        .exit(4)
        .out("library/K/load: conflict")
        .out("title: repository \"Ours\", Grafana \"Theirs\"");
    let text = scene.read(FILE);
    assert!(
        text.contains("<<<<<<< repository") && text.contains("\"Theirs\""),
        "{text}"
    );
    scene.run(&["plan"]).exit(1).err(FILE);
    scene.write(FILE, &before.replace("Ours", "Both"));
    scene.run(&["apply", "--overwrite-drift"]).exit(0);
    assert_eq!(live(&scene)["model"]["title"], "Both");
    scene.run(&["drift"]).exit(0);
}

fn unknown() {
    let scene = scene();
    // Applied, and not committed: what Grafana had is nowhere.
    change_file(&scene, |model| model["title"] = json!("Between"));
    scene.run(&["apply"]).exit(0);
    edit(&scene, |model| model["title"] = json!("Theirs"));
    change_file(&scene, |model| model["title"] = json!("Ours"));
    let before = scene.read(FILE);
    scene
        .run(&["pull"])
        .exit(4)
        .out("nor in a commit")
        .out("dashctl apply --overwrite-drift");
    assert_eq!(scene.read(FILE), before);
    scene.run(&["pull", "library/K/load"]).exit(0).out("pulled");
    assert!(scene.read(FILE).contains("Theirs"));
}
