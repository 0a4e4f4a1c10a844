use std::process::Command;

use serde_json::{Value, json};

use super::scene::Scene;

fn dashboard(cpu: &str, memory: &str) -> String {
    let panel = |id: u64, title: &str, y: u64| json!({"id": id, "type": "stat", "title": title, "gridPos": {"x": 0, "y": y, "w": 24, "h": 4}, "targets": [{"refId": "A", "expr": format!("x{id}")}]});
    let value = json!({"title": "Pods", "schemaVersion": 39, "panels": [panel(1, cpu, 0), panel(2, memory, 4)]});
    // Not the house's form: a merge keeps the form that a file has.
    serde_json::to_string_pretty(&value).unwrap().replace("  ", "    ")
}

fn three(ours: &str, theirs: &str) -> Scene {
    Scene::new()
        .file("base.json", &dashboard("CPU", "Memory"))
        .file("ours.json", ours)
        .file("theirs.json", theirs)
}

#[test]
fn edits_of_two_panels_come_together_and_the_file_keeps_its_form() {
    let scene = three(&dashboard("CPU, ours", "Memory"), &dashboard("CPU", "Memory, theirs"));
    let merged = dashboard("CPU, ours", "Memory, theirs");
    assert_eq!(
        scene
            .run(&["merge", "base.json", "ours.json", "theirs.json"])
            .exit(0)
            .stdout,
        merged
    );
    scene
        .run(&["merge", "base.json", "ours.json", "theirs.json", "-o", "merged.json"])
        .exit(0);
    assert_eq!(scene.read("merged.json"), merged);
    assert_eq!(scene.read("ours.json"), dashboard("CPU, ours", "Memory"));
    scene
        .run(&["merge", "--in-place", "base.json", "ours.json", "theirs.json"])
        .exit(0);
    assert_eq!(scene.read("ours.json"), merged);
}

#[test]
fn who_did_nothing_gives_way_byte_for_byte() {
    let odd = "{\"title\": \"Pods\",   \"panels\":[ ], \"x\": 1.0e3 }\n";
    let scene = Scene::new()
        .file("base.json", &dashboard("CPU", "Memory"))
        .file("same.json", &dashboard("CPU", "Memory"))
        .file("odd.json", odd);
    for sides in [["odd.json", "same.json"], ["same.json", "odd.json"]] {
        let ran = scene.run(&["merge", "base.json", sides[0], sides[1]]).exit(0);
        assert_eq!(ran.stdout, odd);
    }
}

#[test]
fn a_conflict_leaves_our_side_in_valid_json_and_is_written_down() {
    let scene = three(
        &dashboard("CPU, ours", "Memory"),
        &dashboard("CPU, theirs", "Memory, theirs"),
    );
    scene
        .run(&["merge", "--in-place", "base.json", "ours.json", "theirs.json"])
        .exit(1)
        .err("panel \"CPU\" (id 1) › title: ours \"CPU, ours\", theirs \"CPU, theirs\"")
        .err("ours.conflicts.yaml");
    assert_eq!(scene.read("ours.json"), dashboard("CPU, ours", "Memory, theirs"));
    let notes = scene.read("ours.conflicts.yaml");
    assert!(
        notes.contains("path: \"panels[id=1].title\"") && notes.contains("theirs: \"CPU, theirs\""),
        "{notes}"
    );
}

#[test]
fn what_is_no_dashboard_is_merged_by_lines() {
    let scene = Scene::new()
        .file("base.json", "[1,\n2,\n3,\n4,\n5]\n")
        .file("ours.json", "[0,\n2,\n3,\n4,\n5]\n")
        .file("theirs.json", "[1,\n2,\n3,\n4,\n6]\n");
    scene
        .run(&["merge", "base.json", "ours.json", "theirs.json"])
        .exit(1)
        .err("--in-place");
    scene
        .run(&["merge", "--in-place", "base.json", "ours.json", "theirs.json"])
        .exit(0);
    assert_eq!(scene.read("ours.json"), "[0,\n2,\n3,\n4,\n6]\n");
    scene.write("theirs.json", "[9,\n2,\n3,\n4,\n6]\n");
    scene
        .run(&["merge", "--in-place", "base.json", "ours.json", "theirs.json"])
        .exit(1);
    assert!(scene.read("ours.json").contains("<<<<<<< ours"));
}

/// Git in the scene's folder, which finds `dashctl` on its path.
fn git(scene: &Scene, args: &[&str]) -> (bool, String) {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_dashctl")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let output = Command::new("git")
        .current_dir(scene.path("work"))
        .args(["-c", "user.name=me", "-c", "user.email=me@x"])
        .args(args)
        .env("PATH", path)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_PAGER", "cat")
        .output()
        .unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.success(), text)
}

#[test]
fn git_merges_and_diffs_dashboards_by_it() {
    if Command::new("git").arg("--version").output().is_err() {
        return;
    }
    let file = "dashboards/A/pods.json";
    let scene = Scene::new();
    assert!(git(&scene, &["init", "--quiet", "--initial-branch=main"]).0);
    scene
        .run(&["init", "--git"])
        .exit(0)
        .out("git config merge.dashctl.driver");
    scene.run(&["init", "--git"]).exit(0);
    assert_eq!(scene.read(".gitattributes").lines().count(), 1, "once");
    let save = |text: &str, message: &str| {
        scene.write(file, text);
        assert!(git(&scene, &["add", "--all"]).0);
        let (done, told) = git(&scene, &["commit", "--quiet", "-m", message]);
        assert!(done, "{told}");
    };
    save(&dashboard("CPU", "Memory"), "base");
    assert!(git(&scene, &["checkout", "--quiet", "-b", "theirs"]).0);
    save(&dashboard("CPU", "Memory, theirs"), "theirs");
    assert!(git(&scene, &["checkout", "--quiet", "main"]).0);
    save(&dashboard("CPU, ours", "Memory"), "ours");
    let (_, told) = git(&scene, &["diff", "HEAD~1"]);
    assert!(
        told.contains("panel \"CPU\" → \"CPU, ours\"") || told.contains("title") || told.contains("renamed"),
        "{told}"
    );
    assert!(told.contains("diff --dashctl dashboards/A/pods.json"), "{told}");
    let (done, told) = git(&scene, &["merge", "--quiet", "theirs", "-m", "merged"]);
    assert!(done, "{told}");
    assert_eq!(scene.read(file), dashboard("CPU, ours", "Memory, theirs"));
    // Both at one place: Git stops, the file stays JSON.
    assert!(git(&scene, &["checkout", "--quiet", "-b", "other", "HEAD~2"]).0);
    save(&dashboard("CPU, other", "Memory"), "other");
    let (done, told) = git(&scene, &["merge", "main", "-m", "again"]);
    assert!(
        !done && told.contains("CONFLICT") && told.contains("CPU, other"),
        "{told}"
    );
    let now: Value = serde_json::from_str(&scene.read(file)).unwrap();
    assert_eq!(
        (&now["panels"][0]["title"], &now["panels"][1]["title"]),
        (&json!("CPU, other"), &json!("Memory, theirs"))
    );
    assert!(scene.read("dashboards/A/pods.conflicts.yaml").contains("CPU, ours"));
}
