use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use super::address::send;
use super::{Address, Error};
use crate::report::{DashboardReport, DriftReport, Outcome, TargetReport};

/// What an alert stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum AlertPer {
    /// Each drifted dashboard
    Dashboard,
    /// A target with drift
    Target,
}

/// An Alertmanager, told anew by every check: an alert that isn't told again ends by itself.
#[derive(Debug, Clone)]
pub struct Alertmanager {
    /// Where it is.
    pub address: Address,
    /// What an alert stands for.
    pub per: AlertPer,
    /// How long an alert lasts without being told again: longer than until the next check.
    pub lasts: Duration,
}

impl Alertmanager {
    /// Tells of all drift, and of targets that could not be looked at.
    ///
    /// # Errors
    ///
    /// The Alertmanager can't be reached, or refuses.
    pub async fn tell(&self, report: &DriftReport) -> Result<(), Error> {
        let alerts = self.alerts(report, Timestamp::now());
        if alerts.is_empty() {
            return Ok(());
        }
        let url = self.address.with_path("/api/v2/alerts");
        let body = Value::from(alerts).to_string();
        let fill = |request: reqwest::RequestBuilder| request.header("content-type", "application/json").body(body);
        send("the Alertmanager", &self.address, Method::POST, url, fill)
            .await
            .map(drop)
    }

    fn alerts(&self, report: &DriftReport, now: Timestamp) -> Vec<Value> {
        let ends = now.checked_add(self.lasts).unwrap_or(now).to_string();
        let mut alerts = Vec::new();
        for target in &report.targets {
            match self.per {
                AlertPer::Dashboard => alerts.extend(target.drifted().map(|one| of_dashboard(target, one, report))),
                AlertPer::Target => alerts.extend(of_target(target, report)),
            }
            if matches!(target.outcome, Outcome::Failed | Outcome::Denied | Outcome::Partial) {
                alerts.push(of_failure(target, report));
            }
        }
        for alert in &mut alerts {
            alert["endsAt"] = ends.as_str().into();
        }
        alerts
    }
}

/// The labels are what makes an alert the same one: nothing in them changes while the drift lasts.
fn of_dashboard(target: &TargetReport, dashboard: &DashboardReport, report: &DriftReport) -> Value {
    let who = dashboard.edits.first();
    let live = dashboard.live.as_ref();
    json!({
        "labels": {
            "alertname": "DashboardDrift", "severity": "warning", "repository": target.repository,
            "target": target.target, "uid": dashboard.uid, "dashboard": dashboard.name,
        },
        "annotations": {
            "summary": format!("{} was changed in Grafana{}", dashboard.title,
                who.map(|edit| format!(" by {}", edit.author)).unwrap_or_default()),
            "description": places(dashboard),
        },
        "startsAt": began(dashboard, report),
        "generatorURL": live.map(|live| page(target, &live.url)).unwrap_or_default(),
    })
}

fn of_target(target: &TargetReport, report: &DriftReport) -> Option<Value> {
    let drifted: Vec<&DashboardReport> = target.drifted().collect();
    let first = drifted.iter().map(|dashboard| began(dashboard, report)).min()?;
    let names: Vec<&str> = drifted
        .iter()
        .take(20)
        .map(|dashboard| dashboard.name.as_str())
        .collect();
    Some(json!({
        "labels": {"alertname": "DashboardsDrifted", "severity": "warning", "repository": target.repository,
            "target": target.target},
        "annotations": {
            "summary": format!("{} dashboards were changed in Grafana", drifted.len()),
            "description": names.join(", "),
        },
        "startsAt": first,
        "generatorURL": target.url,
    }))
}

fn of_failure(target: &TargetReport, report: &DriftReport) -> Value {
    let why = target
        .error
        .clone()
        .or_else(|| target.failed.first().map(|failed| failed.error.clone()));
    json!({
        "labels": {"alertname": "DashboardDriftCheckFailing", "severity": "warning", "repository": target.repository,
            "target": target.target},
        "annotations": {
            "summary": format!("the drift check of {} is failing", target.target),
            "description": why.unwrap_or_default(),
        },
        "startsAt": report.checked_at,
        "generatorURL": target.url,
    })
}

/// When the first of the edits was made, or when it was last saved; never later than now, whatever the server's clock says.
fn began(dashboard: &DashboardReport, report: &DriftReport) -> String {
    let saved = dashboard.edits.last().map(|edit| edit.when.clone());
    let saved = saved.or_else(|| dashboard.live.as_ref().map(|live| live.updated.clone()));
    let parsed = |text: &str| text.parse::<Timestamp>().ok();
    let now = parsed(&report.checked_at).unwrap_or_else(Timestamp::now);
    saved
        .as_deref()
        .and_then(parsed)
        .filter(|time| *time <= now)
        .unwrap_or(now)
        .to_string()
}

/// The page to look at; what a server gives as a path is taken as one of its own.
pub(super) fn page(target: &TargetReport, url: &str) -> String {
    match url.starts_with("http://") || url.starts_with("https://") {
        true => url.to_owned(),
        false => format!("{}{url}", target.url.trim_end_matches('/')),
    }
}

fn places(dashboard: &DashboardReport) -> String {
    let places: Vec<&str> = dashboard
        .drift
        .iter()
        .take(10)
        .map(|change| change.place.as_str())
        .collect();
    let more = dashboard.drift.len().saturating_sub(places.len());
    match (places.is_empty(), more) {
        (true, _) => dashboard
            .moved_from
            .as_ref()
            .map(|folder| format!("moved to {folder}"))
            .or_else(|| dashboard.note.clone())
            .unwrap_or_default(),
        (false, 0) => places.join("; "),
        (false, more) => format!("{}; and {more} more", places.join("; ")),
    }
}
