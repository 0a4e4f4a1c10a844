//! What does a page or a comment show?
//!
//! A drift check, a plan and a comparison become one sheet: a verdict, and entries with their state, who and when, and the
//! differences in words. A format draws the sheet and knows nothing of what it was made of. The texts drive no terminal;
//! what else they may mean is for the format to escape.

mod differences;
mod drift;
mod plan;

pub use differences::Difference;

use crate::dashboard::compare::Printable;
use crate::plan::Edit;

use super::picture::Picture;
use super::told::Described;

/// What a page or a comment shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// What it is: `Dashboard drift`.
    pub(super) title: String,
    /// What was found, in one sentence.
    pub(super) verdict: String,
    /// How bad that is.
    pub(super) tone: Tone,
    /// When, how long, which part.
    pub(super) facts: Vec<String>,
    /// One for each target.
    pub(super) sections: Vec<Section>,
}

/// How much somebody has to look at something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tone {
    /// All is as it should be.
    Good,
    /// It belongs to others.
    Quiet,
    /// The repository is ahead.
    Pending,
    /// Somebody did something in Grafana.
    Changed,
    /// It could not be looked at.
    Failed,
}

/// One target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Section {
    /// Its name, where there is one to tell.
    pub(super) name: String,
    /// Its Grafana.
    pub(super) link: Option<String>,
    /// How many are in each state.
    pub(super) sums: String,
    /// Why nothing could be looked at.
    pub(super) error: Option<String>,
    /// What is to be looked at, the worst first.
    pub(super) entries: Vec<Entry>,
    /// What is as it should be.
    pub(super) quiet: Vec<Entry>,
}

/// A dashboard, a data source, or what else there is to tell of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// What it is: `dashboard`, `data source`, `folder`.
    pub(super) kind: &'static str,
    /// Its state or action, for machines.
    pub(super) state: String,
    /// The same for people.
    pub(super) word: String,
    pub(super) tone: Tone,
    /// Its name in the repository.
    pub(super) name: String,
    /// Its title, where that tells more.
    pub(super) title: String,
    /// Its uid, where it has one.
    pub(super) uid: String,
    /// The page to look at it.
    pub(super) link: Option<String>,
    /// Who changed it last.
    pub(super) who: String,
    /// When.
    pub(super) when: String,
    /// What, in a few words.
    pub(super) what: String,
    /// What there is to say about it.
    pub(super) notes: Vec<String>,
    /// The versions that others saved, newest first.
    pub(super) edits: Vec<Edit>,
    /// The differences.
    pub(super) parts: Vec<Part>,
}

/// Differences under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) heading: &'static str,
    pub(super) changes: Vec<Described>,
    /// The dashboard, drawn with them.
    pub(super) picture: Option<Picture>,
}

impl Entry {
    fn new(kind: &'static str, state: &str, tone: Tone, name: &str) -> Self {
        Self {
            kind,
            state: state.to_owned(),
            word: state.replace('-', " "),
            tone,
            name: plain(name),
            title: String::new(),
            uid: String::new(),
            link: None,
            who: String::new(),
            when: String::new(),
            what: String::new(),
            notes: Vec::new(),
            edits: Vec::new(),
            parts: Vec::new(),
        }
    }
}

pub(super) fn plain(text: &str) -> String {
    Printable(text).to_string()
}

/// A time as people read it, where it is one: to the second, in UTC.
pub(super) fn time(text: &str) -> String {
    match text.parse::<jiff::Timestamp>() {
        Ok(time) => time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => plain(text),
    }
}
