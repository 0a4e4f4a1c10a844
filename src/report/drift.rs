use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::change::{ChangeReport, changes};
use super::phrase::plural;
use super::semantic::sums;
use crate::dashboard::outline::Outlines;
use crate::plan::{DataSourceAction, Edit, Item, Live, State, TemplateLine};

/// The version of the report's form; it rises when a field changes its meaning or leaves.
pub const VERSION: u32 = 1;

/// What a drift check has found: of one target or of many, whole or one shard of it. Every format is made of this, and so
/// is the report that several shards come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DriftReport {
    /// The version of this form; 1.
    pub version: u32,
    /// When the check began (RFC 3339).
    pub checked_at: String,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Which part of the dashboards was looked at, where it wasn't all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The targets, as they stand in `dashctl.yaml`.
    pub targets: Vec<TargetReport>,
}

/// A part of the dashboards: those whose uids fall to it. Adding a dashboard moves no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Shard {
    /// Which, from 0.
    pub index: usize,
    /// Of how many.
    pub of: usize,
}

impl Shard {
    /// Whether the dashboard with this uid falls to it.
    pub fn has(self, uid: &str) -> bool {
        let hash = Sha256::digest(uid.as_bytes());
        let number = hash
            .iter()
            .take(8)
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        number % self.of as u64 == self.index as u64
    }
}

/// How a check ended for a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing differs.
    InSync,
    /// Something differs.
    Differs,
    /// Some dashboards could not be looked at.
    Partial,
    /// Nothing could be looked at.
    Failed,
    /// The credentials are not accepted, or not enough.
    Denied,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetReport {
    /// Its name in `dashctl.yaml`; its URL where it has none.
    pub target: String,
    /// Grafana's base URL.
    pub url: String,
    /// The repository's id.
    pub repository: String,
    /// How the check ended.
    pub outcome: Outcome,
    /// Why nothing could be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When the last check began that could look at everything (RFC 3339), where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_success: Option<String>,
    /// How many dashboards are in each state that occurs.
    pub totals: BTreeMap<String, usize>,
    /// The dashboards.
    pub dashboards: Vec<DashboardReport>,
    /// The data sources that the repository declares.
    pub data_sources: Vec<DataSourceReport>,
    /// Dashboards that could not be looked at.
    pub failed: Vec<FailureReport>,
    /// Dashboards that the repository doesn't know, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmanaged: Option<Vec<UnmanagedReport>>,
    /// How many requests it took.
    pub requests: usize,
}

/// One dashboard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DashboardReport {
    /// Its name in the repository.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Its title, as the repository has it.
    pub title: String,
    /// Its folder, as the repository has it; `General` is the root.
    pub folder: String,
    /// In one word.
    pub state: State,
    /// Where it is in Grafana, if that is another folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<String>,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The newest version that the repository knows, where it was looked for and found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<u64>,
    /// What Grafana has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Live>,
    /// The versions that others saved since base, newest first.
    pub edits: Vec<Edit>,
    /// What others changed: from base to live, or from the repository's file to live where no base is known.
    pub drift: Vec<ChangeReport>,
    /// What an apply would change: from live to desired.
    pub changes: Vec<ChangeReport>,
    /// Which line of its template each change comes from, where a template makes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub template: Vec<TemplateLine>,
    /// How many differences the user's rules cover.
    pub ignored: usize,
    /// Where its panels lie on each side, where the sides differ: what a drawing needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlines: Option<Arc<Outlines>>,
}

/// One data source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DataSourceReport {
    /// Its name.
    pub name: String,
    /// Whether it is as declared.
    pub in_sync: bool,
    /// What is to be done with it.
    pub action: DataSourceAction,
}

/// Something that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailureReport {
    /// The dashboard's name.
    pub name: String,
    /// Why.
    pub error: String,
}

/// A dashboard that the repository doesn't know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnmanagedReport {
    /// Its uid.
    pub uid: String,
    /// Its title.
    pub title: String,
    /// Its folder.
    pub folder: String,
    /// The page to look at it.
    pub url: String,
}

impl Outcome {
    /// Whether everything could be looked at.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::InSync | Self::Differs)
    }

    /// Whether nothing could be looked at.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Denied)
    }
}

