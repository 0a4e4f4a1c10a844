//! Folders that people rename and move in Grafana.

use dashctl::sandbox::{Options, Version};
use serde_json::{Value, json};

use super::apply::{dashboard, edit, scene};
use super::scene::{Scene, writes};

fn folders(scene: &Scene) -> Vec<(String, String)> {
    let (_, list) = scene.api("GET", "/api/folders", None);
    let text = |folder: &Value, key: &str| folder[key].as_str().unwrap().to_owned();
    let list = list.as_array().unwrap().iter();
    list.map(|folder| (text(folder, "uid"), text(folder, "title")))
        .collect()
}

fn rename(scene: &Scene, from: &str, to: &str) {
    let found = folders(scene).into_iter().find(|(_, title)| title == from);
    let (uid, _) = found.unwrap();
    let body = json!({"title": to, "overwrite": true});
    assert_eq!(scene.api("PUT", &format!("/api/folders/{uid}"), Some(&body)).0, 200);
}

/// Two dashboards in `K`, a third that was never applied, and the folder is called `K & S3` by now.
fn renamed() -> Scene {
    let scene = scene().file("dashboards/K/disks.json", &dashboard("disks", "Disks", "up"));
    scene.run(&["apply"]).exit(0);
    scene.write("dashboards/K/new.json", &dashboard("new", "New", "up"));
    rename(&scene, "K", "K & S3");
    scene.requests();
    scene
}

#[test]
fn a_folder_that_was_renamed_is_drift_and_an_apply_leaves_it() {
    let scene = renamed();
    let drift = scene
        .run(&["drift"])
        .exit(2)
        .out("! drift     K/nodes")
        .no_out("pending");
    assert!(
        drift.stdout.contains("was renamed or moved by admin at 20"),
        "{}",
        drift.stdout
    );
    scene.run(&["plan", "K/nodes"]).exit(2).no_out("create    folder");
    scene
        .run(&["apply", "--yes"])
        .exit(2)
        .out("K/nodes: left alone")
        .out("K/new: created");
    assert_eq!(folders(&scene).len(), 1, "no second folder");
    assert_eq!(scene.meta("nodes")["folderTitle"], "K & S3");
    assert_eq!(scene.meta("new")["folderTitle"], "K & S3", "with the others");
}

#[test]
fn a_pull_renames_the_directory_and_nothing_else() {
    let scene = renamed();
    let before = scene.files();
    scene
        .run(&["pull", "--dry-run"])
        .exit(0)
        .out("K/nodes: would be pulled");
    assert_eq!(scene.files(), before);
    scene.run(&["pull", "K/nodes"]).exit(0).out("moved to K & S3/nodes");
    let after = scene.files();
    for file in ["disks.json", "nodes.json", "new.json"] {
        assert_eq!(
            after.get(&format!("dashboards/K & S3/{file}")),
            before.get(&format!("dashboards/K/{file}")),
            "{file}"
        );
    }
    assert!(!scene.path("dashboards/K").exists());
    assert_eq!(writes(&scene.requests()), [""; 0]);
    scene.run(&["drift"]).exit(2).out("3 in sync");
    scene.run(&["apply", "--yes"]).exit(0).out("K & S3/new: created");
    assert_eq!(folders(&scene).len(), 1);
    scene.run(&["drift"]).exit(0);
}

#[test]
fn an_apply_that_may_renames_it_back() {
    let scene = renamed();
    edit(&scene, "disks", "/panels/0/targets/0/expr", &json!("theirs"));
    scene
        .run(&["apply", "--yes", "--overwrite-drift"])
        .exit(0)
        .out("K/nodes: its folder is K again")
        .out("K/disks: updated");
    let titles: Vec<String> = folders(&scene).into_iter().map(|(_, title)| title).collect();
    assert_eq!(titles, ["K"]);
    assert_eq!(scene.messages("nodes").len(), 1, "not saved for that");
    scene.run(&["drift"]).exit(0);
}

#[test]
fn a_lock_without_uids_learns_them_and_a_moved_directory_stays_pending() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    std::fs::remove_file(scene.path("dashctl.lock")).unwrap();
    scene.run(&["drift"]).exit(0);
    scene.run(&["apply"]).exit(0);
    assert!(scene.read("dashctl.lock").contains("- path: \"K\"\n  uid: "));
    let lock = scene.read("dashctl.lock");
    scene.run(&["pull"]).exit(0);
    assert_eq!(scene.read("dashctl.lock"), lock);
    std::fs::rename(scene.path("dashboards/K"), scene.path("dashboards/Other")).unwrap();
    scene.run(&["drift"]).exit(2).out("pending");
    scene.run(&["apply", "--yes"]).exit(0).out("Other/nodes: moved");
}

