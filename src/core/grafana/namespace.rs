//! How does the API of objects call an organisation?

use serde_json::Value;

use super::{Error, ErrorKind, Grafana};

impl Grafana {
    /// How the newer API calls the organisation.
    pub(super) async fn namespace(&self) -> Result<String, Error> {
        let found = self.namespace.get_or_try_init(async || {
            let settings = self.transport.get::<Value>("/api/frontend/settings").await;
            let named = match &settings {
                Ok(settings) => settings.get("namespace").and_then(Value::as_str),
                Err(error) if matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::Lost) => {
                    return settings.map(|_| String::new());
                }
                Err(_) => None,
            };
            if let Some(name) = named.filter(|name| !name.is_empty()) {
                return Ok(name.to_owned());
            }
            Ok(match self.identity().await?.org_id {
                1 => "default".to_owned(),
                id => format!("org-{id}"),
            })
        });
        found.await.cloned()
    }
}
