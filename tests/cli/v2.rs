//! Grafana 12 and 13 by their own API: what its pages store, what dashctl makes of it, and what it writes.

use dashctl::sandbox::Version;
use serde_json::{Value, json};

use super::apply::dashboard;
use super::scene::{Scene, writes};

/// A repository of one classic dashboard, applied to a Grafana of this version.
fn applied(version: Version) -> Scene {
    let scene = empty(version).file("dashboards/K/pods.json", &dashboard("pods", "Pods", "up"));
    scene.run(&["apply", "--yes"]).exit(0);
    scene
}

fn empty(version: Version) -> Scene {
    Scene::new().with_grafana_of(version).with_repository()
}

fn path(version: &str, uid: &str) -> String {
    format!("/apis/dashboard.grafana.app/{version}/namespaces/default/dashboards/{uid}")
}

/// The dashboard as the page of Grafana 13 has it, at v2.
fn in_the_page(scene: &Scene, uid: &str) -> Value {
    let (status, object) = scene.api("GET", &path("v2", uid), None);
    assert_eq!(status, 200, "{object}");
    object
}

/// What the page of Grafana 13 does when somebody presses save after an edit.
fn save_in_the_page(scene: &Scene, uid: &str, message: &str, edit: impl FnOnce(&mut Value)) {
    let mut object = in_the_page(scene, uid);
    object.as_object_mut().unwrap().remove("status");
    let annotations = object["metadata"]["annotations"].as_object_mut().unwrap();
    annotations.insert("grafana.app/message".into(), message.into());
    annotations.insert("grafana.app/saved-from-ui".into(), "Grafana v13.1.0 (4b129b8f)".into());
    edit(&mut object["spec"]);
    let (status, saved) = scene.api("PUT", &path("v2", uid), Some(&object));
    assert_eq!(status, 200, "{saved}");
}

fn panel(spec: &mut Value, id: u64) -> &mut Value {
    let elements = spec["elements"].as_object_mut().unwrap();
    let found = elements.values_mut().find(|element| element["spec"]["id"] == id);
    &mut found.unwrap()["spec"]
}

/// Puts everything into a tab, as a person does with "Group into tab".
fn into_tab(spec: &mut Value, title: &str) {
    let inner = spec["layout"].take();
    spec["layout"] = json!({"kind": "TabsLayout", "spec": {"tabs": [
        {"kind": "TabsLayoutTab", "spec": {"title": title, "layout": inner}}]}});
}

/// Whether it has tabs there, which only the v2 form can hold.
fn has_tabs(scene: &Scene, uid: &str) -> bool {
    in_the_page(scene, uid)["spec"]["layout"]["kind"] == "TabsLayout"
}

#[test]
fn what_is_applied_is_in_sync_on_the_apis_of_every_version() {
    for version in [Version::V12_4, Version::V13_1] {
        let scene = applied(version);
        scene
            .run(&["status"])
            .exit(0)
            .out("/apis/dashboard.grafana.app")
            .out("this server has it");
        scene.requests();
        scene.run(&["apply", "--yes"]).exit(0);
        scene.run(&["drift"]).exit(0).out("1 in sync");
        assert_eq!(writes(&scene.requests()), [""; 0]);
        scene.run(&["drift", "--api", "legacy"]).exit(0).out("1 in sync");
        scene.run(&["status", "--api", "legacy"]).exit(0).out("/api: asked for");
        scene.run(&["history", "pods"]).exit(0).out("admin").out("dashctl/");
        // What others saved is told from what isn't applied yet.
        scene.write("dashboards/K/pods.json", &dashboard("pods", "Ours", "up"));
        scene.run(&["drift"]).exit(2).out("1 pending");
        scene.run(&["apply", "--yes"]).exit(0).out("updated, version 2");
        scene.run(&["rollback", "pods", "--to", "1", "--yes"]).exit(0);
        scene.run(&["drift"]).exit(2).out("1 drift").out("version 3 by admin");
    }
}

#[test]
fn an_older_server_says_why_the_legacy_api_is_used() {
    let scene = empty(Version::V11_1);
    scene
        .run(&["status"])
        .exit(0)
        .out("/api: this server has no /apis/dashboard.grafana.app");
    scene.run(&["status", "--api", "apis"]).exit(1).err("--api apis");
    // What it can't store is known before anything is written.
    scene.write("shop.json", &v2_file("shop").to_string());
    let before = scene.files();
    scene
        .run(&["import", "shop.json", "--yes"])
        .exit(1)
        .err("needs Grafana 12");
    assert_eq!(scene.files(), before);
    scene.write("dashboards/shop.json", &v2_file("shop").to_string());
    scene.requests();
    scene.run(&["apply", "--yes"]).exit(4).out("needs Grafana 12");
    assert_eq!(writes(&scene.requests()), [""; 0]);
}

#[test]
fn a_save_without_an_edit_is_a_resave_and_an_edit_comes_into_the_classic_file() {
    let scene = applied(Version::V13_1);
    save_in_the_page(&scene, "pods", "", |_| {});
    scene.run(&["drift"]).exit(0).out("1 resave");
    save_in_the_page(&scene, "pods", "louder", |spec| {
        panel(spec, 1)["title"] = json!("Shout");
    });
    scene
        .run(&["drift"])
        .exit(2)
        .out("1 drift")
        .out("by admin at 20")
        .out(" in the page of Grafana v13.1.0 (4b129b8f): louder")
        .out("Shout")
        .out("1 changed.");
    scene
        .run(&["apply", "--yes"])
        .exit(2)
        .out("--overwrite-drift writes over it");
    let before = scene.read("dashboards/K/pods.json");
    scene.run(&["pull"]).exit(0).out("pulled");
    assert_eq!(
        scene.read("dashboards/K/pods.json"),
        before.replace("\"First\"", "\"Shout\""),
        "the file keeps its form"
    );
    scene.run(&["drift"]).exit(0);
    // The next edit of the file is written as it is, and nothing of the page's form is lost by it.
    scene.write("dashboards/K/pods.json", &before.replace("\"First\"", "\"Ours\""));
    scene.run(&["plan"]).exit(2).out("1 to change");
    scene.run(&["apply", "--yes"]).exit(0);
    scene.run(&["drift"]).exit(0).out("1 in sync");
}

