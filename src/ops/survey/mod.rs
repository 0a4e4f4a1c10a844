//! How do a repository's dashboards stand on a target?
//!
//! A [`Survey`] reads once what all looks share (`shared.rs`: data sources, folders, the lock), and then looks at dashboards, many
//! at a time and each once (`looks.rs`), where that is less work along the server's list of them (`along.rs`).

mod along;
mod looks;
mod shared;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::Mutex;

use super::{Error, Session};
use crate::apply::{self, FolderMaker, Observed, Renamed, Surroundings};
use crate::dashboard::FolderPath;
use crate::dashboard::compare::{Change, Comparison, Context};
use crate::dashboard::inputs::{Answers, Candidate, Reference};
use crate::grafana::{Folders, LiveDashboard};
use crate::plan::{Desired, Item, TemplateLine};
use crate::report::Shard;
use crate::repository::{Entry, Lock, Name, Origin};
use shared::{Late, Shared};

/// A look at many dashboards of a target, some at a time. Holds what they all need, read once.
#[derive(Debug, Clone)]
pub struct Survey {
    shared: Arc<Shared>,
    /// Whether a list of the newest saves may tell that a dashboard needn't be read.
    by_list: bool,
    concurrency: usize,
    shard: Option<Shard>,
}

/// A dashboard that could not be looked at.
#[derive(Debug)]
pub struct Failed {
    /// Its name.
    pub name: String,
    /// Why.
    pub error: Error,
}

