//! What does a variable's query find?

use std::collections::BTreeSet;

use serde_json::json;

use super::metrics::{Labels, Metrics, NAME, series_text};
use super::presence::{Found, find};
use super::variable_query::VariableQuery;

impl Metrics {
    /// What a variable's query finds among them.
    ///
    /// # Errors
    ///
    /// A selector or query that doesn't parse.
    pub fn values(&self, query: &VariableQuery) -> Result<Vec<String>, String> {
        let tree = |text: &str| crate::promql::parse(text).map_err(|error| error.to_string());
        let found = |text: &str| -> Result<Vec<Labels>, String> {
            Ok(match find(&tree(text)?, self) {
                Some(Found::Series(series)) => series.into_iter().collect(),
                _ => Vec::new(),
            })
        };
        let all = || self.every().cloned().collect::<Vec<_>>();
        let values: BTreeSet<String> = match query {
            VariableQuery::LabelNames(like) => {
                let fits = |labels: &Labels| like.as_deref().is_none_or(|like| labels[NAME].contains(like));
                let labels = all().into_iter().filter(fits).flat_map(Labels::into_keys);
                labels.filter(|label| label != NAME).collect()
            }
            VariableQuery::LabelValues { label, selector } => {
                let series = selector
                    .as_ref()
                    .map_or_else(|| Ok(all()), |selector| found(selector))?;
                series
                    .into_iter()
                    .filter_map(|mut labels| labels.remove(label))
                    .collect()
            }
            VariableQuery::MetricNames(pattern) => {
                let series = found(&format!("{{__name__=~\"{pattern}\"}}"))?;
                series
                    .into_iter()
                    .filter_map(|mut labels| labels.remove(NAME))
                    .collect()
            }
            VariableQuery::Result(query) => found(query)?
                .iter()
                .map(|labels| format!("{} 1 0", series_text(&json!(labels))))
                .collect(),
            VariableQuery::Series(selector) => found(selector)?
                .iter()
                .map(|labels| series_text(&json!(labels)))
                .collect(),
        };
        Ok(values.into_iter().collect())
    }
}
