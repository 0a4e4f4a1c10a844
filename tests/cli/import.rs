use std::path::Path;

use dashctl::sandbox::{Options, Version};
use serde_json::{Value, json};

use super::catalog::Catalog;
use super::scene::{Scene, writes};

pub const SHARED: &str = include_str!("fixtures/shared.json");
pub const NO_UID: &str = include_str!("fixtures/no-uid.json");

fn catalog() -> Catalog {
    Catalog::default().with(6417, 1, SHARED).with(3119, 2, NO_UID)
}

/// A repository, a Grafana and a catalog with 6417 (revision 1) and 3119 (revision 2).
pub fn scene() -> Scene {
    Scene::new().with_grafana().with_catalog(catalog()).with_repository()
}

#[test]
fn a_dashboard_becomes_files_and_is_saved_with_its_inputs_answered() {
    let scene = scene();
    scene
        .run(&["import", "6417", "--folder", "Kubernetes"])
        .exit(0)
        .out("6417")
        .out("created")
        .out("/d/shared-uid/nodes-of-a-cluster");
    let files = scene.files();
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "dashboards/Kubernetes/nodes-of-a-cluster.json",
            "dashboards/Kubernetes/nodes-of-a-cluster.yaml",
            "dashctl.lock",
            "dashctl.yaml",
            "vendor/grafana.com/6417/rev1.json",
        ]
    );
    assert_eq!(
        files["vendor/grafana.com/6417/rev1.json"], SHARED,
        "pristine, to the byte"
    );
    let json = &files["dashboards/Kubernetes/nodes-of-a-cluster.json"];
    assert!(
        json.contains("\"${DS_PROMETHEUS}\"") && json.contains("\"step\": 1.0") && json.ends_with("}\n"),
        "{json}"
    );
    assert!(files["dashctl.lock"].contains("revision: \"1\""));
    let live = scene.dashboard("shared-uid").unwrap();
    assert_eq!(
        live["panels"][0]["datasource"],
        json!({"type": "prometheus", "uid": "prom"})
    );
    assert_eq!(live["panels"][0]["title"], "Load in main");
    assert_eq!(
        live["panels"][0]["targets"][0]["expr"],
        "node_load1{cluster=\"main\", x=\"$VAR_CLUSTER\"}"
    );
    assert_eq!(live.get("__inputs"), None);
    assert_eq!(scene.meta("shared-uid")["folderTitle"], "Kubernetes");
    let message = scene.messages("shared-uid").remove(0);
    assert!(
        message.starts_with(&format!("dashctl/{} r-test ", env!("CARGO_PKG_VERSION"))),
        "{message}"
    );
}

#[test]
fn the_second_identical_import_changes_nothing() {
    let scene = scene();
    let args = ["import", "6417", "3119", "--folder", "Kubernetes"];
    scene.run(&args).exit(0);
    let before = scene.files();
    scene.requests();
    scene.run(&args).exit(0).out("unchanged").no_out("created");
    assert_eq!(scene.files(), before);
    assert_eq!(writes(&scene.requests()), [""; 0]);
    assert_eq!(scene.messages("shared-uid").len(), 1);
}

#[test]
fn a_few_constant_requests_and_then_at_most_two_per_dashboard() {
    let scene = scene();
    scene.requests();
    scene.run(&["import", "6417", "3119", "--folder", "Kubernetes"]).exit(0);
    let requests: Vec<String> = scene
        .requests()
        .iter()
        .map(|r| format!("{} {}", r.method, r.path))
        .collect();
    let of_dashboards =
        |r: &&String| r.contains("/api/dashboards/uid/") && !r.contains("probe") || r.contains("/dashboards/db");
    assert_eq!(requests.iter().filter(of_dashboards).count(), 4, "{requests:#?}");
    // Health, login, two probes, data sources, folders, plugins, the version and all titles, the folder that is made, logout;
    // and for the line that says how many panels have data: data sources, and a question to a Prometheus, which isn't there.
    assert_eq!(requests.len(), 4 + 11 + 2, "{requests:#?}");
}

#[test]
fn outside_of_a_repository_it_is_only_saved() {
    let scene = Scene::new().with_grafana().with_catalog(catalog());
    scene
        .run(&["import", "6417", "--folder", "Kubernetes"])
        .exit(0)
        .out("created");
    assert!(scene.files().is_empty());
    assert_eq!(scene.meta("shared-uid")["folderTitle"], "Kubernetes");
    scene
        .run(&["import", "6417", "--folder", "Kubernetes"])
        .exit(0)
        .out("unchanged");
}

