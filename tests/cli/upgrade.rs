use std::process::Command;

use serde_json::{Value, json};

use super::catalog::Catalog;
use super::scene::Scene;
use super::terminal::{DOWN, ENTER, OnTerminal};

pub const FILE: &str = "dashboards/A/pods.json";
const NOTES: &str = "dashboards/A/pods.conflicts.yaml";

/// What an author publishes: its revisions differ in what `edit` does.
pub fn revision(edit: impl Fn(&mut Value)) -> String {
    let panel = |id: u64, title: &str, y: u64| {
        json!({"id": id, "type": "stat", "title": title, "gridPos": {"x": 0, "y": y, "w": 24, "h": 4}, "datasource": "${DS_PROMETHEUS}",
            "targets": [{"refId": "A", "expr": format!("sum(rate(x{id}[5m])) by (pod)")}]})
    };
    let mut dashboard = json!({"title": "Pods", "uid": "pods", "schemaVersion": 36, "revision": 1, "x": 1.5,
        "__inputs": [{"name": "DS_PROMETHEUS", "type": "datasource", "pluginId": "prometheus", "label": "Prometheus"}],
        "panels": [panel(1, "CPU", 0), panel(2, "Memory", 4), panel(3, "Disk", 8)]});
    edit(&mut dashboard);
    dashboard.to_string()
}

/// Revision 2: another title of a panel, another one added, one query of 1m.
fn second() -> String {
    revision(|dashboard| {
        dashboard["revision"] = json!(2);
        dashboard["panels"][1]["title"] = json!("Memory used");
        dashboard["panels"][0]["targets"][0]["expr"] = json!("sum(rate(x1[5m])) by (pod, node)");
        let new = json!({"id": 4, "type": "stat", "title": "Network", "gridPos": {"x": 0, "y": 12, "w": 24, "h": 4}});
        dashboard["panels"].as_array_mut().unwrap().push(new);
    })
}

/// A repository with revision 1 imported, and revision 2 out.
pub fn scene() -> Scene {
    let catalog = Catalog::default().with(77, 1, revision(|_| {}));
    let scene = Scene::new().with_catalog(catalog).with_repository();
    scene.run(&["import", "77", "--folder", "A", "--no-apply"]).exit(0);
    scene.catalog().serve(77, 2, second());
    scene
}

fn edit(scene: &Scene, edit: impl Fn(&mut Value)) {
    let mut dashboard: Value = serde_json::from_str(&scene.read(FILE)).unwrap();
    edit(&mut dashboard);
    let text = format!("{dashboard:#}\n");
    scene.write(FILE, &text);
}

fn now(scene: &Scene) -> Value {
    serde_json::from_str(&scene.read(FILE)).unwrap()
}

#[test]
fn without_edits_it_is_as_if_it_had_been_imported_now() {
    let scene = scene();
    scene
        .run(&["upgrade"])
        .exit(0)
        .out("A/pods: revision 1 -> 2")
        .out("Next: dashctl plan");
    let fresh = Scene::new()
        .with_catalog(Catalog::default().with(77, 2, second()))
        .with_repository();
    fresh.run(&["import", "77", "--folder", "A", "--no-apply"]).exit(0);
    let (upgraded, mut imported) = (scene.files(), fresh.files());
    let old = "vendor/grafana.com/77/rev1.json";
    imported.insert(old.into(), upgraded[old].clone());
    assert_eq!(upgraded, imported, "vendor/ keeps both, and the lock says which counts");
    scene.run(&["upgrade"]).exit(0).out("up to date (revision 2)");
    assert_eq!(scene.files(), upgraded);
}

#[test]
fn edits_stay_and_the_revision_comes_in_and_only_lines_that_changed_change() {
    let scene = scene();
    edit(&scene, |dashboard| {
        dashboard["panels"][0]["title"] = json!("CPU of pods");
        dashboard["panels"][0]["targets"][0]["expr"] = json!("sum(rate(x1[1m])) by (pod)");
        dashboard["panels"].as_array_mut().unwrap().remove(2);
    });
    let before = scene.read(FILE);
    let foreseen = scene
        .run(&["upgrade", "--dry-run"])
        .exit(0)
        .out("would go from revision 1 to 2");
    assert_eq!(scene.read(FILE), before, "{}", foreseen.stdout);
    scene
        .run(&["upgrade", "A/pods"])
        .exit(0)
        .out("Memory used")
        .out("your own edits stay: 3");
    let dashboard = now(&scene);
    let titles: Vec<&str> = dashboard["panels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|panel| panel["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles, ["CPU of pods", "Memory used", "Network"]);
    assert_eq!(
        dashboard["panels"][0]["targets"][0]["expr"],
        "sum(rate(x1[1m])) by (pod, node)"
    );
    assert!(scene.read(FILE).contains("${DS_PROMETHEUS}") && scene.read(FILE).contains("\"x\": 1.5"));
    let kept = before.lines().filter(|line| scene.read(FILE).contains(*line)).count();
    assert!(
        kept + 4 >= before.lines().count(),
        "{kept} of {}",
        before.lines().count()
    );
    assert!(scene.read("dashctl.lock").contains("revision: \"2\""));
}

