use serde_json::Value;

use super::{Found, Level, Place, layout, queries, scripts};

/// A rule.
pub struct Rule {
    /// Its name, by which it is turned off.
    pub name: &'static str,
    /// How bad what it finds is.
    pub level: Level,
    /// What it finds, in one sentence.
    pub what: &'static str,
    pub(super) check: fn(&Value, &[Place<'_>]) -> Vec<Found>,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// All rules.
pub const RULES: &[Rule] = &[
    Rule {
        name: "promql-syntax",
        level: Level::Error,
        what: "PromQL that doesn't parse",
        check: queries::syntax,
    },
    Rule {
        name: "unknown-variable",
        level: Level::Error,
        what: "a variable that the dashboard doesn't define",
        check: queries::unknown_variables,
    },
    Rule {
        name: "hard-coded-data-source",
        level: Level::Warning,
        what: "a data source by its uid or name, which another Grafana doesn't have",
        check: queries::hard_coded_data_sources,
    },
    Rule {
        name: "duplicate-panel-id",
        level: Level::Error,
        what: "two panels of one id",
        check: layout::doubled_ids,
    },
    Rule {
        name: "duplicate-ref-id",
        level: Level::Error,
        what: "two queries of a panel with one refId",
        check: queries::doubled_ref_ids,
    },
    Rule {
        name: "overlapping-panels",
        level: Level::Warning,
        what: "panels that lie over each other",
        check: layout::overlaps,
    },
    Rule {
        name: "missing-unit",
        level: Level::Note,
        what: "a panel of numbers without a unit",
        check: layout::without_unit,
    },
    Rule {
        name: "missing-title",
        level: Level::Note,
        what: "a panel without a title",
        check: layout::without_title,
    },
    Rule {
        name: "fixed-rate-range",
        level: Level::Warning,
        what: "a rate over a minute or less, whatever the scrape interval is",
        check: queries::short_rates,
    },
    Rule {
        name: "deprecated-panel",
        level: Level::Warning,
        what: "a panel plugin that Grafana has removed",
        check: layout::deprecated,
    },
    Rule {
        name: "panel-scripts",
        level: Level::Warning,
        what: "a panel that can run scripts in the reader's browser",
        check: scripts::scripts,
    },
];

/// The rule of this name.
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.name == name)
}
