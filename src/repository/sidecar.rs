use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Error, files};

/// The small YAML file beside a dashboard's JSON: where it came from, and what differs from the file as it came.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sidecar {
    /// Where the dashboard came from, such as `grafana.com/6417`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The uid, where it isn't the file's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// The title, where it isn't the file's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Answers to the dashboard's inputs: the name or uid of a data source, or a text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, String>,
    /// Differences that are not to be seen, as keyed paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Changes on top of the file: a JSON merge patch (RFC 7396) in which `panel "CPU"`, `variable "job"` and the like name
    /// things (see [`crate::dashboard::overlay`]).
    #[serde(default, skip_serializing)]
    pub overlay: Option<Value>,
    /// The template that makes the dashboard, instead of a JSON file.
    #[serde(default, skip_serializing)]
    pub template: Option<TemplateUse>,
    /// What differs on one target.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub targets: BTreeMap<String, TargetSidecar>,
}

/// What differs on one target.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TargetSidecar {
    /// Answers on this target.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, String>,
    /// Values for the template on this target; they win over all others.
    #[serde(default, skip_serializing)]
    pub values: BTreeMap<String, Value>,
    /// Changes on this target, on top of the dashboard's own overlay.
    #[serde(default, skip_serializing)]
    pub overlay: Option<Value>,
}

/// A template and the values that it is given.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateUse {
    /// The template's path below `templates/`, such as `service.json.hbs`.
    pub file: String,
    /// Its values; they win over the repository's and the target's.
    #[serde(default)]
    pub values: BTreeMap<String, Value>,
    /// Many dashboards of one template: their names, in the folder of this file, and the values that each of them has besides.
    /// `{{values.name}}` is the name, where none of them says another.
    #[serde(default)]
    pub each: Option<BTreeMap<String, BTreeMap<String, Value>>>,
}

impl Sidecar {
    /// Reads a sidecar; a dashboard without one has an empty one.
    ///
    /// # Errors
    ///
    /// A key that isn't known or a value that can't be, with its line.
    pub fn read(path: &Path) -> Result<Option<Self>, Error> {
        let text = files::read(path)?.filter(|text| !is_dashboard(text));
        text.map(|text| files::yaml(path, &text)).transpose()
    }

    /// The answers for a target: the dashboard's own, and the target's on top.
    pub fn answers(&self, target: Option<&str>) -> BTreeMap<String, String> {
        let mut answers = self.answers.clone();
        if let Some(of_target) = target.and_then(|name| self.targets.get(name)) {
            answers.extend(of_target.answers.clone());
        }
        answers
    }

    /// The bytes of a sidecar that `import` writes.
    ///
    /// # Errors
    ///
    /// A text that can't be written as YAML.
    pub fn to_yaml(&self) -> Result<String, String> {
        let text = serde_saphyr::to_string(self).map_err(|error| error.to_string())?;
        Ok(format!(
            "# Beside a dashboard's JSON: where it came from and how its inputs are answered.\n{text}"
        ))
    }

    /// The JSON schema of the file.
    pub fn schema() -> Value {
        schemars::schema_for!(Self).to_value()
    }
}

/// Whether a YAML file is a dashboard itself, and no sidecar of one.
fn is_dashboard(text: &str) -> bool {
    let key = |line: &str| {
        ["apiVersion:", "panels:", "rows:"]
            .iter()
            .any(|key| line.starts_with(key))
    };
    text.lines().any(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_import_writes_reads_back_the_same() {
        let sidecar = Sidecar {
            source: Some("grafana.com/3119".into()),
            uid: Some("gnet-3119".into()),
            title: Some("On: \"this\" # cluster".into()),
            answers: BTreeMap::from([("DS_PROM-A".into(), "yes".into())]),
            ..Sidecar::default()
        };
        let text = sidecar.to_yaml().unwrap();
        let back: Sidecar = files::yaml(Path::new("x.yaml"), &text).unwrap();
        assert_eq!(back, sidecar);
    }
}
