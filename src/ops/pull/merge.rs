use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::dashboard::compare::{Change, Comparison, Context, IgnoreRule, Place, compare};
use crate::dashboard::inputs::{Answers, BOOKKEEPING, Reference};
use crate::dashboard::merge::{Choice, Conflict, Settle, merge_with};
use crate::dashboard::{Ambiguous, apply_changes, put_back, schema_version, value_at, whole_lists};
use crate::report::conflict_between;

/// The documents that a pull brings together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'a> {
    /// The file, inputs open.
    pub file: &'a Value,
    /// What the file comes to on the target.
    pub desired: &'a Value,
    /// What Grafana has.
    pub live: &'a Value,
    /// What dashctl wrote last, where that is known.
    pub base: Option<&'a Value>,
    /// The answers that lead from file to desired.
    pub answers: &'a Answers,
    /// How the target refers to data sources.
    pub reference: Reference,
    /// What a comparison has to know.
    pub context: &'a Context,
    /// What the user doesn't want to see, and so not in the file either.
    pub rules: &'a [IgnoreRule],
}

/// How Grafana's changes come into a file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// One by one, into the file as it stands.
    Changes,
    /// Live's form is taken whole, with the file's own changes on top.
    Whole,
    /// Whole where the schema has risen.
    BySchema,
}

/// What a merge came to.
#[derive(Debug)]
pub(super) enum Merged {
    /// Both sides' changes are in it.
    Clean {
        /// The new file.
        file: Value,
        /// Whether live's form was taken whole.
        whole: bool,
        /// What the file comes to then, where that isn't just what is live: both sides had changed something.
        meant: Option<Box<Value>>,
    },
    /// Both changed the same places.
    Conflict {
        /// The file with what didn't collide.
        ours: Value,
        /// The same, with Grafana's side of what collided.
        theirs: Value,
        /// The places.
        places: Vec<Conflict>,
    },
}

/// What a person does about a conflict.
pub(super) const CHOOSE: &str = "changed on both sides; choose between the two at the markers in the file:";

/// One of the places that both sides changed, for people.
pub(super) fn told(conflict: &Conflict) -> String {
    format!("  {}", conflict_between(conflict, "repository", "Grafana"))
}

impl Merged {
    /// What a person should know; `reshaped` is the number of places that only migration and defaults changed.
    pub fn notes(&self, edited: &Comparison, reshaped: usize) -> Vec<String> {
        match self {
            Self::Clean { whole: false, .. } => Vec::new(),
            Self::Clean { whole: true, .. } => vec![format!(
                "re-shaped by a newer Grafana: its form is taken whole ({} by migration and defaults only); edited by people: {}",
                match reshaped {
                    1 => "1 place differs".to_owned(),
                    many => format!("{many} places differ"),
                },
                edited.differences()
            )],
            Self::Conflict { places, .. } => {
                let mut notes = vec![CHOOSE.to_owned()];
                notes.extend(places.iter().map(told));
                notes
            }
        }
    }
}