#[test]
fn a_file_without_uid_is_found_again_by_its_catalog_id() {
    let scene = scene();
    scene.run(&["import", "3119"]).exit(0).out("gnet-3119").out("General");
    assert!(scene.read("dashboards/legacy-rows.yaml").contains("uid: gnet-3119"));
    assert!(
        !scene.read("dashboards/legacy-rows.json").contains("gnet-3119"),
        "the file stays as it came"
    );
    let live = scene.dashboard("gnet-3119").unwrap();
    assert_eq!(
        live["rows"][0]["panels"][0]["datasource"], "$datasource",
        "a variable is no input"
    );
}

#[test]
fn an_old_grafana_gets_data_sources_by_name_and_folders_by_number() {
    let scene = Scene::new()
        .with_sandbox(Options {
            version: Version::V7_5,
            ..Options::default()
        })
        .with_data_source("Prometheus", "prom", true)
        .with_catalog(catalog())
        .with_repository();
    scene
        .run(&["import", "6417", "--folder", "Kubernetes"])
        .exit(0)
        .out("created");
    assert_eq!(
        scene.dashboard("shared-uid").unwrap()["panels"][0]["datasource"],
        "Prometheus"
    );
    assert_eq!(scene.meta("shared-uid")["folderTitle"], "Kubernetes");
    scene
        .run(&["import", "6417", "--folder", "Kubernetes"])
        .exit(0)
        .out("unchanged");
}

#[test]
fn title_and_uid_can_be_changed_on_the_way_in() {
    let scene = scene();
    scene
        .run(&["import", "6417", "--title", "My nodes", "--uid", "mine"])
        .exit(0)
        .out("My nodes");
    let live = scene.dashboard("mine").unwrap();
    assert_eq!((&live["title"], &live["uid"]), (&json!("My nodes"), &json!("mine")));
    scene.run(&["import", "6417"]).exit(0).out("unchanged").out("mine");
    let scene = Scene::new().with_grafana().with_catalog(catalog()).with_repository();
    let json = scene
        .run(&["import", "6417", "--uid", "new", "-o", "json"])
        .exit(0)
        .json();
    let uid = json["dashboards"][0]["uid"].as_str().unwrap().to_owned();
    assert_ne!(uid, "shared-uid");
    scene.run(&["import", "6417"]).exit(0).out("unchanged").out(&uid);
    scene.run(&["import", "6417", "3119", "--title", "x"]).exit(64);
}

#[test]
fn constants_and_data_sources_can_be_said_and_are_remembered() {
    let scene = scene().with_data_source("Second", "second", false);
    scene
        .run(&[
            "import",
            "6417",
            "--input",
            "VAR_CLUSTER=edge",
            "--datasource",
            "Second",
        ])
        .exit(0);
    let live = scene.dashboard("shared-uid").unwrap();
    assert_eq!(
        (&live["panels"][0]["title"], &live["panels"][0]["datasource"]["uid"]),
        (&json!("Load in edge"), &json!("second"))
    );
    scene.run(&["import", "6417"]).exit(0).out("unchanged");
    scene
        .run(&["import", "6417", "--input", "NOPE=1", "--dry-run"])
        .exit(0)
        .out("no dashboard has an input of this name");
}

#[test]
fn several_that_fit_are_listed_and_nothing_is_written() {
    let scene = Scene::new()
        .with_sandbox(Options::default())
        .with_catalog(catalog())
        .with_repository();
    let before = scene.files();
    scene
        .run(&["import", "6417"])
        .exit(1)
        .err("DS_PROMETHEUS")
        .err("the target has no data sources");
    let scene = scene
        .with_data_source("A", "a", false)
        .with_data_source("B", "b", false);
    scene
        .run(&["import", "6417"])
        .exit(1)
        .err("several fit: A, B")
        .err("--datasource");
    scene.run(&["import", "6417", "--datasource", "C"]).exit(1);
    assert_eq!(scene.files(), before);
    assert_eq!(scene.dashboard("shared-uid"), None);
    scene.run(&["import", "6417", "--datasource", "b"]).exit(0);
}

