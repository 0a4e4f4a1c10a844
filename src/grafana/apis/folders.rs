//! Folders as objects: nested, renamed, moved, with their descriptions.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::Error;
use super::super::metadata::Metadata;
use super::super::path::segment;
use super::{Apis, list};

const GROUP: &str = "/apis/folder.grafana.app";

/// A folder.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FolderObject {
    /// What stands beside its content; [`Metadata::folder`] is the folder that it is in.
    pub metadata: Metadata,
    /// Its content, with fields that dashctl doesn't know.
    #[serde(default)]
    spec: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    preferred_version: Served,
}

#[derive(Deserialize)]
struct Served {
    version: String,
}

impl FolderObject {
    /// Its title.
    pub fn title(&self) -> &str {
        self.spec.get("title").and_then(Value::as_str).unwrap_or_default()
    }

    /// Its description; `""` is none.
    pub fn description(&self) -> &str {
        self.spec.get("description").and_then(Value::as_str).unwrap_or_default()
    }
}

impl Apis<'_> {
    /// All folders that the caller may see, however deep they are.
    ///
    /// # Errors
    ///
    /// The server's.
    pub async fn folders(&self) -> Result<Vec<FolderObject>, Error> {
        list::pages(self, &self.folder_path().await?, "", None, list::ALL).await
    }

    /// Makes a folder in another, or at the root where `parent` is `""`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`](super::super::ErrorKind::Conflict) where it is there already; the server's others.
    pub async fn create_folder(&self, name: &str, title: &str, parent: &str) -> Result<FolderObject, Error> {
        let mut body = json!({ "kind": "Folder", "metadata": { "name": name }, "spec": { "title": title } });
        if !parent.is_empty() {
            body["metadata"]["annotations"] = json!({ "grafana.app/folder": parent });
        }
        let path = self.folder_path().await?;
        body["apiVersion"] = json!(api_version(&path));
        self.grafana.transport.write(Method::POST, &path, Some(&body)).await
    }

    /// Gives a folder another title and keeps everything else, its description and place included.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`](super::super::ErrorKind::Conflict) where somebody has changed it since it was read; the
    /// server's others.
    pub async fn rename_folder(&self, read: &FolderObject, title: &str) -> Result<FolderObject, Error> {
        let mut spec = read.spec.clone();
        spec.insert("title".to_owned(), json!(title));
        self.put_folder(read, &spec, read.metadata.folder()).await
    }

    /// Moves a folder with everything in it into another, or to the root where `parent` is `""`.
    ///
    /// # Errors
    ///
    /// As [`Self::rename_folder`].
    pub async fn move_folder(&self, read: &FolderObject, parent: &str) -> Result<FolderObject, Error> {
        self.put_folder(read, &read.spec, parent).await
    }

    async fn put_folder(
        &self,
        read: &FolderObject,
        spec: &Map<String, Value>,
        parent: &str,
    ) -> Result<FolderObject, Error> {
        let mut annotations = read.metadata.annotations.clone();
        match parent.is_empty() {
            true => annotations.remove("grafana.app/folder"),
            false => annotations.insert("grafana.app/folder".to_owned(), parent.to_owned()),
        };
        let path = self.folder_path().await?;
        let body = json!({
            "apiVersion": api_version(&path),
            "kind": "Folder",
            "metadata": {
                "name": read.metadata.name,
                "annotations": annotations,
                "resourceVersion": read.metadata.resource_version,
            },
            "spec": spec,
        });
        let path = format!("{path}/{}", segment(&read.metadata.name));
        self.grafana.transport.write(Method::PUT, &path, Some(&body)).await
    }

    /// Where folders are, at the version that the server prefers: 12.x has no `v1`.
    async fn folder_path(&self) -> Result<String, Error> {
        let ask = async || {
            let group: Group = self.grafana.transport.get(GROUP).await?;
            Ok::<_, Error>(group.preferred_version.version)
        };
        let version = self.served.folders.get_or_try_init(ask).await?;
        Ok(format!(
            "{GROUP}/{version}/namespaces/{}/folders",
            segment(&self.served.namespace)
        ))
    }
}

/// `folder.grafana.app/v1` of a path.
fn api_version(path: &str) -> String {
    path.split('/').skip(2).take(2).collect::<Vec<_>>().join("/")
}