fn in_conflict() -> Scene {
    let scene = scene();
    edit(&scene, |dashboard| {
        dashboard["panels"][1]["title"] = json!("RAM");
        dashboard["panels"][2]["title"] = json!("Disks");
    });
    scene
}

#[test]
fn a_conflict_waits_beside_the_file_for_answers() {
    let scene = in_conflict();
    let before = scene.read(FILE);
    scene
        .run(&["upgrade"])
        .exit(2)
        .out("! panel \"Memory\" (id 2) › title")
        .out("ours   \"RAM\"")
        .out("theirs \"Memory used\"")
        .out("dashctl upgrade A/pods --continue");
    assert_eq!(scene.read(FILE), before, "the file stays as it is");
    assert!(scene.read("dashctl.lock").contains("revision: \"1\""));
    scene
        .run(&["upgrade"])
        .exit(1)
        .out("waits for answers")
        .out("--continue");
    // Nothing answered yet.
    scene.run(&["upgrade", "--continue"]).exit(2);
    let notes = scene.read(NOTES);
    scene.write(NOTES, &notes.replace("take:\n", "take: mine\n"));
    scene
        .run(&["upgrade", "--continue"])
        .exit(1)
        .out("neither ours, theirs nor");
    scene.write(NOTES, &notes.replace("take:\n", "take: {value: \"Memory (RAM)\"}\n"));
    scene.catalog().asked();
    scene.run(&["upgrade", "--continue"]).exit(0).out("revision 1 -> 2");
    assert_eq!(scene.catalog().asked(), [""; 0], "going on needs no catalog");
    let dashboard = now(&scene);
    assert_eq!(dashboard["panels"][1]["title"], "Memory (RAM)");
    assert_eq!(
        (&dashboard["panels"][2]["title"], &dashboard["panels"][3]["title"]),
        (&json!("Disks"), &json!("Network"))
    );
    assert!(!scene.path(NOTES).exists());
    scene.run(&["upgrade", "--continue"]).exit(0).out("No upgrade waits");
}

#[test]
fn an_upgrade_that_is_given_up_leaves_nothing() {
    let scene = in_conflict();
    let before = scene.files();
    scene.run(&["upgrade"]).exit(2);
    assert_ne!(scene.files(), before);
    scene.run(&["upgrade", "--abort"]).exit(0).out("given up");
    assert_eq!(scene.files(), before);
    scene.run(&["upgrade", "--abort"]).exit(0).out("No upgrade waits");
}

#[test]
fn flags_settle_conflicts() {
    for (flags, title) in [
        (vec!["--ours"], "RAM"),
        (vec!["--theirs"], "Memory used"),
        (vec!["--theirs", "--on", "panels[id=2]=ours"], "RAM"),
        (vec!["--on", "panels[id=2].title=theirs"], "Memory used"),
    ] {
        let scene = in_conflict();
        scene.run(&[&["upgrade"], &flags[..]].concat()).exit(0);
        assert_eq!(now(&scene)["panels"][1]["title"], title, "{flags:?}");
        assert!(!scene.path(NOTES).exists());
    }
    let scene = in_conflict();
    scene
        .run(&["upgrade", "--ours", "--on", "panels[id=9].title=ours"])
        .exit(0)
        .out("no conflict is at this place");
    scene
        .run(&["upgrade", "--on", "panels[id=9].title"])
        .exit(64)
        .err("PATH=ours");
}

#[test]
fn what_can_not_be_upgraded_says_why_and_the_way_out() {
    let scene = scene();
    let pristine = "vendor/grafana.com/77/rev1.json";
    let bytes = scene.read(pristine);
    std::fs::remove_file(scene.path(pristine)).unwrap();
    scene
        .run(&["upgrade"])
        .exit(1)
        .out("is missing")
        .out("dashctl import 77@1 --no-apply");
    // The way out leads out.
    scene.run(&["import", "77@1", "--no-apply"]).exit(0);
    assert_eq!(scene.read(pristine), bytes);
    scene.write(pristine, &bytes.replace("CPU", "GPU"));
    scene.run(&["upgrade"]).exit(1).out("other bytes than those pinned");
    scene.write(pristine, &bytes);
    scene.run(&["upgrade", "--to", "9"]).exit(1).out("the newest is 2");
    scene.write(
        "dashboards/B/own.json",
        r#"{"title": "Own", "uid": "own", "panels": []}"#,
    );
    scene
        .run(&["upgrade", "B/own"])
        .exit(1)
        .out("no revision of a catalog is pinned");
    scene.run(&["upgrade", "C"]).exit(64).err("no dashboard answers to");
    // A template makes it.
    scene.write(
        "templates/pods.json.hbs",
        r#"{"title": "Pods", "uid": "pods", "panels": []}"#,
    );
    std::fs::remove_file(scene.path(FILE)).unwrap();
    scene.write(
        "dashboards/A/pods.yaml",
        "source: grafana.com/77\ntemplate:\n  file: pods.json.hbs\n",
    );
    scene
        .run(&["upgrade"])
        .exit(1)
        .out("the template templates/pods.json.hbs makes it");
    scene.run(&["outdated"]).exit(4).out("the template");
}

