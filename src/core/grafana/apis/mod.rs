//! Grafana 12 and later by their own API: how are dashboards read, listed and written as objects, and who wrote them?
//!
//! [`Grafana::apis`] asks once whether `/apis/dashboard.grafana.app` is served, and answers with [`Apis`] where it is: nothing
//! is guessed from a version string. [`Grafana`]'s own questions about dashboards are answered by it then (`live.rs`). What
//! it deals in is an [`Object`], in the form in which the server keeps it:
//!
//! * [`Apis::read`] and [`Apis::edition`]: one dashboard whole, now or at a resource version;
//! * [`Apis::dashboard_pages`]: all dashboards page by page, each page with everything but the contents, or whole;
//! * [`Apis::history`]: every save with its message, newest first; an unchanged save can't take a message out of it;
//! * [`Apis::names_of`]: display names for `user:<uid>`, which viewers may ask as well;
//! * `folder_apis`: nested folders in one list, made, renamed and moved with everything else kept;
//! * [`Apis::create`], [`Apis::update`], [`Apis::delete`]: with the resource version that was read.
//!
//! Facts: recordings of 12.4.0 and 13.1, and their source. **The stored form** is nowhere told for certain.
//! `status.conversion.storedVersion` is what the first conversion found, and every update keeps it
//! (`pkg/apiserver/registry/generic/strategy.go`, `apps/dashboard/pkg/migration/conversion/conversion.go`); `managedFields` are
//! not brought up to date by a save of v2. But an object that is read in the form in which it is stored, and was never written
//! in another, has no such status; and what the last save was has left traces ([`Object`]'s `is_stored_as_v2`).

mod folders;
mod list;
mod live;
mod object;
mod read;
mod who;
mod write;

pub use list::{DashboardPage, DashboardPages, Extent, Listed, Place, Unread};
use object::LEGACY;
pub use object::Object;
pub use write::Write;

use std::collections::BTreeMap;

use serde::Deserialize;
use tokio::sync::{Mutex, OnceCell};

use super::path::segment;
use super::{Error, ErrorKind, Grafana};

const GROUP: &str = "/apis/dashboard.grafana.app";
/// Why it isn't used, where it may be there all the same.
pub(super) const FORBIDDEN: &str = "the credentials may not use /apis/dashboard.grafana.app";
pub(super) const FOREIGN: &str = "/apis/dashboard.grafana.app doesn't answer as Grafana does";
/// A server that serves one of these keeps its dashboards there.
const MATURE: [&str; 4] = ["v1beta1", "v1", "v2beta1", "v2"];

/// The API of dashboards as objects, of one server.
#[derive(Debug, Clone, Copy)]
pub struct Apis<'g> {
    grafana: &'g Grafana,
    served: &'g ServedApis,
}

/// What is known of a server's API of objects.
#[derive(Debug)]
pub struct ServedApis {
    /// How the organisation is called there.
    namespace: String,
    /// The versions that are served, the preferred one first.
    versions: Vec<String>,
    /// The version of the folders' group, where it is served; asked for at the first need.
    folders: OnceCell<Option<String>>,
    /// The display names of authors, as far as they were asked for.
    names: Mutex<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    #[serde(default)]
    versions: Vec<Served>,
    preferred_version: Option<Served>,
}

#[derive(Deserialize)]
struct Served {
    version: String,
}

impl Grafana {
    /// The API of objects, where this server has it and it is to be used: asked once.
    ///
    /// # Errors
    ///
    /// The server can't be reached or doesn't let us in; with [`ApiChoice::Apis`](super::ApiChoice), that it isn't served.
    pub async fn apis(&self) -> Result<Option<Apis<'_>>, Error> {
        let served = self.api().await?.ok();
        Ok(served.map(|served| Apis { grafana: self, served }))
    }

    /// What this server serves of the API of objects, or why that is not to be used: asked once.
    pub(super) async fn served_apis(&self) -> Result<Result<&ServedApis, &'static str>, Error> {
        let served = self.served.get_or_try_init(|| self.discover_apis()).await?;
        Ok(served.as_ref().map_err(|why| *why))
    }

    async fn discover_apis(&self) -> Result<Result<ServedApis, &'static str>, Error> {
        let group = match self.transport.find::<Group>(GROUP).await {
            Ok(Some(group)) => group,
            Ok(None) => return Ok(Err("this server has no /apis/dashboard.grafana.app")),
            // A proxy, or rights, may stand before it: the legacy API says whether anything works.
            Err(error) if error.kind() == &ErrorKind::NotAllowed => {
                return Ok(Err(FORBIDDEN));
            }
            Err(error) if error.kind() == &ErrorKind::Foreign => {
                return Ok(Err(FOREIGN));
            }
            // The path is nobody's business: any other would have ended the same.
            Err(error) => return Err(error.of_any_request()),
        };
        let mut versions: Vec<String> = group.versions.into_iter().map(|served| served.version).collect();
        if let Some(preferred) = group.preferred_version {
            versions.retain(|version| *version != preferred.version);
            versions.insert(0, preferred.version);
        }
        // 11 serves experiments, whose history and conversions are others.
        if !versions.iter().any(|version| MATURE.contains(&version.as_str())) {
            return Ok(Err("this server's /apis/dashboard.grafana.app is an experiment"));
        }
        Ok(Ok(ServedApis {
            namespace: self.namespace().await?,
            versions,
            folders: OnceCell::new(),
            names: Mutex::default(),
        }))
    }
}

impl ServedApis {
    /// The versions that are served, the preferred one first.
    pub fn versions(&self) -> &[String] {
        &self.versions
    }
}

impl Apis<'_> {
    fn serves(&self, version: &str) -> bool {
        self.served.versions.iter().any(|served| served == version)
    }

    fn preferred(&self) -> &str {
        self.served.versions.first().map_or("v1beta1", String::as_str)
    }

    /// The version that gives a classic dashboard as it is stored.
    fn classic(&self) -> &str {
        match self.serves(LEGACY) {
            true => LEGACY,
            false => self.preferred(),
        }
    }

    fn path(&self, version: &str) -> String {
        dashboards(version, &self.served.namespace)
    }
}

/// Where the dashboards of an organisation are.
fn dashboards(version: &str, namespace: &str) -> String {
    format!(
        "{GROUP}/{}/namespaces/{}/dashboards",
        segment(version),
        segment(namespace)
    )
}

#[cfg(test)]
mod tests;
