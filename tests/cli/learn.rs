//! What plugins that aren't Grafana's own fill in by themselves: told as one line, learned with `drift --learn`.

use serde_json::{Value, json};

use super::scene::{Scene, writes};

const CONFIG: &str = "# Ours.\nversion: 1\nrepository: r-test\n\nignore: []   # nothing yet\n";
const TOLD: &str = "panel plugin \"volkovlabs-form-panel\" filled in 4 settings in 6 panels (looks like its defaults)";

fn form(uid: &str) -> Value {
    let panel = |id: u64| {
        json!({"id": id, "type": "volkovlabs-form-panel", "title": format!("Form {id}"), "options": {"elements": [id]},
            "gridPos": {"x": 0, "y": 8 * id, "w": 12, "h": 8}})
    };
    let panels: Vec<Value> = (1..=6).map(panel).collect();
    json!({"uid": uid, "title": uid, "schemaVersion": 37, "panels": panels})
}

/// Saves what a page with the plugin writes down.
fn save_in_the_ui(scene: &Scene, uid: &str) {
    let mut live = scene.dashboard(uid).unwrap();
    for panel in live["panels"].as_array_mut().unwrap() {
        panel["options"]["sync"] = json!(true);
        panel["options"]["layout"] = json!({"variant": "single", "padding": 10});
        panel["options"]["updateEnabled"] = json!("auto");
    }
    scene.save_by_hand(&live, "", "");
}

fn scene() -> Scene {
    let scene = Scene::new()
        .with_grafana()
        .file("dashctl.yaml", CONFIG)
        .file("dashboards/forms.json", &form("forms").to_string());
    scene.run(&["apply", "--yes"]).exit(0);
    save_in_the_ui(&scene, "forms");
    scene
}

#[test]
fn a_plugin_that_filled_in_its_defaults_is_one_line_and_a_difference() {
    let scene = scene();
    let drift = scene.run(&["drift"]).exit(2).out(TOLD).out("1 filled in by a plugin.");
    assert_eq!(drift.stdout.matches("volkovlabs").count(), 1, "{}", drift.stdout);
    scene.run(&["diff"]).exit(2).out(TOLD);
    let json = scene.run(&["drift", "-o", "json"]).exit(2).json();
    let drift = json["targets"][0]["dashboards"][0]["drift"].as_array().unwrap();
    assert_eq!(
        drift.len(),
        18,
        "layout, sync and updateEnabled of six panels: {drift:#?}"
    );
    assert_eq!(drift[0]["path"], "panels[id=1].options.layout");
    assert_eq!(
        drift[0]["filled_in"],
        json!({"plugin": "volkovlabs-form-panel", "path": "options.layout"})
    );
    scene.run(&["pull"]).exit(0);
    scene.run(&["drift"]).exit(0);
}

#[test]
fn what_is_learned_is_noise_for_every_verb() {
    let scene = scene();
    scene.write("dashboards/more.json", &form("more").to_string());
    scene.run(&["apply", "more", "--yes"]).exit(0);
    let refused = scene.run(&["drift", "--learn"]).exit(64);
    assert!(
        refused
            .stderr
            .contains("path: options.layout.variant, value: \"single\"")
            && refused.stderr.contains("--yes"),
        "{}",
        refused.stderr
    );
    assert_eq!(scene.read("dashctl.yaml"), CONFIG, "nobody answered");
    scene.run(&["drift", "--learn", "--yes"]).exit(2);
    let rows = "\nnoise:\n  \
                - {plugin: volkovlabs-form-panel, path: options.layout.padding, value: 10}\n  \
                - {plugin: volkovlabs-form-panel, path: options.layout.variant, value: \"single\"}\n  \
                - {plugin: volkovlabs-form-panel, path: options.sync, value: true}\n  \
                - {plugin: volkovlabs-form-panel, path: options.updateEnabled, value: \"auto\"}\n";
    assert_eq!(scene.read("dashctl.yaml"), format!("{CONFIG}{rows}"));

    scene.run(&["drift"]).exit(0).out("1 resave");
    // The next dashboard that is saved is none of the news.
    save_in_the_ui(&scene, "more");
    scene.run(&["drift", "--learn", "--yes"]).exit(0).out("2 resave");
    scene.run(&["diff"]).exit(0);
    scene.run(&["plan"]).exit(0);
    scene.requests();
    scene.run(&["apply", "--yes"]).exit(0);
    let written = writes(&scene.requests());
    assert!(
        written.iter().all(|write| !write.contains("dashboards")),
        "a resave is not written over: {written:?}"
    );
    let files = scene.files();
    scene.run(&["pull"]).exit(0);
    assert_eq!(scene.files(), files, "nor pulled");

    // What somebody does to one panel is an edit all the same.
    let mut live = scene.dashboard("more").unwrap();
    live["panels"][2]["options"]["sync"] = json!(false);
    scene.save_by_hand(&live, "", "");
    scene
        .run(&["drift"])
        .exit(2)
        .out("panel \"Form 3\" (id 3) › sync")
        .out("1 added.");
}

#[test]
fn a_bad_row_is_named_with_its_line_and_the_way_out() {
    let scene = Scene::new().file(
        "dashctl.yaml",
        &format!("{CONFIG}noise:\n  - {{plugin: a-panel, path: options..x, value: 1}}\n"),
    );
    let ran = scene.run(&["drift"]).exit(1);
    for part in [
        "dashctl.yaml: line 7 ",
        "a key is missing at position 7",
        "such as options.layout.variant",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    let schema = scene.run(&["schema", "config"]).exit(0).json();
    let row = &schema["$defs"]["FillIn"]["properties"];
    assert!(
        row["plugin"].is_object() && row["path"].is_object() && row["value"].is_object(),
        "{schema:#}"
    );
}