#[test]
fn a_certain_revision_from_a_mirror_and_one_commit_of_it() {
    if Command::new("git").arg("--version").output().is_err() {
        return;
    }
    let scene = scene();
    let git = |args: &[&str]| {
        let output = Command::new("git")
            .current_dir(scene.path("work"))
            .args(["-c", "user.name=me", "-c", "user.email=me@x"])
            .args(args)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "-m", "first"]);
    scene.write("mirror/77/rev2.json", &second());
    scene.write(
        "mirror/77/rev3.json",
        &revision(|dashboard| dashboard["title"] = json!("Third")),
    );
    edit(&scene, |dashboard| dashboard["tags"] = json!(["mine"]));
    let args = ["upgrade", "--to", "2", "--source", "mirror=mirror", "--commit"];
    scene.run(&args).exit(1).err("not committed yet");
    git(&["commit", "--quiet", "-am", "mine"]);
    scene.run(&args).exit(0);
    assert_eq!(git(&["log", "--format=%s"]), "A/pods: revision 1 to 2\nmine\nfirst\n");
    let files = git(&["show", "--name-only", "--format=", "HEAD"]);
    assert_eq!(
        files,
        format!("{FILE}\ndashctl.lock\nvendor/grafana.com/77/rev2.json\n")
    );
    assert_eq!(now(&scene)["tags"], json!(["mine"]));
    assert!(
        git(&["status", "--porcelain"]).contains("?? mirror/"),
        "nothing else is taken along"
    );
}

#[test]
fn a_revision_of_a_newer_schema_and_with_another_uid_and_input() {
    let scene = scene();
    scene.catalog().serve(
        77,
        3,
        revision(|dashboard| {
            dashboard["uid"] = json!("other");
            dashboard["schemaVersion"] = json!(39);
            dashboard["__inputs"]
                .as_array_mut()
                .unwrap()
                .push(json!({"name": "DS_LOKI", "type": "datasource", "pluginId": "loki"}));
            for panel in dashboard["panels"].as_array_mut().unwrap() {
                panel["datasource"] = json!({"type": "prometheus", "uid": "${DS_PROMETHEUS}"});
            }
        }),
    );
    edit(&scene, |dashboard| dashboard["panels"][0]["title"] = json!("Mine"));
    scene
        .run(&["upgrade"])
        .exit(0)
        .out("the revision has the uid \"other\"; the dashboard keeps its own")
        .out("the revision asks for DS_LOKI");
    let dashboard = now(&scene);
    assert_eq!(
        (&dashboard["uid"], &dashboard["schemaVersion"]),
        (&json!("pods"), &json!(39))
    );
    assert_eq!(dashboard["panels"][0]["title"], "Mine");
    assert_eq!(dashboard["panels"][0]["datasource"]["uid"], "${DS_PROMETHEUS}");
}

/// Three panels whose titles both sides changed.
fn in_three_conflicts() -> Scene {
    let mut scene = scene();
    let titled = |dashboard: &mut Value, whose: &str| {
        for panel in dashboard["panels"].as_array_mut().unwrap() {
            panel["title"] = json!(format!("{whose} {}", panel["id"]));
        }
    };
    scene
        .catalog()
        .serve(77, 2, revision(|dashboard| titled(dashboard, "theirs")));
    edit(&scene, |dashboard| titled(dashboard, "ours"));
    // Whoever edits writes one line of JSON below what is commented out.
    scene.write(
        "editor.sh",
        "grep -q '^// theirs: \"theirs 3\"' \"$1\" && echo '\"both 3\"' > \"$1\"\n",
    );
    let editor = format!("/bin/sh {}", scene.path("editor.sh").display());
    scene.set("EDITOR", &editor);
    scene.set("PATH", &std::env::var("PATH").unwrap());
    scene
}

fn titles(scene: &Scene) -> Vec<Value> {
    let dashboard = now(scene);
    let panels = dashboard["panels"].as_array().unwrap();
    panels.iter().map(|panel| panel["title"].clone()).collect()
}

