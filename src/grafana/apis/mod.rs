//! Grafana 12 and later by their own API: how are dashboards read, listed and written as objects, and who wrote them?
//!
//! [`Grafana::apis`] asks whether `/apis/dashboard.grafana.app` is served, and answers with [`Apis`] where it is: nothing is
//! guessed from a version string. What a caller gets is an [`Object`], in the form in which the server keeps it:
//!
//! * [`Apis::read`] and [`Apis::edition`]: one dashboard whole, now or at a resource version;
//! * [`Apis::list_metadata`]: everything about all dashboards but their content, a thirtieth of the bytes; [`Apis::list`] whole;
//! * [`Apis::history`]: every save with its message, newest first; an unchanged save can't take a message out of it;
//! * [`Apis::names_of`]: display names for `user:<uid>`, which viewers may ask as well;
//! * [`Apis::folders`] and their makers: nested, renamed and moved with everything else kept;
//! * [`Apis::create`], [`Apis::update`], [`Apis::delete`]: with the resource version that was read.
//!
//! Facts: recordings of 12.4.0 and 13.1. The **stored form** is the version that the newest of `managedFields` wrote.
//! `status.conversion.storedVersion` tells it too, but is kept with the object: after a legacy save over a dashboard of v2 a
//! server of 13.1 goes on telling v2, so it counts only where there are no such fields.

mod folders;
mod list;
mod object;
mod read;
mod who;
mod write;

pub use folders::FolderObject;
pub(super) use object::{LEGACY, is_v2};
pub use object::{Manager, Metadata, Object};
pub use write::Write;

use std::sync::OnceLock;

use serde::Deserialize;

use super::path::segment;
use super::{Error, Grafana};

const GROUP: &str = "/apis/dashboard.grafana.app";

/// The API of dashboards as objects, of one server.
#[derive(Debug, Clone)]
pub struct Apis<'g> {
    grafana: &'g Grafana,
    /// How the organisation is called there.
    namespace: String,
    /// The versions that are served, the preferred one first.
    versions: Vec<String>,
    /// The version of the folders' group, asked for at the first need.
    folders: OnceLock<String>,
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
    /// The API of objects, where this server has it.
    ///
    /// # Errors
    ///
    /// The server can't be reached or doesn't let us in; [`ErrorKind::NotAllowed`](super::ErrorKind::NotAllowed) where the
    /// token may use only the legacy API.
    pub async fn apis(&self) -> Result<Option<Apis<'_>>, Error> {
        let Some(group) = self.transport.find::<Group>(GROUP).await? else {
            return Ok(None);
        };
        let mut versions: Vec<String> = group.versions.into_iter().map(|served| served.version).collect();
        if let Some(preferred) = group.preferred_version {
            versions.retain(|version| *version != preferred.version);
            versions.insert(0, preferred.version);
        }
        if versions.is_empty() {
            return Ok(None);
        }
        Ok(Some(Apis {
            grafana: self,
            namespace: self.namespace().await?,
            versions,
            folders: OnceLock::new(),
        }))
    }
}

impl Apis<'_> {
    /// The versions that are served, the preferred one first.
    pub fn versions(&self) -> &[String] {
        &self.versions
    }

    fn serves(&self, version: &str) -> bool {
        self.versions.iter().any(|served| served == version)
    }

    fn preferred(&self) -> &str {
        self.versions.first().map_or("v1beta1", String::as_str)
    }

    fn path(&self, version: &str) -> String {
        dashboards(version, &self.namespace)
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
