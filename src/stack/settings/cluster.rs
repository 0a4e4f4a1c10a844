use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the stack is installed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Namespaces {
    /// Prometheus, Alertmanager, kube-state-metrics and Pushgateway.
    pub prometheus: String,
    /// Grafana.
    pub grafana: String,
    /// node-exporter: it looks at the node itself, which the strict Pod Security of the other namespaces forbids.
    pub node_exporter: String,
    /// Whether the namespaces are made; without it they must be there.
    pub create: bool,
    /// Whether the namespaces that are made get the labels of Pod Security admission: `restricted`, and `privileged`
    /// where node-exporter is.
    pub pod_security: bool,
}

impl Default for Namespaces {
    fn default() -> Self {
        Self {
            prometheus: "prometheus".into(),
            grafana: "grafana".into(),
            node_exporter: "node-exporter".into(),
            create: true,
            pod_security: true,
        }
    }
}

/// The storage class of all volumes: the cluster's default one, one that is there (`name`), or a new one (`create`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StorageClass {
    /// A class that is there.
    pub name: Option<String>,
    /// A class that is made. `create: {}` is a class of encrypted EBS gp3 volumes.
    pub create: Option<NewStorageClass>,
}

impl StorageClass {
    /// The name that volumes ask for; `None` for the cluster's default class.
    pub fn effective_name(&self) -> Option<&str> {
        let created = self.create.as_ref().map(|class| class.name.as_str());
        created.or(self.name.as_deref())
    }
}

/// A storage class that is made. Most of its fields can't be changed afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewStorageClass {
    /// Its name.
    pub name: String,
    /// The driver that makes the volumes.
    pub provisioner: String,
    /// `WaitForFirstConsumer` makes a volume in the zone where its pod is scheduled; or `Immediate`.
    pub volume_binding_mode: String,
    /// What becomes of a volume whose claim is deleted: `Delete` or `Retain`.
    pub reclaim_policy: String,
    /// Whether volumes can grow.
    pub allow_volume_expansion: bool,
    /// Whether it becomes the cluster's default class.
    pub default: bool,
    /// What the driver is told. Given here, they replace those of EBS (`type: gp3`, `encrypted: "true"`).
    pub parameters: BTreeMap<String, String>,
}

impl Default for NewStorageClass {
    fn default() -> Self {
        let parameters = [("type", "gp3"), ("encrypted", "true")];
        Self {
            name: "ebs-obs-sc".into(),
            provisioner: "ebs.csi.aws.com".into(),
            volume_binding_mode: "WaitForFirstConsumer".into(),
            reclaim_policy: "Delete".into(),
            allow_volume_expansion: true,
            default: false,
            parameters: parameters
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        }
    }
}