impl DriftReport {
    /// The worst outcome of all targets.
    pub fn outcome(&self) -> Outcome {
        self.targets
            .iter()
            .map(|target| target.outcome)
            .max()
            .unwrap_or(Outcome::InSync)
    }

    /// What was found, in one sentence.
    pub fn verdict(&self) -> String {
        let count = |number: fn(&TargetReport) -> usize| self.targets.iter().map(number).sum::<usize>();
        let all = count(|target| target.dashboards.len());
        let sources = count(|target| target.data_sources.len());
        let differ = count(|target| target.dashboards.iter().filter(|one| one.state.differs()).count());
        let differing = count(|target| target.data_sources.iter().filter(|one| !one.in_sync).count());
        let failed = count(|target| target.failed.len());
        let lost = count(|target| usize::from(target.error.is_some()));
        let verb = |number: usize| if number == 1 { "differs" } else { "differ" };
        let dashboards = plural(all, "dashboard", "dashboards");
        let parts: Vec<String> = [
            (differ, format!("{differ} of {dashboards} {}", verb(differ))),
            (
                differing,
                format!(
                    "{} {}",
                    plural(differing, "data source", "data sources"),
                    verb(differing)
                ),
            ),
            (failed, format!("{failed} could not be looked at")),
            (
                lost,
                format!("{} could not be checked at all", plural(lost, "target", "targets")),
            ),
        ]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(_, part)| part)
        .collect();
        match (parts.is_empty(), all) {
            (true, 0) if sources == 0 => "There is nothing to check".into(),
            (true, 0) => "The data sources are as the repository says".into(),
            (true, 1) => "The dashboard is as the repository says".into(),
            (true, all) => format!("All {all} dashboards are as the repository says"),
            (false, _) => parts.join(", "),
        }
    }

    /// The JSON schema of the report.
    pub fn schema() -> Value {
        schemars::schema_for!(Self).to_value()
    }
}

/// Which target a report is about.
#[derive(Debug, Clone)]
pub struct TargetAddress {
    /// Its name, or its URL where it has none.
    pub target: String,
    /// Its URL; empty where it isn't known.
    pub url: String,
    /// The repository's id.
    pub repository: String,
}

impl TargetReport {
    /// A target of which nothing is known now, and why.
    pub fn unknown(address: TargetAddress, outcome: Outcome, error: &str) -> Self {
        Self {
            target: address.target,
            url: address.url,
            repository: address.repository,
            outcome,
            error: Some(error.to_owned()),
            last_success: None,
            totals: BTreeMap::new(),
            dashboards: Vec::new(),
            data_sources: Vec::new(),
            failed: Vec::new(),
            unmanaged: None,
            requests: 0,
        }
    }

    /// How many were checked, and how many are in each state that occurs: `14 checked, 12 in sync, 2 drift`.
    pub(super) fn sums(&self) -> String {
        let mut sums = format!("{} checked", self.dashboards.len());
        for state in State::ALL {
            let number = self.dashboards.iter().filter(|one| one.state == state).count();
            if number > 0 {
                sums.push_str(&format!(", {number} {state}"));
            }
        }
        sums
    }

    /// Dashboards that somebody changed: drift, diverged and unsupported.
    pub fn drifted(&self) -> impl Iterator<Item = &DashboardReport> {
        self.dashboards.iter().filter(|dashboard| dashboard.state.is_drift())
    }
}

impl From<&Item> for DashboardReport {
    fn from(item: &Item) -> Self {
        let drift = match item.base {
            Some(_) => changes(&item.drift),
            None if item.state.is_drift() => changes(&item.changes.reversed()),
            None => Vec::new(),
        };
        Self {
            name: item.name.clone(),
            uid: item.uid.clone(),
            title: item.title.clone(),
            folder: item.folder.to_string(),
            state: item.state,
            moved_from: item.moved_from.as_ref().map(ToString::to_string),
            note: item.note.clone(),
            base: item.base,
            live: item.live.clone(),
            edits: item.edits.clone(),
            drift,
            changes: changes(&item.changes),
            template: item.template.clone(),
            ignored: item.ignored.len(),
            outlines: item.outlines.clone(),
        }
    }
}

