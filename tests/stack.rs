//! The stack's configuration in the real programs: promtool, Prometheus, Alertmanager, Pushgateway and node-exporter;
//! and its pods against the Pod Security Standards.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, missing_docs)]

#[path = "stack/discovery.rs"]
mod discovery;
#[path = "stack/local.rs"]
mod local;
#[cfg(unix)]
#[path = "stack/machine.rs"]
mod machine;
#[path = "support/need.rs"]
mod need;
#[path = "stack/program.rs"]
mod program;
#[path = "stack/promtool.rs"]
mod promtool;
#[path = "stack/relabelling.rs"]
mod relabelling;
#[path = "stack/security.rs"]
mod security;
#[cfg(unix)]
#[path = "stack/up_local.rs"]
mod up_local;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = libtest_mimic::Arguments::from_args();
    let all = [
        promtool::trials(),
        relabelling::trials(),
        local::trials(),
        security::trials(),
        #[cfg(unix)]
        up_local::trials(),
    ];
    libtest_mimic::run(&arguments, all.into_iter().flatten().collect()).exit_code()
}