#[test]
fn on_a_terminal_each_conflict_is_asked_about() {
    let scene = in_three_conflicts();
    let mut terminal = OnTerminal::run(&scene, &["upgrade"]);
    terminal
        .wait_for("! panel \"CPU\" (id 1) › title")
        .wait_for("ours   \"ours 1\"")
        .wait_for("theirs \"theirs 1\"")
        .wait_for("A/pods: conflict 1 of 3: which shall it be")
        .wait_for("edit both")
        .press(ENTER)
        .wait_for("conflict 2 of 3")
        .wait_for("edit both")
        .press(&format!("{DOWN}{ENTER}"))
        .wait_for("conflict 3 of 3")
        .wait_for("edit both")
        .press(&format!("{DOWN}{DOWN}{ENTER}"))
        .wait_for("A/pods: revision 1 -> 2");
    assert_eq!(terminal.end(), Some(0));
    assert_eq!(titles(&scene), ["ours 1", "theirs 2", "both 3"]);
    assert!(!scene.path(NOTES).exists());
}

#[test]
fn what_is_put_off_on_a_terminal_waits_and_is_asked_about_again() {
    let scene = in_three_conflicts();
    let before = scene.read(FILE);
    let mut terminal = OnTerminal::run(&scene, &["upgrade"]);
    for answer in [
        format!("{DOWN}{ENTER}"),
        format!("{DOWN}{DOWN}{DOWN}{ENTER}"),
        ENTER.to_owned(),
    ] {
        terminal.wait_for("which shall it be").wait_for("later").press(&answer);
    }
    terminal.wait_for("dashctl upgrade A/pods --continue");
    assert_eq!(terminal.end(), Some(2));
    assert_eq!(scene.read(FILE), before);
    let mut terminal = OnTerminal::run(&scene, &["upgrade", "--continue"]);
    terminal
        .wait_for("! panel \"Memory\" (id 2) › title")
        .wait_for("conflict 1 of 1")
        .wait_for("later")
        .press(ENTER)
        .wait_for("A/pods: revision 1 -> 2");
    assert_eq!(terminal.end(), Some(0));
    assert_eq!(titles(&scene), ["theirs 1", "ours 2", "ours 3"]);
}

const YAML: &str = "# The pods, as we look at them.
title: Pods
uid: pods
schemaVersion: 36
revision: 1
x: 1.5
__inputs:
  - {name: DS_PROMETHEUS, type: datasource, pluginId: prometheus, label: Prometheus}
panels:
  # What is asked for most.
  - id: 1
    type: stat
    title: CPU of pods
    gridPos: {x: 0, y: 0, w: 24, h: 4}
    datasource: ${DS_PROMETHEUS}
    targets:
      - refId: A
        expr: sum(rate(x1[1m])) by (pod) # faster
  - id: 2
    type: stat
    title: Memory
    gridPos: {x: 0, y: 4, w: 24, h: 4}
    datasource: ${DS_PROMETHEUS}
    targets:
      - refId: A
        expr: sum(rate(x2[5m])) by (pod)
  - id: 3
    type: stat
    title: Disk
    gridPos: {x: 0, y: 8, w: 24, h: 4}
    datasource: ${DS_PROMETHEUS}
    targets:
      - refId: A
        expr: sum(rate(x3[5m])) by (pod)
";

#[test]
fn a_dashboard_in_yaml_is_upgraded_as_yaml() {
    let scene = scene();
    std::fs::remove_file(scene.path(FILE)).unwrap();
    let file = "dashboards/A/pods.yaml";
    scene.write(file, YAML);
    scene
        .run(&["upgrade"])
        .exit(0)
        .out("A/pods: revision 1 -> 2")
        .out("your own edits stay: 2");
    assert!(!scene.path(FILE).exists());
    let text = scene.read(file);
    for part in [
        "# The pods, as we look at them.",
        "# What is asked for most.",
        "title: CPU of pods",
        "sum(rate(x1[1m])) by (pod, node)",
        "# faster",
        "title: Memory used",
        "Network",
        "revision: 2",
        "x: 1.5",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    // A conflict waits in the same way.
    scene.write(file, &text.replace("title: Disk", "title: Disks"));
    scene.catalog().serve(
        77,
        3,
        revision(|dashboard| dashboard["panels"][2]["title"] = json!("Volumes")),
    );
    scene.run(&["upgrade"]).exit(2).out("› title");
    let notes = scene.read(NOTES);
    scene.write(NOTES, &notes.replace("take:\n", "take: theirs\n"));
    scene.run(&["upgrade", "--continue"]).exit(0);
    let text = scene.read(file);
    assert!(text.contains("title: Volumes") && text.contains("# The pods"), "{text}");
}
