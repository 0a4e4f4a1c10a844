use dashctl::sandbox::{Effect, Fault, Version};
use serde_json::{Value, json};

use super::catalog::Catalog;
use super::import::SHARED;
use super::scene::{Scene, writes};

/// A repository of two dashboards in two folders, and a Grafana that has neither.
pub fn scene() -> Scene {
    Scene::new()
        .with_grafana()
        .with_repository()
        .file("dashboards/K/nodes.json", &dashboard("nodes", "Nodes", "node_load1"))
        .file("dashboards/pods.json", &dashboard("pods", "Pods", "kube_pod_info"))
}

pub fn dashboard(uid: &str, title: &str, expr: &str) -> String {
    let value = json!({
        "uid": uid, "title": title, "schemaVersion": 37, "tags": [], "panels": [
            {"id": 1, "type": "timeseries", "title": "First", "gridPos": {"h": 8, "w": 12, "x": 0, "y": 0},
             "datasource": {"type": "prometheus", "uid": "prom"}, "targets": [{"refId": "A", "expr": expr,
             "datasource": {"type": "prometheus", "uid": "prom"}}]},
            {"id": 2, "type": "stat", "title": "Second", "gridPos": {"h": 8, "w": 12, "x": 12, "y": 0},
             "datasource": {"type": "prometheus", "uid": "prom"}, "targets": [{"refId": "A", "expr": "up",
             "datasource": {"type": "prometheus", "uid": "prom"}}]}
        ]
    });
    format!("{value:#}\n")
}

/// A person changes one thing of a dashboard in Grafana.
pub fn edit(scene: &Scene, uid: &str, pointer: &str, value: &Value) {
    let mut live = scene.dashboard(uid).unwrap();
    *live.pointer_mut(pointer).unwrap() = value.clone();
    let folder = scene.meta(uid)["folderUid"].as_str().unwrap().to_owned();
    scene.save_by_hand(&live, &folder, "edited by hand");
}

#[test]
fn a_plan_says_what_an_apply_does_and_an_apply_does_it_once() {
    let scene = scene();
    scene
        .run(&["plan"])
        .exit(2)
        .out("+ create    folder K")
        .out("+ create    K/nodes (uid nodes)")
        .out("Plan: 2 to create, 0 to change, 0 to delete, 0 with drift");
    assert_eq!(scene.dashboard("nodes"), None);
    scene
        .run(&["apply", "-m", "first"])
        .exit(0)
        .out("K/nodes: created")
        .out("pods: created");
    assert_eq!(scene.meta("nodes")["folderTitle"], "K");
    assert!(scene.messages("nodes")[0].ends_with(" first"));
    scene.requests();
    scene.run(&["apply"]).exit(0).out("Plan: 0 to create, 0 to change");
    scene.run(&["plan"]).exit(0);
    scene.run(&["drift"]).exit(0).out("2 in sync");
    assert_eq!(writes(&scene.requests()), [""; 0]);
    assert_eq!(scene.messages("nodes").len(), 1);
}

#[test]
fn only_what_differs_is_written_and_the_change_is_said_in_words() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    scene.write(
        "dashboards/pods.json",
        &dashboard("pods", "Pods", "kube_pod_status_phase"),
    );
    scene
        .run(&["plan"])
        .exit(2)
        .out("~ update    pods")
        .out("panel \"First\" (id 1) › query A › expr")
        .out("Plan: 0 to create, 1 to change, 0 to delete, 0 with drift");
    scene.requests();
    scene.run(&["apply"]).exit(0).out("pods: updated, version 2");
    assert_eq!(writes(&scene.requests()), ["POST /api/dashboards/db"]);
}

#[test]
fn words_choose_dashboards() {
    let scene = scene();
    scene.run(&["apply", "K"]).exit(0).out("K/nodes").no_out("pods");
    assert_eq!(scene.dashboard("pods"), None);
    scene
        .run(&["apply", "nope"])
        .exit(64)
        .err("no dashboard answers to \"nope\"");
}

