use serde_json::Value;

use super::{Error, ErrorKind, Grafana};

/// What this server can do that others can't. Probed once, at the first need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Routes by uid for versions, data sources and health (9.0 and later). Where they are missing, numeric ids are
    /// used, and data sources are referred to by name: the form that 7.5 needs and that 8.x understands.
    pub uid_routes: bool,
}

impl Grafana {
    /// What the server can do; asks it the first time.
    ///
    /// # Errors
    ///
    /// The server can't be reached or doesn't let us in.
    pub async fn capabilities(&self) -> Result<Capabilities, Error> {
        self.capabilities.get_or_try_init(|| self.probe()).await.copied()
    }

    /// A route that doesn't exist answers `Not found`; an unknown dashboard on a route that exists has other words
    /// (recorded from 7.5.5 and 9.4), and a viewer gets 403 only where the route exists.
    async fn probe(&self) -> Result<Capabilities, Error> {
        if self.api().await?.is_ok() {
            return Ok(Capabilities { uid_routes: true });
        }
        let path = "/api/dashboards/uid/dashctl-probe/versions?limit=1";
        let uid_routes = match self.transport.get::<Value>(path).await {
            Ok(_) => true,
            Err(error) => match error.kind() {
                ErrorKind::NotFound => !error.message().eq_ignore_ascii_case("not found"),
                ErrorKind::NotAllowed => true,
                ErrorKind::Status(500) => true,
                // The path is nobody's business: any other would have ended the same.
                _ => return Err(error.of_any_request()),
            },
        };
        Ok(Capabilities { uid_routes })
    }
}
