use std::time::Duration;

use super::when::WhenArgs;
use super::write::OutArgs;
use crate::cli::output::OutputArgs;
use crate::cli::stack::{ClusterArgs, duration};

/// Writes the check as a CronJob, or installs it, shows its last runs, or removes it
///
/// The repository's files go along as a ConfigMap where they have less than 900 KiB, or are cloned at each run (--git).
/// Drift doesn't make a Job fail: the receivers tell of it. A Job that failed could not check everything, or not tell.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl schedule kubernetes --image registry.example.com/dashctl:0.1.0 --out deploy
  dashctl schedule kubernetes --apply --context my-cluster
  dashctl schedule kubernetes --status
  dashctl schedule kubernetes --git https://git.example.com/dashboards.git --git-image alpine/git:v2.49.1 --shards 4")]
pub struct Args {
    /// With --apply or --remove: show what would be done; write nothing
    #[arg(long, requires = "What")]
    pub dry_run: bool,
    /// With --apply or --remove: don't ask before writing
    #[arg(short, long, requires = "What")]
    pub yes: bool,
    /// With --apply: take over objects that others made
    #[arg(long, requires = "apply")]
    pub adopt: bool,
    /// With --apply: take back fields that others have changed
    #[arg(long, requires = "apply")]
    pub force_conflicts: bool,
    /// How long to wait for another run that is at work, or until everything is gone
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = duration)]
    pub timeout: Duration,
    /// Ask for newer revisions of imported dashboards instead, once a day where nothing else is said
    #[arg(long, conflicts_with = "shards")]
    pub outdated: bool,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub out: OutArgs,
    #[command(flatten)]
    pub what: What,
    #[command(flatten)]
    pub cluster: ClusterArgs,
    #[command(flatten)]
    pub job: JobArgs,
    #[command(flatten)]
    pub when: WhenArgs,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub struct What {
    /// Install it, or bring it to what the settings say now
    #[arg(long, conflicts_with = "out")]
    pub apply: bool,
    /// Show its last runs, and why one of them failed
    #[arg(long, conflicts_with = "out")]
    pub status: bool,
    /// Remove it, with its runs
    #[arg(long, conflicts_with = "out")]
    pub remove: bool,
}

/// What only a CronJob has.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The CronJob (instead of what dashctl.yaml says)")]
pub struct JobArgs {
    /// The image that holds dashctl; the project's Dockerfile builds it
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
    /// The namespace, which must be there [default: dashctl]
    #[arg(long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// The CronJob's name [default: dashctl-drift]
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The Secret with the credentials [default: as the CronJob]
    #[arg(long, value_name = "NAME")]
    pub secret: Option<String>,
    /// Check in so many parts, each by a pod of its own
    #[arg(long, value_name = "N")]
    pub shards: Option<u16>,
    /// Clone the repository from here at each run
    #[arg(long, value_name = "URL")]
    pub git: Option<String>,
    /// The branch or tag
    #[arg(long, value_name = "REF")]
    pub git_ref: Option<String>,
    /// The image that holds git
    #[arg(long, value_name = "IMAGE")]
    pub git_image: Option<String>,
    /// The folder in it that has dashctl.yaml
    #[arg(long, value_name = "DIR")]
    pub git_folder: Option<String>,
}
