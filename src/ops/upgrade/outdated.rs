//! Which pinned dashboards have a newer revision, and what would an upgrade do?

use jiff::Timestamp;
use serde::Serialize;

use super::super::{Environment, Error, Source};
use super::library::Panels;
use super::pin::{Catalogs, Pin, pins, refuse_template};
use super::settle::Answers;
use super::{Material, UpgradeOptions};
use crate::catalog::{self, About, Catalog, Revision};
use crate::dashboard::compare::{Comparison, Context, compare};
use crate::repository::{Name, Repository};

/// What is looked at.
#[derive(Debug, Clone, Default)]
pub struct OutdatedOptions {
    /// Words that choose dashboards; all pinned ones where there is none.
    pub what: Vec<String>,
    /// Where revisions come from, instead of the repository's usual source.
    pub source: Option<Source>,
    /// Whether what changed is told revision by revision.
    pub each: bool,
}

/// What one revision changed.
#[derive(Debug, Serialize)]
pub struct Revisions {
    /// The revision.
    pub revision: String,
    /// What it changed of the one before it.
    pub changes: Comparison,
}

/// One pinned dashboard.
#[derive(Debug, Serialize)]
pub struct OutdatedRow {
    /// Its name.
    pub name: String,
    /// Where it came from, such as `grafana.com/6417`.
    pub source: String,
    /// The pinned revision.
    pub pinned: String,
    /// The newest one; nothing where it could not be asked for.
    pub newest: Option<String>,
    /// Whether the newest isn't the pinned one.
    pub outdated: bool,
    /// The day on which the catalog's entry was updated last.
    pub updated: Option<String>,
    /// How many days ago that was.
    pub days: Option<i64>,
    /// How often it was downloaded.
    pub downloads: Option<u64>,
    /// What changed since the pinned revision.
    pub changes: Comparison,
    /// The same, revision by revision.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<Revisions>,
    /// The places at which an upgrade would conflict; nothing where that can't be told.
    pub conflicts: Option<Vec<String>>,
    /// What could not be found out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl OutdatedRow {
    fn of(name: &Name, source: &str, pinned: &str) -> Self {
        Self {
            name: name.to_string(),
            source: source.to_owned(),
            pinned: pinned.to_owned(),
            newest: None,
            outdated: false,
            updated: None,
            days: None,
            downloads: None,
            changes: Comparison::default(),
            revisions: Vec::new(),
            conflicts: None,
            error: None,
        }
    }
}

fn said(error: &Error) -> String {
    let advice = error.advice().map(|advice| format!("; {advice}")).unwrap_or_default();
    format!("{}{advice}", error.message())
}

/// Asks for the newest revision of each pinned dashboard, one after the other and at the catalog's pace. What can't be found out of
/// one of them is in its row.
///
/// # Errors
///
/// A word that no dashboard answers to, or a source that can't be used.
pub async fn outdated(
    options: &OutdatedOptions,
    repository: &Repository,
    environment: &Environment,
) -> Result<Vec<OutdatedRow>, Error> {
    let (found, other) = pins(repository, &options.what)?;
    let mut catalogs = Catalogs::new(environment, repository, options.source.as_ref())?;
    let mut rows = Vec::new();
    for (name, error) in &other {
        let mut row = OutdatedRow::of(name, "", "");
        row.error = Some(said(error));
        rows.push(row);
    }
    for pin in &found {
        let mut row = OutdatedRow::of(&pin.name, &pin.locked.source, &pin.revision.to_string());
        let asked = match catalogs.of(pin) {
            Ok(catalog) => look(options, repository, catalog, pin, &mut row).await,
            Err(error) => Err(error),
        };
        row.error = asked.err().map(|error| said(&error));
        rows.push(row);
    }
    Ok(rows)
}

async fn look(
    options: &OutdatedOptions,
    repository: &Repository,
    catalog: &dyn Catalog,
    pin: &Pin,
    row: &mut OutdatedRow,
) -> Result<(), Error> {
    let About {
        newest,
        downloads,
        updated,
    } = catalog.about(pin.id).await?;
    row.newest = Some(newest.to_string());
    row.downloads = downloads;
    row.days = updated.as_deref().and_then(days_since);
    row.updated = updated.map(|updated| updated.chars().take(10).collect());
    row.outdated = newest > pin.revision;
    if !row.outdated {
        return Ok(());
    }
    let old = pin.pristine(repository)?;
    let new = pin.fetch(repository, catalog, newest).await?;
    row.changes = compare(old.dashboard.content(), new.dashboard.content(), &Context::default());
    if options.each {
        let mut before = old.dashboard.content().clone();
        for revision in between(pin.revision, newest) {
            match catalog::fetch(catalog, pin.id, revision).await {
                Ok(one) => {
                    let after = one.dashboard.into_content();
                    row.revisions.push(Revisions {
                        revision: revision.to_string(),
                        changes: compare(&before, &after, &Context::default()),
                    });
                    before = after;
                }
                // A mirror holds some revisions, and authors take some back.
                Err(catalog::Error::NoSuchRevision { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    refuse_template(repository, &pin.name)?;
    let nobody = UpgradeOptions::default();
    let answers = Answers::new(&nobody, std::collections::BTreeMap::new());
    let material = Material::read(repository, pin, &old, &new)?;
    let panels = Panels::read(repository, pin, &material.ours, &old, &new)?;
    let (merged, panels) = (material.merge(&answers)?, panels.merge(&answers)?);
    let conflicts = merged.conflicts.iter().chain(&panels.conflicts);
    row.conflicts = Some(conflicts.map(|conflict| conflict.place.to_string()).collect());
    Ok(())
}

/// The revisions after one up to another.
fn between(from: Revision, to: Revision) -> Vec<Revision> {
    match (from, to) {
        (Revision::Number(from), Revision::Number(to)) => (from + 1..=to).map(Revision::Number).collect(),
        _ => vec![to],
    }
}

fn days_since(updated: &str) -> Option<i64> {
    let when: Timestamp = updated.parse().ok()?;
    Some((Timestamp::now().as_second() - when.as_second()) / 86_400)
}
