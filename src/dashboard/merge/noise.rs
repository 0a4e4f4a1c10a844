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
        places.iter().any(|edited| overlap(edited, place))
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