#[test]
fn drift_is_left_alone_unless_it_may_be_overwritten() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    edit(&scene, "pods", "/panels/0/targets/0/expr", &json!("theirs"));
    scene
        .run(&["plan"])
        .exit(2)
        .out("! refused   pods")
        .out("by admin")
        .out("edited by hand")
        .out("theirs")
        .out("1 with drift");
    scene.run(&["apply", "--yes"]).exit(2).out("left alone");
    assert_eq!(
        scene.dashboard("pods").unwrap()["panels"][0]["targets"][0]["expr"],
        "theirs"
    );
    scene
        .run(&["apply", "--overwrite-drift", "--yes"])
        .exit(0)
        .out("pods: updated");
    assert_eq!(
        scene.dashboard("pods").unwrap()["panels"][0]["targets"][0]["expr"],
        "kube_pod_info"
    );
    scene.run(&["drift"]).exit(0);
}

#[test]
fn somebody_elses_dashboard_needs_adopt() {
    let scene = scene();
    scene.save_by_hand(
        &serde_json::from_str(&dashboard("pods", "Pods", "theirs")).unwrap(),
        "",
        "",
    );
    scene.run(&["apply", "pods"]).exit(2).out("isn't this repository's");
    scene.run(&["apply", "pods", "--adopt"]).exit(0).out("pods: adopted");
}

#[test]
fn two_repositories_on_one_grafana_dont_take_each_others_dashboards() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    scene.write("dashctl.yaml", "version: 1\nrepository: r-other\n");
    scene.write("dashboards/pods.json", &dashboard("pods", "Pods", "other"));
    scene
        .run(&["plan"])
        .exit(2)
        .out("! refused   pods")
        .out("isn't this repository's");
}

#[test]
fn a_kept_plan_is_carried_out_exactly_or_refused() {
    let scene = scene();
    scene.run(&["plan", "--out", "plan.json"]).exit(2);
    scene.write("dashboards/pods.json", &dashboard("pods", "Pods", "changed since"));
    scene
        .run(&["apply", "plan.json"])
        .exit(1)
        .err("no longer holds")
        .err("pods: its file changed");
    scene.write("dashboards/pods.json", &dashboard("pods", "Pods", "kube_pod_info"));
    scene.run(&["apply", "plan.json"]).exit(0).out("created");
    scene.run(&["apply", "plan.json"]).exit(1).err("it changed in Grafana");
    scene.write("not-a-plan.json", "{}");
    scene.run(&["apply", "not-a-plan.json"]).exit(1).err("is no plan");
}

#[test]
fn a_file_that_moved_moves_the_dashboard() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    std::fs::rename(scene.path("dashboards/pods.json"), scene.path("dashboards/K/pods.json")).unwrap();
    scene
        .run(&["plan"])
        .exit(2)
        .out("~ move")
        .out("in folder General instead of K");
    scene.run(&["apply"]).exit(0).out("K/pods: moved");
    assert_eq!(scene.meta("pods")["folderTitle"], "K");
    scene.run(&["drift"]).exit(0);
}

#[test]
fn what_is_known_of_a_dashboard_follows_its_files() {
    let scene = Scene::new()
        .with_grafana()
        .with_catalog(Catalog::default().with(6417, 1, SHARED))
        .with_repository();
    scene.run(&["import", "6417"]).exit(0);
    std::fs::create_dir(scene.path("dashboards/K")).unwrap();
    for ending in ["json", "yaml"] {
        let from = scene.path(&format!("dashboards/nodes-of-a-cluster.{ending}"));
        std::fs::rename(from, scene.path(&format!("dashboards/K/cluster.{ending}"))).unwrap();
    }
    scene.run(&["apply"]).exit(0).out("K/cluster: moved");
    edit(&scene, "shared-uid", "/panels/0/title", &json!("theirs"));
    scene.run(&["pull"]).exit(0).out("K/cluster: pulled");
    let lock = scene.read("dashctl.lock");
    assert_eq!(lock.matches("- name").count(), 1, "{lock}");
    assert!(
        lock.contains("K/cluster") && lock.contains("grafana.com/6417"),
        "{lock}"
    );
    scene
        .run(&["import", "6417", "--folder", "Elsewhere"])
        .exit(0)
        .out("dashboards/K/cluster.json, and stays there");
    assert_eq!(scene.read("dashctl.lock"), lock);
    scene.run(&["remove", "shared-uid"]).exit(0);
    let lock = scene.read("dashctl.lock");
    assert_eq!(
        (lock.matches("- name").count(), lock.matches("removed: true").count()),
        (1, 1),
        "{lock}"
    );
}