/// The uid of a folder by the titles that lead to it.
fn uid_of(scene: &Scene, path: &[&str]) -> String {
    path.iter().fold(String::new(), |parent, title| {
        let (_, list) = scene.api("GET", &format!("/api/folders?parentUid={parent}"), None);
        let found = list.as_array().unwrap().iter().find(|folder| folder["title"] == *title);
        found.unwrap_or_else(|| panic!("no {title} in {list}"))["uid"]
            .as_str()
            .unwrap()
            .to_owned()
    })
}

/// Dashboards in `Team/Apps` and in `Team/Apps/Deep`, applied to a Grafana that nests folders.
fn nested() -> Scene {
    let options = Options {
        version: Version::V12_4,
        ..Options::default()
    };
    let scene = Scene::new()
        .with_sandbox(options)
        .with_data_source("Prometheus", "prom", true)
        .with_repository()
        .file("dashboards/Team/Apps/pods.json", &dashboard("pods", "Pods", "up"))
        .file(
            "dashboards/Team/Apps/Deep/nodes.json",
            &dashboard("nodes", "Nodes", "up"),
        );
    scene.run(&["apply"]).exit(0);
    scene
}

/// What somebody does with `Team/Apps`, and what the path is then.
fn changes(scene: &Scene, what: &str) -> &'static str {
    let apps = uid_of(scene, &["Team", "Apps"]);
    let (path, body, now) = match what {
        "renamed" => (
            apps.clone(),
            json!({"title": "Applications", "overwrite": true}),
            "Team/Applications",
        ),
        "its parent renamed" => (
            uid_of(scene, &["Team"]),
            json!({"title": "Crew", "overwrite": true}),
            "Crew/Apps",
        ),
        _ => (format!("{apps}/move"), json!({"parentUid": ""}), "Apps"),
    };
    let method = if what == "moved" { "POST" } else { "PUT" };
    let (status, answer) = scene.api(method, &format!("/api/folders/{path}"), Some(&body));
    assert_eq!(status, 200, "{answer}");
    now
}

#[test]
fn folders_within_folders_are_followed_with_all_that_is_below_them() {
    for what in ["renamed", "its parent renamed", "moved"] {
        let scene = nested();
        let before = scene.files();
        let now = changes(&scene, what);
        scene.requests();
        let drift = scene.run(&["drift"]).exit(2).no_out("pending");
        let said = drift.out("Team/Apps/pods").out("Team/Apps/Deep/nodes").stdout;
        assert!(said.contains("was renamed or moved by admin"), "{what}: {said}");
        scene.run(&["apply", "--yes"]).exit(2).out("left alone");
        assert_eq!(writes(&scene.requests()), [""; 0], "{what}");
        scene.run(&["pull"]).exit(0).out(&format!("moved to {now}/pods"));
        let after = scene.files();
        for file in ["pods.json", "Deep/nodes.json"] {
            assert_eq!(
                after.get(&format!("dashboards/{now}/{file}")),
                before.get(&format!("dashboards/Team/Apps/{file}")),
                "{what}: {:?}",
                after.keys()
            );
        }
        assert_eq!(after.len(), before.len(), "{what}: {:?}", after.keys());
        scene.run(&["drift"]).exit(0);
        scene.run(&["apply", "--yes"]).exit(0);
        assert_eq!(writes(&scene.requests()), [""; 0], "{what}");
    }
}

#[test]
fn folders_within_folders_go_back_where_they_may() {
    for what in ["renamed", "its parent renamed", "moved"] {
        let scene = nested();
        let apps = uid_of(&scene, &["Team", "Apps"]);
        changes(&scene, what);
        scene.run(&["apply", "--yes", "--overwrite-drift"]).exit(0);
        assert_eq!(uid_of(&scene, &["Team", "Apps"]), apps, "{what}");
        uid_of(&scene, &["Team", "Apps", "Deep"]);
        scene.run(&["drift"]).exit(0);
    }
}

#[test]
fn a_server_that_only_says_that_it_nests_gets_no_folder_at_another_place() {
    // With an empty root, nothing can be asked before the outer folder is made.
    let scene = Scene::new()
        .with_grafana_of(Version::V10_2)
        .with_repository()
        .file("dashboards/A/B/deep.json", &dashboard("deep", "Deep", "up"));
    scene
        .run(&["apply", "--yes"])
        .exit(4)
        .out("no folders inside of folders");
    let titles: Vec<String> = folders(&scene).into_iter().map(|(_, title)| title).collect();
    assert_eq!((titles, scene.dashboard("deep")), (vec!["A".to_owned()], None));
}