#[test]
fn no_apply_only_writes_files_and_dry_run_nothing() {
    let scene = scene();
    let before = scene.files();
    scene.requests();
    scene.run(&["import", "6417", "--dry-run"]).exit(0).out("would create");
    assert_eq!((scene.files(), writes(&scene.requests())), (before, Vec::new()));
    scene
        .run(&["import", "6417", "--no-apply"])
        .exit(0)
        .out("files written");
    assert_eq!(scene.dashboard("shared-uid"), None);
    assert!(scene.files().contains_key("dashboards/nodes-of-a-cluster.json"));
    scene.run(&["import", "6417", "--no-apply"]).exit(0).out("unchanged");
    scene.run(&["import", "6417"]).exit(0).out("created");
}

#[test]
fn what_is_not_ours_is_refused_unless_adopted() {
    let scene = scene();
    let theirs = json!({"uid": "shared-uid", "title": "Nodes of a cluster", "panels": [{"id": 1, "type": "text", "title": "ours"}]});
    scene.save_by_hand(&theirs, "", "by hand");
    let before = scene.files();
    scene
        .run(&["import", "6417"])
        .exit(1)
        .err("isn't this repository's")
        .err("--adopt");
    assert_eq!(scene.files(), before, "nothing is written anywhere");
    assert_eq!(scene.dashboard("shared-uid").unwrap()["panels"][0]["title"], "ours");
    scene.run(&["import", "6417", "--adopt"]).exit(0).out("adopted");
    assert_eq!(scene.messages("shared-uid").len(), 2);
    scene.run(&["import", "6417"]).exit(0).out("unchanged");
}

#[test]
fn somebodys_edit_is_not_overwritten_by_importing_again() {
    let scene = scene();
    scene.run(&["import", "6417"]).exit(0);
    let mut edited = scene.dashboard("shared-uid").unwrap();
    edited["panels"][0]["title"] = json!("edited by hand");
    scene.save_by_hand(&edited, "", "");
    scene.run(&["import", "6417"]).exit(1).err("somebody changed it");
    assert_eq!(
        scene.dashboard("shared-uid").unwrap()["panels"][0]["title"],
        "edited by hand"
    );
}

#[test]
fn a_file_is_imported_and_found_again() {
    let scene = scene();
    let mut value: Value = serde_json::from_str(SHARED).unwrap();
    value.as_object_mut().unwrap().remove("uid");
    value["title"] = json!("Mine");
    scene.write("mine.json", &value.to_string());
    scene
        .run(&["import", "./mine.json", "--folder", "Own"])
        .exit(0)
        .out("created")
        .out("file");
    let before = scene.files();
    scene
        .run(&["import", "./mine.json", "--folder", "Own"])
        .exit(0)
        .out("unchanged");
    assert_eq!(scene.files(), before);
}

#[test]
fn the_locked_revision_stays_and_a_newer_one_is_mentioned() {
    let scene = scene();
    scene.run(&["import", "6417"]).exit(0);
    let newer = SHARED.replace("node_load1", "node_load5");
    scene.catalog().serve(6417, 2, &newer);
    scene
        .run(&["import", "6417"])
        .exit(0)
        .out("unchanged")
        .out("revision 2 is out; 1 is pinned");
    scene.run(&["import", "6417@2"]).exit(0).out("updated");
    assert!(scene.read("dashctl.lock").contains("revision: \"2\""));
    assert!(
        scene.files().contains_key("vendor/grafana.com/6417/rev1.json"),
        "the base of a later merge stays"
    );
    let live = scene.dashboard("shared-uid").unwrap();
    assert!(
        live["panels"][0]["targets"][0]["expr"]
            .as_str()
            .unwrap()
            .contains("node_load5")
    );
}

#[test]
fn another_revision_never_overwrites_edits_of_the_file() {
    let scene = scene();
    scene.run(&["import", "6417"]).exit(0);
    let json = scene.read("dashboards/nodes-of-a-cluster.json");
    scene.write(
        "dashboards/nodes-of-a-cluster.json",
        &json.replace("node_load1", "node_load15"),
    );
    scene.catalog().serve(6417, 2, SHARED.replace("Nodes", "Machines"));
    scene.run(&["import", "6417@2"]).exit(1).err("edits of its own");
    assert!(scene.read("dashboards/nodes-of-a-cluster.json").contains("node_load15"));
    scene.run(&["import", "6417"]).exit(0).out("updated");
    let live = scene.dashboard("shared-uid").unwrap();
    assert!(
        live["panels"][0]["targets"][0]["expr"]
            .as_str()
            .unwrap()
            .contains("node_load15")
    );
}

