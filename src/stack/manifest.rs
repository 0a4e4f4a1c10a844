//! Is a manifest one that a server takes as it is, and keeps as it is?

use std::collections::BTreeSet;

use k8s_openapi::api::{
    apps::v1 as apps, batch::v1 as batch, core::v1 as core, rbac::v1 as rbac, storage::v1 as storage,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::object::Kind;
use super::quantity::{NoQuantity, Quantity};

/// What is wrong with a manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// A field that its kind doesn't have.
    #[error("{path} is no field of a {kind}; is it misspelt, or in the wrong place?")]
    Unknown {
        /// Where, such as `/spec/replica`.
        path: String,
        /// The kind.
        kind: Kind,
    },
    /// A value of the wrong type.
    #[error("{path} can't be: {message}")]
    Type {
        /// Where.
        path: String,
        /// What was expected.
        message: String,
    },
    /// An amount that isn't one.
    #[error("{path}: {source}")]
    Quantity {
        /// Where.
        path: String,
        /// What it is instead.
        source: NoQuantity,
    },
    /// An entry of a list whose entries must differ.
    #[error("{path}: {what} is there twice")]
    Twice {
        /// The list.
        path: String,
        /// Which entry.
        what: String,
    },
}

/// The manifest as a server keeps it, after it was checked: amounts are canonical, every field is one of its kind's,
/// and no list has two entries of one name.
///
/// # Errors
///
/// What is wrong, and where.
pub(super) fn canonical(kind: Kind, mut manifest: Value) -> Result<Value, ManifestError> {
    amounts(&mut manifest, &mut String::new())?;
    let typed = match kind {
        Kind::Namespace => round_trip::<core::Namespace>(&manifest),
        Kind::StorageClass => round_trip::<storage::StorageClass>(&manifest),
        Kind::ServiceAccount => round_trip::<core::ServiceAccount>(&manifest),
        Kind::Secret => round_trip::<core::Secret>(&manifest),
        Kind::ConfigMap => round_trip::<core::ConfigMap>(&manifest),
        Kind::PersistentVolumeClaim => round_trip::<core::PersistentVolumeClaim>(&manifest),
        Kind::ClusterRole => round_trip::<rbac::ClusterRole>(&manifest),
        Kind::ClusterRoleBinding => round_trip::<rbac::ClusterRoleBinding>(&manifest),
        Kind::Role => round_trip::<rbac::Role>(&manifest),
        Kind::RoleBinding => round_trip::<rbac::RoleBinding>(&manifest),
        Kind::Service => round_trip::<core::Service>(&manifest),
        Kind::DaemonSet => round_trip::<apps::DaemonSet>(&manifest),
        Kind::Deployment => round_trip::<apps::Deployment>(&manifest),
        Kind::StatefulSet => round_trip::<apps::StatefulSet>(&manifest),
        Kind::CronJob => round_trip::<batch::CronJob>(&manifest),
    }?;
    match lost(&manifest, &typed, String::new()) {
        Some(path) => Err(ManifestError::Unknown { path, kind }),
        None => twice(&manifest, String::new()).map_or(Ok(manifest), Err),
    }
}

/// What is left of a manifest after it has been read into its type.
fn round_trip<T: Serialize + DeserializeOwned>(manifest: &Value) -> Result<Value, ManifestError> {
    let read = |value: Value| serde_json::from_value::<T>(value);
    let wrong = |path: String, message: String| ManifestError::Type { path, message };
    match read(manifest.clone()) {
        Ok(typed) => serde_json::to_value(typed).map_err(|error| wrong("/".into(), error.to_string())),
        Err(error) => {
            // The reader doesn't say where. It is the field without which the reader has nothing to say.
            let without = |path: &String| {
                let mut rest = manifest.clone();
                remove(&mut rest, path) && read(rest).is_ok()
            };
            let path = paths(manifest).into_iter().rev().find(without);
            Err(wrong(path.unwrap_or_else(|| "/".into()), error.to_string()))
        }
    }
}

