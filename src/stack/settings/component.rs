use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::stack::quantity::Quantity;

/// The part that every component's settings have, as one view.
#[derive(Debug, Clone, Copy)]
pub struct Pod<'a> {
    /// Whether it is installed.
    pub enabled: bool,
    /// Its image.
    pub image: &'a str,
    /// What it asks of a node.
    pub resources: &'a Resources,
    /// On which nodes it runs.
    pub node_selector: &'a BTreeMap<String, String>,
    /// Which taints it bears.
    pub tolerations: &'a [Toleration],
}

/// A component's settings: those that every component has, and its own. Serde's `flatten` can't be combined with the
/// refusal of unknown keys, so the common ones are written into each struct.
macro_rules! component {
    (
        $(#[$doc:meta])*
        $name:ident { image: $image:expr, requests: ($cpu:expr, $memory:expr), limit: $limit:expr,
            $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr,)* }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Deserialize, Serialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            /// Whether it is installed.
            pub enabled: bool,
            /// Its image, with its tag or digest.
            pub image: String,
            /// What it asks of a node, and may use at most. Given here, they replace the default ones.
            pub resources: Resources,
            /// The labels of the nodes that it may run on.
            pub node_selector: BTreeMap<String, String>,
            /// The taints that it bears.
            pub tolerations: Vec<Toleration>,
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    enabled: true,
                    image: $image.into(),
                    resources: Resources::of($cpu, $memory, $limit),
                    node_selector: BTreeMap::new(),
                    tolerations: Vec::new(),
                    $($field: $default,)*
                }
            }
        }

        impl $name {
            /// The part that every component has.
            pub fn pod(&self) -> Pod<'_> {
                Pod {
                    enabled: self.enabled,
                    image: &self.image,
                    resources: &self.resources,
                    node_selector: &self.node_selector,
                    tolerations: &self.tolerations,
                }
            }
        }
    };
}
pub(super) use component;

component! {
    /// Prometheus itself.
    Prometheus { image: "quay.io/prometheus/prometheus:v3.14.0", requests: ("100m", "512Mi"), limit: None,
        /// The image of the container that tells Prometheus when its configuration has changed.
        reloader_image: String = "quay.io/prometheus-operator/prometheus-config-reloader:v0.93.1".into(),
        /// How long samples are kept, such as `15d`.
        retention: String = "15d".into(),
        /// How much disk samples may take, such as `7GB`; without it as much as there is.
        retention_size: Option<String> = None,
        /// How often targets are scraped. At 15 s a query over a minute sees four samples; at the charts' 1 m it sees
        /// one, and `rate` needs two.
        scrape_interval: String = "15s".into(),
        /// How often rules are evaluated.
        evaluation_interval: String = "15s".into(),
        /// Its volume.
        storage: Storage = Storage::of("8Gi"),
    }
}

component! {
    /// Alertmanager.
    Alertmanager { image: "quay.io/prometheus/alertmanager:v0.34.0", requests: ("10m", "32Mi"), limit: Some("128Mi"),
        /// Its volume: silences, and what was notified already.
        storage: Storage = Storage::of("2Gi"),
        /// Its configuration, as in `alertmanager.yml`; without it one receiver that notifies nobody. Passwords don't
        /// belong here: name files, and mount them by a patch.
        config: Option<Value> = None,
    }
}

component! {
    /// kube-state-metrics. It doesn't read Secrets and ConfigMaps, so that it needs no right to.
    KubeStateMetrics { image: "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.20.0", requests: ("10m", "64Mi"),
        limit: Some("256Mi"), }
}

component! {
    /// node-exporter, on every node.
    NodeExporter { image: "quay.io/prometheus/node-exporter:v1.12.1", requests: ("10m", "32Mi"), limit: Some("128Mi"), }
}

component! {
    /// Pushgateway.
    Pushgateway { image: "quay.io/prometheus/pushgateway:v1.11.3", requests: ("10m", "32Mi"), limit: Some("128Mi"),
        /// Its volume; without one, what was pushed survives a restart but not a move to another node.
        storage: Storage = Storage::default(),
    }
}

/// A volume.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    /// Whether there is one; without it data is lost when the pod moves.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Its size, such as `8Gi`. It can grow later where the storage class allows that, never shrink.
    #[serde(default)]
    pub size: Quantity,
}

fn yes() -> bool {
    true
}

impl Storage {
    pub(super) fn of(size: &str) -> Self {
        Self {
            enabled: true,
            size: size.into(),
        }
    }
}

/// What a container asks of a node, and may use at most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Resources {
    /// What is kept free for it: `cpu`, `memory`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub requests: BTreeMap<String, Quantity>,
    /// What it may use at most.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<String, Quantity>,
}

impl Resources {
    pub(super) fn of(cpu: &str, memory: &str, limit: Option<&str>) -> Self {
        let requests = [("cpu", cpu), ("memory", memory)];
        let entry = |(key, value): (&str, &str)| (key.to_owned(), value.into());
        Self {
            requests: requests.into_iter().map(entry).collect(),
            limits: limit.map(|limit| entry(("memory", limit))).into_iter().collect(),
        }
    }
}

/// A taint that a pod bears, as Kubernetes writes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Toleration {
    /// The taint's key; none with `Exists` means every taint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// `Exists` or `Equal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The taint's value, with `Equal`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`; none means all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<String>,
}
