//! Runs that meet, runs that die, and the end of a stack.

use std::collections::BTreeSet;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::cluster::{Cluster, Fate, trial};
use super::user::{Ended, User, default_class, grafana_in};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("two_installs_at_once_make_one_stack", two_at_once),
        trial("an_install_that_was_killed_is_continued", killed_install),
        trial("a_lease_that_is_held_is_waited_for", held),
        trial("an_uninstall_keeps_data_until_it_is_told", uninstall),
        trial("an_uninstall_that_was_killed_is_continued", killed_uninstall),
    ]
}

/// A stack without objects that belong to the whole cluster: several of them fit into one.
fn small(name: &str) -> Value {
    let mut settings = grafana_in(name);
    settings["namespaces"]["prometheus"] = json!(format!("{name}-metrics"));
    settings["alertmanager"] = json!({});
    settings["pushgateway"] = json!({});
    settings
}

fn objects_of(cluster: &Cluster, name: &str) -> BTreeSet<String> {
    let all = super::user::versions(cluster).into_keys();
    all.filter(|key| key.contains(&format!(" {name}")) || key.contains(&format!("/{name}")))
        .filter(|key| !key.contains("replicasets"))
        .collect()
}

fn two_at_once() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    default_class(&cluster);
    let users = [0, 1].map(|_| User::new(&cluster, &small("twice")));
    let started = users.each_ref().map(|user| user.start(&["install", "--yes"]));
    let ended = started.map(|child| Ended::of(child).exits(0).says(&["The stack is ready."]));
    let wrote = |ended: &Ended, line: &str| ended.stdout.contains(line);
    for line in ["Deployment twice/grafana: created", "Secret twice/grafana: created"] {
        let writers = ended.iter().filter(|ended| wrote(ended, line)).count();
        assert_eq!(writers, 1, "{line}\n{}\n{}", ended[0], ended[1]);
    }
    let lease = "/apis/coordination.k8s.io/v1/namespaces/twice-metrics/leases/dashctl-stack";
    assert!(cluster.get(lease).is_none(), "it was given back");
    users[0].stack(&["install", "--yes"]).exits(0).says(&["Nothing to do"]);
    Ok(())
}

fn killed_install() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    default_class(&cluster);
    // Killed once each of these is there, which is to say before what comes after it.
    let moments = [
        "/api/v1/namespaces/killed-N",
        "/api/v1/namespaces/killed-N-metrics/configmaps/dashctl-stack",
        "/api/v1/namespaces/killed-N/secrets/grafana",
        "/api/v1/namespaces/killed-N-metrics/services/prometheus-alertmanager",
        "/apis/apps/v1/namespaces/killed-N/deployments/grafana",
    ];
    let mut runs = Vec::new();
    for (number, moment) in moments.iter().enumerate() {
        let user = User::new(&cluster, &small(&format!("killed-{number}")));
        let mut child = user.start(&["install", "--yes"]);
        let moment = moment.replace('N', &number.to_string());
        cluster.wait(&moment, || cluster.get(&moment));
        child.kill().unwrap();
        child.wait().unwrap();
        let password = password(&cluster, number);
        runs.push((number, password, user.start(&["install", "--yes"]), user));
    }
    for (number, before, child, user) in runs {
        Ended::of(child).exits(0).says(&["The stack is ready."]);
        let after = password(&cluster, number);
        assert!(before.is_none() || before == after, "{number}: the password stays");
        user.stack(&["install", "--yes"]).exits(0).says(&["Nothing to do"]);
        user.stack(&["uninstall", "--yes", "--delete-data"]).exits(0);
        let left = objects_of(&cluster, &format!("killed-{number}"));
        assert!(left.is_empty(), "{number}: {left:?}");
    }
    Ok(())
}

fn password(cluster: &Cluster, number: usize) -> Option<Value> {
    let found = cluster.get(&format!("/api/v1/namespaces/killed-{number}/secrets/grafana"))?;
    Some(found["data"]["admin-password"].clone())
}

fn held() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    default_class(&cluster);
    cluster.namespace("held", json!({}));
    let now = || jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
    let collection = "/apis/coordination.k8s.io/v1/namespaces/held/leases";
    let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": "dashctl-stack", "namespace": "held"},
        "spec": {"holderIdentity": "dashctl-1-00c0ffee", "leaseDurationSeconds": 15, "renewTime": now()}});
    cluster.create(collection, &lease);
    let user = User::new(&cluster, &grafana_in("held"));
    let refused = user.stack(&["install", "--yes", "--timeout", "3s"]).exits(1);
    refused.complains(&[
        "another dashctl (dashctl-1-00c0ffee) is at work on the stack; if that one is gone, it is free again in 15s",
    ]);
    assert!(
        cluster
            .get("/apis/apps/v1/namespaces/held/deployments/grafana")
            .is_none()
    );
    let waiting = user.start(&["install", "--yes"]);
    std::thread::sleep(Duration::from_secs(3));
    cluster.delete(&format!("{collection}/dashctl-stack"));
    let ended = Ended::of(waiting).exits(0);
    ended.complains(&["another dashctl (dashctl-1-00c0ffee) is at work on the stack; waiting until it is done"]);
    Ok(())
}

