//! What others do to a stack behind its back is found, with who did it and when; and whose it is, is respected.

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::cluster::{Cluster, trial};
use super::user::{User, default_class, differing, grafana_in, versions};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("a_stack_s_drift_is_found_field_by_field", drift),
        trial("an_autoscaler_s_replicas_are_left_to_it", autoscaled),
        trial("a_release_s_objects_are_taken_over_when_asked", adopt),
        trial("a_deployment_that_rolls_becomes_one_that_recreates", recreate),
        trial("a_second_stack_does_not_take_the_first_one_s_rights", second_stack),
    ]
}

/// As a program that calls itself `manager` writes.
fn edit(cluster: &Cluster, path: &str, manager: &str, patch: &Value) {
    cluster.merge(&format!("{path}?fieldManager={manager}"), patch);
}

fn drift() -> Result<(), Failed> {
    let cluster = Cluster::start();
    default_class(&cluster);
    let user = User::new(&cluster, &json!({}));
    user.stack(&["install", "--yes"]).exits(0);
    let in_prometheus = |kind: &str, name: &str| format!("/apis/apps/v1/namespaces/prometheus/{kind}/{name}");
    let grafana = "/apis/apps/v1/namespaces/grafana/deployments/grafana";
    let server = "/api/v1/namespaces/prometheus/configmaps/prometheus-server";
    edit(
        &cluster,
        &format!("{grafana}/scale"),
        "kubectl",
        &json!({"spec": {"replicas": 3}}),
    );
    let containers = cluster.get(grafana).unwrap()["spec"]["template"]["spec"]["containers"].clone();
    let mut edited = containers.clone();
    edited[0]["image"] = json!("evil.example/grafana:1");
    edited[0]["env"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "GF_LOG_LEVEL", "value": "debug"}));
    edit(
        &cluster,
        grafana,
        "kubectl-edit",
        &json!({"spec": {"template": {"spec": {"containers": edited}}}}),
    );
    edit(
        &cluster,
        grafana,
        "kubectl-label",
        &json!({"metadata": {"labels": {"team": "a"}}}),
    );
    let config = cluster.get(server).unwrap()["data"]["prometheus.yml"]
        .as_str()
        .unwrap()
        .to_owned();
    let config = config.replacen("scrape_interval: 15s", "scrape_interval: 60s", 1);
    edit(
        &cluster,
        server,
        "kubectl-patch",
        &json!({"data": {"prometheus.yml": config, "extra.yml": "groups: []\n"}}),
    );
    assert!(cluster.delete("/api/v1/namespaces/prometheus/services/prometheus-prometheus-pushgateway"));

    let found = user.stack(&["drift"]).exits(2).says(&[
        "- missing   Service prometheus/prometheus-prometheus-pushgateway",
        "! changed   Deployment grafana/grafana",
        "spec.replicas (set by kubectl (scale)): 1 -> 3",
        "containers[name=grafana].image (set by kubectl-edit at 2",
        "-> \"evil.example/grafana:1\"",
        "containers[name=grafana].env[name=GF_LOG_LEVEL]: {\"name\":\"GF_LOG_LEVEL\",\"value\":\"debug\"} was added by kubectl-edit",
        "metadata.labels.team: \"a\" was added by kubectl-label",
        "! changed   ConfigMap prometheus/prometheus-server",
        "data[prometheus.yml] (set by kubectl-patch at 2",
        "+   scrape_interval: 60s",
        "data[extra.yml]: \"groups: []\\n\" was added by kubectl-patch",
        "1 missing, 2 changed, 6 fields set by others, 0 no longer wanted",
    ]);
    let signs = found
        .stdout
        .lines()
        .filter(|line| line.starts_with(['-', '!', '=', '~', '+']));
    assert_eq!(signs.count(), 3, "nothing else is reported\n{found}");
    drift_for_machines(&user);

    let before = versions(&cluster);
    user.stack(&["install", "--yes"]).exits(1).complains(&[
        "nothing was written:",
        "Deployment grafana/grafana: spec.replicas was set by kubectl (scale); --force-conflicts takes it back",
        "image was set by kubectl-edit at 2",
        "--force-conflicts takes it back",
    ]);
    let ours = |key: &String| !key.contains("replicasets") && !key.contains("deployments");
    assert!(!differing(&before, &versions(&cluster)).iter().any(ours));
    user.stack(&["install", "--yes", "--force-conflicts"]).exits(0);
    let live = cluster.get(grafana).unwrap();
    assert_eq!(live["spec"]["replicas"], 1);
    let container = &live["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["image"], "docker.io/grafana/grafana:13.2.0");
    let env = container["env"].as_array().unwrap();
    assert!(
        env.iter().any(|one| one["name"] == "GF_LOG_LEVEL"),
        "what was added stays"
    );
    assert!(
        cluster
            .get(&in_prometheus("deployments", "prometheus-prometheus-pushgateway"))
            .is_some()
    );
    let left = user.stack(&["drift"]).exits(2);
    left.says(&["0 missing, 0 changed, 3 fields set by others"]);
    Ok(())
}

fn drift_for_machines(user: &User) {
    let json = user
        .stack(&["drift", "--output", "json", "--exit-code", "7"])
        .exits(7)
        .stdout;
    let result: Value = serde_json::from_str(&json).unwrap();
    let objects = result["objects"].as_array().unwrap();
    let grafana = objects
        .iter()
        .find(|one| one["kind"] == "Deployment" && one["name"] == "grafana")
        .unwrap();
    let replicas = &grafana["changes"][0];
    assert_eq!(
        (&replicas["before"], &replicas["after"]),
        (&json!(3), &json!(1)),
        "{replicas}"
    );
    assert_eq!(replicas["owner"]["manager"], "kubectl (scale)");
}

