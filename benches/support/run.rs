//! What the measurements of checks and writes share: a repository of many dashboards, and the program run in it.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use dashctl::sandbox::Sandbox;
use serde_json::{Value, json};

/// How many dashboards, by the variable `DASHBOARDS`.
pub fn number() -> usize {
    std::env::var("DASHBOARDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1000)
}

/// How many requests there were since the last call.
pub fn count(sandbox: &Sandbox) -> usize {
    let number = sandbox.requests().len();
    sandbox.clear_requests();
    number
}

/// Runs the program; gives the time and what it used.
pub fn run(sandbox: &Sandbox, folder: &Path, args: &[&str]) -> (Duration, String) {
    sandbox.clear_requests();
    let started = Instant::now();
    let output = Command::new("/usr/bin/env")
        .args(["sh", "-c", "\"$@\" >/dev/null && times", "sh"])
        .arg(env!("CARGO_BIN_EXE_dashctl"))
        .args(args)
        .current_dir(folder)
        .env("GRAFANA_URL", sandbox.url())
        .env("GRAFANA_USER", "admin")
        .env("GRAFANA_PASSWORD", "admin")
        .output()
        .unwrap();
    let time = started.elapsed();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let times = String::from_utf8_lossy(&output.stdout)
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned();
    (time, format!("CPU {times}"))
}

/// A repository of dashboards of about 60 kB; gives the size of one.
pub fn repository(folder: &Path, number: usize) -> usize {
    std::fs::write(folder.join("dashctl.yaml"), "version: 1\nrepository: r-bench\n").unwrap();
    let dashboards = folder.join("dashboards").join("Bench");
    std::fs::create_dir_all(&dashboards).unwrap();
    let mut size = 0;
    for number in 0..number {
        let text = format!("{:#}\n", dashboard(number));
        size = text.len();
        std::fs::write(dashboards.join(format!("d{number}.json")), text).unwrap();
    }
    size
}

fn dashboard(number: usize) -> Value {
    let panels: Vec<Value> = (0..34)
        .map(|id| {
            let targets: Vec<Value> = ["A", "B"]
                .iter()
                .map(|letter| {
                    json!({"refId": letter, "datasource": {"type": "prometheus", "uid": "prom"}, "legendFormat": "{{pod}}",
                    "expr": format!("sum by (pod) (rate(container_cpu_usage_seconds_total{{namespace=\"$ns\", x=\"{id}\"}}[5m]))")})
                })
                .collect();
            json!({"id": id + 1, "type": "timeseries", "title": format!("Panel {id}"), "targets": targets,
                "datasource": {"type": "prometheus", "uid": "prom"},
                "gridPos": {"h": 8, "w": 12, "x": (id % 2) * 12, "y": id / 2 * 8},
                "fieldConfig": {"defaults": {"unit": "short", "custom": {"lineWidth": 1, "fillOpacity": 10},
                    "thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": null}, {"color": "red", "value": 80}]}},
                    "overrides": []},
                "options": {"legend": {"displayMode": "table", "placement": "bottom", "showLegend": true, "calcs": ["max", "mean"]},
                    "tooltip": {"mode": "multi", "sort": "none"}}})
        })
        .collect();
    json!({"uid": format!("bench-{number}"), "title": format!("Bench {number}"), "schemaVersion": 37, "tags": ["bench"], "panels": panels})
}