#[test]
fn a_tab_makes_the_file_a_v2_one_which_is_written_as_v2_from_then_on() {
    let scene = applied(Version::V13_1);
    save_in_the_page(&scene, "pods", "tabs", |spec| into_tab(spec, "Network"));
    scene
        .run(&["drift"])
        .exit(2)
        .out("Network")
        .out("Grafana has tabs, which a classic dashboard can't hold");
    scene
        .run(&["pull"])
        .exit(0)
        .out("its file is a v2 one now: a classic file can't hold tabs");
    let file: Value = serde_json::from_str(&scene.read("dashboards/K/pods.json")).unwrap();
    assert_eq!(file["apiVersion"], "dashboard.grafana.app/v2");
    assert_eq!(
        (&file["kind"], &file["metadata"]["name"]),
        (&json!("Dashboard"), &json!("pods"))
    );
    assert_eq!(file["spec"], in_the_page(&scene, "pods")["spec"]);
    scene.run(&["drift"]).exit(0);
    scene.requests();
    scene.run(&["apply", "--yes"]).exit(0);
    assert_eq!(writes(&scene.requests()), [""; 0]);

    let mut edited = file;
    edited["spec"]["layout"]["spec"]["tabs"][0]["spec"]["title"] = json!("Traffic");
    scene.write("dashboards/K/pods.json", &format!("{edited:#}\n"));
    scene.run(&["plan"]).exit(2).out("Traffic");
    scene.run(&["apply", "--yes"]).exit(0).out("updated");
    assert!(has_tabs(&scene, "pods"));
    assert_eq!(in_the_page(&scene, "pods")["spec"], edited["spec"]);
    scene.run(&["drift"]).exit(0).out("1 in sync");
    scene.run(&["diff", "pods@v1", "pods"]).exit(2).out("Traffic");
    // Back to what it was before anybody had tabs, and forth again.
    scene.run(&["rollback", "pods", "--to", "1", "--yes"]).exit(0);
    assert_eq!(scene.dashboard("pods").unwrap()["panels"].as_array().unwrap().len(), 2);
    scene.run(&["apply", "--yes", "--overwrite-drift"]).exit(0);
    assert!(has_tabs(&scene, "pods"));
    // Ours to delete, too.
    scene.run(&["remove", "K/pods"]).exit(0);
    scene.run(&["apply", "--yes", "--prune"]).exit(0);
    assert_eq!(scene.dashboard("pods"), None);
}

#[test]
fn what_ignore_rules_cover_stays_as_grafana_has_it_whatever_the_forms() {
    let rules = "version: 1\nrepository: r-test\nignore: ['panels[id=2].title', time]\n";
    let theirs = |spec: &mut Value| {
        panel(spec, 2)["title"] = json!("theirs");
        spec["timeSettings"]["from"] = json!("now-2d");
    };
    // A classic file over what a page stored as v2.
    let scene = applied(Version::V13_1).file("dashctl.yaml", rules);
    save_in_the_page(&scene, "pods", "", theirs);
    scene.run(&["drift"]).exit(0);
    scene.write("dashboards/K/pods.json", &dashboard("pods", "Ours", "up"));
    scene.run(&["apply", "--yes"]).exit(0).out("updated");
    let live = scene.dashboard("pods").unwrap();
    let kept = [&live["title"], &live["panels"][1]["title"], &live["time"]["from"]];
    assert_eq!(kept, [&json!("Ours"), &json!("theirs"), &json!("now-2d")]);
    // A v2 file.
    let scene = empty(Version::V13_1).file("dashctl.yaml", rules);
    let mut file = v2_file("shop");
    scene.write("dashboards/shop.json", &file.to_string());
    scene.run(&["apply", "--yes"]).exit(0);
    save_in_the_page(&scene, "shop", "", theirs);
    scene.run(&["drift"]).exit(0);
    file["spec"]["title"] = json!("Ours");
    scene.write("dashboards/shop.json", &file.to_string());
    scene.run(&["apply", "--yes"]).exit(0).out("updated");
    theirs(&mut file["spec"]);
    assert_eq!(in_the_page(&scene, "shop")["spec"], file["spec"]);
}

#[test]
fn what_was_asked_to_be_flattened_is_flattened() {
    let scene = applied(Version::V13_1);
    save_in_the_page(&scene, "pods", "", |spec| into_tab(spec, "Network"));
    scene
        .run(&["plan", "--overwrite-drift"])
        .exit(2)
        .out("an apply flattens it");
    scene.run(&["apply", "--yes"]).exit(2);
    assert!(has_tabs(&scene, "pods"));
    scene
        .run(&["apply", "--yes", "--overwrite-drift"])
        .exit(0)
        .out("updated, version 3; flattened: tabs");
    scene.run(&["drift"]).exit(0).out("1 in sync");
    assert!(scene.dashboard("pods").unwrap()["panels"].is_array());
}

