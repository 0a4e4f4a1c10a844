use serde::Deserialize;
use serde_json::Value;

use super::apis::Metadata;
use super::path::segment;
use super::{Error, Grafana, LiveDashboard};
use crate::dashboard::Document;

/// Who saved a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// A user, by login name.
    User(String),
    /// A key or token: Grafana says "Anonymous".
    Token,
    /// The list gave only a number; the single version has the name.
    Unknown,
}

impl std::fmt::Display for Author {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(login) => f.write_str(login),
            Self::Token => f.write_str("a token"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// One line of a dashboard's list of versions.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionEntry {
    /// The version's number.
    pub version: u64,
    /// The version that it was made from.
    #[serde(default)]
    pub parent_version: u64,
    /// The version whose content it restored, 0 for none.
    #[serde(default)]
    pub restored_from: u64,
    /// When it was saved (RFC 3339).
    #[serde(default)]
    pub created: String,
    /// The message; the legacy API has "Initial save" for version 1, whatever was sent.
    #[serde(default)]
    pub message: String,
    /// What stands beside this version, where the server has objects.
    #[serde(skip)]
    pub object: Option<Box<Metadata>>,
}

/// One version of a dashboard, whole.
#[derive(Debug, Clone)]
pub struct Version {
    /// The version's number.
    pub version: u64,
    /// When it was saved (RFC 3339).
    pub created: String,
    /// Who saved it.
    pub author: Author,
    /// The message that was really sent.
    pub message: String,
    /// The dashboard, in the form in which it was stored.
    pub dashboard: Document,
}

impl Grafana {
    /// The versions that the server has kept, newest first.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotAllowed`](super::ErrorKind::NotAllowed) for viewers where there is only the legacy API: history needs
    /// the right to save there.
    pub async fn versions(&self, live: &LiveDashboard, uid: &str) -> Result<Vec<VersionEntry>, Error> {
        match self.apis().await? {
            Some(apis) => apis.versions(uid).await,
            None => self.legacy_versions(live, uid).await,
        }
    }

    async fn legacy_versions(&self, live: &LiveDashboard, uid: &str) -> Result<Vec<VersionEntry>, Error> {
        let path = format!("{}?limit=1000", self.history_path(live, uid).await?);
        let list = match self.transport.get(&path).await? {
            // 11.6 and later wrap the list.
            Value::Object(mut wrapped) => wrapped.remove("versions").unwrap_or_default(),
            bare => bare,
        };
        let mut versions: Vec<VersionEntry> = serde_json::from_value(list)
            .map_err(|_| Error::foreign(&format!("GET {path}"), "the answer is no list of versions"))?;
        versions.sort_by_key(|entry| std::cmp::Reverse(entry.version));
        Ok(versions)
    }

    /// One version, whole, with its author and its real message.
    ///
    /// # Errors
    ///
    /// Not allowed, not kept any more, or the server can't be reached.
    pub async fn version(&self, live: &LiveDashboard, uid: &str, entry: &VersionEntry) -> Result<Version, Error> {
        match self.apis().await? {
            Some(apis) => apis.version(uid, entry).await,
            None => self.legacy_version(live, uid, entry.version).await,
        }
    }

    async fn legacy_version(&self, live: &LiveDashboard, uid: &str, version: u64) -> Result<Version, Error> {
        let path = format!("{}/{version}", self.history_path(live, uid).await?);
        let mut found: Value = self.transport.get(&path).await?;
        let text = |key: &str| found.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (created, message) = (text("created"), text("message"));
        let author = author(found.get("createdBy"));
        let dashboard = found.get_mut("data").map(Value::take).filter(Value::is_object);
        Ok(Version {
            version,
            created,
            author,
            message,
            dashboard: dashboard
                .map(Document::Classic)
                .ok_or_else(|| Error::foreign(&format!("GET {path}"), "the answer holds no version of a dashboard"))?,
        })
    }

    async fn history_path(&self, live: &LiveDashboard, uid: &str) -> Result<String, Error> {
        match live.id {
            Some(id) if !self.capabilities().await?.uid_routes => Ok(format!("/api/dashboards/id/{id}/versions")),
            _ => Ok(format!("/api/dashboards/uid/{}/versions", segment(uid))),
        }
    }
}

/// Authors are logins in single versions, and numbers or logins in lists.
fn author(created_by: Option<&Value>) -> Author {
    match created_by {
        Some(Value::String(login)) if login.is_empty() || login == "Anonymous" => Author::Token,
        Some(Value::String(login)) => Author::User(login.clone()),
        _ => Author::Unknown,
    }
}
