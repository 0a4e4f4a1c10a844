//! `dashctl schedule`: the drift check that runs by itself, written for the platform that runs it.

mod args;
mod cluster;
mod github;
mod gitlab;
mod kubernetes;
mod preview;
mod rules;
mod runs;
mod systemd;
mod when;
mod write;

use super::{Exit, Failure};

/// The drift check that runs by itself: as a CronJob, a systemd timer, or a scheduled job of GitHub or GitLab
///
/// What the section `schedule:` of dashctl.yaml says is rendered, and flags win over it. Secrets are never part of it:
/// each form names the place where they are put by hand, and says how.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl schedule kubernetes --image registry.example.com/dashctl:0.1.0 --apply
  dashctl schedule systemd --every 1h --out /etc/systemd/system
  dashctl schedule github --install 'cargo install --locked --git URL dashctl' --out .
  dashctl schedule github --outdated --install COMMAND --out .     asks for newer revisions, once a day
  dashctl schedule gitlab --preview --image IMAGE --out .          previews of merge requests
  dashctl schedule rules --every 1h           what alerts of drift, for a Prometheus of your own")]
pub struct Args {
    #[command(subcommand)]
    platform: Platform,
}

#[derive(Debug, clap::Subcommand)]
enum Platform {
    Kubernetes(Box<args::Args>),
    Systemd(systemd::Args),
    Github(github::Args),
    Gitlab(gitlab::Args),
    Rules(rules::Args),
}

/// Runs the verb.
///
/// # Errors
///
/// As the platform says.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    match args.platform {
        Platform::Kubernetes(args) => kubernetes::run(*args).await,
        Platform::Systemd(args) => systemd::run(&args),
        Platform::Github(args) => github::run(&args),
        Platform::Gitlab(args) => gitlab::run(&args),
        Platform::Rules(args) => rules::run(&args),
    }
}
