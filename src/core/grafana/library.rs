use std::collections::BTreeSet;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::path::segment;
use super::transport::Allowance;
use super::{Error, ErrorKind, Folder, Grafana, Hit};
use crate::dashboard::LibraryPanel;

/// A library panel as the server has it now.
#[derive(Debug, Clone, PartialEq)]
pub struct LiveLibraryPanel {
    /// The panel.
    pub panel: LibraryPanel,
    /// What a save sends back.
    pub version: u64,
    /// The uid of its folder; `""` is General.
    pub folder_uid: String,
    /// The title of its folder.
    pub folder_title: String,
    /// Who saved it last.
    pub updated_by: String,
    /// When it was saved last (RFC 3339).
    pub updated: String,
}

/// A library panel to save.
#[derive(Debug, Clone, Copy)]
pub struct LibrarySave<'a> {
    /// Its uid.
    pub uid: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The panel itself.
    pub model: &'a Value,
    /// Where it goes: always said, since a save without a folder may move it to General.
    pub folder: &'a Folder,
    /// The version that was read, `None` when there was none: the save fails if another one is there by now.
    pub read: Option<u64>,
}

/// So many are listed at once.
const PAGE: usize = 100;

#[derive(Deserialize)]
struct Answer<T> {
    result: T,
}

#[derive(Deserialize)]
struct Listed {
    elements: Vec<Value>,
}

/// A dashboard that uses a library panel: by its number, and from 10 on by its uid as well.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Connection {
    connection_id: u64,
    #[serde(default)]
    connection_uid: String,
}

fn path(uid: &str) -> String {
    format!("/api/library-elements/{}", segment(uid))
}

