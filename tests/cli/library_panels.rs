//! Library panels as files of a repository.

use dashctl::sandbox::{Options, Version};
use serde_json::{Value, json};

use super::catalog::Catalog;
use super::import::SHARED;
use super::scene::{Scene, writes};

const FILE: &str = "library/K/load.json";
/// Every version that has library panels.
const VERSIONS: [Version; 5] = [
    Version::V9_4,
    Version::V10_2,
    Version::V11_1,
    Version::V12_4,
    Version::V13_1,
];

fn panel(title: &str) -> Value {
    json!({"uid": "lib-load", "name": "Load", "kind": 1, "model": {"type": "timeseries", "title": title, "fieldConfig": {"defaults": {"unit": "short"}, "overrides": []},
        "datasource": {"type": "prometheus", "uid": "prom"}, "targets": [{"refId": "A", "expr": "node_load1"}]}})
}

fn dashboard(uid: &str, title: &str) -> Value {
    json!({"uid": uid, "title": title, "schemaVersion": 37, "panels": [{"id": 1, "gridPos": {"h": 8, "w": 12, "x": 0, "y": 0},
        "title": "Load", "libraryPanel": {"uid": "lib-load", "name": "Load"}}]})
}

/// A library panel and two dashboards, one of which uses it.
fn repository(scene: Scene) -> Scene {
    let other = json!({"uid": "other", "title": "Other", "schemaVersion": 37, "panels": []});
    scene
        .with_repository()
        .file(FILE, &format!("{:#}\n", panel("Load")))
        .file(
            "dashboards/K/nodes.json",
            &format!("{:#}\n", dashboard("nodes", "Nodes")),
        )
        .file("dashboards/other.json", &format!("{other:#}\n"))
}

fn scene() -> Scene {
    repository(Scene::new().with_grafana())
}

fn live(scene: &Scene) -> Option<Value> {
    let (status, mut answer) = scene.api("GET", "/api/library-elements/lib-load", None);
    (status == 200).then(|| answer["result"].take())
}

/// A person saves the panel in a page: with an edit of the model, and with or without the key that the page doesn't know.
fn edit(scene: &Scene, edit: impl Fn(&mut Value), keeps_mark: bool) {
    let mut element = live(scene).unwrap();
    if !keeps_mark {
        element["model"].as_object_mut().unwrap().remove("dashctl");
    }
    edit(&mut element);
    let folder = element["folderUid"]
        .as_str()
        .unwrap()
        .trim_start_matches("general")
        .to_owned();
    let body = json!({"name": element["name"], "kind": 1, "model": element["model"], "version": element["version"], "folderUid": folder});
    let (status, answer) = scene.api("PATCH", "/api/library-elements/lib-load", Some(&body));
    assert_eq!(status, 200, "{answer}");
}

fn change_file(scene: &Scene, edit: impl Fn(&mut Value)) {
    let mut file: Value = serde_json::from_str(&scene.read(FILE)).unwrap();
    edit(&mut file);
    scene.write(FILE, &format!("{file:#}\n"));
}

#[test]
fn a_library_panel_is_applied_before_its_dashboards_on_every_version() {
    for version in VERSIONS {
        let scene = repository(Scene::new().with_grafana_of(version));
        scene
            .run(&["plan"])
            .exit(2)
            .out("+ create    library/K/load (uid lib-load)")
            .out("Plan: 3 to create");
        scene.requests();
        scene
            .run(&["apply"])
            .exit(0)
            .out("library/K/load: created, version 1")
            .out("K/nodes: created");
        let order = writes(&scene.requests());
        let at = |part: &str| order.iter().position(|line| line.contains(part)).unwrap();
        assert!(at("library-elements") < at("dashboard"), "{version:?}: {order:?}");
        let made = live(&scene).unwrap();
        assert_eq!(
            (&made["name"], &made["meta"]["folderName"]),
            (&json!("Load"), &json!("K")),
            "{version:?}"
        );
        assert_eq!(
            made["model"]["description"], "",
            "{version:?}: the description is people's"
        );
        scene.requests();
        scene.run(&["apply"]).exit(0).out("Plan: 0 to create, 0 to change");
        scene.run(&["drift"]).exit(0).out("3 in sync");
        assert_eq!(writes(&scene.requests()), [""; 0], "{version:?}");
        change_file(&scene, |file| file["model"]["title"] = json!("Load of nodes"));
        scene
            .run(&["plan"])
            .exit(2)
            .out("library/K/load")
            .out("the dashboard \"Nodes\" uses it")
            .out("Plan: 0 to create, 1 to change");
        scene.run(&["diff", "library/K/load"]).exit(2).out("Load of nodes");
        scene.run(&["apply"]).exit(0).out("library/K/load: updated, version 2");
        assert_eq!(live(&scene).unwrap()["model"]["title"], "Load of nodes");
        scene.run(&["drift"]).exit(0);
    }
}

