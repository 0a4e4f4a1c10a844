//! How does a newer revision of an imported dashboard come in, without losing what was edited here?
//!
//! By a three-way merge: the pinned revision's pristine bytes are the base, the file is ours, the new revision theirs. File, pristine
//! bytes and lock are written together, or, where both changed the same place, nothing is but a file beside the dashboard that
//! waits for answers.

mod library;
mod outdated;
mod pin;
mod settle;
mod state;

use std::collections::BTreeMap;

use serde::Serialize;

pub use outdated::{OutdatedOptions, OutdatedRow, Revisions, outdated};
pub use settle::On;

use super::merge::{Merged, merge_texts};
use super::{Environment, Error, Person, Source};
use crate::catalog::{Pristine, Revision};
use crate::dashboard::compare::{Comparison, Context, compare};
use crate::dashboard::merge::{Choice, Conflict};
use crate::dashboard::{Document, inputs, parse, to_sorted_text, wrap};
use crate::git::Git;
use crate::repository::{Name, Repository, library_label};
use library::Panels;
use pin::{Catalogs, Pin, pins, refuse_template};
use settle::Answers;

/// What is upgraded, and how.
#[derive(Debug, Clone, Default)]
pub struct UpgradeOptions {
    /// Words that choose dashboards; all pinned ones where there is none.
    pub what: Vec<String>,
    /// The revision; the newest where none is named.
    pub to: Option<Revision>,
    /// Where revisions come from, instead of the repository's usual source.
    pub source: Option<Source>,
    /// Whose side counts at conflicts that nothing else settles.
    pub all: Option<Choice>,
    /// What counts at certain places.
    pub on: Vec<On>,
    /// Whether upgrades go on that wait for answers.
    pub go_on: bool,
    /// Whether one Git commit is made of all of it.
    pub commit: bool,
    /// Whether it only says what would be done.
    pub dry_run: bool,
}

/// What became of a dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Upgraded {
    /// It has the revision now.
    Upgraded,
    /// It had it already.
    UpToDate,
    /// Both changed the same places, and it waits for answers.
    Conflict,
    /// It could not be done.
    Failed,
    /// An upgrade that waited was given up.
    Aborted,
}

/// What became of one dashboard.
#[derive(Debug, Serialize)]
pub struct UpgradeRow {
    /// Its name.
    pub name: String,
    /// In one word.
    pub result: Upgraded,
    /// The revision that was pinned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The revision that it goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What the author changed.
    pub changes: Comparison,
    /// How many edits of the file's own there are.
    pub own_edits: usize,
    /// What both changed, and nobody has settled.
    pub conflicts: Vec<Conflict>,
    /// What a person should know.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl UpgradeRow {
    fn new(name: &Name, result: Upgraded) -> Self {
        Self {
            name: name.to_string(),
            result,
            from: None,
            to: None,
            changes: Comparison::default(),
            own_edits: 0,
            conflicts: Vec::new(),
            notes: Vec::new(),
            error: None,
        }
    }

    fn failed(name: &Name, error: &Error) -> Self {
        let advice = error.advice().map(|advice| format!("; {advice}")).unwrap_or_default();
        Self {
            error: Some(format!("{}{advice}", error.message())),
            ..Self::new(name, Upgraded::Failed)
        }
    }
}

