use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use super::super::Error;
use super::findings::Findings;

/// How long answers that are under way may take after the server was told to stop.
const LEAVE: Duration = Duration::from_secs(2);
/// How long a client may take to ask.
const ASKING: Duration = Duration::from_secs(5);
/// How long a connection may last: one question and its answer.
const WHOLE: Duration = Duration::from_secs(60);
/// How many connections there may be at the same time; the next ones wait.
const CONNECTIONS: usize = 64;
/// The largest head of a request, in bytes. Bodies aren't read: nothing here takes one.
const HEAD: usize = 16 << 10;
const TEXT: &str = "text/plain; charset=utf-8";

/// Shows the findings over HTTP.
pub(super) struct Server {
    url: String,
    leave: oneshot::Sender<()>,
    served: JoinHandle<()>,
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
            .route("/api/history", get(history))
            .route("/metrics", get(metrics))
            .route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(ready))
            .layer(from_fn(careful))
            .with_state(findings);
        if address.ip().is_loopback() {
            router = router.layer(from_fn(from_here));
        }
        let (leave, left) = oneshot::channel::<()>();
        Ok(Self {
            url,
            leave,
            served: tokio::spawn(serve(listener, router, left)),
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
        if timeout(LEAVE, &mut self.served).await.is_err() {
            self.served.abort();
        }
    }
}

/// Answers until `left` ends, or its other side is gone; then lets end what is under way.
async fn serve(mut listener: TcpListener, router: Router, mut left: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut left => break,
            Some(_) = connections.join_next() => {}
            (stream, _) = Listener::accept(&mut listener), if connections.len() < CONNECTIONS => {
                // A connection that breaks off or takes too long is its client's affair.
                connections.spawn(timeout(WHOLE, answer(stream, router.clone())));
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Answers one request: a connection that is kept would keep its place from others.
async fn answer(stream: TcpStream, router: Router) -> hyper::Result<()> {
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(ASKING)
        .max_buf_size(HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .await
}

async fn page(State(findings): State<Arc<Findings>>) -> Response {
    match findings.shown() {
        Some(shown) => typed("text/html; charset=utf-8", shown.page()),
        None => not_yet(),
    }
}

async fn report(State(findings): State<Arc<Findings>>) -> Response {
    match findings.shown().map(|shown| shown.json()) {
        Some(Ok(text)) => typed("application/json", text),
        Some(Err(error)) => broken(&error),
        None => not_yet(),
    }
}

async fn history(State(findings): State<Arc<Findings>>) -> Response {
    match findings.shown().map(|shown| shown.past()) {
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
    match findings.shown() {
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

fn broken(error: &str) -> Response {
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