#[test]
fn a_v2_file_is_imported_as_others_write_it_and_both_sides_edits_meet_in_it() {
    let scene = empty(Version::V13_1);
    let mut file = v2_file("shop");
    scene.write("shop.json", &file.to_string());
    scene
        .run(&["import", "shop.json", "--folder", "K", "--yes"])
        .exit(0)
        .out("created");
    assert_eq!(in_the_page(&scene, "shop")["spec"], file["spec"]);
    scene.requests();
    scene
        .run(&["import", "shop.json", "--folder", "K", "--yes"])
        .exit(0)
        .out("unchanged");
    scene.run(&["drift"]).exit(0).out("1 in sync");
    assert_eq!(writes(&scene.requests()), [""; 0]);

    // One changes a panel in the page, the other another one in the file.
    save_in_the_page(&scene, "shop", "", |spec| panel(spec, 1)["title"] = json!("Theirs"));
    panel(&mut file["spec"], 2)["title"] = json!("Ours");
    scene.write("dashboards/K/shop.json", &format!("{file:#}\n"));
    scene.run(&["drift"]).exit(2).out("1 diverged");
    scene.run(&["pull"]).exit(0).out("pulled");
    panel(&mut file["spec"], 1)["title"] = json!("Theirs");
    assert_eq!(scene.read("dashboards/K/shop.json"), format!("{file:#}\n"));
    scene.run(&["apply", "--yes"]).exit(0).out("updated");
    scene.run(&["drift"]).exit(0).out("1 in sync");

    // Both change the same.
    save_in_the_page(&scene, "shop", "", |spec| panel(spec, 1)["title"] = json!("Mine"));
    panel(&mut file["spec"], 1)["title"] = json!("No, mine");
    scene.write("dashboards/K/shop.json", &format!("{file:#}\n"));
    scene
        .run(&["pull"])
        .exit(4)
        .out("conflict")
        .out("elements › panel-1 › spec › title: repository \"No, mine\", Grafana \"Mine\"");
    let text = scene.read("dashboards/K/shop.json");
    assert!(text.contains("<<<<<<< repository") && text.contains("\"No, mine\"") && text.contains("\"Mine\""));
    scene.run(&["plan"]).exit(1).err("conflict");
}

#[test]
fn a_v2_dashboard_that_was_exported_for_sharing_gets_the_data_sources_of_the_target() {
    let scene = empty(Version::V13_1).with_data_source("Other", "other", false);
    let mut shared = v2_file("shared");
    for id in [1, 2] {
        let query = &mut panel(&mut shared["spec"], id)["data"]["spec"]["queries"][0]["spec"]["query"];
        query.as_object_mut().unwrap().remove("datasource");
        query["labels"] = json!({"grafana.app/export-label": format!("prometheus-{id}")});
    }
    scene.write("shared.json", &shared.to_string());
    let source = |id: u64| {
        let mut live = in_the_page(&scene, "shared");
        panel(&mut live["spec"], id)["data"]["spec"]["queries"][0]["spec"]["query"]["datasource"]["name"].take()
    };
    scene
        .run(&["import", "shared.json", "--input", "prometheus-2=Other", "--yes"])
        .exit(0);
    assert_eq!((source(1), source(2)), (json!("prom"), json!("other")));
    scene.run(&["drift"]).exit(0).out("1 in sync");
    // An edit of somebody comes into the file, in which the data sources stay open.
    save_in_the_page(&scene, "shared", "", |spec| panel(spec, 1)["title"] = json!("New"));
    scene.run(&["pull"]).exit(0);
    panel(&mut shared["spec"], 1)["title"] = json!("New");
    let file: Value = serde_json::from_str(&scene.read("dashboards/shop.json")).unwrap();
    assert_eq!(file, shared);
    scene.run(&["drift"]).exit(0);
}

#[test]
fn a_v2_dashboard_that_nobody_has_a_file_of_is_taken_in() {
    let scene = applied(Version::V13_1);
    let (status, _) = scene.api("POST", path("v2", "").trim_end_matches('/'), Some(&v2_file("new")));
    assert_eq!(status, 201);
    scene.run(&["pull", "--new", "new"]).exit(0);
    let file: Value = serde_json::from_str(&scene.read("dashboards/shop.json")).unwrap();
    assert_eq!(file["apiVersion"], "dashboard.grafana.app/v2");
    scene.run(&["drift"]).exit(0);
    save_in_the_page(&scene, "new", "", |spec| into_tab(spec, "T"));
    scene.run(&["drift"]).exit(2).out("1 drift").out("tab \"T\"");
    scene.run(&["pull"]).exit(0);
    scene.run(&["drift"]).exit(0);
}

