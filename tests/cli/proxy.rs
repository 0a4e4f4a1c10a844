use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};

/// Starts a proxy before `server` that passes everything on but the header by which a sandbox makes itself known.
pub async fn start(server: String) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(pass_on).with_state(server);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

/// A proxy before `server` whose list of dashboards never ends.
pub async fn start_endless(server: String) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let title = "x".repeat(2000);
    let page: Vec<_> = (0..5000)
        .map(|number| serde_json::json!({"uid": format!("u{number}"), "title": title}))
        .collect();
    let page = Bytes::from(serde_json::to_vec(&page).unwrap());
    let list = axum::routing::get(async move || ([("content-type", "application/json")], page.clone()));
    let router = Router::new()
        .route("/api/search", list)
        .fallback(pass_on)
        .with_state(server);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

async fn pass_on(
    State(server): State<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, Bytes) {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let answer = client
        .request(method, format!("{server}{uri}"))
        .headers(headers)
        .body(body)
        .send()
        .await
        .unwrap();
    let mut headers = answer.headers().clone();
    headers.remove("x-dashctl-sandbox");
    headers.remove("transfer-encoding");
    (answer.status(), headers, answer.bytes().await.unwrap())
}
