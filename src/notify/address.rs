use std::fmt;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use reqwest::{Client, Method, RequestBuilder};
use url::Url;

use super::Error;
use crate::answer;

/// The largest answer of a receiver that is read: Pushgateway says a word, Alertmanager a few figures.
const LARGEST: usize = 4 << 20;

/// A receiver's URL. Its path may be a secret (webhooks), as may its user and password: only scheme, host and port are
/// ever shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

impl Address {
    /// The URL as it was given, or, after `@`, in the first line of a file.
    ///
    /// # Errors
    ///
    /// A file that can't be read, or something that is no http URL; the text itself isn't repeated.
    pub fn parse(text: &str) -> Result<Self, String> {
        let read = match text.strip_prefix('@') {
            Some(path) => {
                let bytes = crate::files::read_regular(Path::new(path)).map_err(|error| format!("{path}: {error}"))?;
                String::from_utf8(bytes).map_err(|_| format!("{path}: it is not UTF-8 text"))?
            }
            None => text.to_owned(),
        };
        let url: Url = read.trim().parse().map_err(|error| format!("not a URL: {error}"))?;
        match url.scheme() {
            "http" | "https" if url.has_host() => Ok(Self(url)),
            other => Err(format!("a URL of {other:?} can't be sent to; it takes http or https")),
        }
    }

    /// The URL with `path` after its own.
    pub(super) fn with_path(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        url
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.0.port().map(|port| format!(":{port}")).unwrap_or_default();
        write!(
            f,
            "{}://{}{port}",
            self.0.scheme(),
            self.0.host_str().unwrap_or_default()
        )
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

/// A client for receivers: no redirects, which would carry secrets to another place, and an end to waiting.
pub(super) fn client() -> Result<Client, Error> {
    // A second installation is refused and harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("dashctl/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(20))
        .build()
        .map_err(|error| Error::new("a receiver", format!("the HTTP client can't be built: {error}")))
}

/// Sends a request to a receiver and gives the answer's body.
pub(super) async fn send(
    kind: &str,
    address: &Address,
    method: Method,
    url: Url,
    fill: impl FnOnce(RequestBuilder) -> RequestBuilder,
) -> Result<Bytes, Error> {
    let failed = |cause: String| Error::no_answer(kind, address, cause);
    let answer = fill(client()?.request(method, url)).send().await;
    let answer = answer.map_err(|error| failed(crate::cause::of_request(&error)))?;
    let status = answer.status();
    let body = answer::read(answer, LARGEST).await;
    let body = body.map_err(|error| failed(error.to_string()))?;
    match status.is_success() {
        true => Ok(body),
        false => Err(Error::refused(kind, address, status.as_u16(), &body)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_shows_nothing_secret() {
        let address = Address::parse("https://user:pass@hooks.example:8443/services/T0/SECRET?token=x").unwrap();
        assert_eq!(address.to_string(), "https://hooks.example:8443");
        assert_eq!(format!("{address:?}"), "Address(https://hooks.example:8443)");
        let error = Error::refused("the webhook", &address, 500, b"oh").to_string();
        assert!(!error.contains("SECRET") && !error.contains("pass"), "{error}");
        assert!(Address::parse("file:///etc/passwd").is_err());
        assert!(!Address::parse("hooks/SECRET").unwrap_err().contains("SECRET"));
    }

    #[test]
    fn an_address_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("url");
        std::fs::write(&path, "http://a/b\n").unwrap();
        let address = Address::parse(&format!("@{}", path.display())).unwrap();
        assert_eq!(address.with_path("/c").as_str(), "http://a/b/c");
        assert!(Address::parse("@/nowhere").unwrap_err().contains("/nowhere"));
    }
}