#[test]
fn through_the_legacy_api_a_v2_dashboard_is_named_and_never_touched() {
    let scene = applied(Version::V13_1).file("dashboards/old.json", &dashboard("old", "Old", "up"));
    scene.run(&["apply", "--yes"]).exit(0);
    save_in_the_page(&scene, "pods", "", |spec| into_tab(spec, "Network"));
    let legacy = |args: &[&str]| scene.run(&[args, &["--api", "legacy"]].concat());
    let report = legacy(&["drift", "-o", "json"]).exit(2).json();
    let totals = &report["targets"][0]["totals"];
    assert_eq!((&totals["unsupported"], &totals["in-sync"]), (&json!(1), &json!(1)));
    legacy(&["drift"])
        .exit(2)
        .out("stored as v2, which the legacy API can't give");
    scene.write("dashboards/K/pods.json", &dashboard("pods", "Ours", "up"));
    scene.requests();
    legacy(&["apply", "--yes", "--overwrite-drift", "--adopt"])
        .exit(2)
        .out("what can't be read isn't written over");
    legacy(&["import", "dashboards/K/pods.json", "--uid", "pods", "--adopt", "--yes"]).exit(1);
    legacy(&["rollback", "pods", "--to", "1", "--yes"])
        .exit(1)
        .err("stored as v2");
    legacy(&["diff", "pods"]).exit(2).err("stored as v2");
    legacy(&["pull", "pods"]).exit(0);
    scene.run(&["remove", "K/pods"]).exit(0);
    legacy(&["apply", "--yes", "--prune", "--overwrite-drift"])
        .exit(2)
        .out("can't be read as it is stored");
    assert_eq!(writes(&scene.requests()), [""; 0]);
    assert!(has_tabs(&scene, "pods"));
}

#[test]
fn an_edit_that_keeps_the_message_is_an_edit_all_the_same() {
    let scene = applied(Version::V13_1);
    // As `kubectl edit` does it: everything is sent again as it was read, but for the edit.
    let edit = |scene: &Scene, title: &str| {
        let (_, mut object) = scene.api("GET", &path("v0alpha1", "pods"), None);
        object["spec"]["panels"][0]["title"] = json!(title);
        let (status, saved) = scene.api("PUT", &path("v0alpha1", "pods"), Some(&object));
        assert_eq!(status, 200, "{saved}");
    };
    edit(&scene, "kept");
    scene.run(&["drift"]).exit(2).out("1 drift").out("kept");
    scene.run(&["apply", "--yes"]).exit(2);
    // Deleted, and made again from what was read.
    let (_, object) = scene.api("GET", &path("v0alpha1", "pods"), None);
    scene.run(&["apply", "--yes", "--overwrite-drift"]).exit(0);
    let (status, _) = scene.api("DELETE", &path("v0alpha1", "pods"), None);
    assert_eq!(status, 200);
    let mut again = object;
    again["metadata"]["resourceVersion"].take();
    again["metadata"].as_object_mut().unwrap().remove("resourceVersion");
    let (status, made) = scene.api("POST", path("v0alpha1", "").trim_end_matches('/'), Some(&again));
    assert_eq!(status, 201, "{made}");
    scene.run(&["drift"]).exit(2).out("deleted and made again");
    scene.run(&["apply", "--yes"]).exit(2);
}

