//! What is wrong with a dashboard, whatever the server?
//!
//! Rules are rows of one table ([`RULES`]), each with a function that gives its findings in a classic dashboard. Pure.

mod layout;
mod queries;
mod rules;
mod scripts;
mod settings;

pub use rules::{RULES, Rule, rule};
pub use settings::{LintSettings, Off};

use serde::Serialize;
use serde_json::Value;

use crate::dashboard::LibraryPanel;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A matter of taste.
    Note,
    /// It works, and not as meant.
    Warning,
    /// It doesn't work.
    Error,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// How bad it is.
    pub level: Level,
    /// Where, as a JSON path: `panels[3].targets[0].expr`.
    pub path: String,
    /// The panel's id, where it is in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub panel: Option<u64>,
    /// The panel's title.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What is wrong, and the way out.
    pub message: String,
}

/// A panel with its place.
struct Place<'d> {
    panel: &'d Value,
    path: String,
}

/// What a rule has found: where, and the words.
struct Found {
    path: String,
    message: String,
}

impl Found {
    fn at(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            message: message.into(),
        }
    }
}

/// Rules about what a dashboard has around its panels: nothing can be said by them of a library panel, which has many dashboards.
const ABOUT_THE_DASHBOARD: [&str; 1] = ["unknown-variable"];

/// All findings in a classic dashboard, by the place in the file. `name` is what settings call the dashboard.
pub fn lint(dashboard: &Value, name: &str, settings: &LintSettings) -> Vec<Finding> {
    let mut findings = findings(dashboard);
    findings.retain(|finding| !settings.is_off(finding.rule, name, finding.panel));
    findings
}

/// The same of a library panel.
pub fn lint_library_panel(panel: &LibraryPanel, name: &str, settings: &LintSettings) -> Vec<Finding> {
    let mut findings = findings(&panel.as_dashboard());
    findings
        .retain(|finding| !ABOUT_THE_DASHBOARD.contains(&finding.rule) && !settings.is_off(finding.rule, name, None));
    for finding in &mut findings {
        if let Some(inside) = finding.path.strip_prefix("panels[0]") {
            finding.path = format!("model{inside}");
        }
        // The number is that of the dashboard in whose form it was looked at.
        finding.panel = None;
    }
    findings
}

fn findings(dashboard: &Value) -> Vec<Finding> {
    let places = panels(dashboard);
    let mut findings = Vec::new();
    for rule in RULES {
        for found in (rule.check)(dashboard, &places) {
            let inside =
                |place: &&Place<'_>| found.path == place.path || found.path.starts_with(&format!("{}.", place.path));
            let panel = places.iter().filter(inside).max_by_key(|place| place.path.len());
            let id = panel.and_then(|place| place.panel.get("id")).and_then(Value::as_u64);
            findings.push(Finding {
                rule: rule.name,
                level: rule.level,
                path: found.path,
                panel: id,
                title: panel
                    .map(|place| text(place.panel, "title").to_owned())
                    .unwrap_or_default(),
                message: found.message,
            });
        }
    }
    findings
}

/// All panels with their paths: at the top, in collapsed rows, in legacy rows.
fn panels(dashboard: &Value) -> Vec<Place<'_>> {
    let mut all = Vec::new();
    for (at, row) in list(dashboard, "rows").iter().enumerate() {
        collect(row, &format!("rows[{at}]."), &mut all);
    }
    collect(dashboard, "", &mut all);
    all
}

fn collect<'d>(holder: &'d Value, path: &str, all: &mut Vec<Place<'d>>) {
    for (at, panel) in list(holder, "panels").iter().enumerate() {
        let path = format!("{path}panels[{at}]");
        collect(panel, &format!("{path}."), all);
        all.push(Place { panel, path });
    }
}

fn list<'d>(holder: &'d Value, key: &str) -> &'d [Value] {
    holder.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'d>(holder: &'d Value, key: &str) -> &'d str {
    holder.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests;
