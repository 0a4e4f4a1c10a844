use std::collections::BTreeMap;

use dashctl::stack::{Settings, Targets, prometheus_config, to_yaml};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::discovery;
use super::need::trial;
use super::program::{Program, free_port, programs};

pub fn trials() -> Vec<Trial> {
    let prometheus = programs(&["prometheus"]);
    vec![trial(
        "the_clusters_targets_get_the_labels_that_dashboards_ask_for",
        &prometheus,
        labels,
    )]
}

fn labels() -> Result<(), Failed> {
    let expected: Value = serde_json::from_str(include_str!("fixtures/targets.json"))?;
    let folder = tempfile::tempdir()?;
    let mut config: Value = serde_saphyr::from_str(&prometheus_config(&Settings::default(), &Targets::Kubernetes)?)?;
    config["rule_files"] = json!([]);
    let total = discovery::from_files(&mut config, folder.path());
    let mut prometheus = Program::prometheus(free_port(), folder.path(), &to_yaml(&config)?);
    prometheus.wait("discovered everything", |prometheus| {
        let targets = prometheus.api("/api/v1/targets");
        // Prometheus itself is a target, too; and two of the targets are one after relabelling.
        count(&targets["activeTargets"]) + count(&targets["droppedTargets"]) == total
    });
    let targets = prometheus.api("/api/v1/targets");
    let active = by_job(&targets["activeTargets"]);
    let expected = expected.as_object().unwrap();
    for (job, expected) in expected {
        assert_eq!(
            active.get(job).map(Vec::as_slice),
            Some(sorted(expected).as_slice()),
            "{job}"
        );
    }
    assert_eq!(active.len(), expected.len(), "{:?}", active.keys());
    Ok(())
}

fn count(list: &Value) -> usize {
    list.as_array().map_or(0, Vec::len)
}

/// The targets of every job: where they are scraped, and their labels.
fn by_job(targets: &Value) -> BTreeMap<String, Vec<String>> {
    let mut jobs: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for target in targets.as_array().unwrap() {
        let mut labels = target["labels"].clone();
        let job = labels.as_object_mut().unwrap().remove("job").unwrap();
        let shown = json!({"url": target["scrapeUrl"], "labels": labels});
        jobs.entry(job.as_str().unwrap().to_owned()).or_default().push(shown);
    }
    jobs.into_iter()
        .map(|(job, targets)| (job, sorted(&targets.into())))
        .collect()
}

/// As text, with the labels in order.
fn sorted(targets: &Value) -> Vec<String> {
    let line = |target: &Value| {
        let labels: BTreeMap<_, _> = target["labels"].as_object().unwrap().iter().collect();
        format!("{} {labels:?}", target["url"].as_str().unwrap())
    };
    let mut lines: Vec<_> = targets.as_array().unwrap().iter().map(line).collect();
    lines.sort();
    lines
}
