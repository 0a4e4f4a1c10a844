//! What goes wrong with Grafana's own API of 12 and 13, as `apply.rs` and `bad_input.rs` have it of the legacy one.

use std::path::Path;
use std::process::Stdio;

use dashctl::sandbox::{Effect, Fault, Version};
use rand::RngExt as _;
use serde_json::{Value, json};

use super::apply::dashboard;
use super::scene::{Scene, writes};

const BOTH: [Version; 2] = [Version::V12_4, Version::V13_1];
const GROUP: &str = "/apis/dashboard.grafana.app";
const ALL: &str = "/apis/dashboard.grafana.app/v0alpha1/namespaces/default/dashboards";

fn path(uid: &str) -> String {
    format!("{ALL}/{uid}")
}

/// So many dashboards in files, and a Grafana that has none of them.
fn scene(version: Version, number: usize) -> Scene {
    let scene = Scene::new().with_grafana_of(version).with_repository();
    write(&scene, number, "up");
    scene
}

/// The same with all of them applied.
fn applied(version: Version, number: usize) -> Scene {
    let scene = scene(version, number);
    scene.run(&["apply", "--yes"]).exit(0);
    scene.requests();
    scene
}

fn write(scene: &Scene, number: usize, expr: &str) {
    for number in 0..number {
        let uid = format!("d{number:02}");
        let text = dashboard(&uid, &format!("D {number}"), expr);
        scene.write(&format!("dashboards/K/{uid}.json"), &text);
    }
}

fn inject(scene: &Scene, method: &str, path: &str, effect: Effect) {
    scene
        .sandbox()
        .inject(Fault::new(method, path, effect).unwrap().times(1));
}

fn answer(status: u16, body: &Value) -> Effect {
    Effect::Answer {
        status,
        body: body.to_string(),
        headers: Vec::new(),
    }
}

/// How often a dashboard was saved: an unchanged save counts as well.
fn saves(scene: &Scene, uid: &str) -> usize {
    let history = "labelSelector=grafana.app/get-history=true&fieldSelector=metadata.name=";
    let (_, list) = scene.api("GET", &format!("{ALL}?{history}{uid}"), None);
    list["items"].as_array().unwrap().len()
}

/// A dashboard as this server gives it at the legacy version.
fn object(scene: &Scene, uid: &str) -> Value {
    let (status, object) = scene.api("GET", &path(uid), None);
    assert_eq!(status, 200, "{object}");
    object
}

#[test]
fn a_lost_answer_is_looked_after_and_nothing_is_saved_twice() {
    for version in BOTH {
        let scene = scene(version, 1);
        inject(&scene, "POST", ALL, Effect::Lose);
        scene.run(&["apply", "--yes"]).exit(0).out("created, version 1");
        assert_eq!(saves(&scene, "d00"), 1);
        write(&scene, 1, "down");
        inject(&scene, "PUT", &path("d00"), Effect::Lose);
        scene.run(&["apply", "--yes"]).exit(0).out("updated, version 2");
        assert_eq!(saves(&scene, "d00"), 2);
        scene.run(&["drift"]).exit(0).out("1 in sync");
        scene.run(&["remove", "d00"]).exit(0);
        inject(&scene, "DELETE", &format!("{GROUP}/*"), Effect::Lose);
        scene.run(&["apply", "--yes", "--prune"]).exit(0).out("deleted");
        assert_eq!(scene.dashboard("d00"), None);
        assert!(!scene.read("dashctl.lock").contains("d00"));
    }
}

#[test]
fn what_got_lost_before_it_arrived_is_told_apart() {
    for version in BOTH {
        let scene = scene(version, 1);
        inject(&scene, "POST", ALL, Effect::Close);
        scene.run(&["apply", "--yes"]).exit(4).out("it was not carried out");
        assert_eq!(scene.dashboard("d00"), None);
        scene.run(&["apply", "--yes"]).exit(0).out("created");
        write(&scene, 1, "down");
        inject(&scene, "PUT", &path("d00"), Effect::Close);
        scene.run(&["apply", "--yes"]).exit(4).out("it was not carried out");
        assert_eq!(saves(&scene, "d00"), 1);
        scene.run(&["apply", "--yes"]).exit(0).out("updated, version 2");
        assert_eq!(saves(&scene, "d00"), 2);
        scene.run(&["remove", "d00"]).exit(0);
        inject(&scene, "DELETE", &format!("{GROUP}/*"), Effect::Close);
        scene.run(&["apply", "--yes", "--prune"]).exit(4).out("failed");
        scene.run(&["apply", "--yes", "--prune"]).exit(0).out("deleted");
    }
}

