use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::dashboard::compare::{Change, ChangeKind, Comparison, Undecidable};
use crate::plan::{DataSourceAction, Edit, Item, Live, State};

/// The version of the report's form; it rises when a field changes its meaning or leaves.
pub const VERSION: u32 = 1;

/// What a drift check has found: of one target or of many, whole or one shard of it. Every format is made of this, and so
/// is the report that several shards come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
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
    /// How many differences the user's rules cover.
    pub ignored: usize,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeReport {
    /// Where, for people: `panel "CPU" (id 3) › query A › expr`.
    pub place: String,
    /// Where, for machines: `panels[id=3].targets[refId=A].expr`.
    pub path: String,
    /// How; nothing for what can't be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ChangeKind>,
    /// The migration that may have made it, for what can't be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What is there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// One data source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataSourceReport {
    /// Its name.
    pub name: String,
    /// Whether it is as declared.
    pub in_sync: bool,
    /// What differs, as `dashctl plan -o json` has it.
    pub action: Value,
}

/// Something that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailureReport {
    /// The dashboard's name.
    pub name: String,
    /// Why.
    pub error: String,
}

/// A dashboard that the repository doesn't know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
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

    /// The JSON schema of the report.
    pub fn schema() -> Value {
        schemars::schema_for!(Self).to_value()
    }
}

impl TargetReport {
    /// Dashboards that somebody changed: drift and diverged.
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
            folder: item.folder.clone(),
            state: item.state,
            moved_from: item.moved_from.clone(),
            note: item.note.clone(),
            base: item.base,
            live: item.live.clone(),
            edits: item.edits.clone(),
            drift,
            changes: changes(&item.changes),
            ignored: item.ignored.len(),
        }
    }
}

impl From<&(String, DataSourceAction)> for DataSourceReport {
    fn from((name, action): &(String, DataSourceAction)) -> Self {
        Self {
            name: name.clone(),
            in_sync: *action == DataSourceAction::Nothing,
            action: serde_json::json!(action),
        }
    }
}

fn changes(comparison: &Comparison) -> Vec<ChangeReport> {
    let changed = comparison.changes.iter().map(ChangeReport::from);
    changed
        .chain(comparison.undecidable.iter().map(ChangeReport::from))
        .collect()
}

impl From<&Change> for ChangeReport {
    fn from(change: &Change) -> Self {
        Self {
            place: change.place.to_string(),
            path: change.place.keyed_path(),
            kind: Some(change.kind),
            rule: None,
            before: change.before.clone(),
            after: change.after.clone(),
        }
    }
}

impl From<&Undecidable> for ChangeReport {
    fn from(one: &Undecidable) -> Self {
        Self {
            place: one.place.to_string(),
            path: one.place.keyed_path(),
            kind: None,
            rule: Some(one.rule.id.to_owned()),
            before: one.before.clone(),
            after: one.after.clone(),
        }
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
