//! What does somebody want installed? The `stack:` section of `dashctl.yaml`.
//!
//! Everything has a default, so that [`Settings::default`] is a sensible installation; what the settings don't know
//! is said by [`Patch`]es.

mod check;
mod cluster;
mod component;
mod effects;
mod grafana;
mod patch;

pub use check::WrongSetting;
pub(super) use check::milliseconds;
pub use cluster::{Namespaces, NewStorageClass, StorageClass};
pub use component::{
    Alertmanager, KubeStateMetrics, NodeExporter, Pod, Prometheus, Pushgateway, Resources, Storage, Toleration,
};
pub use grafana::{Admin, Grafana, LoadBalancer, Scheme, Service, ServiceType};
pub use patch::{Patch, PatchTarget};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The monitoring stack: what `dashctl up` and `dashctl stack` install, and how.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How it is installed: as objects of a Kubernetes cluster, by Helm, or as processes on this machine.
    pub engine: Engine,
    /// The context of the kubeconfig that is meant; without it the current one, which is shown before anything is done.
    pub context: Option<String>,
    /// Where it is installed.
    pub namespaces: Namespaces,
    /// The storage class of all volumes; without it the cluster's default one, which EKS hasn't any more.
    pub storage_class: StorageClass,
    /// Prometheus itself.
    pub prometheus: Prometheus,
    /// Alertmanager.
    pub alertmanager: Alertmanager,
    /// kube-state-metrics: what the objects of the cluster are like.
    pub kube_state_metrics: KubeStateMetrics,
    /// node-exporter, on every node.
    pub node_exporter: NodeExporter,
    /// Pushgateway, for what can't be scraped, such as the results of the scheduled drift check.
    pub pushgateway: Pushgateway,
    /// Grafana.
    pub grafana: Grafana,
    /// Recording and alerting rules.
    pub rules: Rules,
    /// Further entries of Prometheus' `scrape_configs`, as they are written there.
    pub extra_scrape_configs: Vec<Value>,
    /// Changes to the rendered objects, in order, for everything that has no setting of its own.
    pub patches: Vec<Patch>,
}

/// How the stack is installed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Objects in a Kubernetes cluster, applied by dashctl itself.
    #[default]
    Kubernetes,
    /// The charts of Prometheus and Grafana, installed by the `helm` program.
    Helm,
    /// Processes on this machine.
    Local,
}

/// Recording and alerting rules.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Whether dashctl's own rules are installed.
    pub enabled: bool,
    /// How often the scheduled drift check runs; an alert fires when two runs in a row brought nothing.
    pub drift_interval: String,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            enabled: true,
            drift_interval: "1h".into(),
        }
    }
}
