//! What becomes of library panels that left the repository?

use std::collections::BTreeSet;
use std::fmt;

use super::super::applied::{AppliedRow, not_begun, row};
use super::super::{Error, Review, Writes};
use super::{target_key, used_by, users};
use crate::grafana::LiveLibraryPanel;
use crate::plan::{Permissions, bears_mark_of, panel_hash};
use crate::repository::{LockedPanel, Name, library_label};

/// A library panel that left the repository, and what becomes of it in Grafana.
#[derive(Debug)]
pub struct PanelLeaver {
    name: Name,
    uid: String,
    verdict: Verdict,
}

#[derive(Debug)]
enum Verdict {
    /// It is this repository's, nobody changed it since, and nothing uses it but what goes as well.
    Delete(Box<LiveLibraryPanel>),
    /// It isn't there any more: only forgotten.
    Gone,
    /// Left alone, for this reason.
    Keep(String),
}

/// What left the repository; `going` are the uids of the dashboards that are deleted before.
///
/// # Errors
///
/// The lock can't be read, or the server can't be reached.
pub async fn find(
    review: &Review,
    permissions: Permissions,
    going: &BTreeSet<String>,
) -> Result<Vec<PanelLeaver>, Error> {
    let lock = review.session.repository.lock()?;
    let mut leavers = Vec::new();
    for (name, locked) in lock.library().filter(|(_, locked)| locked.removed) {
        let verdict = match review.survey.library().contains(&locked.uid) {
            true => Verdict::Keep("another file of the repository has its uid".to_owned()),
            false => judge(review, locked, permissions, going).await?,
        };
        leavers.push(PanelLeaver {
            name: name.clone(),
            uid: locked.uid.clone(),
            verdict,
        });
    }
    Ok(leavers)
}

/// What left the repository and is still remembered.
///
/// # Errors
///
/// The lock can't be read.
pub fn waiting(review: &Review) -> Result<Vec<String>, Error> {
    let lock = review.session.repository.lock()?;
    let removed = lock.library().filter(|(_, locked)| locked.removed);
    Ok(removed.map(|(name, _)| library_label(name)).collect())
}

async fn judge(
    review: &Review,
    locked: &LockedPanel,
    permissions: Permissions,
    going: &BTreeSet<String>,
) -> Result<Verdict, Error> {
    let session = &review.session;
    let Some(live) = session.grafana.live_library_panel(&locked.uid).await? else {
        return Ok(Verdict::Gone);
    };
    let written = locked.written.get(&target_key(session));
    let repository = &session.repository.config().repository;
    if written.is_none() && !bears_mark_of(&live.panel, repository) {
        return Ok(Verdict::Keep("it carries no mark of this repository".to_owned()));
    }
    let folder = review.survey.folders().path_of(&live.folder_uid).unwrap_or_default();
    let now = panel_hash(&live.panel, &folder);
    let of_mark = live.panel.mark.as_deref().and_then(crate::plan::Mark::parse);
    let untouched = of_mark.is_some_and(|mark| mark.repository == *repository && mark.hash == now)
        || written.is_some_and(|written| *written == now);
    if !untouched && !permissions.overwrite_drift {
        let why = "somebody changed it since; --overwrite-drift deletes it all the same";
        return Ok(Verdict::Keep(why.to_owned()));
    }
    let mut stay = users(&session.grafana, &locked.uid).await?;
    stay.retain(|hit| !going.contains(&hit.uid));
    Ok(match stay.is_empty() {
        true => Verdict::Delete(Box::new(live)),
        false => Verdict::Keep(used_by(&stay)),
    })
}

impl PanelLeaver {
    /// Whether it is to be deleted.
    pub fn is_doomed(&self) -> bool {
        matches!(self.verdict, Verdict::Delete(_))
    }

    /// Whether it stays, though the repository doesn't want it any more.
    pub fn is_kept(&self) -> bool {
        matches!(self.verdict, Verdict::Keep(_))
    }
}

impl fmt::Display for PanelLeaver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, uid) = (library_label(&self.name), &self.uid);
        match &self.verdict {
            Verdict::Delete(_) => write!(f, "- delete    {name} (uid {uid})"),
            Verdict::Gone => write!(f, "- forget    {name} (uid {uid}): it is gone already"),
            Verdict::Keep(reason) => write!(f, "! kept      {name} (uid {uid}): {reason}"),
        }
    }
}

/// Forgets those that are gone already.
///
/// # Errors
///
/// The lock can't be written.
pub fn forget(review: &Review, leavers: &[PanelLeaver]) -> Result<(), Error> {
    let gone = leavers.iter().filter(|one| matches!(one.verdict, Verdict::Gone));
    unlock(review, gone)
}

/// Deletes what is to go, after the dashboards that used it; nothing where the writes before have `failed`.
///
/// # Errors
///
/// The lock can't be written. What Grafana refuses is in its row.
pub async fn carry_out(
    review: &Review,
    leavers: &[PanelLeaver],
    writes: &Writes,
    failed: bool,
) -> Result<Vec<AppliedRow>, Error> {
    let mut rows = Vec::new();
    let mut gone = Vec::new();
    for one in leavers {
        let name = library_label(&one.name);
        match &one.verdict {
            Verdict::Keep(reason) => rows.push(row(name, Ok(format!("kept: {reason}")))),
            Verdict::Gone => {
                gone.push(one);
                rows.push(row(name, Ok("gone already".to_owned())));
            }
            Verdict::Delete(_) if failed || writes.are_stopped() => rows.push(not_begun(name)),
            Verdict::Delete(seen) => {
                let done = delete(review, &one.uid, seen).await;
                if done.is_ok() {
                    gone.push(one);
                }
                rows.push(row(name, done.map(|()| "deleted".to_owned())));
            }
        }
    }
    unlock(review, gone.into_iter())?;
    Ok(rows)
}

/// Deleting knows no version, and 12 deletes what is in use: the last look comes right before it.
async fn delete(review: &Review, uid: &str, seen: &LiveLibraryPanel) -> Result<(), Error> {
    let grafana = &review.session.grafana;
    match grafana.live_library_panel(uid).await? {
        Some(now) if now.version != seen.version => {
            return Err(Error::new("somebody saved it at the same time; not deleted"));
        }
        Some(_) => {}
        None => return Ok(()),
    }
    let users = users(grafana, uid).await?;
    match users.is_empty() {
        true => Ok(grafana.delete_library_panel(uid).await?),
        false => Err(Error::new(format!("{}; not deleted", used_by(&users)))),
    }
}

fn unlock<'a>(review: &Review, gone: impl Iterator<Item = &'a PanelLeaver>) -> Result<(), Error> {
    let uids: Vec<&str> = gone.map(|one| one.uid.as_str()).collect();
    if uids.is_empty() {
        return Ok(());
    }
    let mut change = review.session.repository.begin()?;
    for uid in uids {
        // It may have come back in the meantime.
        if change.lock().panel(uid).is_some_and(|locked| locked.removed) {
            change.lock().remove_panel(uid);
        }
    }
    Ok(change.commit()?)
}
