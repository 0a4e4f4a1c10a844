//! The stack as the two charts, `prometheus-community/prometheus` and `grafana-community/grafana`, install it.

mod values;

pub use values::{HelmValues, helm_values};
