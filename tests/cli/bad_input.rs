use std::time::Duration;

use dashctl::sandbox::{Effect, Fault, Options, Role};
use serde_json::json;

use super::catalog::Catalog;
use super::import::{SHARED, scene};
use super::scene::{Scene, token, writes};

/// Nothing may have changed: no file, nothing on the server.
fn refused(scene: &Scene, args: &[&str], code: i32, words: &[&str]) {
    let before = scene.files();
    scene.requests();
    let mut ran = scene.run(args).exit(code);
    for word in words {
        ran = ran.err(word);
    }
    assert_eq!(scene.files(), before, "{args:?} wrote files");
    assert_eq!(writes(&scene.requests()), [""; 0], "{args:?} wrote to Grafana");
}

#[test]
fn what_the_catalog_does_not_have() {
    let scene = scene();
    refused(&scene, &["import", "99"], 1, &["grafana.com has no dashboard 99"]);
    refused(
        &scene,
        &["import", "6417@7"],
        1,
        &["no revision 7 of dashboard 6417; the newest is 1"],
    );
    refused(&scene, &["import", "nonsense"], 64, &["neither an id"]);
    refused(&scene, &["import", "missing.json"], 1, &["missing.json can't be read"]);
}

#[test]
fn what_is_no_dashboard() {
    let deep = format!(
        "{{\"title\":\"x\",\"panels\":{}{}}}",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let large = format!("{{\"title\":\"x\",\"panels\":[\"{}\"]}}", "a".repeat(50 << 20));
    let bad: [(&str, Vec<u8>, &str); 6] = [
        (
            "an error document",
            br#"{"code":"X","message":"Field is required: revision"}"#.to_vec(),
            "Field is required",
        ),
        ("truncated", SHARED.as_bytes()[..SHARED.len() / 2].to_vec(), "not JSON"),
        (
            "not UTF-8",
            b"{\"title\":\"\xff\xfe\",\"panels\":[]}".to_vec(),
            "not UTF-8",
        ),
        ("deep", deep.into_bytes(), "not JSON: recursion limit exceeded"),
        ("large", large.into_bytes(), "too much for a dashboard"),
        ("a list", b"[]".to_vec(), "not a dashboard"),
    ];
    let scene = scene();
    for (what, bytes, words) in bad {
        scene.catalog().serve(1, 1, &bytes);
        refused(&scene, &["import", "1@1"], 1, &[words]);
        std::fs::write(scene.path("bad.json"), &bytes).unwrap();
        refused(&scene, &["import", "bad.json"], 1, &["bad.json", words]);
        println!("{what}: refused");
    }
}

#[test]
fn a_revision_whose_bytes_changed_is_an_error_that_says_so() {
    let scene = scene();
    scene.run(&["import", "6417"]).exit(0);
    std::fs::remove_file(scene.path("vendor/grafana.com/6417/rev1.json")).unwrap();
    scene
        .catalog()
        .serve(6417, 1, SHARED.replace("node_load1", "node_load9"));
    std::fs::remove_dir_all(scene.path("../home/cache")).unwrap();
    refused(&scene, &["import", "6417"], 1, &["other bytes than those pinned"]);
}

#[test]
fn a_catalog_that_limits_is_borne() {
    let scene = scene();
    scene.catalog().limit(3);
    scene.run(&["import", "6417"]).exit(0).out("created");
}

#[test]
fn no_network_names_the_ways_out() {
    let scene = Scene::new().with_grafana().with_repository();
    // The user said where from, so nothing else is taken, not even for a sandbox.
    refused(
        &scene,
        &["import", "6417", "--source", "grafana.com"],
        1,
        &["can't be reached", "--source gnet", "mirror=DIR", "bundled"],
    );
    refused(
        &scene,
        &["import", "6417", "--source", "gnet"],
        1,
        &["can't be reached"],
    );
    refused(
        &scene,
        &["import", "6417", "--source", "mirror=nowhere"],
        1,
        &["no mirror folder"],
    );
    scene
        .run(&["import", "6417"])
        .exit(0)
        .out("bundled editions")
        .out("bundled-1");
}

#[test]
fn wrong_credentials_and_rights() {
    let options = Options {
        tokens: vec![token(Role::Viewer, "viewer-token")],
        ..Options::default()
    };
    let catalog = || Catalog::default().with(6417, 1, SHARED);
    let scene = Scene::new()
        .with_sandbox(options)
        .with_data_source("P", "p", true)
        .with_catalog(catalog())
        .with_repository();
    let scene = scene.with_token("viewer-token");
    // The right to read is there; the save is refused, the files stay, and the message says how to go on.
    scene
        .run(&["import", "6417"])
        .exit(3)
        .out("failed")
        .out("Run the same import again");
    assert_eq!(scene.dashboard("shared-uid"), None);
    let scene = scene.with_token("nonsense");
    refused(&scene, &["import", "6417"], 3, &["401"]);
}

#[test]
fn if_saving_fails_the_files_stay_and_a_second_import_goes_on() {
    let scene = scene();
    let full: Fault = "POST /api/dashboards/db=403*1".parse().unwrap();
    scene.sandbox().inject(full);
    scene
        .run(&["import", "6417", "3119"])
        .exit(4)
        .out("failed")
        .out("created")
        .out("Run the same import again");
    assert!(scene.files().contains_key("dashboards/nodes-of-a-cluster.json"));
    scene
        .run(&["import", "6417", "3119"])
        .exit(0)
        .out("created")
        .out("unchanged");
}

#[test]
fn a_quota_is_said_in_grafanas_words() {
    let options = Options {
        quota: Some(0),
        ..Options::default()
    };
    let scene = Scene::new()
        .with_sandbox(options)
        .with_data_source("P", "p", true)
        .with_catalog(Catalog::default().with(6417, 1, SHARED));
    scene.run(&["import", "6417"]).exit(3).out("Quota reached");
}

#[test]
fn reads_are_repeated_and_a_lost_answer_is_looked_after() {
    let scene = scene();
    for fault in [
        "GET /api/datasources=503*2",
        "GET /api/folders=429,Retry-After:0*1",
        "GET /api/plugins=close*1",
    ] {
        scene.sandbox().inject(fault.parse().unwrap());
    }
    // The save is carried out, and its answer never comes.
    scene
        .sandbox()
        .inject("POST /api/dashboards/db=lose*1".parse().unwrap());
    scene.run(&["import", "6417"]).exit(0).out("created");
    assert_eq!(scene.messages("shared-uid").len(), 1, "saved once, not twice");
}

#[test]
fn a_save_that_got_lost_before_it_arrived_is_told_apart() {
    let scene = scene();
    scene
        .sandbox()
        .inject("POST /api/dashboards/db=close*1".parse().unwrap());
    scene.run(&["import", "6417"]).exit(4).out("it was not carried out");
    assert_eq!(scene.dashboard("shared-uid"), None);
}

#[test]
fn a_slow_grafana_runs_into_the_time_limit() {
    let scene = scene();
    scene
        .sandbox()
        .inject(Fault::new("GET", "/api/folders*", Effect::Delay(Duration::from_secs(30))).unwrap());
    refused(
        &scene,
        &["import", "6417", "--timeout", "1"],
        1,
        &["no answer in time", "--timeout"],
    );
}

#[test]
fn a_conflict_with_somebodys_edit_loses_nothing() {
    let scene = scene();
    scene.run(&["import", "6417"]).exit(0);
    let json = scene.read("dashboards/nodes-of-a-cluster.json");
    scene.write(
        "dashboards/nodes-of-a-cluster.json",
        &json.replace("node_load1", "node_load5"),
    );
    scene.sandbox().inject("POST /api/dashboards/db=412*1".parse().unwrap());
    scene
        .run(&["import", "6417"])
        .exit(4)
        .out("somebody saved it at the same time");
    scene.run(&["import", "6417"]).exit(0).out("updated");
}

#[test]
fn a_title_that_another_dashboard_has_in_the_folder() {
    let scene = scene();
    let other = json!({"uid": "other", "title": "Nodes of a cluster", "panels": []});
    scene.save_by_hand(&other, "", "");
    scene
        .run(&["import", "6417"])
        .exit(1)
        .err("nothing was written")
        .err("uid other")
        .err("--title");
    assert_eq!(
        scene.dashboard("other").unwrap()["panels"],
        json!([]),
        "nothing was written over it"
    );
}

#[test]
fn a_provisioned_dashboard_is_foreign() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("p.json"),
        r#"{"uid":"shared-uid","title":"P","panels":[]}"#,
    )
    .unwrap();
    let options = Options {
        provision: Some(folder.path().into()),
        ..Options::default()
    };
    let scene = Scene::new()
        .with_sandbox(options)
        .with_data_source("P", "p", true)
        .with_catalog(Catalog::default().with(6417, 1, SHARED));
    refused(
        &scene,
        &["import", "6417", "--adopt"],
        1,
        &["another tool owns it", "provisioned from p.json"],
    );
}

