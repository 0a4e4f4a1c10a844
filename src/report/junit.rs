//! A drift check as CI systems show tests: a suite for each target, a case for each dashboard and data source.
//!
//! The form is the one that Jenkins, GitLab and the viewers for GitHub read: a `failure` has a type, one line of message and
//! the change as text; an `error` is what could not be looked at; what belongs to other tools is skipped.

use std::fmt;

use serde_json::{Value, json};

use super::phrase::{one_line, plural};
use super::semantic::Changes;
use super::template;
use super::text::{DIVERGED, MISSING, UNOWNED};
use super::{ChangeReport, DashboardReport, DataSourceReport, DriftReport, FailureReport, Outcome, TargetReport};
use crate::dashboard::compare::Printable;
use crate::plan::{DataSourceAction, State};

/// The report as JUnit XML.
#[derive(Debug, Clone, Copy)]
pub struct Junit<'a> {
    report: &'a DriftReport,
}

impl<'a> Junit<'a> {
    /// Of a report.
    pub fn new(report: &'a DriftReport) -> Self {
        Self { report }
    }
}

impl fmt::Display for Junit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suites: Vec<Suite> = self.report.targets.iter().map(Suite::of).collect();
        let sum = |outcome: Option<&str>| suites.iter().map(|suite| suite.count(outcome)).sum::<usize>();
        let seconds = format!("{:.3}", self.report.seconds);
        let values = json!({
            "tests": sum(None), "failures": sum(Some("failure")), "errors": sum(Some("error")),
            "skipped": sum(Some("skipped")), "time": seconds,
            "suites": suites.iter().map(|suite| suite.values(self.report, &seconds)).collect::<Vec<_>>(),
        });
        template::junit(f, &values)
    }
}

struct Suite<'a> {
    target: &'a TargetReport,
    cases: Vec<Case>,
}

/// One test.
struct Case {
    class: String,
    name: String,
    file: Option<String>,
    /// `failure`, `error` or `skipped`; nothing where it passed.
    outcome: Option<&'static str>,
    kind: String,
    message: String,
    text: String,
}

impl<'a> Suite<'a> {
    fn of(target: &'a TargetReport) -> Self {
        let mut cases: Vec<Case> = Vec::new();
        cases.extend(target.error.as_ref().map(|error| Case::of_target(target, error)));
        cases.extend(target.failed.iter().map(|failed| Case::of_failure(target, failed)));
        cases.extend(target.dashboards.iter().map(|one| Case::of_dashboard(target, one)));
        cases.extend(target.data_sources.iter().map(|one| Case::of_data_source(target, one)));
        Self { target, cases }
    }

    fn count(&self, outcome: Option<&str>) -> usize {
        let is = |case: &&Case| outcome.is_none() || case.outcome == outcome;
        self.cases.iter().filter(is).count()
    }

    fn values(&self, report: &DriftReport, seconds: &str) -> Value {
        // JUnit's own form has neither a zone nor fractions.
        let began = report.checked_at.parse::<jiff::Timestamp>();
        let began = began.map_or_else(
            |_| report.checked_at.clone(),
            |time| time.strftime("%Y-%m-%dT%H:%M:%S").to_string(),
        );
        let shard = report.shard.map(|shard| format!("{}/{}", shard.index, shard.of));
        json!({
            "name": line(&self.target.target), "tests": self.count(None), "failures": self.count(Some("failure")),
            "errors": self.count(Some("error")), "skipped": self.count(Some("skipped")), "time": seconds,
            "timestamp": line(&began), "url": line(&self.target.url), "repository": line(&self.target.repository), "shard": shard,
            "cases": self.cases.iter().map(Case::values).collect::<Vec<_>>(),
        })
    }
}

impl Case {
    fn passed(target: &TargetReport, group: &str, name: &str) -> Self {
        Self {
            class: format!("{}.{}", target.target, group.replace('/', ".")),
            name: name.to_owned(),
            file: None,
            outcome: None,
            kind: String::new(),
            message: String::new(),
            text: String::new(),
        }
    }

