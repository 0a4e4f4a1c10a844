//! The tutorial as one command: `dashctl up` with the tutorial's own settings on a cluster like the tutorial's, with a real
//! Prometheus and the sandbox behind the pods' ports.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dashctl::sandbox::{Options, Sandbox};
use libtest_mimic::{Failed, Trial};
use serde_json::json;

use super::cluster::{Cluster, helm_trial, trial};
use super::need;

pub fn trials() -> Vec<Trial> {
    let with_prometheus = |name: &str, test: fn() -> Result<(), Failed>| match need::program("prometheus") {
        Some(_) => trial(name, test),
        None => need::unless(false, name, "prometheus", "prometheus is not installed".into(), || {
            Ok(())
        }),
    };
    let by_helm = |name: &str, program: &'static str| match need::program("prometheus") {
        Some(_) => helm_trial(name, move || charts(&super::cluster::program(program))),
        None => need::unless(false, name, "prometheus", "prometheus is not installed".into(), || {
            Ok(())
        }),
    };
    vec![
        with_prometheus("the_tutorial_is_one_command", tutorial),
        by_helm("helm_3_brings_up_the_charts", "helm3"),
        by_helm("helm_4_brings_up_the_charts", "helm4"),
    ]
}

/// A Prometheus that scrapes itself; it ends with the test.
struct Prometheus {
    child: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let configuration = folder.path().join("prometheus.yml");
        let scrape = format!(
            "global: {{scrape_interval: 1s}}\nscrape_configs: [{{job_name: prometheus, static_configs: [{{targets: ['{address}']}}]}}]\n"
        );
        std::fs::write(&configuration, scrape).unwrap();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", configuration.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "Prometheus doesn't listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self {
            child,
            address,
            _folder: folder,
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn tutorial() -> Result<(), Failed> {
    let cluster = Arc::new(Cluster::start());
    let sandbox = cluster.block_on(Sandbox::start(Options::default()))?;
    let grafana: SocketAddr = sandbox.url().trim_start_matches("http://").parse()?;
    let prometheus = Prometheus::start();
    cluster.forward("grafana/grafana", 3000, grafana);
    cluster.forward("prometheus/prometheus-server", 9090, prometheus.address);
    // The tutorial's cluster has the EBS CSI driver.
    let driver = json!({"apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver", "metadata": {"name": "ebs.csi.aws.com"}, "spec": {}});
    cluster.create("/apis/storage.k8s.io/v1/csidrivers", &driver);
    let folder = tempfile::tempdir()?;
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/tutorial/dashctl.yaml");
    std::fs::copy(example, folder.path().join("dashctl.yaml"))?;
    std::fs::write(folder.path().join("password"), "admin\n")?;

    let up = |arguments: &[&str]| run(&cluster, folder.path(), arguments);
    let foreseen = up(&[
        "up",
        "--dry-run",
        "--source",
        "bundled",
        "--admin-password-file",
        "password",
    ]);
    assert_eq!(foreseen.0, Some(2), "{foreseen:?}");
    for words in [
        "+ create    StorageClass ebs-obs-sc",
        "+ create    Deployment grafana/grafana",
        "dashboard 6417",
    ] {
        assert!(foreseen.1.contains(words), "{words}: {}", foreseen.1);
    }
    assert!(
        cluster.get("/api/v1/namespaces/grafana").is_none(),
        "a dry run writes nothing"
    );

    let done = up(&[
        "up",
        "--yes",
        "--source",
        "bundled",
        "--admin-password-file",
        "password",
        "--timeout",
        "3m",
    ]);
    assert_eq!(done.0, Some(0), "{}\n{}", done.1, done.2);
    for words in [
        "StorageClass ebs-obs-sc: created",
        "Namespace prometheus: created",
        "DaemonSet node-exporter/prometheus-prometheus-node-exporter: created",
        "data source Prometheus: created",
        "SCRAPE JOB",
        "http://prometheus-server.prometheus.svc.cluster.local",
        "Load balancer",
        "kubectl port-forward -n grafana svc/grafana 3000:80",
        "jsonpath='{.data.admin-password}'",
    ] {
        assert!(done.1.contains(words), "{words}:\n{}", done.1);
    }
    assert!(
        done.2.contains("the password of Secret grafana/grafana logs in"),
        "{}",
        done.2
    );
    let service = cluster.get("/api/v1/namespaces/grafana/services/grafana").unwrap();
    assert_eq!(service["spec"]["loadBalancerClass"], "service.k8s.aws/nlb");

    let again = up(&["up", "--yes", "--source", "bundled", "--timeout", "3m"]);
    assert_eq!(again.0, Some(0), "{}\n{}", again.1, again.2);
    assert!(again.1.contains("nothing to change"), "{}", again.1);
    assert!(
        again.1.contains("data source Prometheus: unchanged") || !again.1.contains("created"),
        "{}",
        again.1
    );
    cluster.block_on(sandbox.stop())?;
    Ok(())
}

/// Exit code, standard output, standard error.
fn run(cluster: &Cluster, folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_dashctl"))
        .args(arguments)
        .arg("--kubeconfig")
        .arg(cluster.kubeconfig())
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// `dashctl up --engine helm` with charts in miniature: installed, filled, said to be unchanged, upgraded; a value that the
/// chart doesn't know is named.
fn charts(helm: &Path) -> Result<(), Failed> {
    let cluster = Arc::new(Cluster::start());
    let sandbox = cluster.block_on(Sandbox::start(Options::default()))?;
    let grafana: SocketAddr = sandbox.url().trim_start_matches("http://").parse()?;
    let prometheus = Prometheus::start();
    cluster.forward("grafana/grafana", 3000, grafana);
    cluster.forward("prometheus/prometheus-server", 9090, prometheus.address);
    let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "test/none",
        "metadata": {"name": "standard", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}});
    cluster.create("/apis/storage.k8s.io/v1/storageclasses", &class);
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("password"), "admin\n")?;
    let charts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/charts");
    let chart = |name: &str| charts.join(name).to_str().unwrap().to_owned();
    let settings = |retention: &str| {
        let text = format!("version: 1\nrepository: r-helm\nstack: {{prometheus: {{retention: {retention}}}}}\n");
        std::fs::write(folder.path().join("dashctl.yaml"), text).unwrap();
    };
    let helm = helm.to_str().unwrap();
    let up = |more: &[&str]| {
        let (prometheus, grafana) = (chart("prometheus"), chart("grafana"));
        let mut arguments = vec![
            "up",
            "--engine",
            "helm",
            "--helm",
            helm,
            "--source",
            "bundled",
            "--timeout",
            "3m",
        ];
        arguments.extend(["--prometheus-chart", &prometheus, "--grafana-chart", &grafana]);
        arguments.extend(["--admin-password-file", "password"]);
        arguments.extend(more);
        run(&cluster, folder.path(), &arguments)
    };
    settings("9d");
    let foreseen = up(&["--dry-run"]);
    assert_eq!(foreseen.0, Some(2), "{foreseen:?}");
    assert!(foreseen.1.contains("+ install   release prometheus"), "{}", foreseen.1);
    assert!(
        cluster.get("/api/v1/namespaces/grafana").is_none(),
        "a dry run writes nothing"
    );
    let done = up(&["--yes"]);
    assert_eq!(done.0, Some(0), "{}\n{}", done.1, done.2);
    for words in [
        "release grafana: revision 1 is deployed",
        "data source Prometheus: created",
        "SCRAPE JOB",
    ] {
        assert!(done.1.contains(words), "{words}:\n{}", done.1);
    }
    assert!(
        done.2.contains("the value server.retentionSize changes nothing"),
        "{}",
        done.2
    );
    assert!(
        !done.2.contains("the value server.retention changes nothing"),
        "{}",
        done.2
    );
    assert!(!done.2.contains("admin.existingSecret changes nothing"), "{}", done.2);
    let again = up(&["--yes"]);
    assert_eq!(again.0, Some(0), "{}\n{}", again.1, again.2);
    assert!(
        again.1.contains("= unchanged release prometheus") && !again.1.contains("is deployed"),
        "{}",
        again.1
    );
    settings("10d");
    let changed = up(&["--yes"]);
    assert_eq!(changed.0, Some(0), "{}\n{}", changed.1, changed.2);
    assert!(
        changed.1.contains("release prometheus: revision 2 is deployed"),
        "{}",
        changed.1
    );
    assert!(!changed.1.contains("release grafana: revision"), "{}", changed.1);
    cluster.block_on(sandbox.stop())?;
    Ok(())
}