/// Upgrades pinned dashboards. What fails for one of them is in its row.
///
/// # Errors
///
/// A word that no dashboard answers to, a source that can't be used, or with a commit: no Git, or files that aren't committed.
pub async fn upgrade(
    options: &UpgradeOptions,
    repository: &Repository,
    environment: &Environment,
    person: &dyn Person,
) -> Result<Vec<UpgradeRow>, Error> {
    let (found, other) = pins(repository, &options.what)?;
    let mut catalogs = Catalogs::new(environment, repository, options.source.as_ref())?;
    let mut rows: Vec<UpgradeRow> = other
        .iter()
        .map(|(name, error)| UpgradeRow::failed(name, error))
        .collect();
    let git = match options.commit && !options.dry_run {
        true => Some(committed(repository, &found)?),
        false => None,
    };
    let mut written = Vec::new();
    for pin in &found {
        let waiting = state::read(repository, &pin.name);
        if options.go_on && matches!(waiting, Ok(None)) {
            continue;
        }
        let upgrade = Upgrade {
            options,
            repository,
            person,
            pin,
        };
        let row = match waiting {
            Ok(waiting) => upgrade.run(&mut catalogs, waiting, &mut written).await,
            Err(error) => Err(error),
        };
        rows.push(row.unwrap_or_else(|error| UpgradeRow::failed(&pin.name, &error)));
    }
    if let Some(git) = git.filter(|_| !written.is_empty()) {
        let done: Vec<&UpgradeRow> = rows.iter().filter(|row| row.result == Upgraded::Upgraded).collect();
        let commit = git.commit_files(&written, &message(&done))?;
        person.progress(&format!("commit {commit}; nothing was pushed"));
    }
    Ok(rows)
}

/// Gives up upgrades that wait for answers: all files are as they were before.
///
/// # Errors
///
/// A word that no dashboard answers to, or a disk that refuses.
pub fn abort(words: &[String], repository: &Repository) -> Result<Vec<UpgradeRow>, Error> {
    let (found, _) = pins(repository, words)?;
    let mut rows = Vec::new();
    for pin in &found {
        let path = state::path(repository, &pin.name);
        if !path.exists() {
            continue;
        }
        let mut change = repository.begin()?;
        // What can't be read goes as well; the bytes that came with it stay, and do no harm.
        if let Ok(Some(waiting)) = state::read(repository, &pin.name)
            && waiting.fetched
        {
            change.remove(&repository.pristine_path(&pin.locked.source, &waiting.to.to_string()))?;
        }
        change.remove(&path)?;
        change.commit()?;
        rows.push(UpgradeRow::new(&pin.name, Upgraded::Aborted));
    }
    Ok(rows)
}

/// The clone, in which all that may be written is committed.
fn committed(repository: &Repository, pins: &[Pin]) -> Result<Git, Error> {
    let git = Git::open(repository.root()).map_err(|error| {
        Error::new(error).hint("--commit needs the repository in Git; without it only files are written")
    })?;
    let panels = repository.library_names()?;
    let panels = panels.iter().map(|name| format!("{}.json", library_label(name)));
    let files: Vec<String> = pins
        .iter()
        .flat_map(|pin| ["json", "yaml"].map(|ending| format!("dashboards/{}.{ending}", pin.name)))
        .chain([crate::repository::LOCK_FILE.to_owned()])
        .chain(panels)
        .collect();
    let open = git.uncommitted(&files)?;
    match open.is_empty() {
        true => Ok(git),
        false => Err(Error::new(format!("not committed yet: {}", open.join(", ")))
            .hint("commit or stash these first, or leave out --commit")),
    }
}

fn message(rows: &[&UpgradeRow]) -> String {
    let line = |row: &UpgradeRow| {
        let revision = |text: &Option<String>| text.clone().unwrap_or_default();
        format!(
            "{}: revision {} to {}",
            row.name,
            revision(&row.from),
            revision(&row.to)
        )
    };
    match rows {
        [only] => line(only),
        all => {
            let lines: Vec<String> = all.iter().map(|row| line(row)).collect();
            format!("{} dashboards upgraded\n\n{}", all.len(), lines.join("\n"))
        }
    }
}

struct Upgrade<'a> {
    options: &'a UpgradeOptions,
    repository: &'a Repository,
    person: &'a dyn Person,
    pin: &'a Pin,
}

