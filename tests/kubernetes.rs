//! On a real Kubernetes API server with its controllers and scheduler, and with the real Helm 3 and 4; see
//! `tests/kubernetes/build`, which makes them, and `tests/support/cluster.rs`, which plays what they lack.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, missing_docs)]

#[path = "support/cluster.rs"]
mod cluster;
#[path = "kubernetes/container.rs"]
mod container;
#[path = "kubernetes/harness.rs"]
mod harness;
#[path = "kubernetes/helm.rs"]
mod helm;
#[path = "kubernetes/manifests.rs"]
mod manifests;
#[path = "support/need.rs"]
mod need;
#[path = "kubernetes/receiver.rs"]
mod receiver;
#[path = "kubernetes/release.rs"]
mod release;
#[path = "kubernetes/schedule.rs"]
mod schedule;
#[path = "kubernetes/stack.rs"]
mod stack;
#[path = "kubernetes/stack_bad_input.rs"]
mod stack_bad_input;
#[path = "kubernetes/stack_drift.rs"]
mod stack_drift;
#[path = "kubernetes/stack_runs.rs"]
mod stack_runs;
#[path = "kubernetes/up.rs"]
mod up;
#[path = "kubernetes/user.rs"]
mod user;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = libtest_mimic::Arguments::from_args();
    let all = [
        harness::trials(),
        helm::trials(),
        release::trials(),
        schedule::trials(),
        stack::trials(),
        stack_bad_input::trials(),
        stack_drift::trials(),
        stack_runs::trials(),
        up::trials(),
    ];
    let trials = all.into_iter().flatten().collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    cluster::Cluster::end_shared();
    conclusion.exit_code()
}
