//! Dashboards from files: what is in the folder is in the store, and nobody else writes it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use super::{
    Error, Options,
    save::Draft,
    secrets::hash,
    store::{Body, Change, Store},
};

/// Brings the store to what the provisioned folder says: new and changed files are saved, those whose file is gone removed.
///
/// # Errors
///
/// The folder can't be read, or a file is not a dashboard that can be saved.
pub fn read(store: &mut Store, options: &Options) -> Result<(), Error> {
    let files = match &options.provision {
        Some(folder) => files(folder)?,
        None => Vec::new(),
    };
    let gone = store.dashboards.values().filter(|row| {
        row.provisioned
            .as_ref()
            .is_some_and(|name| files.iter().all(|file| file.name != *name))
    });
    let gone: Vec<i64> = gone.map(|row| row.id).collect();
    gone.into_iter().for_each(|id| store.change(Change::DashboardGone(id)));
    files.into_iter().try_for_each(|file| file.save(store, options))
}

struct File {
    path: PathBuf,
    /// The path relative to the folder, with slashes.
    name: String,
    dashboard: Map<String, Value>,
    dashboard_text: Vec<u8>,
}

/// What objects of `/apis` say about the file that they come from. The checksum is the sandbox's own.
fn provenance(name: &str, text: &[u8]) -> BTreeMap<String, String> {
    let checksum = hash(&String::from_utf8_lossy(text))[..32].to_owned();
    let annotations = [
        ("managedBy", "classic-file-provisioning".to_owned()),
        ("managerId", "files".to_owned()),
        ("sourcePath", format!("/etc/dashboards/{name}")),
        ("sourceChecksum", checksum),
        ("sourceTimestamp", jiff::Timestamp::now().as_millisecond().to_string()),
    ];
    annotations
        .map(|(key, value)| (format!("grafana.app/{key}"), value))
        .into()
}

impl File {
    fn save(self, store: &mut Store, options: &Options) -> Result<(), Error> {
        let known = store
            .dashboards
            .values()
            .find(|row| row.provisioned.as_deref() == Some(&self.name));
        if known.is_some_and(|row| *row.body == Body::new(&self.dashboard)) {
            return Ok(());
        }
        let mut draft = Draft::new(self.dashboard, options.version);
        draft.id = known.map_or(0, |row| row.id);
        draft.overwrite = true;
        draft.spares_provisioned = false;
        draft.annotations = provenance(&self.name, &self.dashboard_text);
        draft.provisioned = Some(self.name);
        match draft.save(store, options) {
            Ok(_) => Ok(()),
            Err(refusal) => failed(&self.path, refusal),
        }
    }
}

fn failed<T>(path: &Path, reason: impl ToString) -> Result<T, Error> {
    Err(Error::Provision {
        path: path.to_owned(),
        reason: reason.to_string(),
    })
}

/// The dashboards in a folder and its subfolders, in the order of their paths.
fn files(folder: &Path) -> Result<Vec<File>, Error> {
    let mut paths = Vec::new();
    collect(folder, &mut paths).or_else(|error| failed(folder, error))?;
    paths.sort();
    paths.into_iter().map(|path| parse(folder, path)).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            paths.push(path);
        }
    }
    Ok(())
}

fn parse(folder: &Path, path: PathBuf) -> Result<File, Error> {
    let text = fs::read(&path).or_else(|error| failed(&path, error))?;
    let parsed = serde_json::from_slice(&text).or_else(|error| failed(&path, error))?;
    let Value::Object(mut dashboard) = parsed else {
        return failed(&path, "it is not a JSON object");
    };
    // An id is another server's.
    dashboard.remove("id");
    let relative = path.strip_prefix(folder).unwrap_or(&path);
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    Ok(File {
        name: parts.join("/"),
        path,
        dashboard,
        dashboard_text: text,
    })
}