#[test]
fn only_what_left_the_repository_and_carries_its_mark_is_deleted() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    scene.save_by_hand(&json!({"uid": "by-hand", "title": "By hand", "panels": []}), "", "");
    scene
        .run(&["remove", "pods"])
        .exit(0)
        .out("pods: removed")
        .out("--prune");
    scene.run(&["apply"]).exit(0);
    assert!(scene.dashboard("pods").is_some(), "nothing is deleted without --prune");
    scene
        .run(&["plan"])
        .exit(0)
        .out("stay in Grafana until `dashctl apply --prune`: pods");
    scene
        .run(&["apply", "--prune", "--dry-run"])
        .exit(2)
        .out("- delete    pods")
        .out("1 to delete");
    scene.run(&["apply", "--prune"]).exit(0).out("pods: deleted");
    assert_eq!(scene.dashboard("pods"), None);
    assert!(scene.dashboard("by-hand").is_some() && scene.dashboard("nodes").is_some());
    assert!(!scene.read("dashctl.lock").contains("pods"));
}

#[test]
fn what_somebody_changed_or_never_was_ours_is_not_pruned() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    scene.run(&["remove", "pods"]).exit(0);
    edit(&scene, "pods", "/panels/0/title", &json!("theirs"));
    scene
        .run(&["apply", "--prune"])
        .exit(2)
        .out("! kept      pods")
        .out("somebody changed it since");
    assert!(scene.dashboard("pods").is_some());
    let lock = "version: 1\ndashboards:\n- name: x\n  uid: foreign\n  source: file\n  sha256: ''\n  removed: true\n";
    scene.write("dashctl.lock", lock);
    scene.save_by_hand(&json!({"uid": "foreign", "title": "Theirs", "panels": []}), "", "");
    scene.run(&["apply", "--prune"]).exit(2).out("carries no mark");
    assert!(scene.dashboard("foreign").is_some());
}

#[test]
fn what_was_pulled_is_nobodys_change_any_more_and_is_pruned() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    edit(&scene, "pods", "/panels/0/title", &json!("theirs"));
    scene.run(&["pull"]).exit(0);
    scene.run(&["remove", "pods"]).exit(0);
    scene.run(&["apply", "--prune"]).exit(0).out("pods: deleted");
    assert_eq!(scene.dashboard("pods"), None);
}

#[test]
fn what_was_only_pulled_is_never_deleted() {
    let scene = Scene::new().with_grafana().with_repository();
    scene.save_by_hand(&json!({"uid": "theirs", "title": "Theirs", "panels": []}), "", "");
    scene.run(&["pull", "--new", "--all"]).exit(0);
    scene.run(&["remove", "theirs"]).exit(0);
    scene.run(&["apply", "--prune"]).exit(2).out("carries no mark");
    assert!(scene.dashboard("theirs").is_some());
}

#[test]
fn folders_inside_of_folders_are_refused_where_grafana_has_none() {
    let scene = scene().file("dashboards/A/B/deep.json", &dashboard("deep", "Deep", "up"));
    let plan = scene.run(&["plan"]).exit(4);
    plan.out("x failed    A/B/deep: this Grafana has no folders inside of folders")
        .no_out("folder A");
    scene.run(&["apply"]).exit(4).out("pods: created");
    assert_eq!(scene.dashboard("deep"), None);
    let (_, folders) = scene.api("GET", "/api/folders", None);
    assert_eq!(folders.as_array().unwrap().len(), 1, "only K: {folders}");
}

