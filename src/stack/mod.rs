//! The monitoring stack: Prometheus, Alertmanager, kube-state-metrics, node-exporter, Pushgateway and Grafana.
//!
//! [`Settings`] say what is wanted; [`render`] makes the objects of a cluster out of them, and [`prometheus_config`]
//! the configuration that every engine uses. How it gets there is the engines': [`kubernetes`], [`helm`] and [`local`].

mod configuration;
mod error;
pub mod helm;
pub mod kubernetes;
pub mod local;
mod manifest;
mod object;
mod patch;
mod quantity;
mod render;
mod settings;
mod template;
mod values;
mod yaml;

pub use configuration::{
    LocalTargets, Targets, alerting_rules, alertmanager_config, drift_rules, prometheus_config, recording_rules,
};
pub use error::RenderError;
pub use helm::{HelmValues, helm_values};
pub use manifest::ManifestError;
pub use object::{Kind, Object, ObjectId, UnknownKind};
pub use patch::PatchError;
pub use quantity::{NoQuantity, Quantity};
pub use render::{admin_secret, canonical, render};
pub use settings::{
    Admin, Alertmanager, Engine, Grafana, KubeStateMetrics, LoadBalancer, Namespaces, NewStorageClass, NodeExporter,
    Patch, PatchTarget, Pod, Prometheus, Pushgateway, Resources, Rules, Scheme, Service, ServiceType, Settings,
    Storage, StorageClass, Toleration, WrongSetting,
};
pub use yaml::to_yaml;