    fn of_target(target: &TargetReport, error: &str) -> Self {
        Self {
            outcome: Some("error"),
            kind: if target.outcome == Outcome::Denied {
                "denied"
            } else {
                "failed"
            }
            .into(),
            message: one_line(error),
            text: error.into(),
            ..Self::passed(target, "target", &target.target)
        }
    }

    fn of_failure(target: &TargetReport, failed: &FailureReport) -> Self {
        let folder = failed.name.rsplit_once('/').map_or("General", |(folder, _)| folder);
        Self {
            outcome: Some("error"),
            kind: "unreadable".into(),
            message: one_line(&failed.error),
            text: failed.error.clone(),
            ..Self::passed(target, folder, &failed.name)
        }
    }

    fn of_dashboard(target: &TargetReport, dashboard: &DashboardReport) -> Self {
        let outcome = match dashboard.state {
            state if state.differs() => Some("failure"),
            State::Foreign => Some("skipped"),
            _ => None,
        };
        Self {
            file: Some(format!("dashboards/{}.json", dashboard.name)),
            outcome,
            kind: dashboard.state.slug().to_owned(),
            message: message(dashboard),
            text: text(dashboard),
            ..Self::passed(target, &dashboard.folder, &dashboard.name)
        }
    }

    fn of_data_source(target: &TargetReport, one: &DataSourceReport) -> Self {
        let passed = Self::passed(target, "data sources", &one.name);
        let failed = |kind: &str, message: String, text: String| Self {
            outcome: Some("failure"),
            kind: kind.into(),
            message,
            text,
            ..Self::passed(target, "data sources", &one.name)
        };
        match &one.action {
            DataSourceAction::Nothing => passed,
            DataSourceAction::Create => failed("missing", "it is not there yet".into(), String::new()),
            DataSourceAction::Refuse(reason) => failed("refused", reason.clone(), String::new()),
            DataSourceAction::Update(changes) => failed(
                "differs",
                plural(changes.len(), "field differs", "fields differ"),
                changes.iter().map(|change| format!("{change}\n")).collect(),
            ),
        }
    }

    fn values(&self) -> Value {
        json!({
            "class": line(&self.class), "name": line(&self.name), "file": self.file.as_deref().map(line),
            "outcome": self.outcome, "skipped": self.outcome == Some("skipped"), "kind": self.kind,
            "message": line(&self.message), "text": self.text.lines().map(|text| line(text) + "\n").collect::<String>(),
        })
    }
}

fn line(text: &str) -> String {
    Printable(text).to_string()
}

/// What happened to a dashboard, in one line.
pub(super) fn message(dashboard: &DashboardReport) -> String {
    let who = dashboard.edits.first();
    let by = who.map_or_else(String::new, |edit| format!(" by {} at {}", edit.author, edit.when));
    let moved = dashboard.moved_from.as_ref();
    let moved = moved.map(|from| format!("it is in folder {from} instead of {}", dashboard.folder));
    let count = |changes: &[ChangeReport]| plural(changes.len(), "difference", "differences");
    let said = match dashboard.state {
        State::Drift | State::Diverged => match (&moved, dashboard.drift.len()) {
            (Some(moved), 0) => format!("changed in Grafana{by}: {moved}"),
            _ => format!("changed in Grafana{by}: {}", count(&dashboard.drift)),
        },
        State::Pending => match (&moved, dashboard.changes.len()) {
            (Some(moved), 0) => format!("not applied yet: {moved}"),
            _ => format!("not applied yet: {}", count(&dashboard.changes)),
        },
        State::Missing => MISSING.to_owned(),
        State::Unowned => UNOWNED.to_owned(),
        _ => dashboard.note.clone().unwrap_or_else(|| dashboard.state.to_string()),
    };
    line(&said)
}

