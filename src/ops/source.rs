use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::{Environment, Error};
use crate::catalog::{Answer, Bundled, Cache, Catalog, Fetch, GrafanaCom, Mirror, Web};
use crate::grafana::Grafana;

/// How long a connection to grafana.com may take to come about.
const PATIENCE: Duration = Duration::from_secs(5);
/// The same where there is something to fall back to.
const SHORT: Duration = Duration::from_secs(2);

/// Where dashboards come from, as `--source` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// grafana.com itself.
    GrafanaCom,
    /// grafana.com through the target's `/api/gnet`.
    Gnet,
    /// A folder of files.
    Mirror(PathBuf),
    /// The editions that the binary carries.
    Bundled,
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "grafana.com" => Ok(Self::GrafanaCom),
            "gnet" => Ok(Self::Gnet),
            "bundled" => Ok(Self::Bundled),
            _ => match text.strip_prefix("mirror=") {
                Some(folder) if !folder.is_empty() => Ok(Self::Mirror(folder.into())),
                _ => Err("a source is grafana.com, gnet, bundled or mirror=DIR".into()),
            },
        }
    }
}

impl Source {
    /// What the lock calls dashboards of this source.
    pub fn lock_name(&self) -> &'static str {
        match self {
            Self::Bundled => "bundled",
            // The same files, whichever way they came.
            Self::GrafanaCom | Self::Gnet | Self::Mirror(_) => "grafana.com",
        }
    }

    /// Opens the catalog. `hasty` shortens the patience with grafana.com, where a fallback is at hand.
    ///
    /// # Errors
    ///
    /// A mirror that isn't there, or a Grafana that is needed and not known.
    pub fn open<'a>(
        &self,
        environment: &Environment,
        grafana: Option<&'a Grafana>,
        hasty: bool,
    ) -> Result<Box<dyn Catalog + 'a>, Error> {
        Ok(match self {
            Self::GrafanaCom => {
                let base = base(environment);
                let cache = environment.cache_folder();
                Box::new(Cache::new(grafana_com(environment, hasty)?, cache, &base))
            }
            Self::Gnet => {
                let grafana = grafana.ok_or_else(|| {
                    Error::usage("--source gnet asks through a Grafana, and none is named")
                        .hint("pass --url, or leave out --no-apply")
                })?;
                Box::new(GrafanaCom::new(
                    "grafana.com (through Grafana's /api/gnet)",
                    Gnet(grafana),
                ))
            }
            Self::Mirror(folder) => Box::new(Mirror::open(folder.clone())?),
            Self::Bundled => Box::new(Bundled),
        })
    }
}

/// grafana.com's catalog, without a cache: for searching.
///
/// # Errors
///
/// The HTTP client can't be made.
pub fn grafana_com(environment: &Environment, hasty: bool) -> Result<GrafanaCom<'static>, Error> {
    let patience = if hasty { SHORT } else { PATIENCE };
    let web = Web::new(&base(environment), patience)
        .map_err(|error| Error::new(format!("the HTTP client can't be made: {error}")))?;
    Ok(GrafanaCom::new("grafana.com", web))
}

fn base(environment: &Environment) -> String {
    environment
        .get("DASHCTL_CATALOG_URL")
        .unwrap_or("https://grafana.com")
        .to_owned()
}

/// grafana.com through a Grafana: `GET /api/gnet/…` is passed on to `https://grafana.com/api/…`.
struct Gnet<'a>(&'a Grafana);

impl Fetch for Gnet<'_> {
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Answer, String>> {
        async move {
            match self.0.gnet(path).await {
                Ok(body) => Ok(Answer {
                    status: 200,
                    retry_after: None,
                    body: body.to_vec(),
                }),
                Err(error) => match error.status() {
                    Some(status) => Ok(Answer {
                        status,
                        retry_after: None,
                        body: format!("{{\"message\":{}}}", serde_json::Value::from(error.message())).into_bytes(),
                    }),
                    None => Err(error.to_string()),
                },
            }
        }
        .boxed()
    }
}
