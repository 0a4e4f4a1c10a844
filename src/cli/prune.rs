use super::Failure;
use super::review::Review;
use crate::grafana::{ErrorKind, LiveDashboard};
use crate::plan::{Mark, Permissions, content_hash};
use crate::repository::{Locked, Name};

/// A dashboard that left the repository, and what becomes of it in Grafana.
#[derive(Debug)]
pub struct Doomed {
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
pub async fn find(review: &Review, permissions: Permissions) -> Result<Vec<Doomed>, Failure> {
    let lock = review.session.repository.lock()?;
    let mut doomed = Vec::new();
    for (name, locked) in lock.entries().filter(|(_, locked)| locked.removed) {
        let still_here = review.items.iter().any(|item| item.uid == locked.uid);
        let verdict = if still_here {
            Verdict::Keep("another dashboard of the repository has its uid")
        } else {
            judge(review, locked, permissions).await?
        };
        doomed.push(Doomed {
            name: name.clone(),
            uid: locked.uid.clone(),
            verdict,
        });
    }
    Ok(doomed)
}

async fn judge(review: &Review, locked: &Locked, permissions: Permissions) -> Result<Verdict, Failure> {
    let grafana = &review.session.grafana;
    let Some(live) = grafana.dashboard(&locked.uid).await? else {
        return Ok(Verdict::Gone);
    };
    if live.foreign.is_some() {
        return Ok(Verdict::Keep("another tool owns it"));
    }
    let versions = match grafana.versions(&live, &locked.uid).await {
        Ok(versions) => versions,
        Err(error) if error.kind() == &ErrorKind::NotAllowed => {
            return Ok(Verdict::Keep("its history may not be read"));
        }
        Err(error) => return Err(error.into()),
    };
    let id = &review.session.repository.config().repository;
    for entry in versions {
        let own = Mark::parse(&entry.message).is_some_and(|mark| mark.repository == *id);
        if !own && entry.version != 1 {
            continue;
        }
        let version = grafana.version(&live, &locked.uid, entry.version).await?;
        let Some(mark) = Mark::parse(&version.message).filter(|mark| mark.repository == *id) else {
            continue;
        };
        let context = review.survey.context();
        let same = crate::dashboard::compare::compare(&version.dashboard, &live.dashboard, context).is_same()
            || mark.hash == content_hash(&live.dashboard);
        return Ok(match same || permissions.overwrite_drift {
            true => Verdict::Delete(Box::new(live)),
            false => Verdict::Keep("somebody changed it since; --overwrite-drift deletes it all the same"),
        });
    }
    Ok(Verdict::Keep("it carries no mark of this repository"))
}

/// How many will be deleted.
pub fn count(doomed: &[Doomed]) -> usize {
    doomed
        .iter()
        .filter(|doomed| matches!(doomed.verdict, Verdict::Delete(_)))
        .count()
}

/// What becomes of them, for people.
pub fn text(doomed: &[Doomed]) -> String {
    doomed
        .iter()
        .map(|doomed| match &doomed.verdict {
            Verdict::Delete(_) => format!("- delete    {} (uid {})\n", doomed.name, doomed.uid),
            Verdict::Gone => format!("- forget    {} (uid {}): it is gone already\n", doomed.name, doomed.uid),
            Verdict::Keep(reason) => format!("! kept      {} (uid {}): {reason}\n", doomed.name, doomed.uid),
        })
        .collect()
}

/// Forgets those that are gone already: their entries leave the lock.
///
/// # Errors
///
/// The lock can't be written.
pub fn forget(review: &Review, doomed: &[Doomed], dry_run: bool) -> Result<(), Failure> {
    let gone = doomed
        .iter()
        .filter(|doomed| matches!(doomed.verdict, Verdict::Gone))
        .map(|doomed| &doomed.name);
    if dry_run { Ok(()) } else { unlock(review, gone) }
}

/// Deletes, one by one, and forgets what is gone.
///
/// # Errors
///
/// The lock can't be written. What Grafana refuses is in the result.
pub async fn carry_out(review: &Review, doomed: &[Doomed]) -> Result<Vec<(String, Result<String, Failure>)>, Failure> {
    let mut rows = Vec::new();
    let mut gone: Vec<&Name> = Vec::new();
    for one in doomed {
        let result = match &one.verdict {
            Verdict::Delete(live) => delete(review, &one.uid, live).await.map(|()| "deleted".to_owned()),
            Verdict::Gone => Ok("gone already".to_owned()),
            Verdict::Keep(reason) => {
                rows.push((one.name.to_string(), Ok(format!("kept: {reason}"))));
                continue;
            }
        };
        if result.is_ok() {
            gone.push(&one.name);
        }
        rows.push((one.name.to_string(), result));
    }
    unlock(review, gone.into_iter())?;
    Ok(rows)
}

/// Deleting knows no version: the last look comes right before it.
async fn delete(review: &Review, uid: &str, seen: &LiveDashboard) -> Result<(), Failure> {
    let grafana = &review.session.grafana;
    match grafana.dashboard(uid).await? {
        Some(now) if now.version != seen.version => {
            Err(Failure::new("somebody saved it at the same time; not deleted"))
        }
        Some(_) => Ok(grafana.delete_dashboard(uid).await?),
        None => Ok(()),
    }
}

fn unlock<'a>(review: &Review, names: impl Iterator<Item = &'a Name>) -> Result<(), Failure> {
    let mut lock = review.session.repository.lock()?;
    let mut changed = false;
    for name in names {
        changed |= lock.remove(name).is_some();
    }
    if changed {
        review.session.repository.write_lock(&lock)?;
    }
    Ok(())
}
