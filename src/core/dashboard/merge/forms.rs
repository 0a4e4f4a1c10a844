//! Dashboards of several forms: where one side is a v2 dashboard, all are brought to that.

use super::{Choice, Conflict, Merged, Settle, merge_with};
use crate::dashboard::compare::{Context, compare};
use crate::dashboard::convert::{self, in_v2};
use crate::dashboard::{Document, migrate};

/// Two edits of one document, brought together.
#[derive(Debug, Clone, PartialEq)]
pub struct MergedDocument {
    /// The document; at conflicts that nobody has settled it has our side.
    pub document: Document,
    /// What both changed, each in its own way.
    pub conflicts: Vec<Conflict>,
}

/// Brings both edits together, whatever the forms: of classic and v2 it becomes v2. An edit that v2 has no word for is a
/// conflict.
///
/// # Errors
///
/// A dashboard that can't be converted.
pub fn merge_documents(
    [base, ours, theirs]: [&Document; 3],
    context: &Context,
    settle: &Settle<'_>,
) -> Result<MergedDocument, convert::Error> {
    let version = [theirs, ours, base].into_iter().find_map(|side| match side {
        Document::V2(v2) => Some(v2.version.as_str()),
        Document::Classic(_) => None,
    });
    let Some(version) = version else {
        let Merged { document, conflicts } =
            merge_with(base.content(), ours.content(), theirs.content(), context, settle);
        return Ok(MergedDocument {
            document: Document::Classic(document),
            conflicts,
        });
    };
    let server = migrate::Context::new(
        migrate::Generation::default(),
        context.data_sources.clone().unwrap_or_default(),
    );
    let sides = [base, ours, theirs].map(|side| match side {
        Document::V2(v2) if v2.version == version => Ok(v2.spec.clone()),
        side => in_v2(side, version, &server),
    });
    let [old, one, other] = sides;
    let (old, one, other) = (old?, one?, other?);
    let Merged {
        document,
        mut conflicts,
    } = merge_with(&old, &one, &other, context, settle);
    for (side, shaped, is_ours) in [(ours, &one, true), (theirs, &other, false)] {
        let edits = compare(base.content(), side.content(), context).changes;
        let kept = compare(&old, shaped, context);
        let kept: Vec<_> = kept.changes.iter().map(|change| change.place.keyed_path()).collect();
        for edit in edits {
            let path = edit.place.keyed_path();
            if !kept
                .iter()
                .any(|kept| kept.starts_with(&path) || path.starts_with(kept.as_str()))
            {
                let (ours, theirs) = if is_ours {
                    (edit.after, None)
                } else {
                    (None, edit.after)
                };
                let conflict = Conflict {
                    place: edit.place,
                    base: edit.before,
                    ours,
                    theirs,
                };
                // There is nothing to do about it but to give it up.
                let given_up = if is_ours { Choice::Theirs } else { Choice::Ours };
                if settle(&conflict) != Some(given_up) {
                    conflicts.push(conflict);
                }
            }
        }
    }
    let uid = [ours, theirs, base].map(Document::uid);
    let uid = uid.into_iter().find(|uid| !uid.is_empty()).unwrap_or_default();
    Ok(MergedDocument {
        document: Document::v2(version, uid, document),
        conflicts,
    })
}