impl From<&(String, DataSourceAction)> for DataSourceReport {
    fn from((name, action): &(String, DataSourceAction)) -> Self {
        Self {
            name: name.clone(),
            in_sync: *action == DataSourceAction::Nothing,
            action: action.clone(),
        }
    }
}

/// A drift that a watch has seen: from the round that saw it first to the one that saw it gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PastDrift {
    /// The target.
    pub target: String,
    /// The dashboard's name in the repository.
    pub dashboard: String,
    /// When the check began that saw it first (RFC 3339).
    pub since: String,
    /// When the check began that saw it gone; nothing while it lasts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Who saved the dashboard meanwhile, where that is known.
    pub by: Vec<String>,
    /// What was changed, in a few words, as it was seen last.
    pub what: String,
}

impl PastDrift {
    /// One that begins.
    pub fn new(target: &str, dashboard: &str, since: &str) -> Self {
        Self {
            target: target.to_owned(),
            dashboard: dashboard.to_owned(),
            since: since.to_owned(),
            until: None,
            by: Vec::new(),
            what: String::new(),
        }
    }
}

impl DashboardReport {
    /// What others changed, in a few words: `1 added, 2 changed`.
    pub fn sums(&self) -> String {
        sums(&self.drift)
    }
}

/// A report of one drifted dashboard with this title.
#[cfg(test)]
pub(crate) fn sample(title: &str) -> DriftReport {
    serde_json::from_value(serde_json::json!({
        "version": 1, "checked_at": "2026-01-02T03:04:05Z", "seconds": 1.5, "targets": [{
            "target": "prod", "url": "http://g:3000", "repository": "r-1", "outcome": "differs",
            "last_success": "2026-01-02T03:04:05Z",
            "totals": {"drift": 1}, "data_sources": [], "failed": [], "requests": 7, "dashboards": [{
                "name": "K/pods", "uid": "u1", "title": title, "folder": "K", "state": "drift", "base": 1, "ignored": 0,
                "live": {"version": 2, "url": "/d/u1/x", "updated": "2026-01-01T00:00:00Z", "updated_by": "eve"},
                "edits": [{"version": 2, "author": "eve", "when": "2026-01-01T00:00:00Z", "message": title}],
                "drift": [{"place": "title", "path": "title", "kind": "changed", "before": "x", "after": title}],
                "changes": []
            }]
        }]
    }))
    .unwrap_or_else(|error| unreachable!("the sample is a report: {error}"))
}

/// A report whose every text tries to be something else.
#[cfg(test)]
pub(crate) fn hostile() -> DriftReport {
    filled(
        "</title></code><script>owned=1</script><img src=x onerror=owned=1>|`````~~~ @everyone #1 ]]> [x](javascript:owned)\
         \u{1b}[2J\r\n::error::x\n| a | b |\u{fffe}\u{202e} http://evil.example www.evil.example --></details>",
    )
}

/// A report with this text wherever a server or a file may put one.
#[cfg(test)]
pub(crate) fn filled(text: &str) -> DriftReport {
    let mut report = sample(text);
    let target = &mut report.targets[0];
    target.target = text.into();
    target.failed = vec![FailureReport {
        name: text.into(),
        error: text.into(),
    }];
    target.unmanaged = Some(vec![UnmanagedReport {
        uid: text.into(),
        title: text.into(),
        folder: text.into(),
        url: "javascript:owned=1".into(),
    }]);
    target.data_sources = vec![DataSourceReport {
        name: text.into(),
        in_sync: false,
        action: DataSourceAction::Refuse(text.into()),
    }];
    let dashboard = &mut target.dashboards[0];
    dashboard.note = Some(text.into());
    dashboard.moved_from = Some(text.into());
    dashboard.name = text.into();
    dashboard.edits[0].author = text.into();
    dashboard.edits[0].when = text.into();
    dashboard.drift[0].place = text.into();
    dashboard.drift[0].before = Some(format!("{text} and much more").into());
    let mut quiet = dashboard.clone();
    quiet.state = State::InSync;
    target.dashboards.push(quiet);
    report
}
