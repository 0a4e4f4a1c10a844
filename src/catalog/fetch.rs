use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::dashboard::MAX_BYTES;
use crate::{answer, cause};

/// An answer to a GET.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
}

/// Something that GETs a path of grafana.com's API: the web itself, or a Grafana that passes it on.
pub trait Fetch: Send + Sync {
    /// GETs `path`, which begins with `/dashboards`. No answer at all is an error in words.
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Answer, String>>;
}

/// grafana.com (or a stand-in) asked directly. No credentials are ever sent.
#[derive(Debug)]
pub struct Web {
    client: reqwest::Client,
    base: String,
}

impl Web {
    /// A fetcher for `base`, such as `https://grafana.com`, that gives up connecting after `patience`.
    ///
    /// # Errors
    ///
    /// The HTTP client can't be made, in words.
    pub fn new(base: &str, patience: Duration) -> Result<Self, String> {
        // A second installation is refused and harmless: the first one stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent(concat!("dashctl/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(patience)
            .read_timeout(patience.max(Duration::from_secs(20)))
            .timeout(Duration::from_secs(120))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
        })
    }
}

impl Fetch for Web {
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Answer, String>> {
        async move {
            let url = format!("{}/api{path}", self.base);
            let answer = self.client.get(url).header("accept", "application/json").send().await;
            let answer = answer.map_err(|error| cause::of_request(&error))?;
            let status = answer.status().as_u16();
            let retry_after = answer
                .headers()
                .get("retry-after")
                .and_then(|value| value.to_str().ok()?.parse().ok());
            // What is too large for a dashboard is named as that; of what has no end, no more is read.
            let body = answer::read(answer, 4 * MAX_BYTES).await;
            Ok(Answer {
                status,
                retry_after: retry_after.map(Duration::from_secs),
                body: body.map_err(|error| error.to_string())?.into(),
            })
        }
        .boxed()
    }
}