#[test]
fn a_conflict_is_read_again_reported_and_not_overwritten() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    scene.write("dashboards/pods.json", &dashboard("pods", "Pods", "ours"));
    scene.sandbox().inject("POST /api/dashboards/db=412*1".parse().unwrap());
    scene
        .run(&["apply"])
        .exit(4)
        .out("pods: failed")
        .out("somebody saved it at the same time")
        .out("now it is pending");
    scene.run(&["apply"]).exit(0).out("pods: updated");
}

#[test]
fn a_lost_answer_is_looked_after_before_anything_is_repeated() {
    let scene = scene();
    scene
        .sandbox()
        .inject("POST /api/dashboards/db=lose*1".parse().unwrap());
    scene.run(&["apply"]).exit(0).out("K/nodes: created");
    assert_eq!(scene.messages("nodes").len(), 1);
}

#[test]
fn one_that_fails_does_not_stop_the_others() {
    let scene = scene();
    scene
        .sandbox()
        .inject("GET /api/dashboards/uid/nodes=500".parse().unwrap());
    scene
        .run(&["apply"])
        .exit(4)
        .out("x failed    K/nodes")
        .out("pods: created");
    assert!(scene.dashboard("pods").is_some());
}

#[test]
fn without_a_terminal_an_apply_needs_yes() {
    let scene = scene().incognito();
    scene.run(&["apply"]).exit(64).err("--yes").err("Plan: 2 to create");
    assert_eq!(scene.dashboard("nodes"), None);
    scene.run(&["apply", "--yes"]).exit(0).out("created");
}

#[test]
fn killed_at_any_moment_a_second_run_finishes_the_work() {
    for milliseconds in [5u64, 20, 35, 50, 65, 80, 100, 130, 170, 220] {
        let mut scene = scene();
        for number in 0..12 {
            scene.write(
                &format!("dashboards/M/d{number}.json"),
                &dashboard(&format!("d{number}"), &format!("D {number}"), "up"),
            );
        }
        // Slow enough that the kill hits the middle.
        scene.set("TOKIO_WORKER_THREADS", "2");
        scene.sandbox().inject("* /api/*=delay:5".parse().unwrap());
        let mut child = scene
            .command(std::path::Path::new(""), &["apply", "--yes"])
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        let files = || {
            let mut files = scene.files();
            files.remove("dashctl.lock");
            files
        };
        let before = files();
        scene.run(&["apply", "--yes"]).exit(0);
        scene.run(&["drift"]).exit(0).out("14 in sync");
        assert_eq!(files(), before, "an apply touches no file but the lock");
        for number in 0..12 {
            assert_eq!(
                scene.messages(&format!("d{number}")).len(),
                1,
                "killed after {milliseconds} ms: saved twice"
            );
        }
    }
}