#[test]
fn reads_are_repeated() {
    for version in BOTH {
        let scene = applied(version, 1);
        for fault in [
            format!("GET {GROUP}=close*1"),
            format!("GET {GROUP}=429,Retry-After:0*1"),
            format!("GET {}=503*2", path("d00")),
            format!("GET {}=close*1", path("d00")),
        ] {
            scene.sandbox().inject(fault.parse().unwrap());
        }
        scene.run(&["drift"]).exit(0).out("1 in sync");
    }
}

#[test]
fn a_conflict_in_the_middle_loses_nothing_and_the_next_apply_does_the_rest() {
    for version in BOTH {
        let scene = applied(version, 12);
        write(&scene, 12, "down");
        let conflict = Fault::new("PUT", "/apis/*", Effect::status(409)).unwrap();
        scene.sandbox().inject(conflict.after(5).times(1));
        scene
            .run(&["apply", "--yes", "--parallel", "4"])
            .exit(4)
            .out("somebody saved it at the same time")
            .out("now it is pending")
            .out("1 failed");
        scene.run(&["apply", "--yes", "--parallel", "4"]).exit(0);
        let uids = (0..12).map(|number| format!("d{number:02}"));
        assert!(uids.into_iter().all(|uid| saves(&scene, &uid) == 2));
    }
}

#[test]
fn a_save_over_what_is_gone_by_now_is_a_conflict_and_makes_nothing() {
    for version in BOTH {
        let scene = applied(version, 1);
        write(&scene, 1, "down");
        let gone = json!({"kind": "Status", "status": "Failure", "code": 500,
            "message": "resourceVersion should not be set on objects to be created"});
        inject(&scene, "PUT", &path("d00"), answer(500, &gone));
        scene
            .run(&["apply", "--yes"])
            .exit(4)
            .out("somebody saved it at the same time");
        assert_eq!(saves(&scene, "d00"), 1);
    }
}

#[test]
fn reads_of_a_server_whose_database_is_locked_for_a_moment_are_repeated() {
    for version in BOTH {
        let scene = applied(version, 3);
        let mut edited = object(&scene, "d01");
        edited["spec"]["panels"][0]["title"] = json!("Theirs");
        assert_eq!(scene.api("PUT", &path("d01"), Some(&edited)).0, 200);
        let locked = json!({"kind": "Status", "status": "Failure", "code": 500,
            "message": "transactional operation: resource_read.sql: database is locked (5) (SQLITE_BUSY)"});
        let cut_off = json!({"kind": "Status", "status": "Failure", "code": 500, "message": "InternalError"});
        inject(&scene, "GET", &path("d00"), answer(500, &locked));
        inject(&scene, "GET", &path("d01"), answer(500, &locked));
        inject(&scene, "GET", ALL, answer(500, &cut_off));
        scene.run(&["drift"]).exit(2).out("2 in sync, 1 drift");
        inject(&scene, "GET", ALL, answer(500, &cut_off));
        scene.run(&["pull"]).exit(0).out("d01: pulled");
        // Trouble that stays is told.
        let stays = Fault::new("GET", &path("d02"), answer(500, &locked)).unwrap();
        scene.sandbox().inject(stays);
        scene.run(&["drift"]).exit(4).out("database is locked");
    }
}

#[test]
fn what_is_deleted_between_the_list_and_the_reading_is_missing() {
    for version in BOTH {
        let scene = applied(version, 20);
        let mut edited = object(&scene, "d03");
        edited["spec"]["panels"][0]["title"] = json!("Theirs");
        assert_eq!(scene.api("PUT", &path("d03"), Some(&edited)).0, 200);
        inject(&scene, "GET", &path("d03"), Effect::status(404));
        scene.run(&["drift"]).exit(2).out("19 in sync").out("1 missing");
        // What nobody has a file of is found by a search, and may be gone as well.
        scene.save_by_hand(&json!({"uid": "gone", "title": "Gone", "panels": []}), "", "");
        inject(&scene, "GET", &path("gone"), Effect::status(404));
        scene
            .run(&["pull", "--new", "gone"])
            .exit(4)
            .out("left out: it is gone");
        assert!(!scene.files().keys().any(|file| file.contains("gone")));
    }
}

/// Dashboards of which a server's page of a list holds but a few.
fn large(version: Version) -> Scene {
    let scene = scene(version, 0);
    for number in 0..20 {
        let uid = format!("d{number:02}");
        let mut large: Value = serde_json::from_str(&dashboard(&uid, &format!("D {number}"), "up")).unwrap();
        large["description"] = json!("x".repeat(200_000));
        scene.write(&format!("dashboards/K/{uid}.json"), &large.to_string());
    }
    scene.run(&["apply", "--yes"]).exit(0);
    scene.requests();
    scene
}

