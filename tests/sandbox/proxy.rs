use axum::{Router, http::HeaderMap, routing::any};
use dashctl::sandbox::Options;
use serde_json::json;

use super::client::start;

/// A data source that tells what it was asked.
async fn mirror() -> String {
    let answer = |uri: axum::http::Uri, headers: HeaderMap, body: String| async move {
        let credentials = headers
            .get("authorization")
            .map(|value| value.to_str().unwrap_or_default().to_owned());
        (
            [("content-type", "application/json")],
            json!({ "uri": uri.to_string(), "credentials": credentials, "body": body }).to_string(),
        )
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(answer))).await });
    url
}

#[tokio::test]
async fn queries_are_passed_on_with_the_data_sources_own_credentials() {
    let grafana = start(Options::default()).await;
    let source = json!({
        "name": "P", "uid": "p", "type": "prometheus", "access": "proxy", "url": format!("{}/prom", mirror().await),
        "basicAuth": true, "basicAuthUser": "u", "secureJsonData": { "basicAuthPassword": "p" },
    });
    assert_eq!(grafana.post("/api/datasources", source).await.status, 200);
    let asked = grafana
        .get("/api/datasources/proxy/uid/p/api/v1/query?query=up%7Ba%3D%221%22%7D")
        .await;
    assert_eq!(asked.body["uri"], "/prom/api/v1/query?query=up%7Ba%3D%221%22%7D");
    assert_eq!(asked.body["credentials"], "Basic dTpw", "not those of the caller");
    let posted = grafana
        .post("/api/datasources/proxy/1/api/v1/query_range", json!("query=up"))
        .await;
    assert_eq!(
        (&posted.body["uri"], &posted.body["body"]),
        (&json!("/prom/api/v1/query_range"), &json!("\"query=up\""))
    );
    assert_eq!(
        grafana.get("/api/datasources/uid/p/resources/api/v1/labels").await.body["uri"],
        "/prom/api/v1/labels"
    );
    let read = grafana.get("/api/datasources/uid/p").await.body;
    assert_eq!(read["secureJsonFields"], json!({ "basicAuthPassword": true }));
    assert!(read.get("secureJsonData").is_none());
}

#[tokio::test]
async fn nobody_there_is_a_bad_gateway() {
    let grafana = start(Options::default()).await;
    let source = json!({ "name": "P", "type": "prometheus", "access": "proxy", "url": "http://127.0.0.1:9" });
    grafana.post("/api/datasources", source).await;
    assert_eq!(
        grafana
            .get("/api/datasources/proxy/1/api/v1/query?query=up")
            .await
            .status,
        502
    );
    assert_eq!(grafana.get("/api/datasources/proxy/9/api/v1/query").await.status, 404);
    assert_eq!(grafana.get("/api/gnet/dashboards/1").await.status, 502, "offline");
}

#[tokio::test]
async fn the_catalog_can_be_passed_on() {
    let grafana = start(Options {
        grafana_com: Some(mirror().await),
        ..Options::default()
    })
    .await;
    assert_eq!(
        grafana.get("/api/gnet/dashboards/1?a=b").await.body["uri"],
        "/api/dashboards/1?a=b"
    );
}
