//! How does an edit of a library panel come into its file?

use serde_json::Value;

use super::super::library::{PanelItem, Record, Written, resolve};
use super::super::{Error, Review};
use super::merge::{Merged, Sides, Way, with_markers};
use super::{PullOptions, Pulled, Row, moved, note};
use crate::dashboard::compare::{Comparison, IgnoreRule, compare};
use crate::dashboard::inputs::Answers;
use crate::dashboard::{Document, LibraryPanel, put_back, to_sorted_text};
use crate::grafana::LiveLibraryPanel;
use crate::plan::{Desired, State, panel_hash};
use crate::repository::{Entry, Name, library_label, rewrite};

const BOTH: &str = "the file and Grafana's have both changed, and what it was in between is neither in Grafana, which keeps no history of \
                    library panels, nor in a commit: name it to take Grafana's (`dashctl pull library/…`), or `dashctl apply --overwrite-drift` takes the file's";

/// Takes what others changed in library panels into their files. What fails for one is in its row.
pub(super) fn pull_panels(options: &PullOptions, review: &Review) -> Vec<Row> {
    let mut rows = Vec::new();
    for panel in &review.library {
        let named = !options.what.is_empty();
        let item = &panel.item;
        let row = match (item.state, &panel.live) {
            (State::Diverged, _) if !named && panel.base.is_none() => Ok(Row {
                edited: item.changes.reversed(),
                ..note(&item.name, Pulled::Conflict, BOTH)
            }),
            (State::Drift | State::Diverged, Some(live)) => take_in(options, review, panel, live),
            (State::Unowned, Some(live)) if named => take_in(options, review, panel, live),
            (State::Missing, _) if named => Ok(super::missing(item)),
            _ => continue,
        };
        rows.push(row.unwrap_or_else(|error| super::failed_row(&item.name, &error.message())));
    }
    rows
}

/// Of commits, there is none to make of a library panel: a version of it is kept nowhere.
pub(super) fn without_commits(review: &Review) -> Vec<Row> {
    let drifted = review.library.iter().filter(|panel| panel.item.state.is_drift());
    let row = |panel: &PanelItem| {
        let why = "Grafana keeps no versions of library panels to make commits of; `dashctl pull` without --commit takes it in";
        note(&panel.item.name, Pulled::LeftAlone, why)
    };
    drifted.map(row).collect()
}

fn take_in(options: &PullOptions, review: &Review, panel: &PanelItem, live: &LiveLibraryPanel) -> Result<Row, Error> {
    let draft = Draft::read(review, &panel.name)?;
    let edited = edited(panel);
    let taken = match (panel.item.state, &panel.base) {
        (State::Diverged, Some(base)) => draft.merge(live, base.content(), &edited)?,
        _ => draft.take(live)?,
    };
    let to = super::destination(&panel.item, &panel.name)?;
    let mut notes = taken.notes;
    notes.extend(moved(&panel.name, &to));
    if !options.dry_run {
        let folder = panel.item.moved_from.as_ref().unwrap_or(&panel.item.folder);
        let record = Record {
            name: to.clone(),
            uid: live.panel.uid.clone(),
            written: Written::Pulled(panel_hash(&live.panel, folder)),
        };
        // A conflict isn't taken before somebody has settled it.
        draft.write(&to, &taken.text, (!taken.conflict).then_some(record))?;
    }
    Ok(Row {
        name: panel.item.name.clone(),
        result: match taken.conflict {
            true => Pulled::Conflict,
            false => Pulled::Pulled,
        },
        notes,
        commits: Vec::new(),
        edited,
    })
}

fn edited(panel: &PanelItem) -> Comparison {
    match panel.item.base {
        Some(_) => panel.item.drift.clone(),
        None => panel.item.changes.reversed(),
    }
}

fn move_sidecar(
    change: &mut crate::repository::Transaction<'_>,
    root: &std::path::Path,
    from: &Name,
    to: &Name,
) -> Result<(), Error> {
    if let Ok(sidecar) = std::fs::read(from.library_sidecar(root)) {
        change.write(&to.library_sidecar(root), &sidecar)?;
        change.remove(&from.library_sidecar(root))?;
    }
    Ok(change.remove(&from.library_file(root))?)
}

/// A library panel's file on its way. Nothing is written before [`Draft::write`].
struct Draft<'a> {
    review: &'a Review,
    /// The file as it stands, and its text.
    entry: Entry,
    file: Value,
    text: String,
    /// What it comes to on the target, and the answers that lead there.
    desired: Desired,
    answers: Answers,
}

/// What one step has made of the file.
struct Taken {
    /// The file's new text; with markers where both sides changed the same places.
    text: String,
    conflict: bool,
    notes: Vec<String>,
}

