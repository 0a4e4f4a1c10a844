use std::fmt;
use std::time::Duration;

use serde_json::Value;

use crate::answer::Unread;
use crate::dashboard::compare::Printable;

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
    server: Option<String>,
    /// Method and path, or what was being done; nothing where any request would have ended the same.
    request: Option<String>,
    status: Option<u16>,
    message: String,
}

impl Error {
    pub(super) fn settings(what: impl fmt::Display) -> Self {
        Self {
            kind: ErrorKind::Settings,
            server: None,
            request: Some("preparing the connection".into()),
            status: None,
            message: what.to_string(),
        }
    }

    pub(super) fn foreign(request: &str, what: impl fmt::Display) -> Self {
        Self {
            kind: ErrorKind::Foreign,
            server: None,
            request: Some(request.into()),
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
            server: None,
            request: Some(request.into()),
            status: None,
            message: crate::cause::of_request(error),
        }
    }

    pub(super) fn unread(request: &str, error: &Unread) -> Self {
        match error {
            Unread::Broken(error) => Self::sending(request, error),
            Unread::TooLarge(_) => Self::foreign(request, error),
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
        // A data source behind Grafana has words of its own: Prometheus calls them `error`.
        let said = word("message").or_else(|| word("error"));
        let message = said.map_or_else(|| excerpt(body), |said| harmless(&said));
        Self {
            kind,
            server: None,
            request: Some(request.into()),
            status: Some(status),
            message,
        }
    }

    /// The same failure, met at this server.
    pub(super) fn of(self, server: &str) -> Self {
        Self {
            server: Some(server.into()),
            ..self
        }
    }

    /// The same failure, told without the request that met it: any other would have ended the same.
    pub(super) fn of_any_request(self) -> Self {
        Self { request: None, ..self }
    }

    /// The same failure, known to mean that somebody else was faster.
    pub(super) fn into_conflict(self) -> Self {
        Self {
            kind: ErrorKind::Conflict(None),
            ..self
        }
    }

    /// The base URL of the server that was asked, without credentials. The error's own words leave it out: whoever shows
    /// several of one server says it once.
    pub fn server(&self) -> Option<&str> {
        self.server.as_deref()
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

    /// Whether the server asked for less at once, or shows that it can't keep up.
    pub fn is_overload(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::TooMany(_) | ErrorKind::Status(502..=504) | ErrorKind::Lost
        ) || self.message.contains("database is locked")
    }

    /// Whether the server only has trouble of its own for the moment. Seen in 13.1 on SQLite while it cuts histories short: reads
    /// are answered by the first text where the database says so, and by the second where the list's page is cut off.
    pub(super) fn is_busy(&self) -> bool {
        self.kind == ErrorKind::Status(500)
            && (self.message.contains("database is locked") || self.message == "InternalError")
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
        if let Some(request) = &self.request {
            write!(f, "{request}: ")?;
        }
        match self.status {
            Some(status) => write!(f, "Grafana answered {status}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Error {}

/// The beginning of a body that is not Grafana's JSON.
fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(200)]);
    match harmless(&text) {
        line if line.is_empty() => "(no text)".to_owned(),
        line => line,
    }
}

/// What a server said in one line that drives no terminal and begins no command of a workflow's log.
fn harmless(said: &str) -> String {
    let line = said.split_whitespace().collect::<Vec<_>>().join(" ");
    Printable(&line).to_string()
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
    fn what_a_server_says_drives_no_terminal_and_begins_no_line() {
        let body = br#"{"message":"bad \u001b[2J\n::error::owned \u202e"}"#;
        let error = Error::answered("GET /", 500, body, None);
        assert_eq!(error.message(), r"bad \u{1b}[2J ::error::owned \u{202e}");
        let error = Error::answered("GET /", 500, b"\x1b[2J", None);
        assert_eq!(error.message(), r"\u{1b}[2J");
    }

    #[test]
    fn a_body_that_is_not_json_is_shown_in_one_line() {
        let error = Error::answered("GET /", 502, b"<html>\n  bad   gateway", None);
        assert_eq!(error.message(), "<html> bad gateway");
    }
}
