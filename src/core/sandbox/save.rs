//! How a dashboard or folder gets into the store: the checks of Grafana's SQL storage, in its order.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{
    Options, Version,
    content::Content,
    numbers::plain_numbers,
    objects::{Written, write},
    refusal::Refusal,
    slug::slug,
    store::{Change, Dashboard, Edition, Object, Store},
    uids::{check_uid, generated_uid},
    view::told,
};

/// What Grafana's `min_refresh_interval` is by default.
const FASTEST_REFRESH: u64 = 5;

/// A dashboard or folder on its way into the store.
#[derive(Debug, Clone)]
pub struct Draft {
    content: Content,
    /// The `id` as JSON text, where it has one.
    stored_id: Option<String>,
    /// Whether it has the form of v2 without the envelope that says so.
    is_bare_v2: bool,
    pub id: i64,
    pub uid: String,
    pub title: String,
    /// The version that the writer has read.
    pub version: i64,
    pub folder: i64,
    pub is_folder: bool,
    pub overwrite: bool,
    pub message: String,
    pub author: i64,
    pub restored_from: i64,
    pub plugin: String,
    /// Whether it is an import, which is stricter about ids.
    pub imported: bool,
    /// The version that an object is stored in, where it isn't that of the older routes.
    pub api: Option<String>,
    /// What stands beside an object, from 12 on.
    pub annotations: BTreeMap<String, String>,
    /// The file that it comes from, for provisioning.
    pub provisioned: Option<String>,
    /// Whether one that is there and provisioned may be written over.
    pub spares_provisioned: bool,
}