#[test]
fn a_grafana_without_library_panels_says_so() {
    let options = Options {
        version: Version::V7_5,
        ..Options::default()
    };
    let scene = repository(
        Scene::new()
            .with_sandbox(options)
            .with_data_source("Prometheus", "prom", true),
    );
    scene
        .run(&["plan", "library/K/load"])
        .exit(4)
        .out("has no library panels (they came with 8.0)");
    scene.run(&["plan", "other"]).exit(2).out("+ create    other");
}

#[test]
fn an_edit_in_grafana_is_drift_and_stays_until_somebody_decides() {
    for (version, keeps_mark) in [(Version::V9_4, true), (Version::V11_1, false), (Version::V13_1, false)] {
        let scene = repository(Scene::new().with_grafana_of(version));
        scene.run(&["apply"]).exit(0);
        edit(
            &scene,
            |panel| panel["model"]["fieldConfig"]["defaults"]["unit"] = json!("percent"),
            keeps_mark,
        );
        scene
            .run(&["drift"])
            .exit(2)
            .out("library/K/load")
            .out("by admin")
            .out("unit")
            .out("the dashboard \"Nodes\" uses it");
        scene
            .run(&["apply"])
            .exit(2)
            .out("! refused   library/K/load")
            .out("left alone: --overwrite-drift writes over it");
        assert_eq!(live(&scene).unwrap()["version"], 2, "{version:?}");
        scene.run(&["pull", "--dry-run"]).exit(0).out("library/K/load");
        assert!(scene.read(FILE).contains("short"));
        scene.run(&["pull"]).exit(0).out("library/K/load: pulled");
        assert!(
            scene.read(FILE).contains("percent") && !scene.read(FILE).contains("dashctl"),
            "{}",
            scene.read(FILE)
        );
        scene.run(&["drift"]).exit(0);
        // What was pulled is known, though no mark says so: another edit of the file is no drift.
        change_file(&scene, |file| file["model"]["title"] = json!("Mine"));
        scene
            .run(&["plan"])
            .exit(2)
            .out("Plan: 0 to create, 1 to change, 0 to delete, 0 with drift");
        scene.run(&["apply"]).exit(0).out("library/K/load: updated, version 3");
    }
}

#[test]
fn overwriting_drift_takes_the_files_side() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    edit(&scene, |panel| panel["model"]["title"] = json!("Theirs"), true);
    scene
        .run(&["apply", "--overwrite-drift"])
        .exit(0)
        .out("library/K/load: updated, version 3");
    assert_eq!(live(&scene).unwrap()["model"]["title"], "Load");
}

#[test]
fn where_both_changed_nothing_is_lost() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    edit(&scene, |panel| panel["model"]["title"] = json!("Theirs"), true);
    change_file(&scene, |file| file["model"]["title"] = json!("Ours"));
    scene
        .run(&["drift"])
        .exit(2)
        .out("diverged")
        .out("keeps no history of library panels");
    scene.run(&["pull"]).exit(4).out("conflict");
    assert!(scene.read(FILE).contains("Ours"));
    scene.run(&["pull", "library/K/load"]).exit(0).out("pulled");
    assert!(scene.read(FILE).contains("Theirs"));
}

