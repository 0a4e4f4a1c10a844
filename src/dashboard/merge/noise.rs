//! Is what a side changed an edit, or did only a newer Grafana save it?

use std::cell::OnceCell;

use serde_json::Value;

use crate::dashboard::compare::{Context, Place, Step, compare};

/// The places that a side edited; found when somebody asks first, since most merges never do.
pub(super) struct Edits<'a> {
    base: &'a Value,
    side: &'a Value,
    context: &'a Context,
    places: OnceCell<Vec<Place>>,
}

impl<'a> Edits<'a> {
    pub(super) fn new(base: &'a Value, side: &'a Value, context: &'a Context) -> Self {
        Self {
            base,
            side,
            context,
            places: OnceCell::new(),
        }
    }

    /// Whether the side edited something at this place, in it, or around it.
    pub(super) fn touch(&self, place: &Place) -> bool {
        let places = self.places.get_or_init(|| {
            let found = compare(self.base, self.side, self.context);
            let changes = found.changes.into_iter().map(|change| change.place);
            changes
                .chain(found.undecidable.into_iter().map(|one| one.place))
                .collect()
        });
        if self.side.get("elements").is_none() {
            return places.iter().any(|edited| overlap(edited, place));
        }
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
}

/// Whether one place is at or inside of the other. From where one of the two counts, they can't be told apart.
fn overlap(one: &Place, other: &Place) -> bool {
    for (one, other) in one.steps().iter().zip(other.steps()) {
        match (one, other) {
            (Step::Key(one), Step::Key(other)) if one != other => return false,
            (
                Step::Item { field, value, .. },
                Step::Item {
                    field: of,
                    value: other,
                    ..
                },
            ) if field == of && value != other => return false,
            (Step::Key(_), Step::Key(_)) | (Step::Item { .. }, Step::Item { .. }) => {}
            _ => return true,
        }
    }
    true
}
