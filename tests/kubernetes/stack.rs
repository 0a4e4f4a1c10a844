//! The life of a stack: looked at before, installed, installed again, changed, looked at, reached.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::cluster::{Cluster, Fate, trial};
use super::user::{User, default_class, differing, grafana_in, versions};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("a_stack_is_installed_once", install),
        trial("a_stack_changes_where_its_settings_do", upgrade),
        trial("a_stack_keeps_its_password_to_itself", password),
        trial("a_stack_is_looked_at_and_reached", look),
    ]
}

fn install() -> Result<(), Failed> {
    let cluster = Cluster::start();
    default_class(&cluster);
    let user = User::new(&cluster, &json!({}));
    // A cluster that has just come up still puts its own roles together.
    for role in ["admin", "edit", "view"] {
        let path = format!("/apis/rbac.authorization.k8s.io/v1/clusterroles/{role}");
        let filled = || {
            cluster.get(&path)?["rules"]
                .as_array()
                .filter(|rules| !rules.is_empty())
                .map(drop)
        };
        cluster.wait(&format!("the role {role}"), filled);
    }
    let empty = settled(&cluster);
    let plan = user.stack(&["plan"]).exits(2);
    plan.says(&[
        "+ create    Namespace prometheus",
        "to create, 0 to change, 0 to delete",
    ]);
    user.stack(&["install", "--dry-run"]).exits(2);
    assert_eq!(
        differing(&empty, &versions(&cluster)),
        [""; 0],
        "looking writes nothing"
    );
    let refused = user.stack(&["install"]).exits(64);
    refused.complains(&["There is no terminal to ask on", "--yes"]);
    assert_eq!(differing(&empty, &versions(&cluster)), [""; 0], "asking writes nothing");

    let first = user
        .stack(&["install", "--yes"])
        .exits(0)
        .says(&["The stack is ready."]);
    in_order(&first.stdout);
    assert!(first.stderr.contains("Deployment grafana/grafana: ready"), "{first}");
    pods_run_where_they_may(&cluster);
    let installed = settled(&cluster);
    user.stack(&["install", "--yes"])
        .exits(0)
        .says(&["Nothing to do", "The stack is ready."]);
    user.stack(&["plan"]).exits(0);
    user.stack(&["drift"])
        .exits(0)
        .says(&["0 missing, 0 changed, 0 fields set by others"]);
    assert_eq!(differing(&installed, &versions(&cluster)), [""; 0], "it is as it was");
    rendered_is_installed(&cluster, &user);
    Ok(())
}

/// What is written comes before what needs it.
fn in_order(stdout: &str) {
    let place = |line: &str| {
        let found = stdout.find(line);
        found.unwrap_or_else(|| panic!("{line:?} is not in\n{stdout}"))
    };
    let order = [
        "Namespace prometheus: created",
        "Secret grafana/grafana: created",
        "ConfigMap prometheus/prometheus-server: created",
        "PersistentVolumeClaim prometheus/prometheus-server: created",
        "ClusterRoleBinding prometheus-server: created",
        "Service prometheus/prometheus-server: created",
        "Deployment prometheus/prometheus-server: created",
        "StatefulSet prometheus/prometheus-alertmanager: created",
    ];
    assert!(order.windows(2).all(|pair| place(pair[0]) < place(pair[1])), "{stdout}");
}

fn pods_run_where_they_may(cluster: &Cluster) {
    let level = |namespace: &str| {
        let namespace = cluster.get(&format!("/api/v1/namespaces/{namespace}")).unwrap();
        namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"].clone()
    };
    assert_eq!(level("prometheus"), "restricted");
    assert_eq!(level("grafana"), "restricted");
    assert_eq!(level("node-exporter"), "privileged");
    let pods = cluster.list("/api/v1/pods");
    let namespaces: Vec<_> = pods
        .iter()
        .map(|pod| pod["metadata"]["namespace"].as_str().unwrap())
        .collect();
    let count = |name: &str| namespaces.iter().filter(|namespace| **namespace == name).count();
    assert_eq!(
        (count("prometheus"), count("grafana"), count("node-exporter")),
        (4, 1, 1)
    );
}