impl Upgrade<'_> {
    async fn run(
        &self,
        catalogs: &mut Catalogs<'_>,
        waiting: Option<state::Waiting>,
        written: &mut Vec<String>,
    ) -> Result<UpgradeRow, Error> {
        let pin = self.pin;
        refuse_template(self.repository, &pin.name)?;
        if waiting.is_some() && !self.options.go_on && !self.options.dry_run {
            let path = state::path(self.repository, &pin.name);
            return Err(Error::new(format!(
                "an upgrade waits for answers in {}",
                self.repository.relative(&path).display()
            ))
            .hint("go on with `dashctl upgrade --continue`, or give it up with --abort"));
        }
        let catalog = catalogs.of(pin)?;
        let to = match (&waiting, self.options.to) {
            (Some(waiting), _) if self.options.go_on => waiting.to,
            (_, Some(to)) => to,
            _ => catalog.newest(pin.id).await?,
        };
        let mut row = UpgradeRow {
            from: Some(pin.revision.to_string()),
            to: Some(to.to_string()),
            ..UpgradeRow::new(&pin.name, Upgraded::UpToDate)
        };
        if to == pin.revision || self.options.to.is_none() && to < pin.revision {
            return Ok(row);
        }
        let old = pin.pristine(self.repository)?;
        let there = self
            .repository
            .pristine_path(&pin.locked.source, &to.to_string())
            .exists();
        let new = match there && self.options.go_on {
            // Going on needs no catalog: the bytes came when it began.
            true => self.vendored(to)?,
            false => pin.fetch(self.repository, catalog, to).await?,
        };
        let known = waiting
            .as_ref()
            .map(|waiting| waiting.answers.clone())
            .unwrap_or_default();
        let fetched = waiting.as_ref().map_or(!there, |waiting| waiting.fetched);
        let file = Material::read(self.repository, pin, &old, &new)?;
        let library = Panels::read(self.repository, pin, &file.ours, &old, &new)?;
        let mut answers = Answers::new(self.options, known);
        let (mut merged, mut panels) = (file.merge(&answers)?, library.merge(&answers)?);
        let conflicts = [&merged.conflicts[..], &panels.conflicts].concat();
        if !self.options.dry_run && answers.ask(self.person, &pin.name, &conflicts)? {
            (merged, panels) = (file.merge(&answers)?, library.merge(&answers)?);
        }
        row.changes = file.changes();
        row.changes.changes.append(&mut panels.changes);
        row.own_edits = file.own_edits() + panels.own_edits;
        row.notes = file.notes(&new);
        if merged.afresh {
            let why = "the changes can't be made in its YAML as it stands: it is written afresh, without its comments";
            row.notes.push(why.to_owned());
        }
        row.notes.append(&mut panels.notes);
        for unused in answers.unused() {
            row.notes.push(format!("--on {unused}: no conflict is at this place"));
        }
        row.conflicts = merged.conflicts;
        row.conflicts.append(&mut panels.conflicts);
        if !row.conflicts.is_empty() {
            row.result = Upgraded::Conflict;
            if !self.options.dry_run {
                self.wait(&new, fetched, &row.conflicts, &answers.settled())?;
            }
            return Ok(row);
        }
        row.result = Upgraded::Upgraded;
        if !self.options.dry_run {
            written.extend(self.write(&file, &merged.text, &new, panels.files)?);
        }
        Ok(row)
    }

    fn vendored(&self, to: Revision) -> Result<Pristine, Error> {
        let path = self.repository.pristine_path(&self.pin.locked.source, &to.to_string());
        let bytes = crate::files::read_regular(&path)
            .map_err(|error| Error::new(format!("{}: {error}", self.repository.relative(&path).display())))?;
        Ok(Pristine::check(self.pin.id, to, bytes)?)
    }

    /// Nothing is written but what waits for answers, and the bytes that going on needs.
    fn wait(
        &self,
        new: &Pristine,
        fetched: bool,
        conflicts: &[Conflict],
        known: &BTreeMap<String, Choice>,
    ) -> Result<(), Error> {
        let text = state::text(self.pin, new.revision, fetched, conflicts, known);
        let mut change = self.repository.begin()?;
        let vendor = self
            .repository
            .pristine_path(&self.pin.locked.source, &new.revision.to_string());
        change.write(&vendor, &new.bytes)?;
        change.write(&state::path(self.repository, &self.pin.name), text.as_bytes())?;
        Ok(change.commit()?)
    }

    /// File, pristine bytes and lock. Gives the files that changed.
    fn write(
        &self,
        file: &Material,
        text: &str,
        new: &Pristine,
        panels: Vec<library::PanelFile>,
    ) -> Result<Vec<String>, Error> {
        let (repository, pin) = (self.repository, self.pin);
        let path = pin.name.own_file(repository.root());
        let shown = repository.relative(&path).display().to_string();
        let mut change = repository.begin()?;
        if crate::files::read_regular(&path).is_ok_and(|now| now != file.text.as_bytes()) {
            return Err(Error::new(format!(
                "{shown} was changed at the same time; run it again"
            )));
        }
        let vendor = repository.pristine_path(&pin.locked.source, &new.revision.to_string());
        change.write(&path, text.as_bytes())?;
        change.write(&vendor, &new.bytes)?;
        let mut files = vec![shown];
        for panel in panels {
            let path = panel.name.library_file(repository.root());
            change.write(&path, panel.text.as_bytes())?;
            files.push(repository.relative(&path).display().to_string());
            if let Some(uid) = panel.new {
                change.lock().insert_panel(panel.name, library::locked(&uid));
            }
        }
        change.remove(&state::path(repository, &pin.name))?;
        let mut locked = change
            .lock()
            .take(&pin.name, &pin.locked.uid)
            .unwrap_or_else(|| pin.locked.clone());
        locked.revision = Some(new.revision.to_string());
        locked.sha256 = new.sha256.to_string();
        change.lock().insert(pin.name.clone(), locked);
        change.commit()?;
        files.push(repository.relative(&vendor).display().to_string());
        files.push(crate::repository::LOCK_FILE.to_owned());
        Ok(files)
    }
}