/// Every path in a value; the deepest come last.
fn paths(value: &Value) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut at = 0;
    while let Some(path) = all.get(at).cloned() {
        match value.pointer(&path) {
            Some(Value::Object(fields)) => all.extend(fields.keys().map(|key| step(&path, key))),
            Some(Value::Array(items)) => all.extend((0..items.len()).map(|index| format!("{path}/{index}"))),
            _ => {}
        }
        at += 1;
    }
    all.remove(0);
    all
}

fn remove(value: &mut Value, path: &str) -> bool {
    let Some((parent, key)) = path.rsplit_once('/') else {
        return false;
    };
    let key = key.replace("~1", "/").replace("~0", "~");
    match value.pointer_mut(parent) {
        Some(Value::Object(fields)) => fields.remove(&key).is_some(),
        Some(Value::Array(items)) => key.parse().is_ok_and(|index: usize| {
            items.remove(index);
            true
        }),
        _ => false,
    }
}

/// The path of a field, as a JSON pointer.
fn step(path: &str, key: &str) -> String {
    format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The first field that the typed form doesn't have.
fn lost(given: &Value, typed: &Value, path: String) -> Option<String> {
    match (given, typed) {
        (Value::Object(given), Value::Object(typed)) => given.iter().find_map(|(key, value)| {
            let path = step(&path, key);
            match typed.get(key) {
                Some(kept) => lost(value, kept, path),
                // Nothing is kept of nothing.
                None if value.is_null() => None,
                None => Some(path),
            }
        }),
        (Value::Array(given), Value::Array(typed)) if given.len() == typed.len() => given
            .iter()
            .zip(typed)
            .enumerate()
            .find_map(|(index, (given, typed))| lost(given, typed, format!("{path}/{index}"))),
        (given, typed) if given == typed => None,
        _ => Some(path),
    }
}

/// Makes every amount canonical, wherever Kubernetes has amounts.
fn amounts(value: &mut Value, path: &mut String) -> Result<(), ManifestError> {
    let length = path.len();
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                path.push_str(&format!("/{index}"));
                amounts(item, path)?;
                path.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields.iter_mut() {
                *path = step(path, key);
                match (key.as_str(), field) {
                    ("resources", Value::Object(resources)) => amounts_of(resources, path)?,
                    // These hold text of others' making.
                    ("data" | "annotations" | "labels", _) => {}
                    ("sizeLimit" | "divisor", field) => amount(field, path)?,
                    (_, field) => amounts(field, path)?,
                }
                path.truncate(length);
            }
        }
        _ => {}
    }
    Ok(())
}

fn amounts_of(resources: &mut Map<String, Value>, path: &str) -> Result<(), ManifestError> {
    for part in ["requests", "limits"] {
        if let Some(Value::Object(entries)) = resources.get_mut(part) {
            for (resource, value) in entries.iter_mut() {
                amount(value, &step(&format!("{path}/{part}"), resource))?;
            }
        }
    }
    Ok(())
}

fn amount(value: &mut Value, path: &str) -> Result<(), ManifestError> {
    let text = match &*value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return Ok(()),
    };
    let canonical = Quantity::from(text.as_str()).canonical();
    *value = canonical
        .map_err(|source| ManifestError::Quantity {
            path: path.to_owned(),
            source,
        })?
        .into();
    Ok(())
}

