//! Somebody with a folder, a `dashctl.yaml` and a kubeconfig, who runs the program.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::cluster::Cluster;

/// Whoever the cluster's kubeconfig belongs to, in a folder of his own.
pub struct User {
    folder: TempDir,
    kubeconfig: PathBuf,
}

/// How the program ended, and what it said.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl User {
    /// With these settings below `stack:`.
    pub fn new(cluster: &Cluster, stack: &Value) -> Self {
        Self::with_kubeconfig(cluster.kubeconfig(), stack)
    }

    pub fn with_kubeconfig(kubeconfig: &Path, stack: &Value) -> Self {
        let user = Self {
            folder: tempfile::tempdir().unwrap(),
            kubeconfig: kubeconfig.to_owned(),
        };
        user.wants(stack);
        user
    }

    /// Changes the settings.
    pub fn wants(&self, stack: &Value) {
        let config = json!({"version": 1, "repository": "r-test", "stack": stack});
        std::fs::write(self.path("dashctl.yaml"), config.to_string()).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `dashctl stack …` on the cluster.
    pub fn stack(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.start(arguments))
    }

    /// The same with something on standard input.
    pub fn stack_told(&self, arguments: &[&str], input: &str) -> Ended {
        let mut child = self.start(arguments);
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ended::of(child)
    }

    /// The same, still running.
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command();
        command.arg("stack").args(arguments);
        // What is only rendered needs no cluster.
        if arguments[0] != "render" {
            command.arg("--kubeconfig").arg(&self.kubeconfig);
        }
        command.spawn().unwrap()
    }

    /// The program with nothing but this folder around it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dashctl"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

impl Ended {
    pub fn of(child: Child) -> Self {
        let output = child.wait_with_output().unwrap();
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// With this exit code, or else the test fails and shows everything.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Its standard output has all of these.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stdout.contains(word), "{word:?} is not said\n{self}");
        }
        self
    }

    /// Its standard error has all of these.
    #[track_caller]
    pub fn complains(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is not complained of\n{self}");
        }
        self
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { code, stdout, stderr } = self;
        write!(f, "exit code {code}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

/// Every collection in which the stack could leave something.
const COLLECTIONS: [&str; 16] = [
    "/api/v1/namespaces",
    "/api/v1/serviceaccounts",
    "/api/v1/secrets",
    "/api/v1/configmaps",
    "/api/v1/services",
    "/api/v1/persistentvolumeclaims",
    "/apis/apps/v1/deployments",
    "/apis/apps/v1/statefulsets",
    "/apis/apps/v1/daemonsets",
    "/apis/apps/v1/replicasets",
    "/apis/batch/v1/cronjobs",
    "/apis/storage.k8s.io/v1/storageclasses",
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "/apis/rbac.authorization.k8s.io/v1/roles",
    "/apis/coordination.k8s.io/v1/leases",
];

/// The version of every object: any write changes one. The nodes' signs of life are left out.
pub fn versions(cluster: &Cluster) -> BTreeMap<String, String> {
    let of_collection = |collection: &&str| {
        let collection = (*collection).to_owned();
        let items = cluster.list(&collection).into_iter();
        items.map(move |item| {
            let text = |key: &str| item["metadata"][key].as_str().unwrap_or_default().to_owned();
            let key = format!("{collection} {}/{}", text("namespace"), text("name"));
            (key, text("resourceVersion"))
        })
    };
    let all = COLLECTIONS.iter().flat_map(of_collection);
    all.filter(|(key, _)| !key.contains(" kube-") && !key.ends_with("/kube-root-ca.crt"))
        .collect()
}

/// Which objects two states don't have alike.
pub fn differing(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let keys: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
    keys.into_iter()
        .filter(|key| before.get(*key) != after.get(*key))
        .cloned()
        .collect()
}

/// What makes volumes where nothing else is said, as a cluster has it that isn't an EKS.
pub fn default_class(cluster: &Cluster) {
    let class = json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": "volumes.test", "volumeBindingMode": "WaitForFirstConsumer",
    });
    cluster.apply(&class, "test", "").unwrap();
}

/// Grafana alone, in a namespace of its own: what a trial wants that is about one workload.
pub fn grafana_in(namespace: &str) -> Value {
    let off = json!({"enabled": false});
    json!({"namespaces": {"grafana": namespace}, "prometheus": off, "alertmanager": off, "kube_state_metrics": off,
        "node_exporter": off, "pushgateway": off})
}
