//! An apply of many new dashboards to the sandbox, one, four and eight in flight, by both of Grafana's APIs; then one in
//! which nothing changed.
//!
//! `cargo bench --bench apply`; `DASHBOARDS=10000` for another number. Prints requests, time and the program's own CPU time.
//! The sandbox runs in this process and shares the machine.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "support/run.rs"]
mod run;

use dashctl::sandbox::{Options, Sandbox, Version};

use run::{count, number, repository, run};

fn main() {
    let number = number();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let size = repository(folder.path(), number);
    println!("{number} dashboards of {} kB", size / 1000);
    for version in [Version::V11_1, Version::V12_4, Version::V13_1] {
        for parallel in ["1", "4", "8"] {
            let options = Options {
                version,
                ..Options::default()
            };
            let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
            // Another Grafana than the one before: what the lock knows of its folders is no help.
            let _ = std::fs::remove_file(folder.path().join("dashctl.lock"));
            for what in ["all new", "unchanged"] {
                let args = ["apply", "--yes", "--parallel", parallel];
                let (time, usage) = run(&sandbox, folder.path(), &args);
                let requests = count(&sandbox);
                println!("{version}, {parallel} in flight, {what:<9}: {time:>8.2?}, {requests} requests, {usage}");
            }
            runtime.block_on(sandbox.stop()).unwrap();
        }
    }
}
