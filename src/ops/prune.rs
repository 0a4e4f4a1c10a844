//! What left the repository, and what becomes of it in Grafana?

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};

use super::writes::{Tally, Writes};
use super::{Error, Review};
use crate::apply::{Known, find_base};
use crate::dashboard::compare::compare;
use crate::grafana::LiveDashboard;
use crate::pace;
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
    let removed = lock.entries().filter(|(_, locked)| locked.removed);
    let here: BTreeSet<&str> = review.items.iter().map(|item| item.uid.as_str()).collect();
    let judged = stream::iter(removed).map(|(name, locked)| {
        let is_here = here.contains(locked.uid.as_str());
        async move {
            let verdict = match is_here {
                true => Verdict::Keep("another dashboard of the repository has its uid"),
                false => judge(review, locked, permissions).await?,
            };
            Ok(Leaver {
                name: name.clone(),
                uid: locked.uid.clone(),
                verdict,
            })
        }
    });
    judged.buffered(review.survey.concurrency()).try_collect().await
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

impl Leaver {
    /// Its uid, where it will be deleted.
    pub fn doomed_uid(&self) -> Option<&str> {
        matches!(self.verdict, Verdict::Delete(_)).then_some(&self.uid)
    }
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

/// Deletes, several at once, and forgets what is gone. What was not begun has no result: nothing is where the writes before
/// have `failed`.
///
/// # Errors
///
/// The lock can't be written. What Grafana refuses is in the result.
pub async fn carry_out(
    review: &Review,
    doomed: &[Leaver],
    writes: &Writes,
    failed: bool,
) -> Result<Vec<(String, Option<Result<String, Error>>)>, Error> {
    let session = &review.session;
    let tally = Tally::new(session.person.as_ref(), "deleting dashboards", count(doomed));
    let work = async |(uid, live): (&str, &LiveDashboard)| {
        let done = delete(review, uid, live).await.map(|()| "deleted".to_owned());
        tally.one(done.is_ok());
        let ended = writes.ended(&done);
        (done, ended)
    };
    let jobs = doomed.iter().filter_map(|one| match &one.verdict {
        Verdict::Delete(live) => Some((one.uid.as_str(), live.as_ref())),
        Verdict::Gone | Verdict::Keep(_) => None,
    });
    let jobs: Vec<_> = jobs.collect();
    let most = writes.most(Some(&session.repository), session.target.as_deref());
    let mut deleted = pace::run(jobs, most, || failed || writes.are_stopped(), work)
        .await
        .into_iter();
    let mut gone: Vec<&Name> = Vec::new();
    let mut rows = Vec::new();
    for one in doomed {
        let (result, is_gone) = match &one.verdict {
            Verdict::Delete(_) => {
                let done = deleted.next().flatten();
                let is_gone = matches!(done, Some(Ok(_)));
                (done, is_gone)
            }
            Verdict::Gone => (Some(Ok("gone already".to_owned())), true),
            Verdict::Keep(reason) => (Some(Ok(format!("kept: {reason}"))), false),
        };
        if is_gone {
            gone.push(&one.name);
        }
        rows.push((one.name.to_string(), result));
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
