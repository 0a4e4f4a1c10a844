//! Writing: with the resource version that was read, and with the rights and owners that were there.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use super::super::metadata::{FORM, Metadata, OWN, form_of, is_v2};
use super::super::path::segment;
use super::super::{Error, Managed};
use super::object::{Arrived, Object};
use super::{Apis, GROUP};

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
    /// What Grafana's pages say about where it comes from.
    pub managed: &'w Managed,
    /// The content.
    pub spec: &'w Value,
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
    pub async fn create(&self, write: &Write<'_>) -> Result<Object, Error> {
        let mut annotations = BTreeMap::new();
        annotations.insert("grafana.app/grant-permissions".to_owned(), "default".to_owned());
        say_where_from(&mut annotations, write.managed);
        let body = body(write, annotations, None);
        let path = self.path(write.version);
        let made: Arrived = self.grafana.transport.write(Method::POST, &path, Some(&body)).await?;
        Ok(made.into())
    }

    /// Writes over the dashboard that was read, whose annotations (a manager's, for instance) are kept.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`](super::super::ErrorKind::Conflict) where somebody has saved since; the server's others.
    pub async fn update(&self, write: &Write<'_>, read: &Metadata) -> Result<Object, Error> {
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
        let made: Arrived = self.grafana.transport.write(Method::PUT, &path, Some(&body)).await?;
        Ok(made.into())
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

fn body(write: &Write<'_>, mut annotations: BTreeMap<String, String>, resource_version: Option<&str>) -> Value {
    for (key, text) in [
        ("grafana.app/folder", write.folder),
        ("grafana.app/message", write.message),
    ] {
        match text.is_empty() {
            true => annotations.remove(key),
            false => annotations.insert(key.to_owned(), text.to_owned()),
        };
    }
    let group = GROUP.trim_start_matches("/apis/");
    let mut metadata = json!({ "name": write.name, "annotations": annotations });
    if let Some(read) = resource_version {
        metadata["resourceVersion"] = json!(read);
    }
    json!({
        "apiVersion": format!("{group}/{}", write.version),
        "kind": "Dashboard",
        "metadata": metadata,
        "spec": write.spec,
    })
}
