//! The steps of the matrix: each is a scenario of its own, from an empty Grafana on.

use dashctl::sandbox::{Options, Role, Version};
use serde_json::{Value, json};

use super::catalog::Catalog;
use super::page;
use super::scene::{Scene, token, writes};

/// One row of the table.
pub struct Step {
    pub name: &'static str,
    /// What a user sees where it works.
    pub what: &'static str,
    pub run: fn(Version) -> Outcome,
}

/// How a step ended on a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Works,
    /// That Grafana can't, and dashctl says so before it writes anything.
    Not(&'static str),
    /// It should have worked.
    Broken(String),
}

pub const STEPS: [Step; 11] = [
    Step {
        name: "import",
        what: "a dashboard of grafana.com is fetched, its input answered, saved, and silent the second time",
        run: import,
    },
    Step {
        name: "apply",
        what: "files become dashboards, a changed file one new version, an unchanged one no request that writes",
        run: apply,
    },
    Step {
        name: "drift",
        what: "what somebody changed in the page is told with who, the message and the panel; a save without an edit is silent",
        run: drift,
    },
    Step {
        name: "pull",
        what: "what somebody changed in the page comes into the file, one line, and nothing else of it changes",
        run: pull,
    },
    Step {
        name: "history",
        what: "every version with its author and message, and what it changed",
        run: history,
    },
    Step {
        name: "rollback",
        what: "an older version is live again, as a new one",
        run: rollback,
    },
    Step {
        name: "remove and prune",
        what: "what left the repository is deleted in Grafana when asked to",
        run: prune,
    },
    Step {
        name: "folders within folders",
        what: "a directory in a directory is a folder in a folder",
        run: nested,
    },
    Step {
        name: "library panels",
        what: "a file becomes a panel of the library before the dashboard that uses it; what somebody changed in the page is told with who, \
               and comes into the file",
        run: library,
    },
    Step {
        name: "dashboards in the v2 form",
        what: "a file in the newest v2 form that the server has is applied as it is, and in sync",
        run: v2,
    },
    Step {
        name: "a Viewer's check tells who",
        what: "a token that may only read sees who changed a dashboard",
        run: viewer,
    },
];

fn import(version: Version) -> Outcome {
    let mut shared: Value = serde_json::from_str(&file(version, "pods", "First")).unwrap();
    shared["panels"][0]["datasource"] = json!("${DS_PROMETHEUS}");
    shared["__inputs"] = json!([{"name": "DS_PROMETHEUS", "label": "Prometheus", "type": "datasource",
        "pluginId": "prometheus", "pluginName": "Prometheus"}]);
    let scene = grafana(version).with_catalog(Catalog::default().with(6417, 1, shared.to_string()));
    let again = ["import", "6417", "--folder", "K", "--yes"];
    scene.run(&again).exit(0).out("created");
    scene.run(&["drift"]).exit(0).out("1 in sync");
    scene.requests();
    scene.run(&again).exit(0).out("unchanged");
    assert_eq!(writes(&scene.requests()), [""; 0]);
    Outcome::Works
}

fn apply(version: Version) -> Outcome {
    let scene = applied(version);
    scene.run(&["drift"]).exit(0).out("1 in sync");
    scene.requests();
    scene.run(&["apply", "--yes"]).exit(0);
    assert_eq!(writes(&scene.requests()), [""; 0]);
    scene.write("dashboards/K/pods.json", &file(version, "pods", "Ours"));
    scene.run(&["plan"]).exit(2).out("1 to change").out("Ours");
    scene.run(&["apply", "--yes"]).exit(0).out("updated, version 2");
    scene.run(&["drift"]).exit(0).out("1 in sync");
    Outcome::Works
}

fn drift(version: Version) -> Outcome {
    let scene = applied(version);
    page::save(&scene, version, "pods", "First", "only looked");
    scene.run(&["drift"]).exit(0);
    page::save(&scene, version, "pods", "Theirs", "a better name");
    scene
        .run(&["drift"])
        .exit(2)
        .out("1 drift")
        .out("by admin")
        .out("a better name")
        .out("Theirs")
        .out("1 changed.");
    Outcome::Works
}

