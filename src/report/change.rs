use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::setting::at_leaf;
use super::words::sentences;
use crate::dashboard::compare::{Change, ChangeKind, Comparison, Explained, FilledIn};

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeReport {
    /// Where, for people: `panel "CPU" (id 3) › query A › expr`.
    pub place: String,
    /// Where, for machines: `panels[id=3].targets[refId=A].expr`.
    pub path: String,
    /// How; nothing for what can't be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChangeKind>,
    /// The migration that may have made it, for what can't be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// In words, where one sentence says it better than place and values. Neighbours that one sentence tells together,
    /// such as a panel's new place and size, carry the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// What was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What is there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// The plugin that seems to have filled this in by itself, and where, from the panel on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filled_in: Option<FilledIn>,
}

/// What a comparison found, noise left out.
pub fn changes(comparison: &Comparison) -> Vec<ChangeReport> {
    let told: Vec<Change> = comparison.changes.iter().map(at_leaf).collect();
    let changed = told.iter().zip(sentences(&told));
    changed
        .map(|(change, words)| ChangeReport::new(change, words))
        .chain(comparison.undecidable.iter().map(ChangeReport::from))
        .collect()
}

impl ChangeReport {
    fn new(change: &Change, words: Option<String>) -> Self {
        Self {
            place: change.place.to_string(),
            path: change.place.keyed_path(),
            kind: Some(change.kind),
            rule: None,
            words,
            before: change.before.clone(),
            after: change.after.clone(),
            filled_in: change.filled_in.clone(),
        }
    }
}

impl From<&Explained> for ChangeReport {
    fn from(one: &Explained) -> Self {
        Self {
            place: one.place.to_string(),
            path: one.place.keyed_path(),
            kind: None,
            rule: Some(one.rule.id.to_owned()),
            words: None,
            before: one.before.clone(),
            after: one.after.clone(),
            filled_in: None,
        }
    }
}
