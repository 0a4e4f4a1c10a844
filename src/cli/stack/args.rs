use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::cli::Failure;
use crate::cli::ask::Terminal;
use crate::ops::stack::{ClusterOptions, InstallOptions, StackSession};

/// The heading of what is for a cluster.
pub const CLUSTER: &str = "On a cluster";

/// Which cluster is meant.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = CLUSTER)]
pub struct ClusterArgs {
    /// The kubeconfig; without it KUBECONFIG, ~/.kube/config, or what a pod has
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The context; without it that of `stack.context`, or the current one
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
}

/// How an install goes about it.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = CLUSTER)]
pub struct InstallArgs {
    /// Take over objects that Helm or others made
    #[arg(long)]
    pub adopt: bool,
    /// Take back fields that others have changed
    #[arg(long)]
    pub force_conflicts: bool,
    /// A file with the admin's password, - for standard input; used only where the cluster has none yet
    #[arg(long, value_name = "FILE")]
    pub admin_password_file: Option<PathBuf>,
    /// How long to wait until everything is ready, in all (90s, 10m)
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub timeout: Duration,
}

/// `90s`, `10m`, `1h30m`; a number alone is seconds.
///
/// # Errors
///
/// Neither a number nor a time.
pub fn duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    let span: jiff::SignedDuration = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    Duration::try_from(span).map_err(|_| "it can't be negative".to_owned())
}

impl ClusterArgs {
    /// The settings here, and the cluster that they are for.
    ///
    /// # Errors
    ///
    /// Settings that can't be, no cluster, or one that doesn't let us in.
    pub async fn open(&self) -> Result<StackSession, Failure> {
        Ok(StackSession::open(&self.into(), Arc::new(Terminal::default())).await?)
    }

    /// The same for one who is going to write.
    ///
    /// # Errors
    ///
    /// The same; without the right to write, all that is missing.
    pub async fn open_to_write(&self, deadline: Instant) -> Result<StackSession, Failure> {
        Ok(StackSession::open_to_write(&self.into(), deadline, Arc::new(Terminal::default())).await?)
    }
}

impl From<&ClusterArgs> for ClusterOptions {
    fn from(args: &ClusterArgs) -> Self {
        Self {
            kubeconfig: args.kubeconfig.clone(),
            context: args.context.clone(),
        }
    }
}

impl From<&InstallArgs> for InstallOptions {
    fn from(args: &InstallArgs) -> Self {
        Self {
            adopt: args.adopt,
            force_conflicts: args.force_conflicts,
            admin_password_file: args.admin_password_file.clone(),
            timeout: args.timeout,
        }
    }
}
