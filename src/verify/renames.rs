//! What are things called now?

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::promql::Query;

/// The rules that dashctl knows.
const OWN: &str = include_str!("renames.yaml");

/// A rule: what metrics, labels or matchers were called, and what they are called now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// What a rewrite is said to be made by.
    pub name: String,
    /// Since when the old names are gone.
    #[serde(default)]
    pub since: String,
    /// Where that can be read.
    #[serde(default)]
    pub source: String,
    /// The metrics whose labels and matchers are meant, with `*`; all where nothing is said.
    #[serde(default)]
    pub on: Option<String>,
    /// New names or selectors by old names; `*` stands for the same text on both sides.
    #[serde(default)]
    pub metrics: BTreeMap<String, String>,
    /// New labels by old ones.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// New matchers by old ones: `name=~"^k8s_.*"` -> `container!=""`.
    #[serde(default)]
    pub matchers: BTreeMap<String, String>,
}

/// All rules that hold: a repository's own come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renames(Vec<Rename>);

/// What a metric is called now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewMetric {
    pub name: String,
    /// The matchers that come with it, as `label` and `label="value"`.
    pub matchers: Vec<(String, String)>,
}

impl Rename {
    /// Whether the rule can be used.
    ///
    /// # Errors
    ///
    /// What is wrong, in words.
    pub fn check(&self) -> Result<(), String> {
        let named = format!("the rule {:?}", self.name);
        if self.name.trim().is_empty() {
            return Err("a rule has no name".into());
        }
        if self.metrics.is_empty() && self.labels.is_empty() && self.matchers.is_empty() {
            return Err(format!("{named} renames nothing; give it metrics, labels or matchers"));
        }
        for (old, new) in &self.metrics {
            let stars = |text: &str| text.matches('*').count();
            if stars(old) > 1 || stars(old) != stars(new) {
                return Err(format!("{named}: {old:?} and {new:?} must have one * each, or none"));
            }
            read_selector(&new.replace('*', "x"))
                .ok_or_else(|| format!("{named}: {new:?} is no metric or selector"))?;
        }
        for matcher in self.matchers.iter().flat_map(|(old, new)| [old, new]) {
            read_selector(&format!("x{{{matcher}}}"))
                .filter(|read| read.matchers.len() == 1)
                .ok_or_else(|| format!("{named}: {matcher:?} is no matcher; write it as label=\"value\""))?;
        }
        Ok(())
    }

    /// Whether its labels and matchers are those of this metric.
    pub(super) fn is_on(&self, metric: &str) -> bool {
        self.on
            .as_deref()
            .is_none_or(|pattern| middle(pattern, metric).is_some() || pattern == metric)
    }

    /// What this metric is called now.
    pub(super) fn metric(&self, old: &str) -> Option<NewMetric> {
        self.metrics.iter().find_map(|(pattern, new)| {
            let new = match middle(pattern, old) {
                Some(middle) => new.replacen('*', middle, 1),
                None if pattern == old => new.clone(),
                None => return None,
            };
            read_selector(&new)
        })
    }
}

impl Renames {
    /// A repository's rules, and dashctl's own.
    pub fn with(own: &[Rename]) -> Self {
        // The file is part of the program, and a test reads it.
        let known: Vec<Rename> = serde_saphyr::from_str(OWN).unwrap_or_default();
        Self(own.iter().cloned().chain(known).collect())
    }

    /// The rules, in the order in which they are tried.
    pub fn iter(&self) -> impl Iterator<Item = &Rename> {
        self.0.iter()
    }
}

/// What the star of a pattern stands for in a text.
fn middle<'t>(pattern: &str, text: &'t str) -> Option<&'t str> {
    let (before, after) = pattern.split_once('*')?;
    text.strip_prefix(before)?.strip_suffix(after)
}

fn read_selector(text: &str) -> Option<NewMetric> {
    let query = Query::read(text, &[]).ok()?;
    let [selector] = &query.selectors[..] else { return None };
    let matchers = selector
        .matchings
        .iter()
        .map(|one| (one.label.clone(), text[one.at.clone()].to_owned()));
    Some(NewMetric {
        name: selector.metric.clone()?,
        matchers: matchers.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_our_rules_can_be_used_and_says_where_it_comes_from() {
        let rules: Vec<Rename> = serde_saphyr::from_str(OWN).unwrap();
        assert!(rules.len() > 10);
        for rule in &rules {
            rule.check().unwrap();
            assert!(!rule.since.is_empty() && rule.source.len() > 20, "{}", rule.name);
        }
    }

    #[test]
    fn a_rule_names_what_a_metric_is_called_now() {
        let renames = Renames::with(&[]);
        let now = |old: &str| {
            let new = renames.iter().find_map(|rule| rule.metric(old))?;
            let matchers: Vec<String> = new.matchers.into_iter().map(|(_, text)| text).collect();
            Some(format!("{}{{{}}}", new.name, matchers.join(",")))
        };
        assert_eq!(
            now("node_memory_MemTotal").as_deref(),
            Some("node_memory_MemTotal_bytes{}")
        );
        assert_eq!(
            now("kube_node_status_capacity_pods").as_deref(),
            Some("kube_node_status_capacity{resource=\"pods\"}")
        );
        assert_eq!(
            now("kube_hpa_spec_max_replicas").as_deref(),
            Some("kube_horizontalpodautoscaler_spec_max_replicas{}")
        );
        assert_eq!(now("up"), None);
    }

    #[test]
    fn a_rule_that_cant_be_used_says_why() {
        let rule = |text: &str| serde_saphyr::from_str::<Rename>(text).unwrap().check().unwrap_err();
        assert!(rule("{name: a}").contains("renames nothing"));
        assert!(rule("{name: a, metrics: {b_*: c}}").contains("one * each"));
        assert!(rule("{name: a, metrics: {b: 'c{'}}").contains("no metric or selector"));
        assert!(rule("{name: a, matchers: {b: 'c=\"d\"'}}").contains("no matcher"));
    }
}
