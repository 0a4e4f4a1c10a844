//! Results for people and machines: one file per format, none of which knows how the result was found.

mod drift;
mod items;
mod semantic;
mod stack;

#[cfg(test)]
pub(crate) use drift::sample;
pub use drift::{
    ChangeReport, DashboardReport, DataSourceReport, DriftReport, FailureReport, Outcome, Shard, TargetReport,
    UnmanagedReport, VERSION,
};
pub use items::{DriftText, PlanText, totals};
pub use semantic::Semantic;
pub use stack::StackText;
