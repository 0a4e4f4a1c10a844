use bytes::Bytes;
use reqwest::Method;
use serde::Deserialize;
use serde::de::Error as _;
use serde_json::{Map, Value, json};

use super::path::segment;
use super::{Error, ErrorKind, Grafana, Secret};

/// A data source as the server has it.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSource {
    /// Its numeric id.
    pub id: u64,
    /// Its uid.
    pub uid: String,
    /// Its name.
    pub name: String,
    /// The id of its plugin, such as `prometheus`.
    pub kind: String,
    /// Whether panels without a data source use it.
    pub is_default: bool,
    /// Provisioned from a file: can't be changed through the API.
    pub read_only: bool,
    /// All that the server told, as it told it.
    pub fields: Map<String, Value>,
}

impl<'de> Deserialize<'de> for DataSource {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = Map::deserialize(deserializer)?;
        let text = |key: &str| fields.get(key).and_then(Value::as_str).map(str::to_owned);
        let flag = |key: &str| fields.get(key).and_then(Value::as_bool).unwrap_or(false);
        Ok(Self {
            id: fields.get("id").and_then(Value::as_u64).unwrap_or(0),
            uid: text("uid").unwrap_or_default(),
            name: text("name").ok_or_else(|| D::Error::missing_field("name"))?,
            kind: text("type").ok_or_else(|| D::Error::missing_field("type"))?,
            is_default: flag("isDefault"),
            read_only: flag("readOnly"),
            fields,
        })
    }
}

/// What a check of a data source found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSourceHealth {
    /// Whether it answers.
    pub ok: bool,
    /// What it said.
    pub message: String,
}

impl Grafana {
    /// The data sources of the organisation.
    ///
    /// # Errors
    ///
    /// Not allowed (7.5 lets only an Admin list them), or the server can't be reached.
    pub async fn data_sources(&self) -> Result<Vec<DataSource>, Error> {
        match self.transport.get("/api/datasources").await {
            Err(error) if error.kind() == &ErrorKind::NotAllowed => {
                self.data_sources_of_frontend().await.map_err(|_| error)
            }
            other => other,
        }
    }

    /// The full form of one data source, with its version and the names of its secrets.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn data_source(&self, uid: &str) -> Result<Option<Map<String, Value>>, Error> {
        self.transport
            .find(&format!("/api/datasources/uid/{}", segment(uid)))
            .await
    }

    /// Makes a data source; `secrets` go along as its `secureJsonData`.
    ///
    /// # Errors
    ///
    /// A name or uid that is taken (409), not allowed, or the server can't be reached.
    pub async fn create_data_source(&self, body: &Value, secrets: &[(String, Secret)]) -> Result<(), Error> {
        let body = with_secrets(body, secrets);
        self.transport
            .write::<Value>(Method::POST, "/api/datasources", &body)
            .await?;
        Ok(())
    }

    /// Replaces a data source; `body` should carry the version that was read. A secret that is left out keeps its value.
    ///
    /// # Errors
    ///
    /// Changed by somebody else (409), read-only (403), not allowed, or the server can't be reached.
    pub async fn update_data_source(
        &self,
        source: &DataSource,
        body: &Value,
        secrets: &[(String, Secret)],
    ) -> Result<(), Error> {
        let path = format!("/api/datasources/{}", self.address(source).await?);
        let body = with_secrets(body, secrets);
        self.transport.write::<Value>(Method::PUT, &path, &body).await?;
        Ok(())
    }

    /// Asks a data source whether it works: its health check where the server and the plugin have one, else a query
    /// through the proxy.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached. A data source that is down is an answer, not an error.
    pub async fn check_data_source(&self, source: &DataSource) -> Result<DataSourceHealth, Error> {
        let address = self.address(source).await?;
        match self
            .transport
            .get::<Value>(&format!("/api/datasources/{address}/health"))
            .await
        {
            Ok(answer) => Ok(health(&answer)),
            Err(error) => match error.status() {
                Some(400) => Ok(down(error.message())),
                Some(404 | 500..) if source.kind == "prometheus" => self.query_data_source(&address).await,
                Some(404 | 500..) => Ok(down(error.message())),
                _ => Err(error),
            },
        }
    }

    async fn query_data_source(&self, address: &str) -> Result<DataSourceHealth, Error> {
        // `1` is a query that every Prometheus answers, whatever it has stored.
        let path = format!("/api/datasources/proxy/{address}/api/v1/query?query=1");
        match self.transport.get::<Value>(&path).await {
            Ok(answer) if answer.get("status").and_then(Value::as_str) == Some("success") => Ok(DataSourceHealth {
                ok: true,
                message: "answers queries".into(),
            }),
            Ok(_) => Ok(down("answers, but not as a Prometheus does")),
            Err(error) if matches!(error.status(), Some(500..)) => Ok(down(match error.message() {
                "(no text)" => "Grafana can't reach it",
                said => said,
            })),
            Err(error) if error.kind() == &ErrorKind::Foreign => Ok(down("answers, but not as a Prometheus does")),
            Err(error) => Err(error),
        }
    }

    /// Asks what is behind a data source, through the proxy: `path` is the one that it knows, `parameters` what follows it,
    /// in the body where `in_body` says so.
    ///
    /// # Errors
    ///
    /// Not allowed, or Grafana or what is behind it can't be reached or refuses.
    pub async fn ask_data_source(
        &self,
        source: &DataSource,
        path: &str,
        parameters: String,
        in_body: bool,
    ) -> Result<Bytes, Error> {
        let path = format!("/api/datasources/proxy/{}/{path}", self.address(source).await?);
        match (in_body, parameters.is_empty()) {
            (true, _) => self.transport.pass_on(&path, Some(parameters)).await,
            (false, true) => self.transport.pass_on(&path, None).await,
            (false, false) => self.transport.pass_on(&format!("{path}?{parameters}"), None).await,
        }
    }

    /// How this server names a data source in a path.
    async fn address(&self, source: &DataSource) -> Result<String, Error> {
        Ok(if self.capabilities().await?.uid_routes {
            format!("uid/{}", segment(&source.uid))
        } else {
            source.id.to_string()
        })
    }

    /// Frontend settings list the data sources for everybody who may look at dashboards.
    async fn data_sources_of_frontend(&self) -> Result<Vec<DataSource>, Error> {
        let settings: Value = self.transport.get("/api/frontend/settings").await?;
        let default = settings
            .get("defaultDatasource")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let sources = settings.get("datasources").and_then(Value::as_object);
        let named = sources.into_iter().flatten().filter_map(|(name, source)| {
            let mut source = source.clone();
            source["name"] = json!(name);
            source["isDefault"] = json!(name == default);
            serde_json::from_value::<DataSource>(source).ok()
        });
        // Entries such as "-- Grafana --" are built in, and no data sources of anybody.
        Ok(named.filter(|source| !source.name.starts_with("-- ")).collect())
    }
}

fn with_secrets(body: &Value, secrets: &[(String, Secret)]) -> Value {
    let mut body = body.clone();
    if !secrets.is_empty() {
        let exposed = secrets
            .iter()
            .map(|(key, secret)| (key.clone(), secret.expose().into()));
        body["secureJsonData"] = Value::Object(exposed.collect());
    }
    body
}

fn health(answer: &Value) -> DataSourceHealth {
    let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
    DataSourceHealth {
        ok: text("status").eq_ignore_ascii_case("ok"),
        message: text("message").to_owned(),
    }
}

fn down(message: &str) -> DataSourceHealth {
    DataSourceHealth {
        ok: false,
        message: message.to_owned(),
    }
}
