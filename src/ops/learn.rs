//! Which rows of `noise:` would rule out what plugins filled in by themselves?

use crate::dashboard::compare::{ChangeKind, FillIn};
use crate::report::{ChangeReport, DriftReport};

/// The rows that a check suggests and the repository doesn't have: every setting that a plugin that isn't Grafana's own seems
/// to have filled in by itself. Where it filled in one thing here and another there, it is none that it always does.
pub fn unlearned(report: &DriftReport, known: &[FillIn]) -> Vec<FillIn> {
    let dashboards = report.targets.iter().flat_map(|target| &target.dashboards);
    let mut rows: Vec<FillIn> = Vec::new();
    for row in dashboards.flat_map(|dashboard| &dashboard.drift).flat_map(rows_of) {
        if !rows.iter().chain(known).any(|other| other.says_the_same(&row)) {
            rows.push(row);
        }
    }
    let place = |row: &FillIn| (row.plugin.clone(), row.path.to_string());
    let contradicted = |row: &FillIn| rows.iter().filter(|other| place(other) == place(row)).count() > 1;
    let mut agreed: Vec<FillIn> = rows.iter().filter(|row| !contradicted(row)).cloned().collect();
    agreed.sort_by_key(place);
    agreed
}

fn rows_of(change: &ChangeReport) -> Vec<FillIn> {
    match (&change.filled_in, &change.after) {
        (Some(filled_in), Some(value)) if change.kind == Some(ChangeKind::Added) => filled_in.rows(value),
        _ => Vec::new(),
    }
}
