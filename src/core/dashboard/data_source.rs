use serde::Deserialize;

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