#[test]
fn a_folder_leads_nowhere_else_whatever_it_is_called() {
    let scene = scene();
    scene.run(&["import", "3119", "--folder", "a:b"]).exit(0);
    scene
        .run(&["import", "6417", "--folder", "../up"])
        .exit(1)
        .err("no folders inside of folders");
    scene.run(&["import", "6417", "--folder", "..\\/up"]).exit(0);
    let files = scene.files();
    let folders = files
        .keys()
        .filter_map(|name| name.strip_prefix("dashboards/")?.split_once('/'));
    let folders: std::collections::BTreeSet<&str> = folders.map(|(folder, _)| folder).collect();
    assert_eq!(folders.into_iter().collect::<Vec<_>>(), ["%2E%2E%2Fup", "a%3Ab"]);
}

#[test]
fn a_broken_repository_is_refused_with_file_and_line() {
    let scene = scene();
    scene.write("dashctl.yaml", "version: 1\nrepository: r\ntarget: {}\n");
    refused(
        &scene,
        &["import", "6417"],
        1,
        &["dashctl.yaml", "line 3 column 1", "unknown field `target`"],
    );
    scene.write("dashctl.yaml", "version: 1\nrepository: r-test\n");
    scene.write("dashctl.lock", "version: 1\n<<<<<<< HEAD\ndashboards: []\n");
    refused(&scene, &["import", "6417"], 1, &["dashctl.lock:2", "merge conflict"]);
}