fn pull(version: Version) -> Outcome {
    let scene = applied(version);
    let before = scene.read("dashboards/K/pods.json");
    page::save(&scene, version, "pods", "Theirs", "");
    scene.run(&["pull"]).exit(0).out("pulled");
    assert_eq!(
        scene.read("dashboards/K/pods.json"),
        before.replace("\"First\"", "\"Theirs\"")
    );
    scene.run(&["drift"]).exit(0);
    Outcome::Works
}

fn history(version: Version) -> Outcome {
    let scene = applied(version);
    page::save(&scene, version, "pods", "Theirs", "a better name");
    let ran = scene.run(&["history", "pods"]).exit(0);
    let lines: Vec<&str> = ran.stdout.lines().skip(1).collect();
    for (line, parts) in lines.iter().zip([
        ["2", "admin", "a better name", "title"],
        ["1", "admin", "r-test", "created"],
    ]) {
        assert!(line.starts_with(parts[0]), "{line}");
        assert!(parts.iter().all(|part| line.contains(part)), "{line}: {parts:?}");
    }
    assert_eq!(lines.len(), 2, "{}", ran.stdout);
    Outcome::Works
}

fn rollback(version: Version) -> Outcome {
    let scene = applied(version);
    page::save(&scene, version, "pods", "Theirs", "a better name");
    scene.run(&["rollback", "pods", "--to", "1", "--yes"]).exit(0);
    assert_eq!(scene.dashboard("pods").unwrap()["panels"][0]["title"], "First");
    scene.run(&["drift"]).exit(0);
    scene.run(&["history", "pods"]).exit(0).out("\n3").out("a better name");
    Outcome::Works
}

fn prune(version: Version) -> Outcome {
    let scene = applied(version);
    scene.run(&["remove", "K/pods"]).exit(0);
    scene.run(&["apply", "--yes", "--prune"]).exit(0).out("K/pods: deleted");
    assert_eq!(scene.dashboard("pods"), None);
    Outcome::Works
}

fn nested(version: Version) -> Outcome {
    let scene = applied(version).file("dashboards/A/B/deep.json", &file(version, "deep", "First"));
    scene.requests();
    if version < Version::V11_1 {
        scene
            .run(&["apply", "--yes"])
            .exit(4)
            .out("no folders inside of folders");
        assert_eq!(writes(&scene.requests()), [""; 0]);
        return Outcome::Not(match version {
            Version::V10_2 => "switched off there by default",
            _ => "it has none",
        });
    }
    scene.run(&["apply", "--yes"]).exit(0).out("A/B/deep: created");
    assert_eq!(scene.meta("deep")["folderTitle"], "B");
    scene.run(&["drift"]).exit(0).out("2 in sync");
    Outcome::Works
}

fn library(version: Version) -> Outcome {
    const FILE: &str = "library/K/load.json";
    let panel = json!({"uid": "lib-load", "name": "Load", "kind": 1, "model": {"type": "timeseries", "title": "First",
        "datasource": {"type": "prometheus", "uid": "prom"}, "targets": [{"refId": "A", "expr": "node_load1"}]}});
    let mut dashboard: Value = serde_json::from_str(&file(version, "uses", "First")).unwrap();
    dashboard["panels"][0] = json!({"id": 1, "title": "First", "gridPos": {"h": 8, "w": 12, "x": 0, "y": 0},
        "libraryPanel": {"uid": "lib-load", "name": "Load"}});
    let scene = grafana(version)
        .file(FILE, &format!("{panel:#}\n"))
        .file("dashboards/K/uses.json", &format!("{dashboard:#}\n"));
    scene.requests();
    if version < Version::V9_4 {
        scene
            .run(&["apply", "--yes", "library/K/load"])
            .exit(4)
            .out("has no library panels (they came with 8.0)");
        assert_eq!(writes(&scene.requests()), [""; 0]);
        return Outcome::Not("they came with 8.0");
    }
    scene.run(&["apply", "--yes"]).exit(0).out("library/K/load: created");
    scene.run(&["drift"]).exit(0).out("2 in sync");
    page::save_library_panel(&scene, version, "lib-load", "First");
    scene.run(&["drift"]).exit(0);
    page::save_library_panel(&scene, version, "lib-load", "Theirs");
    scene
        .run(&["drift"])
        .exit(2)
        .out("library/K/load")
        .out("by admin")
        .out("Theirs");
    scene.run(&["pull"]).exit(0).out("library/K/load: pulled");
    assert!(scene.read(FILE).contains("\"title\": \"Theirs\""));
    scene.run(&["drift"]).exit(0);
    Outcome::Works
}