#[test]
fn vendor_of_a_repository_is_a_mirror_for_another() {
    let scene = scene();
    scene.run(&["import", "6417"]).exit(0);
    std::fs::create_dir_all(scene.path("other")).unwrap();
    scene.write("other/dashctl.yaml", "version: 1\nrepository: r-other\n");
    scene.catalog().asked();
    let ran = scene.run_in(
        Path::new("other"),
        &[
            "import",
            "6417",
            "--source",
            "mirror=../vendor",
            "--uid",
            "new",
            "--title",
            "Other",
        ],
    );
    ran.exit(0).out("created");
    assert_eq!(scene.catalog().asked(), [""; 0]);
}

#[test]
fn the_catalog_can_be_reached_through_grafana() {
    let scene = Scene::new().with_catalog(catalog());
    let grafana_com = Some(scene.catalog().url());
    let scene = scene
        .with_sandbox(Options {
            grafana_com,
            ..Options::default()
        })
        .with_data_source("Prometheus", "prom", true);
    scene.catalog().asked();
    scene
        .run(&["import", "6417@1", "--source", "gnet"])
        .exit(0)
        .out("created");
    scene
        .run(&["import", "6417@9", "--source", "gnet", "--uid", "x"])
        .exit(1)
        .err("the newest is 1");
    scene
        .run(&["import", "99", "--source", "gnet"])
        .exit(1)
        .err("no dashboard 99");
}

#[test]
fn a_panel_plugin_that_is_missing_is_said_or_refused() {
    let dashboard = SHARED.replace("\"timeseries\"", "\"btplc-status-dot-panel\"");
    let scene = Scene::new()
        .with_grafana()
        .with_catalog(Catalog::default().with(11802, 1, dashboard));
    scene
        .run(&["import", "11802", "--require-plugins"])
        .exit(1)
        .err("btplc-status-dot-panel");
    assert_eq!(scene.dashboard("shared-uid"), None);
    scene
        .run(&["import", "11802"])
        .exit(0)
        .out("lacks the panel plugin btplc-status-dot-panel")
        .out("created");
}

fn with_library_panel() -> String {
    let mut value: Value = serde_json::from_str(SHARED).unwrap();
    value["__elements"] = json!({"lib-1": {"uid": "lib-1", "name": "Shared load", "kind": 1, "type": "text",
        "model": {"type": "text", "title": "Shared load", "datasource": {"type": "prometheus", "uid": "${DS_PROMETHEUS}"}}}});
    value["panels"][0] = json!({"id": 1, "gridPos": {"h": 1, "w": 1, "x": 0, "y": 0}, "libraryPanel": {"uid": "lib-1", "name": "Shared load"}});
    value.to_string()
}

#[test]
fn library_panels_are_made_first() {
    let scene = Scene::new()
        .with_grafana()
        .with_catalog(Catalog::default().with(1, 1, with_library_panel()));
    scene.run(&["import", "1"]).exit(0).out("created");
    let (status, element) = scene.api("GET", "/api/library-elements/lib-1", None);
    assert_eq!(
        (status, &element["result"]["model"]["datasource"]["uid"]),
        (200, &json!("prom"))
    );
    scene.run(&["import", "1"]).exit(0).out("unchanged");
}

#[test]
fn a_grafana_without_library_panels_is_told_before_anything_is_saved() {
    let scene = Scene::new()
        .with_sandbox(Options {
            version: Version::V7_5,
            ..Options::default()
        })
        .with_data_source("Prometheus", "prom", true)
        .with_catalog(Catalog::default().with(1, 1, with_library_panel()));
    scene
        .run(&["import", "1"])
        .exit(4)
        .out("has no library panels")
        .out("Shared load");
    assert_eq!(scene.dashboard("shared-uid"), None);
}

#[test]
fn a_search_finds_what_can_be_imported() {
    let scene = Scene::new().with_catalog(catalog());
    scene
        .run(&["search", "6417", "--datasource", "prometheus"])
        .exit(0)
        .out("Dashboard 6417")
        .out("2018-06-05")
        .no_out("3119");
    scene.run(&["search", "nothing-like-it"]).exit(0).out("Nothing found");
    let scene = Scene::new();
    scene.run(&["search", "x"]).exit(1).err("can't be reached");
}

