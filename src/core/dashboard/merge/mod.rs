//! How do two edits of one dashboard come together?
//!
//! [`merge`] takes the dashboard as it was (the base), ours and theirs, and answers with one in which both edits are. What only
//! one side changed is that side's; what both changed, each in its own way, is a [`Conflict`] at the place where a comparison would
//! tell of it, and ours stays there until somebody settles it ([`merge_with`]). Nothing gets lost: what one side took out and the
//! other edited is a conflict, too.
//!
//! * What belongs together is found by the comparison's own keys (`compare/kin.rs`): panels by id, then by title and type, queries by
//!   their letter, variables by name (`names.rs`). Lists without names are aligned (`sequence.rs`), texts by words or lines (`text.rs`).
//! * A panel's place is one beside its neighbours, not a number (`layout.rs`): where one side added a row of panels, what the
//!   other moved goes where it was moved to.
//! * A save by a newer Grafana is no edit: a side that changed a place by noise alone gives way. Where the schema rose, an edit of
//!   the old form is carried into the new one by the comparison's liftings (`lift.rs`); what can't be carried is a conflict.
//! * What the server or the catalog numbers (`id`, `version`, `iteration`) takes no part: the newer one stays.

mod forms;
mod layout;
mod lift;
mod names;
mod noise;
mod page;
mod panels;
mod placement;
mod sequence;
mod text;
mod tree;

pub use forms::{MergedDocument, merge_documents};

use serde::Serialize;
use serde_json::Value;

use super::compare::{Context, Forms, Place};
use tree::Merger;

/// Two edits of one dashboard, brought together.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The dashboard; at conflicts that nobody has settled it has our side.
    pub document: Value,
    /// What both changed, each in its own way.
    pub conflicts: Vec<Conflict>,
}

/// A place that both changed, each in its own way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conflict {
    /// Where.
    pub place: Place,
    /// What was there; nothing where both added it.
    pub base: Option<Value>,
    /// What our side has; nothing where it took it out.
    pub ours: Option<Value>,
    /// What their side has.
    pub theirs: Option<Value>,
}

/// What counts at a conflict.
#[derive(Debug, Clone, PartialEq)]
pub enum Choice {
    /// Our side.
    Ours,
    /// Their side.
    Theirs,
    /// Something else, made of both.
    Value(Value),
}

/// Who settles conflicts; nothing where one stays open.
pub type Settle<'a> = dyn Fn(&Conflict) -> Option<Choice> + 'a;

/// Brings both edits together. All are plain dashboards of one form (see [`merge_documents`] for several).
pub fn merge(base: &Value, ours: &Value, theirs: &Value) -> Merged {
    merge_with(base, ours, theirs, &Context::default(), &|_| None)
}

/// The same, with what a comparison may know of the target, and with somebody who settles conflicts.
pub fn merge_with(base: &Value, ours: &Value, theirs: &Value, context: &Context, settle: &Settle<'_>) -> Merged {
    if base == theirs || ours == theirs {
        return Merged {
            document: ours.clone(),
            conflicts: Vec::new(),
        };
    }
    if base == ours {
        return Merged {
            document: theirs.clone(),
            conflicts: Vec::new(),
        };
    }
    let (theirs, kin) = panels::with_own_ids(base, ours, theirs);
    let is_v2 = |side: &Value| side.get("elements").is_some();
    let forms = [ours, &*theirs].map(|side| (!is_v2(side)).then(|| Forms::of(base, side)));
    let mut merger = Merger::new([base, ours, &theirs], kin, &forms, (context, settle));
    let document = merger.dashboard();
    Merged {
        document,
        conflicts: merger.conflicts,
    }
}

#[cfg(test)]
mod tests;
