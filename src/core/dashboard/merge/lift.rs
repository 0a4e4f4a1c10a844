//! How does an edit of an old form come into a newer one?
//!
//! The comparison knows what Grafana's migrations make of an old panel. Both the panel as it was and as it was edited are lifted
//! so; in what the two differ then is the edit in the new form's words. Nothing else of a lifted panel is written anywhere. An edit
//! that makes no difference any more after the lifting is told.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::Conflict;
use super::tree::Merger;
use crate::dashboard::compare::{Place, Step, lifted};

/// A panel on all three sides, in one form.
pub(super) struct OneForm<'v> {
    pub(super) sides: [Cow<'v, Value>; 3],
    /// The side whose panel was lifted, if one was.
    pub(super) old: Option<usize>,
}

/// The three panels in the newest of their forms.
pub(super) fn in_one_form<'v>([base, ours, theirs]: [&'v Value; 3], schemas: [u64; 3]) -> OneForm<'v> {
    let as_they_are = || OneForm {
        sides: [Cow::Borrowed(base), Cow::Borrowed(ours), Cow::Borrowed(theirs)],
        old: None,
    };
    let Some((_, newest, _)) = best(ours, theirs, [schemas[1], schemas[2]], None) else {
        // Both sides have one form; it may be newer than what was there.
        return match best(base, ours, [schemas[0], schemas[1]], None) {
            Some((base, Lifting::Before, _)) => OneForm {
                sides: [base, Cow::Borrowed(ours), Cow::Borrowed(theirs)],
                old: None,
            },
            _ => as_they_are(),
        };
    };
    let theirs_is_newest = newest == Lifting::Before;
    let (old, new, of_old, of_new) = match theirs_is_newest {
        true => (ours, theirs, schemas[1], schemas[2]),
        false => (theirs, ours, schemas[2], schemas[1]),
    };
    // Both by the same way, or what the ways differ in would be taken for an edit.
    let (base, way) = match best(base, new, [schemas[0], of_new], None) {
        Some((base, Lifting::Before, way)) => (base, Some(way)),
        _ => (Cow::Borrowed(base), None),
    };
    let old = match best(old, new, [of_old, of_new], way) {
        Some((lifted, Lifting::Before, _)) => lifted,
        _ => Cow::Borrowed(old),
    };
    match theirs_is_newest {
        true => OneForm {
            sides: [base, old, Cow::Borrowed(new)],
            old: Some(1),
        },
        false => OneForm {
            sides: [base, Cow::Borrowed(new), old],
            old: Some(2),
        },
    }
}

/// Which of two panels was lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lifting {
    Before,
    After,
}

/// The panel of the two that has the older form, lifted, and by which way; nothing where neither has. Where parts of both are
/// older than the other's, the first one's count. With a `way`, by that one, if the panel can go it.
fn best<'v>(
    before: &'v Value,
    after: &'v Value,
    schemas: [u64; 2],
    way: Option<usize>,
) -> Option<(Cow<'v, Value>, Lifting, usize)> {
    let (forms, best) = lifted(before, after, schemas);
    let way = way.filter(|way| *way < forms.len()).unwrap_or(best);
    let (one, other) = forms.into_iter().nth(way)?;
    match (one, other) {
        (one @ Cow::Owned(_), _) if *one != *before => Some((one, Lifting::Before, way)),
        (_, other @ Cow::Owned(_)) if *other != *after => Some((other, Lifting::After, way)),
        _ => None,
    }
}

impl Merger<'_> {
    /// Tells of each edit of an old panel that makes no difference to its new form.
    pub(super) fn tell_dead_edits(
        &mut self,
        side: usize,
        [base, edited, new]: [&Value; 3],
        own: impl Fn(&str) -> bool,
    ) {
        let schemas = [self.schema(0), self.schema(3 - side)];
        let way = best(base, new, schemas, None).map(|(_, _, way)| way);
        let lift = |panel: &Value| match best(panel, new, schemas, way) {
            Some((lifted, Lifting::Before, _)) => lifted.into_owned(),
            _ => panel.clone(),
        };
        let was = lift(base);
        for edit in edits(base, edited, &own) {
            let alone = with(base, &edit, look(edited, &edit));
            if lift(&alone) != was {
                continue;
            }
            let mut steps = self.steps.clone();
            steps.extend(edit.iter().map(Part::step));
            let place = Place::new(steps);
            if !self.is_edit(side, &place) {
                continue;
            }
            let [old, now, there] = [base, edited, new].map(|panel| look(panel, &edit).cloned());
            let (ours, theirs) = if side == 1 { (now, there) } else { (there, now) };
            self.dead(
                side,
                Conflict {
                    place,
                    base: old,
                    ours,
                    theirs,
                },
            );
        }
    }
}

/// A step into a panel.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    Key(String),
    At(usize),
}

impl Part {
    fn step(&self) -> Step {
        match self {
            Self::Key(key) => Step::Key(key.clone()),
            Self::At(at) => Step::Index(*at),
        }
    }
}

/// The ways to the values in which two panels differ; lists of other lengths as a whole.
fn edits(before: &Value, after: &Value, own: &impl Fn(&str) -> bool) -> Vec<Vec<Part>> {
    let mut found = Vec::new();
    if let (Value::Object(before), Value::Object(after)) = (before, after) {
        for key in super::tree::keys(before, after) {
            if own(key) {
                collect(
                    before.get(key),
                    after.get(key),
                    vec![Part::Key(key.to_owned())],
                    &mut found,
                );
            }
        }
    }
    found
}

fn collect(before: Option<&Value>, after: Option<&Value>, way: Vec<Part>, found: &mut Vec<Vec<Part>>) {
    if before == after {
        return;
    }
    let inner = |part: Part| [way.clone(), vec![part]].concat();
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            for key in super::tree::keys(before, after) {
                collect(before.get(key), after.get(key), inner(Part::Key(key.to_owned())), found);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) if before.len() == after.len() => {
            for at in 0..before.len() {
                collect(before.get(at), after.get(at), inner(Part::At(at)), found);
            }
        }
        _ => found.push(way),
    }
}

fn look<'v>(panel: &'v Value, way: &[Part]) -> Option<&'v Value> {
    way.iter().try_fold(panel, |here, part| match part {
        Part::Key(key) => here.get(key),
        Part::At(at) => here.get(*at),
    })
}

fn with(panel: &Value, way: &[Part], value: Option<&Value>) -> Value {
    let mut changed = panel.clone();
    put(&mut changed, way, value);
    changed
}

fn put(here: &mut Value, way: &[Part], value: Option<&Value>) {
    let Some((first, rest)) = way.split_first() else {
        return;
    };
    match (first, rest.is_empty(), here) {
        (Part::Key(key), true, Value::Object(fields)) => match value {
            Some(value) => drop(fields.insert(key.clone(), value.clone())),
            None => drop(fields.shift_remove(key)),
        },
        (Part::Key(key), false, Value::Object(fields)) => {
            put(
                fields.entry(key.clone()).or_insert_with(|| Value::Object(Map::new())),
                rest,
                value,
            );
        }
        (Part::At(at), last, Value::Array(list)) => match (list.get_mut(*at), last) {
            (Some(here), true) => *here = value.cloned().unwrap_or_default(),
            (Some(here), false) => put(here, rest, value),
            (None, _) => {}
        },
        _ => {}
    }
}
