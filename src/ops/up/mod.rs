//! How does the whole stack come up, with its data source and dashboards?
//!
//! On a cluster (by dashctl itself or by Helm) or as processes on this machine; then the same goes into its Grafana.

mod cluster;
mod fill;
mod helm;
mod local;
mod notes;
mod targets;

use std::path::PathBuf;
use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::json;

use super::import::ImportOptions;
use super::stack::{ClusterOptions, InstallOptions};
use super::{Error, Kind, Person, Source};
use crate::catalog::{BUNDLED, Wanted};
use crate::dashboard::FolderPath;
use crate::repository::DeclaredDataSource;
use crate::stack::Engine;
use crate::stack::local::Component;

/// The folder that the dashboards go to.
const FOLDER: &str = "Kubernetes";
/// Where the charts are unless the user says otherwise.
pub const PROMETHEUS_CHART: &str = "oci://ghcr.io/prometheus-community/charts/prometheus";
/// The same of Grafana's.
pub const GRAFANA_CHART: &str = "oci://ghcr.io/grafana-community/helm-charts/grafana";

/// How the stack comes up.
#[derive(Debug)]
pub struct UpOptions {
    /// Which cluster.
    pub cluster: ClusterOptions,
    /// How its objects are installed.
    pub install: InstallOptions,
    /// What the engine local takes besides.
    pub local: LocalOptions,
    /// Whether it only says what would be done.
    pub dry_run: bool,
    /// Whether it ends with how many panels have data.
    pub verify: bool,
    /// Where dashboards come from, where it isn't the repository.
    pub source: Option<Source>,
    /// Where Grafana can be reached from here; without it its port is forwarded.
    pub grafana_url: Option<url::Url>,
    /// The program helm, if it isn't on PATH.
    pub helm: Option<PathBuf>,
    /// The chart of Prometheus.
    pub prometheus_chart: String,
    /// The chart of Grafana.
    pub grafana_chart: String,
    /// Who is told and asked.
    pub person: Arc<dyn Person>,
    /// Ends when somebody asks for an end of it.
    pub stop: fn() -> BoxFuture<'static, ()>,
}

/// What only the engine local takes.
#[derive(Debug, Default)]
pub struct LocalOptions {
    /// An unpacked Grafana, where none is on PATH.
    pub grafana_home: Option<PathBuf>,
    /// Whether the sandbox may stand in where there is no Grafana.
    pub allow_sandbox: bool,
    /// Where components listen, instead of their usual ports.
    pub ports: Vec<(Component, u16)>,
    /// Where everything is kept, instead of the user's state folder.
    pub data: Option<PathBuf>,
    /// Whether it ends when everything is done.
    pub exit: bool,
}

/// How it ended, where it didn't fail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Finish {
    /// How bad it is that some of the work failed.
    pub failure: Option<Kind>,
    /// Whether something differs that was left as it is, or would be changed.
    pub differs: bool,
}

impl Finish {
    fn of(failure: Option<Kind>) -> Self {
        Self {
            failure,
            differs: false,
        }
    }

    fn differs_if(self, differs: bool) -> Self {
        Self {
            differs: self.differs || differs,
            ..self
        }
    }

    fn and(self, other: Self) -> Self {
        let denied = [self.failure, other.failure].contains(&Some(Kind::Denied));
        Self {
            failure: if denied {
                Some(Kind::Denied)
            } else {
                self.failure.or(other.failure)
            },
            differs: self.differs || other.differs,
        }
    }
}

/// Brings it up by an engine. On this machine it stays up until somebody asks for an end.
///
/// # Errors
///
/// What was found wrong before the first write, what isn't ready in time, or what Grafana refused.
pub async fn up(engine: Engine, options: &UpOptions) -> Result<Finish, Error> {
    match engine {
        Engine::Kubernetes => cluster::run(options).await,
        Engine::Helm => helm::run(options).await,
        Engine::Local => local::run(options).await,
    }
}

/// The import of the tutorial's seven dashboards.
pub fn the_seven(source: Option<Source>, dry_run: bool) -> ImportOptions {
    let wanted = |id| Wanted::Catalog { id, revision: None };
    ImportOptions {
        what: BUNDLED.iter().map(|edition| wanted(edition.id)).collect(),
        folder: Some(FolderPath::of([FOLDER])),
        source,
        dry_run,
        ..ImportOptions::default()
    }
}

/// The data source; its interval is the one at which Prometheus scrapes, which `$__rate_interval` stands on.
pub fn prometheus(url: &str, interval: &str) -> DeclaredDataSource {
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