#[test]
fn a_save_of_a_page_without_an_edit_is_none() {
    let scene = repository(Scene::new().with_grafana_of(Version::V11_1));
    scene.run(&["apply"]).exit(0);
    edit(
        &scene,
        |panel| {
            let model = panel["model"].as_object_mut().unwrap();
            model.insert("id".into(), json!(7));
            model.insert("gridPos".into(), json!({"x": 0, "y": 0, "w": 12, "h": 8}));
            model.insert("pluginVersion".into(), json!("11.1.1"));
            model["targets"][0]["datasource"] = json!({"type": "prometheus", "uid": "prom"});
            model.insert(
                "options".into(),
                json!({"legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": true},
                "tooltip": {"mode": "single", "sort": "none"}}),
            );
        },
        false,
    );
    scene.run(&["drift"]).exit(0);
    scene.run(&["apply"]).exit(0).out("Plan: 0 to create, 0 to change");
}

#[test]
fn somebody_elses_panel_is_not_written_over() {
    let scene = scene();
    let theirs =
        json!({"uid": "lib-load", "name": "Their load", "kind": 1, "model": {"type": "stat", "title": "Theirs"}});
    scene.api("POST", "/api/library-elements", Some(&theirs));
    scene
        .run(&["apply", "library/K/load"])
        .exit(2)
        .out("left alone: it is there already and isn't this repository's");
    assert_eq!(live(&scene).unwrap()["model"]["title"], "Theirs");
    scene
        .run(&["apply", "--adopt", "library/K/load"])
        .exit(0)
        .out("library/K/load: adopted, version 2");
    assert_eq!(live(&scene).unwrap()["name"], "Load");
}

#[test]
fn a_name_that_is_taken_in_the_folder_fails_and_its_dashboards_are_not_begun() {
    let scene = scene();
    scene.run(&["apply", "other"]).exit(0);
    scene.api("POST", "/api/folders", Some(&json!({"uid": "k", "title": "K"})));
    let theirs = json!({"uid": "another", "name": "Load", "kind": 1, "folderUid": "k", "model": {"type": "stat"}});
    scene.api("POST", "/api/library-elements", Some(&theirs));
    scene
        .run(&["apply"])
        .exit(4)
        .out("another library panel is called \"Load\" in the folder K")
        .out("K/nodes: not begun");
    assert_eq!(scene.dashboard("nodes"), None);
}

#[test]
fn a_dashboard_takes_its_library_panels_along() {
    let scene = scene();
    scene
        .run(&["apply", "K/nodes"])
        .exit(0)
        .out("library/K/load: created")
        .out("K/nodes: created")
        .no_out("other");
}

#[test]
fn a_panel_that_left_the_repository_is_pruned_after_its_dashboards() {
    for version in VERSIONS {
        let scene = repository(Scene::new().with_grafana_of(version));
        scene.run(&["apply"]).exit(0);
        scene
            .run(&["remove", "library/K/load"])
            .exit(0)
            .out("library/K/load: removed");
        assert!(!scene.path(FILE).exists());
        scene
            .run(&["plan"])
            .exit(0)
            .out("stay in Grafana until `dashctl apply --prune`: library/K/load");
        // A dashboard uses it: 12 would delete it all the same.
        scene
            .run(&["apply", "--prune"])
            .exit(2)
            .out("! kept      library/K/load (uid lib-load): the dashboard \"Nodes\" uses it");
        assert!(live(&scene).is_some(), "{version:?}");
        scene.run(&["remove", "K/nodes"]).exit(0);
        scene
            .run(&["apply", "--prune", "--yes"])
            .exit(0)
            .out("K/nodes: deleted")
            .out("library/K/load: deleted");
        assert_eq!(live(&scene), None, "{version:?}");
        assert!(!scene.read("dashctl.lock").contains("lib-load"), "forgotten");
    }
}

#[test]
fn an_edited_panel_and_somebody_elses_are_not_pruned() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    scene.run(&["remove", "library/K/load", "K/nodes"]).exit(0);
    edit(&scene, |panel| panel["model"]["title"] = json!("Theirs"), true);
    scene
        .run(&["apply", "--prune", "--yes"])
        .exit(2)
        .out("library/K/load: kept: somebody changed it since");
    assert!(live(&scene).is_some());
    scene
        .run(&["apply", "--prune", "--yes", "--overwrite-drift"])
        .exit(0)
        .out("library/K/load: deleted");
}

