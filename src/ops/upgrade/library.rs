//! What becomes of the library panels that a newer revision brings along? Their files are merged as the dashboard's is.

use serde_json::Value;

use super::super::Error;
use super::pin::Pin;
use super::settle::Answers;
use crate::catalog::Pristine;
use crate::dashboard::compare::{Change, Context, Place, Step, compare};
use crate::dashboard::merge::{Choice, Conflict, merge_with};
use crate::dashboard::{Document, LibraryPanel, to_sorted_text};
use crate::repository::{LockedPanel, Name, Repository, library_label, rewrite, slug};
use crate::verify::rewrite_all;

/// A library panel's file that changes with the upgrade.
#[derive(Debug)]
pub(super) struct PanelFile {
    pub name: Name,
    pub text: String,
    /// The uid, where the file is new.
    pub new: Option<String>,
}

/// What a merge of library panels came to.
#[derive(Debug, Default)]
pub(super) struct MergedPanels {
    /// The files that change.
    pub files: Vec<PanelFile>,
    /// What the author changed.
    pub changes: Vec<Change>,
    /// How many edits of the files' own there are.
    pub own_edits: usize,
    /// What both changed, and nobody has settled.
    pub conflicts: Vec<Conflict>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// The library panels of both revisions, and the files that the repository has of them.
#[derive(Debug)]
pub(super) struct Panels<'a> {
    repository: &'a Repository,
    /// The dashboard, beside which new files go.
    dashboard: &'a Name,
    all: Vec<Sides>,
    /// The names that files of the repository have.
    taken: Vec<Name>,
}

/// One library panel on all three sides.
#[derive(Debug, Default)]
struct Sides {
    base: Option<LibraryPanel>,
    ours: Option<(Name, LibraryPanel)>,
    theirs: Option<LibraryPanel>,
}

impl<'a> Panels<'a> {
    /// Those that the revisions bring along.
    ///
    /// # Errors
    ///
    /// Library panels of the repository that can't be read.
    pub(super) fn read(
        repository: &'a Repository,
        pin: &'a Pin,
        file: &Document,
        old: &Pristine,
        new: &Pristine,
    ) -> Result<Self, Error> {
        let mut panels = Self {
            repository,
            dashboard: &pin.name,
            all: Vec::new(),
            taken: Vec::new(),
        };
        // Dashboards that were imported before library panels had files have them in their own.
        if file.content().get("__elements").is_some() {
            return Ok(panels);
        }
        let [before, after] = [old, new].map(|pristine| {
            let mut content = pristine.dashboard.content().clone();
            rewrite_all(&mut content, &pin.locked.rewritten);
            LibraryPanel::brought_by(&content)
        });
        if before.is_empty() && after.is_empty() {
            return Ok(panels);
        }
        let known = repository.library(None)?;
        panels.taken = known.iter().map(|entry| entry.name.clone()).collect();
        let uids = after.iter().chain(&before).map(|panel| panel.uid.as_str());
        let mut seen: Vec<&str> = Vec::new();
        for uid in uids {
            if seen.contains(&uid) {
                continue;
            }
            seen.push(uid);
            let of = |side: &[LibraryPanel]| side.iter().find(|panel| panel.uid == uid).cloned();
            let entry = known.iter().find(|entry| entry.uid.as_str() == uid);
            panels.all.push(Sides {
                base: of(&before),
                ours: entry.and_then(|entry| {
                    let panel = LibraryPanel::of_dashboard(entry.dashboard.content())?;
                    Some((entry.name.clone(), panel))
                }),
                theirs: of(&after),
            });
        }
        Ok(panels)
    }

    /// Brings both sides' edits together.
    ///
    /// # Errors
    ///
    /// A file that can't be read.
    pub(super) fn merge(&self, answers: &Answers<'_>) -> Result<MergedPanels, Error> {
        let mut merged = MergedPanels::default();
        for sides in &self.all {
            let (Some(theirs), ours) = (&sides.theirs, &sides.ours) else {
                if let Some((name, _)) = &sides.ours {
                    let label = library_label(name);
                    merged.notes.push(format!(
                        "the revision doesn't bring {label}.json along any more; it stays until `dashctl remove {label}`"
                    ));
                }
                continue;
            };
            merged.own_edits += sides.own_edits();
            let Some(panel) = sides.merge(theirs, answers, &mut merged) else {
                continue;
            };
            let file = match ours {
                Some((name, _)) => {
                    merged
                        .notes
                        .push(format!("{}.json changes as well", library_label(name)));
                    PanelFile {
                        name: name.clone(),
                        text: self.text(name, &panel)?,
                        new: None,
                    }
                }
                None => {
                    let name = self.free(&panel.name, &merged.files)?;
                    let label = library_label(&name);
                    merged
                        .notes
                        .push(format!("the revision brings a library panel along: {label}.json"));
                    PanelFile {
                        name,
                        text: to_sorted_text(&panel.as_file()),
                        new: Some(panel.uid),
                    }
                }
            };
            merged.files.push(file);
        }
        Ok(merged)
    }

