use std::collections::{BTreeMap, VecDeque};

use crate::report::{DashboardReport, DriftReport, PastDrift};

/// So many drifts that ended are remembered: a watch runs for years.
const REMEMBERED: usize = 200;

/// The drifts of the rounds so far: which dashboard, since when, by whom, and until when.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// Those that go on, by target and dashboard.
    open: BTreeMap<(String, String), PastDrift>,
    /// Those that ended, the oldest first.
    ended: VecDeque<PastDrift>,
}

impl Past {
    /// Takes in what a round has found. What could not be looked at goes on as it was.
    pub fn learn(&mut self, report: &DriftReport) {
        for target in &report.targets {
            for dashboard in &target.dashboards {
                let key = (target.target.clone(), dashboard.name.clone());
                match (self.open.get_mut(&key), dashboard.state.is_drift()) {
                    (Some(open), true) => open.go_on(dashboard),
                    (None, true) => {
                        let mut new = PastDrift::new(&target.target, &dashboard.name, &report.checked_at);
                        new.go_on(dashboard);
                        self.open.insert(key, new);
                    }
                    (Some(_), false) => self.end(&key, &report.checked_at),
                    (None, false) => {}
                }
            }
            if target.outcome.is_whole() {
                let there = |name: &str| target.dashboards.iter().any(|dashboard| dashboard.name == name);
                let left: Vec<_> = self
                    .open
                    .keys()
                    .filter(|(of, name)| *of == target.target && !there(name))
                    .cloned()
                    .collect();
                left.iter().for_each(|key| self.end(key, &report.checked_at));
            }
        }
    }

    fn end(&mut self, key: &(String, String), when: &str) {
        let Some(drift) = self.open.remove(key) else {
            return;
        };
        if self.ended.len() >= REMEMBERED {
            self.ended.pop_front();
        }
        self.ended.push_back(PastDrift {
            until: Some(when.to_owned()),
            ..drift
        });
    }

    /// All of them: those that go on, then the others, newest first.
    pub fn all(&self) -> Vec<PastDrift> {
        let mut open: Vec<PastDrift> = self.open.values().cloned().collect();
        open.sort_by(|one, other| other.since.cmp(&one.since));
        open.extend(self.ended.iter().rev().cloned());
        open
    }
}

impl PastDrift {
    fn go_on(&mut self, dashboard: &DashboardReport) {
        for edit in dashboard.edits.iter().rev() {
            if !self.by.contains(&edit.author) {
                self.by.push(edit.author.clone());
            }
        }
        self.what = dashboard.sums();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn report(at: &str, states: &[(&str, &str)], authors: &[&str]) -> DriftReport {
        let edits: Vec<_> = authors
            .iter()
            .enumerate()
            .map(|(at, author)| json!({"version": at + 2, "author": author, "when": at.to_string(), "message": ""}))
            .collect();
        let dashboards: Vec<_> = states
            .iter()
            .map(|(name, state)| {
                json!({"name": name, "uid": name, "title": name, "folder": "General", "state": state, "edits": edits, "drift": [],
                    "changes": [], "ignored": 0})
            })
            .collect();
        serde_json::from_value(json!({"version": 1, "checked_at": at, "seconds": 1.0, "targets": [{"target": "prod", "url": "http://g",
            "repository": "r", "outcome": "differs", "totals": {}, "dashboards": dashboards, "data_sources": [], "failed": [],
            "requests": 1}]}))
        .unwrap()
    }

    fn told(past: &Past) -> Vec<String> {
        let one = |one: &PastDrift| {
            let until = one.until.as_deref().unwrap_or("now");
            format!("{} {}-{until} {}", one.dashboard, one.since, one.by.join("+"))
        };
        past.all().iter().map(one).collect()
    }

    #[test]
    fn a_drift_lasts_from_the_round_that_saw_it_first_to_the_one_that_saw_it_gone() {
        let mut past = Past::default();
        past.learn(&report("1", &[("a", "drift"), ("b", "in-sync")], &["ann"]));
        past.learn(&report("2", &[("a", "drift"), ("b", "diverged")], &["bob", "ann"]));
        assert_eq!(told(&past), ["b 2-now ann+bob", "a 1-now ann+bob"]);
        past.learn(&report("3", &[("a", "in-sync"), ("b", "drift")], &["ann"]));
        assert_eq!(told(&past), ["b 2-now ann+bob", "a 1-3 ann+bob"]);
        past.learn(&report("4", &[("a", "drift")], &["cy"]));
        assert_eq!(
            told(&past),
            ["a 4-now cy", "b 2-4 ann+bob", "a 1-3 ann+bob"],
            "b left the repository"
        );
    }

    #[test]
    fn what_could_not_be_looked_at_goes_on() {
        let mut past = Past::default();
        past.learn(&report("1", &[("a", "drift")], &["ann"]));
        let mut failed = report("2", &[], &[]);
        failed.targets[0].outcome = crate::report::Outcome::Failed;
        past.learn(&failed);
        assert_eq!(told(&past), ["a 1-now ann"]);
    }

    #[test]
    fn it_does_not_grow_for_ever() {
        let mut past = Past::default();
        for round in 0..2 * REMEMBERED {
            past.learn(&report(&format!("{round:05}"), &[("a", "drift")], &["ann"]));
            past.learn(&report(&format!("{round:05}x"), &[("a", "in-sync")], &[]));
        }
        assert_eq!(past.all().len(), REMEMBERED);
        assert_eq!(past.all()[0].since, format!("{:05}", 2 * REMEMBERED - 1));
    }
}
