use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::changes::{FieldPath, Step, text_of};
use super::cluster::MANAGER;

/// Who set a field, as `managedFields` remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Owner {
    /// The program, such as `kubectl-edit`.
    pub manager: String,
    /// When it wrote last (RFC 3339); empty for a program's first scaling, of which the API server keeps no time.
    pub when: String,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.when.as_str() {
            "" => f.write_str(&self.manager),
            when => write!(f, "{} at {when}", self.manager),
        }
    }
}

/// The owners of an object's fields.
#[derive(Debug, Clone)]
pub struct ManagedFields<'a> {
    entries: Vec<Entry<'a>>,
}

#[derive(Debug, Clone)]
struct Entry<'a> {
    manager: &'a str,
    operation: &'a str,
    subresource: &'a str,
    when: &'a str,
    fields: &'a Value,
}

impl<'a> ManagedFields<'a> {
    /// Those of an object as the API server gives it.
    pub fn of(object: &'a Value) -> Self {
        let text = |entry: &'a Value, key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let entries = object.pointer("/metadata/managedFields").and_then(Value::as_array);
        let entry = |entry: &'a Value| Entry {
            manager: text(entry, "manager"),
            operation: text(entry, "operation"),
            subresource: text(entry, "subresource"),
            when: text(entry, "time"),
            fields: entry.get("fieldsV1").unwrap_or(&Value::Null),
        };
        Self {
            entries: entries.into_iter().flatten().map(entry).collect(),
        }
    }

    /// Who else than dashctl set the field at `path` last.
    pub fn owner(&self, path: &FieldPath) -> Option<Owner> {
        let others = self
            .entries
            .iter()
            .filter(|entry| !entry.is_ours() && entry.subresource != "status");
        others
            .filter(|entry| covers(entry.fields, &path.0))
            .max_by_key(|entry| entry.when)
            .map(Entry::owner)
    }

    /// Whether the number of replicas belongs to an autoscaler: it writes through the `scale` subresource, as part of
    /// the cluster's own controllers.
    pub fn is_autoscaled(&self) -> bool {
        let replicas = FieldPath::default().key("spec").key("replicas");
        self.entries.iter().any(|entry| {
            entry.is_the_controllers() && entry.subresource == "scale" && covers(entry.fields, &replicas.0)
        })
    }

    /// Fields that people or their tools have added to the object, where dashctl has said nothing: an apply leaves them.
    pub fn additions(&self, live: &Value) -> Vec<(FieldPath, Owner)> {
        let mut found: Vec<(FieldPath, Owner)> = Vec::new();
        let ours: Vec<&Value> = self
            .entries
            .iter()
            .filter(|entry| entry.is_ours())
            .map(|entry| entry.fields)
            .collect();
        for entry in self.entries.iter().filter(|entry| entry.is_a_persons()) {
            let mut leaves = Vec::new();
            leaf_paths(&FieldPath::default(), entry.fields, &mut leaves);
            for path in leaves.into_iter().filter(may_be_added) {
                let known =
                    ours.iter().any(|fields| covers(fields, &path.0)) || found.iter().any(|(at, _)| *at == path);
                if !known && path.find(live).is_some() {
                    found.push((path, entry.owner()));
                }
            }
        }
        found
    }
}

impl Entry<'_> {
    fn is_ours(&self) -> bool {
        self.manager == MANAGER && self.operation == "Apply"
    }

    /// The cluster's own controllers; small distributions have them in one program with everything else.
    fn is_the_controllers(&self) -> bool {
        const PROGRAMS: [&str; 5] = ["kube-controller-manager", "k3s", "k0s", "rke2", "kubelite"];
        PROGRAMS.contains(&self.manager)
    }

    /// Neither dashctl nor a controller of the cluster.
    fn is_a_persons(&self) -> bool {
        const CONTROLLERS: [&str; 7] = [
            "kube-scheduler",
            "kubelet",
            "cloud-controller-manager",
            "aws-cloud-controller-manager",
            "controller",
            "csi-provisioner",
            "gke-",
        ];
        !self.is_ours()
            && self.manager != MANAGER
            && self.subresource.is_empty()
            && !self.is_the_controllers()
            && !CONTROLLERS.iter().any(|name| self.manager.starts_with(name))
    }

    fn owner(&self) -> Owner {
        Owner {
            manager: match self.subresource {
                "" => self.manager.to_owned(),
                subresource => format!("{} ({subresource})", self.manager),
            },
            when: self.when.to_owned(),
        }
    }
}

/// Labels, annotations and everything outside of metadata and status.
fn may_be_added(path: &FieldPath) -> bool {
    match &path.0[..] {
        [Step::Key(first), Step::Key(second), ..] if first == "metadata" => {
            (second == "labels" || second == "annotations") && path.0.len() > 2
        }
        [Step::Key(first), ..] => first != "status" && first != "metadata",
        _ => false,
    }
}