fn v2(version: Version) -> Outcome {
    // As a server makes it of a classic one.
    let (api, maker) = match version {
        Version::V12_4 => ("v2beta1", version),
        _ => ("v2", Version::V13_1),
    };
    let mut file = page::object(&applied(maker), api, "pods");
    file["metadata"] = json!({"name": "new"});
    file.as_object_mut().unwrap().remove("status");
    let scene = grafana(version).file("dashboards/K/new.json", &format!("{file:#}\n"));
    scene.requests();
    if version < Version::V12_4 {
        scene.run(&["apply", "--yes"]).exit(4).out("needs Grafana 12");
        assert_eq!(writes(&scene.requests()), [""; 0]);
        return Outcome::Not("it has none");
    }
    scene.run(&["apply", "--yes"]).exit(0).out("created");
    assert_eq!(page::object(&scene, api, "new")["spec"], file["spec"]);
    scene.run(&["drift"]).exit(0).out("1 in sync");
    Outcome::Works
}

fn viewer(version: Version) -> Outcome {
    let scene = applied(version);
    page::save(&scene, version, "pods", "Theirs", "");
    let scene = scene.with_token("viewer-token");
    let ran = scene.run(&["drift"]).exit(2).out("Theirs");
    if version < Version::V12_4 {
        ran.out("history needs write permission");
        return Outcome::Not("its history needs the right to write");
    }
    ran.out("by admin");
    Outcome::Works
}

/// A Grafana of this version with a data source, and an empty repository.
pub fn grafana(version: Version) -> Scene {
    let options = Options {
        version,
        tokens: vec![token(Role::Viewer, "viewer-token")],
        ..Options::default()
    };
    Scene::new()
        .with_sandbox(options)
        .with_data_source("Prometheus", "prom", true)
        .with_repository()
}

/// The same with one dashboard in a folder, applied.
fn applied(version: Version) -> Scene {
    let scene = grafana(version).file("dashboards/K/pods.json", &file(version, "pods", "First"));
    scene.run(&["apply", "--yes"]).exit(0).out("K/pods: created");
    scene
}

/// A dashboard as the page of this version wrote it.
fn file(version: Version, uid: &str, panel: &str) -> String {
    let schema = match version {
        Version::V7_5 => 27,
        Version::V9_4 => 37,
        Version::V10_2 | Version::V11_1 => 39,
        Version::V12_4 | Version::V13_1 => 42,
    };
    // 7.5 refers to data sources by name.
    let source = match version {
        Version::V7_5 => json!("Prometheus"),
        _ => json!({"type": "prometheus", "uid": "prom"}),
    };
    let value = json!({
        "uid": uid, "title": "Pods", "schemaVersion": schema, "tags": [], "panels": [
            {"id": 1, "type": "timeseries", "title": panel, "gridPos": {"h": 8, "w": 12, "x": 0, "y": 0},
             "datasource": source, "targets": [{"refId": "A", "expr": "up"}]},
        ]
    });
    format!("{value:#}\n")
}
