//! The real files that the tests run over: beside the project, never in it.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// Two dashboards with no edit in between.
pub struct Pair {
    pub name: String,
    pub before: Value,
    pub after: Value,
    /// Whether it is noise in the order of time only: a page of Grafana left out what nobody adds again by a save.
    pub one_way: bool,
}

/// Where the real files are; `Err` says what is missing.
pub fn shared() -> Result<PathBuf, String> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let path = std::env::var_os("DASHCTL_SHARED").map_or(default, PathBuf::from);
    match path.is_dir() {
        true => Ok(path),
        false => Err("the real dashboards aren't there (DASHCTL_SHARED, default ../shared)".to_owned()),
    }
}

pub fn read(path: &Path) -> Value {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The folders in a folder, sorted.
pub fn folders(path: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(path)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    found.sort();
    found
}

/// Every pair in which nobody edited anything.
pub fn pairs(shared: &Path) -> Vec<Pair> {
    let kinds = [
        ("ui-saves-9.4", "stored.json", "saved.json"),
        ("ui-saves-9.4", "sent.json", "saved.json"),
        ("ui-saves-9.4", "sent.json", "stored.json"),
        ("ui-saves", "sent.json", "saved-by-7.5.5-ui.json"),
        ("migration-pairs", "input.json", "output.json"),
    ];
    let mut pairs = Vec::new();
    for (set, before, after) in kinds {
        for folder in folders(&shared.join(set)) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            pairs.push(Pair {
                name: format!("{set}/{name}/{before}-{after}").replace(".json", ""),
                before: read(&folder.join(before)),
                after: read(&folder.join(after)),
                one_way: set != "migration-pairs",
            });
        }
    }
    pairs
}

/// What the dashboard pages of Grafana 10 to 13 save when nobody edits anything, and what the servers of 12 and 13 make of a
/// stored dashboard; v2 where there is one.
pub fn saves(shared: &Path) -> Vec<Pair> {
    let kinds = [
        ("ui-saves-10.2", "stored.json", "saved.json"),
        ("ui-saves-11.1", "stored.json", "saved.json"),
        ("ui-saves-12.4", "stored.json", "saved.json"),
        ("ui-saves-12.4", "stored.json", "stored.v1beta1.json"),
        ("ui-saves-13.1", "stored.json", "saved.json"),
        ("ui-saves-13.1", "stored.json", "stored.v1.json"),
        ("ui-saves-13.1", "stored.json", "saved.v2.json"),
        ("ui-saves-13.1", "stored.json", "stored.v2.json"),
        ("ui-saves-13.1", "stored.v1.json", "stored.v2.json"),
        ("ui-saves-13.1", "stored.v1.json", "saved.v2.json"),
        ("ui-saves-13.1", "stored.v1.json", "saved.json"),
        ("ui-saves-13.1", "stored.v2.json", "saved.v2.json"),
        ("ui-saves-13.1", "stored.v2.json", "saved.json"),
        ("ui-saves-13.1", "saved.json", "saved.v2.json"),
    ];
    let mut pairs = Vec::new();
    for (set, before, after) in kinds {
        for folder in folders(&shared.join(set)) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            pairs.push(Pair {
                name: format!("{set}/{name}/{before}-{after}").replace(".json", ""),
                before: spec(read(&folder.join(before))),
                after: spec(read(&folder.join(after))),
                one_way: true,
            });
        }
    }
    pairs
}

/// The dashboard in the envelope of `/apis`, or the dashboard itself.
fn spec(mut object: Value) -> Value {
    match object.get("apiVersion").is_some() {
        true => object.get_mut("spec").map(Value::take).unwrap_or_default(),
        false => object,
    }
}

/// Every dashboard of the catalog, by its path in there.
pub fn catalog(shared: &Path) -> Vec<(String, Value)> {
    let root = shared.join("catalog");
    let mut found = Vec::new();
    for folder in folders(&root) {
        let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        files.sort();
        for file in files
            .iter()
            .filter(|file| file.extension().is_some_and(|extension| extension == "json"))
        {
            let name = file.strip_prefix(&root).unwrap_or(file).with_extension("");
            found.push((name.to_string_lossy().into_owned(), read(file)));
        }
    }
    found
}
