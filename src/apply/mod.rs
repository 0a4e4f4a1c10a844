//! How is a plan carried out, safely?
//!
//! Reading what a target has ([`Surroundings`], [`observe`]), and writing to it ([`FolderMaker`], [`Writer`]): folders parents
//! first, dashboards always with the version that was read, and after an answer that got lost a look before anything else. It knows nothing of how results are printed.

mod course;
mod error;
mod folders;
mod ignored;
mod known;
mod library;
mod missing;
mod observe;
mod one_edit;
mod save;
mod surroundings;
mod titles;
mod untouched;

pub use course::Course;
pub use error::{Entangled, Error};
pub use folders::{FolderMaker, Renamed};
pub use ignored::keep_ignored;
pub use known::Known;
pub use library::save_panel;
pub use missing::{MissingReferences, References};
pub use observe::{Asking, Observed, find_base, observe};
pub use save::{LibraryTurns, Origin, Outcome, Writer};
pub use surroundings::Surroundings;
pub use titles::{Claim, taken_titles};
pub use untouched::NewestSave;
