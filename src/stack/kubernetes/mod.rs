//! How does the stack get into a cluster, and what has become of it there?
//!
//! Server-side apply with the field manager `dashctl`, an inventory of what was installed, and a lease so that two
//! runs don't meet. A plan is what the API server itself says an apply would do (a dry run), with the owner of every
//! field that somebody else has changed or added. Nothing here knows of dashboards.

mod adoption;
mod changes;
mod cluster;
mod error;
mod fields;
mod forward;
mod install;
mod inventory;
mod lease;
mod password;
mod plan;
mod preflight;
mod progress;
mod readiness;
mod survey;
mod uninstall;

pub use changes::{FieldChange, FieldPath};
pub use cluster::{Apply, Choice, Cluster};
pub use error::{Cause, Error, ErrorKind};
pub use fields::Owner;
pub use forward::{Forward, forward};
pub use install::{How, Installed, install};
pub use inventory::{INVENTORY, Inventory};
pub use lease::Lease;
pub use password::{AdminPassword, Given, admin_password, generated_password};
pub use plan::{Addition, Fate, Planned, StackPlan};
pub use preflight::{Finding, preflight, rights};
pub use progress::{Waiting, look, takes_time, wait};
pub use readiness::{Readiness, addresses, readiness, ready_count};
pub use survey::{PodTrouble, pod_troubles, troubles};
pub use uninstall::Uninstall;
