use std::env;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::scene::Scene;

/// With a real Grafana: `DASHCTL_TEST_GRAFANA_URL`, and `DASHCTL_TEST_GRAFANA_USER` and `…_PASSWORD` (admin, admin). The
/// test makes dashboards of its own uids in a folder of its own, and deletes them at the end.
pub fn trials() -> Vec<Trial> {
    let name = "a_dashboards_life_in_a_real_grafana";
    vec![match env::var("DASHCTL_TEST_GRAFANA_URL") {
        Ok(url) => Trial::test(name, move || live(&url)),
        Err(_)
            if env::var("DASHCTL_REQUIRE")
                .unwrap_or_default()
                .split(',')
                .any(|word| word == "grafana") =>
        {
            Trial::test(name, || {
                Err("DASHCTL_TEST_GRAFANA_URL is not set, and DASHCTL_REQUIRE asks for a Grafana".into())
            })
        }
        Err(_) => Trial::test(name, || Ok(()))
            .with_ignored_flag(true)
            .with_kind("DASHCTL_TEST_GRAFANA_URL is not set"),
    }]
}

fn live(url: &str) -> Result<(), Failed> {
    let user = env::var("DASHCTL_TEST_GRAFANA_USER").unwrap_or_else(|_| "admin".into());
    let password = env::var("DASHCTL_TEST_GRAFANA_PASSWORD").unwrap_or_else(|_| "admin".into());
    let unique = format!("{:x}", std::process::id());
    let mut scene = Scene::new();
    for (name, value) in [
        ("GRAFANA_URL", url),
        ("GRAFANA_USER", &user),
        ("GRAFANA_PASSWORD", &password),
    ] {
        scene.set(name, value);
    }
    let (uid, folder) = (format!("dashctl-test-{unique}"), format!("dashctl test {unique}"));
    scene.write("dashctl.yaml", &format!("version: 1\nrepository: r-test-{unique}\n"));
    let dashboard = json!({"uid": uid, "title": format!("Life {unique}"), "schemaVersion": 27, "tags": [], "panels": [
        {"id": 1, "type": "stat", "title": "First", "gridPos": {"h": 4, "w": 6, "x": 0, "y": 0},
         "targets": [{"refId": "A", "expr": "up"}]}]});
    let file = format!("dashboards/{folder}/life.json");
    scene.write(&file, &format!("{dashboard:#}\n"));
    scene.run(&["status"]).exit(0);
    scene.run(&["apply", "--yes"]).exit(0).out("created");
    scene
        .run(&["apply", "--yes"])
        .exit(0)
        .out("Plan: 0 to create, 0 to change");
    scene.run(&["drift"]).exit(0).out("1 in sync");
    // Somebody else: another repository's save is an edit to this one.
    let other = scene.read(&file).replace("\"First\"", "\"Edited\"");
    scene.write("other/dashctl.yaml", "version: 1\nrepository: r-somebody-else\n");
    scene.write(&format!("other/{file}"), &other);
    scene
        .run_in("other".as_ref(), &["apply", "--yes"])
        .exit(2)
        .out("isn't this repository's");
    scene
        .run_in("other".as_ref(), &["apply", "--yes", "--adopt"])
        .exit(0)
        .out("adopted");
    scene
        .run(&["drift"])
        .exit(2)
        .out("! drift")
        .out("version 2")
        .out("Edited");
    scene.run(&["apply", "--yes"]).exit(2).out("left alone");
    scene.run(&["history", &uid]).exit(0).out("title");
    scene.run(&["pull"]).exit(0).out("pulled");
    assert!(scene.read(&file).contains("\"Edited\""));
    scene.run(&["drift"]).exit(0);
    scene.run(&["rollback", &uid, "--to", "1", "--yes"]).exit(0);
    let json: Value = scene.run(&["drift", "-o", "json"]).exit(2).json();
    // The file has moved on with the pull, and so going back is somebody's edit.
    assert_eq!(json["targets"][0]["dashboards"][0]["state"], "drift");
    scene.run(&["remove", "*"]).exit(0);
    scene
        .run(&["apply", "--prune", "--overwrite-drift", "--yes"])
        .exit(0)
        .out("deleted");
    Ok(())
}
