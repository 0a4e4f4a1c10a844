//! Results for people and machines: one file per format, none of which knows how the result was found.
//!
//! Every format of a drift check is made of its [`DriftReport`] alone, so that the one that several shards come to has them
//! too. What differs is put into words once (`words`, `told`); pages and comments draw a [`Sheet`].

mod change;
mod conflict;
mod drift;
mod github;
mod html;
mod junit;
mod layout;
mod link;
mod lint;
mod markdown;
mod merge;
mod parts;
mod phrase;
mod picture;
mod plan;
mod sarif;
mod semantic;
mod setting;
mod sheet;
mod stack;
mod table;
mod template;
mod text;
mod told;
mod verify;
mod words;

pub use change::ChangeReport;
pub use conflict::{Conflicts, conflict_between, conflict_words};
pub use drift::{
    DashboardReport, DataSourceReport, DriftReport, FailureReport, Outcome, PastDrift, Shard, TargetAddress,
    TargetReport, UnmanagedReport, VERSION,
};
#[cfg(test)]
pub(crate) use drift::{filled, hostile, sample};
pub use github::Github;
pub use html::Html;
pub use junit::Junit;
pub use lint::{LintText, Linted};
pub use markdown::Markdown;
pub use merge::{MergeError, ReadError};
pub use picture::PictureText;
pub use plan::{PlanReport, PlannedReport};
pub use sarif::Sarif;
pub use semantic::Semantic;
pub use sheet::{Difference, Sheet};
pub use stack::StackText;
pub use table::table;
pub use text::{FromTemplate, PlanText, Text};
pub use verify::{VerifyText, summary};
