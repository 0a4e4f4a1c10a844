//! `dashctl up`: the whole tutorial as one command.

mod cluster;
mod helm;
mod notes;
mod sandbox;

use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::json;

use super::import;
use super::output::OutputArgs;
use super::session::find_repository;
use super::source::Source;
use super::stack::{ClusterArgs, InstallArgs};
use super::{Exit, Failure, interruptible};
use crate::catalog::{BUNDLED, Wanted};
use crate::repository::DeclaredDataSource;

/// The folder that the dashboards go to.
const FOLDER: &str = "Kubernetes";

/// Brings up the monitoring stack with its data source and dashboards; with --sandbox, a toy Grafana on this machine
///
/// On a cluster: installs Prometheus, Alertmanager, kube-state-metrics, node-exporter, Pushgateway and Grafana as `dashctl
/// stack install` does, waits until they are ready, provisions the Prometheus data source, imports the repository's
/// dashboards (or, without any, the seven of the tutorial), and says how to reach everything. Running it again changes
/// nothing.
///
/// The sandbox stores dashboards and answers Grafana's HTTP API, but draws nothing: it is there to try dashctl out.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl up                                  on the cluster of the current context
  dashctl up --dry-run
  dashctl up --sandbox                        stays up until Ctrl-C; a second start finds what the first left
  dashctl up --sandbox --ephemeral --exit     does it all, keeps nothing and ends")]
pub struct Args {
    /// Use the embedded sandbox as the Grafana, and install nothing
    #[arg(long)]
    sandbox: bool,
    /// How the stack is installed; without it as `stack.engine` says
    #[arg(long, value_name = "ENGINE", value_enum, conflicts_with = "sandbox")]
    engine: Option<Engine>,
    /// With --engine helm: the program, if it isn't on PATH
    #[arg(long, value_name = "PATH")]
    helm: Option<PathBuf>,
    /// With --engine helm: the chart of Prometheus: oci://…, REPOSITORY/NAME or a folder, with @VERSION for a certain one
    #[arg(long, value_name = "CHART", default_value = helm::PROMETHEUS_CHART)]
    prometheus_chart: String,
    /// With --engine helm: the chart of Grafana
    #[arg(long, value_name = "CHART", default_value = helm::GRAFANA_CHART)]
    grafana_chart: String,
    /// Show what would be done; write nothing
    #[arg(long, conflicts_with = "sandbox")]
    dry_run: bool,
    /// Don't ask before writing
    #[arg(short, long)]
    yes: bool,
    /// Where dashboards come from: grafana.com, mirror=DIR or bundled
    #[arg(long, value_name = "SOURCE")]
    source: Option<Source>,
    /// Where Grafana can be reached from here; without it its port is forwarded through the API server
    #[arg(long, value_name = "URL", conflicts_with = "sandbox")]
    grafana_url: Option<url::Url>,
    /// With --sandbox: its address; without it port 3000, or a free one where that is taken
    #[arg(long, value_name = "ADDRESS:PORT", requires = "sandbox")]
    listen: Option<SocketAddr>,
    /// With --sandbox: where it keeps what it stores; without it the user's state folder
    #[arg(long, value_name = "DIR", conflicts_with = "ephemeral", requires = "sandbox")]
    data: Option<PathBuf>,
    /// With --sandbox: keep nothing
    #[arg(long, requires = "sandbox")]
    ephemeral: bool,
    /// With --sandbox: end when everything is done
    #[arg(long, requires = "sandbox")]
    exit: bool,
    /// With --sandbox: where the data source Prometheus shall ask
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9090")]
    prometheus: url::Url,
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    install: InstallArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// What can't be installed, started or imported.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    if args.sandbox {
        // It ends in its own order.
        return sandbox::run(&args).await;
    }
    let settings = find_repository()?.and_then(|repository| repository.config().stack.clone());
    match args
        .engine
        .unwrap_or_else(|| settings.unwrap_or_default().engine.into())
    {
        Engine::Kubernetes => interruptible(cluster::run(&args)).await,
        // Helm is stopped in its own way, so that no release stays pending.
        Engine::Helm => helm::run(&args).await,
        Engine::Local => Err(Failure::usage("--engine local isn't there yet")),
    }
}

/// How the stack is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Engine {
    /// Objects in a cluster, applied by dashctl itself
    Kubernetes,
    /// The charts of Prometheus and Grafana, by the helm program
    Helm,
    /// Processes on this machine
    Local,
}

impl From<crate::stack::Engine> for Engine {
    fn from(engine: crate::stack::Engine) -> Self {
        match engine {
            crate::stack::Engine::Kubernetes => Self::Kubernetes,
            crate::stack::Engine::Helm => Self::Helm,
            crate::stack::Engine::Local => Self::Local,
        }
    }
}

/// The import of the tutorial's seven dashboards.
fn the_seven(args: &Args) -> import::Args {
    let wanted = |id| Wanted::Catalog { id, revision: None };
    import::Args {
        what: BUNDLED.iter().map(|edition| wanted(edition.id)).collect(),
        folder: Some(FOLDER.into()),
        source: args.source.clone(),
        // The question was asked before anything began.
        yes: true,
        ..import::Args::default()
    }
}

/// The data source; its interval is the one at which Prometheus scrapes, which `$__rate_interval` stands on.
fn prometheus(url: &str, interval: &str) -> DeclaredDataSource {
    DeclaredDataSource {
        name: "Prometheus".into(),
        uid: "prometheus".into(),
        kind: "prometheus".into(),
        url: url.trim_end_matches('/').into(),
        access: "proxy".into(),
        default: true,
        json_data: [("timeInterval".to_owned(), json!(interval))].into(),
        ..DeclaredDataSource::default()
    }
}
