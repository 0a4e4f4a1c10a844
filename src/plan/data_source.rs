use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::dashboard::compare::Printable;
use crate::grafana::DataSource;
use crate::repository::DeclaredDataSource;

/// What is to be done with one declared data source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DataSourceAction {
    /// Make it.
    Create,
    /// Change these fields.
    Update(Vec<FieldChange>),
    /// Nothing.
    Nothing,
    /// Leave it alone, for this reason.
    Refuse(String),
}

/// A field of a data source that differs. Secrets are named, never shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldChange {
    /// The field, such as `url` or `jsonData.timeInterval`.
    pub field: String,
    /// What the server has.
    pub before: Option<Value>,
    /// What is declared.
    pub after: Option<Value>,
}

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = |value: &Option<Value>| value.as_ref().map_or("nothing".into(), ToString::to_string);
        let line = format!("{}: {} -> {}", self.field, value(&self.before), value(&self.after));
        write!(f, "{}", Printable(&line))
    }
}

/// Compares a declared data source with what the server has: `live` in its full form (with `secureJsonFields`).
pub fn data_source_action(
    declared: &DeclaredDataSource,
    live: Option<&Map<String, Value>>,
    all: &[DataSource],
) -> DataSourceAction {
    let Some(live) = live else {
        return match all.iter().find(|other| other.name == declared.name) {
            Some(other) => DataSourceAction::Refuse(format!(
                "a data source of this name is there with the uid {:?}; write `uid: {}` into dashctl.yaml to manage it, or choose another name",
                other.uid, other.uid
            )),
            None => DataSourceAction::Create,
        };
    };
    let changes = changes(declared, live);
    if changes.is_empty() {
        DataSourceAction::Nothing
    } else if live.get("readOnly").and_then(Value::as_bool) == Some(true) {
        DataSourceAction::Refuse(
            "it is provisioned from a file, and Grafana lets nobody change it through the API".into(),
        )
    } else {
        DataSourceAction::Update(changes)
    }
}

fn changes(declared: &DeclaredDataSource, live: &Map<String, Value>) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    for (field, after) in fields(declared) {
        let before = live.get(field);
        if field == "jsonData" {
            json_data(before, &after, &mut changes);
        } else if before.unwrap_or(&empty_of(&after)) != &after {
            changes.push(FieldChange {
                field: field.into(),
                before: before.cloned(),
                after: Some(after),
            });
        }
    }
    let known = live.get("secureJsonFields").and_then(Value::as_object);
    for key in declared.secrets.keys() {
        if known.and_then(|known| known.get(key)).and_then(Value::as_bool) != Some(true) {
            changes.push(FieldChange {
                field: format!("secureJsonData.{key}"),
                before: None,
                after: Some("(a secret)".into()),
            });
        }
    }
    changes
}

fn json_data(before: Option<&Value>, after: &Value, changes: &mut Vec<FieldChange>) {
    let empty = Map::new();
    let before = before.and_then(Value::as_object).unwrap_or(&empty);
    let after = after.as_object().unwrap_or(&empty);
    let keys: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        if before.get(key) != after.get(key) {
            changes.push(FieldChange {
                field: format!("jsonData.{key}"),
                before: before.get(key).cloned(),
                after: after.get(key).cloned(),
            });
        }
    }
}

/// What an absent field means.
fn empty_of(value: &Value) -> Value {
    match value {
        Value::Bool(_) => json!(false),
        Value::String(_) => json!(""),
        other => other.clone(),
    }
}

fn fields(declared: &DeclaredDataSource) -> [(&'static str, Value); 8] {
    let user = declared.basic_auth_user.clone().unwrap_or_default();
    [
        ("name", declared.name.as_str().into()),
        ("type", declared.kind.as_str().into()),
        ("url", declared.url.as_str().into()),
        ("access", declared.access.as_str().into()),
        ("isDefault", declared.default.into()),
        ("basicAuth", (!user.is_empty()).into()),
        ("basicAuthUser", user.into()),
        (
            "jsonData",
            Value::Object(declared.json_data.clone().into_iter().collect()),
        ),
    ]
}

/// The body of a create or update: what the server has, with the declared fields put over it. Secrets are
/// not part of it: they are added where it is sent.
pub fn data_source_body(declared: &DeclaredDataSource, live: Option<&Map<String, Value>>) -> Value {
    let mut body = live.cloned().unwrap_or_default();
    for key in [
        "secureJsonFields",
        "typeLogoUrl",
        "typeName",
        "readOnly",
        "accessControl",
        "apiVersion",
    ] {
        body.shift_remove(key);
    }
    body.insert("uid".into(), declared.uid.as_str().into());
    for (field, value) in fields(declared) {
        body.insert(field.into(), value);
    }
    Value::Object(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared() -> DeclaredDataSource {
        DeclaredDataSource {
            name: "Prometheus".into(),
            uid: "prometheus".into(),
            kind: "prometheus".into(),
            url: "http://p:9090".into(),
            access: "proxy".into(),
            default: true,
            json_data: [("timeInterval".to_owned(), json!("15s"))].into(),
            secrets: [("httpHeaderValue1".to_owned(), "DASHCTL_SECRET_H".to_owned())].into(),
            ..DeclaredDataSource::default()
        }
    }

    fn live() -> Map<String, Value> {
        let mut body = data_source_body(&declared(), None);
        body["secureJsonFields"] = json!({"httpHeaderValue1": true});
        body["version"] = json!(4);
        body["database"] = json!("kept");
        body.as_object().cloned().unwrap()
    }

    #[test]
    fn what_is_as_declared_is_left_alone() {
        assert_eq!(
            data_source_action(&declared(), Some(&live()), &[]),
            DataSourceAction::Nothing
        );
        assert_eq!(data_source_action(&declared(), None, &[]), DataSourceAction::Create);
    }

    #[test]
    fn each_field_that_differs_is_named() {
        for (field, value) in [
            ("url", json!("http://q")),
            ("isDefault", json!(false)),
            ("basicAuth", json!(true)),
        ] {
            let mut live = live();
            live.insert(field.into(), value);
            let DataSourceAction::Update(changes) = data_source_action(&declared(), Some(&live), &[]) else {
                panic!("{field}")
            };
            assert_eq!(
                changes.iter().map(|change| change.field.as_str()).collect::<Vec<_>>(),
                [field]
            );
        }
        let mut live = live();
        live.insert("jsonData".into(), json!({"timeInterval": "15s", "httpMethod": "POST"}));
        live.insert("secureJsonFields".into(), json!({}));
        let DataSourceAction::Update(changes) = data_source_action(&declared(), Some(&live), &[]) else {
            panic!()
        };
        let fields: Vec<_> = changes.iter().map(|change| change.field.as_str()).collect();
        assert_eq!(fields, ["jsonData.httpMethod", "secureJsonData.httpHeaderValue1"]);
    }

    #[test]
    fn an_update_keeps_what_is_not_declared_and_the_version() {
        let body = data_source_body(&declared(), Some(&live()));
        assert_eq!((&body["version"], &body["database"]), (&json!(4), &json!("kept")));
        assert_eq!(body.get("secureJsonFields"), None);
    }

    #[test]
    fn a_provisioned_one_is_refused_with_the_reason() {
        let mut live = live();
        live.insert("readOnly".into(), json!(true));
        live.insert("url".into(), json!("http://q"));
        assert!(matches!(
            data_source_action(&declared(), Some(&live), &[]),
            DataSourceAction::Refuse(_)
        ));
    }
}