fn with_balancer(name: &str) -> Value {
    let mut settings = small(name);
    settings["grafana"] = json!({"service": {"type": "LoadBalancer"}});
    settings
}

fn uninstall() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    default_class(&cluster);
    cluster.namespace("leaving", json!({"team": "platform"}));
    let user = User::new(&cluster, &with_balancer("leaving"));
    user.stack(&["install", "--yes"]).exits(0);
    // Somebody's controller isn't ready to let the load balancer go.
    let service = "/api/v1/namespaces/leaving/services/grafana";
    let hold = |finalizers: Value| cluster.merge(service, &json!({"metadata": {"finalizers": finalizers}}));
    hold(json!(["test.example/hold"]));
    let deployment = "/apis/apps/v1/namespaces/leaving/deployments/grafana";
    let planned = user.stack(&["uninstall", "--dry-run"]).exits(2);
    assert!(
        planned.stdout.starts_with("- delete    Service leaving/grafana\n"),
        "{planned}"
    );
    let kept = [
        "= keep      PersistentVolumeClaim leaving/grafana",
        "= keep      Secret leaving/grafana",
        "= keep      PersistentVolumeClaim leaving-metrics/storage-prometheus-alertmanager-0",
    ];
    let planned = planned.says(&kept);
    assert!(!planned.stdout.contains("Namespace leaving\n"), "{planned}");
    user.stack(&["uninstall", "--yes", "--timeout", "2s"])
        .exits(1)
        .complains(&["deleting Service leaving/grafana: it still waits for test.example/hold"]);
    assert!(
        cluster.get(deployment).is_some(),
        "nothing goes before the load balancer"
    );
    let running = user.start(&["uninstall", "--yes"]);
    std::thread::sleep(Duration::from_secs(2));
    assert!(cluster.get(deployment).is_some());
    hold(json!([]));
    Ended::of(running).exits(0).says(&["The stack is uninstalled."]);
    let claims = |namespace: &str| {
        cluster
            .list(&format!("/api/v1/namespaces/{namespace}/persistentvolumeclaims"))
            .len()
    };
    assert_eq!((claims("leaving"), claims("leaving-metrics")), (1, 1));
    assert!(cluster.get("/api/v1/namespaces/leaving/secrets/grafana").is_some());
    assert!(cluster.get(deployment).is_none());
    user.stack(&["uninstall", "--yes"])
        .exits(0)
        .says(&["Nothing to delete"]);
    // The set that made the claim is long gone.
    user.stack(&["uninstall", "--yes", "--delete-data"]).exits(0);
    assert_eq!((claims("leaving"), claims("leaving-metrics")), (0, 0));
    assert!(
        cluster.get("/api/v1/namespaces/leaving").is_some(),
        "dashctl didn't make it"
    );
    assert!(cluster.get("/api/v1/namespaces/leaving-metrics").is_none());
    assert!(cluster.get("/api/v1/namespaces/leaving/secrets/grafana").is_none());
    Ok(())
}

fn killed_uninstall() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    default_class(&cluster);
    // Namespaces that dashctl didn't make: no claim goes with them.
    cluster.namespace("cut-short", json!({}));
    cluster.namespace("cut-short-metrics", json!({}));
    let user = User::new(&cluster, &with_balancer("cut-short"));
    cluster.pods("cut-short/", Fate::Ready);
    user.stack(&["install", "--yes"]).exits(0);
    for gone in [
        "/api/v1/namespaces/cut-short/services/grafana",
        "/apis/apps/v1/namespaces/cut-short-metrics/statefulsets/prometheus-alertmanager",
    ] {
        let mut child = user.start(&["uninstall", "--yes", "--delete-data"]);
        cluster.wait(gone, || cluster.get(gone).is_none().then_some(()));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    user.stack(&["uninstall", "--yes", "--delete-data"]).exits(0);
    let own = [
        "serviceaccounts cut-short/default",
        "serviceaccounts cut-short-metrics/default",
        "namespaces /cut-short",
        "namespaces /cut-short-metrics",
    ];
    let left = cluster.wait("what others made is all that is left", || {
        let left = objects_of(&cluster, "cut-short");
        left.iter()
            .all(|key| own.iter().any(|own| key.ends_with(own)))
            .then_some(left)
    });
    assert_eq!(left.len(), own.len(), "{left:?}");
    Ok(())
}
