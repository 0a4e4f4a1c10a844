use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Response, StatusCode, redirect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use super::connection::{Connection, Credentials, origin_of};
use super::error::{Error, ErrorKind};
use super::retry::{self, Outcome};
use crate::answer;

/// The header by which dashctl's own sandbox makes itself known.
const SANDBOX_HEADER: &str = "x-dashctl-sandbox";

/// Sends requests to one Grafana: one pool of connections, one session, one count.
#[derive(Debug)]
pub(super) struct Transport {
    client: Client,
    base: String,
    /// The base URL as errors show it.
    shown: String,
    connection: Connection,
    session: Mutex<Session>,
    requests: AtomicUsize,
    answered: AtomicBool,
    sandbox: AtomicBool,
}

/// How a user with a password is known to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Session {
    /// Nobody has tried to log in yet.
    New,
    /// Logged in: the cookie speaks. The number says which login it was.
    Cookie(u32),
    /// `/login` isn't available here: every request carries the password.
    Basic,
    /// Credentials that need no login: a token or none.
    NotNeeded,
}

/// What goes with a request: a JSON body, and the form that the answer shall have.
#[derive(Debug, Clone, Default)]
struct Content {
    body: Option<Bytes>,
    accept: Option<&'static str>,
    /// What the body is, where it isn't JSON.
    kind: Option<&'static str>,
}

impl Content {
    fn text(body: String) -> Self {
        Self {
            body: Some(body.into()),
            ..Self::default()
        }
    }

    fn json(body: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Self {
            body: Some(serde_json::to_vec(body)?.into()),
            ..Self::default()
        })
    }
}

/// How much of one list may still be read: a server that never ends one must not fill the memory.
#[derive(Debug)]
pub(super) struct Allowance(usize);

impl Default for Allowance {
    fn default() -> Self {
        Self(256 << 20)
    }
}

impl Allowance {
    /// What the smallest page counts as: pages without anything in them must end, too.
    const LEAST: usize = 256 << 10;

    /// Whether a page of this size is still allowed.
    fn take(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes.max(Self::LEAST));
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

impl Transport {
    pub(super) fn new(connection: Connection) -> Result<Self, Error> {
        // A second installation is refused and harmless: the first one stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        if let Some(why) = connection.credentials.unsendable() {
            return Err(Error::settings(format!("the token {why}")));
        }
        let session = match connection.credentials {
            Credentials::Password { .. } => Session::New,
            _ => Session::NotNeeded,
        };
        Ok(Self {
            client: client(&connection)?,
            base: connection.url.as_str().trim_end_matches('/').to_owned(),
            shown: shown(&connection.url),
            session: Mutex::new(session),
            connection,
            requests: AtomicUsize::new(0),
            answered: AtomicBool::new(false),
            sandbox: AtomicBool::new(false),
        })
    }

    pub(super) fn base(&self) -> &str {
        &self.base
    }