impl Sides<'_> {
    /// What the file changed since base; nothing where no base is known.
    pub fn own_changes(&self) -> Vec<Change> {
        self.base
            .map(|base| self.changes(base, self.desired))
            .unwrap_or_default()
    }

    /// What changed, told so that it can be carried out in another document.
    fn changes(&self, before: &Value, after: &Value) -> Vec<Change> {
        whole_lists(self.compare(before, after).changes, before, after)
    }

    /// What differs, as far as the user wants to see it.
    pub fn compare(&self, before: &Value, after: &Value) -> Comparison {
        IgnoreRule::apply(self.rules, compare(before, after, self.context)).kept
    }

    /// In how many places live differs from the file only because Grafana re-shaped it.
    pub fn reshaped(&self) -> usize {
        compare(self.desired, self.live, self.context).noise.len()
    }

    /// Whether live's form is taken whole.
    pub fn takes_whole(&self, way: Way) -> bool {
        match way {
            Way::Changes => false,
            Way::Whole => true,
            Way::BySchema => schema_version(self.live) > schema_version(self.file),
        }
    }

    /// Brings Grafana's changes into the file.
    ///
    /// # Errors
    ///
    /// A value that can't be told from an input's answer.
    pub fn merge(&self, way: Way) -> Result<Merged, Ambiguous> {
        if self.takes_whole(way) {
            self.take_whole()
        } else {
            self.take_changes()
        }
    }

    /// Live's form, with the file's placeholders, and the file's own changes in it.
    fn take_whole(&self) -> Result<Merged, Ambiguous> {
        let Some(base) = self.base.filter(|_| !self.own_changes().is_empty()) else {
            return Ok(Merged::Clean {
                file: self.whole(self.live)?,
                whole: true,
                meant: None,
            });
        };
        self.bring_together(base, self.live, true, |merged| self.whole(merged))
    }

    /// Both sides' edits, as the merge has them; `put` makes a file of what it comes to.
    fn bring_together(
        &self,
        base: &Value,
        theirs: &Value,
        whole: bool,
        put: impl Fn(&Value) -> Result<Value, Ambiguous>,
    ) -> Result<Merged, Ambiguous> {
        let merge = |settle: &Settle<'_>| merge_with(base, self.desired, theirs, self.context, settle);
        let merged = merge(&|_| None);
        let file = put(&merged.document)?;
        if merged.conflicts.is_empty() {
            return Ok(Merged::Clean {
                file,
                whole,
                meant: Some(Box::new(merged.document)),
            });
        }
        Ok(Merged::Conflict {
            ours: file,
            theirs: put(&merge(&|_| Some(Choice::Theirs)).document)?,
            places: merged.conflicts,
        })
    }

    /// A dashboard of live's form as a file.
    fn whole(&self, dashboard: &Value) -> Result<Value, Ambiguous> {
        let mut file = put_back(dashboard, self.file, self.answers, self.reference)?;
        if let (Some(new), Some(old)) = (file.as_object_mut(), self.file.as_object()) {
            for key in ["id", "version"] {
                new.shift_remove(key);
            }
            for key in BOOKKEEPING {
                if let Some(value) = old.get(key) {
                    new.insert(key.to_owned(), value.clone());
                }
            }
            self.keep_own(new, old);
        }
        Ok(file)
    }

    /// Uid and title that the sidecar decides stay as they are in the file.
    fn keep_own(&self, new: &mut serde_json::Map<String, Value>, old: &serde_json::Map<String, Value>) {
        for key in ["uid", "title"] {
            if self.live.get(key) == self.desired.get(key) {
                match old.get(key) {
                    Some(value) => drop(new.insert(key.to_owned(), value.clone())),
                    None => drop(new.shift_remove(key)),
                }
            }
        }
    }

    /// Grafana's changes, one by one, on the file as it is.
    fn take_changes(&self) -> Result<Merged, Ambiguous> {
        let before = self.base.unwrap_or(self.desired);
        let theirs = self.changes(before, self.live);
        if self.own_changes().is_empty() {
            return Ok(Merged::Clean {
                file: self.with(&theirs)?,
                whole: false,
                meant: None,
            });
        }
        // Only what people edited: what a page fills in by itself isn't for the file.
        let mut edited = before.clone();
        // What finds no place is seen by the check before the write.
        let open = apply_changes(&mut edited, &theirs).len();
        let theirs = if open == 0 { &edited } else { self.live };
        self.bring_together(before, theirs, false, |merged| {
            self.with(&self.changes(self.desired, merged))
        })
    }

    /// The file with these changes, their values with placeholders.
    fn with(&self, changes: &[Change]) -> Result<Value, Ambiguous> {
        let mut resolved = self.desired.clone();
        apply_changes(&mut resolved, changes);
        let mut back = put_back(&resolved, self.file, self.answers, self.reference)?;
        let changes: Vec<Change> = changes
            .iter()
            .map(|change| Change {
                after: value_at(&mut back, change).cloned().or_else(|| change.after.clone()),
                ..change.clone()
            })
            .collect();
        let mut file = self.file.clone();
        apply_changes(&mut file, &changes);
        Ok(file)
    }
}

/// Whether one place is at or inside of the other.
pub(super) fn overlap(one: &Place, other: &Place) -> bool {
    let (a, b) = (one.steps(), other.steps());
    let length = a.len().min(b.len());
    a[..length].iter().map(key).eq(b[..length].iter().map(key))
}

/// A step without its label, which may be what changed.
fn key(step: &crate::dashboard::compare::Step) -> String {
    use crate::dashboard::compare::Step;
    match step {
        Step::Key(key) => format!(".{key}"),
        Step::Item { field, value, .. } => format!("[{field}={value}]"),
        Step::Index(index) => format!("[{index}]"),
    }
}

/// Two texts as one, with the markers that Git leaves around what differs. `plan` refuses a file with markers.
pub(super) fn with_markers(ours: &str, theirs: &str) -> String {
    let diff = TextDiff::from_lines(ours, theirs);
    let (mut text, mut left, mut right) = (String::new(), String::new(), String::new());
    let flush = |text: &mut String, left: &mut String, right: &mut String| {
        if !left.is_empty() || !right.is_empty() {
            text.push_str(&format!("<<<<<<< repository\n{left}=======\n{right}>>>>>>> grafana\n"));
            left.clear();
            right.clear();
        }
    };
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Delete => left.push_str(change.value()),
            ChangeTag::Insert => right.push_str(change.value()),
            ChangeTag::Equal => {
                flush(&mut text, &mut left, &mut right);
                text.push_str(change.value());
            }
        }
    }
    flush(&mut text, &mut left, &mut right);
    text
}
