use serde::Serialize;

use super::apis::{FORBIDDEN, FOREIGN, ServedApis};
use super::{Error, Grafana};
use crate::dashboard::Document;

/// Which of Grafana's two APIs is used for dashboards and their history.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ApiChoice {
    /// `/apis/dashboard.grafana.app` where it is served, and the legacy API elsewhere.
    #[default]
    Best,
    /// `/api`, which every version from 7.5 on serves.
    Legacy,
    /// `/apis/dashboard.grafana.app`, or an error.
    Apis,
}

/// Which API is used with a server, and why, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiInUse {
    /// `/api` or `/apis/dashboard.grafana.app`.
    pub path: &'static str,
    /// The versions of it that the server has, the preferred one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
    /// Why this one.
    pub why: &'static str,
}

impl Grafana {
    /// The API of objects, or why the legacy one is used: asked once, at the first need.
    pub(super) async fn api(&self) -> Result<Result<&ServedApis, &'static str>, Error> {
        if self.choice == ApiChoice::Legacy {
            return Ok(Err("asked for"));
        }
        match (self.served_apis().await?, self.choice) {
            (Err(why), ApiChoice::Apis) => Err(Error::settings(format!("--api apis: {why}"))),
            (served, _) => Ok(served),
        }
    }

    /// Why a dashboard that is stored as v2 can't be told from a classic one, where the server may well have both.
    ///
    /// # Errors
    ///
    /// The server can't be reached or doesn't let us in.
    pub async fn hides_forms(&self) -> Result<Option<&'static str>, Error> {
        let why = match self.served_apis().await {
            Ok(served) => served.err(),
            // Asked to do without it, dashctl does, whatever is wrong with it.
            Err(_) if self.choice == ApiChoice::Legacy => Some(FOREIGN),
            Err(error) => return Err(error),
        };
        let Some(why) = why.filter(|why| [FORBIDDEN, FOREIGN].contains(why)) else {
            return Ok(None);
        };
        let older = self.version_numbers().await?.is_some_and(|version| version < (12, 0));
        Ok(Some(why).filter(|_| !older))
    }

    /// Why this server can't store a dashboard of this form, if it can't.
    ///
    /// # Errors
    ///
    /// The server can't be reached or doesn't let us in.
    pub async fn refuses_form(&self, dashboard: &Document) -> Result<Option<String>, Error> {
        let Document::V2(v2) = dashboard else {
            return Ok(None);
        };
        Ok(match self.api().await? {
            Err(why) => Some(format!(
                "it has the v2 form ({}), which needs Grafana 12 or later by its own API: {why}",
                v2.version
            )),
            Ok(served) if !served.versions().contains(&v2.version) => Some(format!(
                "it has the form of {}, and this server takes {}",
                v2.version,
                served.versions().join(", ")
            )),
            Ok(_) => None,
        })
    }

    /// Which API is used, and why.
    ///
    /// # Errors
    ///
    /// The server can't be reached or doesn't let us in; the one that was asked for isn't served.
    pub async fn api_in_use(&self) -> Result<ApiInUse, Error> {
        Ok(match self.api().await? {
            Err(why) => ApiInUse {
                path: "/api",
                versions: Vec::new(),
                why,
            },
            Ok(served) => ApiInUse {
                path: "/apis/dashboard.grafana.app",
                versions: served.versions().to_vec(),
                why: match self.choice {
                    ApiChoice::Apis => "asked for",
                    _ => "this server has it",
                },
            },
        })
    }
}
