use serde_json::json;

use super::scene::Scene;
use super::upgrade::{FILE, revision, scene};

#[test]
fn what_is_newer_is_told_with_what_changed_and_whether_an_upgrade_would_conflict() {
    let scene = scene();
    let before = scene.files();
    scene
        .run(&["outdated"])
        .exit(2)
        .out("A/pods")
        .out("99923")
        .out("2018-06-05")
        .out("clean")
        .out("Memory used")
        .out("dashctl upgrade --dry-run");
    assert_eq!(scene.files(), before, "nothing is written");
    scene.run(&["outdated", "--exit-code", "0"]).exit(0);
    let edited = scene.read(FILE).replace("\"Memory\"", "\"RAM\"");
    scene.write(FILE, &edited);
    let rows = scene.run(&["outdated", "-o", "json"]).exit(2).json();
    assert_eq!(rows[0]["pinned"], "1");
    assert_eq!(rows[0]["newest"], "2");
    assert_eq!(rows[0]["conflicts"], json!(["panel \"Memory\" (id 2) › title"]));
    scene
        .run(&["outdated", "-o", "markdown"])
        .exit(2)
        .out("| A/pods | grafana.com/77 | 1 | 2 |")
        .out("1 conflict")
        .out("<details>");
}

#[test]
fn revision_by_revision() {
    let scene = scene();
    scene
        .catalog()
        .serve(77, 4, revision(|dashboard| dashboard["title"] = json!("Fourth")));
    let ran = scene
        .run(&["outdated", "--changes"])
        .exit(2)
        .out("A/pods: revision 2")
        .out("A/pods: revision 4");
    assert!(
        !ran.stdout.contains("revision 3"),
        "the author took it back: {}",
        ran.stdout
    );
}

#[test]
fn a_throttled_catalog_is_borne_and_one_that_is_not_there_is_told_for_each_dashboard() {
    let mut scene = scene();
    scene.catalog().limit(2);
    scene.run(&["outdated"]).exit(2);
    scene.set("DASHCTL_CATALOG_URL", "http://127.0.0.1:9");
    scene
        .run(&["outdated"])
        .exit(4)
        .out("A/pods: failed: grafana.com can't be reached");
}

#[test]
fn a_mirror_is_a_catalog_and_what_is_up_to_date_is_no_difference() {
    let scene = scene();
    scene
        .run(&["outdated", "--source", "mirror=vendor"])
        .exit(0)
        .out("up to date");
    scene.write(
        "m/77/rev5.json",
        &revision(|dashboard| dashboard["title"] = json!("Fifth")),
    );
    scene.run(&["outdated", "--source", "mirror=m"]).exit(2).out("Fifth");
    Scene::new()
        .with_repository()
        .run(&["outdated"])
        .exit(0)
        .out("No dashboard of this repository is pinned");
}
