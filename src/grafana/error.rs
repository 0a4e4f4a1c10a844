use std::fmt;
use std::time::Duration;

use serde_json::Value;

/// What kind of failure a request met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// A setting of the connection can't be used.
    Settings,
    /// No connection: name not found, refused, TLS not accepted. The request did not arrive.
    Unreachable,
    /// No answer in time, or the connection broke: the request may have arrived.
    Lost,
    /// An answer that is not Grafana's: HTML of a proxy, a redirect, broken JSON.
    Foreign,
    /// 401.
    NotAuthenticated,
    /// 403.
    NotAllowed,
    /// 404.
    NotFound,
    /// 409 or 412: somebody else was faster, or the name is taken. Holds Grafana's `status` word where it sent one.
    Conflict(Option<String>),
    /// 429 after all retries; the delay that the server asked for.
    TooMany(Option<Duration>),
    /// Any other status.
    Status(u16),
}

/// A request that failed: method, path, status, Grafana's own words, and what to do.
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
    request: String,
    status: Option<u16>,
    message: String,
}

impl Error {
    pub(super) fn settings(what: impl fmt::Display) -> Self {
        Self {
            kind: ErrorKind::Settings,
            request: "preparing the connection".into(),
            status: None,
            message: what.to_string(),
        }
    }

    pub(super) fn foreign(request: &str, what: impl fmt::Display) -> Self {
        Self {
            kind: ErrorKind::Foreign,
            request: request.into(),
            status: None,
            message: what.to_string(),
        }
    }

    pub(super) fn sending(request: &str, error: &reqwest::Error) -> Self {
        let kind = if error.is_connect() {
            ErrorKind::Unreachable
        } else {
            ErrorKind::Lost
        };
        Self {
            kind,
            request: request.into(),
            status: None,
            message: causes(error),
        }
    }

    pub(super) fn answered(request: &str, status: u16, body: &[u8], retry_after: Option<Duration>) -> Self {
        let said: Option<Value> = serde_json::from_slice(body).ok();
        let word = |key: &str| Some(said.as_ref()?.get(key)?.as_str()?.to_owned());
        let kind = match status {
            401 => ErrorKind::NotAuthenticated,
            403 => ErrorKind::NotAllowed,
            404 => ErrorKind::NotFound,
            409 | 412 => ErrorKind::Conflict(word("status")),
            429 => ErrorKind::TooMany(retry_after),
            other => ErrorKind::Status(other),
        };
        let message = word("message").unwrap_or_else(|| excerpt(body));
        Self {
            kind,
            request: request.into(),
            status: Some(status),
            message,
        }
    }

    /// The same failure, told as one of `request`.
    pub(super) fn during(self, request: &str) -> Self {
        Self {
            request: request.into(),
            ..self
        }
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// The HTTP status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Grafana's own words, or the transport's.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether nothing can be done before somebody changes credentials or rights.
    pub fn is_denied(&self) -> bool {
        matches!(self.kind, ErrorKind::NotAuthenticated | ErrorKind::NotAllowed)
    }

    /// Whether a write that ended so may have been carried out all the same.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self.kind, ErrorKind::Lost | ErrorKind::Status(500 | 502 | 504))
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match &self.kind {
            ErrorKind::Unreachable => {
                "is the URL right and the server up? `dashctl status` shows which setting gave the URL; \
                 for a private certificate authority set GRAFANA_CA_CERT"
            }
            ErrorKind::Lost => "the server may be overloaded; try again, or give it longer with --timeout",
            ErrorKind::Foreign => "the URL must be Grafana's own base URL, with its sub-path if it has one",
            ErrorKind::NotAuthenticated => {
                "set GRAFANA_TOKEN (or GRAFANA_USER and GRAFANA_PASSWORD) for this URL; \
                 `dashctl status` shows which setting won"
            }
            ErrorKind::NotAllowed => "the account lacks the permission; saving needs Editor, data sources need Admin",
            ErrorKind::TooMany(_) => "the server limits requests; try again later or lower --concurrency",
            _ if self.status == Some(413) => "a proxy before Grafana limits the size of a request",
            _ => return None,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.request)?;
        match self.status {
            Some(status) => write!(f, ": Grafana answered {status}: {}", self.message),
            None => write!(f, ": {}", self.message),
        }
    }
}

impl std::error::Error for Error {}

/// An error with all that it says about its cause; URLs in it carry no credentials, since we never put any there.
fn causes(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() {
        "no answer in time".to_owned()
    } else {
        String::new()
    };
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&said);
        }
        cause = error.source();
    }
    if text.is_empty() { error.to_string() } else { text }
}

/// The beginning of a body that is not Grafana's JSON.
fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(200)]);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() { "(no text)".to_owned() } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_becomes_a_kind_with_grafanas_own_words() {
        let body = br#"{"message":"The dashboard has been changed by someone else","status":"version-mismatch"}"#;
        let error = Error::answered("POST /api/dashboards/db", 412, body, None);
        assert_eq!(error.kind(), &ErrorKind::Conflict(Some("version-mismatch".into())));
        assert_eq!(
            error.to_string(),
            "POST /api/dashboards/db: Grafana answered 412: The dashboard has been changed by someone else"
        );
    }

    #[test]
    fn a_body_that_is_not_json_is_shown_in_one_line() {
        let error = Error::answered("GET /", 502, b"<html>\n  bad   gateway", None);
        assert_eq!(error.message(), "<html> bad gateway");
    }
}
