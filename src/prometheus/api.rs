use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded;

use super::Prometheus;
use crate::{answer, cause};

/// What a Prometheus answers to a question of its API.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The answer itself.
    pub content: Value,
    /// What it says beside: parts that are missing, series that don't fit.
    pub warnings: Vec<String>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{said}")]
pub struct Refused {
    /// The status, where there was an answer at all.
    pub status: Option<u16>,
    /// What it said, or what happened.
    pub said: String,
}

impl Refused {
    /// Whether the question was understood and refused, so that another one may be answered.
    pub fn is_about_the_question(&self) -> bool {
        matches!(self.status, Some(400 | 422))
    }
}

#[derive(Deserialize)]
struct Envelope {
    status: String,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    error: String,
    #[serde(default)]
    warnings: Vec<String>,
}

/// A longer question goes into the body: servers and proxies refuse long URLs.
pub const LONGEST_QUERY: usize = 2000;

/// The parameters as a URL or a form has them.
pub fn encoded(parameters: &[(&str, String)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters {
        form.append_pair(name, value);
    }
    form.finish()
}

/// Reads what a Prometheus answered.
///
/// # Errors
///
/// It refuses, or what answered is none.
pub fn read(status: u16, body: &[u8]) -> Result<Answer, Refused> {
    let refused = |said: String| Refused {
        status: Some(status),
        said,
    };
    let envelope: Result<Envelope, _> = serde_json::from_slice(body);
    match envelope {
        Ok(envelope) if envelope.status == "success" => Ok(Answer {
            content: envelope.data,
            warnings: envelope.warnings,
        }),
        Ok(envelope) if !envelope.error.is_empty() => Err(refused(envelope.error)),
        _ if (200..300).contains(&status) => Err(Refused {
            status: None,
            said: "what answers is no Prometheus".into(),
        }),
        _ => Err(refused(format!("it answered {status}"))),
    }
}

impl Prometheus {
    /// The same with more or less patience for one request.
    ///
    /// # Errors
    ///
    /// The HTTP client can't be built.
    pub fn patient(self, patience: Duration) -> Result<Self, super::Error> {
        Self::with(self.url, patience)
    }

    /// Asks the API: `query` is the path below `/api/v1/`.
    ///
    /// # Errors
    ///
    /// It can't be reached, or refuses.
    pub async fn ask(&self, path: &str, parameters: &[(&str, String)]) -> Result<Answer, Refused> {
        let mut url = self.url.clone();
        url.set_path(&format!("{}/api/v1/{path}", url.path().trim_end_matches('/')));
        let encoded = encoded(parameters);
        let request = match encoded.len() > LONGEST_QUERY {
            true => self
                .http
                .post(url)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(encoded),
            false => {
                url.set_query((!encoded.is_empty()).then_some(&encoded));
                self.http.get(url)
            }
        };
        let failed = |said: String| Refused { status: None, said };
        let answer = request.send().await;
        let answer = answer.map_err(|error| failed(cause::of_request(&error)))?;
        let status = answer.status().as_u16();
        let body: Bytes = answer::read(answer, answer::LARGEST)
            .await
            .map_err(|error| failed(error.to_string()))?;
        read(status, &body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_refusals_are_told_apart() {
        let fine = read(200, br#"{"status":"success","data":[1],"warnings":["partial"]}"#).unwrap();
        assert_eq!(
            (fine.content, fine.warnings),
            (serde_json::json!([1]), vec!["partial".to_owned()])
        );
        let bad = read(
            422,
            br#"{"status":"error","errorType":"execution","error":"too many samples"}"#,
        )
        .unwrap_err();
        assert!(bad.is_about_the_question() && bad.said == "too many samples");
        assert_eq!(read(200, b"<html>").unwrap_err().status, None);
        assert_eq!(read(502, b"").unwrap_err().said, "it answered 502");
    }
}