/// The versions, once no controller writes any more.
fn settled(cluster: &Cluster) -> std::collections::BTreeMap<String, String> {
    cluster.wait("the controllers have nothing more to write", || {
        let then = versions(cluster);
        std::thread::sleep(Duration::from_millis(700));
        let now = versions(cluster);
        differing(&then, &now).is_empty().then_some(now)
    })
}

/// The files for GitOps are what an install applies.
fn rendered_is_installed(cluster: &Cluster, user: &User) {
    let text = user.stack(&["render"]).exits(0).stdout;
    let mut seen = 0;
    for document in text.split("\n---\n").filter(|text| text.contains("kind:")) {
        let object: Value = serde_saphyr::from_str(document).unwrap();
        let id = dashctl::stack::Object::new(object.clone()).unwrap().id().clone();
        let live = cluster.get(&id.path()).unwrap_or_else(|| panic!("{id} isn't there"));
        let then = cluster.apply(&object, "dashctl", "&dryRun=All").unwrap();
        let generation = |object: &Value| object["metadata"]["generation"].clone();
        assert_eq!(then["spec"], live["spec"], "{id}");
        assert_eq!(then["data"], live["data"], "{id}");
        assert_eq!(then["metadata"]["labels"], live["metadata"]["labels"], "{id}");
        assert_eq!(generation(&then), generation(&live), "{id}");
        seen += 1;
    }
    assert!(seen > 20, "{seen} objects in\n{text}");
}

fn upgrade() -> Result<(), Failed> {
    let cluster = Cluster::start();
    default_class(&cluster);
    let user = User::new(&cluster, &json!({}));
    user.stack(&["install", "--yes"]).exits(0);
    let before = settled(&cluster);
    user.wants(&json!({
        "prometheus": {"retention": "30d", "scrape_interval": "30s"},
        "grafana": {"image": "docker.io/grafana/grafana:13.3.0"},
    }));
    let plan = user.stack(&["plan"]).exits(2).says(&[
        "~ change    ConfigMap prometheus/prometheus-server",
        "+   scrape_interval: 30s",
        "~ change    Deployment grafana/grafana",
        "containers[name=grafana].image: \"docker.io/grafana/grafana:13.2.0\" -> \"docker.io/grafana/grafana:13.3.0\"",
        "0 to create, ",
        " 0 to delete",
    ]);
    let meant: BTreeSet<_> = changed_lines(&plan.stdout, "~ change");
    user.stack(&["install", "--yes"]).exits(0);
    let written: BTreeSet<_> = differing(&before, &settled(&cluster))
        .into_iter()
        .filter(|key| !key.contains("replicasets"))
        .map(|key| key.rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(written, meant, "{plan}");
    let claims = || cluster.list("/api/v1/persistentvolumeclaims").len();
    assert_eq!(claims(), 3);
    user.wants(&json!({"prometheus": {"retention": "30d", "scrape_interval": "30s"},
        "grafana": {"image": "docker.io/grafana/grafana:13.3.0"},
        "alertmanager": {"enabled": false}, "pushgateway": {"enabled": false}}));
    let gone = [
        "- delete    StatefulSet prometheus/prometheus-alertmanager",
        "- delete    Deployment prometheus/prometheus-prometheus-pushgateway",
    ];
    user.stack(&["plan"]).exits(2).says(&gone);
    user.stack(&["install", "--yes"]).exits(0);
    cluster.wait("what is left out is gone", || {
        let path = "/apis/apps/v1/namespaces/prometheus/statefulsets/prometheus-alertmanager";
        cluster.get(path).is_none().then_some(())
    });
    assert_eq!(claims(), 3, "a volume is never pruned");
    user.stack(&["install", "--yes"]).exits(0).says(&["Nothing to do"]);
    Ok(())
}

/// The names of the objects that a plan has such lines of.
fn changed_lines(text: &str, sign: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| line.starts_with(sign));
    lines
        .map(|line| line.rsplit(['/', ' ']).next().unwrap().to_owned())
        .collect()
}

