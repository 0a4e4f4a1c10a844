//! What both sides of a merge changed, for people.

use std::fmt;

use serde_json::Value;

use crate::dashboard::compare::Printable;
use crate::dashboard::merge::Conflict;

/// How much of a value is shown.
const MOST: usize = 160;

/// Conflicts, place by place, with what was there and what each side has.
pub struct Conflicts<'a>(pub &'a [Conflict]);

impl fmt::Display for Conflicts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for conflict in self.0 {
            writeln!(f, "! {}", conflict.place)?;
            let sides = [
                ("was", &conflict.base),
                ("ours", &conflict.ours),
                ("theirs", &conflict.theirs),
            ];
            for (name, value) in sides {
                writeln!(f, "    {name:<6} {}", shown(value.as_ref()))?;
            }
        }
        Ok(())
    }
}

/// One conflict in a line.
pub fn conflict_words(conflict: &Conflict) -> String {
    conflict_between(conflict, "ours", "theirs")
}

/// The same, where the sides have names of their own.
pub fn conflict_between(conflict: &Conflict, ours: &str, theirs: &str) -> String {
    let (one, other) = (shown(conflict.ours.as_ref()), shown(conflict.theirs.as_ref()));
    format!("{}: {ours} {one}, {theirs} {other}", conflict.place)
}

fn shown(value: Option<&Value>) -> String {
    let Some(value) = value else {
        return "removed".to_owned();
    };
    let text = Printable(&value.to_string()).to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
