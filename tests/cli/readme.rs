//! The session of the README, run as it is written there, and its picture, which is one that dashctl draws.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::scene::Scene;

const README: &str = include_str!("../../README.md");
const PICTURE: &str = "docs/picture.svg";
/// Set to anything, it has the picture written anew.
const WRITE: &str = "DASHCTL_WRITE_DOCS";

/// What a block of the README says is typed, and what is answered.
struct Block {
    typed: String,
    answered: Vec<String>,
}

fn blocks() -> Vec<Block> {
    let session = README.split("## From nothing to a drift found").nth(1).unwrap();
    let session = session.split("\n## ").next().unwrap();
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
    let [begin, edit, drift, pull] = &blocks()[..] else {
        panic!("four blocks")
    };
    // The scene's sandbox has a port of its own.
    let at = |text: &str| text.replace("http://127.0.0.1:3000", scene.sandbox().url());
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let told = |said: &str, answered: &[String]| {
        for line in answered
            .iter()
            .map(|line| at(line))
            .filter(|line| !line.contains(" at 20"))
        {
            assert!(
                said.lines().any(|found| words(found) == words(&line)),
                "{line:?}: {said}"
            );
        }
    };
    told(&shell(&scene, "", &at(&begin.typed)), &begin.answered);
    for file in ["dashboards/my-pods.json", "dashboards/my-pods.yaml"] {
        assert!(scene.path("my-dashboards").join(file).exists(), "{file}");
    }
    match Command::new("curl").arg("--version").output() {
        Ok(_) => drop(shell(&scene, "my-dashboards", &edit.typed)),
        // The same exchange, on a machine without curl.
        Err(_) => {
            let live = scene.dashboard("my-pods").unwrap().to_string();
            let edited = live.replace(r#""unit":"bytes""#, r#""unit":"decbytes""#);
            scene.save_by_hand(&serde_json::from_str(&edited).unwrap(), "", "");
        }
    }
    told(&shell(&scene, "my-dashboards", &drift.typed), &drift.answered);
    told(&shell(&scene, "my-dashboards", &pull.typed), &pull.answered);
}

/// The plan that `diff -o html` draws, as a file of its own.
fn drawn(scene: &Scene) -> String {
    let before = include_str!("../../dashboards/6417-cluster-pods.json");
    let mut after: Value = serde_json::from_str(before).unwrap();
    let panels = after["panels"].as_array_mut().unwrap();
    let place = |panels: &[Value], title: &str| panels.iter().position(|panel| panel["title"] == title).unwrap();
    let pending = place(panels, "Pending");
    panels[pending]["fieldConfig"]["defaults"]["thresholds"]["steps"][1]["value"] = json!(10);
    panels.remove(place(panels, "Failed"));
    let (left, right) = (place(panels, "Crash loops"), place(panels, "Image pulls failing"));
    let places = [right, left].map(|at| panels[at]["gridPos"].clone());
    [left, right]
        .into_iter()
        .zip(places)
        .for_each(|(at, place)| panels[at]["gridPos"] = place);
    let table = panels.iter().rposition(|panel| panel["title"] == "Pods").unwrap();
    panels[table]["gridPos"]["w"] = json!(18);
    let mut added = panels[table].clone();
    added["id"] = json!(900);
    added["title"] = json!("Evicted");
    added["gridPos"]["x"] = json!(18);
    added["gridPos"]["w"] = json!(6);
    panels.insert(table + 1, added);
    scene.write("before.json", before);
    scene.write("after.json", &after.to_string());
    let html = scene.run(&["diff", "before.json", "after.json", "-o", "html"]).stdout;
    let between = |from: &str, to: &str| {
        let rest = html.split_once(from).unwrap().1;
        rest.split_once(to).unwrap().0.to_owned()
    };
    // The page's colours, and what it says of a plan.
    let style = between("<style>", "</style>");
    let (colours, rules) = style.split_once("*, ::before").unwrap();
    let rules: String = rules
        .lines()
        .filter(|line| line.starts_with(".plan .") || line.starts_with(".plan text") || line.starts_with("symbol "))
        .flat_map(|line| [line, "\n"])
        .collect();
    let icons = between(
        r#"<svg class="icons" aria-hidden="true" width="0" height="0"><defs>"#,
        "</defs>",
    );
    let plan = between(r#"role="img" aria-label="Where the panels lie">"#, "</svg>");
    // The first two rows; an image has no links.
    let links = regex::Regex::new("<a [^>]*>|</a>").unwrap();
    format!(
        "<!-- Written by tests/cli/readme.rs with {WRITE}=1, which fails where dashctl draws another. -->\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plan\" viewBox=\"-12 -8 984 382\" role=\"img\" aria-label=\"A dashboard with what differs\">\n\
         <style>{colours}{rules}</style>\n<defs>{icons}</defs>\n\
         <rect x=\"-12\" y=\"-8\" width=\"984\" height=\"382\" rx=\"8\" fill=\"var(--code)\"/>{}</svg>\n",
        links.replace_all(&plan, "")
    )
}

#[test]
fn the_picture_of_the_readme_is_one_that_dashctl_draws() {
    assert!(README.contains(&format!("]({PICTURE})")));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PICTURE);
    let picture = drawn(&Scene::new());
    roxmltree::Document::parse(&picture).unwrap();
    if std::env::var_os(WRITE).is_some() {
        return std::fs::write(path, picture).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == picture,
        "{PICTURE}: `{WRITE}=1 cargo test --test cli -- readme` writes it anew"
    );
}
