//! The monitoring stack: Prometheus, Alertmanager, kube-state-metrics, node-exporter, Pushgateway and Grafana.

mod object;

pub use object::{Kind, Object, ObjectId, UnknownKind};
