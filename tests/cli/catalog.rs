use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use serde_json::{Value, json};

/// A server that answers as grafana.com does: entries, downloads, search, and what it is told to say instead.
#[derive(Default)]
pub struct Catalog {
    shared: Arc<Shared>,
    address: Option<SocketAddr>,
}

#[derive(Default)]
struct Shared {
    revisions: Mutex<BTreeMap<(u32, u32), Vec<u8>>>,
    asked: Mutex<Vec<String>>,
    limited: Mutex<u32>,
}

impl Catalog {
    pub fn with(self, id: u32, revision: u32, bytes: impl AsRef<[u8]>) -> Self {
        self.serve(id, revision, bytes);
        self
    }

    pub fn serve(&self, id: u32, revision: u32, bytes: impl AsRef<[u8]>) {
        self.shared
            .revisions
            .lock()
            .unwrap()
            .insert((id, revision), bytes.as_ref().to_vec());
    }

    /// The next requests are refused with 429.
    pub fn limit(&self, times: u32) {
        *self.shared.limited.lock().unwrap() = times;
    }

    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.asked.lock().unwrap())
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address.unwrap())
    }

    pub async fn start(mut self) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.address = Some(listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(self.shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        self
    }
}

async fn answer(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
) -> (StatusCode, [(&'static str, &'static str); 1], Vec<u8>) {
    shared.asked.lock().unwrap().push(uri.path().to_owned());
    let header = [("retry-after", "0")];
    {
        let mut limited = shared.limited.lock().unwrap();
        if *limited > 0 {
            *limited -= 1;
            return (StatusCode::TOO_MANY_REQUESTS, header, Vec::new());
        }
    }
    let revisions = shared.revisions.lock().unwrap();
    match found(&revisions, uri.path(), uri.query().unwrap_or_default()) {
        Some(body) => (StatusCode::OK, header, body),
        None => (
            StatusCode::NOT_FOUND,
            header,
            br#"{"code":"NotFound","message":"not found"}"#.to_vec(),
        ),
    }
}

fn found(revisions: &BTreeMap<(u32, u32), Vec<u8>>, path: &str, query: &str) -> Option<Vec<u8>> {
    let parts: Vec<&str> = path.strip_prefix("/api/dashboards")?.split('/').skip(1).collect();
    let newest = |id: u32| revisions.keys().filter(|key| key.0 == id).map(|key| key.1).max();
    let entry = |id: u32| -> Option<Value> {
        Some(
            json!({"id": id, "name": format!("Dashboard {id}"), "revision": newest(id)?, "downloads": 100_000 - id,
            "updatedAt": "2018-06-05T10:00:00.000Z", "datasource": "Prometheus"}),
        )
    };
    match parts[..] {
        [] => {
            let wanted = query
                .split('&')
                .find_map(|part| part.strip_prefix("filter="))
                .unwrap_or_default()
                .to_lowercase();
            let ids: std::collections::BTreeSet<u32> = revisions.keys().map(|key| key.0).collect();
            let items: Vec<Value> = ids.into_iter().filter_map(entry).collect();
            let matching = |item: &Value| item["name"].as_str().unwrap().to_lowercase().contains(&wanted);
            Some(
                json!({"items": items.into_iter().filter(matching).collect::<Vec<_>>()})
                    .to_string()
                    .into_bytes(),
            )
        }
        [id] => Some(entry(id.parse().ok()?)?.to_string().into_bytes()),
        [id, "revisions", revision, "download"] => revisions.get(&(id.parse().ok()?, revision.parse().ok()?)).cloned(),
        _ => None,
    }
}