#[test]
fn new_dashboards_are_not_looked_for_in_pages_of_others() {
    let scene = large(Version::V13_1);
    for number in 0..60 {
        let uid = format!("new{number:02}");
        let name = format!("dashboards/N/{uid}.json");
        scene.write(&name, &dashboard(&uid, &format!("N {number}"), "up"));
    }
    scene.run(&["plan", "N/*"]).exit(2).out("60 to create");
    let requests = scene.requests();
    let of_list = |request: &&dashctl::sandbox::Request| request.path.starts_with(&format!("{ALL}?"));
    assert_eq!(requests.iter().filter(of_list).count(), 2, "the list of metadata alone");
}

#[test]
fn a_list_whose_token_is_too_old_begins_anew_once() {
    let expired = [
        (
            410,
            "The provided continue parameter is too old to display a consistent list result.",
        ),
        (500, "get continue token (\"x\"): invalid character"),
    ];
    for (version, (status, message)) in BOTH.into_iter().zip(expired) {
        let scene = large(version);
        let too_old = answer(
            status,
            &json!({"kind": "Status", "status": "Failure", "code": status, "message": message}),
        );
        let lists = |scene: &Scene| {
            let requests = scene.requests();
            let of_list = |request: &&dashctl::sandbox::Request| request.path.starts_with(&format!("{ALL}?"));
            let pages = requests.iter().filter(of_list).count();
            let others = requests
                .iter()
                .filter(|request| request.path.starts_with(&format!("{ALL}/d")));
            (pages, others.count())
        };
        scene.run(&["drift"]).exit(0).out("20 in sync");
        assert_eq!(lists(&scene), (2, 0));
        let fault = Fault::new("GET", ALL, too_old.clone()).unwrap();
        scene.sandbox().inject(fault.after(1).times(1));
        scene.run(&["drift"]).exit(0).out("20 in sync");
        assert_eq!(lists(&scene), (4, 0), "one page, the refusal, and both pages");
        // Twice is the server's fault, and is said.
        let second = Fault::new("GET", ALL, too_old.clone()).unwrap().after(1).times(1);
        let third = Fault::new("GET", ALL, too_old).unwrap().after(2).times(1);
        scene.sandbox().inject(second);
        scene.sandbox().inject(third);
        scene.run(&["drift"]).exit(1).err(&status.to_string());
        assert_eq!(lists(&scene).0, 4);
    }
}

#[test]
fn where_the_credentials_may_not_use_it_the_legacy_api_is_used_and_what_that_can_t_tell_is_said() {
    for version in BOTH {
        let scene = applied(version, 2);
        let forbidden = Fault::new("*", "/apis*", Effect::status(403)).unwrap();
        scene.sandbox().inject(forbidden);
        scene
            .run(&["status"])
            .exit(0)
            .out("/api: the credentials may not use /apis/dashboard.grafana.app");
        let warning = "dashboards that are stored as v2 can't be told from classic ones";
        for verb in [["drift"].as_slice(), &["apply", "--yes"], &["drift", "--api", "legacy"]] {
            let ran = scene.run(verb).exit(0).err(warning);
            assert_eq!(ran.stderr.matches(warning).count(), 1, "{}", ran.stderr);
        }
        write(&scene, 1, "down");
        scene.run(&["apply", "--yes"]).exit(0).out("updated");
        scene
            .run(&["drift", "--api", "apis"])
            .exit(1)
            .err("the credentials may not use");
    }
    // An older one has none that could be forbidden.
    let scene = applied(Version::V11_1, 1);
    scene
        .sandbox()
        .inject(Fault::new("*", "/apis*", Effect::status(403)).unwrap());
    let ran = scene.run(&["drift"]).exit(0);
    assert!(!ran.stderr.contains("v2"), "{}", ran.stderr);
}

#[test]
fn where_only_the_legacy_routes_of_dashboards_are_forbidden_nothing_is_missed() {
    for version in BOTH {
        let scene = scene(version, 2);
        scene
            .sandbox()
            .inject(Fault::new("*", "/api/dashboards*", Effect::status(403)).unwrap());
        scene.run(&["apply", "--yes"]).exit(0).out("created");
        let mut edited = object(&scene, "d00");
        edited["spec"]["panels"][0]["title"] = json!("Theirs");
        assert_eq!(scene.api("PUT", &path("d00"), Some(&edited)).0, 200);
        scene.run(&["drift"]).exit(2).out("by admin").out("Theirs");
        scene.run(&["history", "d00"]).exit(0).out("r-test");
        scene.run(&["rollback", "d00", "--to", "1", "--yes"]).exit(0);
        scene.run(&["drift"]).exit(0);
        assert_eq!(scene.run(&["pull"]).exit(0).stdout.matches("pulled").count(), 0);
    }
}