#[test]
fn two_dashboards_of_one_uid() {
    let scene = scene();
    scene.catalog().serve(77, 1, SHARED);
    refused(
        &scene,
        &["import", "6417", "77"],
        1,
        &["same uid \"shared-uid\"", "--uid new"],
    );
    scene.run(&["import", "6417"]).exit(0);
    refused(
        &scene,
        &["import", "77"],
        1,
        &["same uid \"shared-uid\"", "nodes-of-a-cluster"],
    );
}

#[test]
fn a_uid_that_grafana_would_not_take() {
    let scene = scene();
    scene
        .catalog()
        .serve(77, 1, SHARED.replace("shared-uid", &"u".repeat(41)));
    refused(
        &scene,
        &["import", "77"],
        1,
        &["longer than the 40 characters", "--uid"],
    );
    refused(
        &scene,
        &["import", "77", "--uid", "a/b"],
        64,
        &["characters other than"],
    );
    scene.run(&["import", "77", "--uid", "new"]).exit(0).out("created");
}

#[cfg(unix)]
#[test]
fn a_disk_that_refuses() {
    use std::os::unix::fs::PermissionsExt;
    let scene = scene();
    // root may write everywhere; a file in the place of a folder stops even root.
    scene.write("vendor", "not a folder");
    refused(
        &scene,
        &["import", "6417"],
        1,
        &[
            "can't be written",
            "no file was written",
            "nothing was saved in Grafana",
        ],
    );
    std::fs::remove_file(scene.path("vendor")).unwrap();
    std::fs::set_permissions(scene.path("work"), std::fs::Permissions::from_mode(0o755)).unwrap();
    scene.write(
        "dashboards/nodes-of-a-cluster.yaml/x",
        "a folder in the place of a file",
    );
    let ran = scene.run(&["import", "6417"]).exit(1).err("can't be written");
    ran.err("no file was written");
    assert!(!scene.path("vendor").exists());
    assert_eq!(scene.dashboard("shared-uid"), None);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_repository_is_not_followed() {
    let scene = scene();
    let outside = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path(), scene.path("dashboards")).unwrap();
    scene
        .run(&["import", "6417"])
        .exit(1)
        .err("lies outside of the repository");
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_inside_of_a_folder_where_there_are_none() {
    for arguments in [
        &["import", "6417", "--folder", "A/B"][..],
        &["import", "6417", "--folder", "A/B", "--dry-run"],
    ] {
        refused(&scene(), arguments, 1, &["no folders inside of folders", "first level"]);
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_named_and_waited_for_by_nobody() {
    let scene = scene();
    scene.write("dashboards/x.yaml", "");
    std::fs::remove_file(scene.path("dashboards/x.yaml")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(scene.path("dashboards/pipe.json"))
        .status();
    assert!(made.unwrap().success());
    scene
        .run(&["plan"])
        .exit(1)
        .err("dashboards/pipe.json can't be read: it is not a regular file");
    std::fs::remove_file(scene.path("dashboards/pipe.json")).unwrap();
    std::os::unix::fs::symlink("..", scene.path("dashboards/loop")).unwrap();
    scene
        .run(&["plan"])
        .exit(1)
        .err("dashboards/loop is a symbolic link to a folder that it lies in itself");
}

#[test]
fn a_key_that_stands_twice() {
    let scene = scene();
    scene.write(
        "dashboards/x.json",
        "{\"uid\": \"x\", \"title\": \"a\",\n \"title\": \"b\", \"panels\": []}",
    );
    scene
        .run(&["plan"])
        .exit(1)
        .err("dashboards/x.json: not JSON")
        .err("\"title\" stands twice")
        .err("line 2");
}

#[test]
fn a_slip_of_the_finger_is_told_what_was_probably_meant() {
    let scene = scene().with_repository().file("dashboards/Nodes/exporter.json", SHARED);
    refused(&scene, &["plan", "Nods"], 64, &["\"Nods\"; did you mean \"Nodes\"?"]);
    refused(&scene, &["plan", "exportr"], 64, &["did you mean \"Nodes/exporter\"?"]);
    refused(&scene, &["drit"], 64, &["'drift'"]);
    refused(&scene, &["drift", "--unmanged"], 64, &["'--unmanaged'"]);
    scene.run(&["apply", "--yes"]).exit(0);
    refused(
        &scene,
        &["history", "Nods/exporter"],
        1,
        &["has no dashboard with the uid"],
    );
    let uid = serde_json::from_str::<serde_json::Value>(SHARED).unwrap()["uid"]
        .as_str()
        .unwrap()
        .to_owned();
    let slip = format!("{uid}x");
    let meant = format!("did you mean \"{uid}\"?");
    refused(&scene, &["history", &slip], 1, &[&meant]);
    let scene = scene.file(
        "dashctl.yaml",
        "version: 1\nrepository: r-test\ntargets:\n  staging: {url: http://127.0.0.1:9}\n",
    );
    refused(
        &scene,
        &["plan", "--target", "stagign"],
        64,
        &["did you mean \"staging\"?"],
    );
    refused(
        &scene,
        &["drift", "--targets", "stging"],
        64,
        &["did you mean \"staging\"?"],
    );
    let scene = scene.file("dashctl.yaml", "version: 1\nrepository: r-test\ndefualts: {}\n");
    refused(
        &scene,
        &["plan"],
        1,
        &["unknown field `defualts`", "hint: did you mean `defaults`?"],
    );
}
