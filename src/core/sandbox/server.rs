use std::{fmt, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, State as Shared},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Uri},
    response::Response,
};
use tokio::{
    net::TcpListener,
    sync::oneshot,
    task::JoinHandle,
    time::{Duration, sleep, timeout},
};

use super::{
    Effect, Error, Fault, Options, Request, accounts,
    call::Call,
    connection::{Line, Lines},
    faults, identity, plugins, provision, proxy,
    reply::Reply,
    routes,
    state::State,
    store::Store,
};

/// The largest body that is read; Grafana itself has no limit that matters.
const LARGEST: usize = 64 << 20;
/// On every answer, so that nobody takes the sandbox for a Grafana. No body is changed by it.
const SANDBOX_HEADER: HeaderName = HeaderName::from_static("x-dashctl-sandbox");
const VERSION: HeaderValue = HeaderValue::from_static(env!("CARGO_PKG_VERSION"));
/// How long requests that are still running may take when the sandbox stops.
const LEAVE: Duration = Duration::from_secs(5);

/// A running server; it ends when it is stopped or dropped.
///
/// ```no_run
/// use dashctl_core::sandbox::{Options, Sandbox};
///
/// # async fn example() -> Result<(), dashctl_core::sandbox::Error> {
/// let sandbox = Sandbox::start(Options::default()).await?;
/// println!("{} with admin:admin", sandbox.url());
/// sandbox.stop().await?;
/// # Ok(())
/// # }
/// ```
pub struct Sandbox {
    url: String,
    state: Arc<State>,
    leave: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<std::io::Result<()>>>,
}

impl Sandbox {
    /// Opens the store, reads provisioned dashboards and starts to listen.
    ///
    /// # Errors
    ///
    /// The address is not a loopback one or can't be listened on, the store is in use or damaged, or a provisioned file is
    /// not a dashboard.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let address = options.listen;
        if !address.ip().is_loopback() {
            return Err(Error::NotLoopback(address));
        }
        let mut store = Store::open(options.data.as_deref())?;
        accounts::set_up(&mut store, &options);
        provision::read(&mut store, &options)?;
        store.commit()?;
        let listening = async {
            let listener = TcpListener::bind(address).await?;
            let url = format!("http://{}", listener.local_addr()?);
            Ok((listener, url))
        };
        let (listener, url) = listening.await.map_err(|source| Error::Listen { address, source })?;
        let state = Arc::new(State::new(options, store)?);
        let router = Router::new()
            .fallback(respond)
            .layer(DefaultBodyLimit::max(LARGEST))
            .with_state(state.clone());
        let service = router.into_make_service_with_connect_info::<Line>();
        let (leave, left) = oneshot::channel();
        let serving = axum::serve(Lines(listener), service).with_graceful_shutdown(async {
            // A sandbox that was dropped leaves too.
            let _ = left.await;
        });
        Ok(Self {
            url,
            state,
            leave: Some(leave),
            served: Some(tokio::spawn(serving.into_future())),
        })
    }

    /// The address, such as `http://127.0.0.1:3000`, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The requests so far, oldest first; the oldest are forgotten after 100,000.
    pub fn requests(&self) -> Vec<Request> {
        self.state.log().iter().cloned().collect()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.state.log().clear();
    }

    /// Adds a failure to be shown.
    pub fn inject(&self, fault: Fault) {
        self.state.faults().push(fault);
    }

    /// Lets running requests end, keeps everything and stops.
    ///
    /// # Errors
    ///
    /// The disk can't take the store.
    pub async fn stop(mut self) -> Result<(), Error> {
        if let Some(leave) = self.leave.take() {
            // The server may have ended already.
            let _ = leave.send(());
        }
        if let Some(mut served) = self.served.take() {
            match timeout(LEAVE, &mut served).await {
                Ok(Ok(ended)) => ended.map_err(Error::Served)?,
                // Idle connections of a client that doesn't close them must not keep the sandbox.
                Ok(Err(_)) | Err(_) => served.abort(),
            }
        }
        self.state.store().sync()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(served) = &self.served {
            served.abort();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Answers one request, with the delays and failures that were set up.
async fn respond(
    Shared(state): Shared<Arc<State>>,
    ConnectInfo(line): ConnectInfo<Line>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(delay) = state.options.delay {
        sleep(delay).await;
    }
    let effect = faults::take(&mut state.faults(), method.as_str(), uri.path());
    let asked = (
        method.to_string(),
        uri.path_and_query().map_or_else(String::new, ToString::to_string),
    );
    let reply = match effect {
        Some(Effect::Answer { status, body, headers }) => Some(faults::reply(status, &body, &headers)),
        Some(Effect::Close) => None,
        Some(Effect::Lose) => {
            answer(&state, method, &uri, headers, body).await;
            None
        }
        Some(Effect::Delay(delay)) => {
            sleep(delay).await;
            Some(answer(&state, method, &uri, headers, body).await)
        }
        None => Some(answer(&state, method, &uri, headers, body).await),
    };
    state.record(Request {
        method: asked.0,
        path: asked.1,
        status: reply.as_ref().map_or(0, |reply| reply.status),
    });
    let reply = reply.unwrap_or_else(|| {
        line.cut();
        Reply::empty(200)
    });
    let mut response = reply.into_response();
    response.headers_mut().insert(SANDBOX_HEADER, VERSION);
    response
}

async fn answer(state: &State, method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Reply {
    if uri.path() == "/api/health" {
        return plugins::health(state.version());
    }
    let who = match identity::identify(state, &headers) {
        Ok(who) => who,
        Err(refusal) => return *refusal,
    };
    let call = Call::new(state, method, uri, headers, body, who);
    match proxy::forward(&call).await {
        Some(reply) => reply,
        None => routes::answer(&call),
    }
}
