//! `dashctl stack`: the monitoring stack in a cluster, without its dashboards; `dashctl up` does both.

mod args;
mod drift;
mod forward;
mod install;
mod plan;
mod render;
mod status;
mod uninstall;

pub use args::{CLUSTER, ClusterArgs, InstallArgs, duration};

use super::{Exit, Failure, interruptible};

/// The monitoring stack: Prometheus, its exporters, Alertmanager, Pushgateway and Grafana
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Render(render::Args),
    Plan(plan::Args),
    Install(install::Args),
    Status(status::Args),
    Drift(drift::Args),
    Uninstall(uninstall::Args),
    Forward(forward::Args),
}

/// Runs the verb.
///
/// # Errors
///
/// As the verb says.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    match args.verb {
        Verb::Render(args) => render::run(&args),
        Verb::Plan(args) => interruptible(plan::run(args)).await,
        Verb::Install(args) => interruptible(install::run(args)).await,
        Verb::Status(args) => interruptible(status::run(args)).await,
        Verb::Drift(args) => interruptible(drift::run(args)).await,
        Verb::Uninstall(args) => interruptible(uninstall::run(args)).await,
        // It runs until it is interrupted.
        Verb::Forward(args) => forward::run(args).await,
    }
}
