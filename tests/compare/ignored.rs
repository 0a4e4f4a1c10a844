//! The single edits that Grafana itself ignores or loses: each with the reason and where that is known from.
//!
//! A mutant that lands here need not be reported. Everything else must be.

use serde_json::Value;

use crate::keyed::Spot;
use crate::mutate::{Family, Mutant};

/// Between which dashboards the mutant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// The dashboard itself and its mutant.
    Same,
    /// A mutant of the older side and the newer side.
    OldMutant,
    /// The older side and a mutant of the newer side.
    NewMutant,
}

/// Why nobody would see this edit; `None` if somebody would.
pub fn reason(
    _family: Family,
    _between: Between,
    _spot: &Spot,
    _mutant: &Mutant,
    _other: &Value,
) -> Option<&'static str> {
    None
}
