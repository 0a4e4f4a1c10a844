use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::Owner;

/// A step on the way to a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A key of an object.
    Key(String),
    /// The element of a list whose `key` has this value, such as the container of a name.
    Item {
        /// The key that tells the list's elements apart.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// An element of a list whose elements can't be told apart otherwise.
    Index(usize),
}

/// The place of a field: `spec.template.spec.containers[name=grafana].image`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldPath(pub Vec<Step>);

impl FieldPath {
    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// The same place one key further down.
    pub fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.to_owned()))
    }

    /// The value at this place.
    pub fn find<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(value, |here, step| match step {
            Step::Key(key) => here.get(key),
            Step::Item { key, value } => here
                .as_array()?
                .iter()
                .find(|item| text_of(item, key) == Some(value.clone())),
            Step::Index(index) => here.get(index),
        })
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if key.contains(['.', '/']) => write!(f, "[{key}]")?,
                Step::Key(key) if at == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Item { key, value } => write!(f, "[{key}={value}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl Serialize for FieldPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One field that an apply would change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// Where.
    pub path: FieldPath,
    /// What is there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
    /// Who set what is there now, if that wasn't dashctl.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
}

/// What differs between an object as it is and as it would be; both as the API server gives them, with its defaults.
pub fn changes(now: &Value, then: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    walk(&FieldPath::default(), Some(now), Some(then), &mut found);
    found
}

/// What differs in the fields that `wanted` names: all that can be said without the API server's defaults.
pub fn subset_changes(now: &Value, wanted: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    subset(&FieldPath::default(), Some(now), wanted, &mut found);
    found
}

/// What the API server keeps for itself.
fn is_bookkeeping(path: &FieldPath, key: &str) -> bool {
    const METADATA: [&str; 6] = [
        "managedFields",
        "resourceVersion",
        "generation",
        "uid",
        "creationTimestamp",
        "selfLink",
    ];
    match &path.0[..] {
        [] => key == "status",
        [Step::Key(only)] => only == "metadata" && METADATA.contains(&key),
        _ => false,
    }
}

fn walk(path: &FieldPath, now: Option<&Value>, then: Option<&Value>, found: &mut Vec<FieldChange>) {
    match (now, then) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added).filter(|key| !is_bookkeeping(path, key)) {
                walk(&path.key(key), old.get(key), new.get(key), found);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => match key_of(old, new) {
            Some(key) => {
                let added = new.iter().filter(|item| !has(old, key, item));
                for item in old.iter().chain(added) {
                    let value = text_of(item, key).unwrap_or_default();
                    let step = path.with(Step::Item { key, value });
                    walk(&step, with(old, key, item), with(new, key, item), found);
                }
            }
            None => {
                for index in 0..old.len().max(new.len()) {
                    walk(&path.with(Step::Index(index)), old.get(index), new.get(index), found);
                }
            }
        },
        (before, after) if before == after => {}
        (before, after) => found.push(change(path, before, after)),
    }
}

fn subset(path: &FieldPath, now: Option<&Value>, wanted: &Value, found: &mut Vec<FieldChange>) {
    match (now, wanted) {
        (Some(Value::Object(old)), Value::Object(new)) => {
            for (key, value) in new {
                subset(&path.key(key), old.get(key), value, found);
            }
        }
        (Some(Value::Array(old)), Value::Array(new)) => match key_of(old, new) {
            Some(key) => {
                for item in new {
                    let value = text_of(item, key).unwrap_or_default();
                    subset(&path.with(Step::Item { key, value }), with(old, key, item), item, found);
                }
            }
            None if old.len() != new.len() => found.push(change(path, now, Some(wanted))),
            None => {
                for (index, item) in new.iter().enumerate() {
                    subset(&path.with(Step::Index(index)), old.get(index), item, found);
                }
            }
        },
        // An empty map or list says nothing.
        (None, Value::Object(empty)) if empty.is_empty() => {}
        (None, Value::Array(empty)) if empty.is_empty() => {}
        (before, after) if before == Some(after) => {}
        (before, after) => found.push(change(path, before, Some(after))),
    }
}