fn shared(model_title: &str) -> String {
    let mut value: Value = serde_json::from_str(SHARED).unwrap();
    value["__elements"] = json!({"lib-1": {"uid": "lib-1", "name": "Shared load", "kind": 1, "type": "text",
        "model": {"type": "text", "title": model_title, "datasource": {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}}}});
    value["panels"][0] = json!({"id": 1, "gridPos": {"h": 1, "w": 1, "x": 0, "y": 0}, "libraryPanel": {"uid": "lib-1", "name": "Shared load"}});
    value.to_string()
}

fn importing() -> Scene {
    Scene::new()
        .with_grafana()
        .with_repository()
        .with_catalog(Catalog::default().with(1, 1, shared("Load")))
}

const BROUGHT: &str = "library/K/shared-load.json";

#[test]
fn what_an_import_brings_along_becomes_files() {
    let scene = importing();
    scene
        .run(&["import", "1", "--folder", "K"])
        .exit(0)
        .out("created")
        .out("library/K/shared-load: created, version 1");
    let file: Value = serde_json::from_str(&scene.read(BROUGHT)).unwrap();
    assert_eq!(
        (&file["uid"], &file["model"]["datasource"]["uid"]),
        (&json!("lib-1"), &json!("${DS_PROMETHEUS}"))
    );
    let files = scene.files();
    let dashboard = files
        .keys()
        .find(|name| name.starts_with("dashboards/K/") && name.ends_with(".json"))
        .unwrap();
    assert!(!files[dashboard].contains("__elements"), "{}", files[dashboard]);
    let (_, live) = scene.api("GET", "/api/library-elements/lib-1", None);
    assert_eq!(live["result"]["model"]["datasource"]["uid"], "prom");
    assert_eq!(live["result"]["meta"]["folderName"], "K");
    scene.run(&["drift"]).exit(0).out("2 in sync");
    scene.run(&["import", "1"]).exit(0).out("unchanged");
    assert_eq!(scene.files(), files);
}

#[test]
fn an_answer_is_given_once() {
    let scene = importing().with_data_source("Second", "second", false);
    scene
        .run(&["import", "1", "--folder", "K", "--input", "DS_PROMETHEUS=Second"])
        .exit(0);
    let (_, live) = scene.api("GET", "/api/library-elements/lib-1", None);
    assert_eq!(live["result"]["model"]["datasource"]["uid"], "second");
    assert!(scene.read("library/K/shared-load.yaml").contains("Second"));
    scene.run(&["drift"]).exit(0);
}

#[test]
fn a_clash_is_refused_before_anything_is_written() {
    // In the repository.
    let scene = importing();
    scene.run(&["import", "1", "--folder", "K"]).exit(0);
    scene
        .catalog()
        .serve(2, 1, shared("Another load").replace("shared-uid", "second-uid"));
    let before = scene.files();
    scene.requests();
    scene
        .run(&["import", "2", "--folder", "K"])
        .exit(1)
        .err("library/K/shared-load.json has another one under this uid");
    assert_eq!((scene.files(), writes(&scene.requests())), (before, vec![]));
    // The same model is no clash.
    scene
        .catalog()
        .serve(3, 1, shared("Load").replace("shared-uid", "third-uid"));
    scene
        .run(&["import", "3", "--folder", "Z", "--title", "Third"])
        .exit(0)
        .out("created");
    // In Grafana.
    let scene = importing();
    let theirs = json!({"uid": "lib-1", "name": "Theirs", "kind": 1, "model": {"type": "stat"}});
    scene.api("POST", "/api/library-elements", Some(&theirs));
    let before = scene.files();
    scene
        .run(&["import", "1", "--folder", "K"])
        .exit(1)
        .err("library/K/shared-load (uid lib-1, \"Theirs\" in Grafana): it is there already");
    assert_eq!(scene.files(), before);
}

#[test]
fn files_alone_are_written_without_a_grafana() {
    let scene = Scene::new()
        .with_repository()
        .with_catalog(Catalog::default().with(1, 1, shared("Load")));
    scene.run(&["import", "1", "--folder", "K", "--no-apply"]).exit(0);
    assert!(scene.path(BROUGHT).exists());
    let lock = scene.read("dashctl.lock");
    assert!(lock.contains("library:") && lock.contains("lib-1"), "{lock}");
}

