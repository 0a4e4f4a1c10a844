//! The templates of the stack.

use serde_json::Value;

use super::error::RenderError;
use super::yaml::from_yaml;
use crate::template;

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        /// Every template with its text.
        const TEMPLATES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../templates/stack/", $name, ".hbs")))),*];
    };
}

templates![
    "alerting_rules.yml",
    "alertmanager.yaml",
    "alertmanager.yml",
    "cluster.yaml",
    "drift_rules",
    "drift_rules.yml",
    "grafana.ini",
    "grafana-local.ini",
    "grafana.yaml",
    "kube-state-metrics.yaml",
    "labels",
    "node-exporter.yaml",
    "prometheus.yaml",
    "prometheus.yml",
    "prometheus-rights.yaml",
    "pushgateway.yaml",
    "recording_rules.yml",
    "restricted",
    "selector",
];

/// The stack's templates, ready to be filled.
pub(super) struct Templates(template::Templates);

impl Templates {
    pub(super) fn new() -> Result<Self, RenderError> {
        Ok(Self(template::Templates::new(TEMPLATES)?))
    }

    /// A template's text, filled.
    pub(super) fn text(&self, name: &'static str, values: &Value) -> Result<String, RenderError> {
        Ok(self.0.text(name, values)?)
    }

    /// The YAML documents that a template makes.
    pub(super) fn documents(&self, name: &'static str, values: &Value) -> Result<Vec<Value>, RenderError> {
        let documents = from_yaml(&self.text(name, values)?).map_err(|error| RenderError::template(name, error))?;
        // A component that is left out leaves nothing between the separators.
        Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_that_is_put_in_stands_within_quotes() {
        let seen = template::assert_quoted("templates/stack", TEMPLATES);
        assert!(seen > 20, "only {seen} tags");
    }
}
