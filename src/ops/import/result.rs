use std::fmt;

use serde::{Serialize, Serializer};

use super::super::{Error, Kind};
use crate::plan::Action;
use crate::report::table;

/// What an import did, or would do.
#[derive(Debug, Serialize)]
pub struct ImportResult {
    /// One row for each dashboard.
    pub dashboards: Vec<Row>,
    /// What else a person should know.
    pub notes: Vec<String>,
}

/// One dashboard of an import.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The catalog's id.
    pub id: Option<u32>,
    /// Its title.
    pub title: String,
    /// Its revision.
    pub revision: Option<String>,
    /// Where it came from.
    pub source: String,
    /// Its uid.
    pub uid: String,
    /// Its folder.
    pub folder: String,
    /// What was done with it.
    pub result: RowResult,
    /// The page to look at it.
    pub url: String,
}

/// What was done with one dashboard.
#[derive(Debug)]
pub enum RowResult {
    /// Done.
    Done(Action),
    /// Only files were written.
    Written,
    /// What would be done.
    Foreseen(Action),
    /// Saving failed.
    Failed(Error),
    /// Nothing new was begun any more.
    NotBegun,
}

impl fmt::Display for RowResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(Action::Create) => f.write_str("created"),
            Self::Done(Action::Update) => f.write_str("updated"),
            Self::Done(Action::Move) => f.write_str("moved"),
            Self::Done(Action::Adopt) => f.write_str("adopted"),
            Self::Done(Action::Refuse(_)) | Self::Foreseen(Action::Refuse(_)) => f.write_str("refused"),
            Self::Done(Action::Nothing) | Self::Foreseen(Action::Nothing) => f.write_str("unchanged"),
            Self::Written => f.write_str("files written"),
            Self::Foreseen(action) => write!(f, "would {action}"),
            Self::Failed(_) => f.write_str("failed"),
            Self::NotBegun => f.write_str("not begun"),
        }
    }
}

impl Serialize for RowResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Failed(error) => serializer.serialize_str(&format!("failed: {}", error.message())),
            other => serializer.collect_str(other),
        }
    }
}

impl ImportResult {
    pub(super) fn new(dashboards: Vec<Row>, notes: Vec<String>) -> Self {
        Self { dashboards, notes }
    }

    /// The uids of the dashboards that are in Grafana now as they shall be.
    pub fn saved(&self) -> Vec<String> {
        let saved = self
            .dashboards
            .iter()
            .filter(|row| matches!(row.result, RowResult::Done(_)));
        saved.map(|row| row.uid.clone()).collect()
    }

    /// How bad it is that some could not be saved: denied where none was allowed.
    pub fn failure(&self) -> Option<Kind> {
        let failures = self.dashboards.iter().filter_map(|row| match &row.result {
            RowResult::Failed(error) => Some(error.kind()),
            RowResult::NotBegun => Some(Kind::Partial),
            _ => None,
        });
        let kinds: Vec<Kind> = failures.collect();
        let denied = kinds.iter().filter(|kind| **kind == Kind::Denied).count();
        match kinds.len() {
            0 => None,
            _ if denied == self.dashboards.len() => Some(Kind::Denied),
            _ => Some(Kind::Partial),
        }
    }
}

impl fmt::Display for ImportResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = ["ID", "TITLE", "REVISION", "SOURCE", "UID", "FOLDER", "RESULT", "URL"];
        let dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
        let rows = self.dashboards.iter().map(|row| {
            vec![
                dash(row.id.map(|id| id.to_string()).unwrap_or_default()),
                row.title.clone(),
                dash(row.revision.clone().unwrap_or_default()),
                row.source.clone(),
                row.uid.clone(),
                row.folder.clone(),
                row.result.to_string(),
                dash(row.url.clone()),
            ]
        });
        f.write_str(&table(&header, rows))?;
        for note in &self.notes {
            writeln!(f, "note: {note}")?;
        }
        let mut failed = false;
        for row in &self.dashboards {
            if let RowResult::Failed(error) = &row.result {
                failed = true;
                writeln!(f, "failed: {} (uid {}): {}", row.title, row.uid, error.message())?;
            }
        }
        if failed
            || self
                .dashboards
                .iter()
                .any(|row| matches!(row.result, RowResult::NotBegun))
        {
            writeln!(
                f,
                "The files stay as they are. Run the same import again to go on: what is saved already stays untouched."
            )?;
        }
        Ok(())
    }
}
