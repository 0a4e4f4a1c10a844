//! What is known about the world around two dashboards.

use serde::Deserialize;

/// What a comparison may know beside the two dashboards. The default is to know nothing.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Context {
    /// The data sources of the Grafana that both dashboards are for. `None`: not known, which is not the same as none.
    pub data_sources: Option<Vec<DataSource>>,
}

impl Context {
    /// A context in which the server's data sources are known.
    pub fn with_data_sources(data_sources: Vec<DataSource>) -> Self {
        Self {
            data_sources: Some(data_sources),
        }
    }
}

/// A data source as `GET /api/datasources` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DataSource {
    /// Its name, unique within an organisation.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Its plugin: `prometheus`, `loki`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether a panel that names none gets this one.
    #[serde(rename = "isDefault", default)]
    pub is_default: bool,
}
