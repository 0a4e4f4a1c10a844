//! The scheduled check in the words of its platforms: read by the real systemd-analyze and actionlint, and its commands
//! run as processes.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, missing_docs)]

#[path = "support/actionlint.rs"]
mod actionlint;
#[path = "schedule/clone.rs"]
mod clone;
#[path = "support/need.rs"]
mod need;
#[path = "schedule/repository.rs"]
mod repository;
#[path = "schedule/systemd.rs"]
mod systemd;
#[cfg(unix)]
#[path = "schedule/workflow.rs"]
mod workflow;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = libtest_mimic::Arguments::from_args();
    let all = [
        clone::trials(),
        systemd::trials(),
        #[cfg(unix)]
        workflow::trials(),
    ];
    libtest_mimic::run(&arguments, all.into_iter().flatten().collect()).exit_code()
}
