//! What a comparison found, as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::{FilledIn, Place, Rule};

/// What two dashboards have between them: the edits, what was suppressed as noise and by which rule, and what can't be told.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Comparison {
    /// Differences that mean something.
    pub changes: Vec<Change>,
    /// Differences that nobody made, each with the rule that says so.
    pub noise: Vec<Explained>,
    /// Differences that may be an edit or a lossy migration; they count as differences until somebody has looked.
    pub undecidable: Vec<Explained>,
}

impl Comparison {
    /// Whether both dashboards mean the same: no change, and nothing that can't be compared. Noise doesn't count.
    pub fn is_same(&self) -> bool {
        self.changes.is_empty() && self.undecidable.is_empty()
    }

    /// Whether there is nothing at all, not even noise.
    pub fn is_empty(&self) -> bool {
        self.is_same() && self.noise.is_empty()
    }

    /// The same seen from the other side.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let change = |change: &Change| Change {
            place: change.place.clone(),
            kind: match change.kind {
                ChangeKind::Added => ChangeKind::Removed,
                ChangeKind::Removed => ChangeKind::Added,
                other => other,
            },
            before: change.after.clone(),
            after: change.before.clone(),
            filled_in: change.filled_in.clone(),
            copy_of: change.copy_of.clone(),
            together: change.together,
        };
        let explained = |one: &Explained| Explained {
            place: one.place.clone(),
            rule: one.rule,
            before: one.after.clone(),
            after: one.before.clone(),
        };
        Self {
            changes: self.changes.iter().map(change).collect(),
            noise: self.noise.iter().map(explained).collect(),
            undecidable: self.undecidable.iter().map(explained).collect(),
        }
    }

    /// How many differences mean something or can't be told.
    pub fn differences(&self) -> usize {
        self.changes.len() + self.undecidable.len()
    }
}

/// How something differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// Only the newer side has it.
    Added,
    /// Only the older side has it.
    Removed,
    /// Both have it, with different values.
    Changed,
    /// The same elements in another order, or the same panel in another row; `before` and `after` name the order or the row.
    Moved,
}

/// One difference that means something.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Where.
    pub place: Place,
    /// How.
    pub kind: ChangeKind,
    /// The value on the older side; of a migrated form, what Grafana's migration makes of it.
    pub before: Option<Value>,
    /// The value on the newer side.
    pub after: Option<Value>,
    /// The plugin that seems to have made it by itself.
    pub filled_in: Option<FilledIn>,
    /// The panel that a new one is a copy of.
    pub copy_of: Option<Place>,
    /// What came or went together, a row and the panels that lay in it, has one number.
    pub together: Option<usize>,
}

/// One difference and the rule that explains it.
#[derive(Debug, Clone)]
pub struct Explained {
    /// Where.
    pub place: Place,
    /// What made it, or may have made it.
    pub rule: &'static Rule,
    /// The value on the older side.
    pub before: Option<Value>,
    /// The value on the newer side.
    pub after: Option<Value>,
}

/// The stable JSON form of both: `place` for people, `path` for machines.
#[derive(Serialize)]
struct Entry<'a> {
    place: String,
    path: &'a Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<ChangeKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    filled_in: Option<&'a FilledIn>,
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Entry {
            place: self.place.to_string(),
            path: &self.place,
            kind: Some(self.kind),
            rule: None,
            before: self.before.as_ref(),
            after: self.after.as_ref(),
            filled_in: self.filled_in.as_ref(),
        }
        .serialize(serializer)
    }
}

impl Serialize for Explained {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Entry {
            place: self.place.to_string(),
            path: &self.place,
            kind: None,
            rule: Some(self.rule.id),
            before: self.before.as_ref(),
            after: self.after.as_ref(),
            filled_in: None,
        }
        .serialize(serializer)
    }
}
