use std::path::Path;

use http::Request;
use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig};
use serde_json::Value;

/// Requests to an API server, by path, of plain JSON: the truth that a test looks at isn't seen through the code it tests.
#[derive(Clone)]
pub struct Api {
    client: kube::Client,
}

impl Api {
    /// As the user of a kubeconfig.
    pub async fn connect(kubeconfig: &Path) -> Self {
        let kubeconfig = Kubeconfig::read_from(kubeconfig).unwrap();
        let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
            .await
            .unwrap();
        let client = kube::Client::try_from(config).unwrap();
        Self { client }
    }

    /// Whether the server answers that it is ready.
    pub async fn is_ready(&self) -> bool {
        let request = Request::get("/readyz").body(Vec::new()).unwrap();
        self.client.request_text(request).await.is_ok()
    }

    pub fn client(&self) -> kube::Client {
        self.client.clone()
    }

    /// One object; `None` where there is none.
    pub async fn get(&self, path: &str) -> Result<Option<Value>, kube::Error> {
        found(self.send("GET", path, None, &[]).await)
    }

    /// The items of a collection, as the API server's cache has them.
    pub async fn list(&self, path: &str) -> Result<Vec<Value>, kube::Error> {
        let mut list = self.send("GET", path, None, &[]).await?;
        Ok(match list["items"].take() {
            Value::Array(items) => items,
            _ => Vec::new(),
        })
    }

    pub async fn create(&self, path: &str, object: &Value) -> Result<Value, kube::Error> {
        self.send("POST", path, Some("application/json"), &bytes(object)).await
    }

    /// A merge patch.
    pub async fn merge(&self, path: &str, patch: &Value) -> Result<Value, kube::Error> {
        let form = "application/merge-patch+json";
        self.send("PATCH", path, Some(form), &bytes(patch)).await
    }

    /// Server-side apply. The path's query says by whom.
    pub async fn apply(&self, path: &str, object: &Value) -> Result<Value, kube::Error> {
        let form = "application/apply-patch+yaml";
        self.send("PATCH", path, Some(form), &bytes(object)).await
    }

    /// Whether there was something to delete.
    pub async fn delete(&self, path: &str) -> Result<bool, kube::Error> {
        Ok(found(self.send("DELETE", path, None, &[]).await)?.is_some())
    }

    async fn send(&self, method: &str, path: &str, form: Option<&str>, body: &[u8]) -> Result<Value, kube::Error> {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(form) = form {
            request = request.header("content-type", form);
        }
        self.client.request(request.body(body.to_vec()).unwrap()).await
    }
}

/// The code of an answer that was an error.
pub fn code(error: &kube::Error) -> Option<u16> {
    match error {
        kube::Error::Api(status) => Some(status.code),
        _ => None,
    }
}

fn found(answer: Result<Value, kube::Error>) -> Result<Option<Value>, kube::Error> {
    match answer {
        Err(error) if code(&error) == Some(404) => Ok(None),
        other => other.map(Some),
    }
}

fn bytes(object: &Value) -> Vec<u8> {
    serde_json::to_vec(object).unwrap()
}