/// Whether a set of fields (FieldsV1) has the one at `path`, or a whole that it is part of.
fn covers(fields: &Value, path: &[Step]) -> bool {
    let Some(map) = fields.as_object() else { return false };
    let Some((step, rest)) = path.split_first() else {
        return true;
    };
    // A leaf owns all that lies below it: lists and maps that are set as a whole.
    if map.is_empty() {
        return true;
    }
    match step {
        Step::Key(key) => map.get(&format!("f:{key}")).is_some_and(|below| covers(below, rest)),
        Step::Item { key, value } => map.iter().any(|(name, below)| {
            item_key(name).is_some_and(|item| text_of(&item, key).as_ref() == Some(value)) && covers(below, rest)
        }),
        Step::Index(_) => false,
    }
}

/// `k:{"name":"grafana"}` as the element's keys.
fn item_key(name: &str) -> Option<Value> {
    serde_json::from_str(name.strip_prefix("k:")?).ok()
}

fn leaf_paths(path: &FieldPath, fields: &Value, found: &mut Vec<FieldPath>) {
    let Some(map) = fields.as_object() else { return };
    // `.` stands for the thing itself: a list's element that this manager has made is one addition.
    let made_here = map.contains_key(".") && matches!(path.0.last(), Some(Step::Item { .. }));
    if made_here || map.keys().all(|key| key == ".") {
        found.push(path.clone());
        return;
    }
    for (name, below) in map {
        if let Some(key) = name.strip_prefix("f:") {
            leaf_paths(&path.key(key), below, found);
        } else if let Some(step) = item_key(name).and_then(|item| item_step(&item)) {
            let mut steps = path.0.clone();
            steps.push(step);
            leaf_paths(&FieldPath(steps), below, found);
        } else if name.starts_with("v:") {
            found.push(path.clone());
        }
    }
}

fn item_step(item: &Value) -> Option<Step> {
    const KEYS: [&str; 6] = ["name", "mountPath", "containerPort", "port", "key", "ip"];
    let step = |key: &'static str| text_of(item, key).map(|value| Step::Item { key, value });
    KEYS.into_iter().find_map(step)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::changes::changes;
    use super::*;

    /// As an API server 1.37 gave it: applied by dashctl, scaled, an image edited, a variable and a label added.
    fn live() -> Value {
        json!({
            "metadata": {"labels": {"app": "x", "team": "a"}, "managedFields": [
                {"manager": "dashctl", "operation": "Apply", "time": "2026-01-01T00:00:00Z", "fieldsV1": {
                    "f:metadata": {"f:labels": {"f:app": {}}},
                    "f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {
                        ".": {}, "f:name": {}, "f:env": {"k:{\"name\":\"A\"}": {".": {}, "f:name": {}, "f:value": {}}}}}}}}}},
                {"manager": "kubectl", "operation": "Update", "subresource": "scale", "time": "2026-01-02T00:00:00Z",
                    "fieldsV1": {"f:spec": {"f:replicas": {}}}},
                {"manager": "kubectl-edit", "operation": "Update", "time": "2026-01-03T00:00:00Z", "fieldsV1": {
                    "f:metadata": {"f:labels": {"f:team": {}}},
                    "f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"c\"}": {
                        "f:image": {}, "f:env": {"k:{\"name\":\"B\"}": {".": {}, "f:name": {}, "f:value": {}}}}}}}}}},
                {"manager": "kube-controller-manager", "operation": "Update", "subresource": "status", "time": "2026-01-04T00:00:00Z",
                    "fieldsV1": {"f:metadata": {"f:annotations": {"f:deployment.kubernetes.io/revision": {}}}, "f:status": {"f:x": {}}}}
            ]},
            "spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "c", "image": "evil",
                "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}]}}}
        })
    }

    #[test]
    fn who_changed_a_field_is_known() {
        let live = live();
        let mut wanted = live.clone();
        wanted["spec"]["replicas"] = json!(1);
        wanted["spec"]["template"]["spec"]["containers"][0]["image"] = json!("good");
        wanted["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] = json!("0");
        let owners = ManagedFields::of(&live);
        let found: Vec<_> = changes(&live, &wanted)
            .into_iter()
            .map(|change| {
                (
                    change.path.to_string(),
                    owners.owner(&change.path).map(|owner| owner.manager),
                )
            })
            .collect();
        let container = "spec.template.spec.containers[name=c]";
        assert_eq!(
            found,
            [
                ("spec.replicas".into(), Some("kubectl (scale)".into())),
                (format!("{container}.image"), Some("kubectl-edit".into())),
                (format!("{container}.env[name=A].value"), None),
            ]
        );
    }

    #[test]
    fn what_others_added_is_found_once_each_and_controllers_are_no_people() {
        let live = live();
        let found: Vec<String> = ManagedFields::of(&live)
            .additions(&live)
            .into_iter()
            .map(|(path, owner)| format!("{path} by {}", owner.manager))
            .collect();
        assert_eq!(
            found,
            [
                "metadata.labels.team by kubectl-edit",
                "spec.template.spec.containers[name=c].image by kubectl-edit",
                "spec.template.spec.containers[name=c].env[name=B] by kubectl-edit"
            ]
        );
    }

    #[test]
    fn an_autoscaler_is_told_from_a_person_who_scales() {
        let mut live = live();
        assert!(!ManagedFields::of(&live).is_autoscaled());
        live["metadata"]["managedFields"][1]["manager"] = json!("kube-controller-manager");
        assert!(ManagedFields::of(&live).is_autoscaled());
    }
}