#[test]
fn what_nobody_touched_isn_t_read_and_every_way_of_touching_it_is_seen() {
    let scene = empty(Version::V13_1);
    for number in 0..20 {
        let uid = format!("d{number}");
        let name = format!("dashboards/K/{uid}.json");
        scene.write(&name, &dashboard(&uid, &format!("D {number}"), "up"));
    }
    scene.run(&["apply", "--yes"]).exit(0);
    let read = |args: &[&str], code: i32| {
        scene.requests();
        let ran = scene.run(args).exit(code);
        let of_dashboards = |path: &String| path.contains("/dashboards/d");
        let paths = scene.requests().into_iter().map(|request| request.path);
        (ran, paths.filter(of_dashboards).count())
    };
    assert_eq!(read(&["drift"], 0).1, 0);
    assert_eq!(read(&["apply", "--yes"], 0).1, 0);
    assert_eq!(read(&["drift", "--full"], 0).1, 20);
    // Written over by us, it isn't read either.
    scene.write("dashboards/K/d1.json", &dashboard("d1", "D one", "up"));
    let (read_and_write, again) = (read(&["apply", "--yes"], 0).1, read(&["drift"], 0).1);
    assert_eq!((read_and_write, again), (2, 0));

    let get = |uid: &str| scene.api("GET", &path("v0alpha1", uid), None).1;
    let put = |uid: &str, object: &Value| {
        let (status, saved) = scene.api("PUT", &path("v0alpha1", uid), Some(object));
        assert_eq!(status, 200, "{saved}");
    };
    // An edit, and an older version, each with the message that was there.
    let old = get("d1");
    let mut edited = get("d2");
    edited["spec"]["panels"][0]["title"] = json!("by kubectl");
    put("d2", &edited);
    scene.write("dashboards/K/d1.json", &dashboard("d1", "D first", "up"));
    scene.run(&["apply", "--yes"]).exit(2);
    let mut restored = get("d1");
    restored["spec"] = old["spec"].clone();
    put("d1", &restored);
    // By the legacy API, in the words of our own message.
    let message = get("d3")["metadata"]["annotations"]["grafana.app/message"].clone();
    let mut live = scene.dashboard("d3").unwrap();
    live["panels"][0]["title"] = json!("by the older API");
    scene.save_by_hand(
        &live,
        scene.meta("d3")["folderUid"].as_str().unwrap(),
        message.as_str().unwrap(),
    );
    // Moved, taken by another tool, deleted and made again.
    let mut moved = get("d4");
    moved["metadata"]["annotations"]
        .as_object_mut()
        .unwrap()
        .remove("grafana.app/folder");
    put("d4", &moved);
    let mut taken = get("d5");
    taken["metadata"]["annotations"]["grafana.app/managedBy"] = json!("terraform");
    put("d5", &taken);
    let mut again = get("d6");
    again["spec"]["panels"][0]["title"] = json!("made again");
    assert_eq!(scene.api("DELETE", &path("v0alpha1", "d6"), None).0, 200);
    again["metadata"].as_object_mut().unwrap().remove("resourceVersion");
    assert_eq!(
        scene
            .api("POST", path("v0alpha1", "").trim_end_matches('/'), Some(&again))
            .0,
        201
    );
    // And one that is gone.
    assert_eq!(scene.api("DELETE", &path("v0alpha1", "d7"), None).0, 200);

    let (ran, _) = read(&["drift", "-o", "json"], 2);
    let report = ran.json();
    let states: std::collections::BTreeMap<&str, &str> = report["targets"][0]["dashboards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["uid"].as_str().unwrap(), row["state"].as_str().unwrap()))
        .filter(|(_, state)| *state != "in-sync")
        .collect();
    let expected = [
        ("d1", "drift"),
        ("d2", "drift"),
        ("d3", "drift"),
        ("d4", "drift"),
        ("d5", "foreign"),
        ("d6", "unowned"),
        ("d7", "missing"),
    ];
    assert_eq!(states, expected.into());
    let full = read(&["drift", "--full", "-o", "json"], 2).0.json();
    assert_eq!(full["targets"][0]["dashboards"], report["targets"][0]["dashboards"]);
}

#[test]
fn when_most_were_touched_they_are_read_by_pages_and_told_as_if_they_were_read_one_by_one() {
    let scene = empty(Version::V13_1);
    for number in 0..40 {
        let uid = format!("d{number}");
        let name = format!("dashboards/K/{uid}.json");
        scene.write(&name, &dashboard(&uid, &format!("D {number}"), "up"));
    }
    scene.run(&["apply", "--yes"]).exit(0);
    for number in 0..30 {
        let uid = format!("d{number}");
        let mut object = scene.api("GET", &path("v0alpha1", &uid), None).1;
        object["spec"]["panels"][0]["title"] = json!("louder");
        object["metadata"]["annotations"]["grafana.app/message"] = json!("why");
        assert_eq!(scene.api("PUT", &path("v0alpha1", &uid), Some(&object)).0, 200);
    }
    // A page of classic dashboards can't give these as they are stored.
    for uid in ["d30", "d31"] {
        save_in_the_page(&scene, uid, "", |spec| into_tab(spec, "Network"));
    }
    scene.write("dashboards/K/d39.json", &dashboard("other", "D 39", "up"));
    scene.requests();
    let report = scene.run(&["drift", "-o", "json"]).exit(2).json();
    let paths: Vec<String> = scene.requests().into_iter().map(|request| request.path).collect();
    let one_by_one = paths.iter().filter(|path| path.contains("/dashboards/"));
    let mut one_by_one: Vec<&str> = one_by_one.map(|path| path.rsplit('/').next().unwrap()).collect();
    one_by_one.sort_unstable();
    assert_eq!(
        one_by_one,
        ["d30", "d30", "d31", "d31", "other"],
        "at both versions, and none"
    );
    let full = scene.run(&["drift", "--full", "-o", "json"]).exit(2).json();
    assert_eq!(full["targets"][0]["dashboards"], report["targets"][0]["dashboards"]);
    assert_eq!(
        report["targets"][0]["totals"],
        json!({"drift": 32, "in-sync": 7, "missing": 1})
    );
}

#[test]
fn what_another_tool_manages_is_left_alone_though_the_server_would_let_it_through() {
    let scene = applied(Version::V13_1);
    let (_, mut object) = scene.api("GET", &path("v0alpha1", "pods"), None);
    object["metadata"]["annotations"]["grafana.app/managedBy"] = json!("terraform");
    object["metadata"]["annotations"]["grafana.app/managerId"] = json!("prod");
    let (status, _) = scene.api("PUT", &path("v0alpha1", "pods"), Some(&object));
    assert_eq!(status, 200);
    scene.write("dashboards/K/pods.json", &dashboard("pods", "Ours", "up"));
    scene.run(&["drift"]).exit(0).out("managed by terraform (prod)");
    scene.requests();
    scene.run(&["apply", "--yes", "--overwrite-drift", "--adopt"]);
    scene
        .run(&["rollback", "pods", "--to", "1", "--yes"])
        .exit(1)
        .err("terraform");
    assert_eq!(writes(&scene.requests()), [""; 0]);
}

#[test]
fn grafana_shows_where_a_dashboard_comes_from_where_the_repository_says_so() {
    let scene = applied(Version::V13_1);
    let annotations = || {
        let (_, object) = scene.api("GET", &path("v0alpha1", "pods"), None);
        let of = |key: &str| object["metadata"]["annotations"][format!("grafana.app/{key}")].clone();
        [of("managedBy"), of("managerId"), of("sourcePath")]
    };
    assert_eq!(annotations(), [json!(null), json!(null), json!(null)]);
    scene.write("dashctl.yaml", "version: 1\nrepository: r-test\nmanaged: true\n");
    scene.write("dashboards/K/pods.json", &dashboard("pods", "Second", "up"));
    scene.run(&["apply", "--yes"]).exit(0);
    let ours = [
        json!("kubectl"),
        json!("dashctl:r-test"),
        json!("dashboards/K/pods.json"),
    ];
    assert_eq!(annotations(), ours);
    // It is still ours to check, to write, and to take back.
    scene.run(&["drift"]).exit(0).out("1 in sync");
    scene.run(&["rollback", "pods", "--to", "1", "--yes"]).exit(0);
    assert_eq!(annotations(), ours);
    scene.run(&["drift"]).exit(2).out("1 drift");
    scene.write("dashctl.yaml", "version: 1\nrepository: r-test\n");
    scene.run(&["apply", "--yes", "--overwrite-drift"]).exit(0);
    assert_eq!(annotations(), [json!(null), json!(null), json!(null)]);
}

#[test]
fn two_who_save_at_once_keep_what_the_first_has_saved() {
    let scene = applied(Version::V13_1);
    scene.write("dashboards/K/pods.json", &dashboard("pods", "Ours", "up"));
    let save = dashctl::sandbox::Fault::new(
        "PUT",
        "/apis/dashboard.grafana.app/*",
        dashctl::sandbox::Effect::status(409),
    );
    scene.sandbox().inject(save.unwrap().times(1));
    scene.run(&["apply", "--yes"]).exit(4).out("somebody");
    assert_eq!(scene.dashboard("pods").unwrap()["title"], "Pods");
    scene.run(&["apply", "--yes"]).exit(0);
}

fn v2_file(uid: &str) -> Value {
    let panel = |id: u64, title: &str| {
        json!({"kind": "Panel", "spec": {"id": id, "title": title, "description": "", "links": [],
            "data": {"kind": "QueryGroup", "spec": {"queries": [{"kind": "PanelQuery", "spec": {"refId": "A", "hidden": false,
                "query": {"kind": "DataQuery", "group": "prometheus", "version": "v0", "datasource": {"name": "prom"},
                    "spec": {"expr": "up"}}}}], "queryOptions": {}, "transformations": []}},
            "vizConfig": {"kind": "VizConfig", "group": "timeseries", "version": "12.0.0",
                "spec": {"fieldConfig": {"defaults": {}, "overrides": []}, "options": {}}}}})
    };
    let item = |name: &str, x: u64| {
        json!({"kind": "GridLayoutItem", "spec": {"x": x, "y": 0, "width": 12, "height": 8,
            "element": {"kind": "ElementReference", "name": name}}})
    };
    json!({
        "apiVersion": "dashboard.grafana.app/v2", "kind": "Dashboard", "metadata": {"name": uid},
        "spec": {"annotations": [], "cursorSync": "Off", "elements": {"panel-1": panel(1, "One"), "panel-2": panel(2, "Two")},
            "layout": {"kind": "GridLayout", "spec": {"items": [item("panel-1", 0), item("panel-2", 12)]}},
            "links": [], "preload": false, "tags": [],
            "timeSettings": {"autoRefresh": "", "autoRefreshIntervals": ["5s"], "fiscalYearStartMonth": 0, "from": "now-6h",
                "hideTimepicker": false, "timezone": "browser", "to": "now"},
            "title": "Shop", "variables": []},
    })
}

#[test]
fn an_overlay_adds_panels_and_rows_to_a_v2_file_and_moves_what_is_there() {
    for (version, api) in [(Version::V12_4, "v2beta1"), (Version::V13_1, "v2")] {
        let mut file = v2_file("mine");
        file["apiVersion"] = json!(format!("dashboard.grafana.app/{api}"));
        let overlay = "overlay:
  new panel \"Headroom\":
    type: stat
    unit: percent
    place: {below: panel \"One\", h: 4}
    targets: [{refId: A, expr: sum(up), datasource: {type: prometheus, uid: prom}}]
  new variable \"zone\": {type: custom, query: 'a,b'}
";
        let scene = empty(version)
            .file("dashboards/mine.json", &format!("{file:#}\n"))
            .file("dashboards/mine.yaml", overlay);
        scene.run(&["apply", "--yes"]).exit(0);
        let (_, object) = scene.api("GET", &path(api, "mine"), None);
        let spec = &object["spec"];
        let elements = spec["elements"].as_object().unwrap();
        let new = elements
            .values()
            .find(|element| element["spec"]["title"] == "Headroom")
            .unwrap();
        assert_eq!(
            new["spec"]["vizConfig"]["spec"]["fieldConfig"]["defaults"]["unit"],
            "percent"
        );
        let items = spec["layout"]["spec"]["items"].as_array().unwrap();
        assert_eq!(items.len(), elements.len(), "{api}");
        let variables = spec["variables"].as_array().unwrap();
        assert!(
            variables.iter().any(|one| one["spec"]["name"] == "zone"),
            "{variables:?}"
        );
        scene.run(&["drift"]).exit(0);
        // What the layout can't hold is said before anything is written.
        scene.write(
            "dashboards/mine.yaml",
            "overlay:\n  panel \"One\": {place: {in: tab \"More\"}}\n",
        );
        scene.run(&["plan"]).exit(1).err("there is no such tab");
        scene.write("dashboards/mine.yaml", "overlay:\n  new row \"R\": {}\n");
        scene.run(&["plan"]).exit(1).err("the dashboard has no rows");
    }
}

#[test]
fn a_merge_of_a_classic_file_and_a_v2_one_is_v2_and_loses_no_edit() {
    let scene = applied(Version::V13_1);
    let base = scene.read("dashboards/K/pods.json");
    let mut theirs = in_the_page(&scene, "pods");
    theirs.as_object_mut().unwrap().remove("status");
    theirs["metadata"] = json!({"name": "pods"});
    panel(&mut theirs["spec"], 1)["description"] = json!("theirs");
    into_tab(&mut theirs["spec"], "All");
    let mut ours: Value = serde_json::from_str(&base).unwrap();
    ours["panels"][0]["targets"][0]["expr"] = json!("up == 1");
    ours["tags"] = json!(["ours"]);
    scene.write("base.json", &base);
    scene.write("ours.json", &format!("{ours:#}\n"));
    scene.write("theirs.json", &format!("{theirs:#}\n"));
    for sides in [["ours.json", "theirs.json"], ["theirs.json", "ours.json"]] {
        let ran = scene.run(&["merge", "base.json", sides[0], sides[1]]).exit(0);
        let mut merged: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(merged["apiVersion"], theirs["apiVersion"], "{sides:?}");
        assert_eq!(merged["metadata"]["name"], "pods");
        let spec = &mut merged["spec"];
        assert_eq!(
            (&spec["tags"], &spec["layout"]["kind"]),
            (&json!(["ours"]), &json!("TabsLayout"))
        );
        let panel = panel(spec, 1);
        assert_eq!(panel["description"], "theirs");
        assert_eq!(
            panel["data"]["spec"]["queries"][0]["spec"]["query"]["spec"]["expr"],
            "up == 1"
        );
    }
    // Both at one place: ours stays, and it is said.
    ours["panels"][0]["description"] = json!("ours");
    scene.write("ours.json", &format!("{ours:#}\n"));
    let ran = scene
        .run(&["merge", "base.json", "ours.json", "theirs.json"])
        .exit(1)
        .err("description: ours \"ours\", theirs \"theirs\"");
    let mut merged: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(panel(&mut merged["spec"], 1)["description"], "ours");
}

/// What a check finds, how often it asked for a history, and that the history of all says the same.
fn checked(scene: &Scene) -> (Value, usize) {
    scene.requests();
    let report = scene.run(&["drift", "-o", "json"]);
    let asked = scene.requests().into_iter();
    let histories = asked.filter(|request| request.path.contains("get-history")).count();
    let full = scene.run(&["drift", "--full", "-o", "json"]);
    let [report, full] = [report.json(), full.json()].map(|report| report["targets"][0]["dashboards"].clone());
    assert_eq!(report, full);
    (report[0].clone(), histories)
}

fn put(scene: &Scene, object: &Value) {
    let uid = object["metadata"]["name"].as_str().unwrap();
    let mut object = object.clone();
    // Pages send none, so that whoever saves last wins.
    object["metadata"].as_object_mut().unwrap().remove("resourceVersion");
    let (status, saved) = scene.api("PUT", &path("v0alpha1", uid), Some(&object));
    assert_eq!(status, 200, "{saved}");
}

fn get(scene: &Scene, uid: &str) -> Value {
    scene.api("GET", &path("v0alpha1", uid), None).1
}

/// An object as a page of Grafana 12 saves it: every annotation that was read but for the message, and the edit.
fn retitled(object: &Value, title: &str) -> Value {
    let mut object = object.clone();
    let annotations = object["metadata"]["annotations"].as_object_mut().unwrap();
    annotations.remove("grafana.app/message");
    object["spec"]["panels"][0]["title"] = json!(title);
    object
}

#[test]
fn the_only_edit_since_our_own_save_is_told_without_a_history() {
    for version in [Version::V12_4, Version::V13_1] {
        let scene = applied(version);
        let write = |title: &str| scene.write("dashboards/K/pods.json", &dashboard("pods", title, "up"));
        put(&scene, &retitled(&get(&scene, "pods"), "first"));
        let (found, histories) = checked(&scene);
        assert_eq!(
            (found["state"].as_str(), histories),
            (Some("drift"), 0),
            "since the creation"
        );
        write("Two");
        scene.run(&["apply", "--yes", "--overwrite-drift"]).exit(0);
        let ours = get(&scene, "pods");
        put(&scene, &retitled(&ours, "again"));
        let (found, histories) = checked(&scene);
        assert_eq!((found["state"].as_str(), histories), (Some("drift"), 0));
        assert_eq!(found["edits"].as_array().unwrap().len(), 1);
        // Another file is another base; the same again is the same again.
        write("Three");
        let (found, histories) = checked(&scene);
        assert_eq!((found["state"].as_str(), histories), (Some("diverged"), 1));
        write("Two");
        assert_eq!(checked(&scene).1, 0);
        // Two edits have two authors.
        put(&scene, &retitled(&get(&scene, "pods"), "and again"));
        let (found, histories) = checked(&scene);
        assert_eq!((found["edits"].as_array().unwrap().len(), histories), (2, 1));
        // An apply writes over it, and a folder that somebody changes is one edit as well.
        scene.run(&["apply", "--yes", "--overwrite-drift"]).exit(0);
        let mut moved = get(&scene, "pods");
        let annotations = moved["metadata"]["annotations"].as_object_mut().unwrap();
        annotations.remove("grafana.app/folder");
        put(&scene, &moved);
        let (found, histories) = checked(&scene);
        assert_eq!((found["state"].as_str(), histories), (Some("drift"), 0));
    }
}

#[test]
fn a_note_that_isn_t_of_the_save_before_is_no_word_on_what_was_before() {
    let scene = applied(Version::V13_1);
    let write = |title: &str| scene.write("dashboards/K/pods.json", &dashboard("pods", title, "up"));
    let apply = || drop(scene.run(&["apply", "--yes", "--overwrite-drift"]).exit(0));
    write("Two");
    apply();
    // A page that was opened before our newest save sends back the older note, and the file is as it was then.
    let opened = get(&scene, "pods");
    write("Three");
    apply();
    put(&scene, &retitled(&opened, "late"));
    write("Two");
    let (found, histories) = checked(&scene);
    assert_eq!((found["state"].as_str(), histories), (Some("diverged"), 1));
    apply();
    // A note that somebody wrote, or took away, and one of another repository.
    for note in [
        "nonsense",
        "",
        "dashctl/0.1.0 other 0123456789ab@7 2026-11-28T07:13:43Z",
    ] {
        let mut object = retitled(&get(&scene, "pods"), note);
        object["metadata"]["annotations"]["dashctl/saved"] = json!(note);
        put(&scene, &object);
        let (found, histories) = checked(&scene);
        assert_eq!((found["state"].as_str(), histories), (Some("drift"), 1), "{note}");
        apply();
    }
    // A rollback is an edit, and not the file's.
    scene.run(&["rollback", "pods", "--to", "1", "--yes"]).exit(0);
    assert_eq!(checked(&scene).1, 1);
    put(&scene, &retitled(&get(&scene, "pods"), "after the rollback"));
    let (found, histories) = checked(&scene);
    assert_eq!((found["edits"].as_array().unwrap().len(), histories), (2, 1));
    apply();
    // The older API keeps no note, and neither does a restoration in the page.
    let mut live = scene.dashboard("pods").unwrap();
    live["panels"][0]["title"] = json!("by the older API");
    scene.save_by_hand(&live, scene.meta("pods")["folderUid"].as_str().unwrap(), "");
    assert_eq!(checked(&scene).1, 1);
    apply();
    let mut restored = retitled(&get(&scene, "pods"), "restored");
    let folder = restored["metadata"]["annotations"]["grafana.app/folder"].take();
    restored["metadata"]["annotations"] =
        json!({"grafana.app/folder": folder, "grafana.app/message": "Restored from version 1"});
    put(&scene, &restored);
    assert_eq!(checked(&scene).1, 1);
    apply();
    // What a pull took is the base, whatever our note says.
    put(&scene, &retitled(&get(&scene, "pods"), "pulled"));
    let before = scene.read("dashboards/K/pods.json");
    scene.run(&["pull"]).exit(0);
    scene.write("dashboards/K/pods.json", &before);
    let (found, histories) = checked(&scene);
    assert_eq!((found["state"].as_str(), histories), (Some("pending"), 1));
}

#[test]
fn what_is_made_again_with_our_note_is_another_dashboard() {
    // At once, the clients that wrote it tell it; later, the time does, where the server doesn't know those.
    for (applies, later) in [(1, false), (1, true), (2, false)] {
        let scene = applied(Version::V13_1);
        if applies == 2 {
            scene.write("dashboards/K/pods.json", &dashboard("pods", "Two", "up"));
            scene.run(&["apply", "--yes"]).exit(0);
        }
        // From the trash, or by `kubectl create`.
        let mut again = retitled(&get(&scene, "pods"), "made again");
        assert_eq!(scene.api("DELETE", &path("v0alpha1", "pods"), None).0, 200);
        again["metadata"].as_object_mut().unwrap().remove("resourceVersion");
        if later {
            let note = &mut again["metadata"]["annotations"]["dashctl/saved"];
            let (mark, _) = note.as_str().unwrap().rsplit_once(' ').unwrap();
            let before = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(1);
            *note = json!(format!("{mark} {before:.0}"));
        }
        for _ in 0..applies {
            let (status, made) = scene.api("POST", path("v0alpha1", "").trim_end_matches('/'), Some(&again));
            assert!([201, 409].contains(&status), "{made}");
            match later {
                true => save_in_the_page(&scene, "pods", "", |spec| {
                    panel(spec, 1)["title"] = json!("and edited");
                }),
                false => put(&scene, &retitled(&get(&scene, "pods"), "and edited")),
            }
            let (found, histories) = checked(&scene);
            assert_eq!((found["state"].as_str(), histories), (Some("unowned"), 1));
        }
    }
}

#[test]
fn what_many_people_saved_in_their_pages_is_read_by_pages_and_needs_no_history() {
    for version in [Version::V12_4, Version::V13_1] {
        let scene = empty(version);
        let uids: Vec<String> = (0..40).map(|number| format!("d{number}")).collect();
        for uid in &uids {
            scene.write(&format!("dashboards/K/{uid}.json"), &dashboard(uid, uid, "up"));
        }
        scene.run(&["apply", "--yes"]).exit(0);
        for (number, uid) in uids.iter().enumerate() {
            match (version, number % 4) {
                (Version::V13_1, 0) => save_in_the_page(&scene, uid, "", |_| {}),
                (Version::V13_1, 1) => save_in_the_page(&scene, uid, "", |spec| into_tab(spec, "Network")),
                (Version::V13_1, 2) => save_in_the_page(&scene, uid, "", |spec| {
                    panel(spec, 1)["title"] = json!("louder");
                }),
                // As 12's page does it: at v1beta1.
                (Version::V12_4, _) => {
                    let at = path("v1beta1", uid);
                    let object = retitled(&scene.api("GET", &at, None).1, "louder");
                    assert_eq!(scene.api("PUT", &at, Some(&object)).0, 200);
                }
                _ => put(&scene, &retitled(&get(&scene, uid), "louder")),
            }
        }
        scene.requests();
        let report = scene.run(&["drift", "-o", "json"]).exit(2).json();
        let paths: Vec<String> = scene.requests().into_iter().map(|request| request.path).collect();
        let of_dashboards = paths.iter().filter(|path| path.contains("/dashboards")).count();
        assert_eq!(of_dashboards, 3, "metadata, classic, v2: {paths:?}");
        let full = scene.run(&["drift", "--full", "-o", "json"]).exit(2).json();
        assert_eq!(full["targets"][0]["dashboards"], report["targets"][0]["dashboards"]);
        let expected = match version {
            Version::V13_1 => json!({"drift": 30, "resave": 10}),
            _ => json!({"drift": 40}),
        };
        assert_eq!(report["targets"][0]["totals"], expected);
    }
}
