//! Where do dashboards come from?
//!
//! One trait, [`Catalog`], and four sources: grafana.com's API, a Grafana's `/api/gnet` proxy (for machines that reach
//! only their Grafana), a mirror folder (`vendor/` of any repository is one), and the editions that the binary
//! carries. Whatever the source, a download is checked to be a dashboard before anybody uses it. This room knows
//! nothing of Grafana's own API: the proxy is asked through [`Fetch`].

mod bundled;
mod cache;
mod checksum;
mod error;
mod fetch;
mod grafana_com;
mod mirror;
mod revision;
mod wanted;

pub use bundled::{BUNDLED, Bundled, DRIFT, Edition};
pub use cache::Cache;
pub use checksum::Sha256;
pub use error::Error;
pub use fetch::{Answer, Fetch, Web};
pub use grafana_com::{GrafanaCom, Query, Summary};
pub use mirror::Mirror;
pub use revision::Revision;
pub use wanted::{Wanted, WantedError};

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::dashboard::Document;

/// A source of dashboards by id and revision.
pub trait Catalog: Send + Sync {
    /// How the source is called in messages and locks: `grafana.com`, `bundled`, …
    fn name(&self) -> &str;

    /// The newest revision of a dashboard.
    fn newest(&self, id: u32) -> BoxFuture<'_, Result<Revision, Error>>;

    /// What the source says of a dashboard besides its revisions.
    fn about(&self, id: u32) -> BoxFuture<'_, Result<About, Error>> {
        let newest = self.newest(id);
        async move {
            Ok(About {
                newest: newest.await?,
                downloads: None,
                updated: None,
            })
        }
        .boxed()
    }

    /// The bytes of one revision, as the source has them.
    fn download(&self, id: u32, revision: Revision) -> BoxFuture<'_, Result<Vec<u8>, Error>>;
}

/// What a catalog says of a dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Its newest revision.
    pub newest: Revision,
    /// How often it was downloaded, where the catalog counts.
    pub downloads: Option<u64>,
    /// When it was updated last (RFC 3339), where the catalog says so.
    pub updated: Option<String>,
}

/// One revision of a catalog dashboard, checked to be one.
#[derive(Debug, Clone, PartialEq)]
pub struct Pristine {
    /// The catalog's id.
    pub id: u32,
    /// The revision.
    pub revision: Revision,
    /// The exact bytes that the catalog served.
    pub bytes: Vec<u8>,
    /// Their checksum.
    pub sha256: Sha256,
    /// The dashboard that they hold.
    pub dashboard: Document,
}

impl Pristine {
    /// Checks that `bytes` are a dashboard.
    ///
    /// # Errors
    ///
    /// What they are instead.
    pub fn check(id: u32, revision: Revision, bytes: Vec<u8>) -> Result<Self, Error> {
        let dashboard = crate::dashboard::parse(&bytes).map_err(|source| Error::NotADashboard {
            what: format!("dashboard {id} revision {revision}"),
            source,
        })?;
        Ok(Self {
            id,
            revision,
            sha256: Sha256::of(&bytes),
            bytes,
            dashboard,
        })
    }
}

/// Downloads a revision and checks it.
///
/// # Errors
///
/// The source doesn't have it, can't be reached, or serves something else than a dashboard.
pub async fn fetch(catalog: &dyn Catalog, id: u32, revision: Revision) -> Result<Pristine, Error> {
    Pristine::check(id, revision, catalog.download(id, revision).await?)
}
