use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use serde_json::Value;
use tokio::runtime::Runtime;

/// A server that takes whatever is posted to it, as a chat's webhook does.
pub struct Receiver {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
    status: Arc<Mutex<u16>>,
    _runtime: Runtime,
}

impl Receiver {
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let status = Arc::new(Mutex::new(200));
        let (keep, answer) = (taken.clone(), status.clone());
        let take = async move |headers: HeaderMap, body: Bytes| {
            let status = StatusCode::from_u16(*answer.lock().unwrap()).unwrap();
            if status.is_success() {
                keep.lock()
                    .unwrap()
                    .push((headers, serde_json::from_slice(&body).unwrap()));
            }
            status
        };
        runtime.spawn(async move { axum::serve(listener, Router::new().fallback(take)).await.unwrap() });
        Self {
            address,
            taken,
            status,
            _runtime: runtime,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook/SECRET-PART", self.address)
    }

    /// What it answers from now on; what it refuses it doesn't take.
    pub fn answer(&self, status: u16) {
        *self.status.lock().unwrap() = status;
    }

    /// What it has got since it was asked last.
    pub fn taken(&self) -> Vec<(HeaderMap, Value)> {
        std::mem::take(&mut self.taken.lock().unwrap())
    }
}
