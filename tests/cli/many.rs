//! Many dashboards at once, with the verbs other than `apply`: imported, rolled back, deleted, pulled.

use dashctl::sandbox::{Effect, Fault, Version};
use serde_json::json;

use super::apply::dashboard;
use super::scene::Scene;

const NUMBER: usize = 12;

fn uids() -> Vec<String> {
    (0..NUMBER).map(|number| format!("m{number:02}")).collect()
}

/// A repository of that many, applied.
fn applied(version: Version) -> Scene {
    let scene = Scene::new().with_grafana_of(version).with_repository();
    for uid in uids() {
        let text = dashboard(&uid, &format!("Title {uid}"), "up");
        scene.write(&format!("dashboards/A/{uid}.json"), &text);
    }
    scene.run(&["apply", "--yes"]).exit(0);
    scene
}

fn edit(scene: &Scene, uid: &str) {
    let mut live = scene.dashboard(uid).unwrap();
    live["panels"][0]["title"] = json!("louder");
    let folder = scene.meta(uid)["folderUid"].as_str().unwrap().to_owned();
    scene.save_by_hand(&live, &folder, "why");
}

#[test]
fn an_import_of_many_stops_at_a_failure_and_the_same_again_does_the_rest_once() {
    for (version, route) in [
        (Version::V9_4, "/api/dashboards/db"),
        (Version::V13_1, "/apis/dashboard*"),
    ] {
        let scene = Scene::new().with_grafana_of(version).with_repository();
        let files: Vec<String> = uids().iter().map(|uid| format!("in/{uid}.json")).collect();
        for (uid, file) in uids().iter().zip(&files) {
            scene.write(file, &dashboard(uid, &format!("Title {uid}"), "up"));
        }
        let mut args = vec!["import", "--yes", "--parallel", "2", "--folder", "A"];
        args.extend(files.iter().map(String::as_str));
        let refused = Fault::new("POST", route, Effect::status(400)).unwrap();
        scene.sandbox().inject(refused.after(4).times(1));
        let ran = scene.run(&args).exit(4).out("failed").out("not begun");
        let rows = ran.out("Run the same import again to go on").stdout;
        for uid in uids() {
            let row = rows.lines().find(|line| line.contains(&uid)).unwrap();
            assert_eq!(scene.dashboard(&uid).is_some(), row.contains("created"), "{row}");
        }
        scene.run(&args).exit(0);
        args.push("--keep-going");
        scene.run(&args).exit(0).out("unchanged");
        assert!(uids().iter().all(|uid| scene.messages(uid).len() == 1));
    }
}

#[test]
fn many_go_back_at_once_and_what_can_t_stops_them_before_the_first_write() {
    for version in [Version::V9_4, Version::V13_1] {
        let scene = applied(version);
        uids().iter().for_each(|uid| edit(&scene, uid));
        let names = uids();
        let mut args: Vec<&str> = vec!["rollback", "--yes"];
        args.extend(names.iter().map(String::as_str));
        let mut with_one_too_many = args.clone();
        with_one_too_many.push("nobody");
        scene
            .run(&with_one_too_many)
            .exit(1)
            .err("no dashboard with the uid \"nobody\"");
        assert!(uids().iter().all(|uid| scene.messages(uid).len() == 2));
        let ran = scene.run(&args).exit(0);
        assert_eq!(ran.stdout.matches("is what version 1 was").count(), NUMBER);
        scene.run(&["drift"]).exit(0);
        args.push("--to");
        args.push("1");
        scene.run(&args).exit(64).err("--to goes with one dashboard");
    }
}

#[test]
fn of_many_that_left_those_that_somebody_changed_stay() {
    for version in [Version::V9_4, Version::V13_1] {
        let scene = applied(version);
        edit(&scene, "m03");
        scene.run(&["remove", "A/*"]).exit(0);
        let ran = scene.run(&["apply", "--prune", "--yes"]).exit(2);
        let ran = ran.out("A/m03: kept: somebody changed it since").out("A/m11: deleted");
        assert_eq!(ran.stdout.matches(": deleted").count(), NUMBER - 1);
        let left: Vec<String> = uids()
            .into_iter()
            .filter(|uid| scene.dashboard(uid).is_some())
            .collect();
        assert_eq!(left, ["m03"]);
    }
}

#[test]
fn edits_of_many_come_in_and_one_that_can_t_be_read_holds_up_no_other() {
    let scene = applied(Version::V13_1);
    uids().iter().for_each(|uid| edit(&scene, uid));
    let ran = scene.run(&["pull"]).exit(0);
    assert_eq!(ran.stdout.matches("pulled").count(), NUMBER, "{}", ran.stdout);
    assert!(
        uids()
            .iter()
            .all(|uid| scene.read(&format!("dashboards/A/{uid}.json")).contains("louder"))
    );
    scene.run(&["drift"]).exit(0);
}

/// The lists of dashboards that were asked for, as metadata or whole, and how many dashboards were read by themselves.
fn reads(scene: &Scene) -> (usize, usize) {
    let paths: Vec<String> = scene.requests().into_iter().map(|request| request.path).collect();
    let all = "/apis/dashboard.grafana.app/v0alpha1/namespaces/default/dashboards";
    let lists = paths.iter().filter(|path| path.starts_with(&format!("{all}?limit=")));
    let alone = paths.iter().filter(|path| path.starts_with(&format!("{all}/")));
    (lists.count(), alone.count())
}

#[test]
fn once_a_page_shows_that_most_were_edited_the_others_are_asked_for_whole() {
    for version in [Version::V12_4, Version::V13_1] {
        let scene = Scene::new().with_grafana_of(version).with_repository();
        let uids: Vec<String> = (0..90).map(|number| format!("p{number:02}")).collect();
        let page = |uid: &str, expr: &str| {
            let mut large: serde_json::Value = serde_json::from_str(&dashboard(uid, uid, expr)).unwrap();
            large["description"] = json!("x".repeat(60_000));
            scene.write(&format!("dashboards/A/{uid}.json"), &large.to_string());
        };
        uids.iter().for_each(|uid| page(uid, "up"));
        scene.run(&["apply", "--yes"]).exit(0);
        scene.requests();
        scene.run(&["drift"]).exit(0).out("90 in sync");
        assert_eq!(reads(&scene), (3, 0), "three pages of metadata");
        // The files say another thing: that is known when they are read, a page later.
        uids.iter().for_each(|uid| page(uid, "down"));
        scene.requests();
        scene.run(&["drift"]).exit(2).out("90 pending");
        assert_eq!(reads(&scene).1, 0);
        uids.iter().for_each(|uid| page(uid, "up"));
        for uid in &uids {
            let path = format!("/apis/dashboard.grafana.app/v0alpha1/namespaces/default/dashboards/{uid}");
            let mut object = scene.api("GET", &path, None).1;
            object["spec"]["panels"][0]["title"] = json!("louder");
            assert_eq!(scene.api("PUT", &path, Some(&object)).0, 200);
        }
        scene.requests();
        let report = scene.run(&["drift", "-o", "json"]).exit(2).json();
        assert_eq!(reads(&scene), (4, 0), "the first page twice, the others whole at once");
        let full = scene.run(&["drift", "--full", "-o", "json"]).exit(2).json();
        assert_eq!(full["targets"][0]["dashboards"], report["targets"][0]["dashboards"]);
        // Of a few, each is read by itself.
        scene.requests();
        scene.run(&["drift", "A/p0*"]).exit(2).out("10 drift");
        assert_eq!(reads(&scene), (0, 10));
    }
}
