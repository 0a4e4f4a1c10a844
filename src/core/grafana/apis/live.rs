//! [`Grafana`](super::super::Grafana)'s questions about dashboards, answered by objects.

use std::sync::Arc;

use serde_json::Value;

use super::super::live::{Author, LiveDashboard, LiveRevision, Save, Saved, Version, VersionEntry};
use super::super::metadata::is_v2;
use super::super::{Error, ErrorKind, Grafana};
use super::object::{Object, is_known};
use super::{Apis, Write};
use crate::dashboard::{Document, Text, Unreadable, title};

impl Apis<'_> {
    pub(in super::super) async fn dashboard(&self, uid: &str) -> Result<Option<LiveDashboard>, Error> {
        match self.read(uid).await? {
            Some(object) => Ok(Some(self.live(object).await)),
            None => Ok(None),
        }
    }

    pub(super) async fn live(&self, object: Object) -> LiveDashboard {
        let metadata = &object.metadata;
        LiveDashboard {
            id: None,
            folder_uid: metadata.folder().to_owned(),
            // The list of folders knows its title; where that lacks it, the uid is all there is.
            folder_title: metadata.folder().to_owned(),
            url: metadata.page(title(&object.spec)),
            updated_by: self.name_of(metadata.author()).await,
            updated: metadata.saved().to_owned(),
            foreign: metadata
                .manager()
                .filter(|manager| !manager.is_dashctl())
                .map(|manager| manager.to_string()),
            revision: LiveRevision {
                version: metadata.number(),
                object: Some(Arc::new(object.metadata.clone())),
            },
            document: document(object),
        }
    }

    /// Writes with the resource version that was read: where anything else is there by now, that stays.
    pub(in super::super) async fn save(&self, save: &Save<'_>) -> Result<Saved, Error> {
        let spec = match save.dashboard {
            // Its name is the uid, and the rest is the server's.
            Document::Classic(dashboard) => Text::of(dashboard).without(&["id", "uid", "version"]),
            Document::V2(v2) => Text::of(&v2.spec),
        };
        let version = match save.dashboard {
            Document::Classic(_) => self.classic(),
            Document::V2(v2) => v2.version.as_str(),
        };
        let write = Write {
            version,
            name: save.dashboard.uid(),
            folder: &save.folder.uid,
            message: save.message,
            note: save.note,
            managed: save.managed,
            spec,
        };
        let made = match save.read {
            Some(LiveRevision { object: Some(read), .. }) => self.update(&write, read).await.map_err(gone_is_conflict),
            // Read by the other API: nothing is known that would make the write safe.
            Some(_) => Err(Error::settings("the dashboard was read by the legacy API")),
            None => self.create(&write).await,
        }?;
        Ok(Saved {
            url: made.page(save.dashboard.title()),
            version: made.number(),
            uid: made.name,
        })
    }

    /// The versions of a dashboard, newest first, each with the message that was sent with it.
    pub(in super::super) async fn versions(&self, uid: &str) -> Result<Vec<VersionEntry>, Error> {
        let saves = self.history_metadata(uid).await?;
        let entries = saves.into_iter().map(|save| VersionEntry {
            version: save.number(),
            parent_version: 0,
            restored_from: 0,
            created: save.saved().to_owned(),
            message: save.message().to_owned(),
            object: Some(Arc::new(save)),
        });
        Ok(entries.collect())
    }

    /// One of them, whole; what is live has been read already.
    pub(in super::super) async fn version(
        &self,
        live: &LiveDashboard,
        uid: &str,
        entry: &VersionEntry,
    ) -> Result<Version, Error> {
        let Some(save) = &entry.object else {
            return Err(Error::settings("the version was listed by the legacy API"));
        };
        let at = &save.resource_version;
        let is_live = live
            .revision
            .object
            .as_ref()
            .is_some_and(|live| live.resource_version == *at);
        let dashboard = match &live.document {
            Ok(document) if is_live => document.clone(),
            _ => {
                let found = self.stored_edition(uid, at).await?;
                let gone = || Error::foreign("reading the history", format!("version {} is gone", entry.version));
                document(found.ok_or_else(gone)?).map_err(|why| Error::foreign("reading the history", why))?
            }
        };
        Ok(Version {
            version: entry.version,
            created: entry.created.clone(),
            author: match save.author() {
                "" => Author::Unknown,
                author => Author::User(self.name_of(author).await),
            },
            message: entry.message.clone(),
            dashboard,
        })
    }
}

impl Grafana {
    /// The version that a dashboard is stored in and that the legacy API can't give, asked of the API of objects.
    pub(in super::super) async fn stored_beyond_legacy(&self, uid: &str) -> Result<Option<String>, Error> {
        let Ok(served) = self.served_apis().await? else {
            return Ok(None);
        };
        let apis = Apis { grafana: self, served };
        let object = apis.read(uid).await?;
        Ok(object.and_then(|object| {
            let told = object.told.filter(|told| is_v2(told) || !is_known(told));
            told.or_else(|| Some(object.version).filter(|version| is_v2(version)))
        }))
    }
}

/// Written with a resource version where nothing is: somebody has deleted it since it was read.
fn gone_is_conflict(error: Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => error.into_conflict(),
        ErrorKind::Status(500) if error.message().contains("resourceVersion should not be set") => {
            error.into_conflict()
        }
        _ => error,
    }
}

fn document(object: Object) -> Result<Document, Unreadable> {
    let uid = &object.metadata.name;
    let unreadable = |why: String| Unreadable {
        stored: object.told.clone().unwrap_or_else(|| object.version.clone()),
        title: title(&object.spec).to_owned(),
        why,
    };
    if let Some(why) = &object.failed {
        return Err(unreadable(format!("the server can't convert ({why})")));
    }
    if object.told.as_deref().is_some_and(|told| !is_known(told)) {
        return Err(unreadable("dashctl doesn't know".to_owned()));
    }
    if !is_v2(&object.version) && object.told.as_deref().is_some_and(is_v2) {
        return Err(unreadable("this server doesn't serve".to_owned()));
    }
    if is_v2(&object.version) {
        return Ok(Document::v2(&object.version, uid, object.spec));
    }
    let mut dashboard = object.spec;
    if let Some(fields) = dashboard.as_object_mut() {
        fields.insert("uid".to_owned(), Value::from(uid.as_str()));
    }
    Ok(Document::Classic(dashboard))
}
