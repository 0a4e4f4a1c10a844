//! Dashboards against a real Prometheus that scrapes a small cluster through the relabelling of the rendered configuration.

use std::path::Path;

use dashctl::catalog::BUNDLED;
use dashctl::stack::{Settings, Targets, prometheus_config, to_yaml};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::exporters::Exporters;
use super::need::{Need, folder_trial, trial};
use super::scene::Scene;
use super::server::{Server, wait};

const PROMETHEUS: Need = Need {
    name: "prometheus",
    program: "prometheus",
};
const CATALOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/catalog");
/// The genuine dashboards: how many panels ask, how many have data as they are, and how many after the rename rules.
const GENUINE: [(&str, u64, u64, u64); 5] = [
    ("3119/rev2", 21, 13, 16),
    ("6417/rev1", 29, 18, 29),
    ("7249/rev1", 15, 12, 13),
    ("8588/rev1", 13, 7, 11),
    ("13770/rev1", 24, 17, 22),
];

pub fn trials() -> Vec<Trial> {
    let catalog = Path::new(CATALOG);
    vec![
        trial(
            "the_bundled_editions_have_data_in_a_small_cluster",
            &PROMETHEUS,
            bundled,
        ),
        folder_trial(
            "genuine_dashboards_have_more_data_after_a_fix",
            "prometheus",
            catalog,
            genuine,
        ),
    ]
}

/// The cluster, its Prometheus, and a Grafana with a data source for it.
struct Cluster {
    _exporters: Exporters,
    prometheus: Server,
    scene: Scene,
    _folder: tempfile::TempDir,
}

impl Cluster {
    fn start() -> Self {
        let exporters = Exporters::start();
        let folder = tempfile::tempdir().unwrap();
        let text = prometheus_config(&Settings::default(), &Targets::Kubernetes).unwrap();
        let mut config: Value = serde_saphyr::from_str(&text).unwrap();
        config["rule_files"] = json!([]);
        config.as_object_mut().unwrap().remove("alerting");
        exporters.scraped_by(&mut config, folder.path());
        let prometheus = Server::prometheus(&to_yaml(&config).unwrap(), "");
        wait("all targets scraped twice", || {
            let answer = prometheus.get("/api/v1/query?query=count(count_over_time(up[10s])%3E3)");
            let sum = answer
                .pointer("/data/result/0/value/1")?
                .as_str()?
                .parse::<f64>()
                .ok()?;
            (sum >= 12.0).then_some(())
        });
        let declared = format!(
            "version: 1\nrepository: r-test\ndatasources:\n  - {{name: Prometheus, uid: prometheus, type: prometheus, url: '{}', \
             default: true, json_data: {{timeInterval: 1m}}}}\n",
            prometheus.url()
        );
        let scene = Scene::new()
            .with_sandbox(dashctl::sandbox::Options::default())
            .file("dashctl.yaml", &declared);
        scene.run(&["datasource", "apply"]).exit(0);
        Self {
            _exporters: exporters,
            prometheus,
            scene,
            _folder: folder,
        }
    }

    /// What `verify` says of a dashboard's file.
    fn verify(&self, file: &str, more: &[&str]) -> Value {
        let arguments = [&["verify", file, "-o", "json"], more].concat();
        let ran = self.scene.run(&arguments);
        assert!(matches!(ran.code(), 0 | 2), "{}", ran.stderr);
        ran.json()["dashboards"][0].clone()
    }
}

fn bundled() -> Result<(), Failed> {
    let cluster = Cluster::start();
    let mut wrong = Vec::new();
    for edition in BUNDLED {
        let name = format!("{}.json", edition.id);
        std::fs::write(cluster.scene.path("work").join(&name), edition.bytes)?;
        let verdict = cluster.verify(&name, &[]);
        for (panel, query) in empty(&verdict) {
            wrong.push(format!("{name}: {panel}: {query}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    drop(cluster.prometheus);
    Ok(())
}

/// The queries that find nothing, with their panels.
fn empty(verdict: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for panel in verdict["panels"].as_array().unwrap() {
        for query in panel["queries"].as_array().unwrap() {
            if query["state"] != "data" {
                found.push((
                    panel["title"].to_string(),
                    format!("{} {}", query["asked"], query["why"]),
                ));
            }
        }
    }
    found
}

fn genuine() -> Result<(), Failed> {
    let cluster = Cluster::start();
    let mut measured = Vec::new();
    for (dashboard, ..) in GENUINE {
        let file = format!("{CATALOG}/{dashboard}.json");
        let before = cluster.verify(&file, &[]);
        let after = cluster.verify(&file, &["--fix", "--dry-run"]);
        let count = |verdict: &Value, key: &str| verdict[key].as_u64().unwrap();
        measured.push((
            dashboard,
            count(&before, "checked"),
            count(&before, "with_data"),
            count(&after, "with_data"),
        ));
    }
    assert_eq!(measured, GENUINE);
    Ok(())
}
