//! What the store keeps, one type per kind of row.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Body;
use crate::sandbox::Role;
use crate::sandbox::secrets::hash;

/// The author of what no user did: a key or the provisioning.
pub const NOBODY: i64 = -1;

/// A dashboard or a folder: Grafana keeps both in one table, with one sequence of ids and one set of uids.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Dashboard {
    pub id: i64,
    pub uid: String,
    pub title: String,
    pub slug: String,
    /// The id of its folder, 0 at the root.
    pub folder: i64,
    pub is_folder: bool,
    pub version: i64,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub created_by: i64,
    pub updated_by: i64,
    pub tags: Vec<String>,
    /// The uids of the library panels in it.
    pub library: Vec<String>,
    /// The file it was provisioned from, relative to the provisioned folder.
    pub provisioned: Option<String>,
    /// The plugin that it belongs to, when it was imported for one.
    pub plugin: String,
    /// The text of the newest version; the journal has it there.
    #[serde(skip)]
    pub body: Arc<Body>,
}

impl Dashboard {
    /// Where a browser finds it.
    pub fn url(&self) -> String {
        let kind = if self.is_folder { "dashboards/f" } else { "d" };
        format!("/{kind}/{}/{}", self.uid, self.slug)
    }
}

/// One entry of a dashboard's history.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Edition {
    pub id: i64,
    pub dashboard: i64,
    pub version: i64,
    pub parent: i64,
    pub restored_from: i64,
    pub created: Timestamp,
    pub created_by: i64,
    pub message: String,
    pub uid: String,
    /// The `id` as JSON text that the stored data has, if it has one: a dashboard saved for the first time has none.
    pub stored_id: Option<String>,
    #[serde(with = "shared")]
    pub body: Arc<Body>,
    /// What it is as an object of `/apis`, from 12 on.
    #[serde(default)]
    pub object: Object,
}

impl Edition {
    /// Where it stands in the history: by its version, and from 12 on, where one version may be saved twice, by its
    /// resource version.
    pub fn order(&self) -> i64 {
        match self.object.resource_version {
            0 => self.version,
            resource_version => resource_version,
        }
    }
}

/// What an edition is as an object of `/apis`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Object {
    /// The version of the API that it is stored in, such as `v0alpha1`.
    pub stored: String,
    /// The version that its status goes on telling, whatever wrote it since.
    pub told: Option<String>,
    /// Who wrote it, as managed fields name it.
    #[serde(default)]
    pub manager: String,
    /// What the writer put beside it: message, folder, manager.
    pub annotations: BTreeMap<String, String>,
    /// 0 where there are no objects.
    pub resource_version: i64,
    /// One for all editions.
    pub uid: String,
    /// Whether editors may edit and viewers view it outside of folders.
    pub granted: bool,
}

/// What was deleted, as servers with objects keep it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Trashed {
    pub dashboard: Dashboard,
    /// Its newest edition.
    pub edition: Edition,
    pub deleted: Timestamp,
    pub deleted_by: i64,
    pub resource_version: i64,
}

/// A data source.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Source {
    pub id: i64,
    pub uid: String,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub access: String,
    pub url: String,
    pub user: String,
    pub database: String,
    pub basic_auth: bool,
    pub basic_auth_user: String,
    pub with_credentials: bool,
    pub is_default: bool,
    pub json: Map<String, Value>,
    /// Never answered, only used to reach the data source.
    pub secrets: Map<String, Value>,
    pub version: i64,
}

/// A user or a service account: they share one sequence of ids.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    pub id: i64,
    pub login: String,
    pub name: String,
    pub role: Role,
    /// The salted hash of the password; a service account has none.
    pub password: Option<String>,
    pub disabled: bool,
    pub created: Timestamp,
}

impl Account {
    /// The uid that objects name it by.
    pub fn uid(&self) -> String {
        hash(&format!("{}/{}", self.id, self.login))[..14].to_owned()
    }

    /// Whether this is a service account.
    pub fn is_service(&self) -> bool {
        self.password.is_none()
    }
}

/// An API key or the token of a service account: they share one sequence of ids.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Key {
    pub id: i64,
    pub name: String,
    pub role: Role,
    pub hash: String,
    /// The service account it belongs to.
    pub account: Option<i64>,
    pub created: Timestamp,
    pub expires: Option<Timestamp>,
}

/// A user who logged in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    pub hash: String,
    pub account: i64,
}

/// A library panel.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Element {
    pub id: i64,
    pub uid: String,
    pub name: String,
    pub kind: i64,
    pub folder: i64,
    pub model: Map<String, Value>,
    pub version: i64,
    pub created: Timestamp,
    pub updated: Timestamp,
    pub created_by: i64,
    pub updated_by: i64,
}

/// An alert rule, kept as it was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rule {
    pub id: i64,
    pub uid: String,
    pub folder_uid: String,
    pub rule: Map<String, Value>,
}

/// Writes a shared body as itself.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Body;

    pub fn serialize<S: Serializer>(body: &Arc<Body>, serializer: S) -> Result<S::Ok, S::Error> {
        (**body).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Body>, D::Error> {
        Body::deserialize(deserializer).map(Arc::new)
    }
}
