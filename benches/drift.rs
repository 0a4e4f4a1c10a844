//! A drift check of many dashboards against the sandbox, beside a bare load generator that sends the same GETs.
//!
//! `cargo bench --bench drift`; `DASHBOARDS=10000` for another number. Prints requests, time, the program's own CPU time
//! and its peak memory. The sandbox runs in this process and shares the machine.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use dashctl::sandbox::{Options, Sandbox};
use futures::StreamExt;
use serde_json::{Value, json};

const CONCURRENCY: usize = 12;

fn main() {
    let number: usize = std::env::var("DASHBOARDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1000);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime.block_on(Sandbox::start(Options::default())).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let size = repository(folder.path(), number);
    println!("{number} dashboards of {} kB", size / 1000);
    let (time, _) = run(&sandbox, folder.path(), &["apply", "--yes", "--concurrency", "12"]);
    println!("apply, all new:        {time:>8.2?}, {} requests", count(&sandbox));
    let plain = runtime.block_on(load(&sandbox, number));
    println!("bare load generator:   {plain:>8.2?}, {} requests", count(&sandbox));
    for _ in 0..3 {
        let (time, usage) = run(
            &sandbox,
            folder.path(),
            &["drift", "--concurrency", "12", "-o", "json=out.json"],
        );
        let ratio = time.as_secs_f64() / plain.as_secs_f64();
        println!(
            "drift, all in sync:    {time:>8.2?}, {} requests, {ratio:.2} x the load generator, {usage}",
            count(&sandbox)
        );
    }
    let (time, _) = run(&sandbox, folder.path(), &["apply", "--yes"]);
    println!("apply, unchanged:      {time:>8.2?}, {} requests", count(&sandbox));
}

fn count(sandbox: &Sandbox) -> usize {
    let number = sandbox.requests().len();
    sandbox.clear_requests();
    number
}

/// Runs the program; gives the time and what it used.
fn run(sandbox: &Sandbox, folder: &Path, args: &[&str]) -> (Duration, String) {
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

/// The same GETs, sent and read as fast as one client can.
async fn load(sandbox: &Sandbox, number: usize) -> Duration {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().cookie_store(true).build().unwrap();
    let body = json!({"user": "admin", "password": "admin"}).to_string();
    let login = client
        .post(format!("{}/login", sandbox.url()))
        .header("content-type", "application/json")
        .body(body);
    assert!(login.send().await.unwrap().status().is_success());
    sandbox.clear_requests();
    let started = Instant::now();
    let bytes: usize = futures::stream::iter(0..number)
        .map(|number| {
            let request = client.get(format!("{}/api/dashboards/uid/bench-{number}", sandbox.url()));
            async move { request.send().await.unwrap().bytes().await.unwrap().len() }
        })
        .buffer_unordered(CONCURRENCY)
        .fold(0, |sum, length| async move { sum + length })
        .await;
    assert!(bytes > number * 1000);
    started.elapsed()
}

/// A repository of dashboards of about 60 kB; gives the size of one.
fn repository(folder: &Path, number: usize) -> usize {
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
