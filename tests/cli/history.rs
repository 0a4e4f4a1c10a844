use serde_json::json;

use super::apply::{edit, scene};

#[test]
fn versions_are_listed_with_author_message_and_change() {
    let scene = scene();
    scene.run(&["apply", "-m", "first"]).exit(0);
    edit(&scene, "pods", "/panels/0/title", &json!("Renamed"));
    let ran = scene
        .run(&["history", "pods"])
        .exit(0)
        .out("r-test")
        .out("first")
        .out("created");
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(
        lines[1].starts_with('2') && lines[1].contains("admin") && lines[1].contains("edited by hand"),
        "{}",
        ran.stdout
    );
    assert!(lines[1].contains("panel") && lines[1].contains("title"), "{}", lines[1]);
    scene
        .run(&["history", "nope"])
        .exit(1)
        .err("no dashboard with the uid \"nope\"");
}

#[test]
fn a_rollback_is_a_new_save_and_loses_nothing() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    edit(&scene, "pods", "/title", &json!("Edited"));
    scene
        .run(&["rollback", "pods", "--dry-run"])
        .exit(0)
        .out("back to version 1");
    assert_eq!(scene.dashboard("pods").unwrap()["title"], "Edited");
    scene
        .run(&["rollback", "pods"])
        .exit(0)
        .out("version 3 is what version 1 was");
    assert_eq!(scene.dashboard("pods").unwrap()["title"], "Pods");
    assert_eq!(scene.messages("pods").len(), 3);
    scene.run(&["drift"]).exit(0);
    scene.run(&["rollback", "pods", "--to", "2"]).exit(0);
    assert_eq!(scene.dashboard("pods").unwrap()["title"], "Edited");
    scene
        .run(&["rollback", "pods", "--to", "9"])
        .exit(1)
        .err("no version 9; there are 4, 3, 2, 1");
    scene.run(&["drift"]).exit(2).out("! drift     pods");
}
