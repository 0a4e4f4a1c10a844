use schemars::JsonSchema;
use serde::Deserialize;

use super::rules::{RULES, rule};

/// What `dashctl lint` leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LintSettings {
    /// Rules that are turned off: everywhere, in a dashboard, or in one panel of it.
    #[serde(default)]
    pub off: Vec<Off>,
}

/// A rule that is turned off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Off {
    /// The rule's name; `dashctl lint --rules` lists them.
    pub rule: String,
    /// The dashboard's name in the repository, or the library panel's, `library/<folder>/<name>`; all where none is said.
    #[serde(default)]
    pub dashboard: Option<String>,
    /// The panel's id; all where none is said.
    #[serde(default)]
    pub panel: Option<u64>,
}

impl LintSettings {
    /// Whether the settings can be used.
    ///
    /// # Errors
    ///
    /// A rule that there isn't, in words.
    pub fn check(&self) -> Result<(), String> {
        match self.off.iter().find(|off| rule(&off.rule).is_none()) {
            None => Ok(()),
            Some(off) => {
                let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
                Err(format!(
                    "there is no rule {:?}; there are {}",
                    off.rule,
                    names.join(", ")
                ))
            }
        }
    }

    /// Whether a rule is turned off there.
    pub fn is_off(&self, rule: &str, dashboard: &str, panel: Option<u64>) -> bool {
        let fits = |off: &Off| {
            off.rule == rule
                && off.dashboard.as_deref().is_none_or(|name| name == dashboard)
                && off.panel.is_none_or(|id| panel == Some(id))
        };
        self.off.iter().any(fits)
    }
}