fn password() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    default_class(&cluster);
    let user = User::new(&cluster, &grafana_in("password"));
    cluster.pods("password/", Fate::ReadyAfter(Duration::from_secs(2)));
    let mut child = user.start(&["install", "--yes", "--verbose", "--admin-password-file", "-"]);
    let secret = "Correct-Horse-7";
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{secret}").unwrap();
    drop(input);
    let command_line = std::fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
    let ended = super::user::Ended::of(child).exits(0);
    let inventory = cluster
        .get("/api/v1/namespaces/password/configmaps/dashctl-stack")
        .unwrap();
    for (place, text) in [
        ("the process list", String::from_utf8_lossy(&command_line).into_owned()),
        ("what it says", ended.to_string()),
        ("the inventory", inventory.to_string()),
    ] {
        assert!(
            !text.contains(secret) && !text.contains(&base64(secret)),
            "{place}: {text}"
        );
    }
    let stored = || {
        let found = cluster.get("/api/v1/namespaces/password/secrets/grafana").unwrap();
        found["data"]["admin-password"].as_str().unwrap().to_owned()
    };
    assert_eq!(stored(), base64(secret));
    let again = user
        .stack_told(&["install", "--yes", "--admin-password-file", "-"], "another\n")
        .exits(0);
    again.complains(&[
        "warning: Secret password/grafana has another password than the one given",
        "grafana cli admin reset-admin-password",
    ]);
    assert_eq!(stored(), base64(secret), "it stays");
    let made_up = User::new(&cluster, &grafana_in("made-up"));
    let ended = made_up.stack(&["install", "--yes", "--verbose"]).exits(0);
    let found = cluster.get("/api/v1/namespaces/made-up/secrets/grafana").unwrap();
    let encoded = found["data"]["admin-password"].as_str().unwrap();
    let decoded = String::from_utf8(decode(encoded)).unwrap();
    assert!(decoded.len() >= 20 && !ended.to_string().contains(&decoded), "{ended}");
    Ok(())
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn decode(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

fn look() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    default_class(&cluster);
    let user = User::new(&cluster, &grafana_in("looked-at"));
    user.stack(&["status"])
        .exits(1)
        .complains(&["nothing is installed in context dashctl-test"]);
    user.stack(&["install", "--yes"]).exits(0);
    let status = user.stack(&["status"]).exits(0);
    status.says(&[
        "NAMESPACE",
        "looked-at",
        "Deployment",
        "grafana",
        "1/1",
        "Bound",
        "standard",
        "Everything is ready.",
    ]);
    let server = TcpListener::bind("127.0.0.1:0")?;
    cluster.forward("looked-at/grafana", 3000, server.local_addr()?);
    std::thread::spawn(move || {
        for connection in server.incoming() {
            let mut connection = connection.unwrap();
            let mut request = [0; 512];
            let length = connection.read(&mut request).unwrap();
            assert!(request[..length].starts_with(b"GET /api/health"));
            connection
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
                .unwrap();
        }
    });
    let mut child = user.start(&["forward", "grafana=0"]);
    let address = first_line(&mut child);
    let address = address
        .split_once("http://")
        .unwrap()
        .1
        .trim_end_matches('/')
        .to_owned();
    for turn in 0..2 {
        let mut connection = TcpStream::connect(&address)?;
        connection.write_all(b"GET /api/health HTTP/1.1\r\nhost: x\r\n\r\n")?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        assert!(answer.ends_with("\r\n\r\nok"), "{turn}: {answer:?}");
    }
    terminate(&child);
    assert_eq!(child.wait()?.code(), Some(0));
    cluster.pods("looked-at/", Fate::CrashLoop(1));
    cluster.evict("looked-at", "grafana");
    let begun = Instant::now();
    let status = cluster.wait("the status tells of the crash", || {
        let status = user.stack(&["status"]);
        status.stdout.contains("CrashLoopBackOff").then_some(status)
    });
    status.exits(2).says(&["0/1", "Not ready:", "kubectl logs --previous"]);
    assert!(begun.elapsed() < Duration::from_secs(30));
    let none = user.stack(&["forward", "grafana=0"]).exits(1);
    none.complains(&["none of its pods is ready", "dashctl stack status"]);
    Ok(())
}

fn first_line(child: &mut std::process::Child) -> String {
    use std::io::BufRead as _;
    let stdout = child.stdout.as_mut().unwrap();
    let mut line = String::new();
    std::io::BufReader::new(stdout).read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

/// As `kill` does it.
fn terminate(child: &std::process::Child) {
    let ended = std::process::Command::new("kill")
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(ended.success());
}
