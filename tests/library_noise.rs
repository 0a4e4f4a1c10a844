//! A library panel that a page of Grafana saves without an edit is no edit: each panel of the recorded saves, as if it were one.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::{Path, PathBuf};

use dashctl::dashboard::compare::{Context, compare};
use dashctl::dashboard::{LibraryPanel, page_schema, panels};
use serde_json::{Value, json};

/// The recorded saves of pages that keep the classic form, by version.
const SAVES: [&str; 5] = ["9.4", "10.2", "11.1", "12.4", "13.1"];
/// Of a thousand panels, so many may be told as edited: what a migration does to a whole dashboard – data sources that it names once
/// – can't be told from an edit of one panel alone. (13 of 4,530.)
const TOLD: usize = 5;

fn shared() -> PathBuf {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    std::env::var_os("DASHCTL_SHARED").map_or(default, PathBuf::from)
}

fn read(path: &Path) -> Option<Value> {
    let value: Value = serde_json::from_slice(&std::fs::read(path).ok()?).unwrap();
    Some(match value.get("apiVersion").is_some() {
        true => value["spec"].clone(),
        false => value,
    })
}

/// The panel as a library panel: one in a file knows the schema that it came with, one in Grafana is as a page saved it.
fn as_library(panel: &Value, schema: &Value) -> Option<Value> {
    let kind = panel.get("type")?.as_str()?;
    let element = json!({"uid": "u", "name": "n", "model": panel, "schemaVersion": schema});
    (kind != "row").then(|| LibraryPanel::of(&element).unwrap().as_dashboard())
}

#[test]
fn a_save_of_a_page_is_no_edit_of_its_panels() {
    let (mut all, mut told) = (0, Vec::new());
    for version in SAVES {
        let (set, schema) = (format!("ui-saves-{version}"), page_schema(version).unwrap());
        for folder in std::fs::read_dir(shared().join(&set)).into_iter().flatten().flatten() {
            let sides = ["stored.json", "saved.json"].map(|file| read(&folder.path().join(file)));
            let [Some(before), Some(after)] = sides else { continue };
            let after = panels(&after);
            for panel in panels(&before) {
                let own = |other: &&&Value| panel.get("id").is_some() && other.get("id") == panel.get("id");
                let mut saved = after.iter().filter(own);
                let (Some(saved), None) = (saved.next(), saved.next()) else {
                    continue;
                };
                let (Some(one), Some(other)) = (
                    as_library(panel, &before["schemaVersion"]),
                    as_library(saved, &schema.into()),
                ) else {
                    continue;
                };
                all += 1;
                if !compare(&one, &other, &Context::default()).is_same() {
                    let found = compare(&one, &other, &Context::default());
                    let places: Vec<String> = found.changes.iter().map(|change| change.place.to_string()).collect();
                    told.push(format!(
                        "{set}/{:?} {}: {}",
                        folder.file_name(),
                        panel["type"],
                        places.join("; ")
                    ));
                }
            }
        }
    }
    println!("{} of {all} panels are told as edited", told.len());
    assert!(
        told.len() * 1000 <= all * TOLD,
        "{} of {all}:\n{}",
        told.len(),
        told.join("\n")
    );
}