/// The three sides of an upgrade's merge.
struct Material {
    text: String,
    ours: Document,
    base: Document,
    theirs: Document,
    renamed_uid: Option<String>,
}

impl Material {
    fn read(repository: &Repository, pin: &Pin, old: &Pristine, new: &Pristine) -> Result<Self, Error> {
        let path = pin.name.own_file(repository.root());
        let shown = repository.relative(&path).display().to_string();
        let bytes = crate::files::read_regular(&path).map_err(|error| Error::new(format!("{shown}: {error}")))?;
        let ours = parse(&bytes).map_err(|error| Error::new(format!("{shown}: {error}")))?;
        let (was, is) = (old.dashboard.uid(), new.dashboard.uid());
        Ok(Self {
            text: String::from_utf8_lossy(&bytes).into_owned(),
            base: pin.as_here(old, &ours),
            theirs: pin.as_here(new, &ours),
            renamed_uid: (was != is).then(|| is.to_owned()),
            ours,
        })
    }

    fn merge(&self, answers: &Answers<'_>) -> Result<Merged, Error> {
        let (base, theirs) = (to_sorted_text(&wrap(&self.base)), to_sorted_text(&wrap(&self.theirs)));
        merge_texts([&base, &self.text, &theirs], &Context::default(), &|conflict| {
            answers.to(conflict)
        })
    }

    fn changes(&self) -> Comparison {
        compare(self.base.content(), self.theirs.content(), &Context::default())
    }

    fn own_edits(&self) -> usize {
        compare(self.base.content(), self.ours.content(), &Context::default()).differences()
    }

    fn notes(&self, new: &Pristine) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some(uid) = &self.renamed_uid {
            notes.push(format!("the revision has the uid {uid:?}; the dashboard keeps its own"));
        }
        let known = inputs::declared(self.base.content());
        for input in inputs::declared(new.dashboard.content()) {
            if known.iter().all(|known| known.name != input.name) {
                notes.push(format!(
                    "the revision asks for {}: answer it under `answers:` in the YAML file beside the dashboard",
                    input.name
                ));
            }
        }
        notes
    }
}
