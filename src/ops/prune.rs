//! What left the repository, and what becomes of it in Grafana?

use super::{Error, Review};
use crate::apply::{Known, find_base};
use crate::dashboard::compare::compare;
use crate::grafana::LiveDashboard;
use crate::plan::{Base, Permissions};
use crate::repository::{Locked, Name};

/// A dashboard that left the repository, and what becomes of it in Grafana.
#[derive(Debug)]
pub struct Leaver {
    name: Name,
    uid: String,
    verdict: Verdict,
}

#[derive(Debug)]
enum Verdict {
    /// It carries this repository's mark, and nobody changed it since: deleted.
    Delete(Box<LiveDashboard>),
    /// It isn't there any more: only forgotten.
    Gone,
    /// Left alone, for this reason.
    Keep(&'static str),
}

/// What left the repository: needs the lock's `removed` entry and this repository's mark in the dashboard's history.
///
/// # Errors
///
/// The lock can't be read, or the server can't be reached.
pub async fn find(review: &Review, permissions: Permissions) -> Result<Vec<Leaver>, Error> {
    let lock = review.session.repository.lock()?;
    let mut doomed = Vec::new();
    for (name, locked) in lock.entries().filter(|(_, locked)| locked.removed) {
        let still_here = review.items.iter().any(|item| item.uid == locked.uid);
        let verdict = if still_here {
            Verdict::Keep("another dashboard of the repository has its uid")
        } else {
            judge(review, locked, permissions).await?
        };
        doomed.push(Leaver {
            name: name.clone(),
            uid: locked.uid.clone(),
            verdict,
        });
    }
    Ok(doomed)
}

/// What left the repository and is still remembered: it waits for an apply that prunes.
///
/// # Errors
///
/// The lock can't be read.
pub fn waiting(review: &Review) -> Result<Vec<Name>, Error> {
    let lock = review.session.repository.lock()?;
    let removed = lock.entries().filter(|(_, locked)| locked.removed);
    Ok(removed.map(|(name, _)| name.clone()).collect())
}

async fn judge(review: &Review, locked: &Locked, permissions: Permissions) -> Result<Verdict, Error> {
    let grafana = &review.session.grafana;
    let Some(live) = grafana.dashboard(&locked.uid).await? else {
        return Ok(Verdict::Gone);
    };
    if live.foreign.is_some() {
        return Ok(Verdict::Keep("another tool owns it"));
    }
    let Ok(now) = live.document() else {
        return Ok(Verdict::Keep("it can't be read as it is stored"));
    };
    let context = review.survey.context();
    let known = Known {
        repository: &review.session.repository.config().repository,
        pulled: locked.pulled.as_deref(),
        desired: None,
    };
    let (base, _) = find_base(grafana, &live, &locked.uid, &known, context).await?;
    let Base::Found { dashboard, marked, .. } = &base else {
        return Ok(Verdict::Keep(match base {
            Base::NotAllowed => "its history may not be read",
            _ => "it carries no mark of this repository",
        }));
    };
    if !permissions.overwrite_drift && !compare(dashboard.content(), now.content(), context).is_same() {
        return Ok(Verdict::Keep(
            "somebody changed it since; --overwrite-drift deletes it all the same",
        ));
    }
    // What was only ever pulled was never dashctl's to delete.
    let by_mark = Known { pulled: None, ..known };
    if *marked || is_found(find_base(grafana, &live, &locked.uid, &by_mark, context).await?.0) {
        return Ok(Verdict::Delete(Box::new(live)));
    }
    Ok(Verdict::Keep("it carries no mark of this repository"))
}

fn is_found(base: Base) -> bool {
    matches!(base, Base::Found { .. })
}

/// How many will be deleted.
pub fn count(doomed: &[Leaver]) -> usize {
    doomed
        .iter()
        .filter(|doomed| matches!(doomed.verdict, Verdict::Delete(_)))
        .count()
}

/// How many are left alone, though the repository doesn't want them any more.
pub fn kept(doomed: &[Leaver]) -> usize {
    doomed
        .iter()
        .filter(|doomed| matches!(doomed.verdict, Verdict::Keep(_)))
        .count()
}

impl std::fmt::Display for Leaver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, uid, verdict } = self;
        match verdict {
            Verdict::Delete(_) => write!(f, "- delete    {name} (uid {uid})"),
            Verdict::Gone => write!(f, "- forget    {name} (uid {uid}): it is gone already"),
            Verdict::Keep(reason) => write!(f, "! kept      {name} (uid {uid}): {reason}"),
        }
    }
}

/// Forgets those that are gone already: their entries leave the lock.
///
/// # Errors
///
/// The lock can't be written.
pub fn forget(review: &Review, doomed: &[Leaver]) -> Result<(), Error> {
    let gone = doomed
        .iter()
        .filter(|doomed| matches!(doomed.verdict, Verdict::Gone))
        .map(|doomed| &doomed.name);
    unlock(review, gone)
}

/// Deletes, one by one until `stop` says so, and forgets what is gone. What was not begun has no result.
///
/// # Errors
///
/// The lock can't be written. What Grafana refuses is in the result.
pub async fn carry_out(
    review: &Review,
    doomed: &[Leaver],
    stop: impl Fn() -> bool,
) -> Result<Vec<(String, Option<Result<String, Error>>)>, Error> {
    let mut rows = Vec::new();
    let mut gone: Vec<&Name> = Vec::new();
    for one in doomed {
        let result = match &one.verdict {
            Verdict::Delete(_) if stop() => {
                rows.push((one.name.to_string(), None));
                continue;
            }
            Verdict::Delete(live) => delete(review, &one.uid, live).await.map(|()| "deleted".to_owned()),
            Verdict::Gone => Ok("gone already".to_owned()),
            Verdict::Keep(reason) => {
                rows.push((one.name.to_string(), Some(Ok(format!("kept: {reason}")))));
                continue;
            }
        };
        if result.is_ok() {
            gone.push(&one.name);
        }
        rows.push((one.name.to_string(), Some(result)));
    }
    unlock(review, gone.into_iter())?;
    Ok(rows)
}

/// Deleting knows no version: the last look comes right before it.
async fn delete(review: &Review, uid: &str, seen: &LiveDashboard) -> Result<(), Error> {
    let grafana = &review.session.grafana;
    match grafana.dashboard(uid).await? {
        Some(now) if now.revision.is_other(&seen.revision) => {
            Err(Error::new("somebody saved it at the same time; not deleted"))
        }
        Some(_) => Ok(grafana.delete_dashboard(uid).await?),
        None => Ok(()),
    }
}

fn unlock<'a>(review: &Review, names: impl Iterator<Item = &'a Name>) -> Result<(), Error> {
    let names: Vec<&Name> = names.collect();
    if names.is_empty() {
        return Ok(());
    }
    let mut change = review.session.repository.begin()?;
    for name in names {
        // It may have come back in the meantime.
        if change.lock().get(name).is_some_and(|locked| locked.removed) {
            change.lock().remove(name);
        }
    }
    Ok(change.commit()?)
}