    pub(super) fn origin(&self) -> String {
        origin_of(&self.connection.url)
    }

    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    pub(super) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed)
    }

    pub(super) fn is_sandbox(&self) -> bool {
        self.is_loopback() && self.sandbox.load(Ordering::Relaxed)
    }

    /// Whether the server is on this machine: nothing else may call itself a sandbox.
    pub(super) fn is_loopback(&self) -> bool {
        match self.connection.url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost",
            None => false,
        }
    }

    /// GET of a JSON document.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let body = self.get_bytes(path).await?;
        parse(&format!("GET {path}"), &body).map_err(|error| self.met(error))
    }

    /// GET of the bytes of an answer.
    pub(super) async fn get_bytes(&self, path: &str) -> Result<Bytes, Error> {
        self.send(Method::GET, path, Content::default()).await
    }

    /// GET of a page of a list, in another form than the usual one where `accept` says so.
    pub(super) async fn get_page<T: DeserializeOwned>(
        &self,
        path: &str,
        accept: Option<&'static str>,
        allowance: &mut Allowance,
    ) -> Result<T, Error> {
        let request = format!("GET {path}");
        let body = self
            .send(
                Method::GET,
                path,
                Content {
                    accept,
                    ..Content::default()
                },
            )
            .await?;
        let page = allowance.take(body.len()).then(|| parse(&request, &body));
        page.unwrap_or_else(|| Err(Error::foreign(&request, "the list doesn't end")))
            .map_err(|error| self.met(error))
    }

    /// A question that is passed on to a data source: with a form in its body, or none. It is asked once, since what is
    /// behind may be down for long.
    pub(super) async fn pass_on(&self, path: &str, form: Option<String>) -> Result<Bytes, Error> {
        let (method, content) = match form {
            None => (Method::GET, Content::default()),
            Some(form) => {
                let kind = Some("application/x-www-form-urlencoded");
                (
                    Method::POST,
                    Content {
                        kind,
                        ..Content::text(form)
                    },
                )
            }
        };
        let answer = async { self.send_once(self.session().await?, &method, path, &content).await };
        answer.await.map_err(|error| self.met(error))
    }

    /// The same as [`Self::get`], with `None` for 404.
    pub(super) async fn find<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Error> {
        match self.get(path).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.kind() == &ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A request with a JSON body and a JSON answer.
    pub(super) async fn write<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Error> {
        let request = format!("{method} {path}");
        let content = Content::json(body).map_err(|error| Error::settings(format!("{request}: {error}")))?;
        let answer = self.send(method, path, content).await?;
        parse(&request, &answer).map_err(|error| self.met(error))
    }

    /// DELETE; what a server says about it differs from version to version, and isn't read.
    pub(super) async fn delete(&self, path: &str) -> Result<(), Error> {
        self.send(Method::DELETE, path, Content::default()).await.map(drop)
    }

    /// Ends the session on the server; a session that is left open lives for weeks.
    pub(super) async fn logout(&self) {
        let mut session = self.session.lock().await;
        if let Session::Cookie(_) = *session {
            self.count();
            // Nothing depends on the answer, and the program is about to end.
            let _ = self.client.get(format!("{}/logout", self.base)).send().await;
            *session = Session::New;
        }
    }

    async fn send(&self, method: Method, path: &str, content: Content) -> Result<Bytes, Error> {
        let answer = self.send_in_session(method, path, content).await;
        answer.map_err(|error| self.met(error))
    }

    /// An error of this server's.
    fn met(&self, error: Error) -> Error {
        error.of(&self.shown)
    }

    async fn send_in_session(&self, method: Method, path: &str, content: Content) -> Result<Bytes, Error> {
        let session = self.session().await?;
        match self.send_with_retries(session, &method, path, &content).await {
            Err(error) if error.kind() == &ErrorKind::NotAuthenticated => {
                let Session::Cookie(login) = session else {
                    return Err(error);
                };
                let session = self.renew(login).await?;
                self.send_with_retries(session, &method, path, &content).await
            }
            other => other,
        }
    }

    async fn send_with_retries(
        &self,
        session: Session,
        method: &Method,
        path: &str,
        content: &Content,
    ) -> Result<Bytes, Error> {
        let read = method == Method::GET;
        let mut attempt = 1;
        loop {
            let (outcome, error) = match self.send_once(session, method, path, content).await {
                Ok(answer) => return Ok(answer),
                Err(error) => (outcome_of(&error), error),
            };
            match retry::delay(outcome, read, attempt) {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return Err(error),
            }
            attempt += 1;
        }
    }

    async fn send_once(
        &self,
        session: Session,
        method: &Method,
        path: &str,
        content: &Content,
    ) -> Result<Bytes, Error> {
        let request = format!("{method} {path}");
        let mut builder = self.client.request(method.clone(), format!("{}{path}", self.base));
        match &self.connection.credentials {
            Credentials::Token(token) => builder = builder.bearer_auth(token.expose()),
            Credentials::Password { user, password } if session == Session::Basic => {
                builder = builder.basic_auth(user, Some(password.expose()));
            }
            _ => {}
        }
        if let Some(accept) = content.accept {
            builder = builder.header("accept", accept);
        }
        if let Some(body) = &content.body {
            let kind = content.kind.unwrap_or("application/json");
            builder = builder.header("content-type", kind).body(body.clone());
        }
        self.count();
        let answer = builder.send().await.map_err(|error| Error::sending(&request, &error))?;
        self.note(&answer);
        read_answer(&request, answer).await
    }

    /// The session to use: logs in first where a password is all that is known.
    async fn session(&self) -> Result<Session, Error> {
        let mut session = self.session.lock().await;
        if *session == Session::New {
            *session = self.login(1).await?;
        }
        Ok(*session)
    }

    /// A session that the server no longer knows: log in once more, unless another request already has.
    async fn renew(&self, stale: u32) -> Result<Session, Error> {
        let mut session = self.session.lock().await;
        if *session == Session::Cookie(stale) {
            *session = self.login(stale + 1).await?;
        }
        Ok(*session)
    }

    /// Basic authentication costs the server a password hash for every request, a session one for all of them.
    /// A 401 here is final: trying the same password again would bring the account closer to its lock-out.
    async fn login(&self, number: u32) -> Result<Session, Error> {
        let Credentials::Password { user, password } = &self.connection.credentials else {
            return Ok(Session::NotNeeded);
        };
        let body = serde_json::json!({"user": user, "password": password.expose()}).to_string();
        match self
            .send_with_retries(Session::New, &Method::POST, "/login", &Content::text(body))
            .await
        {
            Ok(_) => Ok(Session::Cookie(number)),
            Err(error) if matches!(error.kind(), ErrorKind::NotAuthenticated | ErrorKind::Unreachable) => Err(error),
            Err(error) if error.status().is_none() && error.kind() == &ErrorKind::Lost => Err(error),
            // The login form is switched off, or a proxy keeps it: Basic authentication may still work.
            Err(_) => Ok(Session::Basic),
        }
    }

    fn count(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    fn note(&self, answer: &Response) {
        self.answered.store(true, Ordering::Relaxed);
        if answer.headers().contains_key(SANDBOX_HEADER) {
            self.sandbox.store(true, Ordering::Relaxed);
        }
    }
}

/// A URL without the credentials that may stand in it.
fn shown(url: &url::Url) -> String {
    let mut url = url.clone();
    // Both fail only where there is no host, and so nothing to hide.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.as_str().trim_end_matches('/').to_owned()
}

/// One client for all requests. Redirects are not followed: they would carry headers to another origin, and turn a
/// save into a read.
fn client(connection: &Connection) -> Result<Client, Error> {
    let mut builder = Client::builder()
        .user_agent(concat!("dashctl/", env!("CARGO_PKG_VERSION")))
        .default_headers(headers(connection)?)
        .redirect(redirect::Policy::none())
        .cookie_store(true)
        .connect_timeout(Duration::from_secs(10).min(connection.timeout))
        .timeout(connection.timeout)
        .tls_danger_accept_invalid_certs(connection.insecure);
    if let Some(path) = &connection.ca_certificate {
        let pem = read(path)?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem).map_err(|error| {
            Error::settings(format!("{} is not a PEM file of certificates: {error}", path.display()))
        })?;
        builder = builder.tls_certs_merge(certificates);
    }
    if let Some((certificate, key)) = &connection.client_certificate {
        let mut pem = read(certificate)?;
        pem.push(b'\n');
        pem.extend(read(key)?);
        let identity = reqwest::Identity::from_pem(&pem).map_err(|error| {
            Error::settings(format!(
                "{} and {} are not a client certificate and its key in PEM form: {error}",
                certificate.display(),
                key.display()
            ))
        })?;
        builder = builder.identity(identity);
    }
    builder
        .build()
        .map_err(|error| Error::settings(format!("the HTTP client can't be built: {error}")))
}