#[test]
fn without_a_terminal_a_write_needs_yes() {
    let scene = scene().incognito();
    let before = scene.files();
    scene
        .run(&["import", "6417"])
        .exit(64)
        .err("would create")
        .err("--yes")
        .err("nothing was written");
    assert_eq!((scene.files(), scene.dashboard("shared-uid")), (before, None));
    scene.run(&["import", "6417", "--yes"]).exit(0).out("created");
    scene.run(&["import", "6417"]).exit(0).out("unchanged");
}

#[test]
fn a_real_grafana_gets_no_bundled_editions_unasked() {
    let scene = Scene::new().with_grafana().incognito();
    scene
        .run(&["import", "6417", "--yes"])
        .exit(1)
        .err("can't be reached")
        .err("--source bundled");
    scene
        .run(&["import", "6417", "--yes", "--source", "bundled"])
        .exit(0)
        .out("created");
}

fn four_files(scene: &Scene) -> Vec<String> {
    let names: Vec<String> = (1..=4).map(|number| format!("in/d{number}.json")).collect();
    for (number, name) in names.iter().enumerate() {
        let dashboard = format!("{{\"uid\": \"u{number}\", \"title\": \"Same title\", \"panels\": []}}");
        scene.write(name, &dashboard);
    }
    names
}

/// The uids of the lock, and those of the files that it names; both sorted.
fn lock_and_files(scene: &Scene) -> (Vec<String>, Vec<String>) {
    let files = scene.files();
    let lock = files.get("dashctl.lock").cloned().unwrap_or_default();
    let uids = lock.lines().filter_map(|line| line.trim().strip_prefix("uid: \""));
    let mut locked: Vec<String> = uids.map(|uid| uid.trim_end_matches('"').to_owned()).collect();
    let of_file = |text: &String| {
        serde_json::from_str::<Value>(text).unwrap()["uid"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let dashboards = files
        .iter()
        .filter(|(name, _)| name.starts_with("dashboards/") && name.ends_with(".json"));
    let mut found: Vec<String> = dashboards.map(|(_, text)| of_file(text)).collect();
    locked.sort();
    found.sort();
    (locked, found)
}

#[test]
fn four_imports_at_once_all_come_into_the_lock() {
    for _ in 0..5 {
        let scene = Scene::new().with_repository();
        let files = four_files(&scene);
        let start = |file: &String| {
            let mut command = scene.command("".as_ref(), &["import", "--no-apply", file]);
            command.stdout(std::process::Stdio::null()).spawn().unwrap()
        };
        let running: Vec<_> = files.iter().map(start).collect();
        for mut child in running {
            assert!(child.wait().unwrap().success());
        }
        let (locked, found) = lock_and_files(&scene);
        assert_eq!(locked, ["u0", "u1", "u2", "u3"]);
        assert_eq!(locked, found);
    }
}

#[test]
fn an_import_that_is_killed_leaves_the_old_or_the_new_state() {
    for round in 0..40 {
        let scene = Scene::new().with_repository();
        let files = four_files(&scene);
        let mut args = vec!["import", "--no-apply"];
        args.extend(files.iter().map(String::as_str));
        let mut command = scene.command("".as_ref(), &args);
        let mut child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_micros(rand::random_range(0..60_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        // Any next run.
        scene.run(&["schema", "config"]).exit(0);
        scene.run(&["remove", "none"]).exit(64);
        let (locked, found) = lock_and_files(&scene);
        assert!(locked.is_empty() || locked.len() == 4, "round {round}: {locked:?}");
        assert_eq!(locked, found, "round {round}");
    }
}

#[test]
fn a_file_that_is_known_elsewhere_stays_where_it_is_and_that_is_said() {
    let scene = Scene::new().with_repository();
    scene.write("in/d.json", "{\"uid\": \"d\", \"title\": \"D\", \"panels\": []}");
    scene
        .run(&["import", "--no-apply", "in/d.json", "--folder", "A"])
        .exit(0);
    scene
        .run(&["import", "--no-apply", "in/d.json", "--folder", "B"])
        .exit(0)
        .out("in/d.json is in the repository already, as dashboards/A/d.json, and stays there");
}