/// What was changed, line by line.
pub(super) fn text(dashboard: &DashboardReport) -> String {
    let mut text: String = dashboard.edits.iter().map(|edit| format!("{edit}\n")).collect();
    if let Some(note) = &dashboard.note {
        text.push_str(&format!("{}\n", Printable(note)));
    }
    let lines = |changes: &[ChangeReport]| match changes {
        [] => String::new(),
        changes => Changes {
            changes,
            colour: false,
            paths: false,
        }
        .to_string(),
    };
    match dashboard.state {
        State::Drift => text.push_str(&lines(&dashboard.drift)),
        State::Diverged => text.push_str(&format!("{}and {DIVERGED}\n", lines(&dashboard.drift))),
        State::Pending | State::Unowned => text.push_str(&lines(&dashboard.changes)),
        _ => {}
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{filled, hostile, sample};
    use proptest::prelude::*;

    #[test]
    fn a_dashboard_is_a_test_and_its_drift_a_failure() {
        let mut report = sample("t");
        let target = &mut report.targets[0];
        for (name, state) in [
            ("K/nodes", State::InSync),
            ("git", State::Foreign),
            ("gone", State::Missing),
        ] {
            let mut other = target.dashboards[0].clone();
            (other.name, other.state) = (name.into(), state);
            (other.edits, other.drift) = (Vec::new(), Vec::new());
            target.dashboards.push(other);
        }
        target.failed.push(FailureReport {
            name: "K/broken".into(),
            error: "500".into(),
        });
        insta::assert_snapshot!(Junit::new(&report), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="dashctl drift" tests="5" failures="2" errors="1" skipped="1" time="1.500">
          <testsuite name="prod" tests="5" failures="2" errors="1" skipped="1" time="1.500" timestamp="2026-01-02T03:04:05">
            <properties>
              <property name="url" value="http://g:3000"/>
              <property name="repository" value="r-1"/>
            </properties>
            <testcase classname="prod.K" name="K/broken" time="0">
              <error type="unreadable" message="500">500
        </error>
            </testcase>
            <testcase classname="prod.K" name="K/pods" file="dashboards/K/pods.json" time="0">
              <failure type="drift" message="changed in Grafana by eve at 2026-01-01T00:00:00Z: 1 difference">version 2 by eve at 2026-01-01T00:00:00Z: t
        ~ title
            - &quot;x&quot;
            + &quot;t&quot;
        1 changed.
        </failure>
            </testcase>
            <testcase classname="prod.K" name="K/nodes" file="dashboards/K/nodes.json" time="0"/>
            <testcase classname="prod.K" name="git" file="dashboards/git.json" time="0"><skipped message="foreign"/></testcase>
            <testcase classname="prod.K" name="gone" file="dashboards/gone.json" time="0">
              <failure type="missing" message="it was never applied, or somebody deleted it"></failure>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn hostile_texts_stay_texts() {
        let text = Junit::new(&hostile()).to_string();
        let document = roxmltree::Document::parse(&text).unwrap();
        let known = [
            "testsuites",
            "testsuite",
            "properties",
            "property",
            "testcase",
            "failure",
            "error",
        ];
        for node in document.descendants().filter(roxmltree::Node::is_element) {
            assert!(known.contains(&node.tag_name().name()), "{node:?}");
        }
        let failure = document
            .descendants()
            .find(|node| node.has_tag_name("failure"))
            .unwrap();
        assert!(failure.text().unwrap().contains("<script>"), "{text}");
        assert!(!text.contains(['\u{1b}', '\u{fffe}', '\u{202e}']), "{text}");
    }

    proptest! {
        #[test]
        fn any_text_leaves_the_document_whole(text in ".*|[\\PC\\x00-\\x1f<>&\"'\\]]{0,40}") {
            let xml = Junit::new(&filled(&text)).to_string();
            let document = roxmltree::Document::parse(&xml).unwrap();
            prop_assert_eq!(document.descendants().filter(|node| node.has_tag_name("testcase")).count(), 4);
        }
    }
}
