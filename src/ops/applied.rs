//! What becomes of each thing that is applied, dashboards and library panels alike.

use serde::Serialize;

use super::{Error, Kind, Review};
use crate::apply::FolderMaker;
use crate::grafana::Folder;
use crate::plan::{Action, Item};

/// What became of one dashboard or data source.
#[derive(Debug, Serialize)]
pub struct AppliedRow {
    /// Its name.
    pub name: String,
    /// In words.
    pub result: String,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How bad that is.
    #[serde(skip)]
    pub kind: Option<Kind>,
}

/// The folder that a dashboard or library panel goes to; nothing where its name or place was all that had to be put right.
pub(super) async fn place(folders: &mut FolderMaker<'_>, item: &Item) -> Result<Option<Folder>, Error> {
    if item.folder_renamed {
        folders.restore(&item.folder).await?;
        if item.changes.is_same() {
            return Ok(None);
        }
    }
    Ok(Some(folders.make(&item.folder).await?))
}

/// The row of what was not begun any more.
pub(super) fn not_begun(name: String) -> AppliedRow {
    AppliedRow {
        name,
        result: "not begun".into(),
        error: None,
        kind: Some(Kind::Partial),
    }
}

/// Drift is somebody's work: a person is asked about each dashboard by itself.
pub(super) fn may_overwrite(review: &Review, item: &Item) -> Result<bool, Error> {
    let who = item
        .edits
        .first()
        .map(|edit| format!(" by {}", edit.author))
        .unwrap_or_default();
    let question = format!("{} has drift{who}. Write over it?", item.name);
    review.session.person.give_up(&question)
}

/// What was done, in a word.
pub(super) fn past(action: &Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Move => "moved",
        Action::Adopt => "adopted",
        _ => "updated",
    }
}

/// The row of what was done, or why it failed.
pub(super) fn row(name: String, done: Result<String, Error>) -> AppliedRow {
    match done {
        Ok(result) => AppliedRow {
            name,
            result,
            error: None,
            kind: None,
        },
        Err(error) => AppliedRow {
            name,
            result: "failed".into(),
            kind: Some(error.kind()),
            error: Some(error.message()),
        },
    }
}
