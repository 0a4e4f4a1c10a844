//! What does a comparison cost? The goals: 1 ms of CPU for a dashboard of 60 kB that is the same, parsing included; 2 ms where
//! both differ, whatever a migration made of one.

use std::path::{Path, PathBuf};

use dashctl::dashboard::compare::{Context, compare};
use serde_json::{Value, json};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// A dashboard of about 60 kB, the size of the well-known Kubernetes ones.
fn dashboard(schema: u64, version: u64) -> Value {
    let panels: Vec<Value> = (1..=95)
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

/// A dashboard that a real Grafana saved without an edit, from an older form: the longest of each kind of migration, where there
/// are recordings beside the project.
fn recorded() -> Vec<Recorded> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    [
        "ui-saves-13.1/c-6417-rev1/saved.v2.json",
        "ui-saves-13.1/c-13770-rev1/saved.v2.json",
        "ui-saves-13.1/d-panel-timeseries-timeseries-stacking2/saved.v2.json",
        "ui-saves-12.4/g-zeroc0d3lab-dashboard/saved.json",
        "ui-saves-11.1/c-3119-rev2/saved.json",
    ]
    .map(|saved| Recorded(shared.join(saved)))
    .into_iter()
    .filter(|recorded| recorded.0.exists())
    .collect()
}

struct Recorded(PathBuf);

impl std::fmt::Display for Recorded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts: Vec<_> = self.0.components().rev().take(3).collect();
        let named = parts.iter().rev().map(|part| part.as_os_str().to_string_lossy());
        f.write_str(&named.collect::<Vec<_>>().join("/"))
    }
}

/// An old dashboard beside what a later Grafana's page made of it.
#[divan::bench(args = recorded())]
fn compare_recorded(bencher: divan::Bencher<'_, '_>, recorded: &Recorded) {
    let read = |path: &Path| -> Value {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let whole: Value = serde_json::from_str(&text).unwrap_or_default();
        let inside = whole.get("dashboard").or_else(|| whole.get("spec")).cloned();
        inside.unwrap_or(whole)
    };
    let (before, after) = (read(&recorded.0.with_file_name("stored.json")), read(&recorded.0));
    let size = before.to_string().len().max(after.to_string().len());
    bencher
        .counter(divan::counter::BytesCount::new(size))
        .bench(|| compare(&before, &after, &Context::default()));
}
