use std::time::{Duration, Instant};

use dashctl::sandbox::{Fault, Options};
use serde_json::json;

use super::client::start;

fn fault(text: &str) -> Fault {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_fault_is_shown_as_often_as_it_says() {
    let grafana = start(Options {
        faults: vec![fault("GET /api/search=503*2")],
        ..Options::default()
    })
    .await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(grafana.get("/api/search").await.status);
    }
    assert_eq!(statuses, [503, 503, 200]);
    let logged: Vec<u16> = grafana
        .sandbox
        .requests()
        .iter()
        .map(|request| request.status)
        .collect();
    assert_eq!(logged, statuses);
    grafana.sandbox.clear_requests();
    assert!(grafana.sandbox.requests().is_empty());
}

#[tokio::test]
async fn an_answer_can_ask_for_patience() {
    let grafana = start(Options::default()).await;
    grafana.sandbox.inject(fault("* /api/*=429,Retry-After:7*1"));
    let response = grafana.request("GET", "/api/org").send().await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
}

#[tokio::test]
async fn a_closed_connection_has_done_nothing() {
    let grafana = start(Options::default()).await;
    grafana.sandbox.inject(fault("POST /api/dashboards/db=close*1"));
    let body = json!({ "dashboard": { "uid": "a", "title": "A" } }).to_string();
    let save = || {
        grafana
            .request("POST", "/api/dashboards/db")
            .basic_auth("admin", Some("admin"))
            .body(body.clone())
    };
    assert!(save().send().await.is_err());
    assert_eq!(grafana.get("/api/dashboards/uid/a").await.status, 404);
    assert_eq!(save().send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_lost_answer_has_done_the_work() {
    let grafana = start(Options::default()).await;
    grafana.sandbox.inject(fault("POST /api/dashboards/db=lose*1"));
    let body = json!({ "dashboard": { "uid": "a", "title": "A" } }).to_string();
    let save = grafana
        .request("POST", "/api/dashboards/db")
        .basic_auth("admin", Some("admin"))
        .body(body);
    assert!(save.send().await.is_err());
    assert_eq!(grafana.sandbox.requests()[0].status, 0);
    assert_eq!(
        grafana.get("/api/dashboards/uid/a").await.body["dashboard"]["version"],
        1
    );
}

#[tokio::test]
async fn answers_can_be_slow() {
    let grafana = start(Options {
        delay: Some(Duration::from_millis(30)),
        ..Options::default()
    })
    .await;
    grafana.sandbox.inject(fault("GET /api/org=delay:40"));
    let begin = Instant::now();
    assert_eq!(grafana.get("/api/org").await.status, 200);
    assert!(begin.elapsed() >= Duration::from_millis(70));
}
