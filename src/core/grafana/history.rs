use serde_json::Value;

use super::live::{Author, LiveDashboard, Version, VersionEntry};
use super::path::segment;
use super::{Error, Grafana};
use crate::dashboard::Document;

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
            Some(apis) => apis.version(live, uid, entry).await,
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
