use std::path::Path;

use dashctl::stack::{
    LocalTargets, Settings, Targets, alerting_rules, alertmanager_config, prometheus_config, recording_rules,
};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::need::trial;
use super::program::{Program, free_port, programs};

pub fn trials() -> Vec<Trial> {
    let all = programs(&[
        "prometheus",
        "prometheus-node-exporter",
        "prometheus-alertmanager",
        "prometheus-pushgateway",
    ]);
    vec![trial("prometheus_scrapes_the_stack_on_this_machine", &all, up)]
}

fn address(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn up() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    let settings: Settings = serde_saphyr::from_str("prometheus: {scrape_interval: 1s, evaluation_interval: 1s}")?;
    let [node, alerts, push, own] = [free_port(), free_port(), free_port(), free_port()];
    let _node_exporter = Program::start(
        "prometheus-node-exporter",
        node,
        folder,
        &[format!("--web.listen-address={}", address(node))],
    );
    let config = write(folder, "alertmanager.yml", &alertmanager_config(&settings)?);
    let args = [
        format!("--config.file={config}"),
        format!("--storage.path={}", folder.join("alertmanager").display()),
        format!("--web.listen-address={}", address(alerts)),
        "--cluster.listen-address=".into(),
    ];
    let _alertmanager = Program::start("prometheus-alertmanager", alerts, folder, &args);
    // Debian's package keeps what anybody pushed in a file of the system's.
    let args = [
        format!("--web.listen-address={}", address(push)),
        "--persistence.file=".into(),
    ];
    let pushgateway = Program::start("prometheus-pushgateway", push, folder, &args);
    let rule_files = vec![
        write(folder, "recording_rules.yml", &recording_rules(&settings)?),
        write(folder, "alerting_rules.yml", &alerting_rules(&settings)?),
    ];
    let targets = LocalTargets {
        node: "laptop".into(),
        prometheus: address(own),
        alertmanager: Some(address(alerts)),
        node_exporter: Some(address(node)),
        pushgateway: Some(address(push)),
        grafana: None,
        rule_files,
    };
    let config = prometheus_config(&settings, &Targets::Local(targets))?;
    let mut prometheus = Program::prometheus(own, folder, &config);

    prometheus.wait("scraped everything", |prometheus| ups(prometheus) == 4);
    prometheus.wait("found Alertmanager", |prometheus| {
        prometheus.api("/api/v1/alertmanagers")["activeAlertmanagers"]
            .as_array()
            .is_some_and(|all| all.len() == 1)
    });
    // The label by which dashboards of clusters select a node.
    let uname = prometheus.api("/api/v1/query?query=node_uname_info");
    assert_eq!(uname["result"][0]["metric"]["node"], "laptop", "{uname}");
    pushed(&pushgateway, &mut prometheus);
    rules_are_healthy(&mut prometheus);
    Ok(())
}

/// How many of the jobs are up, once all are known.
fn ups(prometheus: &Program) -> usize {
    let up = prometheus.api("/api/v1/query?query=up%20%3D%3D%201");
    let jobs: std::collections::BTreeSet<_> = up["result"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|series| series["metric"]["job"].to_string())
        .collect();
    jobs.len()
}

/// What the drift check pushes keeps its labels, and gets none of Pushgateway's own.
fn pushed(pushgateway: &Program, prometheus: &mut Program) {
    let body = "# TYPE dashctl_drift_dashboards gauge\ndashctl_drift_dashboards{state=\"drift\"} 2\n";
    assert_eq!(
        pushgateway.put("/metrics/job/dashctl_drift/target/production", body),
        200
    );
    let query = "/api/v1/query?query=dashctl_drift_dashboards";
    prometheus.wait("got what was pushed", |prometheus| {
        prometheus.api(query)["result"][0].is_object()
    });
    let mut metric = prometheus.api(query)["result"][0]["metric"].take();
    metric.as_object_mut().unwrap().remove("__name__");
    assert_eq!(
        metric,
        json!({"job": "dashctl_drift", "state": "drift", "target": "production"})
    );
}

fn rules_are_healthy(prometheus: &mut Program) {
    let rules = |prometheus: &Program| -> Vec<Value> {
        let groups = prometheus.api("/api/v1/rules");
        let groups = groups["groups"].as_array().cloned().unwrap_or_default();
        groups
            .iter()
            .flat_map(|group| group["rules"].as_array().unwrap().clone())
            .collect()
    };
    prometheus.wait("evaluated every rule", |prometheus| {
        let rules = rules(prometheus);
        rules.len() > 15 && rules.iter().all(|rule| rule["health"] != "unknown")
    });
    for rule in rules(prometheus) {
        assert_eq!(rule["health"], "ok", "{rule}");
    }
    prometheus.wait("recorded the use of memory", |prometheus| {
        let query = "/api/v1/query?query=instance:node_memory_utilisation:ratio";
        prometheus.api(query)["result"][0].is_object()
    });
}
