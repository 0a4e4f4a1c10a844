//! What both sides of a merge changed, for people.

use std::fmt;

use serde_json::{Value, json};

use super::Semantic;
use crate::dashboard::compare::{Context, Place, Printable, Step, compare};
use crate::dashboard::merge::Conflict;

/// How much of a value is shown.
const MOST: usize = 160;
/// How many lines tell what became of a panel.
const LINES: usize = 12;

/// Conflicts, place by place, with what was there and what each side has.
pub struct Conflicts<'a>(pub &'a [Conflict]);

impl fmt::Display for Conflicts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for conflict in self.0 {
            writeln!(f, "! {}", conflict.place)?;
            if let Some(lines) = edited_and_gone(conflict) {
                lines.iter().try_for_each(|line| writeln!(f, "    {line}"))?;
                continue;
            }
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

/// Of a panel that one side took out and the other changed: what was changed, in words. A whole panel as JSON says nothing.
fn edited_and_gone(conflict: &Conflict) -> Option<Vec<String>> {
    let base = conflict.base.as_ref().filter(|_| is_panel(&conflict.place))?;
    let (edited, names) = match (&conflict.ours, &conflict.theirs) {
        (None, Some(theirs)) => (theirs, ["ours   removed", "theirs changed"]),
        (Some(ours), None) => (ours, ["ours   changed", "theirs removed"]),
        _ => return None,
    };
    let [before, after] = [base, edited].map(|panel| json!({ "panels": [panel] }));
    let found = compare(&before, &after, &Context::default());
    if found.is_same() {
        return None;
    }
    let words = Semantic::new(&found).to_string();
    let lines: Vec<&str> = words.lines().collect();
    let (shown, more) = match lines.len() {
        few if few <= LINES + 1 => (few, 0),
        many => (LINES, many - LINES),
    };
    let mut told: Vec<String> = lines.iter().take(shown).map(|line| format!("    {line}")).collect();
    if more > 0 {
        told.push(format!("    … and {more} more lines"));
    }
    Some(match conflict.ours {
        None => [vec![names[0].to_owned(), names[1].to_owned()], told].concat(),
        Some(_) => [vec![names[0].to_owned()], told, vec![names[1].to_owned()]].concat(),
    })
}

fn is_panel(place: &Place) -> bool {
    let end = place.steps().split_last_chunk::<2>().map(|(_, end)| end);
    matches!(end, Some([Step::Key(panels), Step::Item { .. }]) if panels == "panels")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_panel_that_one_side_took_out_it_is_told_what_the_other_changed() {
        let panel = |unit: &str| json!({"id": 4, "type": "stat", "title": "CPU", "fieldConfig": {"defaults": {"unit": unit}, "overrides": []}});
        let step = Step::Item {
            field: "id",
            value: "4".into(),
            label: Some("CPU".into()),
            noun: None,
        };
        let conflict = |ours: Option<Value>, theirs: Option<Value>| Conflict {
            place: Place::new(vec![Step::Key("panels".into()), step.clone()]),
            base: Some(panel("s")),
            ours,
            theirs,
        };
        let told = |conflict: Conflict| Conflicts(&[conflict]).to_string();
        let text = told(conflict(None, Some(panel("ms"))));
        assert!(
            text.starts_with("! panel \"CPU\" (id 4)\n    ours   removed\n    theirs changed\n"),
            "{text}"
        );
        assert!(
            text.contains("unit") && text.contains("\"ms\"") && !text.contains("fieldConfig"),
            "{text}"
        );
        let text = told(conflict(Some(panel("ms")), None));
        assert!(
            text.contains("ours   changed\n") && text.ends_with("    theirs removed\n"),
            "{text}"
        );
        let both = told(conflict(Some(panel("ms")), Some(panel("h"))));
        assert!(both.contains("was    {"), "{both}");
    }
}