    fn text(&self, name: &Name, panel: &LibraryPanel) -> Result<String, Error> {
        let path = name.library_file(self.repository.root());
        let wrong = |error: &dyn std::fmt::Display| {
            let shown = self.repository.relative(&path).display();
            Error::new(format!("{shown}: {error}"))
        };
        let text = std::fs::read_to_string(&path).map_err(|error| wrong(&error))?;
        let file = crate::dashboard::content(&text).map_err(|error| wrong(&error))?;
        rewrite(&text, &panel.within(&file)).map_err(|error| wrong(&error))
    }

    fn free(&self, name: &str, made: &[PanelFile]) -> Result<Name, Error> {
        let stem = slug(name);
        for number in 1..1000 {
            let stem = match number {
                1 => stem.clone(),
                number => format!("{stem}-{number}"),
            };
            let name = self.dashboard.beside(&stem).map_err(Error::new)?;
            if !self.taken.contains(&name) && made.iter().all(|file| file.name != name) {
                return Ok(name);
            }
        }
        Err(Error::new(format!("no free name for the library panel {name:?}")))
    }
}

impl Sides {
    fn own_edits(&self) -> usize {
        match (&self.base, &self.ours) {
            (Some(base), Some((_, ours))) => {
                compare(&base.as_dashboard(), &ours.as_dashboard(), &Context::default()).differences()
            }
            _ => 0,
        }
    }

    /// The panel with both sides' edits; nothing where the repository has what it shall have, or where that is open.
    fn merge(&self, theirs: &LibraryPanel, answers: &Answers<'_>, merged: &mut MergedPanels) -> Option<LibraryPanel> {
        let ours = self.ours.as_ref().map(|(_, panel)| panel);
        let context = Context::default();
        let place = |inside: &Place| {
            let name = ours.unwrap_or(theirs).name.clone();
            let steps = [Step::Key("library".to_owned()), step(&theirs.uid, name)];
            Place::new([&steps[..], inside.steps()].concat())
        };
        if let Some(base) = &self.base {
            let found = compare(&base.as_dashboard(), &theirs.as_dashboard(), &context);
            if found.is_same() {
                return None;
            }
            merged.changes.extend(found.changes.into_iter().map(|change| Change {
                place: place(&change.place),
                ..change
            }));
        }
        let (base, ours) = match (&self.base, ours) {
            (None, None) => return Some(theirs.clone()),
            (Some(base), Some(ours)) => (base.as_dashboard(), ours.as_dashboard()),
            (None, Some(ours)) if compare(&ours.as_dashboard(), &theirs.as_dashboard(), &context).is_same() => {
                return None;
            }
            // Both have one of their own, or what the author changed was taken out here.
            (base, ours) => {
                let model = |panel: Option<&LibraryPanel>| panel.map(|panel| panel.model.clone());
                let conflict = Conflict {
                    place: place(&Place::default()),
                    base: model(base.as_ref()),
                    ours: model(ours),
                    theirs: model(Some(theirs)),
                };
                return self.settled(theirs, answers.to(&conflict), conflict, merged);
            }
        };
        let inside = |conflict: &Conflict| Conflict {
            place: place(&conflict.place),
            ..conflict.clone()
        };
        let found = merge_with(&base, &ours, &theirs.as_dashboard(), &context, &|conflict| {
            answers.to(&inside(conflict))
        });
        merged.conflicts.extend(found.conflicts.iter().map(inside));
        match found.conflicts.is_empty() && found.document != ours {
            true => LibraryPanel::of_dashboard(&found.document),
            false => None,
        }
    }

    /// A panel that collides as a whole, where somebody said what counts.
    fn settled(
        &self,
        theirs: &LibraryPanel,
        choice: Option<Choice>,
        conflict: Conflict,
        merged: &mut MergedPanels,
    ) -> Option<LibraryPanel> {
        match choice {
            Some(Choice::Ours) => None,
            Some(Choice::Theirs) => Some(theirs.clone()),
            Some(Choice::Value(model @ Value::Object(_))) => Some(LibraryPanel {
                model,
                ..self.ours.as_ref().map_or(theirs, |(_, ours)| ours).clone()
            }),
            // Anything else is no panel.
            Some(Choice::Value(_)) | None => {
                merged.conflicts.push(conflict);
                None
            }
        }
    }
}

fn step(uid: &str, name: String) -> Step {
    Step::Item {
        field: "uid",
        value: uid.to_owned(),
        label: Some(name),
        noun: None,
    }
}

/// What the lock says of one that is new.
pub(super) fn locked(uid: &str) -> LockedPanel {
    LockedPanel {
        uid: uid.to_owned(),
        ..LockedPanel::default()
    }
}
