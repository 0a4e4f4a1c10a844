use std::collections::BTreeSet;

use crate::dashboard::compare;
use crate::dashboard::inputs::{Candidate, Reference};
use crate::grafana::{DataSource, Error, ErrorKind, Folders, Grafana};

/// What a target has besides dashboards; read once, in four requests.
#[derive(Debug)]
pub struct Surroundings {
    /// Its data sources.
    pub data_sources: Vec<DataSource>,
    /// Its folders, as far as they were read.
    pub folders: Folders,
    /// The ids of its panel plugins; `None` where we may not ask.
    pub plugins: Option<BTreeSet<String>>,
    /// How it refers to a data source.
    pub reference: Reference,
}

impl Surroundings {
    /// Reads them, all at once; the list of plugins only where it is of use.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn read(grafana: &Grafana, with_plugins: bool) -> Result<Self, Error> {
        // The first request logs in; the others then share its session.
        let capabilities = grafana.capabilities().await?;
        let plugins = async {
            if !with_plugins {
                return Ok(None);
            }
            match grafana.panel_plugins().await {
                Ok(plugins) => Ok(Some(plugins)),
                // Later versions show plugins only to those who manage them; nothing depends on it but a warning.
                Err(error) if matches!(error.kind(), ErrorKind::NotAllowed | ErrorKind::NotFound) => Ok(None),
                Err(error) => Err(error),
            }
        };
        let (data_sources, folders, plugins) = futures::try_join!(grafana.data_sources(), grafana.folders(), plugins)?;
        let reference = if capabilities.uid_routes {
            Reference::Object
        } else {
            Reference::Name
        };
        Ok(Self {
            data_sources,
            folders,
            plugins,
            reference,
        })
    }

    /// What inputs can be answered with.
    pub fn candidates(&self) -> Vec<Candidate> {
        let candidate = |source: &DataSource| Candidate {
            name: source.name.clone(),
            uid: source.uid.clone(),
            plugin: source.kind.clone(),
            is_default: source.is_default,
        };
        self.data_sources.iter().map(candidate).collect()
    }

    /// What a comparison has to know of this target.
    pub fn context(&self) -> compare::Context {
        let source = |source: &DataSource| crate::dashboard::DataSource {
            name: source.name.clone(),
            uid: source.uid.clone(),
            kind: source.kind.clone(),
            is_default: source.is_default,
        };
        compare::Context::with_data_sources(self.data_sources.iter().map(source).collect())
    }

    /// The panel plugins among `types` that the target lacks. Types that Grafana itself turns into its successors
    /// are not missed: singlestat (stat, gauge), graph (timeseries), table-old (table).
    pub fn missing_plugins<'a>(&self, types: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        const CONVERTED: [&str; 3] = ["singlestat", "graph", "table-old"];
        let Some(plugins) = &self.plugins else {
            return Vec::new();
        };
        types
            .filter(|kind| !CONVERTED.contains(kind) && !plugins.contains(*kind))
            .collect()
    }
}
