//! The real Helm 3 and 4 install a chart of the project's own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::cluster::{Cluster, helm_trial, program};

/// The programs that `tests/kubernetes/build` makes, and how their versions begin.
pub const HELMS: [(&str, &str); 2] = [("helm3", "v3."), ("helm4", "v4.")];

pub fn trials() -> Vec<Trial> {
    let trial = |(name, version): (&'static str, &'static str)| {
        helm_trial(&format!("{name}_installs_lists_and_uninstalls_a_chart"), move || {
            life_of_a_release(name, version)
        })
    };
    HELMS.into_iter().map(trial).collect()
}

/// The chart in miniature.
pub fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/chart")
}

/// One Helm before one cluster, with a home of its own.
pub struct Helm<'a> {
    program: PathBuf,
    cluster: &'a Cluster,
    home: TempDir,
}

impl<'a> Helm<'a> {
    pub fn new(name: &str, cluster: &'a Cluster) -> Self {
        Self {
            program: program(name),
            cluster,
            home: tempfile::tempdir().unwrap(),
        }
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        Command::new(&self.program)
            .args(arguments)
            .env("KUBECONFIG", self.cluster.kubeconfig())
            .env("HELM_CACHE_HOME", self.home.path().join("cache"))
            .env("HELM_CONFIG_HOME", self.home.path().join("config"))
            .env("HELM_DATA_HOME", self.home.path().join("data"))
            .output()
            .unwrap()
    }

    /// What it writes, where it succeeds.
    pub fn say(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "helm {arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }
}

fn life_of_a_release(name: &str, version: &str) -> Result<(), Failed> {
    let cluster = Cluster::shared();
    cluster.namespace(name, json!({}));
    let helm = Helm::new(name, &cluster);
    let says = helm.say(&["version", "--template", "{{.Version}}"]);
    assert!(says.starts_with(version), "{says}");
    let chart = chart();
    let chart = chart.to_str().unwrap();
    helm.say(&[
        "install",
        "small",
        chart,
        "--namespace",
        name,
        "--wait",
        "--set",
        "replicas=2",
    ]);
    let deployment = format!("/apis/apps/v1/namespaces/{name}/deployments/small-server");
    let live = cluster.get(&deployment).unwrap();
    assert_eq!(
        live["status"]["availableReplicas"], 2,
        "--wait waits for the played pods"
    );
    assert_eq!(live["metadata"]["labels"]["app.kubernetes.io/managed-by"], "Helm");
    let listed: Value = serde_json::from_str(&helm.say(&["list", "--namespace", name, "-o", "json"]))?;
    assert_eq!(
        (&listed[0]["name"], &listed[0]["status"]),
        (&json!("small"), &json!("deployed"))
    );
    helm.say(&["uninstall", "small", "--namespace", name]);
    cluster.wait("everything is gone", || {
        cluster.get(&deployment).is_none().then_some(())
    });
    assert!(
        cluster
            .get(&format!("/api/v1/namespaces/{name}/configmaps/small-server"))
            .is_none()
    );
    Ok(())
}
