//! Who saved what, when, and what did it change?

use serde::Serialize;

use super::Error;
use crate::apply::Surroundings;
use crate::dashboard::compare::{Comparison, Context, compare};
use crate::grafana::{Grafana, LiveDashboard, Version, VersionEntry};
use crate::nearest::nearest;
use crate::plan::Mark;
use crate::repository::Repository;

/// One version of a dashboard.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Its number.
    pub version: u64,
    /// When it was saved (RFC 3339).
    pub when: String,
    /// Who saved it.
    pub author: String,
    /// With which message.
    pub message: String,
    /// Whether dashctl did.
    pub dashctl: bool,
    /// What it changed, in one line.
    pub summary: String,
}

/// A name of the repository stands for its uid; everything else is one.
pub fn uid_of(what: &str, repository: Option<&Repository>, target: Option<&str>) -> String {
    let name = crate::repository::Name::parse(what).ok();
    let entry = repository
        .zip(name)
        .and_then(|(repository, name)| repository.entry(&name, target).ok());
    entry.map_or_else(|| what.to_owned(), |entry| entry.uid.to_string())
}

/// The dashboard that a verb about history is about.
///
/// # Errors
///
/// It isn't there, or the server can't be reached.
pub async fn live(grafana: &Grafana, uid: &str) -> Result<LiveDashboard, Error> {
    match grafana.dashboard(uid).await? {
        Some(live) => Ok(live),
        None => Err(unknown(grafana, uid).await),
    }
}

/// A uid that the server doesn't know, with the one that was probably meant.
async fn unknown(grafana: &Grafana, uid: &str) -> Error {
    // Whoever may not list them is told of the one only.
    let hits = grafana.dashboards().await.unwrap_or_default();
    let by_uid = nearest(uid, hits.iter().map(|hit| hit.uid.as_str()));
    let titled = nearest(uid, hits.iter().map(|hit| hit.title.as_str()));
    let by_title = || Some(&hits.iter().find(|hit| Some(hit.title.as_str()) == titled)?.uid);
    let meant = by_uid.or_else(|| by_title().map(String::as_str));
    let meant = meant.map_or_else(String::new, |meant| format!("; did you mean {meant:?}?"));
    let what = format!("{} has no dashboard with the uid {uid:?}{meant}", grafana.url());
    Error::new(what).hint("`dashctl drift --unmanaged` lists what there is")
}

/// The entry of a version.
///
/// # Errors
///
/// There is no such version.
pub(super) fn entry_of<'a>(entries: &'a [VersionEntry], uid: &str, number: u64) -> Result<&'a VersionEntry, Error> {
    let found = entries.iter().find(|entry| entry.version == number);
    found.ok_or_else(|| {
        let kept: Vec<String> = entries.iter().map(|entry| entry.version.to_string()).collect();
        Error::new(format!("{uid} has no version {number}; there are {}", kept.join(", ")))
    })
}

/// The newest versions of a dashboard, each with what it changed.
///
/// # Errors
///
/// It isn't there, its history may not be read, or the server can't be reached.
pub async fn history(grafana: &Grafana, uid: &str, limit: usize) -> Result<Vec<Row>, Error> {
    let live = live(grafana, uid).await?;
    let entries = grafana.versions(&live, uid).await?;
    let context = Surroundings::read(grafana, false).await?.context();
    let mut rows = Vec::new();
    let mut newer: Option<Version> = None;
    // One more than is shown: the oldest that is shown is compared with it.
    for entry in entries.iter().take(limit.saturating_add(1)) {
        let version = grafana.version(&live, uid, entry).await?;
        if let Some(newer) = newer.take() {
            rows.push(row(&newer, Some(&version), &context));
        }
        newer = Some(version);
    }
    if let Some(oldest) = newer.filter(|_| rows.len() < limit) {
        rows.push(row(&oldest, None, &context));
    }
    Ok(rows)
}

fn row(version: &Version, before: Option<&Version>, context: &Context) -> Row {
    let summary = match before {
        Some(before) => summary(&compare(
            before.dashboard.content(),
            version.dashboard.content(),
            context,
        )),
        None if version.version == 1 => "created".to_owned(),
        None => "the oldest that is kept".to_owned(),
    };
    Row {
        version: version.version,
        when: version.created.clone(),
        author: version.author.to_string(),
        message: version.message.clone(),
        dashctl: Mark::parse(&version.message).is_some(),
        summary,
    }
}

/// A change in one line: its first place, and how many more there are.
pub fn summary(comparison: &Comparison) -> String {
    let first = comparison.changes.first().map(|change| change.place.to_string());
    let first = first.or_else(|| comparison.undecidable.first().map(|one| one.place.to_string()));
    match (first, comparison.differences()) {
        (None, _) if comparison.noise.is_empty() => "saved unchanged".to_owned(),
        (None, _) => "re-saved: nothing but defaults and migration".to_owned(),
        (Some(first), 1) => first,
        (Some(first), number) => format!("{first}, and {} more", number - 1),
    }
}
