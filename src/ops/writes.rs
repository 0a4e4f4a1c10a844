//! How many writes go on at once, what ends them, and how far they have come.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::{Error, Person};
use crate::pace::Ended;
use crate::repository::Repository;

/// How many dashboards are written at once where nothing else is said: a Grafana on SQLite takes no more.
pub(super) const PARALLEL: usize = 4;

/// How many writes go on at once, and what ends them.
#[derive(Debug, Clone, Default)]
pub struct Writes {
    /// How many dashboards are written at once; what the target says, or 4, where nothing is said.
    pub parallel: Option<usize>,
    /// Whether the others are written where one fails.
    pub keep_going: bool,
    /// Set while it runs: nothing new is begun from then on.
    pub stop: Arc<AtomicBool>,
}

impl Writes {
    /// How many are in flight at once.
    pub(super) fn most(&self, repository: Option<&Repository>, target: Option<&str>) -> usize {
        let of_target = || repository?.config().targets.get(target?)?.parallel;
        self.parallel.or_else(of_target).unwrap_or(PARALLEL)
    }

    /// Whether nothing new is begun any more.
    pub(super) fn are_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Tells the person that it writes, as long as what this gives lives.
    pub(super) fn begin<'a>(&self, person: &'a dyn Person) -> Writing<'a> {
        person.writing_begins(&self.stop);
        Writing(person)
    }

    /// What a result means for the writes that come after it.
    pub(super) fn ended<T>(&self, done: &Result<T, Error>) -> Ended {
        match done {
            Ok(_) => Ended::Well,
            Err(error) if self.keep_going => match error.is_overload() {
                true => Ended::Overloaded,
                false => Ended::Well,
            },
            Err(_) => Ended::Last,
        }
    }
}

/// Writes that go on.
pub(super) struct Writing<'a>(&'a dyn Person);

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.writing_ends();
    }
}

/// How far many alike things have come.
#[derive(Debug, Clone, Copy)]
pub struct Count<'a> {
    /// What is being done: `writing dashboards`.
    pub doing: &'a str,
    /// How many are done, the failed ones among them.
    pub done: usize,
    /// How many failed.
    pub failed: usize,
    /// How many there are.
    pub of: usize,
}

/// Counts what is done and tells it.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    person: &'a dyn Person,
    doing: Cow<'static, str>,
    of: usize,
    done: AtomicUsize,
    failed: AtomicUsize,
}

impl<'a> Tally<'a> {
    pub(super) fn new(person: &'a dyn Person, doing: impl Into<Cow<'static, str>>, of: usize) -> Self {
        Self {
            person,
            doing: doing.into(),
            of,
            done: AtomicUsize::new(0),
            failed: AtomicUsize::new(0),
        }
    }

    /// One more is done.
    pub(super) fn one(&self, well: bool) {
        let failed = self.failed.fetch_add(usize::from(!well), Ordering::Relaxed) + usize::from(!well);
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.person.count(Count {
            doing: &self.doing,
            done,
            failed,
            of: self.of,
        });
    }
}
