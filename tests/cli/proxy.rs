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

/// The same before a server that has the newer API, and stores the dashboards of these uids in the v2 form. The legacy API
/// answers for them as a real 13.1 does: with what it makes of them, and not a word of that.
pub async fn start_newer(server: String, v2: &'static [&'static str]) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer =
        async move |State(server): State<String>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
            let of_api = "/apis/dashboard.grafana.app/v0alpha1/namespaces/default/dashboards/";
            if let Some(uid) = uri.path().strip_prefix(of_api) {
                let stored = if v2.contains(&uid) { "v2" } else { "v0alpha1" };
                let object = format!(
                    r#"{{"metadata":{{"managedFields":[]}},"status":{{"conversion":{{"storedVersion":"{stored}"}}}}}}"#
                );
                return (StatusCode::OK, HeaderMap::new(), object.into());
            }
            let legacy = method == Method::GET && uri.path().starts_with("/api/dashboards/uid/");
            let (status, mut headers, body) = pass_on(State(server), method, uri, headers, body).await;
            let text =
                String::from_utf8_lossy(&body).replacen("\"meta\":{", "\"meta\":{\"apiVersion\":\"v0alpha1\",", 1);
            match legacy {
                true => {
                    headers.remove("content-length");
                    (status, headers, text.into())
                }
                false => (status, headers, body),
            }
        };
    let router = Router::new().fallback(answer).with_state(server);
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
