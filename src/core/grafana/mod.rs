//! How does dashctl talk to a Grafana?
//!
//! Callers ask a [`Grafana`] for dashboards, folders, data sources and history, never for paths or forms. Dashboards and
//! their history are had from [`apis`] where the server has it (12 and later), which alone tells in which form a dashboard
//! is stored, and from the legacy HTTP API elsewhere, which every version from 7.5 on serves and which serves the rest
//! everywhere. What differs between servers is probed ([`ApiInUse`], [`Capabilities`]), not guessed from a version string.
//! One transport sends everything: session, retries, errors and the count of requests live there.

mod api;
pub mod apis;
mod capabilities;
mod connection;
mod dashboards;
mod data_sources;
mod error;
mod folder;
mod folders;
mod history;
mod identity;
mod library;
mod live;
mod metadata;
mod namespace;
mod path;
mod plugins;
mod retry;
mod transport;

pub use api::{ApiChoice, ApiInUse};
pub use capabilities::Capabilities;
pub use connection::{Connection, Credentials, Secret, origin_of};
pub use dashboards::Hit;
pub use data_sources::{DataSource, DataSourceHealth};
pub use error::{Error, ErrorKind};
pub use folder::{Folder, FolderEdit, Folders};
pub use identity::{Health, Identity};
pub use library::{LibrarySave, LiveLibraryPanel};
pub use live::{Author, LiveDashboard, LiveRevision, Managed, Save, Saved, Version, VersionEntry};
pub use metadata::{Manager, Metadata};

use tokio::sync::OnceCell;
use transport::Transport;

/// A Grafana and the organisation in it that the credentials lead to.
#[derive(Debug)]
pub struct Grafana {
    transport: Transport,
    choice: ApiChoice,
    served: OnceCell<Result<apis::ServedApis, &'static str>>,
    capabilities: OnceCell<Capabilities>,
    namespace: OnceCell<String>,
}

impl Grafana {
    /// A client for `connection`. Nothing is sent before the first question.
    ///
    /// # Errors
    ///
    /// A certificate, key, header or URL of the connection that can't be used.
    pub fn new(connection: Connection) -> Result<Self, Error> {
        Ok(Self {
            choice: connection.api,
            served: OnceCell::new(),
            transport: Transport::new(connection)?,
            capabilities: OnceCell::new(),
            namespace: OnceCell::new(),
        })
    }

    /// The base URL, without a slash at its end.
    pub fn url(&self) -> &str {
        self.transport.base()
    }

    /// The origin of its URL: what credentials belong to.
    pub fn origin(&self) -> String {
        self.transport.origin()
    }

    /// How many requests were sent so far, retries included.
    pub fn requests(&self) -> usize {
        self.transport.requests()
    }

    /// Whether an answer has shown that this is dashctl's own sandbox, on a loopback address.
    ///
    /// # Errors
    ///
    /// The server can't be reached.
    pub async fn is_sandbox(&self) -> Result<bool, Error> {
        if !self.transport.is_loopback() {
            return Ok(false);
        }
        if !self.transport.has_answered() {
            self.health().await?;
        }
        Ok(self.transport.is_sandbox())
    }

    /// Ends the session, if there is one. Errors are of no interest to anybody any more.
    pub async fn close(&self) {
        self.transport.logout().await;
    }
}
