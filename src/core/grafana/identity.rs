use serde::Deserialize;
use serde_json::Value;

use super::{Error, ErrorKind, Grafana};

/// What `/api/health` says; the version is left out by servers that hide it.
#[derive(Debug, Clone, Deserialize)]
pub struct Health {
    /// `ok`, or what is wrong with the database.
    #[serde(default)]
    pub database: String,
    /// Grafana's version.
    #[serde(default)]
    pub version: Option<String>,
}

/// Who we are to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The login name; `None` for tokens on servers that don't tell.
    pub login: Option<String>,
    /// The organisation's id.
    pub org_id: u64,
    /// The organisation's name.
    pub org_name: String,
}

#[derive(Deserialize)]
struct Org {
    id: u64,
    name: String,
}

impl Grafana {
    /// Whether the server is up, and which version it says it is. Needs no credentials.
    ///
    /// # Errors
    ///
    /// The server can't be reached.
    pub async fn health(&self) -> Result<Health, Error> {
        self.transport.get("/api/health").await
    }

    /// Asks grafana.com through this server; `path` begins with `/dashboards`. grafana.com gets no credentials: the
    /// server removes them.
    ///
    /// # Errors
    ///
    /// What grafana.com answered, 502 where the server can't reach it, or the server itself can't be reached.
    pub async fn gnet(&self, path: &str) -> Result<bytes::Bytes, Error> {
        self.transport.get_bytes(&format!("/api/gnet{path}")).await
    }

    /// Who the credentials are, and which organisation they lead to.
    ///
    /// # Errors
    ///
    /// The credentials are not accepted, or the server can't be reached.
    pub async fn identity(&self) -> Result<Identity, Error> {
        let org: Org = self.transport.get("/api/org").await?;
        // Tokens are no users: 404 on 9.x, other errors elsewhere; that is no failure.
        let login = match self.transport.get::<Value>("/api/user").await {
            Ok(user) => user.get("login").and_then(Value::as_str).map(str::to_owned),
            Err(error) if matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::Lost) => return Err(error),
            Err(_) => None,
        };
        Ok(Identity {
            login,
            org_id: org.id,
            org_name: org.name,
        })
    }
}
