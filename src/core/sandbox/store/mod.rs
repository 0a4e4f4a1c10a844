//! The sandbox's store: tables in memory, and a journal in a folder when they shall survive.

mod body;
mod journal;
mod rows;
mod tables;

pub use body::{Body, write_sorted, write_string};
pub use rows::{Account, Dashboard, Edition, Element, Key, NOBODY, Object, Rule, Session, Source, Trashed};
pub use tables::{Change, Tables};

use std::path::Path;

use journal::Journal;

use super::Error;

/// The tables, and the changes that the running request has made to them.
#[derive(Debug, Default)]
pub struct Store {
    tables: Tables,
    journal: Option<Journal>,
    pending: Vec<Change>,
}

impl Store {
    /// A store in a folder, or one in memory only.
    ///
    /// # Errors
    ///
    /// The folder can't be used, another sandbox uses it, or its journal is damaged.
    pub fn open(folder: Option<&Path>) -> Result<Self, Error> {
        let Some(folder) = folder else {
            return Ok(Self::default());
        };
        let (journal, tables) = Journal::open(folder)?;
        Ok(Self {
            tables,
            journal: Some(journal),
            pending: Vec::new(),
        })
    }

    /// Lets go of all but the newest editions of a dashboard.
    pub fn prune(&mut self, dashboard: i64, keep: usize) {
        let old: Vec<i64> = self.history(dashboard).rev().skip(keep).map(Edition::order).collect();
        for version in old {
            self.change(Change::EditionGone(dashboard, version));
        }
    }

    /// Makes one change.
    pub fn change(&mut self, change: Change) {
        if self.journal.is_some() {
            self.pending.push(change.clone());
        }
        self.tables.apply(change);
    }

    /// Writes the changes since the last call, all or none of them.
    ///
    /// # Errors
    ///
    /// The journal can't be written.
    pub fn commit(&mut self) -> Result<(), Error> {
        let changes = std::mem::take(&mut self.pending);
        match &mut self.journal {
            Some(journal) if !changes.is_empty() => {
                journal.append(&changes)?;
                journal.tidy(&self.tables)
            }
            _ => Ok(()),
        }
    }

    /// Waits until the disk has everything.
    ///
    /// # Errors
    ///
    /// The disk can't take it.
    pub fn sync(&self) -> Result<(), Error> {
        self.journal.as_ref().map_or(Ok(()), Journal::sync)
    }
}

impl std::ops::Deref for Store {
    type Target = Tables;

    fn deref(&self) -> &Tables {
        &self.tables
    }
}