/// The first list whose entries must have names of their own and haven't. A server refuses it, or, worse, takes one.
fn twice(value: &Value, path: String) -> Option<ManifestError> {
    match value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| twice(item, format!("{path}/{index}"))),
        Value::Object(fields) => fields.iter().find_map(|(key, field)| {
            let path = step(&path, key);
            let named = match (key.as_str(), field) {
                ("env" | "containers" | "initContainers" | "volumes" | "volumeClaimTemplates", Value::Array(items)) => {
                    repeated(items, |item| {
                        Some(item.pointer("/name").or(item.pointer("/metadata/name"))?.to_string())
                    })
                }
                ("volumeMounts", Value::Array(items)) => {
                    repeated(items, |item| Some(item.get("mountPath")?.to_string()))
                }
                ("ports", Value::Array(items)) => {
                    repeated(items, port).or_else(|| repeated(items, |item| Some(item.get("name")?.to_string())))
                }
                _ => None,
            };
            match named {
                Some(what) => Some(ManifestError::Twice { path, what }),
                None => twice(field, path),
            }
        }),
        _ => None,
    }
}

fn port(item: &Value) -> Option<String> {
    let number = item.get("containerPort").or(item.get("port"))?;
    let protocol = item.get("protocol").and_then(Value::as_str).unwrap_or("TCP");
    Some(format!("{number}/{protocol}"))
}

fn repeated(items: &[Value], name: impl Fn(&Value) -> Option<String>) -> Option<String> {
    let mut seen = BTreeSet::new();
    items.iter().filter_map(name).find(|name| !seen.insert(name.clone()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(container: Value) -> Value {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "n"},
            "spec": {"selector": {}, "template": {"spec": {"containers": [container]}}},
        })
    }

    fn error(container: Value) -> String {
        canonical(Kind::Deployment, deployment(container))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn amounts_are_made_canonical_and_text_is_left_alone() {
        let container = json!({
            "name": "c", "resources": {"requests": {"cpu": 0.5, "memory": "1024Mi"}}, "args": ["1024Mi"],
        });
        let manifest = canonical(Kind::Deployment, deployment(container)).unwrap();
        let container = &manifest["spec"]["template"]["spec"]["containers"][0];
        assert_eq!(
            container["resources"]["requests"],
            json!({"cpu": "500m", "memory": "1Gi"})
        );
        assert_eq!(container["args"], json!(["1024Mi"]));
        assert!(
            error(json!({"name": "c", "resources": {"limits": {"cpu": "2x"}}}))
                .starts_with("/spec/template/spec/containers/0/resources/limits/cpu: \"2x\"")
        );
    }

    #[test]
    fn a_field_that_a_kind_has_not_is_named() {
        let misspelt = error(json!({"name": "c", "imagePulPolicy": "Always"}));
        assert!(
            misspelt.contains("/spec/template/spec/containers/0/imagePulPolicy is no field"),
            "{misspelt}"
        );
        let deep = error(json!({"name": "c", "securityContext": {"capabilities": {"dropp": ["ALL"]}}}));
        assert!(deep.contains("/securityContext/capabilities/dropp"), "{deep}");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named_by_its_place() {
        let wrong = error(json!({"name": "c", "args": ["a", 5]}));
        assert!(
            wrong.starts_with("/spec/template/spec/containers/0/args/1 can't be: "),
            "{wrong}"
        );
        // A port may be a number or a name.
        let port = |port: Value| json!({"name": "c", "livenessProbe": {"httpGet": {"port": port}}});
        assert!(canonical(Kind::Deployment, deployment(port(json!(80)))).is_ok());
        assert!(canonical(Kind::Deployment, deployment(port(json!("http")))).is_ok());
    }

    #[test]
    fn what_a_server_would_merge_into_one_is_refused() {
        for (container, what) in [
            (
                json!({"name": "c", "env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}),
                "\"A\" is there twice",
            ),
            (
                json!({"name": "c", "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "TCP"}]}),
                "80/TCP is there twice",
            ),
            (
                json!({"name": "c", "ports": [{"name": "p", "containerPort": 80}, {"name": "p", "containerPort": 81}]}),
                "\"p\" is there twice",
            ),
        ] {
            let error = error(container);
            assert!(error.ends_with(what), "{error}");
        }
        let udp = json!({"name": "c", "ports": [{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}]});
        assert!(canonical(Kind::Deployment, deployment(udp)).is_ok());
    }
}
