//! `dashctl up`: the whole tutorial as one command.

mod local;
mod sandbox;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use futures::FutureExt as _;

use super::ask::Terminal;
use super::interrupt::{interrupted, interruptible};
use super::output::OutputArgs;
use super::stack::{CLUSTER, ClusterArgs, InstallArgs};
use super::{Exit, Failure};
use crate::ops::up::{GRAFANA_CHART, LocalOptions, PROMETHEUS_CHART, UpOptions, up};
use crate::ops::{Source, find_repository};
use crate::stack::Engine;

/// Brings up the monitoring stack with its data source and dashboards, on a cluster or on this machine
///
/// On a cluster: installs Prometheus, Alertmanager, kube-state-metrics, node-exporter, Pushgateway and Grafana as `dashctl
/// stack install` does, waits until they are ready, provisions the Prometheus data source, imports the repository's
/// dashboards (or, without any, the seven of the tutorial), and says how to reach everything. Running it again changes
/// nothing.
///
/// With --engine local: runs Prometheus, node-exporter, Alertmanager, Pushgateway and Grafana as they are installed on this
/// machine, listening on 127.0.0.1 only, with all data and logs in one folder, until Ctrl-C.
///
/// The sandbox stores dashboards and answers Grafana's HTTP API, but draws nothing: it is there to try dashctl out.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl up                                  on the cluster of the current context
  dashctl up --dry-run
  dashctl up --engine local                   on this machine, until Ctrl-C
  dashctl up --engine local --allow-sandbox --port prometheus=9095 --port grafana=0
  dashctl up --sandbox                        stays up until Ctrl-C; a second start finds what the first left
  dashctl up --sandbox --ephemeral --exit     does it all, keeps nothing and ends")]
pub struct Args {
    /// Use the embedded sandbox as the Grafana, and install nothing
    #[arg(long)]
    sandbox: bool,
    /// How the stack is installed; without it as `stack.engine` in dashctl.yaml says, which is kubernetes by default
    #[arg(long, value_enum, conflicts_with = "sandbox")]
    engine: Option<EngineName>,
    /// Where dashboards come from: grafana.com, mirror=DIR or bundled
    #[arg(long, value_name = "SOURCE")]
    source: Option<Source>,
    /// Show what would be done; write nothing
    #[arg(long, conflicts_with = "sandbox")]
    dry_run: bool,
    /// Don't say how many panels have data
    #[arg(long, conflicts_with = "sandbox")]
    no_verify: bool,
    /// Don't ask before writing
    #[arg(short, long)]
    yes: bool,
    /// End when everything is done
    #[arg(long, help_heading = HERE)]
    exit: bool,
    /// Where everything is kept; without it the user's state folder
    #[arg(long, value_name = "DIR", conflicts_with = "ephemeral", help_heading = HERE)]
    data: Option<PathBuf>,
    /// Its address; without it port 3000, or a free one where that is taken
    #[arg(long, value_name = "ADDRESS:PORT", requires = "sandbox", help_heading = SANDBOX)]
    listen: Option<SocketAddr>,
    /// Keep nothing
    #[arg(long, requires = "sandbox", help_heading = SANDBOX)]
    ephemeral: bool,
    /// Where the data source Prometheus shall ask
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:9090", help_heading = SANDBOX)]
    prometheus: url::Url,
    /// Where Grafana can be reached from here; without it its port is forwarded through the API server
    #[arg(long, value_name = "URL", conflicts_with = "sandbox", help_heading = CLUSTER)]
    grafana_url: Option<url::Url>,
    /// The program, if it isn't on PATH
    #[arg(long, value_name = "PATH", help_heading = HELM)]
    helm: Option<PathBuf>,
    /// The chart of Prometheus: oci://…, REPOSITORY/NAME or a folder, with @VERSION for a certain one
    #[arg(long, value_name = "CHART", default_value = PROMETHEUS_CHART, help_heading = HELM)]
    prometheus_chart: String,
    /// The chart of Grafana
    #[arg(long, value_name = "CHART", default_value = GRAFANA_CHART, help_heading = HELM)]
    grafana_chart: String,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    local: local::LocalArgs,
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    install: InstallArgs,
}

/// What is for `--sandbox` only.
const SANDBOX: &str = "With --sandbox";
/// What is for everything that runs on this machine.
const HERE: &str = "With --sandbox or --engine local";
/// What is for `--engine helm` only.
const HELM: &str = "With --engine helm";

/// The engines by their names in `stack.engine`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum EngineName {
    /// Objects in a cluster, applied by dashctl itself
    Kubernetes,
    /// The two charts, by the program helm
    Helm,
    /// Processes on this machine
    Local,
}

impl From<EngineName> for Engine {
    fn from(name: EngineName) -> Self {
        match name {
            EngineName::Kubernetes => Self::Kubernetes,
            EngineName::Helm => Self::Helm,
            EngineName::Local => Self::Local,
        }
    }
}

/// Runs the verb.
///
/// # Errors
///
/// What can't be installed, started or imported.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    // These two end in their own order.
    if args.sandbox {
        args.local.refuse("--sandbox")?;
        return sandbox::run(&args).await;
    }
    if !args.output.output.is_empty() {
        return Err(Failure::usage(
            "-o is for --sandbox; on a cluster, `dashctl stack status -o json` says what there is",
        ));
    }
    let engine = engine(&args)?;
    match engine {
        Engine::Local => local::refuse_cluster_flags(&args)?,
        Engine::Helm | Engine::Kubernetes => {
            let of_processes = [("--data", args.data.is_some()), ("--exit", args.exit)];
            if let Some((flag, _)) = of_processes.into_iter().find(|(_, given)| *given) {
                return Err(Failure::usage(format!("{flag} is for --sandbox and --engine local")));
            }
            args.local.refuse("a cluster")?;
        }
    }
    let options = options(args);
    let brought_up = async {
        let finish = up(engine, &options).await?;
        let differs = if finish.differs { Exit::Differs } else { Exit::Done };
        Ok(differs.worse(Exit::of(finish.failure)))
    };
    match engine {
        // These are stopped in their own way: no release stays pending, and no process is left.
        Engine::Helm | Engine::Local => brought_up.await,
        Engine::Kubernetes => interruptible(brought_up).await,
    }
}

fn options(args: Args) -> UpOptions {
    UpOptions {
        cluster: (&args.cluster).into(),
        install: (&args.install).into(),
        local: LocalOptions {
            grafana_home: args.local.grafana_home,
            allow_sandbox: args.local.allow_sandbox,
            ports: args.local.ports,
            data: args.data,
            exit: args.exit,
        },
        dry_run: args.dry_run,
        verify: !args.no_verify,
        source: args.source,
        grafana_url: args.grafana_url,
        helm: args.helm,
        prometheus_chart: args.prometheus_chart,
        grafana_chart: args.grafana_chart,
        person: Arc::new(Terminal { yes: args.yes }),
        stop: || interrupted().boxed(),
    }
}

/// The engine that is meant: the flag's, else the settings'.
fn engine(args: &Args) -> Result<Engine, Failure> {
    if let Some(name) = args.engine {
        return Ok(name.into());
    }
    let repository = find_repository()?;
    let settings = repository.and_then(|repository| repository.config().stack.clone());
    Ok(settings.unwrap_or_default().engine)
}
