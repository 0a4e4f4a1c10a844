use reqwest::Method;
use serde_json::{Value, json};

use super::{Error, ErrorKind, Grafana};

/// A panel that dashboards share.
#[derive(Debug, Clone, PartialEq)]
pub struct LibraryPanel {
    /// Its uid.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// The panel itself.
    pub model: Value,
}

impl Grafana {
    /// Whether a library panel exists. `None` where the server has no library (before 8.0).
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn has_library_panel(&self, uid: &str) -> Result<Option<bool>, Error> {
        match self
            .transport
            .get::<Value>(&format!("/api/library-elements/{}", super::path::segment(uid)))
            .await
        {
            Ok(_) => Ok(Some(true)),
            // The route itself is missing: `Not found`; an unknown element has other words.
            Err(error) if error.kind() == &ErrorKind::NotFound => {
                Ok((!error.message().eq_ignore_ascii_case("not found")).then_some(false))
            }
            Err(error) => Err(error),
        }
    }

    /// The panel that dashboards share under this uid; nothing where there is none, or the server has no library.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn library_panel(&self, uid: &str) -> Result<Option<Value>, Error> {
        let path = format!("/api/library-elements/{}", super::path::segment(uid));
        let found: Option<Value> = self.transport.find(&path).await?;
        Ok(found.and_then(|found| found.pointer("/result/model").cloned()))
    }

    /// Makes a library panel in a folder (`""` is General).
    ///
    /// # Errors
    ///
    /// Not allowed, a name that is taken, or the server can't be reached.
    pub async fn create_library_panel(&self, panel: &LibraryPanel, folder: &str) -> Result<(), Error> {
        let body = json!({
            "uid": panel.uid,
            "name": panel.name,
            "kind": 1,
            "model": panel.model,
            "folderUid": folder,
        });
        let _: Value = self
            .transport
            .write(Method::POST, "/api/library-elements", &body)
            .await?;
        Ok(())
    }
}
