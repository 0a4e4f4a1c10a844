//! The session of the README, run as it is written there.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::scene::Scene;

/// What a block of the README says is typed, and what is answered.
struct Block {
    typed: String,
    answered: Vec<String>,
}

fn blocks() -> Vec<Block> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let session = text
        .split("## A session")
        .nth(1)
        .unwrap()
        .split("\n## ")
        .next()
        .unwrap();
    let blocks = session.split("```console\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().unwrap());
    blocks
        .map(|block| {
            let (typed, answered): (Vec<&str>, Vec<&str>) = block.lines().partition(|line| line.starts_with("$ "));
            let typed: Vec<&str> = typed.iter().map(|line| &line[2..]).collect();
            Block {
                typed: typed.join("\n"),
                answered: answered.iter().map(|line| line.trim_end().to_owned()).collect(),
            }
        })
        .collect()
}

/// Types it into a shell, in a folder of the scene.
fn shell(scene: &Scene, folder: &str, typed: &str) -> String {
    let dashctl = Path::new(env!("CARGO_BIN_EXE_dashctl")).parent().unwrap();
    let template = scene.command(Path::new(folder), &[]);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", typed])
        .current_dir(template.get_current_dir().unwrap())
        .env_clear();
    for (name, value) in template.get_envs() {
        value.map(|value| shell.env(name, value));
    }
    let path = format!("{}:/usr/bin:/bin", dashctl.display());
    let ran = shell.env("PATH", path).output().unwrap();
    assert!(
        ran.status.success(),
        "{typed}: {}",
        String::from_utf8_lossy(&ran.stderr)
    );
    String::from_utf8(ran.stdout).unwrap()
}

#[cfg(unix)]
#[test]
fn the_session_of_the_readme_is_as_it_says() {
    let scene = Scene::new().with_grafana();
    let [begin, drift] = &blocks()[..] else {
        panic!("two blocks")
    };
    // The scene's sandbox has a port of its own.
    let at = |text: &str| text.replace("http://127.0.0.1:3000", scene.sandbox().url());
    let said = shell(&scene, "", &at(&begin.typed));
    let row = at(begin.answered.last().unwrap());
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert!(said.lines().any(|line| words(line) == words(&row)), "{row}: {said}");
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    for file in [
        "dashctl.yaml",
        "dashctl.lock",
        "dashboards/Cluster/my-pods.json",
        "dashboards/Cluster/my-pods.yaml",
        "vendor/bundled/6417/revbundled-1.json",
    ] {
        assert!(
            text.contains(&format!("\n{file} ")) && scene.path("my-dashboards").join(file).exists(),
            "{file}"
        );
    }
    // The edit that is told of.
    let mut live = scene.dashboard("my-pods").unwrap();
    let panels = live["panels"].as_array_mut().unwrap();
    let panel = panels.iter_mut().find(|panel| panel["id"] == 3).unwrap();
    panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"] = json!(10);
    let folder = scene.meta("my-pods")["folderUid"].as_str().unwrap().to_owned();
    scene.save_by_hand(&live, &folder, "calmer threshold");
    let said = shell(&scene, "my-dashboards", &at(&drift.typed));
    for line in drift.answered.iter().filter(|line| !line.contains(" at 20")) {
        assert!(said.lines().any(|found| found.trim_end() == line), "{line:?}: {said}");
    }
}
