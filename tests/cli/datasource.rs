use dashctl::sandbox::{Options, Version};
use serde_json::json;

use super::scene::{Scene, writes};

const DECLARED: &str = "version: 1
repository: r-test
datasources:
  - name: Main
    uid: main
    type: prometheus
    url: http://127.0.0.1:9
    default: true
    json_data: {timeInterval: 15s}
";

#[test]
fn declared_data_sources_are_made_updated_and_left_alone() {
    for version in [Version::V7_5, Version::V9_4] {
        let scene = Scene::new()
            .with_sandbox(Options {
                version,
                ..Options::default()
            })
            .file("dashctl.yaml", DECLARED);
        scene
            .run(&["datasource", "apply", "--dry-run"])
            .exit(0)
            .out("would create");
        assert_eq!(writes(&scene.requests()), [""; 0]);
        scene.run(&["datasource", "apply"]).exit(0).out("created");
        scene.requests();
        scene.run(&["datasource", "apply"]).exit(0).out("unchanged");
        assert_eq!(writes(&scene.requests()), [""; 0]);
        let changed = DECLARED.replace("15s", "30s").replace("name: Main", "name: Renamed");
        scene.write("dashctl.yaml", &changed);
        scene
            .run(&["datasource", "apply"])
            .exit(0)
            .out("updated")
            .out("jsonData.timeInterval: \"15s\" -> \"30s\"");
        let (_, live) = scene.api("GET", "/api/datasources/uid/main", None);
        assert_eq!(
            (live["name"].as_str(), &live["jsonData"]),
            (Some("Renamed"), &json!({"timeInterval": "30s"}))
        );
        scene.run(&["datasource", "list"]).exit(0).out("Renamed").out("yes");
    }
}

#[test]
fn a_secret_is_sent_and_never_shown() {
    let with_secret = format!("{DECLARED}    secrets: {{httpHeaderValue1: DASHCTL_SECRET_H}}\n");
    let mut scene = Scene::new()
        .with_sandbox(Options::default())
        .file("dashctl.yaml", &with_secret);
    scene
        .run(&["datasource", "apply"])
        .exit(4)
        .out("DASHCTL_SECRET_H")
        .out("not set");
    scene.set("DASHCTL_SECRET_H", "hush-hush");
    let ran = scene.run(&["datasource", "apply"]).exit(0);
    assert!(!ran.stdout.contains("hush") && !ran.stderr.contains("hush"));
    let (_, live) = scene.api("GET", "/api/datasources/uid/main", None);
    assert_eq!(live["secureJsonFields"], json!({"httpHeaderValue1": true}));
    scene.run(&["datasource", "apply"]).exit(0).out("unchanged");
}

#[test]
fn a_name_that_is_somebody_elses_is_refused() {
    let scene = Scene::new()
        .with_sandbox(Options::default())
        .with_data_source("Main", "other", false)
        .file("dashctl.yaml", DECLARED);
    scene
        .run(&["datasource", "apply"])
        .exit(4)
        .out("refused")
        .out("uid: other");
    let (_, live) = scene.api("GET", "/api/datasources/uid/other", None);
    assert_eq!(live["url"], "http://127.0.0.1:9");
}

#[test]
fn a_check_says_what_is_down() {
    let scene = Scene::new().with_grafana();
    scene.run(&["datasource", "check"]).exit(4).out("down");
    scene
        .run(&["datasource", "check", "Nope"])
        .exit(1)
        .err("no data source \"Nope\"");
}
