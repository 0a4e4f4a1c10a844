//! Is what a side changed an edit, or did only a newer Grafana save it?

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use serde_json::Value;

use crate::dashboard::compare::{Comparing, Comparison, Context, Forms, Place, Step, compare, comparing};

/// The places that a side edited; looked for when somebody asks, and only around what is asked for: most merges ask for few.
pub(super) struct Edits<'a> {
    base: &'a Value,
    side: &'a Value,
    context: &'a Context,
    /// Nothing for v2, in which parts have other names than a comparison has for them.
    forms: Option<&'a Forms<'a>>,
    comparing: OnceCell<Comparing<'a>>,
    /// By the part of the dashboard that they lie in: a key, or one of its panels.
    places: RefCell<HashMap<Vec<Step>, Vec<Place>>>,
    /// All of them, of v2.
    all: OnceCell<Vec<Place>>,
}

impl<'a> Edits<'a> {
    pub(super) fn new(base: &'a Value, side: &'a Value, forms: Option<&'a Forms<'a>>, context: &'a Context) -> Self {
        Self {
            base,
            side,
            context,
            forms,
            comparing: OnceCell::new(),
            places: RefCell::default(),
            all: OnceCell::new(),
        }
    }

    /// Whether the side edited something at this place, in it, or around it.
    pub(super) fn touch(&self, place: &Place) -> bool {
        if let Some(forms) = self.forms {
            return self.touches(forms, place);
        }
        let places = self
            .all
            .get_or_init(|| places(compare(self.base, self.side, self.context)));
        // A comparison speaks of v2 in the classic form's words: there an element is the panel of its number.
        match place.steps() {
            [Step::Key(elements), Step::Key(name), ..] if elements == "elements" => {
                let id = |side: &Value| Some(side.get("elements")?.get(name)?.get("spec")?.get("id")?.to_string());
                let ids = [id(self.base), id(self.side)];
                let is_it = |edited: &Place| {
                    edited
                        .panel()
                        .is_none_or(|panel| ids.iter().flatten().any(|id| id == panel))
                };
                ids.iter().all(Option::is_none) || places.iter().any(is_it)
            }
            _ => !places.is_empty(),
        }
    }

    fn touches(&self, forms: &'a Forms<'a>, place: &Place) -> bool {
        let parts = match place.steps() {
            [Step::Key(panels), _, ..] if panels == "panels" => 2,
            steps => steps.len().min(1),
        };
        let part = place.steps()[..parts].to_vec();
        let mut known = self.places.borrow_mut();
        let edited = known.entry(part).or_insert_with_key(|part| {
            let comparing = self.comparing.get_or_init(|| comparing(forms, self.context));
            places(comparing.told(&Place::new(part.clone())))
        });
        edited.iter().any(|edited| overlap(edited, place))
    }
}

fn places(found: Comparison) -> Vec<Place> {
    let changes = found.changes.into_iter().map(|change| change.place);
    changes
        .chain(found.undecidable.into_iter().map(|one| one.place))
        .collect()
}

/// Whether one place is at or inside of the other. From where one of the two counts, they can't be told apart.
fn overlap(one: &Place, other: &Place) -> bool {
    for (one, other) in one.steps().iter().zip(other.steps()) {
        match (one, other) {
            (one, other) if !one.may_be(other) => return false,
            (Step::Key(_), Step::Key(_)) | (Step::Item { .. }, Step::Item { .. }) => {}
            _ => return true,
        }
    }
    true
}
