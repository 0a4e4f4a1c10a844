//! What does a Prometheus say of itself? A small client of its HTTP API.

mod api;

pub use api::{Answer, LONGEST_QUERY, Refused, encoded, read};

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::answer;

/// Why a Prometheus gave no answer.
#[derive(Debug, thiserror::Error)]
#[error("asking Prometheus at {url}: {what}")]
pub struct Error {
    url: String,
    what: String,
}

/// A Prometheus server.
#[derive(Debug, Clone)]
pub struct Prometheus {
    http: reqwest::Client,
    url: Url,
}

/// How the targets of one scrape job are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Job {
    /// How many answered the last scrape.
    pub up: usize,
    /// How many didn't.
    pub down: usize,
    /// How many have not been scraped yet.
    pub unknown: usize,
    /// What went wrong at one of those that are down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

#[derive(Deserialize)]
struct Envelope {
    data: Targets,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Targets {
    active_targets: Vec<Target>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    scrape_pool: String,
    health: String,
    #[serde(default)]
    last_error: String,
    #[serde(default)]
    scrape_url: String,
}

impl Prometheus {
    /// The one at this base URL; it isn't asked yet.
    ///
    /// # Errors
    ///
    /// The HTTP client can't be built.
    pub fn new(url: Url) -> Result<Self, Error> {
        Self::with(url, Duration::from_secs(10))
    }

    fn with(url: Url, patience: Duration) -> Result<Self, Error> {
        // A second installation is refused and harmless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(patience).build();
        match http {
            Ok(http) => Ok(Self { http, url }),
            Err(error) => Err(Error {
                url: url.to_string(),
                what: error.to_string(),
            }),
        }
    }

    /// The targets that it scrapes, counted by job (`/api/v1/targets`).
    ///
    /// # Errors
    ///
    /// It can't be reached, or answers something else.
    pub async fn jobs(&self) -> Result<BTreeMap<String, Job>, Error> {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/api/v1/targets", url.path().trim_end_matches('/')));
        url.set_query(Some("state=active"));
        let failed = |what: String| Error {
            url: self.url.to_string(),
            what,
        };
        let answer = self.http.get(url).send().await;
        let answer = answer.map_err(|error| failed(crate::cause::of_request(&error)))?;
        if !answer.status().is_success() {
            return Err(failed(format!("it answered {}", answer.status())));
        }
        let bytes = answer::read(answer, answer::LARGEST).await;
        let bytes = bytes.map_err(|error| failed(error.to_string()))?;
        let envelope: Envelope = serde_json::from_slice(&bytes)
            .map_err(|error| failed(format!("the answer is not Prometheus' list of targets: {error}")))?;
        Ok(count(envelope.data.active_targets))
    }
}

fn count(targets: Vec<Target>) -> BTreeMap<String, Job> {
    let mut jobs: BTreeMap<String, Job> = BTreeMap::new();
    for target in targets {
        let job = jobs.entry(target.scrape_pool).or_default();
        match target.health.as_str() {
            "up" => job.up += 1,
            "down" => {
                job.down += 1;
                job.error
                    .get_or_insert(format!("{}: {}", target.scrape_url, target.last_error));
            }
            _ => job.unknown += 1,
        }
    }
    jobs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_counted_by_job() {
        let text = r#"{"status":"success","data":{"activeTargets":[
            {"scrapePool":"a","health":"up","lastError":"","scrapeUrl":"http://x/metrics"},
            {"scrapePool":"a","health":"down","lastError":"refused","scrapeUrl":"http://y/metrics"},
            {"scrapePool":"b","health":"unknown"}]}}"#;
        let envelope: Envelope = serde_json::from_str(text).unwrap();
        let jobs = count(envelope.data.active_targets);
        assert_eq!((jobs["a"].up, jobs["a"].down), (1, 1));
        assert_eq!(jobs["a"].error.as_deref(), Some("http://y/metrics: refused"));
        assert_eq!(jobs["b"].unknown, 1);
    }
}
