//! Folders as objects: nested, renamed, moved, with their descriptions.

use rand::RngExt as _;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::folder::{Folder, FolderEdit};
use super::super::metadata::Metadata;
use super::super::path::segment;
use super::super::{Error, ErrorKind, Grafana};
use super::{Apis, list};

const GROUP: &str = "/apis/folder.grafana.app";

/// The folders of a server that has them as objects.
#[derive(Debug, Clone, Copy)]
pub(in crate::grafana) struct FolderApis<'g> {
    apis: Apis<'g>,
    version: &'g str,
}

/// A folder as it arrives, with fields that dashctl doesn't know.
#[derive(Debug, Clone, Deserialize)]
struct FolderObject {
    /// Its annotation `folder` is the folder that it is in.
    metadata: Metadata,
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
    fn folder(&self) -> Folder {
        let title = self.spec.get("title").and_then(Value::as_str).unwrap_or_default();
        Folder {
            uid: self.metadata.name.clone(),
            id: None,
            title: title.to_owned(),
            // 13 takes "general" for the root.
            parent: Some(self.metadata.folder())
                .filter(|uid| !matches!(*uid, "" | "general"))
                .map(str::to_owned),
        }
    }
}

impl Grafana {
    /// Folders as objects, where this server serves them beside its dashboards: 12.x has no `v1`, so it is asked which version.
    pub(in crate::grafana) async fn folder_apis(&self) -> Result<Option<FolderApis<'_>>, Error> {
        let Some(apis) = self.apis().await? else {
            return Ok(None);
        };
        let ask = async || match self.transport.find::<Group>(GROUP).await {
            Ok(group) => Ok(group.map(|group| group.preferred_version.version)),
            // Rights, or a proxy: the legacy API is as good.
            Err(error) if matches!(error.kind(), ErrorKind::NotAllowed | ErrorKind::Foreign) => Ok(None),
            Err(error) => Err(error.of_any_request()),
        };
        let version = apis.served.folders.get_or_try_init(ask).await?;
        Ok(version.as_deref().map(|version| FolderApis { apis, version }))
    }
}

impl FolderApis<'_> {
    /// All folders that the caller may see, however deep they are.
    pub(in crate::grafana) async fn all(&self) -> Result<Vec<Folder>, Error> {
        let objects: Vec<FolderObject> = list::pages(&self.apis, &self.path(), "").await?;
        Ok(objects.iter().map(FolderObject::folder).collect())
    }

    /// One of them, and who changed it last.
    pub(in crate::grafana) async fn read(&self, uid: &str) -> Result<Option<(Folder, FolderEdit)>, Error> {
        let Some(object) = self.object(uid).await? else {
            return Ok(None);
        };
        let edit = FolderEdit {
            by: self.apis.name_of(object.metadata.author()).await,
            when: object.metadata.saved().to_owned(),
        };
        Ok(Some((object.folder(), edit)))
    }

    async fn object(&self, uid: &str) -> Result<Option<FolderObject>, Error> {
        let path = format!("{}/{}", self.path(), segment(uid));
        match self.apis.grafana.transport.find(&path).await {
            // What may not be seen is hidden behind a 403.
            Err(error) if error.kind() == &ErrorKind::NotAllowed => Ok(None),
            found => found,
        }
    }

    /// Makes a folder in another, or at the root where `parent` is `""`. Its uid is made up here: where the answer is lost, a
    /// question tells whether it was made.
    pub(in crate::grafana) async fn create(
        &self,
        title: &str,
        uid: Option<&str>,
        parent: &str,
    ) -> Result<Folder, Error> {
        let uid = uid.map_or_else(made_up, str::to_owned);
        let mut body = json!({
            "apiVersion": self.api_version(),
            "kind": "Folder",
            "metadata": { "name": uid },
            "spec": { "title": title },
        });
        if !parent.is_empty() {
            body["metadata"]["annotations"] = json!({ "grafana.app/folder": parent });
        }
        let made = self
            .apis
            .grafana
            .transport
            .write::<FolderObject>(Method::POST, &self.path(), &body)
            .await;
        match made {
            Ok(made) => Ok(made.folder()),
            Err(error) if error.kind() == &ErrorKind::Lost => match self.object(&uid).await {
                Ok(Some(made)) => Ok(made.folder()),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// Gives a folder another title and keeps everything else, its description and place included.
    pub(in crate::grafana) async fn rename(&self, uid: &str, title: &str) -> Result<Folder, Error> {
        let mut object = self.there(uid).await?;
        object.spec.insert("title".to_owned(), json!(title));
        self.put(&object).await
    }

    /// Moves a folder with everything in it into another, or to the root where `parent` is `""`.
    pub(in crate::grafana) async fn relocate(&self, uid: &str, parent: &str) -> Result<Folder, Error> {
        let mut object = self.there(uid).await?;
        let annotations = &mut object.metadata.annotations;
        match parent.is_empty() {
            true => annotations.remove("grafana.app/folder"),
            false => annotations.insert("grafana.app/folder".to_owned(), parent.to_owned()),
        };
        self.put(&object).await
    }

    async fn there(&self, uid: &str) -> Result<FolderObject, Error> {
        let found = self.object(uid).await?;
        found.ok_or_else(|| Error::foreign("changing a folder", format!("the folder {uid} is gone")))
    }

    /// Puts it back with the resource version that was read: where somebody has changed it since, that stays.
    async fn put(&self, object: &FolderObject) -> Result<Folder, Error> {
        let body = json!({
            "apiVersion": self.api_version(),
            "kind": "Folder",
            "metadata": {
                "name": object.metadata.name,
                "annotations": object.metadata.annotations,
                "resourceVersion": object.metadata.resource_version,
            },
            "spec": object.spec,
        });
        let path = format!("{}/{}", self.path(), segment(&object.metadata.name));
        let put: FolderObject = self.apis.grafana.transport.write(Method::PUT, &path, &body).await?;
        Ok(put.folder())
    }

    fn path(&self) -> String {
        let namespace = segment(&self.apis.served.namespace);
        format!("{GROUP}/{}/namespaces/{namespace}/folders", segment(self.version))
    }

    fn api_version(&self) -> String {
        format!("folder.grafana.app/{}", self.version)
    }
}

/// A uid as Grafana makes them up: fourteen small letters and digits, the first one a letter.
fn made_up() -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut random = rand::rng();
    let mut one = |from: &[u8]| char::from(from[random.random_range(0..from.len())]);
    std::iter::once(one(&LETTERS[..26]))
        .chain((0..13).map(|_| one(LETTERS)))
        .collect()
}
