use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::alertmanager::page;
use crate::report::{DashboardReport, DriftReport, TargetReport};

/// One message to a webhook: a dashboard that somebody changed. Templates see these fields.
#[derive(Debug, Clone, Serialize)]
pub struct Message<'a> {
    /// 16 hex digits that stay the same while target, dashboard and live version do.
    pub fingerprint: String,
    /// One sentence, for people.
    pub summary: String,
    /// The target's name.
    pub target: &'a str,
    /// Grafana's base URL.
    pub url: &'a str,
    /// The repository's id.
    pub repository: &'a str,
    /// The dashboard's page.
    pub page: String,
    /// When the check began.
    pub checked_at: &'a str,
    /// The dashboard, as `dashctl drift -o json` has it.
    pub dashboard: &'a DashboardReport,
}

impl<'a> Message<'a> {
    /// The messages of a check: one for each dashboard that somebody changed, and none for what is merely pending.
    pub fn of(report: &'a DriftReport) -> Vec<Self> {
        let of_target = |target: &'a TargetReport| {
            target
                .drifted()
                .map(move |dashboard| Self::new(report, target, dashboard))
        };
        report.targets.iter().flat_map(of_target).collect()
    }

    fn new(report: &'a DriftReport, target: &'a TargetReport, dashboard: &'a DashboardReport) -> Self {
        let version = dashboard.live.as_ref().map_or(0, |live| live.version);
        let hash = Sha256::digest(format!("{}\n{}\n{version}", target.target, dashboard.uid));
        let author = dashboard
            .edits
            .first()
            .map_or_else(String::new, |edit| format!(" by {}", edit.author));
        let differences = match dashboard.drift.len() {
            0 if dashboard.note.is_some() => dashboard.note.clone().unwrap_or_default(),
            1 => "1 difference".to_owned(),
            many => format!("{many} differences"),
        };
        Self {
            fingerprint: HEXLOWER.encode(&hash[..8]),
            summary: format!("{} was changed in Grafana{author}: {differences}", dashboard.title),
            target: &target.target,
            url: &target.url,
            repository: &target.repository,
            page: dashboard
                .live
                .as_ref()
                .map_or_else(|| target.url.clone(), |live| page(target, &live.url)),
            checked_at: &report.checked_at,
            dashboard,
        }
    }
}
