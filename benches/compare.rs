//! What does a comparison cost? The goal is 1 ms of CPU for a dashboard of 60 kB, parsing included.

use dashctl::dashboard::compare::{Context, compare};
use serde_json::{Value, json};

fn main() {
    divan::main();
}

/// A dashboard of about 60 kB, the size of the well-known Kubernetes ones.
fn dashboard(schema: u64, version: u64) -> Value {
    let panels: Vec<Value> = (1..=60)
        .map(|id| {
            json!({
                "id": id, "type": "timeseries", "title": format!("CPU usage of group {id}"),
                "datasource": {"type": "prometheus", "uid": "prom"},
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
    json!({"title": "Cluster", "schemaVersion": schema, "version": version, "time": {"from": "now-1h", "to": "now"}, "panels": panels})
}

/// Both sides are the same, as almost always in a drift check.
#[divan::bench]
fn parse_and_compare_equal(bencher: divan::Bencher<'_, '_>) {
    let desired = dashboard(39, 1);
    let text = dashboard(39, 1).to_string();
    bencher.counter(divan::counter::BytesCount::of_str(&text)).bench(|| {
        let live: Value = serde_json::from_str(&text).unwrap_or_default();
        compare(&desired, &live, &Context::default())
    });
}

/// Only the server's own fields differ.
#[divan::bench]
fn compare_saved_again(bencher: divan::Bencher<'_, '_>) {
    let (before, after) = (dashboard(39, 1), dashboard(39, 2));
    bencher.bench(|| compare(&before, &after, &Context::default()));
}

/// One query was edited.
#[divan::bench]
fn compare_one_edit(bencher: divan::Bencher<'_, '_>) {
    let (before, mut after) = (dashboard(39, 1), dashboard(39, 2));
    after["panels"][30]["targets"][0]["expr"] = "up".into();
    bencher.bench(|| compare(&before, &after, &Context::default()));
}

/// Every panel was migrated: a legend setting and the queries' data sources came.
#[divan::bench]
fn compare_migrated(bencher: divan::Bencher<'_, '_>) {
    let (before, mut after) = (dashboard(36, 1), dashboard(42, 2));
    for panel in after["panels"].as_array_mut().into_iter().flatten() {
        panel["options"]["legend"]["showLegend"] = true.into();
        for target in panel["targets"].as_array_mut().into_iter().flatten() {
            target["datasource"] = json!({"type": "prometheus", "uid": "prom"});
        }
    }
    bencher.bench(|| compare(&before, &after, &Context::default()));
}