/// The first revision is imported, the panel's file is edited, and the second one is out.
fn before_an_upgrade(ours: impl Fn(&mut Value)) -> Scene {
    let scene = Scene::new()
        .with_repository()
        .with_catalog(Catalog::default().with(1, 1, shared("Load")));
    scene.run(&["import", "1", "--folder", "K", "--no-apply"]).exit(0);
    let mut file: Value = serde_json::from_str(&scene.read(BROUGHT)).unwrap();
    ours(&mut file);
    scene.write(BROUGHT, &format!("{file:#}\n"));
    scene.catalog().serve(1, 2, shared("Load of all"));
    scene
}

fn brought(scene: &Scene) -> Value {
    serde_json::from_str(&scene.read(BROUGHT)).unwrap()
}

#[test]
fn an_upgrade_merges_the_panels_that_a_revision_brings_along() {
    let scene = before_an_upgrade(|file| file["model"]["transparent"] = json!(true));
    scene
        .run(&["upgrade"])
        .exit(0)
        .out("library panel \"Shared load\"")
        .out("your own edits stay: 1")
        .out("library/K/shared-load.json changes as well");
    let model = &brought(&scene)["model"];
    assert_eq!(
        (&model["title"], &model["transparent"]),
        (&json!("Load of all"), &json!(true))
    );
    assert!(
        !scene
            .read("dashboards/K/nodes-of-a-cluster.json")
            .contains("__elements")
    );
}

#[test]
fn what_both_changed_in_a_library_panel_is_a_conflict_of_the_upgrade() {
    let notes = "dashboards/K/nodes-of-a-cluster.conflicts.yaml";
    let mine = |file: &mut Value| file["model"]["title"] = json!("Mine");
    let scene = before_an_upgrade(mine);
    let before = scene.files();
    scene
        .run(&["upgrade"])
        .exit(2)
        .out("! library panel \"Shared load\" › panel \"Load\" (id 1) › title")
        .out("ours   \"Mine\"")
        .out("theirs \"Load of all\"");
    assert_eq!(brought(&scene)["model"]["title"], "Mine");
    scene.run(&["outdated"]).exit(2).out("library panel \"Shared load\"");
    scene.run(&["upgrade", "--abort"]).exit(0);
    assert_eq!(scene.files(), before);
    scene.run(&["upgrade"]).exit(2);
    let text = scene.read(notes);
    assert!(text.contains("library[uid=lib-1].panels[id=1].title"), "{text}");
    scene.write(notes, &text.replace("take:\n", "take: {value: \"Both\"}\n"));
    scene.run(&["upgrade", "--continue"]).exit(0).out("revision 1 -> 2");
    assert_eq!(brought(&scene)["model"]["title"], "Both");
    for (side, title) in [("ours", "Mine"), ("theirs", "Load of all")] {
        for flags in [
            vec![format!("--{side}")],
            vec!["--on".to_owned(), format!("library[uid=lib-1]={side}")],
        ] {
            let scene = before_an_upgrade(mine);
            let args: Vec<&str> = std::iter::once("upgrade")
                .chain(flags.iter().map(String::as_str))
                .collect();
            scene.run(&args).exit(0);
            assert_eq!(brought(&scene)["model"]["title"], title, "{flags:?}");
        }
    }
}

#[test]
fn a_library_panel_that_one_side_lacks_is_no_loss() {
    // Taken out here, and not touched by the author: it stays out.
    let scene = before_an_upgrade(|_| {});
    scene.run(&["remove", "library/K/shared-load"]).exit(0);
    scene
        .catalog()
        .serve(1, 2, shared("Load").replace("Nodes of a cluster", "Nodes"));
    scene.run(&["upgrade"]).exit(0).no_out("shared-load");
    assert!(!scene.path(BROUGHT).exists());
    // The author changed it.
    let scene = before_an_upgrade(|_| {});
    scene.run(&["remove", "library/K/shared-load"]).exit(0);
    scene
        .run(&["upgrade"])
        .exit(2)
        .out("! library panel \"Shared load\"")
        .out("ours   removed");
    scene.run(&["upgrade", "--continue", "--theirs"]).exit(0);
    assert_eq!(brought(&scene)["model"]["title"], "Load of all");
    // The author took it out: the file may have other users.
    let scene = before_an_upgrade(|_| {});
    let mut without: Value = serde_json::from_str(&shared("Load")).unwrap();
    without.as_object_mut().unwrap().remove("__elements");
    scene.catalog().serve(1, 2, without.to_string());
    scene
        .run(&["upgrade"])
        .exit(0)
        .out("doesn't bring library/K/shared-load.json along any more");
    assert!(scene.path(BROUGHT).exists());
}

