//! Will a dashboard show data here, why not, and what would?
//!
//! Pure: what a dashboard asks ([`collect`]), in which words once its variables have values ([`Variable`], [`expand`]), over
//! which time ([`Window`]), what a Prometheus has ([`Metrics`]), why a query finds nothing in it ([`why()`]), and the names that
//! things have now ([`Renames`]).

mod formats;
mod found;
mod functions;
mod metrics;
mod presence;
mod put;
pub mod queries;
mod reason;
mod renames;
mod rewrite;
mod texts;
mod variable_query;
mod variables;
mod verdict;
mod window;

pub use functions::{newer, too_old_for};
pub use metrics::{Labels, Metrics, Unread, series_text};
pub use presence::{Found, find};
pub use put::rewrite_all;
pub use queries::{Asked, Panel, Place, Selection, collect};
pub use reason::{Reason, why};
pub use renames::{Rename, Renames};
pub use rewrite::{Rewrite, Rewritten};
pub use texts::{Scope, expand, expand_raw, holes, names};
pub use variable_query::VariableQuery;
pub use variables::{Kind, Variable, order, read as variables};
pub use verdict::{DashboardVerdict, PanelVerdict, QueryVerdict, State, Verdicts};
pub use window::{Steps, Window, duration, seconds};
