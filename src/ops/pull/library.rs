//! How does an edit of a library panel come into its file?

use serde_json::Value;

use super::super::library::{PanelItem, Record, Written, resolve};
use super::super::{Error, Review};
use super::{PullOptions, Pulled, Row, moved, note};
use crate::dashboard::compare::{Comparison, IgnoreRule, compare};
use crate::dashboard::{LibraryPanel, put_back, to_sorted_text};
use crate::grafana::LiveLibraryPanel;
use crate::plan::{State, panel_hash};
use crate::repository::{Entry, Name, library_label, rewrite};

const BOTH: &str = "the file and Grafana's have both changed, and Grafana keeps no history of library panels: name it to take \
                    Grafana's (`dashctl pull library/…`), or `dashctl apply --overwrite-drift` takes the file's";

/// Takes what others changed in library panels into their files. What fails for one is in its row.
pub(super) fn pull_panels(options: &PullOptions, review: &Review) -> Vec<Row> {
    let mut rows = Vec::new();
    for panel in &review.library {
        let named = !options.what.is_empty();
        let item = &panel.item;
        let row = match (item.state, &panel.live) {
            (State::Diverged, _) if !named => Ok(Row {
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
    let session = &review.session;
    let repository = &session.repository;
    let root = repository.root();
    let name = &panel.name;
    let path = name.library_file(root);
    let entry = repository.library_entry(name, session.target.as_deref())?;
    let read = std::fs::read_to_string(&path).map_err(|error| Error::new(format!("{}: {error}", path.display())))?;
    let text = new_text(review, &entry, &read, live)?;
    let to = super::destination(&panel.item, name)?;
    let folder = panel.item.moved_from.as_ref().unwrap_or(&panel.item.folder);
    if !options.dry_run {
        let mut change = repository.begin()?;
        if std::fs::read_to_string(&path).is_ok_and(|now| now != read) {
            return Err(Error::new(format!(
                "{} was changed at the same time; run it again",
                repository.relative(&path).display()
            )));
        }
        let file = to.library_file(root);
        if to != *name && change.has(&file)? {
            return Err(Error::new(format!(
                "{} is there already",
                repository.relative(&file).display()
            )));
        }
        change.write(&file, text.as_bytes())?;
        if to != *name {
            move_sidecar(&mut change, root, name, &to)?;
        }
        let record = Record {
            name: to.clone(),
            uid: live.panel.uid.clone(),
            written: Written::Pulled(panel_hash(&live.panel, folder)),
        };
        record.enter(change.lock());
        change.commit()?;
    }
    Ok(Row {
        name: panel.item.name.clone(),
        result: Pulled::Pulled,
        notes: moved(name, &to).into_iter().collect(),
        commits: Vec::new(),
        edited: edited(panel),
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

/// The file's text with what is live: placeholders of inputs are put back, and what the file has of its own stays.
fn new_text(review: &Review, entry: &Entry, text: &str, live: &LiveLibraryPanel) -> Result<String, Error> {
    let file = crate::dashboard::content(text).map_err(Error::new)?;
    let (desired, answers) = resolve(&review.session, &review.survey, entry.clone())?;
    let context = review.survey.context();
    let now = live.panel.as_dashboard();
    let open = put_back(&now, entry.dashboard.content(), &answers, review.survey.reference()).map_err(Error::new)?;
    let taken = LibraryPanel::of_dashboard(&open).ok_or_else(|| Error::new("it is no library panel any more"))?;
    let mut written = file.clone();
    written["name"] = taken.name.as_str().into();
    written["model"] = with_own_places(taken.model, &file);
    // What comes in is in the form that the page saved it in.
    if let (Some(schema), Some(fields)) = (live.panel.schema, written.as_object_mut()) {
        fields.insert("schemaVersion".into(), schema.into());
    }
    let text = match rewrite(text, &written) {
        Ok(text) => text,
        Err(_) => to_sorted_text(&written),
    };
    // What is written must mean what is live.
    let panel = LibraryPanel::of(&crate::dashboard::content(&text).map_err(Error::new)?).map_err(Error::new)?;
    let mut entry = entry.clone();
    *entry.dashboard.content_mut() = LibraryPanel {
        inputs: LibraryPanel::of(&file).map_err(Error::new)?.inputs,
        ..panel
    }
    .as_dashboard();
    let label = library_label(&entry.name);
    let (meant, _) = resolve(&review.session, &review.survey, entry)?;
    let left = IgnoreRule::apply(&desired.ignore, compare(meant.dashboard.content(), &now, context)).kept;
    match left.is_same() {
        true => Ok(text),
        false => {
            let places: Vec<String> = left.changes.iter().map(|change| change.place.to_string()).collect();
            Err(Error::new(format!(
                "{label}: not written, since these changes could not be put into the file: {}",
                places.join("; ")
            )))
        }
    }
}

/// A file may have what a dashboard says of the panel, as it came; it means nothing, and stays.
fn with_own_places(mut model: Value, file: &Value) -> Value {
    if let (Some(fields), Some(old)) = (model.as_object_mut(), file.get("model").and_then(Value::as_object)) {
        for key in ["id", "gridPos", "libraryPanel"] {
            fields.extend(old.get(key).map(|value| (key.to_owned(), value.clone())));
        }
    }
    model
}
