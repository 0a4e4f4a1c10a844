//! What does dashctl do?
//!
//! The work behind each verb, as a library: plain options in, results as data and typed errors out. What a person has to
//! be told or asked meanwhile goes through the [`Person`] that the caller gives. It knows neither arguments nor terminals
//! nor exit codes.

mod applied;
mod apply;
mod check;
mod confirmed;
mod credentials_file;
pub mod data_sources;
pub mod diff;
mod environment;
mod error;
mod files;
pub mod fmt;
mod foresee;
mod git_drivers;
pub mod history;
pub mod import;
mod learn;
pub mod library;
pub mod lint;
pub mod merge;
mod overlay;
mod person;
pub mod preview;
pub mod prune;
pub mod pull;
mod reader;
mod receivers;
mod remove;
mod review;
pub mod rollback;
mod saved_plan;
pub mod schedule;
mod selection;
mod session;
mod source;
pub mod stack;
mod stand_in;
mod survey;
mod target;
pub mod up;
pub mod upgrade;
mod vault;
pub mod verify;
pub mod watch;
mod writes;

pub use applied::AppliedRow;
pub use apply::{Apply, ApplyOptions, ApplyResult};
pub use check::{Check, CheckOptions};
pub use confirmed::Confirmed;
pub use environment::Environment;
pub use error::{Cause, Error, Kind};
pub use git_drivers::git_drivers;
pub use learn::unlearned;
pub use overlay::{Overlaid, overlay_from_diff};
pub use person::{Person, Unattended};
pub use receivers::Receivers;
pub use remove::remove;
pub use review::{FailedRow, PlannedRow, Review, ReviewOptions};
pub use saved_plan::SavedPlan;
pub use selection::Selection;
pub use session::{Session, desired, find_repository, ignore_rules, repository_here, unanswered, wishes};
pub use source::{Source, grafana_com};
pub use stand_in::SandboxStandIn;
pub use survey::{Failed, Survey};
pub use target::{Connected, Login, Setting, TargetOptions};
pub use vault::Vault;
pub use writes::{Count, Writes};