impl Grafana {
    /// Whether a library panel exists. `None` where the server has no library (before 8.0).
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn has_library_panel(&self, uid: &str) -> Result<Option<bool>, Error> {
        match self.transport.get::<Value>(&path(uid)).await {
            Ok(_) => Ok(Some(true)),
            // The route itself is missing: `Not found`; an unknown element has other words.
            Err(error) if error.kind() == &ErrorKind::NotFound => {
                Ok((!error.message().eq_ignore_ascii_case("not found")).then_some(false))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the server has library panels: they came with 8.0.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn has_library(&self) -> Result<bool, Error> {
        let found: Option<Value> = self.transport.find("/api/library-elements?perPage=1").await?;
        Ok(found.is_some())
    }

    /// The panel that dashboards share under this uid; nothing where there is none, or the server has no library.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn library_panel(&self, uid: &str) -> Result<Option<Value>, Error> {
        let found: Option<Value> = self.transport.find(&path(uid)).await?;
        Ok(found.and_then(|found| found.pointer("/result/model").cloned()))
    }

    /// The library panel with this uid as it is now, or `None`.
    ///
    /// # Errors
    ///
    /// Not allowed, an answer that is none, or the server can't be reached.
    pub async fn live_library_panel(&self, uid: &str) -> Result<Option<LiveLibraryPanel>, Error> {
        let path = path(uid);
        let found: Option<Answer<Value>> = self.transport.find(&path).await?;
        found
            .map(|found| live(&found.result).ok_or_else(|| Error::foreign(&format!("GET {path}"), "no library panel")))
            .transpose()
    }

    /// The library panels in whose name or description this stands, as they are now; none where the server has no library.
    ///
    /// # Errors
    ///
    /// Not allowed, an answer that is none, or the server can't be reached.
    pub async fn library_panels(&self, search: &str) -> Result<Vec<LiveLibraryPanel>, Error> {
        let mut panels: Vec<LiveLibraryPanel> = Vec::new();
        if !self.has_library().await? {
            return Ok(panels);
        }
        let mut allowance = Allowance::default();
        for page in 1.. {
            let search = segment(search);
            let path = format!("/api/library-elements?kind=1&perPage={PAGE}&page={page}&searchString={search}");
            let found: Answer<Listed> = self.transport.get_page(&path, None, &mut allowance).await?;
            let many = found.result.elements.len();
            // Rows move between pages while somebody edits.
            let all = found.result.elements.iter().filter_map(live);
            let new: Vec<LiveLibraryPanel> = all
                .filter(|panel| panels.iter().all(|known| known.panel.uid != panel.panel.uid))
                .collect();
            panels.extend(new);
            if many < PAGE {
                break;
            }
        }
        Ok(panels)
    }

    /// Saves a library panel, never over a version other than the one that was read. Gives the version that it has now.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] when somebody else saved in the meantime; not allowed; a name that is taken in the folder; an
    /// ambiguous failure ([`Error::is_ambiguous`]) after which the panel must be read before anything else.
    pub async fn save_library_panel(&self, save: &LibrarySave<'_>) -> Result<u64, Error> {
        let mut body = json!({
            "uid": save.uid,
            "name": save.name,
            "kind": 1,
            "model": save.model,
            "folderUid": save.folder.uid,
        });
        // 8.x knows folders by number alone.
        if let Some(id) = save.folder.id {
            body["folderId"] = id.into();
        }
        let saved: Answer<Value> = match save.read {
            None => {
                self.transport
                    .write(Method::POST, "/api/library-elements", &body)
                    .await?
            }
            Some(version) => {
                body["version"] = version.into();
                self.transport.write(Method::PATCH, &path(save.uid), &body).await?
            }
        };
        Ok(saved.result.get("version").and_then(Value::as_u64).unwrap_or_default())
    }

    /// Deletes a library panel. 12 deletes one that dashboards use as well: who asks must have looked.
    ///
    /// # Errors
    ///
    /// Not allowed, in use, or the server can't be reached.
    pub async fn delete_library_panel(&self, uid: &str) -> Result<(), Error> {
        self.transport.delete(&path(uid)).await
    }

    /// The dashboards that use a library panel, as far as the credentials may see them. The number of them that stands beside
    /// the panel is no word on it: 12.4 says 0 always (it counts rows that only older versions wrote).
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn users_of_library_panel(&self, uid: &str) -> Result<Vec<Hit>, Error> {
        let found: Option<Answer<Vec<Connection>>> = self.transport.find(&format!("{}/connections", path(uid))).await?;
        let connections = found.map(|found| found.result).unwrap_or_default();
        // One dashboard that has the panel twice is one.
        let of = |connection: &Connection| match connection.connection_uid.as_str() {
            "" => format!("dashboardIds={}", connection.connection_id),
            uid => format!("dashboardUIDs={}", segment(uid)),
        };
        let wanted: BTreeSet<String> = connections.iter().map(of).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: Vec<String> = wanted.into_iter().collect();
        let mut hits = Vec::new();
        for some in wanted.chunks(100) {
            let path = format!("/api/search?type=dash-db&limit={}&{}", some.len(), some.join("&"));
            hits.extend(self.transport.get::<Vec<Hit>>(&path).await?);
        }
        Ok(hits)
    }
}

fn live(element: &Value) -> Option<LiveLibraryPanel> {
    let text = |pointer: &str| element.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let folder = match text("/folderUid") {
        "" => text("/meta/folderUid"),
        uid => uid,
    };
    Some(LiveLibraryPanel {
        panel: LibraryPanel::of(element).ok()?,
        version: element.get("version")?.as_u64()?,
        // The root, as some versions name it.
        folder_uid: if folder == "general" {
            String::new()
        } else {
            folder.to_owned()
        },
        folder_title: text("/meta/folderName").to_owned(),
        updated_by: text("/meta/updatedBy/name").to_owned(),
        updated: text("/meta/updated").to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_root_by_whatever_name() {
        let element = |folder: &str| {
            json!({"uid": "u", "name": "n", "version": 3, "folderUid": folder, "model": {"type": "text"},
            "meta": {"folderName": "General", "folderUid": "", "updatedBy": {"name": "ann"}}})
        };
        for (folder, uid) in [("general", ""), ("", ""), ("abc", "abc")] {
            let live = live(&element(folder)).unwrap();
            assert_eq!((live.folder_uid.as_str(), live.version), (uid, 3));
        }
        assert!(live(&json!({"uid": "u"})).is_none());
    }
}
