//! What does a merge cost? The goal is 50 ms for two dashboards of 500 kB, parsing apart.

use dashctl::dashboard::merge::merge;
use serde_json::{Value, json};

fn main() {
    divan::main();
}

/// A dashboard of about 500 kB.
fn dashboard() -> Value {
    let panels: Vec<Value> = (1..=560)
        .map(|id| {
            json!({
                "id": id, "type": "timeseries", "title": format!("CPU usage of group {id}"),
                "datasource": {"type": "prometheus", "uid": "${DS_PROMETHEUS}"},
                "gridPos": {"h": 8, "w": 12, "x": (id % 2) * 12, "y": (id / 2) * 8},
                "fieldConfig": {"defaults": {"unit": "percentunit", "custom": {"lineWidth": 2, "fillOpacity": 10}}, "overrides": []},
                "options": {"legend": {"calcs": ["mean", "max"], "displayMode": "table", "placement": "right"}, "tooltip": {"mode": "multi"}},
                "targets": [
                    {"refId": "A", "expr": format!("sum(rate(container_cpu_usage_seconds_total{{group=\"{id}\",image!=\"\"}}[5m])) by (pod)"), "legendFormat": "{{pod}}"},
                    {"refId": "B", "expr": format!("sum(kube_pod_container_resource_limits{{group=\"{id}\",resource=\"cpu\"}}) by (pod)"), "legendFormat": "limit"},
                ],
            })
        })
        .collect();
    json!({"title": "Cluster", "schemaVersion": 39, "time": {"from": "now-1h", "to": "now"}, "panels": panels})
}

/// Every panel was edited by both sides, each at another place; ours moved one to the end, theirs added one at the top.
fn edited() -> [Value; 3] {
    let base = dashboard();
    let (mut ours, mut theirs) = (base.clone(), base.clone());
    for panel in ours["panels"].as_array_mut().into_iter().flatten() {
        panel["description"] = json!("ours");
        panel["targets"][0]["expr"] = json!(
            panel["targets"][0]["expr"]
                .as_str()
                .unwrap_or_default()
                .replace("5m", "1m")
        );
    }
    ours["panels"][4]["gridPos"] = json!({"h": 8, "w": 12, "x": 0, "y": 5000});
    for panel in theirs["panels"].as_array_mut().into_iter().flatten() {
        panel["fieldConfig"]["defaults"]["unit"] = json!("short");
        panel["targets"][0]["expr"] = json!(
            panel["targets"][0]["expr"]
                .as_str()
                .unwrap_or_default()
                .replace("(pod)", "(pod, node)")
        );
        panel["gridPos"]["y"] = json!(panel["gridPos"]["y"].as_i64().unwrap_or(0) + 5);
    }
    if let Some(panels) = theirs["panels"].as_array_mut() {
        panels.insert(
            0,
            json!({"id": 9000, "type": "text", "title": "New", "gridPos": {"h": 5, "w": 24, "x": 0, "y": 0}}),
        );
    }
    [base, ours, theirs]
}

#[divan::bench]
fn both_edited_every_panel(bencher: divan::Bencher<'_, '_>) {
    let [base, ours, theirs] = edited();
    bencher.bench(|| merge(&base, &ours, &theirs));
}

/// The same with a conflict, so that the comparison is asked what is an edit.
#[divan::bench]
fn with_a_conflict(bencher: divan::Bencher<'_, '_>) {
    let [base, mut ours, mut theirs] = edited();
    ours["title"] = json!("Ours");
    theirs["title"] = json!("Theirs");
    bencher.bench(|| merge(&base, &ours, &theirs));
}
