//! Writing: with the resource version that was read, and with the rights and owners that were there.

use std::collections::BTreeMap;

use reqwest::Method;
use serde::{Deserialize, Serialize};

use super::super::metadata::{FORM, Metadata, NOTE, OWN, form_of, is_v2};
use super::super::path::segment;
use super::super::{Error, Managed};
use super::{Apis, GROUP};
use crate::dashboard::Text;

/// What the server writes itself; the rest is a writer's, and gone where a write doesn't send it again.
const SERVERS: [&str; 3] = ["createdBy", "updatedBy", "updatedTimestamp"];

/// A dashboard to be written.
#[derive(Debug, Clone)]
pub struct Write<'w> {
    /// The version whose form the content has.
    pub version: &'w str,
    /// The dashboard's uid.
    pub name: &'w str,
    /// The uid of its folder; `""` is the root.
    pub folder: &'w str,
    /// The message of the save.
    pub message: &'w str,
    /// What stays beside the content when others save over it.
    pub note: &'w str,
    /// What Grafana's pages say about where it comes from.
    pub managed: &'w Managed,
    /// The content.
    pub spec: Text<'w>,
}

/// What says who manages a dashboard.
const MANAGER: [&str; 5] = [
    "managedBy",
    "managerId",
    "managerAllowsEdits",
    "sourcePath",
    "sourceChecksum",
];

impl Apis<'_> {
    /// Makes a dashboard, with the rights that the legacy API gives: editors edit, viewers view. Without that annotation only
    /// administrators would see it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`](super::super::ErrorKind::Conflict) where it is there already; the server's others.
    pub async fn create(&self, write: &Write<'_>) -> Result<Metadata, Error> {
        let mut annotations = BTreeMap::new();
        annotations.insert("grafana.app/grant-permissions".to_owned(), "default".to_owned());
        say_where_from(&mut annotations, write.managed);
        let body = body(write, annotations, None);
        let path = self.path(write.version);
        let made: Made = self.grafana.transport.write(Method::POST, &path, &body).await?;
        Ok(made.metadata)
    }

    /// Writes over the dashboard that was read, whose annotations (a manager's, for instance) are kept.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`](super::super::ErrorKind::Conflict) where somebody has saved since; the server's others.
    pub async fn update(&self, write: &Write<'_>, read: &Metadata) -> Result<Metadata, Error> {
        let mut annotations = read.annotations.clone();
        annotations.retain(|key, _| {
            let own = key.strip_prefix("grafana.app/").unwrap_or(key);
            !SERVERS.contains(&own) && own != "saved-from-ui" && key != FORM
        });
        if read.manager().is_none_or(|manager| manager.is_dashctl()) {
            say_where_from(&mut annotations, write.managed);
        }
        if is_v2(write.version) {
            annotations.insert(FORM.to_owned(), form_of(read.generation + 1));
        }
        let body = body(write, annotations, Some(&read.resource_version));
        let path = format!("{}/{}", self.path(write.version), segment(write.name));
        let made: Made = self.grafana.transport.write(Method::PUT, &path, &body).await?;
        Ok(made.metadata)
    }

    /// Deletes a dashboard.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn delete(&self, name: &str) -> Result<(), Error> {
        let path = format!("{}/{}", self.path(self.preferred()), segment(name));
        self.grafana.transport.delete(&path).await
    }
}

/// Says that dashctl manages it, or no longer says so.
fn say_where_from(annotations: &mut BTreeMap<String, String>, managed: &Managed) {
    let values = match managed {
        Managed::AsBefore => return,
        Managed::Not => None,
        Managed::From {
            repository,
            path,
            checksum,
        } => Some([
            "kubectl".to_owned(),
            format!("{OWN}{repository}"),
            // Who saves in a page is told as drift; nobody is kept from it.
            "true".to_owned(),
            path.clone(),
            checksum.clone(),
        ]),
    };
    let mut values = values.into_iter().flatten();
    for key in MANAGER {
        let key = format!("grafana.app/{key}");
        match values.next() {
            Some(value) => drop(annotations.insert(key, value)),
            None => drop(annotations.remove(&key)),
        }
    }
}

/// A dashboard's object as it is sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent<'s> {
    api_version: String,
    kind: &'static str,
    metadata: SentMetadata<'s>,
    spec: Text<'s>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SentMetadata<'s> {
    name: &'s str,
    annotations: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_version: Option<&'s str>,
}

/// What is read of the answer to a write: the content is what was sent.
#[derive(Deserialize)]
struct Made {
    #[serde(default)]
    metadata: Metadata,
}

fn body<'s>(
    write: &Write<'s>,
    mut annotations: BTreeMap<String, String>,
    resource_version: Option<&'s str>,
) -> Sent<'s> {
    for (key, text) in [
        ("grafana.app/folder", write.folder),
        ("grafana.app/message", write.message),
        (NOTE, write.note),
    ] {
        match text.is_empty() {
            true => annotations.remove(key),
            false => annotations.insert(key.to_owned(), text.to_owned()),
        };
    }
    let group = GROUP.trim_start_matches("/apis/");
    Sent {
        api_version: format!("{group}/{}", write.version),
        kind: "Dashboard",
        metadata: SentMetadata {
            name: write.name,
            annotations,
            resource_version,
        },
        spec: write.spec,
    }
}
