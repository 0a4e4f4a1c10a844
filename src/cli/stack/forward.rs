use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::args::ClusterArgs;
use crate::cli::output::print;
use crate::cli::{Exit, Failure, interrupted};
use crate::stack::kubernetes::forward;
use crate::stack::{Kind, ObjectId, Settings};

/// Brings the stack's pages to ports of this machine, until it is interrupted
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl stack forward                      Prometheus on 9090, Grafana on 3000, and so on
  dashctl stack forward grafana=8080")]
pub struct Args {
    #[command(flatten)]
    cluster: ClusterArgs,
    /// Which: prometheus, grafana, alertmanager, pushgateway; with =PORT for another port than the usual (0: a free one)
    #[arg(value_name = "NAME[=PORT]", value_parser = wanted)]
    what: Vec<(Page, Option<u16>)>,
}

/// A program of the stack with something to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Page {
    /// Prometheus
    Prometheus,
    /// Grafana
    Grafana,
    /// Alertmanager
    Alertmanager,
    /// Pushgateway
    Pushgateway,
}

impl Page {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Prometheus, Self::Grafana, Self::Alertmanager, Self::Pushgateway];

    /// Its usual port.
    pub fn port(self) -> u16 {
        match self {
            Self::Prometheus => 9090,
            Self::Grafana => 3000,
            Self::Alertmanager => 9093,
            Self::Pushgateway => 9091,
        }
    }

    /// Its Service.
    pub fn service(self, settings: &Settings) -> ObjectId {
        let namespace = match self {
            Self::Grafana => &settings.namespaces.grafana,
            _ => &settings.namespaces.prometheus,
        };
        let name = match self {
            Self::Prometheus => "prometheus-server",
            Self::Grafana => "grafana",
            Self::Alertmanager => "prometheus-alertmanager",
            Self::Pushgateway => "prometheus-prometheus-pushgateway",
        };
        ObjectId {
            kind: Kind::Service,
            namespace: Some(namespace.clone()),
            name: name.to_owned(),
        }
    }

    /// Whether it is installed.
    pub fn is_enabled(self, settings: &Settings) -> bool {
        match self {
            Self::Prometheus => settings.prometheus.enabled,
            Self::Grafana => settings.grafana.enabled,
            Self::Alertmanager => settings.alertmanager.enabled,
            Self::Pushgateway => settings.pushgateway.enabled,
        }
    }

    /// What is to be seen there.
    fn path(self) -> &'static str {
        match self {
            Self::Prometheus => "/targets",
            _ => "/",
        }
    }

    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prometheus => "Prometheus",
            Self::Grafana => "Grafana",
            Self::Alertmanager => "Alertmanager",
            Self::Pushgateway => "Pushgateway",
        }
    }
}

fn wanted(text: &str) -> Result<(Page, Option<u16>), String> {
    let (name, port) = match text.split_once('=') {
        Some((name, port)) => (name, Some(port.parse().map_err(|_| format!("{port:?} is no port"))?)),
        None => (text, None),
    };
    Ok((clap::ValueEnum::from_str(name, true)?, port))
}

/// Runs the verb.
///
/// # Errors
///
/// Nothing installed, no ready pod, or a port that is taken.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let session = args.cluster.open().await?;
    let mut what = args.what.clone();
    if what.is_empty() {
        let enabled = Page::ALL.into_iter().filter(|page| page.is_enabled(&session.settings));
        what = enabled.map(|page| (page, None)).collect();
    }
    let mut open = Vec::new();
    for (page, port) in what {
        let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.unwrap_or_else(|| page.port()));
        let one = forward(&session.cluster, &page.service(&session.settings), local)
            .await
            .map_err(|error| {
                Failure::from(error).hint(format!(
                    "another port with {}=PORT; `dashctl stack status` shows whether it is ready",
                    page.name().to_lowercase()
                ))
            })?;
        print(&format!("{}: http://{}{}\n", page.name(), one.local, page.path()))?;
        open.push(one);
    }
    print("Ctrl-C ends it.\n")?;
    interrupted().await;
    drop(open);
    Ok(Exit::Done)
}