fn headers(connection: &Connection) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    headers.insert("accept", HeaderValue::from_static("application/json"));
    if let Some(org) = connection.org {
        headers.insert("x-grafana-org-id", HeaderValue::from(org));
    }
    for (name, value) in &connection.headers {
        let name: HeaderName = name
            .parse()
            .map_err(|_| Error::settings(format!("{name:?} is not the name of an HTTP header")))?;
        let mut value = HeaderValue::from_str(value.expose())
            .map_err(|_| Error::settings(format!("the value of the header {name} can't be sent")))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

fn read(path: &std::path::Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|error| Error::settings(format!("{} can't be read: {error}", path.display())))
}

async fn read_answer(request: &str, answer: Response) -> Result<Bytes, Error> {
    let status = answer.status();
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        let to = answer
            .headers()
            .get("location")
            .and_then(|to| to.to_str().ok())
            .unwrap_or("an unnamed place");
        return Err(Error::foreign(
            request,
            format!("redirected to {to}; dashctl follows no redirects"),
        ));
    }
    let asked = answer
        .headers()
        .get("retry-after")
        .and_then(|value| value.to_str().ok())
        .and_then(retry::retry_after);
    let body = answer::read(answer, answer::LARGEST).await;
    let body = body.map_err(|error| Error::unread(request, &error))?;
    log::info!("{request}: {}, {} bytes", status.as_u16(), body.len());
    if status.is_success() {
        Ok(body)
    } else {
        Err(Error::answered(request, status.as_u16(), &body, asked))
    }
}

fn outcome_of(error: &Error) -> Outcome {
    match (error.kind(), error.status()) {
        (ErrorKind::Unreachable, _) => Outcome::NotSent,
        (ErrorKind::TooMany(asked), _) => Outcome::Answered(429, *asked),
        _ if error.is_busy() => Outcome::Busy,
        (_, Some(status)) => Outcome::Answered(status, None),
        (ErrorKind::Lost, _) => Outcome::Lost,
        _ => Outcome::Answered(0, None),
    }
}

fn parse<T: DeserializeOwned>(request: &str, body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| {
        let start = body.iter().copied().find(|byte| !byte.is_ascii_whitespace());
        if start == Some(b'<') {
            Error::foreign(
                request,
                "answered with a web page instead of JSON: not Grafana's API, or a proxy's login",
            )
        } else {
            Error::foreign(request, format!("the answer is not the JSON expected: {error}"))
        }
    })
}