fn autoscaled() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    default_class(&cluster);
    let user = User::new(&cluster, &grafana_in("autoscaled"));
    user.stack(&["install", "--yes"]).exits(0);
    let grafana = "/apis/apps/v1/namespaces/autoscaled/deployments/grafana";
    let scale = format!("{grafana}/scale");
    edit(
        &cluster,
        &scale,
        "kube-controller-manager",
        &json!({"spec": {"replicas": 2}}),
    );
    user.stack(&["drift"]).exits(0);
    let mut wanted = grafana_in("autoscaled");
    wanted["grafana"] = json!({"image": "docker.io/grafana/grafana:13.3.0"});
    user.wants(&wanted);
    user.stack(&["install", "--yes", "--force-conflicts"]).exits(0);
    assert_eq!(cluster.get(grafana).unwrap()["spec"]["replicas"], 2);
    user.stack(&["drift"]).exits(0);
    Ok(())
}

/// As Helm 3 leaves an object: written from its side, with more in it than the stack has.
fn release_s_config_map(namespace: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "grafana", "namespace": namespace,
            "labels": {"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "grafana-8.5.0"},
            "annotations": {"meta.helm.sh/release-name": "grafana", "meta.helm.sh/release-namespace": namespace}},
        "data": {"grafana.ini": "[server]\n", "plugins": "old-plugin"},
    })
}

fn adopt() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    default_class(&cluster);
    cluster.namespace("adopted", json!({"team": "platform"}));
    let collection = "/api/v1/namespaces/adopted/configmaps";
    cluster.create(
        &format!("{collection}?fieldManager=helm"),
        &release_s_config_map("adopted"),
    );
    let user = User::new(&cluster, &grafana_in("adopted"));
    let before = versions(&cluster);
    user.stack(&["plan"])
        .exits(2)
        .says(&["! refused   ConfigMap adopted/grafana: it belongs to the Helm release \"grafana\""]);
    user.stack(&["install", "--yes"]).exits(1).complains(&[
        "nothing was written:",
        "ConfigMap adopted/grafana: it belongs to the Helm release \"grafana\"; --adopt takes it over",
    ]);
    let ours = |key: &String| key.contains(" adopted/") || key.ends_with("/adopted");
    assert!(!differing(&before, &versions(&cluster)).iter().any(ours));
    user.stack(&["plan", "--adopt"]).exits(2).says(&[
        "~ change    ConfigMap adopted/grafana",
        "data.plugins (set by helm at 2",
        "\"old-plugin\" -> nothing",
    ]);
    user.stack(&["install", "--yes", "--adopt"]).exits(0);
    let live = cluster.get(&format!("{collection}/grafana")).unwrap();
    assert_eq!(
        live["data"]["plugins"],
        Value::Null,
        "what Helm had set and the stack doesn't goes\n{live}"
    );
    assert_eq!(live["metadata"]["labels"]["app.kubernetes.io/managed-by"], "dashctl");
    assert_eq!(live["metadata"]["labels"]["helm.sh/chart"], Value::Null);
    assert_eq!(
        live["metadata"]["annotations"]["meta.helm.sh/release-name"],
        Value::Null
    );
    user.stack(&["install", "--yes"]).exits(0).says(&["Nothing to do"]);
    user.stack(&["drift"]).exits(0);
    Ok(())
}

fn recreate() -> Result<(), Failed> {
    let cluster = Cluster::shared();
    default_class(&cluster);
    let user = User::new(&cluster, &grafana_in("recreated"));
    cluster.namespace("recreated", json!({}));
    // What the stack would make, as somebody's own manifest with Kubernetes' own strategy.
    let rendered = user.stack(&["render"]).exits(0).stdout;
    let documents = rendered
        .split("\n---\n")
        .filter(|text| text.contains("kind: Deployment"));
    let mut deployment: Value = serde_saphyr::from_str(documents.last().unwrap()).unwrap();
    deployment["spec"].as_object_mut().unwrap().shift_remove("strategy");
    deployment["metadata"]["labels"]["app.kubernetes.io/managed-by"] = json!("somebody");
    let collection = "/apis/apps/v1/namespaces/recreated/deployments";
    let made = cluster.create(&format!("{collection}?fieldManager=kubectl-create"), &deployment);
    assert_eq!(made["spec"]["strategy"]["type"], "RollingUpdate");
    user.stack(&["install", "--yes"])
        .exits(1)
        .complains(&["it is managed by somebody; --adopt takes it over"]);
    user.stack(&["install", "--yes", "--adopt"]).exits(0);
    let live = cluster.get(&format!("{collection}/grafana")).unwrap();
    assert_eq!(live["spec"]["strategy"], json!({"type": "Recreate"}));
    assert_eq!(
        live["metadata"]["uid"], made["metadata"]["uid"],
        "it was changed in place"
    );
    user.stack(&["drift"]).exits(0);
    Ok(())
}

fn second_stack() -> Result<(), Failed> {
    let cluster = Cluster::start();
    default_class(&cluster);
    let off = json!({"enabled": false});
    let of = |namespace: &str| {
        json!({"namespaces": {"prometheus": namespace}, "grafana": off, "alertmanager": off, "node_exporter": off,
            "pushgateway": off, "kube_state_metrics": off})
    };
    User::new(&cluster, &of("first")).stack(&["install", "--yes"]).exits(0);
    let refused = User::new(&cluster, &of("second")).stack(&["install", "--yes"]).exits(1);
    refused.complains(&["ClusterRoleBinding prometheus-server: it serves the stack in the namespace first"]);
    assert!(cluster.get("/api/v1/namespaces/second").is_none());
    Ok(())
}
