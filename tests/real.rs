//! With the real thing: Prometheus behind a data source, a browser before a page, genuine
//! dashboards of grafana.com, and a real Grafana where `DASHCTL_TEST_GRAFANA_URL` names one.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, missing_docs)]

#[path = "real/alerts.rs"]
mod alerts;
#[path = "real/browser.rs"]
mod browser;
#[path = "cli/catalog.rs"]
mod catalog;
#[path = "real/chromium.rs"]
mod chromium;
#[path = "support/exporters/mod.rs"]
mod exporters;
#[path = "real/genuine.rs"]
mod genuine;
#[path = "real/grafana.rs"]
mod grafana;
#[path = "support/need.rs"]
mod need;
#[path = "real/prometheus.rs"]
mod prometheus;
#[path = "cli/proxy.rs"]
mod proxy;
#[path = "real/receivers.rs"]
mod receivers;
#[path = "real/report.rs"]
mod report;
#[path = "cli/scene.rs"]
mod scene;
#[path = "real/server.rs"]
mod server;
#[path = "real/verify.rs"]
mod verify;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = libtest_mimic::Arguments::from_args();
    let all = [
        prometheus::trials(),
        browser::trials(),
        report::trials(),
        genuine::trials(),
        grafana::trials(),
        receivers::trials(),
        alerts::trials(),
        verify::trials(),
    ];
    let trials = all.into_iter().flatten().collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}
