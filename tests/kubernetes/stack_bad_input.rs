//! What can't go well ends in time, with the cause, the object and what to do.

use libtest_mimic::{Failed, Trial};
use serde_json::json;

use super::cluster::{Balancer, Cluster, Fate, trial};
use super::user::{User, default_class, grafana_in};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("a_cluster_that_is_not_there_is_named", no_cluster),
        trial("rights_that_are_missing_are_listed", no_rights),
        trial("volumes_that_would_wait_for_ever_are_refused", no_class),
        trial("what_keeps_a_pod_from_being_ready_is_told", troubled),
        trial("a_load_balancer_that_never_comes_is_told", no_balancer),
    ]
}

fn no_cluster() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    let user = User::new(&cluster, &grafana_in("bad-none"));
    user.stack(&["plan", "--context", "nowhere"])
        .exits(1)
        .complains(&["there is no context \"nowhere\"; there are "]);
    let user = User::with_kubeconfig("/nowhere/config".as_ref(), &grafana_in("bad-none"));
    user.stack(&["plan"])
        .exits(1)
        .complains(&["/nowhere/config", "--kubeconfig"]);
    Ok(())
}

fn no_rights() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    let user = User::with_kubeconfig(&cluster.guest_kubeconfig(), &grafana_in("bad-rights"));
    user.stack(&["install", "--yes"]).exits(3).complains(&[
        "since you may not",
        "create namespaces",
        "dashctl stack render",
    ]);
    assert!(cluster.get("/api/v1/namespaces/bad-rights").is_none());
    Ok(())
}

fn no_class() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    let mut settings = grafana_in("bad-class");
    settings["storage_class"] = json!({"name": "missing"});
    let user = User::new(&cluster, &settings);
    user.stack(&["install", "--yes"])
        .exits(1)
        .complains(&["there is no storage class \"missing\"", "pending for ever"]);
    settings["storage_class"] = json!({"create": {"name": "bad-ebs", "provisioner": "nobody.csi.test"}});
    user.wants(&settings);
    user.stack(&["install", "--yes"])
        .exits(1)
        .complains(&["needs the CSI driver nobody.csi.test, which isn't installed"]);
    assert!(
        cluster.get("/api/v1/namespaces/bad-class").is_none(),
        "nothing was written"
    );
    Ok(())
}

fn troubled() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    default_class(&cluster);
    for (name, fate, reason) in [
        ("bad-image", Fate::ImagePullBackOff, "ImagePullBackOff"),
        ("bad-crash", Fate::CrashLoop(1), "CrashLoopBackOff"),
    ] {
        cluster.pods(&format!("{name}/"), fate);
        let user = User::new(&cluster, &grafana_in(name));
        user.stack(&["install", "--yes", "--timeout", "8s"])
            .exits(4)
            .complains(&["not ready in time", &format!("Deployment {name}/grafana"), reason]);
        user.stack(&["status"]).exits(2).says(&["Not ready", reason]);
    }
    Ok(())
}

fn no_balancer() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    default_class(&cluster);
    cluster.balancers("bad-balancer/", Balancer::Never);
    let mut settings = grafana_in("bad-balancer");
    settings["grafana"] = json!({"service": {"type": "LoadBalancer"}});
    let user = User::new(&cluster, &settings);
    user.stack(&["install", "--yes", "--timeout", "12s"])
        .exits(4)
        .complains(&["Service bad-balancer/grafana: the load balancer has no address yet"]);
    Ok(())
}
