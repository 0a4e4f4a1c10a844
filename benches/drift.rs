//! A drift check of many dashboards against the sandbox, beside a bare load generator that sends the same GETs.
//!
//! `cargo bench --bench drift`; `DASHBOARDS=10000` for another number. Prints requests, time, the program's own CPU time
//! and its peak memory. The sandbox runs in this process and shares the machine.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "support/run.rs"]
mod run;

use std::time::{Duration, Instant};

use dashctl::sandbox::{Options, Sandbox};
use futures::StreamExt;
use serde_json::json;

use run::{count, number, repository, run};

const CONCURRENCY: usize = 12;

fn main() {
    let number = number();
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
