use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::Value;

use super::address::send;
use super::{Address, Detail, Error, metrics};
use crate::report::{DriftReport, Outcome, Shard, TargetReport};

const JOB: &str = "dashctl_drift";

/// A Pushgateway: a group per target, and per shard of it.
#[derive(Debug, Clone)]
pub struct Pushgateway {
    /// Where it is.
    pub address: Address,
    /// For how many drifted dashboards per target there is a series each.
    pub dashboards: usize,
}

impl Pushgateway {
    /// Pushes each target's figures into its own group, and deletes the groups of targets and shards that this repository no
    /// longer has (`known` are those that it has).
    ///
    /// A check that succeeded replaces its group whole. One that failed replaces only its own figures, so that the time of
    /// the last success stays.
    ///
    /// # Errors
    ///
    /// The Pushgateway can't be reached, or refuses. What was pushed before stays.
    pub async fn push(&self, report: &DriftReport, known: &[String]) -> Result<(), Error> {
        for target in &report.targets {
            let one = DriftReport {
                targets: vec![target.clone()],
                ..report.clone()
            };
            let detail = Detail {
                dashboards: self.dashboards,
                labelled: false,
            };
            let text = metrics(&one, detail)?;
            let whole = matches!(target.outcome, Outcome::InSync | Outcome::Differs);
            let method = if whole { Method::PUT } else { Method::POST };
            let url = self.address.with_path(&group(target, report.shard));
            let body = |request: reqwest::RequestBuilder| {
                request.header("content-type", "text/plain; version=0.0.4").body(text)
            };
            send("the Pushgateway", &self.address, method, url, body).await?;
        }
        self.delete_what_is_gone(report, known).await
    }

    async fn delete_what_is_gone(&self, report: &DriftReport, known: &[String]) -> Result<(), Error> {
        let Some(repository) = report.targets.first().map(|target| target.repository.clone()) else {
            return Ok(());
        };
        let url = self.address.with_path("/api/v1/metrics");
        let body = send("the Pushgateway", &self.address, Method::GET, url, |request| request).await?;
        let wrong = |error: serde_json::Error| {
            let receiver = format!("the Pushgateway at {}", self.address);
            Error::new(receiver, format!("its list of groups is none: {error}"))
        };
        let answer: Value = serde_json::from_slice(&body).map_err(wrong)?;
        for found in answer.get("data").and_then(Value::as_array).into_iter().flatten() {
            let label = |key: &str| found.pointer(&format!("/labels/{key}")).and_then(Value::as_str);
            if label("job") != Some(JOB) || label("repository") != Some(&repository) {
                continue;
            }
            let target = label("target").unwrap_or_default();
            let own = report.targets.iter().any(|checked| checked.target == target);
            let gone = !own && !known.iter().any(|name| name == target);
            if gone || (own && !is_shard_of(label("shard"), report.shard)) {
                let path = group_path(&repository, target, label("shard"));
                let url = self.address.with_path(&path);
                send("the Pushgateway", &self.address, Method::DELETE, url, |request| request).await?;
            }
        }
        Ok(())
    }
}

/// Whether a group's shard is one of those that the target is divided into now.
fn is_shard_of(label: Option<&str>, now: Option<Shard>) -> bool {
    match (label, now) {
        (None, None) => true,
        (Some(label), Some(now)) => {
            let of = label.split_once('/').and_then(|(_, of)| of.parse().ok());
            of == Some(now.of)
        }
        _ => false,
    }
}

fn group(target: &TargetReport, shard: Option<Shard>) -> String {
    let shard = shard.map(|shard| format!("{}/{}", shard.index, shard.of));
    group_path(&target.repository, &target.target, shard.as_deref())
}

/// The group's key is its path; without `instance`, so that the figures belong to the target and not to who measured.
fn group_path(repository: &str, target: &str, shard: Option<&str>) -> String {
    let mut path = format!(
        "/metrics/job/{JOB}{}{}",
        part("repository", repository),
        part("target", target)
    );
    if let Some(shard) = shard {
        path.push_str(&part("shard", shard));
    }
    path
}

/// A label of the group; a value with a slash, or an empty one, can only stand there as base64.
fn part(label: &str, value: &str) -> String {
    match value {
        "" => format!("/{label}@base64/="),
        plain if !plain.contains('/') => format!("/{label}/{}", utf8_percent_encode(plain, NON_ALPHANUMERIC)),
        other => format!("/{label}@base64/{}", URL_SAFE_NO_PAD.encode(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_s_key_is_its_path() {
        assert_eq!(
            group_path("r-1", "prod eu", None),
            "/metrics/job/dashctl_drift/repository/r%2D1/target/prod%20eu"
        );
        assert_eq!(
            group_path("r", "http://g:3000", Some("0/2")),
            "/metrics/job/dashctl_drift/repository/r/target@base64/aHR0cDovL2c6MzAwMA/shard@base64/MC8y"
        );
    }
}