impl Draft {
    /// Reads what names a dashboard out of its JSON, and makes the JSON ready to be stored as a server of this version does.
    pub fn new(mut object: Map<String, Value>, server: Version) -> Self {
        let number = |key: &str| object.get(key).and_then(Value::as_f64);
        let text = |key: &str| object.get(key).and_then(Value::as_str);
        let named = number("id").is_some() || text("uid").is_some();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "Grafana truncates ids and versions in the same way"
        )]
        let whole = |number: Option<f64>| number.unwrap_or(0.0) as i64;
        let id = whole(number("id"));
        // A dashboard that names neither id nor uid is new, whatever version it carries.
        let version = if named { whole(number("version")) } else { 0 };
        let mut uid = text("uid").unwrap_or_default().trim().to_owned();
        let mut title = text("title").unwrap_or_default().trim().to_owned();
        let mut api = None;
        if server.has_apis() {
            plain_numbers(&mut object);
            if let Some(wrapped) = Wrapped::of(&mut object) {
                (uid, title, object, api) = (wrapped.name, wrapped.title, wrapped.spec, Some(wrapped.api));
            }
        }
        settle(&mut object, &title);
        Self {
            content: Content::new(&object),
            stored_id: object.get("id").map(Value::to_string),
            is_bare_v2: api.is_none() && object.get("elements").is_some_and(Value::is_object),
            id,
            uid,
            title,
            version,
            folder: 0,
            is_folder: false,
            overwrite: false,
            message: String::new(),
            author: super::store::NOBODY,
            restored_from: 0,
            plugin: String::new(),
            imported: false,
            api,
            annotations: BTreeMap::new(),
            provisioned: None,
            spares_provisioned: true,
        }
    }

    /// Checks the draft and saves it as a new version.
    ///
    /// # Errors
    ///
    /// The first check that it doesn't pass; nothing was changed then.
    pub fn save(mut self, store: &mut Store, options: &Options) -> Result<Dashboard, Refusal> {
        if options.version.has_apis() {
            return self.save_as_object(store, options);
        }
        self.check_names()?;
        self.find_by_identity(store)?;
        self.find_by_title(store, options.version)?;
        let existing = store.dashboards.get(&self.id).cloned();
        let provisioned = existing.as_ref().and_then(|row| row.provisioned.clone());
        if self.spares_provisioned && provisioned.is_some() {
            return Err(Refusal::Provisioned);
        }
        if self.uid.is_empty() {
            self.uid = generated_uid(store, options.version);
        }
        Ok(self.store(store, options, existing, provisioned))
    }

    /// From 12 on the older routes write objects: titles may repeat, and an unchanged save makes no version.
    fn save_as_object(mut self, store: &mut Store, options: &Options) -> Result<Dashboard, Refusal> {
        let version = options.version;
        self.check_names()?;
        if version >= Version::V13_1 && self.is_bare_v2 {
            return Err(Refusal::V2);
        }
        // 13 takes an id that it doesn't know for none.
        if version >= Version::V13_1 && self.id > 0 && !self.imported && !store.dashboards.contains_key(&self.id) {
            self.id = 0;
            self.version = 0;
        }
        self.find_by_identity(store)?;
        let existing = store.dashboards.get(&self.id).cloned();
        let provisioned = existing.as_ref().and_then(|row| row.provisioned.clone());
        if self.spares_provisioned && provisioned.is_some() {
            return Err(Refusal::Provisioned);
        }
        if self.uid.is_empty() {
            self.uid = if self.is_folder {
                version.generated_uid()
            } else {
                version.object_name()
            };
        }
        let api = self
            .api
            .unwrap_or_else(|| if self.is_folder { "v1beta1" } else { "v0alpha1" }.to_owned());
        let newest = existing.as_ref().and_then(|row| store.newest(row.id));
        let changed = newest.zip(existing.as_ref()).is_none_or(|(newest, row)| {
            newest.body != self.content.body || row.folder != self.folder || row.title != self.title
        });
        // A save by these routes drops what another manager wrote.
        let mut annotations = self.annotations;
        if !self.message.is_empty() {
            annotations.insert("grafana.app/message".to_owned(), self.message);
        }
        let written = Written {
            manager: "grafana".to_owned(),
            told: newest.and_then(|newest| told(newest, &api, version)),
            uid: self.uid,
            title: self.title,
            folder: self.folder,
            is_folder: self.is_folder,
            content: self.content,
            changed,
            api,
            annotations,
            granted: true,
            author: self.author,
            restored_from: self.restored_from,
            provisioned: self.provisioned.or(provisioned),
        };
        Ok(write(store, options, existing, written))
    }

    fn check_names(&self) -> Result<(), Refusal> {
        if self.title.is_empty() {
            return Err(Refusal::TitleEmpty);
        }
        if self.is_folder && self.title.eq_ignore_ascii_case("general") {
            return Err(Refusal::NameIsFolder);
        }
        check_uid(&self.uid)
    }

    /// Which row the ids and uids mean, and whether it may be written.
    fn find_by_identity(&mut self, store: &Store) -> Result<(), Refusal> {
        let by_id = store.dashboards.get(&self.id);
        if self.id > 0 && by_id.is_none() {
            return Err(Refusal::NotFound);
        }
        if let Some(row) = by_id.filter(|_| self.uid.is_empty()) {
            self.uid = row.uid.clone();
        }
        let by_uid = store.by_uid(&self.uid);
        if self.folder > 0 && !store.dashboards.get(&self.folder).is_some_and(|row| row.is_folder) {
            return Err(Refusal::FolderNotFound);
        }
        if let (Some(one), Some(other)) = (by_id, by_uid)
            && one.id != other.id
        {
            return Err(Refusal::SameUid);
        }
        let Some(existing) = by_id.or(by_uid) else {
            self.id = 0;
            return Ok(());
        };
        self.id = existing.id;
        if existing.is_folder != self.is_folder {
            return Err(Refusal::TypeMismatch);
        }
        if self.version != existing.version && !self.overwrite {
            return Err(Refusal::VersionMismatch);
        }
        if !existing.plugin.is_empty() && !self.overwrite {
            return Err(Refusal::Plugin(existing.plugin.clone()));
        }
        Ok(())
    }

    /// Titles are one per folder, and none is that of a folder; with `overwrite` the other dashboard is written over.
    fn find_by_title(&mut self, store: &Store, version: Version) -> Result<(), Refusal> {
        let slug = slug(&self.title);
        // From 11 on a dashboard may be called like a folder.
        let apart = version >= Version::V11_1;
        let mut same = store.by_slug(&slug).filter(|row| match apart {
            true => row.is_folder == self.is_folder && row.folder == self.folder,
            false => row.is_folder || row.folder == self.folder,
        });
        let Some(existing) = same.find(|row| row.id != self.id) else {
            return Ok(());
        };
        match (existing.is_folder, self.is_folder) {
            (true, false) => Err(Refusal::NameIsFolder),
            (false, true) => Err(Refusal::NameIsDashboard),
            _ if !self.overwrite => Err(Refusal::NameExists),
            _ => {
                self.id = existing.id;
                self.uid = existing.uid.clone();
                Ok(())
            }
        }
    }

    fn store(
        self,
        store: &mut Store,
        options: &Options,
        existing: Option<Dashboard>,
        provisioned: Option<String>,
    ) -> Dashboard {
        let now = Timestamp::now();
        let parent = existing.as_ref().map_or(0, |row| row.version);
        let id = existing.as_ref().map_or(store.last.dashboard + 1, |row| row.id);
        let row = Dashboard {
            id,
            slug: slug(&self.title),
            folder: self.folder,
            is_folder: self.is_folder,
            version: parent + 1,
            created: existing.as_ref().map_or(now, |row| row.created),
            updated: now,
            created_by: existing.as_ref().map_or(self.author, |row| row.created_by),
            updated_by: self.author,
            tags: self.content.tags,
            library: self.content.library,
            provisioned: self.provisioned.or(provisioned),
            plugin: self.plugin,
            body: self.content.body.clone(),
            uid: self.uid,
            title: self.title,
        };
        let stored_id = match existing {
            Some(_) => Some(id.to_string()),
            None => self.stored_id,
        };
        store.change(Change::Dashboard(row.clone()));
        store.change(Change::Edition(Edition {
            id: store.last.edition + 1,
            dashboard: id,
            version: row.version,
            parent,
            restored_from: self.restored_from,
            created: now,
            created_by: self.author,
            message: self.message,
            uid: row.uid.clone(),
            stored_id,
            body: self.content.body,
            object: Object::default(),
        }));
        store.prune(id, options.versions_to_keep.max(1));
        row
    }
}

