//! How do dashboards come in? From a catalog or a file into the repository and into Grafana.
//!
//! Everything is fetched, checked, answered and read before the first write; then files, then Grafana.

mod carry_out;
mod gather;
mod library;
mod prepare;
mod result;
mod rewritten;

pub use result::{ImportResult, Row, RowResult};

use std::sync::Arc;

use super::person::declined;
use super::{Environment, Error, Person, Source, Writes};
use crate::apply::{FolderMaker, Surroundings};
use crate::catalog::Wanted;
use crate::dashboard::{FolderPath, Uid};
use crate::grafana::Grafana;
use crate::repository::Repository;
use gather::Gatherer;
use prepare::Prepared;

/// What is imported, and how.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Ids, revisions and files.
    pub what: Vec<Wanted>,
    /// The folder, instead of the repository's usual one.
    pub folder: Option<FolderPath>,
    /// The title instead of the file's own; for one dashboard.
    pub title: Option<String>,
    /// What becomes of the uids.
    pub uid: UidChoice,
    /// Data sources (names or uids) that answer inputs of their types.
    pub data_sources: Vec<String>,
    /// Answers to inputs, by name.
    pub inputs: Vec<(String, String)>,
    /// Where dashboards come from, instead of the repository's usual source.
    pub source: Option<Source>,
    /// Whether dashboards are taken over that are in Grafana already and aren't the repository's.
    pub adopt: bool,
    /// Whether dashboards are refused whose panel plugins the target lacks.
    pub require_plugins: bool,
    /// Whether dashboards are refused that refer to data sources or library panels which the target lacks.
    pub strict: bool,
    /// Whether queries are rewritten by the rename rules.
    pub fix: bool,
    /// Whether it only says what would be done.
    pub dry_run: bool,
    /// A text for Grafana's version history.
    pub message: String,
    /// How the writes go on.
    pub writes: Writes,
}

/// What becomes of a dashboard's uid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum UidChoice {
    /// The file's own; `gnet-<id>` where it has none.
    #[default]
    Keep,
    /// A random one.
    New,
    /// This one.
    Is(Uid),
}

/// One import, with everything that it stands on.
#[derive(Debug, Clone, Copy)]
pub struct Import<'a> {
    /// What was asked for.
    pub options: &'a ImportOptions,
    /// The environment.
    pub environment: &'a Environment,
    /// The repository, where there is one.
    pub repository: Option<&'a Repository>,
    /// The target's name in the repository.
    pub target: Option<&'a str>,
    /// Who is told and asked.
    pub person: &'a dyn Person,
    /// The Grafana to save in; none for files only.
    pub grafana: Option<&'a Arc<Grafana>>,
}

impl Import<'_> {
    /// Fetches, answers, asks and writes.
    ///
    /// # Errors
    ///
    /// Anything that is found wrong before the first write.
    pub async fn run(&self) -> Result<ImportResult, Error> {
        let sandbox = match self.grafana {
            Some(grafana) => grafana.is_sandbox().await?,
            None => false,
        };
        let mut gatherer = Gatherer::new(*self, sandbox)?;
        let mut gathered = Vec::new();
        for wanted in &self.options.what {
            gathered.push(gatherer.gather(wanted).await?);
        }
        gatherer.finish(&gathered)?;
        let mut brought = library::brought(self, &gathered)?;
        let Some(grafana) = self.grafana else {
            return carry_out::files_only(self, gathered, &brought, gatherer.notes);
        };
        let surroundings = Surroundings::read(grafana, true).await?;
        let fill_ins = self.repository.map(|repository| repository.config().noise.as_slice());
        let context = surroundings.context().with_fill_ins(fill_ins.unwrap_or_default());
        let lock = self.repository.map(Repository::lock).transpose()?.unwrap_or_default();
        let (mut prepared, mut notes) = prepare::prepare(self, gathered, &surroundings)?;
        for one in &mut prepared {
            one.desired.folder_uids = lock.uids_of(&one.desired.folder);
        }
        brought.iter_mut().for_each(|panel| panel.answer(&prepared));
        notes.splice(0..0, gatherer.notes);
        if self.options.fix {
            notes.extend(rewritten::fix(self, grafana, &mut prepared, &surroundings).await);
        }
        prepare::check_forms(grafana, &prepared).await?;
        let mut folders = FolderMaker::new(grafana, surroundings.folders.clone()).with_pins(lock.folders());
        let past = (&lock, &context);
        let panels = library::used(self, grafana, &prepared, &brought, &surroundings, past, &mut folders).await?;
        let coming = panels.iter().map(|panel| panel.uid().to_owned()).collect();
        notes.extend(prepare::references(self, grafana, &prepared, &surroundings.candidates(), &coming).await?);
        for one in &mut prepared {
            let has_file = |element: &serde_json::Value| {
                element
                    .get("uid")
                    .is_some_and(|uid| coming.iter().any(|own| uid == own))
            };
            one.desired.elements.retain(|element| !has_file(element));
        }
        let observed = prepare::observe_all(self, grafana, &prepared, &mut folders, &context).await?;
        prepare::check_titles(grafana, &prepared, &observed, &mut folders).await?;
        let work = carry_out::Work::new(self, prepared, observed, notes)?.with_library(brought, panels);
        if self.options.dry_run {
            return Ok(work.foreseen());
        }
        if work.writes_any() && !sandbox && !self.person.confirm(&self.question(grafana, &work))? {
            return Err(declined());
        }
        work.carry_out(grafana, &mut folders, &context).await
    }

    fn question(&self, grafana: &Grafana, work: &carry_out::Work<'_>) -> String {
        let target = self.target.map(|name| format!("target {name}, ")).unwrap_or_default();
        format!(
            "{}\nSave {} in {target}{}?",
            work.foreseen(),
            count(work.writes(), "dashboard"),
            grafana.url()
        )
    }

    /// The repository's id as it stands in marks.
    fn repository_id(&self) -> &str {
        self.repository.map_or(crate::plan::Mark::NO_REPOSITORY, |repository| {
            &repository.config().repository
        })
    }

    /// The source that was asked for, or is usual here.
    fn source(&self) -> Result<Source, Error> {
        if let Some(source) = &self.options.source {
            return Ok(source.clone());
        }
        match self
            .repository
            .and_then(|repository| repository.config().defaults.source.as_ref())
        {
            Some(text) => text
                .parse()
                .map_err(|error| Error::new(format!("dashctl.yaml: defaults.source: {error}"))),
            None => Ok(Source::GrafanaCom),
        }
    }

    /// The folder that was asked for, or is usual here.
    fn folder(&self) -> FolderPath {
        let usual = || {
            let folder = self
                .repository
                .and_then(|repository| repository.config().defaults.folder.as_ref());
            folder.and_then(|text| text.parse().ok())
        };
        self.options.folder.clone().or_else(usual).unwrap_or_default()
    }
}

/// `1 dashboard`, `2 dashboards`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// What an import works on, until it is carried out.
type Batch = Vec<Prepared>;
