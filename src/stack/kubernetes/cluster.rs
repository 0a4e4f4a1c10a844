use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{Method, Request, header};
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;

use super::{Error, ErrorKind};
use crate::stack::{Object, ObjectId};

/// The name under which dashctl owns fields.
pub(super) const MANAGER: &str = "dashctl";
/// How often a patch is sent at most while controllers write the same object.
const ATTEMPTS: u32 = 6;
/// How long the first of them waits for the next; each waits longer than the one before.
const RACED: Duration = Duration::from_millis(100);

/// Which cluster is meant.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The kubeconfig; without it `KUBECONFIG`, `~/.kube/config`, or what a pod has.
    pub kubeconfig: Option<PathBuf>,
    /// The context; without it the current one.
    pub context: Option<String>,
}

/// A cluster's API server, with the credentials of a kubeconfig or of the pod that we run in.
pub struct Cluster {
    client: kube::Client,
    context: String,
    url: String,
    warnings: Mutex<Vec<String>>,
}

/// How an apply is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Apply {
    /// Only say what would come out.
    pub dry_run: bool,
    /// Take over fields that others own.
    pub force: bool,
}

impl Cluster {
    /// Reads the configuration; the API server isn't asked yet.
    ///
    /// # Errors
    ///
    /// No configuration, no such context, or a setting that can't be used.
    pub async fn connect(choice: &Choice) -> Result<Self, Error> {
        let settings = |error: &dyn std::fmt::Display| Error::new(ErrorKind::Settings, "looking for a cluster", error);
        let (config, context) = configuration(choice).await?;
        let url = config.cluster_url.to_string();
        let client = kube::Client::try_from(config).map_err(|error| settings(&error))?;
        Ok(Self {
            client,
            context,
            url,
            warnings: Mutex::default(),
        })
    }

    /// The context's name, or where the configuration comes from.
    pub fn context(&self) -> &str {
        &self.context
    }

    /// The API server's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A second handle to the same cluster.
    pub(super) fn share(&self) -> Arc<Self> {
        Arc::new(Self {
            client: self.client.clone(),
            context: self.context.clone(),
            url: self.url.clone(),
            warnings: Mutex::default(),
        })
    }

    /// The client below, for what goes beyond requests and answers.
    pub(super) fn client(&self) -> &kube::Client {
        &self.client
    }

    /// What the API server warned of, once each, since the last call.
    pub fn take_warnings(&self) -> Vec<String> {
        self.warnings
            .lock()
            .map(|mut all| std::mem::take(&mut *all))
            .unwrap_or_default()
    }

    /// The API server's version, such as `v1.37.2`.
    ///
    /// # Errors
    ///
    /// It can't be reached, or doesn't let us in.
    pub async fn version(&self) -> Result<String, Error> {
        let version = self
            .ask("asking for the version", Method::GET, "/version", None)
            .await?;
        Ok(version
            .get("gitVersion")
            .and_then(Value::as_str)
            .unwrap_or("unknown")
            .to_owned())
    }