impl Survey {
    /// Reads what all dashboards need: data sources and folders. Whether what dashctl noted beside a dashboard may stand for
    /// its history is for the caller to say.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn begin(
        session: &Session,
        names: &[Name],
        concurrency: usize,
        trusts_notes: bool,
    ) -> Result<Self, Error> {
        let surroundings = Surroundings::read(&session.grafana, false).await?;
        if let Some(why) = session.grafana.hides_forms().await? {
            session.person.warn(&format!(
                "{why}: dashboards that are stored as v2 can't be told from classic ones, and are taken for what the legacy API \
                 makes of them"
            ));
        }
        let lock = session.repository.lock()?;
        let maker = FolderMaker::new(&session.grafana, surroundings.folders.clone());
        let mut maker = maker.with_pins(lock.folders());
        let library_names = session.repository.library_names()?;
        let paths: BTreeSet<FolderPath> = names.iter().chain(&library_names).map(Name::folder).collect();
        // What is wrong with a file is said where the library itself is looked at.
        let target = session.target.as_deref();
        let library = library_names
            .iter()
            .map(|name| session.repository.library_entry(name, target));
        let library = library.filter_map(|entry| Some(entry.ok()?.uid.to_string())).collect();
        let mut impossible = BTreeMap::new();
        let mut renamed = BTreeMap::new();
        let mut there = BTreeSet::new();
        for path in paths {
            if maker.find(&path).await?.is_some() {
                there.insert(path.clone());
            }
            if let Some(found) = maker.renamed(&path).await? {
                renamed.insert(path.clone(), found);
            }
            match maker.check(&path).await {
                Err(error @ (apply::Error::NoNesting(_) | apply::Error::FolderTaken { .. })) => {
                    drop(impossible.insert(path, error.to_string()))
                }
                other => other?,
            }
        }
        let folders = maker.into_folders();
        Ok(Self {
            shared: Arc::new(Shared {
                grafana: session.grafana.clone(),
                repository: session.repository.clone(),
                person: session.person.clone(),
                target: session.target.clone(),
                candidates: surroundings.candidates(),
                reference: surroundings.reference,
                context: surroundings.context().with_fill_ins(&session.repository.config().noise),
                late: Mutex::new(Late::after(&folders)),
                folders,
                impossible,
                renamed,
                there,
                lock,
                library,
                trusts_notes,
            }),
            by_list: false,
            concurrency: concurrency.clamp(1, 64),
            shard: None,
        })
    }

    /// The same look, which leaves unread what is known to be as dashctl wrote it, where a list of many dashboards tells that
    /// at once.
    #[must_use]
    pub fn skipping_untouched(self, skipping: bool) -> Self {
        Self {
            by_list: skipping,
            ..self
        }
    }

    /// The same look at a part of the dashboards only.
    #[must_use]
    pub fn only(self, shard: Option<Shard>) -> Self {
        Self { shard, ..self }
    }

    /// Looks at dashboards, and holds a broken file against its own dashboard only: a check goes on with the others.
    ///
    /// # Errors
    ///
    /// Two dashboards of one uid.
    pub async fn all_items(&self, names: Vec<Name>) -> Result<(Vec<Item>, Vec<Failed>), Error> {
        self.look_at(names, |name, error| {
            Ok(Failed {
                name: name.to_string(),
                error,
            })
        })
        .await
    }

    /// Looks at dashboards: each in a task of its own, so that parsing and comparing use all cores, and no more
    /// documents are held than are in flight.
    ///
    /// # Errors
    ///
    /// A file of the repository that is no dashboard, two of one uid, or inputs without an answer: the repository
    /// itself is wrong. What Grafana refuses for one dashboard is that dashboard's own error.
    pub async fn items(&self, names: Vec<Name>) -> Result<(Vec<Item>, Vec<Failed>), Error> {
        self.look_at(names, |_, error| Err(error)).await
    }

    /// What one dashboard shall be.
    ///
    /// # Errors
    ///
    /// A file that is no dashboard, or inputs without an answer.
    pub fn desired(&self, name: &Name) -> Result<Desired, Error> {
        self.shared.desired(name)
    }

    /// What an entry comes to on the target, and the answers that lead there.
    ///
    /// # Errors
    ///
    /// Inputs without an answer.
    pub fn resolve(&self, entry: Entry) -> Result<(Desired, Answers), Error> {
        self.shared.resolve(entry)
    }

    /// The target's data sources.
    pub fn candidates(&self) -> &[Candidate] {
        &self.shared.candidates
    }

    /// How the target refers to data sources.
    pub fn reference(&self) -> Reference {
        self.shared.reference
    }

    /// One dashboard with its documents.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn observe(&self, desired: &Desired) -> Result<Observed, Error> {
        Ok(self.shared.observe(desired, None).await?)
    }

    /// How many requests are in flight at once.
    pub fn concurrency(&self) -> usize {
        self.concurrency
    }

    /// What a comparison has to know of the target.
    pub fn context(&self) -> &Context {
        &self.shared.context
    }

    /// Why a folder can't be on the target, where it can't.
    pub fn impossible(&self, folder: &FolderPath) -> Option<&str> {
        self.shared.impossible.get(folder).map(String::as_str)
    }

    /// The lock, as it was when the look began.
    pub fn lock(&self) -> &Lock {
        &self.shared.lock
    }

    /// The uids of the repository's library panels.
    pub fn library(&self) -> &BTreeSet<String> {
        &self.shared.library
    }

    /// The folder that a dashboard or library panel lies in.
    pub fn folder_of(&self, live: &LiveDashboard) -> FolderPath {
        self.shared.folder_of(live)
    }

    /// The folders that were read.
    pub fn folders(&self) -> &Folders {
        &self.shared.folders
    }

    /// Where a folder of the repository is now, if somebody renamed or moved it.
    pub fn renamed(&self, folder: &FolderPath) -> Option<&Renamed> {
        self.shared.renamed.get(folder)
    }

    /// Whether a folder of the repository is there, whatever it is called now.
    pub fn has_folder(&self, folder: &FolderPath) -> bool {
        self.shared.there.contains(folder) || *folder == FolderPath::General
    }

    /// One who finds and makes folders, and knows those that the repository has seen.
    pub fn folder_maker(&self) -> FolderMaker<'_> {
        FolderMaker::new(&self.shared.grafana, self.shared.folders.clone()).with_pins(self.shared.lock.folders())
    }

    /// An item of an observed dashboard.
    pub fn item(&self, desired: &Desired, observed: Observed) -> Item {
        self.shared.item(desired, observed)
    }
}

/// Which line of its template each change comes from.
pub(super) fn template_lines(origin: &Origin, changes: &Comparison) -> Vec<TemplateLine> {
    let line = |change: &Change| {
        Some(TemplateLine {
            place: change.place.to_string(),
            path: change.place.keyed_path(),
            line: origin.line(&change.place)?.to_string(),
        })
    };
    changes.changes.iter().filter_map(line).collect()
}
