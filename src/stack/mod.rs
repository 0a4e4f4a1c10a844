//! The monitoring stack: Prometheus, Alertmanager, kube-state-metrics, node-exporter, Pushgateway and Grafana.

pub mod helm;
mod object;

pub use object::{Kind, Object, ObjectId, UnknownKind};
