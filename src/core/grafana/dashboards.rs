use std::collections::HashSet;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::live::{LiveDashboard, LiveRevision, Save, Saved};
use super::path::segment;
use super::transport::Allowance;
use super::{Error, ErrorKind, Grafana};
use crate::dashboard::{Document, Text, Unreadable};

/// The most hits that a server gives in one page (9.4 refuses more with 422).
const PAGE: usize = 5000;

/// One hit of a search.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hit {
    /// The dashboard's uid.
    pub uid: String,
    /// Its title.
    pub title: String,
    /// The page to look at it.
    #[serde(default)]
    pub url: String,
    /// The uid of its folder; empty for General.
    #[serde(default)]
    pub folder_uid: String,
    /// The title of its folder; empty for General.
    #[serde(default)]
    pub folder_title: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
}

impl Grafana {
    /// The dashboard with this uid, or `None`.
    ///
    /// # Errors
    ///
    /// Not allowed, an answer that is no dashboard, or the server can't be reached.
    pub async fn dashboard(&self, uid: &str) -> Result<Option<LiveDashboard>, Error> {
        match self.apis().await? {
            Some(apis) => apis.dashboard(uid).await,
            None => self.legacy_dashboard(uid).await,
        }
    }

    async fn legacy_dashboard(&self, uid: &str) -> Result<Option<LiveDashboard>, Error> {
        let path = format!("/api/dashboards/uid/{}", segment(uid));
        let Some(found) = self.transport.find::<Map<String, Value>>(&path).await? else {
            return Ok(None);
        };
        let no_dashboard = || Error::foreign(&format!("GET {path}"), "the answer holds no dashboard");
        // Servers that store other forms say at which version they answer, and give a lossy rendering without saying so.
        let converts = found.get("meta").and_then(|meta| meta.get("apiVersion")).is_some();
        let mut live = live(found).ok_or_else(no_dashboard)?;
        if converts && let Some(stored) = self.stored_beyond_legacy(uid).await? {
            live.document = Err(Unreadable {
                title: live.title().to_owned(),
                why: "the legacy API can't give".to_owned(),
                stored,
            });
        }
        Ok(Some(live))
    }