fn change(path: &FieldPath, before: Option<&Value>, after: Option<&Value>) -> FieldChange {
    FieldChange {
        path: path.clone(),
        before: before.cloned(),
        after: after.cloned(),
        owner: None,
    }
}

/// What tells the elements of both lists apart: the first key that all of them have, each with a value of its own.
fn key_of(old: &[Value], new: &[Value]) -> Option<&'static str> {
    const KEYS: [&str; 7] = ["name", "mountPath", "containerPort", "port", "key", "ip", "topologyKey"];
    let tells = |list: &[Value], key: &str| {
        let values: Vec<_> = list.iter().map(|item| text_of(item, key)).collect();
        values.iter().all(Option::is_some) && (1..values.len()).all(|at| !values[..at].contains(&values[at]))
    };
    if old.is_empty() && new.is_empty() {
        return None;
    }
    KEYS.into_iter().find(|key| tells(old, key) && tells(new, key))
}

pub(super) fn text_of(item: &Value, key: &str) -> Option<String> {
    match item.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn with<'a>(list: &'a [Value], key: &str, like: &Value) -> Option<&'a Value> {
    let wanted = text_of(like, key);
    list.iter().find(|item| text_of(item, key) == wanted)
}

fn has(list: &[Value], key: &str, like: &Value) -> bool {
    with(list, key, like).is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(found: &[FieldChange]) -> Vec<String> {
        found.iter().map(|change| change.path.to_string()).collect()
    }

    #[test]
    fn a_change_is_told_at_its_field() {
        let container = |name: &str, image: &str| json!({"name": name, "image": image});
        let now = json!({"metadata": {"resourceVersion": "1", "labels": {"a.b/c": "1"}}, "status": {"x": 1},
            "spec": {"replicas": 1, "containers": [container("a", "x:1"), container("b", "y:1")]}});
        let then = json!({"metadata": {"resourceVersion": "2", "labels": {"a.b/c": "2"}}, "status": {"x": 2},
            "spec": {"replicas": 1, "containers": [container("b", "y:2"), container("a", "x:1"), container("c", "z")]}});
        assert_eq!(
            paths(&changes(&now, &then)),
            [
                "metadata.labels[a.b/c]",
                "spec.containers[name=b].image",
                "spec.containers[name=c]"
            ]
        );
        assert_eq!(changes(&now, &now), []);
    }

    #[test]
    fn every_leaf_that_differs_is_found() {
        let now = json!({"spec": {"a": [1, {"b": null, "c": [true]}], "d": {"e": "x"}}});
        for (pointer, value) in [
            ("/spec/a/0", json!(2)),
            ("/spec/a/1/b", json!(1)),
            ("/spec/a/1/c/0", json!(false)),
            ("/spec/d/e", json!("y")),
            ("/spec/d", json!({})),
        ] {
            let mut then = now.clone();
            *then.pointer_mut(pointer).unwrap() = value;
            assert_eq!(changes(&now, &then).len(), 1, "{pointer}");
        }
    }

    #[test]
    fn what_nobody_asked_for_is_left_out_of_a_subset() {
        let now = json!({"spec": {"replicas": 2, "defaulted": 30, "containers": [{"name": "a", "image": "x", "pull": "Always"}]}});
        let wanted = json!({"spec": {"replicas": 1, "nodeSelector": {}, "containers": [{"name": "a", "image": "y"}]}});
        assert_eq!(
            paths(&subset_changes(&now, &wanted)),
            ["spec.replicas", "spec.containers[name=a].image"]
        );
        let gone = json!({"spec": {"containers": [{"name": "b"}]}});
        assert_eq!(paths(&subset_changes(&now, &gone)), ["spec.containers[name=b]"]);
    }

    #[test]
    fn a_place_leads_back_to_its_value() {
        let now = json!({"spec": {"ports": [{"port": 80, "x": 1}, {"port": 81, "x": 2}]}});
        let mut then = now.clone();
        then["spec"]["ports"][1]["x"] = json!(3);
        let found = changes(&now, &then);
        assert_eq!(found[0].path.to_string(), "spec.ports[port=81].x");
        assert_eq!(found[0].path.find(&now), Some(&json!(2)));
    }
}