#[test]
fn two_at_once_dont_lose_each_others_work() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    scene.write("dashboards/pods.json", &dashboard("pods", "Pods", "ours"));
    let root = std::path::Path::new("");
    let mut first = scene
        .command(root, &["apply", "--yes"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut second = scene
        .command(root, &["apply", "--yes"])
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let codes = [first.wait().unwrap().code(), second.wait().unwrap().code()];
    assert!(codes.contains(&Some(0)), "{codes:?}");
    assert_eq!(
        scene.dashboard("pods").unwrap()["panels"][0]["targets"][0]["expr"],
        "ours"
    );
    assert_eq!(
        scene.messages("pods").len(),
        2,
        "one of them saved it, the other saw that"
    );
}

#[test]
fn it_works_on_7_5_as_well() {
    let options = dashctl::sandbox::Options {
        version: Version::V7_5,
        ..Default::default()
    };
    let json = dashboard("pods", "Pods", "up").replace("37", "27");
    let scene = Scene::new()
        .with_sandbox(options)
        .with_repository()
        .file("dashboards/K/pods.json", &json);
    scene.run(&["apply"]).exit(0).out("created");
    scene.run(&["drift"]).exit(0).out("1 in sync");
    let mut live = scene.dashboard("pods").unwrap();
    live["panels"][0]["title"] = json!("theirs");
    let (_, folder) = scene.api("GET", "/api/search?type=dash-folder", None);
    let body = json!({"dashboard": live, "folderId": folder[0]["id"], "overwrite": true, "message": "by hand"});
    assert_eq!(scene.api("POST", "/api/dashboards/db", Some(&body)).0, 200);
    scene
        .run(&["drift"])
        .exit(2)
        .out("! drift     K/pods")
        .out("version 2 by admin")
        .out("by hand")
        .out("theirs");
}

#[test]
fn an_apply_keeps_what_ignore_rules_cover_whatever_else_it_changes() {
    let scene = scene();
    let with = |title: &str, tags: Value, unit: &str| {
        let mut value: Value = serde_json::from_str(&dashboard("pods", title, "up")).unwrap();
        value["tags"] = tags;
        value["panels"][0]["fieldConfig"] = json!({"defaults": {}, "overrides": [{"matcher": {"id": "byName",
            "options": "y"}, "properties": [{"id": "unit", "value": unit}]}]});
        value
    };
    scene.write(
        "dashboards/pods.json",
        &format!("{:#}\n", with("Pods", json!(["a", "b", "c"]), "s")),
    );
    scene.run(&["apply"]).exit(0);
    let rules = "version: 1\nrepository: r-test\nignore: [tags, 'panels[id=1].fieldConfig.overrides']\n";
    scene.write("dashctl.yaml", rules);
    for tags in [json!([]), json!(["x"]), json!(["c", "b", "a", "z"]), json!(["b"])] {
        let mut live = scene.dashboard("pods").unwrap();
        live["tags"] = tags.clone();
        live["panels"][0]["fieldConfig"]["overrides"][0]["properties"][0]["value"] = json!("ms");
        scene.save_by_hand(&live, "", "theirs");
        scene.run(&["drift"]).exit(0);
        let title = format!("Pods {}", live["version"]);
        scene.write(
            "dashboards/pods.json",
            &format!("{:#}\n", with(&title, json!(["a", "b", "c"]), "s")),
        );
        scene.run(&["apply", "--yes"]).exit(0).out("pods: updated");
        let now = scene.dashboard("pods").unwrap();
        assert_eq!((&now["title"], &now["tags"]), (&json!(title), &tags));
        assert_eq!(
            now["panels"][0]["fieldConfig"]["overrides"],
            live["panels"][0]["fieldConfig"]["overrides"]
        );
        scene.run(&["drift"]).exit(0);
    }
}

/// A repository of many dashboards, and a Grafana of this version that has none of them.
fn many(version: Version) -> Scene {
    let scene = Scene::new().with_grafana_of(version).with_repository();
    for number in 0..24 {
        let uid = format!("m{number:02}");
        let folder = ["A", "A/B", "C"][number % 3];
        scene.write(
            &format!("dashboards/{folder}/{uid}.json"),
            &dashboard(&uid, &format!("M {number}"), "up"),
        );
    }
    scene
}

/// Where dashboards are made.
const ROUTES: [(Version, &str); 3] = [
    (Version::V11_1, "/api/dashboards/db"),
    (Version::V12_4, "/apis/*"),
    (Version::V13_1, "/apis/*"),
];

/// How many versions each of them has.
fn versions(scene: &Scene) -> Vec<usize> {
    let count = |number: usize| scene.messages(&format!("m{number:02}")).len();
    (0..24).map(count).collect()
}

#[test]
fn a_failure_in_the_middle_begins_nothing_new_and_the_next_apply_does_the_rest_once() {
    for (version, route) in ROUTES {
        let scene = many(version);
        let refused = Fault::new("POST", route, Effect::status(400)).unwrap();
        scene.sandbox().inject(refused.after(9).times(1));
        let ran = scene.run(&["apply", "--yes", "--parallel", "3"]).exit(4);
        let ran = ran.out("failed").out("not begun").out("1 failed, ");
        let names: Vec<&str> = ran.stdout.lines().filter_map(|line| line.split(": ").next()).collect();
        let sorted = names[..24].is_sorted();
        assert!(
            sorted,
            "in the order of the files, whatever order they ended in: {names:?}"
        );
        scene.run(&["apply", "--yes"]).exit(0);
        assert_eq!(versions(&scene), [1; 24]);
        scene.run(&["drift"]).exit(0).out("24 in sync");
    }
}

#[test]
fn a_server_that_asks_for_less_gets_it_and_everything_is_written_once() {
    for (version, route) in ROUTES {
        let scene = many(version);
        scene.sandbox().inject(
            Fault::new("POST", route, Effect::status(429))
                .unwrap()
                .after(3)
                .times(3),
        );
        scene.sandbox().inject(
            Fault::new("POST", route, Effect::status(503))
                .unwrap()
                .after(12)
                .times(2),
        );
        scene
            .run(&["apply", "--yes", "--parallel", "8", "--keep-going"])
            .exit(4)
            .out("2 failed. What");
        scene.run(&["apply", "--yes", "--keep-going"]).exit(0);
        assert_eq!(versions(&scene), [1; 24]);
    }
}

/// Many dashboards to write, and one to delete, which left the repository.
fn many_and_one_to_delete() -> Scene {
    let scene = many(Version::V13_1).file("dashboards/A/gone.json", &dashboard("gone", "Gone", "up"));
    scene.run(&["apply", "A/gone", "--yes"]).exit(0);
    scene.run(&["remove", "A/gone"]).exit(0);
    scene
}

#[test]
fn after_a_failure_nothing_is_deleted_either() {
    let scene = many_and_one_to_delete();
    let refused = Fault::new("POST", "/apis/*", Effect::status(400)).unwrap();
    scene.sandbox().inject(refused.after(9).times(1));
    scene
        .run(&["apply", "--yes", "--prune"])
        .exit(4)
        .out("A/gone: not begun");
    assert!(scene.dashboard("gone").is_some());
    scene.run(&["apply", "--yes", "--prune"]).exit(0).out("A/gone: deleted");
    assert_eq!(versions(&scene), [1; 24]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_finishes_what_is_in_flight_and_begins_nothing_new() {
    let scene = many_and_one_to_delete();
    let slow = Fault::new(
        "POST",
        "/apis/dashboard*",
        Effect::Delay(std::time::Duration::from_millis(700)),
    );
    scene.sandbox().inject(slow.unwrap());
    scene.requests();
    let child = scene
        .command(
            std::path::Path::new(""),
            &["apply", "--yes", "--prune", "--parallel", "2"],
        )
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while scene.dashboard("m00").is_none() {
        assert!(std::time::Instant::now() < deadline, "nothing was written");
    }
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let ended = child.wait_with_output().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr),
    );
    assert_eq!(ended.status.code(), Some(4), "{out}{err}");
    assert!(err.contains("finishing what is in flight"), "{err}");
    assert!(out.contains("not begun") && out.contains("A/gone: not begun"), "{out}");
    // What it says is so: what isn't called begun isn't there, and all else is there once.
    for number in 0..24 {
        let uid = format!("m{number:02}");
        let begun = !out
            .lines()
            .any(|line| line.contains(&uid) && line.ends_with("not begun"));
        assert_eq!(scene.dashboard(&uid).is_some(), begun, "{uid}: {out}");
    }
    assert!(scene.dashboard("gone").is_some());
    scene.run(&["apply", "--yes", "--prune", "--parallel", "16"]).exit(0);
    assert_eq!(versions(&scene), [1; 24]);
}