#[test]
fn bad_files_are_named() {
    let scene = scene();
    scene.write("library/K/broken.json", "{\"uid\": \"x\", \"name\": \"X\"}");
    scene
        .run(&["plan"])
        .exit(1)
        .err("library/K/broken.json")
        .err("not a library panel: it has no `model`");
    scene.run(&["drift"]).exit(4).out("library/K/broken");
    scene.write("library/K/broken.json", &panel("Twice").to_string());
    scene.run(&["plan"]).exit(1).err("both have the uid \"lib-load\"");
    scene.write("library/K/broken.json", "");
    std::fs::remove_file(scene.path("library/K/broken.json")).unwrap();
    scene.write("library/K/load.yaml", "title: Other\n");
    scene
        .run(&["plan"])
        .exit(1)
        .err("a library panel takes `answers` and `ignore` only");
}

#[test]
fn a_saved_plan_holds_library_panels() {
    let scene = scene();
    scene.run(&["plan", "--out", "plan.json"]).exit(2);
    scene
        .run(&["apply", "plan.json"])
        .exit(0)
        .out("library/K/load: created");
    change_file(&scene, |file| file["model"]["title"] = json!("New"));
    scene.run(&["plan", "--out", "plan.json"]).exit(2);
    edit(&scene, |panel| panel["model"]["title"] = json!("Theirs"), true);
    scene
        .run(&["apply", "plan.json"])
        .exit(1)
        .err("library/K/load: it changed in Grafana");
}

#[test]
fn a_verification_without_a_grafana_looks_into_the_repositorys_own_panels() {
    let scene = scene();
    scene.write("m.txt", "node_load1 1\n");
    scene
        .run(&["verify", "--offline", "--metrics", "m.txt", "K/nodes"])
        .exit(0);
    scene.write("m.txt", "something_else 1\n");
    scene
        .run(&["verify", "--offline", "--metrics", "m.txt", "K/nodes"])
        .exit(2)
        .out("node_load1");
}

#[test]
fn dashboards_that_are_new_to_the_repository_bring_their_library_panels_along() {
    for version in VERSIONS {
        let scene = Scene::new().with_grafana_of(version).with_repository();
        scene.api("POST", "/api/folders", Some(&json!({"uid": "k", "title": "K"})));
        let mut element = panel("Load");
        element["folderUid"] = json!("k");
        scene.api("POST", "/api/library-elements", Some(&element));
        for (uid, title) in [("nodes", "Nodes"), ("more", "More")] {
            scene.save_by_hand(&dashboard(uid, title), "k", "");
        }
        scene
            .run(&["pull", "--new", "nodes", "--dry-run"])
            .exit(0)
            .out("library/K/load: would be new (uid lib-load)");
        assert!(!scene.path(FILE).exists());
        scene
            .run(&["pull", "--new", "nodes"])
            .exit(0)
            .out("K/nodes: new (uid nodes)")
            .out("library/K/load: new (uid lib-load)");
        let file: Value = serde_json::from_str(&scene.read(FILE)).unwrap();
        assert_eq!(file["model"]["title"], "Load", "{version:?}");
        scene.run(&["drift"]).exit(0).out("2 in sync");
        scene.run(&["pull", "--new", "more"]).exit(0).no_out("library/");
        // What was taken is known: a change of the file is one to apply, and no drift.
        change_file(&scene, |file| file["model"]["title"] = json!("Mine"));
        scene.run(&["apply"]).exit(0).out("library/K/load: updated, version 2");
    }
    let scene = Scene::new().with_grafana().with_repository();
    // Grafana stores it, and says that it could not connect the panel.
    let body = json!({"dashboard": dashboard("nodes", "Nodes"), "overwrite": true});
    scene.api("POST", "/api/dashboards/db", Some(&body));
    scene
        .run(&["pull", "--new", "nodes"])
        .exit(0)
        .err("refers to the library panel \"lib-load\", which isn't there");
}
