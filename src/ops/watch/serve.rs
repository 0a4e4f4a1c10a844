use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::super::Error;
use super::findings::Findings;

/// How long answers that are under way may take after the server was told to stop.
const LEAVE: Duration = Duration::from_secs(2);
const TEXT: &str = "text/plain; charset=utf-8";

/// Shows the findings over HTTP.
pub(super) struct Server {
    url: String,
    leave: oneshot::Sender<()>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Listens, and answers from then on.
    ///
    /// # Errors
    ///
    /// The address can't be listened on.
    pub async fn start(address: SocketAddr, findings: Arc<Findings>) -> Result<Self, Error> {
        let failed = |error| {
            Error::new(format!("{address} can't be listened on: {error}"))
                .hint("stop the other program, or name another --listen (port 0 takes a free one)")
        };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let url = format!("http://{}", listener.local_addr().map_err(failed)?);
        let mut router = Router::new()
            .route("/", get(page))
            .route("/api/report", get(report))
            .route("/metrics", get(metrics))
            .route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(ready))
            .layer(from_fn(careful))
            .with_state(findings);
        if address.ip().is_loopback() {
            router = router.layer(from_fn(from_here));
        }
        let (leave, left) = oneshot::channel::<()>();
        let serving = axum::serve(listener, router).with_graceful_shutdown(async {
            // A server that was dropped leaves too.
            let _ = left.await;
        });
        Ok(Self {
            url,
            leave,
            served: tokio::spawn(serving.into_future()),
        })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets answers end that are under way, and stops.
    pub async fn stop(mut self) {
        // The server may have ended already.
        let _ = self.leave.send(());
        if tokio::time::timeout(LEAVE, &mut self.served).await.is_err() {
            self.served.abort();
        }
    }
}

async fn page(State(findings): State<Arc<Findings>>) -> Response {
    match findings.report() {
        Some(report) => typed(
            "text/html; charset=utf-8",
            crate::report::Html::new(&*report).to_string(),
        ),
        None => not_yet(),
    }
}

async fn report(State(findings): State<Arc<Findings>>) -> Response {
    match findings.report().map(|report| serde_json::to_string(&*report)) {
        Some(Ok(text)) => typed("application/json", text),
        Some(Err(error)) => broken(&error),
        None => not_yet(),
    }
}

async fn metrics(State(findings): State<Arc<Findings>>) -> Response {
    match findings.metrics() {
        Ok(text) => typed("text/plain; version=0.0.4; charset=utf-8", text),
        Err(error) => broken(&error),
    }
}

async fn ready(State(findings): State<Arc<Findings>>) -> Response {
    match findings.report() {
        Some(_) => typed(TEXT, "ready\n"),
        None => not_yet(),
    }
}

fn typed(kind: &'static str, body: impl IntoResponse) -> Response {
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

fn not_yet() -> Response {
    let text = "the first check is still under way\n";
    (StatusCode::SERVICE_UNAVAILABLE, [(header::CONTENT_TYPE, TEXT)], text).into_response()
}

fn broken(error: &dyn std::error::Error) -> Response {
    let text = format!("{error}\n");
    (StatusCode::INTERNAL_SERVER_ERROR, [(header::CONTENT_TYPE, TEXT)], text).into_response()
}

/// Nothing is kept, framed, or taken for what it isn't.
async fn careful(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers: [(HeaderName, &str); 4] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(name, axum::http::HeaderValue::from_static(value));
    }
    response
}

/// A page from elsewhere whose name was made to lead to this machine must not read the report.
async fn from_here(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let name = host.map(|host| {
        host.rsplit_once(':')
            .map_or(host, |(name, port)| match port.parse::<u16>() {
                Ok(_) => name,
                Err(_) => host,
            })
    });
    let name = name.unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let here = name == "localhost" || name.parse::<std::net::IpAddr>().is_ok();
    match here {
        true => next.run(request).await,
        false => (
            StatusCode::MISDIRECTED_REQUEST,
            "this server answers to localhost only\n",
        )
            .into_response(),
    }
}
