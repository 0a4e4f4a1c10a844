//! Titles that Grafana before 12 takes for one.

use dashctl::sandbox::{Options, Version};
use serde_json::json;

use super::scene::{Scene, writes};

fn scene(version: Version) -> Scene {
    let options = Options {
        version,
        ..Options::default()
    };
    Scene::new().with_sandbox(options).with_repository()
}

fn file(scene: &Scene, name: &str, title: &str) {
    let dashboard = json!({"title": title, "schemaVersion": 36, "panels": []});
    scene.write(&format!("../{name}.json"), &dashboard.to_string());
}

#[test]
fn a_clash_of_titles_is_known_before_the_first_write() {
    for version in [Version::V7_5, Version::V9_4, Version::V11_1] {
        for (one, other) in [
            ("MinIO Overview", "MinIO Overview"),
            ("my dashboard", "My Dashboard"),
            ("Telegraf rabbitmq", "Telegraf/rabbitmq"),
            ("Café", "Cafe"),
        ] {
            let scene = scene(version);
            file(&scene, "one", one);
            file(&scene, "other", other);
            let both = ["import", "--yes", "../one.json", "../other.json"];
            scene.run(&both).exit(1).err("nothing was written");
            scene.run(&["import", "--yes", "../one.json"]).exit(0);
            scene.requests();
            let before = scene.files();
            let ran = scene
                .run(&["import", "--yes", "../other.json"])
                .exit(1)
                .err("nothing was written")
                .err("--title");
            assert!(ran.stderr.contains(&format!("{one:?}")), "{}", ran.stderr);
            assert_eq!((scene.files(), writes(&scene.requests())), (before, vec![]));
            scene.run(&["drift"]).exit(0);
            scene
                .run(&["import", "--yes", "../other.json", "--title", "Another title"])
                .exit(0)
                .out("created");
            scene.run(&["drift"]).exit(0);
        }
    }
}

fn managed(scene: &Scene, name: &str, title: &str) {
    let dashboard = json!({"uid": name, "title": title, "schemaVersion": 36, "panels": []});
    scene.write(&format!("dashboards/{name}.json"), &dashboard.to_string());
}

#[test]
fn plan_and_apply_know_a_clash_before_the_first_write_and_do_the_rest() {
    for version in [Version::V7_5, Version::V9_4, Version::V11_1] {
        let scene = scene(version);
        managed(&scene, "one", "Café");
        scene.run(&["apply", "--yes"]).exit(0);
        managed(&scene, "other", "Cafe");
        managed(&scene, "rest", "Rest");
        scene.requests();
        let plan = scene.run(&["plan"]).exit(4);
        let said = format!("{}{}", plan.stdout, plan.stderr);
        assert!(said.contains("has \"Café\" (uid one)"), "{said}");
        assert_eq!(writes(&scene.requests()), [""; 0]);
        scene
            .run(&["apply", "--yes"])
            .exit(4)
            .out("other: the folder General has \"Café\" (uid one)")
            .out("rest: created");
        assert_eq!(writes(&scene.requests()), ["POST /api/dashboards/db"]);
        managed(&scene, "other", "Another");
        scene.run(&["apply", "--yes"]).exit(0).out("other: created");
        // An old title that is given up at the same time is free.
        managed(&scene, "one", "Third");
        managed(&scene, "other", "Cafe");
        scene.run(&["apply", "--yes"]).exit(0);
        managed(&scene, "rest", "third");
        scene.run(&["apply", "--yes"]).exit(4).out("(uid one)");
        managed(&scene, "rest", "Rest");
        // The one that has the title is written, too, after the other one.
        managed(&scene, "alike", "THIRD");
        let text = scene
            .read("dashboards/one.json")
            .replace("\"panels\":[]", "\"panels\":[],\"tags\":[\"a\"]");
        scene.write("dashboards/one.json", &text);
        let ran = scene.run(&["apply", "--yes"]).exit(4).out("one: updated");
        ran.out("alike: this Grafana doesn't tell its title");
    }
}

#[test]
fn newer_servers_take_them() {
    let scene = scene(Version::V12_4);
    file(&scene, "one", "A");
    file(&scene, "other", "a");
    scene.run(&["import", "--yes", "../one.json", "../other.json"]).exit(0);
    scene.run(&["drift"]).exit(0);
}

#[test]
fn a_folder_that_differs_by_case_is_known_before_the_first_write() {
    let scene = scene(Version::V9_4);
    file(&scene, "one", "A");
    file(&scene, "other", "B");
    scene
        .run(&["import", "--yes", "../one.json", "--folder", "Storage"])
        .exit(0);
    scene.requests();
    let before = scene.files();
    for (folder, words) in [("storage", "--folder \"Storage\""), ("general", "--folder \"General\"")] {
        scene
            .run(&["import", "--yes", "../other.json", "--folder", folder])
            .exit(1)
            .err(words);
        assert_eq!((scene.files(), writes(&scene.requests())), (before.clone(), vec![]));
    }
    scene
        .run(&["import", "--yes", "../other.json", "--folder", "Storage"])
        .exit(0);
    scene.run(&["drift"]).exit(0);
}
