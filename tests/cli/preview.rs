use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dashctl::sandbox::Version;
use serde_json::{Value, json};

use super::apply::dashboard;
use super::scene::Scene;

/// A preview that runs until it is stopped.
struct Previewing {
    child: Child,
    said: Arc<Mutex<String>>,
}

impl Previewing {
    fn start(scene: &Scene, args: &[&str]) -> Self {
        let mut child = scene
            .command(Path::new(""), &[&["preview", "--yes"], args].concat())
            .stderr(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (err, out) = (child.stderr.take().unwrap(), child.stdout.take().unwrap());
        let keep = |reader: Box<dyn std::io::Read + Send>| {
            let lines = said.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(reader).lines().map_while(Result::ok) {
                    lines.lock().unwrap().push_str(&(line + "\n"));
                }
            });
        };
        keep(Box::new(err));
        keep(Box::new(out));
        let one = Self { child, said };
        one.wait_for("the copies follow the files");
        one
    }

    fn wait_for(&self, words: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.said.lock().unwrap().contains(words) {
            assert!(
                Instant::now() < deadline,
                "no {words:?}:\n{}",
                self.said.lock().unwrap()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn end(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(
            std::process::Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap().code()
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn repository(version: Version) -> Scene {
    Scene::new()
        .with_grafana_of(version)
        .with_repository()
        .file("dashboards/K/pods.json", &dashboard("pods", "Pods", "kube_pod_info"))
        .file("dashboards/nodes.json", &dashboard("nodes", "Nodes", "up"))
}

fn copies(scene: &Scene) -> Vec<Value> {
    let (_, hits) = scene.api("GET", "/api/search?type=dash-db&tag=dashctl-preview", None);
    let uids = hits
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| hit["uid"].as_str().unwrap().to_owned());
    let mut all: Vec<Value> = uids.map(|uid| scene.dashboard(&uid).unwrap()).collect();
    all.sort_by_key(|copy| copy["title"].as_str().unwrap().rsplit("] ").next().unwrap().to_owned());
    all
}

#[test]
fn copies_follow_the_files_and_go_at_the_end() {
    for version in [Version::default(), Version::V13_1] {
        let scene = repository(version);
        scene.run(&["apply", "pods", "--yes"]).exit(0);
        let pods = scene.dashboard("pods").unwrap();
        let preview = Previewing::start(&scene, &[]);
        let there = copies(&scene);
        assert_eq!(there.len(), 2);
        assert!(
            there[0]["title"].as_str().unwrap().starts_with("[preview "),
            "{there:?}"
        );
        assert_eq!(
            scene.dashboard("pods").unwrap(),
            pods,
            "the dashboard itself is left alone"
        );
        scene.run(&["drift", "pods"]).exit(0);
        let unmanaged = scene
            .run(&["drift", "--unmanaged", "-o", "json", "--exit-code", "0"])
            .json();
        assert_eq!(unmanaged["targets"][0]["unmanaged"], json!([]));
        scene.write("dashboards/K/pods.json", &dashboard("pods", "Pods", "changed"));
        preview.wait_for("K/pods: saved again");
        assert_eq!(copies(&scene)[1]["panels"][0]["targets"][0]["expr"], "changed");
        // A file that is broken for a moment ends nothing.
        scene.write("dashboards/nodes.json", "{");
        preview.wait_for("warning: nodes: ");
        scene.write("dashboards/nodes.json", &dashboard("nodes", "Nodes", "mended"));
        preview.wait_for("nodes: saved again");
        assert_eq!(preview.end(), Some(0));
        assert!(copies(&scene).is_empty());
    }
}

#[test]
fn a_copy_that_somebody_edits_is_theirs() {
    let scene = repository(Version::V13_1);
    let preview = Previewing::start(&scene, &["pods"]);
    let mut copy = copies(&scene).remove(0);
    let folder = scene.meta(copy["uid"].as_str().unwrap())["folderUid"]
        .as_str()
        .unwrap()
        .to_owned();
    copy["panels"][0]["title"] = json!("Theirs");
    scene.save_by_hand(&copy, &folder, "");
    scene.write("dashboards/K/pods.json", &dashboard("pods", "Pods", "changed"));
    preview.wait_for("somebody edited the copy");
    assert_eq!(preview.end(), Some(4));
    assert_eq!(copies(&scene)[0]["panels"][0]["title"], "Theirs");
}

#[test]
fn what_a_killed_run_has_left_goes_when_its_time_is_over() {
    let scene = repository(Version::default());
    let preview = Previewing::start(&scene, &["nodes", "--ttl", "3s"]);
    preview.kill();
    assert_eq!(copies(&scene).len(), 1);
    std::thread::sleep(Duration::from_secs(5));
    let next = Previewing::start(&scene, &["pods", "--ttl", "1s"]);
    next.wait_for("its time was over");
    // This one ends by itself.
    next.wait_for("K/pods: deleted");
    assert!(copies(&scene).is_empty());
    next.kill();
}

#[test]
fn copies_of_a_pull_request_stay_until_it_ends() {
    let scene = repository(Version::V12_4);
    scene
        .run(&["preview", "--for", "PR-12", "--yes"])
        .exit(0)
        .out("K/pods: http://")
        .out("nodes: http://");
    scene.run(&["preview", "pods", "--for", "PR-13", "--yes"]).exit(0);
    assert_eq!(copies(&scene).len(), 3);
    scene.run(&["preview", "pods", "--for", "PR-12", "--yes"]).exit(0);
    assert_eq!(copies(&scene).len(), 2, "a second run replaces the first");
    scene.run(&["preview", "--end", "PR-12"]).exit(0).out("deleted");
    scene.run(&["preview", "--end", "PR-13"]).exit(0).out("deleted");
    assert!(copies(&scene).is_empty());
    scene.run(&["preview", "--end", "PR-13"]).exit(0);
    scene
        .run(&["preview", "--for", "two words", "--yes"])
        .exit(64)
        .err("at most 28 letters");
    scene.run(&["preview", "pods"]).exit(64).err("--yes");
    assert!(copies(&scene).is_empty());
}

const PANEL: &str = "library/K/load.json";

fn panel(title: &str) -> String {
    let panel = json!({"uid": "lib-load", "name": "Load", "kind": 1, "model": {"type": "timeseries", "title": title,
        "datasource": {"type": "prometheus", "uid": "prom"}, "targets": [{"refId": "A", "expr": "node_load1"}]}});
    format!("{panel:#}\n")
}

/// A dashboard that uses a library panel, in a closed row, which Grafana hasn't.
fn with_library(version: Version) -> Scene {
    let row = json!({"id": 2, "type": "row", "title": "R", "collapsed": true, "gridPos": {"h": 1, "w": 24, "x": 0, "y": 0}, "panels": [
        {"id": 1, "gridPos": {"h": 8, "w": 12, "x": 0, "y": 1}, "title": "Load", "libraryPanel": {"uid": "lib-load", "name": "Load"}}]});
    let dashboard = json!({"uid": "uses", "title": "Uses", "schemaVersion": 39, "panels": [row]});
    repository(version)
        .file(PANEL, &panel("Load"))
        .file("dashboards/K/uses.json", &format!("{dashboard:#}\n"))
}

fn panel_copies(scene: &Scene) -> Vec<Value> {
    let (_, mut listed) = scene.api("GET", "/api/library-elements?searchString=%5Bpreview", None);
    listed["result"]["elements"].as_array_mut().unwrap().drain(..).collect()
}

fn referred_to(copy: &Value) -> &Value {
    &copy["panels"][0]["panels"][0]["libraryPanel"]["uid"]
}

#[test]
fn library_panels_have_copies_as_well_which_the_copies_of_dashboards_use() {
    for version in [Version::V9_4, Version::V11_1, Version::V13_1] {
        let scene = with_library(version);
        let preview = Previewing::start(&scene, &["K/uses"]);
        let panels = panel_copies(&scene);
        assert_eq!(panels.len(), 1, "{version:?}");
        assert_eq!(referred_to(&copies(&scene)[0]), &panels[0]["uid"]);
        assert_eq!(panels[0]["model"]["title"], "Load");
        assert_eq!(panels[0]["meta"]["folderName"], "dashctl preview");
        let (status, _) = scene.api("GET", "/api/library-elements/lib-load", None);
        assert_eq!(status, 404, "the panel itself is made by an apply alone");
        scene.write(PANEL, &panel("Load of nodes"));
        preview.wait_for("library/K/load: saved again");
        assert_eq!(panel_copies(&scene)[0]["model"]["title"], "Load of nodes");
        scene.write(PANEL, "{");
        preview.wait_for("warning: ");
        assert_eq!(preview.end(), Some(0), "{version:?}");
        assert!(panel_copies(&scene).is_empty() && copies(&scene).is_empty());
    }
}

#[test]
fn copies_of_library_panels_stay_and_go_with_those_of_dashboards() {
    let scene = with_library(Version::V12_4);
    let run = || scene.run(&["preview", "library/K/load", "--for", "PR-1", "--yes"]);
    run().exit(0).out("K/uses: http://").no_out("nodes");
    run().exit(0);
    assert_eq!((panel_copies(&scene).len(), copies(&scene).len()), (1, 1));
    scene.run(&["preview", "--end", "PR-2"]).exit(0);
    assert_eq!(panel_copies(&scene).len(), 1);
    scene.run(&["preview", "--end", "PR-1"]).exit(0).out("Load: deleted");
    assert!(panel_copies(&scene).is_empty() && copies(&scene).is_empty());
    // What a killed run has left.
    Previewing::start(&scene, &["K/uses", "--ttl", "2s"]).kill();
    assert_eq!(panel_copies(&scene).len(), 1);
    std::thread::sleep(Duration::from_secs(4));
    scene.run(&["preview", "nodes", "--for", "PR-3", "--yes"]).exit(0);
    assert!(panel_copies(&scene).is_empty());
    std::fs::remove_file(scene.path("dashboards/K/uses.json")).unwrap();
    scene
        .run(&["preview", "library/K/load", "--yes"])
        .exit(64)
        .err("no dashboard of the repository uses library/K/load");
}

#[test]
fn a_copy_of_a_library_panel_that_somebody_edits_or_uses_is_left() {
    let scene = with_library(Version::V11_1);
    let preview = Previewing::start(&scene, &["K/uses"]);
    let copy = panel_copies(&scene).remove(0);
    let path = format!("/api/library-elements/{}", copy["uid"].as_str().unwrap());
    let mut model = copy["model"].clone();
    model["title"] = json!("Theirs");
    let body = json!({"name": copy["name"], "kind": 1, "model": model, "version": 1, "folderUid": copy["folderUid"]});
    scene.api("PATCH", &path, Some(&body));
    scene.write(PANEL, &panel("Mine"));
    preview.wait_for("somebody edited the copy");
    assert_eq!(preview.end(), Some(4));
    assert_eq!(panel_copies(&scene)[0]["model"]["title"], "Theirs");
    assert!(copies(&scene).is_empty());
    scene.api("DELETE", &path, None);
    let preview = Previewing::start(&scene, &["K/uses"]);
    let uid = panel_copies(&scene)[0]["uid"].clone();
    let theirs =
        json!({"uid": "theirs", "title": "Theirs", "panels": [{"id": 1, "libraryPanel": {"uid": uid, "name": "x"}}]});
    scene.save_by_hand(&theirs, "", "");
    assert_eq!(preview.end(), Some(4));
    assert_eq!(panel_copies(&scene).len(), 1);
}
