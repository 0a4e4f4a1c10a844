use super::{DashboardReport, DataSourceReport, FailureReport};
use crate::plan::Action;

/// What an apply would do to one target.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanReport {
    /// The target's name; its URL where it has none.
    pub target: String,
    /// Grafana's base URL.
    pub url: String,
    /// The dashboards.
    pub dashboards: Vec<PlannedReport>,
    /// Folders that will be made.
    pub folders: Vec<String>,
    /// The data sources that the repository declares.
    pub data_sources: Vec<DataSourceReport>,
    /// Dashboards that could not be looked at.
    pub failed: Vec<FailureReport>,
    /// How many dashboards are to be deleted.
    pub deletions: usize,
}

/// A dashboard with what is to be done about it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedReport {
    /// What is to be done.
    pub action: Action,
    /// The rest.
    pub dashboard: DashboardReport,
}

impl PlanReport {
    /// How many are to be made, to be changed and to be deleted, and how many somebody has changed, in one sentence.
    pub(super) fn sums(&self) -> String {
        let count = |wanted: fn(&PlannedReport) -> bool| self.dashboards.iter().filter(|one| wanted(one)).count();
        let create = count(|one| one.action == Action::Create);
        let change = count(|one| matches!(one.action, Action::Update | Action::Move | Action::Adopt));
        let drift = count(|one| one.dashboard.state.is_drift());
        format!(
            "{create} to create, {change} to change, {} to delete, {drift} with drift",
            self.deletions
        )
    }
}
