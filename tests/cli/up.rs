use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::Stdio;

use super::scene::Scene;

const IDS: [&str; 7] = ["3119", "6417", "8588", "7249", "11802", "12661", "13770"];

#[test]
fn the_first_command_of_the_readme_has_seven_dashboards() {
    let scene = Scene::new();
    let ran = scene
        .run(&[
            "up",
            "--sandbox",
            "--exit",
            "--ephemeral",
            "--source",
            "bundled",
            "--listen",
            "127.0.0.1:0",
        ])
        .exit(0);
    for id in IDS {
        let row = ran
            .stdout
            .lines()
            .find(|line| line.starts_with(id))
            .unwrap_or_else(|| panic!("{id}: {}", ran.stdout));
        assert!(
            row.contains("created") && row.contains("bundled-1") && row.contains("/d/"),
            "{row}"
        );
    }
    assert!(scene.files().is_empty());
}

#[test]
fn without_a_way_to_grafana_com_it_takes_the_bundled_editions_and_says_so() {
    let scene = Scene::new();
    scene
        .run(&["up", "--sandbox", "--exit", "--ephemeral", "--listen", "127.0.0.1:0"])
        .exit(0)
        .out("grafana.com can't be reached")
        .out("bundled-1");
}

#[test]
fn a_second_start_finds_what_the_first_left() {
    let scene = Scene::new();
    let args = [
        "up",
        "--sandbox",
        "--exit",
        "--source",
        "bundled",
        "--listen",
        "127.0.0.1:0",
        "--data",
        "kept",
        "-o",
        "json",
    ];
    let results = |ran: super::scene::Ran| -> Vec<String> {
        let json = ran.json();
        let rows = json["dashboards"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| row["result"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(results(scene.run(&args).exit(0)), ["created"; 7]);
    assert_eq!(results(scene.run(&args).exit(0)), ["unchanged"; 7]);
}

#[test]
fn it_stays_up_until_it_is_interrupted_and_other_verbs_can_use_it() {
    let scene = Scene::new();
    let args = [
        "up",
        "--sandbox",
        "--ephemeral",
        "--source",
        "bundled",
        "--listen",
        "127.0.0.1:0",
    ];
    let mut child = scene
        .command(Path::new(""), &args)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    let export = loop {
        line.clear();
        assert_ne!(
            out.read_line(&mut line).unwrap(),
            0,
            "it ended before it said what to do next"
        );
        if line.contains("export GRAFANA_URL") {
            break line.clone();
        }
    };
    let url = export.split("GRAFANA_URL=").nth(1).unwrap().split(' ').next().unwrap();
    let mut other = Scene::new();
    for (name, value) in [
        ("GRAFANA_URL", url),
        ("GRAFANA_USER", "admin"),
        ("GRAFANA_PASSWORD", "admin"),
    ] {
        other.set(name, value);
    }
    other.run(&["datasource", "list"]).exit(0).out("Prometheus");
    // SIGINT, as Ctrl-C sends it.
    let id = child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
