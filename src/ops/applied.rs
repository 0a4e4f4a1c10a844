//! What becomes of each thing that is applied, dashboards and library panels alike.

use serde::Serialize;

use super::{Error, Kind, Review};
use crate::apply::FolderMaker;
use crate::grafana::Folder;
use crate::plan::{Action, Item, Permissions, Refusal};

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

/// What is done with each of them, after the questions that this takes. They come before the first write: one that can't be
/// asked must not hide what was written before it.
pub(super) fn decide<'a>(
    review: &Review,
    permissions: Permissions,
    items: impl Iterator<Item = &'a Item>,
) -> Result<Vec<Action>, Error> {
    let decide = |item: &Item| match item.action(permissions) {
        Action::Refuse(Refusal::Drift) if may_overwrite(review, item)? => Ok(item.action(Permissions {
            overwrite_drift: true,
            ..permissions
        })),
        action => Ok(action),
    };
    items.map(decide).collect()
}

/// Drift is somebody's work: a person is asked about each dashboard by itself.
fn may_overwrite(review: &Review, item: &Item) -> Result<bool, Error> {
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