impl<'a> Draft<'a> {
    fn read(review: &'a Review, name: &Name) -> Result<Self, Error> {
        let session = &review.session;
        let path = name.library_file(session.repository.root());
        let text =
            std::fs::read_to_string(&path).map_err(|error| Error::new(format!("{}: {error}", path.display())))?;
        let entry = session.repository.library_entry(name, session.target.as_deref())?;
        let (desired, answers) = resolve(session, &review.survey, entry.clone())?;
        Ok(Self {
            review,
            entry,
            file: crate::dashboard::content(&text).map_err(Error::new)?,
            text,
            desired,
            answers,
        })
    }

    /// The file with what is live: placeholders of inputs are put back, and what the file has of its own stays.
    fn take(&self, live: &LiveLibraryPanel) -> Result<Taken, Error> {
        let now = live.panel.as_dashboard();
        let reference = self.review.survey.reference();
        let open = put_back(&now, self.entry.dashboard.content(), &self.answers, reference).map_err(Error::new)?;
        // What comes in is in the form that the page saved it in.
        let text = self.with(&open, live.panel.schema)?;
        self.verify(&text, &now)?;
        Ok(Taken {
            text,
            conflict: false,
            notes: Vec::new(),
        })
    }

    /// Both sides' edits since base, as those of dashboards come together.
    fn merge(&self, live: &LiveLibraryPanel, base: &Value, edited: &Comparison) -> Result<Taken, Error> {
        let now = live.panel.as_dashboard();
        let sides = Sides {
            file: self.entry.dashboard.content(),
            desired: self.desired.dashboard.content(),
            live: &now,
            base: Some(base),
            answers: &self.answers,
            reference: self.review.survey.reference(),
            context: self.review.survey.context(),
            rules: &self.desired.ignore,
        };
        let schema = match sides.takes_whole(Way::BySchema) {
            true => live.panel.schema,
            false => LibraryPanel::of_dashboard(sides.file).and_then(|panel| panel.schema),
        };
        let merged = sides.merge(Way::BySchema).map_err(Error::new)?;
        let notes = merged.notes(edited, sides.reshaped());
        let (text, conflict) = match merged {
            Merged::Clean { file, meant, .. } => {
                let text = self.with(&file, schema)?;
                self.verify(&text, meant.as_deref().unwrap_or(&now))?;
                (text, false)
            }
            Merged::Conflict { ours, theirs, .. } => {
                let [ours, theirs] = [self.with(&ours, schema)?, self.with(&theirs, schema)?];
                (with_markers(&ours, &theirs), true)
            }
        };
        Ok(Taken { text, conflict, notes })
    }

    /// The file's text with another panel in it, whose inputs are open.
    fn with(&self, open: &Value, schema: Option<u64>) -> Result<String, Error> {
        let panel = LibraryPanel::of_dashboard(open).ok_or_else(|| Error::new("it is no library panel any more"))?;
        let own = LibraryPanel::of(&self.file).map_err(Error::new)?;
        let written = LibraryPanel {
            inputs: own.inputs,
            schema,
            ..panel
        };
        let written = written.within(&self.file);
        Ok(rewrite(&self.text, &written).unwrap_or_else(|_| to_sorted_text(&written)))
    }

    /// What is written must mean what it shall mean.
    fn verify(&self, text: &str, wanted: &Value) -> Result<(), Error> {
        let panel = crate::dashboard::parse_library_panel(text.as_bytes()).map_err(Error::new)?;
        let entry = Entry {
            dashboard: Document::Classic(panel.as_dashboard()),
            ..self.entry.clone()
        };
        let (meant, _) = resolve(&self.review.session, &self.review.survey, entry)?;
        let found = compare(meant.dashboard.content(), wanted, self.review.survey.context());
        let left = IgnoreRule::apply(&self.desired.ignore, found).kept;
        match left.is_same() {
            true => Ok(()),
            false => {
                let label = library_label(&self.entry.name);
                let places: Vec<String> = left.changes.iter().map(|change| change.place.to_string()).collect();
                Err(Error::new(format!(
                    "{label}: not written, since these changes could not be put into the file: {}",
                    places.join("; ")
                )))
            }
        }
    }

    fn write(&self, to: &Name, text: &str, record: Option<Record>) -> Result<(), Error> {
        let (repository, name) = (&self.review.session.repository, &self.entry.name);
        let root = repository.root();
        let (path, file) = (name.library_file(root), to.library_file(root));
        let mut change = repository.begin()?;
        if std::fs::read_to_string(&path).is_ok_and(|now| now != self.text) {
            return Err(Error::new(format!(
                "{} was changed at the same time; run it again",
                repository.relative(&path).display()
            )));
        }
        if to != name && change.has(&file)? {
            return Err(Error::new(format!(
                "{} is there already",
                repository.relative(&file).display()
            )));
        }
        change.write(&file, text.as_bytes())?;
        if to != name {
            move_sidecar(&mut change, root, name, to)?;
        }
        if let Some(record) = record {
            record.enter(change.lock());
        }
        Ok(change.commit()?)
    }
}