/// The answer to a reading of `d00`, but for what its status says of the conversion.
fn told(scene: &Scene, conversion: Value) -> Effect {
    let mut object = object(scene, "d00");
    object["status"] = json!({ "conversion": conversion });
    answer(200, &object)
}

/// That `d00` is unsupported for this reason, and nothing writes it.
fn is_never_touched(scene: &Scene, why: &str) {
    scene
        .run(&["drift"])
        .exit(2)
        .out("1 unsupported")
        .out("1 in sync")
        .out(why);
    write(scene, 1, "down");
    scene.requests();
    scene
        .run(&["apply", "--yes", "--overwrite-drift", "--adopt"])
        .exit(2)
        .out("what can't be read isn't written over");
    let file = scene.read("dashboards/K/d00.json");
    scene.run(&["pull", "d00"]);
    assert_eq!(scene.read("dashboards/K/d00.json"), file);
    scene.run(&["rollback", "d00", "--to", "1", "--yes"]).exit(1).err(why);
    assert_eq!(writes(&scene.requests()), [""; 0]);
}

#[test]
fn what_the_server_can_t_convert_is_named_and_never_written() {
    for version in BOTH {
        let scene = applied(version, 2);
        let failed = json!({"failed": true, "storedVersion": "v1beta1", "error": "no such panel"});
        let failed = told(&scene, failed);
        scene.sandbox().inject(Fault::new("GET", &path("d00"), failed).unwrap());
        is_never_touched(
            &scene,
            "stored as v1beta1, which the server can't convert (no such panel)",
        );
    }
}

#[test]
fn a_stored_version_that_the_server_doesn_t_serve_or_nobody_knows_is_named_and_never_written() {
    // 12.0 serves no v2 yet; somebody went back to it.
    let scene = applied(Version::V12_4, 2);
    let (_, mut group) = scene.api("GET", GROUP, None);
    group["versions"]
        .as_array_mut()
        .unwrap()
        .retain(|served| !served["version"].as_str().unwrap().starts_with("v2"));
    scene
        .sandbox()
        .inject(Fault::new("GET", GROUP, answer(200, &group)).unwrap());
    let stored = told(&scene, json!({"failed": false, "storedVersion": "v2beta1"}));
    scene.sandbox().inject(Fault::new("GET", &path("d00"), stored).unwrap());
    is_never_touched(&scene, "stored as v2beta1, which this server doesn't serve");

    for version in BOTH {
        let scene = applied(version, 2);
        let stored = told(&scene, json!({"failed": false, "storedVersion": "v3alpha1"}));
        scene.sandbox().inject(Fault::new("GET", &path("d00"), stored).unwrap());
        is_never_touched(&scene, "stored as v3alpha1, which dashctl doesn't know");
    }
}

#[test]
fn killed_at_any_moment_of_several_writes_a_second_run_finishes_the_work_once() {
    for round in 0..20 {
        let version = BOTH[round % 2];
        let scene = scene(version, 12);
        let args = ["apply", "--yes", "--parallel", "4"];
        let mut child = scene
            .command(Path::new(""), &args)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // At any of the requests that it takes, and a bit later.
        let seen = rand::rng().random_range(1..30);
        while scene.sandbox().requests().len() < seen && child.try_wait().unwrap().is_none() {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        scene.run(&args).exit(0);
        scene.run(&["drift", "--full"]).exit(0).out("12 in sync");
        for number in 0..12 {
            let uid = format!("d{number:02}");
            assert_eq!(saves(&scene, &uid), 1, "{uid} on {version}, killed at request {seen}");
        }
    }
}

#[test]
fn a_list_that_ends_early_hides_no_folder_and_no_dashboard() {
    for version in BOTH {
        let scene = applied(version, 20);
        // A 13.1 under load was seen to end lists without a word.
        let nothing = answer(200, &json!({"kind": "List", "metadata": {}, "items": []}));
        let short = || {
            inject(&scene, "GET", "/apis/folder.grafana.app/*", nothing.clone());
            inject(&scene, "GET", ALL, nothing.clone());
        };
        short();
        scene.run(&["drift"]).exit(0).out("20 in sync");
        short();
        scene.run(&["apply", "--yes"]).exit(0);
        // Nobody has told the repository of the folder's uid.
        std::fs::remove_file(scene.path("dashctl.lock")).unwrap();
        short();
        scene.run(&["drift"]).exit(0).out("20 in sync");
        write(&scene, 21, "up");
        short();
        scene.run(&["apply", "--yes"]).exit(0).out("K/d20: created");
        let made = scene.api("GET", "/api/folders", None).1;
        assert_eq!(made.as_array().unwrap().len(), 1, "{made}");
    }
}