    /// Every dashboard that the credentials may see: one request per 5,000.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn dashboards(&self) -> Result<Vec<Hit>, Error> {
        let mut hits: Vec<Hit> = Vec::new();
        let mut seen = HashSet::new();
        let mut allowance = Allowance::default();
        for page in 1.. {
            let path = format!("/api/search?type=dash-db&limit={PAGE}&page={page}");
            let found: Vec<Hit> = self.transport.get_page(&path, None, &mut allowance).await?;
            let full = found.len() >= PAGE;
            // Rows move between pages while somebody edits.
            hits.extend(found.into_iter().filter(|hit| seen.insert(hit.uid.clone())));
            if !full {
                break;
            }
        }
        Ok(hits)
    }

    /// Saves a dashboard, never over a version other than the one that was read.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] when somebody else saved in the meantime or the title is taken; not allowed; an
    /// ambiguous failure ([`Error::is_ambiguous`]) after which the dashboard must be read before anything else.
    pub async fn save(&self, save: &Save<'_>) -> Result<Saved, Error> {
        match self.apis().await? {
            Some(apis) => apis.save(save).await,
            None => self.legacy_save(save).await,
        }
    }

    async fn legacy_save(&self, save: &Save<'_>) -> Result<Saved, Error> {
        let path = "/api/dashboards/db";
        let dashboard = save.dashboard.classic().map_err(|_| {
            Error::settings("a dashboard in the v2 form can only be written where Grafana 12 or later serves /apis")
        })?;
        self.transport
            .write(Method::POST, path, &Request::new(dashboard, save))
            .await
    }

    /// Deletes the dashboard with this uid; one that isn't there is deleted already.
    ///
    /// # Errors
    ///
    /// Not allowed, provisioned, or the server can't be reached.
    pub async fn delete_dashboard(&self, uid: &str) -> Result<(), Error> {
        let deleted = match self.apis().await? {
            Some(apis) => apis.delete(uid).await,
            None => {
                let path = format!("/api/dashboards/uid/{}", segment(uid));
                self.transport.delete(&path).await
            }
        };
        match deleted {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == &ErrorKind::NotFound => Ok(()),
            // The answer got lost: what is gone was deleted.
            Err(error) if error.is_ambiguous() && matches!(self.dashboard(uid).await, Ok(None)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The body of a save. Both forms of the folder are sent: 7.5 knows only the number, later servers prefer the uid.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'s> {
    dashboard: Sent<'s>,
    folder_uid: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder_id: Option<u64>,
    message: &'s str,
    overwrite: bool,
}

/// The dashboard, with the version that was read: a save over any other is a conflict.
#[derive(Serialize)]
struct Sent<'s> {
    #[serde(flatten)]
    content: Text<'s>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
}

impl<'s> Request<'s> {
    fn new(dashboard: &'s Value, save: &'s Save<'_>) -> Self {
        Self {
            dashboard: Sent {
                content: Text::of(dashboard).without(&["id", "version"]),
                version: save.read.map(|read| read.version),
            },
            folder_uid: &save.folder.uid,
            folder_id: save.folder.id,
            message: save.message,
            overwrite: false,
        }
    }
}

fn live(mut answer: Map<String, Value>) -> Option<LiveDashboard> {
    let dashboard = answer.remove("dashboard").filter(Value::is_object)?;
    let meta = answer.remove("meta").unwrap_or_default();
    let text = |key: &str| meta.get(key).and_then(Value::as_str).unwrap_or_default();
    Some(LiveDashboard {
        revision: LiveRevision::numbered(dashboard.get("version").and_then(Value::as_u64).unwrap_or(0)),
        id: dashboard.get("id").and_then(Value::as_u64),
        folder_uid: folder_uid(&meta),
        folder_title: text("folderTitle").to_owned(),
        url: text("url").to_owned(),
        updated_by: text("updatedBy").to_owned(),
        updated: text("updated").to_owned(),
        foreign: foreign(&meta),
        document: match dashboard.get("elements").is_some_and(Value::is_object) {
            true => Err(Unreadable {
                stored: text("apiVersion").to_owned(),
                title: crate::dashboard::title(&dashboard).to_owned(),
                why: "the legacy API can't give".to_owned(),
            }),
            false => Ok(Document::Classic(dashboard)),
        },
    })
}

/// 7.5 tells the folder's uid only in its URL, `/dashboards/f/<uid>/<slug>`.
fn folder_uid(meta: &Value) -> String {
    let text = |key: &str| meta.get(key).and_then(Value::as_str);
    let uid = match text("folderUid") {
        Some(uid) => uid,
        None => text("folderUrl")
            .and_then(|url| url.split("/f/").nth(1)?.split('/').next())
            .unwrap_or(""),
    };
    // "general" is how some versions write the root.
    if uid == "general" {
        String::new()
    } else {
        uid.to_owned()
    }
}

/// 7.5 lets a provisioned dashboard be saved over, and the file wins at the next restart: we refuse by ourselves.
fn foreign(meta: &Value) -> Option<String> {
    if meta.get("provisioned").and_then(Value::as_bool) == Some(true) {
        let file = meta
            .get("provisionedExternalId")
            .and_then(Value::as_str)
            .unwrap_or("a file");
        return Some(format!("provisioned from {file}"));
    }
    let annotations = meta.get("annotations").unwrap_or(meta);
    let manager = ["grafana.app/managedBy", "managedBy"]
        .iter()
        .find_map(|key| annotations.get(key).and_then(Value::as_str))
        .filter(|manager| !manager.is_empty());
    manager.map(|manager| format!("managed by {manager}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    use crate::grafana::{Folder, Managed};

    fn folder() -> Folder {
        Folder {
            uid: "k8s".into(),
            id: Some(2),
            title: "Kubernetes".into(),
            parent: None,
        }
    }

    #[test]
    fn a_save_says_version_and_folder_and_never_overwrites() {
        let dashboard = json!({"id": 7, "uid": "a", "title": "A", "version": 99});
        let save = Save {
            dashboard: &Document::Classic(Value::Null),
            folder: &folder(),
            read: Some(&LiveRevision::numbered(3)),
            managed: &Managed::AsBefore,
            message: "m",
            note: "",
        };
        let body = serde_json::to_value(Request::new(&dashboard, &save)).unwrap();
        assert_eq!(
            body,
            json!({"dashboard": {"uid": "a", "title": "A", "version": 3}, "folderUid": "k8s", "message": "m",
                   "overwrite": false, "folderId": 2})
        );
    }

    #[test]
    fn a_first_save_carries_no_version_so_that_it_fails_where_something_is_there() {
        let dashboard = json!({"uid": "a", "title": "A", "version": 99});
        let save = Save {
            dashboard: &Document::Classic(Value::Null),
            folder: &folder(),
            read: None,
            managed: &Managed::AsBefore,
            message: "",
            note: "",
        };
        let body = serde_json::to_value(Request::new(&dashboard, &save)).unwrap();
        assert_eq!(body["dashboard"].get("version"), None);
    }

    #[test]
    fn the_folder_is_found_in_every_versions_answer() {
        assert_eq!(
            folder_uid(&json!({"folderId": 2, "folderUrl": "/dashboards/f/k8s/kubernetes"})),
            "k8s"
        );
        assert_eq!(folder_uid(&json!({"folderUid": "k8s", "folderUrl": "/x"})), "k8s");
        assert_eq!(folder_uid(&json!({"folderUid": "", "folderUrl": ""})), "");
        assert_eq!(folder_uid(&json!({"folderUid": "general"})), "");
    }

    #[test]
    fn provisioned_and_managed_dashboards_are_foreign() {
        let provisioned = json!({"provisioned": true, "provisionedExternalId": "p.json"});
        assert_eq!(foreign(&provisioned).as_deref(), Some("provisioned from p.json"));
        assert_eq!(
            foreign(&json!({"provisioned": false, "provisionedExternalId": ""})),
            None
        );
    }
}
