use dashctl::sandbox::{Options, Sandbox};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};

/// A sandbox and somebody who talks to it, as `admin` unless something else is said.
pub struct Conversation {
    pub sandbox: Sandbox,
    pub client: Client,
}

/// An answer: its status, and its body as JSON or text.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

/// Starts a sandbox.
pub async fn start(options: Options) -> Conversation {
    let sandbox = Sandbox::start(options).await.expect("the sandbox starts");
    Conversation {
        sandbox,
        client: client(),
    }
}

/// A client that keeps no proxy and follows no redirects.
pub fn client() -> Client {
    // Another test may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

impl Conversation {
    /// A request without credentials.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.client.request(method, format!("{}{path}", self.sandbox.url()))
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request("GET", path).basic_auth("admin", Some("admin"))).await
    }

    pub async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        answer(
            self.request(method, path)
                .basic_auth("admin", Some("admin"))
                .body(body.to_string()),
        )
        .await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, body).await
    }

    /// Saves a dashboard.
    pub async fn save(&self, dashboard: Value) -> Answer {
        self.post("/api/dashboards/db", json!({ "dashboard": dashboard })).await
    }
}

/// Sends a request whose answer must come.
pub async fn answer(request: RequestBuilder) -> Answer {
    read(request.send().await.expect("an answer")).await
}

/// Reads an answer.
pub async fn read(response: Response) -> Answer {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    Answer {
        status,
        body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
}
