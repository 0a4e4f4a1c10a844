use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Error, Grafana};

#[derive(Deserialize)]
struct Plugin {
    id: String,
}

impl Grafana {
    /// The ids of the panel plugins that the server has.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn panel_plugins(&self) -> Result<BTreeSet<String>, Error> {
        let plugins: Vec<Plugin> = self.transport.get("/api/plugins?embedded=0&type=panel").await?;
        Ok(plugins.into_iter().map(|plugin| plugin.id).collect())
    }
}
