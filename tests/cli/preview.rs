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
