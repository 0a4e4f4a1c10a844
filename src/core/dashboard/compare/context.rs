//! What is known about the world around two dashboards.

use super::FillIn;
use crate::dashboard::DataSource;

/// What a comparison may know beside the two dashboards. The default is to know nothing.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Context {
    /// The data sources of the Grafana that both dashboards are for. `None`: not known, which is not the same as none.
    pub data_sources: Option<Vec<DataSource>>,
    /// What plugins fill in by themselves, as the user says.
    pub fill_ins: Vec<FillIn>,
}

impl Context {
    /// A context in which the server's data sources are known.
    pub fn with_data_sources(data_sources: Vec<DataSource>) -> Self {
        Self {
            data_sources: Some(data_sources),
            ..Self::default()
        }
    }

    /// The same, with what the user says that plugins fill in by themselves.
    #[must_use]
    pub fn with_fill_ins(self, fill_ins: &[FillIn]) -> Self {
        Self {
            fill_ins: fill_ins.to_vec(),
            ..self
        }
    }
}