/// An object in its envelope, as v2 comes by the older route.
struct Wrapped {
    api: String,
    name: String,
    title: String,
    spec: Map<String, Value>,
}

impl Wrapped {
    /// Takes the content out of the envelope, where there is one.
    fn of(object: &mut Map<String, Value>) -> Option<Self> {
        let api = object
            .get("apiVersion")
            .and_then(Value::as_str)?
            .split('/')
            .next_back()?;
        let name = object
            .get("metadata")
            .and_then(|metadata| metadata.get("name"))
            .and_then(Value::as_str)
            .unwrap_or_default();
        let (api, name) = (api.to_owned(), name.to_owned());
        let Value::Object(spec) = object.get_mut("spec").filter(|spec| spec.is_object())?.take() else {
            return None;
        };
        Some(Self {
            title: spec.get("title").and_then(Value::as_str).unwrap_or_default().to_owned(),
            api,
            name,
            spec,
        })
    }
}

/// What Grafana changes in the JSON itself.
fn settle(object: &mut Map<String, Value>, title: &str) {
    object.insert("title".to_owned(), Value::from(title));
    let refresh = object.get("refresh").and_then(Value::as_str).and_then(seconds);
    if refresh.is_some_and(|seconds| seconds < FASTEST_REFRESH) {
        object.insert("refresh".to_owned(), Value::from(format!("{FASTEST_REFRESH}s")));
    }
}

/// A duration such as `10s` or `1m` in seconds.
fn seconds(text: &str) -> Option<u64> {
    let unit = text.find(|letter: char| !letter.is_ascii_digit())?;
    let number: u64 = text[..unit].parse().ok()?;
    let factor = match &text[unit..] {
        "ms" => return Some(number / 1000),
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "w" => 7 * 86_400,
        _ => return None,
    };
    number.checked_mul(factor)
}

impl Version {
    /// Whether a save from outside must spare a dashboard that is provisioned.
    ///
    /// 7.5 looks only at the `id` that was sent, and so lets through what is named by uid, as recorded; 9 looks at both.
    pub(super) fn spares_provisioned(self, draft: &Draft) -> bool {
        draft.id != 0 || self.is_9()
    }
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn durations_are_read_as_grafana_writes_them() {
        assert_eq!(seconds("1s"), Some(1));
        assert_eq!(seconds("5m"), Some(300));
        assert_eq!(seconds("500ms"), Some(0));
        assert_eq!(seconds("soon"), None);
    }
}
