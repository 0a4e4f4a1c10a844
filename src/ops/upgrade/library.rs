//! What becomes of the library panels that a newer revision brings along? Their files are merged as the dashboard's is.

use super::super::Error;
use super::pin::Pin;
use crate::catalog::Pristine;
use crate::dashboard::compare::{Context, compare};
use crate::dashboard::merge::merge_with;
use crate::dashboard::{Document, LibraryPanel, to_sorted_text};
use crate::repository::{Entry, LockedPanel, Name, Repository, library_label, rewrite, slug};
use crate::verify::rewrite_all;

/// A library panel's file that changes with the upgrade.
#[derive(Debug)]
pub(super) struct PanelFile {
    pub name: Name,
    pub text: String,
    /// The uid, where the file is new.
    pub new: Option<String>,
}

/// The files that change, and what a person should know.
///
/// # Errors
///
/// Library panels of the repository that can't be read.
pub(super) fn files(
    repository: &Repository,
    pin: &Pin,
    file: &Document,
    old: &Pristine,
    new: &Pristine,
) -> Result<(Vec<PanelFile>, Vec<String>), Error> {
    let (mut files, mut notes) = (Vec::new(), Vec::new());
    // Dashboards that were imported before library panels had files have them in their own.
    if file.content().get("__elements").is_some() {
        return Ok((files, notes));
    }
    let [before, after] = [old, new].map(|pristine| {
        let mut content = pristine.dashboard.content().clone();
        rewrite_all(&mut content, &pin.locked.rewritten);
        LibraryPanel::brought_by(&content)
    });
    if after.is_empty() {
        return Ok((files, notes));
    }
    let known = repository.library(None)?;
    let mut taken: Vec<Name> = known.iter().map(|entry| entry.name.clone()).collect();
    for theirs in after {
        let base = before.iter().find(|panel| panel.uid == theirs.uid);
        match known.iter().find(|entry| entry.uid.as_str() == theirs.uid) {
            None => {
                let name = free(&pin.name, &theirs.name, &taken)?;
                notes.push(format!("the revision brings a library panel along: {}.json", library_label(&name)));
                taken.push(name.clone());
                files.push(PanelFile {
                    name,
                    text: to_sorted_text(&theirs.as_file()),
                    new: Some(theirs.uid),
                });
            }
            Some(ours) => match merged(base, ours, &theirs) {
                Ok(None) => {}
                Ok(Some(panel)) => {
                    notes.push(format!("{}.json changes as well", library_label(&ours.name)));
                    files.push(PanelFile {
                        name: ours.name.clone(),
                        text: text(repository, ours, &panel)?,
                        new: None,
                    });
                }
                Err(places) => notes.push(format!(
                    "{}.json stays as it is: it was edited here, and the revision has another one ({places}); compare it with \
                     __elements in the revision under vendor/",
                    library_label(&ours.name)
                )),
            },
        }
    }
    Ok((files, notes))
}

/// The panel with both sides' edits; nothing where ours has them already. Else the places at which they collide.
fn merged(base: Option<&LibraryPanel>, ours: &Entry, theirs: &LibraryPanel) -> Result<Option<LibraryPanel>, String> {
    let context = Context::default();
    let (ours, theirs) = (ours.dashboard.content(), theirs.as_dashboard());
    if compare(ours, &theirs, &context).is_same() {
        return Ok(None);
    }
    let Some(base) = base.map(LibraryPanel::as_dashboard) else {
        return Err("the pinned revision didn't bring it along".to_owned());
    };
    if compare(&base, &theirs, &context).is_same() {
        return Ok(None);
    }
    let merged = merge_with(&base, ours, &theirs, &context, &|_| None);
    match merged.conflicts.is_empty() {
        true => Ok(LibraryPanel::of_dashboard(&merged.document)),
        false => {
            let places: Vec<String> = merged.conflicts.iter().map(|one| one.place.to_string()).collect();
            Err(places.join("; "))
        }
    }
}

fn text(repository: &Repository, entry: &Entry, panel: &LibraryPanel) -> Result<String, Error> {
    let path = entry.name.library_file(repository.root());
    let text = std::fs::read_to_string(&path).map_err(|error| Error::new(format!("{}: {error}", path.display())))?;
    rewrite(&text, &panel.as_file()).map_err(Error::new)
}

fn free(dashboard: &Name, name: &str, taken: &[Name]) -> Result<Name, Error> {
    let stem = slug(name);
    for number in 1..1000 {
        let stem = if number == 1 {
            stem.clone()
        } else {
            format!("{stem}-{number}")
        };
        let name = dashboard.beside(&stem).map_err(Error::new)?;
        if !taken.contains(&name) {
            return Ok(name);
        }
    }
    Err(Error::new(format!("no free name for the library panel {name:?}")))
}

/// What the lock says of one that is new.
pub(super) fn locked(uid: &str) -> LockedPanel {
    LockedPanel {
        uid: uid.to_owned(),
        ..LockedPanel::default()
    }
}
