//! The templates that the binary carries, and how values get into them.

use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderErrorReason};
use serde_json::Value;

use super::render::RenderError;
use super::yaml::from_yaml;

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

/// The templates, ready to be filled.
pub(super) struct Templates(Handlebars<'static>);

impl Templates {
    pub(super) fn new() -> Result<Self, RenderError> {
        let mut handlebars = Handlebars::new();
        handlebars.set_strict_mode(true);
        handlebars.register_escape_fn(escape);
        handlebars.register_helper("json", Box::new(json));
        for (name, text) in TEMPLATES {
            handlebars
                .register_template_string(name, text.trim_end_matches('\n'))
                .map_err(|error| RenderError::template(name, error))?;
        }
        Ok(Self(handlebars))
    }

    /// A template's text, filled.
    pub(super) fn text(&self, name: &'static str, values: &Value) -> Result<String, RenderError> {
        let text = self
            .0
            .render(name, values)
            .map_err(|error| RenderError::template(name, error))?;
        Ok(text + "\n")
    }

    /// The YAML documents that a template makes.
    pub(super) fn documents(&self, name: &'static str, values: &Value) -> Result<Vec<Value>, RenderError> {
        let documents = from_yaml(&self.text(name, values)?).map_err(|error| RenderError::template(name, error))?;
        // A component that is left out leaves nothing between the separators.
        Ok(documents.into_iter().filter(|document| !document.is_null()).collect())
    }
}

/// Tags stand within double quotes, where YAML has JSON's escapes; a test sees to it.
fn escape(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// `{{json value}}`: a whole value; JSON is YAML.
fn json(
    helper: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let value = helper
        .param(0)
        .ok_or(RenderErrorReason::ParamNotFoundForIndex("json", 0))?;
    out.write(&value.value().to_string())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of a line before a tag has an odd number of quotes: the tag is within them.
    #[test]
    fn every_text_that_is_put_in_stands_within_quotes() {
        let mut seen = 0;
        for (name, text) in TEMPLATES {
            for (number, line) in text.lines().enumerate() {
                for (at, _) in line.match_indices("{{") {
                    let tag = line[at + 2..].trim_start_matches(['~', '{']);
                    let own = ["#", "/", ">", "!", "json ", "else"];
                    if line[..at].ends_with(['\\', '{']) || own.iter().any(|own| tag.starts_with(own)) {
                        continue;
                    }
                    let quotes = line[..at].matches('"').count();
                    assert!(quotes % 2 == 1, "templates/stack/{name}.hbs:{}: {line}", number + 1);
                    seen += 1;
                }
            }
        }
        assert!(seen > 20, "only {seen} tags");
    }
}
