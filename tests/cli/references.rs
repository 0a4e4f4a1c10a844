//! Data sources and library panels that aren't there.

use dashctl::sandbox::Version;
use serde_json::{Value, json};

use super::scene::{Scene, writes};

fn scene(version: Version) -> Scene {
    Scene::new().with_grafana_of(version).with_repository()
}

fn file(scene: &Scene, uid: &str, panel: &Value) {
    let mut panel = panel.clone();
    panel["id"] = json!(1);
    panel["gridPos"] = json!({"h": 8, "w": 12, "x": 0, "y": 0});
    let dashboard = json!({"uid": uid, "title": uid, "schemaVersion": 36, "panels": [panel]});
    scene.write(&format!("../{uid}.json"), &dashboard.to_string());
}

fn undeclared(scene: &Scene, uid: &str) {
    file(
        scene,
        uid,
        &json!({"type": "timeseries", "title": "A", "targets": [{"refId": "A", "expr": "up"}],
        "datasource": "${DS_PROMETHEUS}"}),
    );
}

#[test]
fn what_is_not_there_is_named_before_the_write_and_refused_with_strict() {
    let scene = scene(Version::V9_4);
    undeclared(&scene, "undeclared");
    file(
        &scene,
        "foreign",
        &json!({"type": "timeseries", "title": "B", "datasource": {"type": "prometheus", "uid": "PBFA"}}),
    );
    scene.requests();
    for (name, words) in [
        ("undeclared", "panel \"A\" refers to ${DS_PROMETHEUS}, which is neither"),
        (
            "foreign",
            "panel \"B\" refers to the data source \"PBFA\", which the target lacks",
        ),
    ] {
        let path = format!("../{name}.json");
        scene.requests();
        scene.run(&["import", "--yes", "--strict", &path]).exit(1).err(words);
        assert_eq!(writes(&scene.requests()), [""; 0]);
        assert!(!scene.path(&format!("dashboards/{name}.json")).exists());
        scene.run(&["import", "--yes", &path]).exit(0).out(words).out("created");
    }
}

#[test]
fn plan_and_apply_name_them_before_the_write_and_refuse_them_with_strict() {
    let scene = scene(Version::V9_4);
    let panel = |source: &Value| json!({"id": 1, "type": "stat", "title": "A", "datasource": source});
    let dashboard = json!({"uid": "u", "title": "U", "schemaVersion": 36, "panels": [
        panel(&json!("${DS_PROMETHEUS}")), panel(&json!({"type": "prometheus", "uid": "PBFA"})),
        panel(&json!({"type": "prometheus", "uid": "soon"}))]});
    scene.write("dashboards/u.json", &dashboard.to_string());
    scene.write(
        "dashctl.yaml",
        "version: 1\nrepository: r-test\ndatasources:\n  - {name: Soon, uid: soon, type: prometheus, url: http://s}\n",
    );
    scene.requests();
    for verb in [&["plan"][..], &["apply", "--yes"]] {
        let strict = scene.run(&[verb, &["--strict"]].concat()).exit(1);
        let strict = strict.err("u: panel \"A\" refers to ${DS_PROMETHEUS}").err("answers:");
        assert!(!strict.stderr.contains("soon"), "{}", strict.stderr);
    }
    assert_eq!(writes(&scene.requests()), [""; 0]);
    scene.run(&["plan"]).exit(2).err("\"PBFA\", which the target lacks");
    scene
        .run(&["apply", "--yes"])
        .exit(0)
        .err("\"PBFA\", which the target lacks")
        .out("u: created");
    // Nothing is to be written any more.
    scene.run(&["apply", "--yes", "--strict"]).exit(0);
}

#[test]
fn placeholders_that_nothing_declares_are_answered_and_come_back() {
    for flag in [["--input", "DS_PROMETHEUS=Prometheus"], ["--datasource", "Prometheus"]] {
        let scene = scene(Version::V9_4);
        undeclared(&scene, "undeclared");
        let import = ["import", "--yes", "--strict", flag[0], flag[1], "../undeclared.json"];
        scene
            .run(&import)
            .exit(0)
            .out("created")
            .no_out("no dashboard has an input");
        assert_eq!(
            scene.dashboard("undeclared").unwrap()["panels"][0]["datasource"]["uid"],
            "prom"
        );
        scene.run(&["drift"]).exit(0);
        super::apply::edit(&scene, "undeclared", "/panels/0/targets/0/expr", &json!("down"));
        scene.run(&["pull"]).exit(0);
        assert!(scene.read("dashboards/undeclared.json").contains("${DS_PROMETHEUS}"));
    }
}

#[test]
fn library_panels_that_are_not_there_are_a_failure() {
    let scene = scene(Version::V9_4);
    file(
        &scene,
        "missing",
        &json!({"libraryPanel": {"uid": "nope", "name": "Not there"}}),
    );
    let words = "panel \"Not there\" refers to the library panel \"nope\"";
    scene
        .run(&["import", "--yes", "--strict", "../missing.json"])
        .exit(1)
        .err(words);
    let ran = scene
        .run(&["import", "--yes", "../missing.json"])
        .exit(4)
        .no_out("created");
    assert!(format!("{}{}", ran.stdout, ran.stderr).contains("connecting library panels"));
}