    /// An object as it is; `None` where it isn't there.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn get(&self, id: &ObjectId) -> Result<Option<Value>, Error> {
        self.get_path(&id.path()).await
    }

    /// The same by its path.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn get_path(&self, path: &str) -> Result<Option<Value>, Error> {
        match self.ask(format!("reading {path}"), Method::GET, path, None).await {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The objects of a collection; `query` such as `labelSelector=app%3Dx`.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn list(&self, collection: &str, query: &str) -> Result<Vec<Value>, Error> {
        let mut all = Vec::new();
        let mut next = String::new();
        loop {
            let path = format!("{collection}?limit=500&{query}{next}");
            let mut page = self
                .ask(format!("listing {collection}"), Method::GET, &path, None)
                .await?;
            if let Some(Value::Array(items)) = page.get_mut("items").map(Value::take) {
                all.extend(items);
            }
            match page.pointer("/metadata/continue").and_then(Value::as_str) {
                Some(token) if !token.is_empty() => next = format!("&continue={}", encoded(token)),
                _ => return Ok(all),
            }
        }
    }

    /// Server-side apply; gives the object as it comes out.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] where others own fields and `force` isn't set, [`ErrorKind::Invalid`] for what can't be.
    pub async fn apply(&self, object: &Object, how: Apply) -> Result<Value, Error> {
        let mut path = format!(
            "{}?fieldManager={MANAGER}&fieldValidation=Strict&force={}",
            object.id().path(),
            how.force
        );
        if how.dry_run {
            path.push_str("&dryRun=All");
        }
        let body = ("application/apply-patch+yaml", object.manifest());
        self.ask(format!("applying {}", object.id()), Method::PATCH, &path, Some(body))
            .await
    }

    /// A merge patch (RFC 7386).
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub async fn merge(&self, id: &ObjectId, patch: &Value) -> Result<Value, Error> {
        let path = format!("{}?fieldManager={MANAGER}", id.path());
        let body = ("application/merge-patch+json", patch);
        let mut attempt = 1;
        loop {
            let done = self
                .ask(format!("changing {id}"), Method::PATCH, &path, Some(body))
                .await;
            match done {
                // A controller that writes its status again and again was faster each time; the patch names no version of
                // the object, and is right for any.
                Err(error) if error.kind() == ErrorKind::Raced && attempt < ATTEMPTS => {
                    tokio::time::sleep(RACED * attempt).await;
                    attempt += 1;
                }
                done => return done,
            }
        }
    }

    /// A JSON patch (RFC 6902), as a list of operations.
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub async fn patch(&self, id: &ObjectId, operations: &Value) -> Result<Value, Error> {
        let path = format!("{}?fieldManager={MANAGER}", id.path());
        let body = ("application/json-patch+json", operations);
        self.ask(format!("changing {id}"), Method::PATCH, &path, Some(body))
            .await
    }

    /// Makes an object in a collection, or asks a question that is put as one.
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub async fn create(&self, collection: &str, object: &Value) -> Result<Value, Error> {
        let path = format!("{collection}?fieldManager={MANAGER}");
        let body = ("application/json", object);
        self.ask(format!("creating in {collection}"), Method::POST, &path, Some(body))
            .await
    }

    /// Replaces an object; its `resourceVersion` must still be the current one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Raced`] where somebody else was faster.
    pub async fn replace(&self, path: &str, object: &Value) -> Result<Value, Error> {
        let with_manager = format!("{path}?fieldManager={MANAGER}");
        let body = ("application/json", object);
        self.ask(format!("replacing {path}"), Method::PUT, &with_manager, Some(body))
            .await
    }

    /// Deletes an object, and what belongs to it first; `false` where it wasn't there.
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub async fn delete(&self, path: &str) -> Result<bool, Error> {
        let path = format!("{path}?propagationPolicy=Foreground");
        match self.ask(format!("deleting {path}"), Method::DELETE, &path, None).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether we may do this, as the API server itself says.
    ///
    /// # Errors
    ///
    /// The question can't be asked.
    pub async fn may(&self, verb: &str, id: &ObjectId) -> Result<bool, Error> {
        let review = serde_json::json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {
                "verb": verb, "group": id.kind.group(), "resource": id.kind.plural(),
                "namespace": id.namespace.as_deref().unwrap_or_default(),
            }}
        });
        let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
        let answer = self.create(path, &review).await?;
        Ok(answer
            .pointer("/status/allowed")
            .and_then(Value::as_bool)
            .unwrap_or(false))
    }

    async fn ask(
        &self,
        doing: impl Into<String>,
        method: Method,
        path: &str,
        body: Option<(&str, &Value)>,
    ) -> Result<Value, Error> {
        let doing = doing.into();
        let mut request = Request::builder().method(&method).uri(path);
        let bytes = match body {
            Some((kind, value)) => {
                request = request.header(header::CONTENT_TYPE, kind);
                value.to_string().into_bytes()
            }
            None => Vec::new(),
        };
        let request = request
            .body(Body::from(bytes))
            .map_err(|error| Error::new(ErrorKind::Settings, &doing, error))?;
        let unreachable = |error: kube::Error| Error::new(ErrorKind::Unreachable, &doing, causes(&error));
        let answer = self.client.send(request).await.map_err(unreachable)?;
        let status = answer.status();
        self.note(answer.headers());
        let bytes = answer.into_body().collect_bytes().await.map_err(unreachable)?;
        log::info!("{method} {path}: {}, {} bytes", status.as_u16(), bytes.len());
        if !status.is_success() {
            return Err(Error::answered(&doing, status.as_u16(), &bytes));
        }
        serde_json::from_slice(&bytes)
            .map_err(|error| Error::new(ErrorKind::Status(status.as_u16()), &doing, format!("not JSON: {error}")))
    }

    /// `299 - "would violate PodSecurity …"`
    fn note(&self, headers: &http::HeaderMap) {
        let Ok(mut warnings) = self.warnings.lock() else { return };
        for value in headers.get_all(header::WARNING) {
            let text = value.to_str().unwrap_or_default();
            let text = text
                .split_once('"')
                .map_or(text, |(_, rest)| rest.trim_end_matches('"'));
            if !warnings.iter().any(|known| known == text) {
                warnings.push(text.replace("\\\"", "\""));
            }
        }
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster")
            .field("context", &self.context)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

async fn configuration(choice: &Choice) -> Result<(kube::Config, String), Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::new(ErrorKind::Settings, "reading the kubeconfig", error);
    let read = match &choice.kubeconfig {
        Some(path) => Kubeconfig::read_from(path).map_err(|error| wrong(&causes(&error)))?,
        None => match Kubeconfig::read() {
            Ok(read) => read,
            Err(error) if choice.context.is_some() => return Err(wrong(&causes(&error))),
            Err(error) => {
                return match kube::Config::incluster() {
                    Ok(config) => Ok((config, "this pod's".to_owned())),
                    Err(_) => Err(wrong(&causes(&error))),
                };
            }
        },
    };
    let context = choice.context.clone().or_else(|| read.current_context.clone());
    let context = context.ok_or_else(|| wrong(&"it has no current context"))?;
    if !read.contexts.iter().any(|known| known.name == context) {
        let known: Vec<&str> = read.contexts.iter().map(|known| known.name.as_str()).collect();
        return Err(wrong(&format!(
            "there is no context {context:?}; there are {}",
            known.join(", ")
        )));
    }
    let options = KubeConfigOptions {
        context: Some(context.clone()),
        ..KubeConfigOptions::default()
    };
    let config = kube::Config::from_custom_kubeconfig(read, &options).await;
    Ok((config.map_err(|error| wrong(&causes(&error)))?, context))
}

/// An error with all that lies beneath it: the outermost alone says little.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut below = error.source();
    while let Some(error) = below {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        below = error.source();
    }
    text
}

/// A text as it stands in a query.
pub(super) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
