use std::collections::BTreeMap;

use super::super::applied::{AppliedRow, not_begun, past, place, row};
use super::super::{Error, Review, Writes};
use super::{PanelItem, target_key};
use crate::apply::{FolderMaker, Origin, keep_ignored, save_panel};
use crate::dashboard::{Document, LibraryPanel};
use crate::plan::{Action, panel_hash};
use crate::repository::{LockedPanel, Name, Repository};

/// What was written or pulled of a library panel, for the lock.
#[derive(Debug)]
pub struct Record {
    /// Its name.
    pub name: Name,
    /// Its uid.
    pub uid: String,
    /// The checksum, and where it was written, or that a pull took it.
    pub written: Written,
}

/// How the repository came to know a content.
#[derive(Debug)]
pub enum Written {
    /// It was written to this target.
    To(String, String),
    /// A pull took it.
    Pulled(String),
}

/// Writes the library panels that are to be written, one after the other, as it was decided.
pub async fn write_panels(
    review: &Review,
    actions: Vec<Action>,
    writes: &Writes,
    folders: &mut FolderMaker<'_>,
) -> Vec<AppliedRow> {
    let mut rows = Vec::new();
    let mut records = Vec::new();
    let mut goes_on = true;
    for (panel, action) in review.library.iter().zip(actions) {
        let name = panel.item.name.clone();
        match action {
            Action::Nothing => {}
            Action::Refuse(reason) => rows.push(row(name, Ok(format!("left alone: {reason}")))),
            _ if !goes_on || writes.are_stopped() => rows.push(not_begun(name)),
            action => {
                let done = write(review, panel, &action, folders, &mut records).await;
                goes_on &= done.is_ok() || writes.keep_going;
                rows.push(row(name, done));
            }
        }
    }
    if let Err(error) = remember(&review.session.repository, records) {
        let person = &review.session.person;
        person.warn(&format!(
            "dashctl.lock doesn't remember the library panels: {}",
            error.message()
        ));
    }
    rows
}

async fn write(
    review: &Review,
    panel: &PanelItem,
    action: &Action,
    folders: &mut FolderMaker<'_>,
    records: &mut Vec<Record>,
) -> Result<String, Error> {
    let session = &review.session;
    let Some(folder) = place(folders, &panel.item).await? else {
        return Ok(format!("its folder is {} again", panel.item.folder));
    };
    let mut desired = panel.desired.clone();
    if let Some(live) = &panel.live {
        let now = Document::Classic(live.panel.as_dashboard());
        keep_ignored(&mut desired, &now, review.survey.context()).map_err(Error::new)?;
    }
    let read = panel.live.as_ref().map(|live| live.version);
    let origin = Origin {
        repository: &session.repository.config().repository,
        text: "",
        managed: None,
    };
    let version = save_panel(&session.grafana, origin, &desired, &folder, read).await?;
    records.extend(written(&panel.name, &desired, target_key(session)));
    Ok(format!("{}, version {version}", past(action)))
}

/// What the lock remembers of a panel that was written.
pub(in crate::ops) fn written(name: &Name, desired: &crate::plan::Desired, target: String) -> Option<Record> {
    let panel = LibraryPanel::of_dashboard(desired.dashboard.content())?;
    Some(Record {
        name: name.clone(),
        uid: panel.uid.clone(),
        written: Written::To(target, panel_hash(&panel, &desired.folder)),
    })
}

/// Writes down what is known of library panels, if it is news.
pub(in crate::ops) fn remember(repository: &Repository, records: Vec<Record>) -> Result<(), Error> {
    if records.is_empty() {
        return Ok(());
    }
    let mut change = repository.begin()?;
    let mut news = false;
    for record in records {
        news |= record.enter(change.lock());
    }
    if news { Ok(change.commit()?) } else { Ok(()) }
}

impl Record {
    /// Enters it into the lock; says whether that is news.
    pub fn enter(self, lock: &mut crate::repository::Lock) -> bool {
        let mut locked = lock.panel(&self.uid).cloned().unwrap_or_else(|| LockedPanel {
            uid: self.uid.clone(),
            written: BTreeMap::new(),
            pulled: None,
            removed: false,
        });
        locked.removed = false;
        match self.written {
            Written::To(target, hash) => drop(locked.written.insert(target, hash)),
            Written::Pulled(hash) => locked.pulled = Some(hash),
        }
        lock.insert_panel(self.name, locked)
    }
}
