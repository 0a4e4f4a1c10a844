//! The README's first command: how long it takes, and how many requests it makes.
//!
//! `cargo bench --bench import`. The time is the whole process's: the sandbox, the data source and seven imports.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::process::Command;
use std::time::Instant;

use serde_json::Value;

fn main() {
    let home = tempfile::tempdir().unwrap();
    for _ in 0..5 {
        let started = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_dashctl"))
            .args([
                "up",
                "--sandbox",
                "--exit",
                "--ephemeral",
                "--source",
                "bundled",
                "--listen",
                "127.0.0.1:0",
                "-o",
                "json",
            ])
            .env("HOME", home.path())
            .output()
            .unwrap();
        let time = started.elapsed();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        let dashboards = result["dashboards"].as_array().unwrap().len();
        println!("{dashboards} dashboards: {time:.2?}, {} requests", result["requests"]);
    }
}
