use dashctl::sandbox::{Options, Role, Token, User, Version};
use serde_json::json;

use super::client::{answer, start};

fn crowd(version: Version) -> Options {
    let token = |role, value: &str| Token {
        role,
        value: value.to_owned(),
    };
    Options {
        version,
        users: vec![User {
            name: "eve".to_owned(),
            password: "s3cret".to_owned(),
            role: Role::Viewer,
        }],
        tokens: vec![token(Role::Viewer, "read-only"), token(Role::Editor, "writer")],
        ..Options::default()
    }
}

#[tokio::test]
async fn a_viewer_reads_and_does_not_write() {
    for version in [Version::V7_5, Version::V9_4] {
        let grafana = start(crowd(version)).await;
        grafana.save(json!({ "uid": "a", "title": "A" })).await;
        let read = answer(grafana.request("GET", "/api/dashboards/uid/a").bearer_auth("read-only")).await;
        assert_eq!((read.status, &read.body["meta"]["canSave"]), (200, &json!(false)));
        let eve = |method: &str, path: &str| grafana.request(method, path).basic_auth("eve", Some("s3cret"));
        assert_eq!(
            answer(eve("GET", "/api/search")).await.body.as_array().unwrap().len(),
            1
        );
        let body = json!({ "dashboard": { "title": "B" } }).to_string();
        assert_eq!(answer(eve("POST", "/api/dashboards/db").body(body)).await.status, 403);
        assert_eq!(answer(eve("DELETE", "/api/dashboards/uid/a")).await.status, 403);
        assert_eq!(answer(eve("GET", "/api/dashboards/id/1/versions")).await.status, 403);
        assert_eq!(
            answer(eve("POST", "/api/folders").body(r#"{"title":"F"}"#))
                .await
                .status,
            403
        );
    }
}

#[tokio::test]
async fn an_editor_writes_dashboards_and_no_data_sources() {
    let grafana = start(crowd(Version::V9_4)).await;
    let writer = |path: &str, body: &str| {
        grafana
            .request("POST", path)
            .bearer_auth("writer")
            .body(body.to_owned())
    };
    assert_eq!(
        answer(writer("/api/dashboards/db", r#"{"dashboard":{"uid":"a","title":"A"}}"#))
            .await
            .status,
        200
    );
    let refused = answer(writer(
        "/api/datasources",
        r#"{"name":"P","type":"prometheus","access":"proxy"}"#,
    ))
    .await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.body["title"], "Access denied");
    assert_eq!(
        grafana.get("/api/dashboards/uid/a/versions/1").await.body["createdBy"],
        "Anonymous"
    );
}

#[tokio::test]
async fn nobody_gets_in_without_credentials() {
    let grafana = start(Options::default()).await;
    for path in [
        "/api/search",
        "/api/org",
        "/api/folders",
        "/api/datasources",
        "/api/dashboards/uid/a",
    ] {
        assert_eq!(answer(grafana.request("GET", path)).await.status, 401, "{path}");
    }
    assert_eq!(answer(grafana.request("GET", "/api/health")).await.status, 200);
    let wrong = grafana.request("GET", "/api/org").basic_auth("admin", Some("nope"));
    assert_eq!(answer(wrong).await.status, 401);
}

#[tokio::test]
async fn a_session_lasts_from_log_in_to_log_out() {
    let grafana = start(Options::default()).await;
    let log_in = grafana
        .request("POST", "/login")
        .body(r#"{"user":"admin","password":"admin"}"#)
        .send()
        .await
        .unwrap();
    let cookie = log_in.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(
        cookie.starts_with("grafana_session=") && cookie.contains("HttpOnly"),
        "{cookie}"
    );
    let session = cookie.split(';').next().unwrap();
    let org = || grafana.request("GET", "/api/org").header("cookie", session);
    assert_eq!(answer(org()).await.status, 200);
    assert_eq!(
        answer(grafana.request("GET", "/logout").header("cookie", session))
            .await
            .status,
        302
    );
    assert_eq!(answer(org()).await.status, 401);
}

#[tokio::test]
async fn another_organisation_gives_no_role() {
    let grafana = start(Options::default()).await;
    let elsewhere = |method: &str, path: &str| {
        grafana
            .request(method, path)
            .basic_auth("admin", Some("admin"))
            .header("X-Grafana-Org-Id", "2")
    };
    assert_eq!(answer(elsewhere("GET", "/api/org")).await.status, 404);
    let body = json!({ "dashboard": { "title": "B" } }).to_string();
    assert_eq!(
        answer(elsewhere("POST", "/api/dashboards/db").body(body)).await.status,
        403
    );
    let ignored = grafana
        .request("GET", "/api/org")
        .basic_auth("admin", Some("admin"))
        .header("X-Grafana-Org-Id", "x");
    assert_eq!(answer(ignored).await.status, 200);
}

#[tokio::test]
async fn the_quota_keeps_new_dashboards_out() {
    let grafana = start(Options {
        quota: Some(1),
        ..Options::default()
    })
    .await;
    assert_eq!(grafana.save(json!({ "uid": "a", "title": "A" })).await.status, 200);
    let refused = grafana.save(json!({ "uid": "b", "title": "B" })).await;
    assert_eq!(
        (refused.status, refused.body),
        (403, json!({ "message": "Quota reached" }))
    );
    assert_eq!(
        grafana
            .save(json!({ "id": 1, "uid": "a", "title": "A", "version": 1 }))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_provisioned_dashboard_is_nobodys_to_write() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("team")).unwrap();
    std::fs::write(
        folder.path().join("team/p.json"),
        r#"{"uid":"p","title":"P","panels":[]}"#,
    )
    .unwrap();
    let provision = Some(folder.path().to_owned());
    let grafana = start(Options {
        provision: provision.clone(),
        ..Options::default()
    })
    .await;
    let meta = grafana.get("/api/dashboards/uid/p").await.body["meta"].clone();
    assert_eq!(
        (&meta["provisioned"], &meta["provisionedExternalId"]),
        (&json!(true), &json!("team/p.json"))
    );
    let forced = json!({ "dashboard": { "uid": "p", "title": "P" }, "overwrite": true });
    assert_eq!(grafana.post("/api/dashboards/db", forced).await.status, 400);
    assert_eq!(
        grafana.send("DELETE", "/api/dashboards/uid/p", json!({})).await.status,
        400
    );

    let old = start(Options {
        provision,
        version: Version::V7_5,
        ..Options::default()
    })
    .await;
    let by_id = json!({ "dashboard": { "id": 1, "uid": "p", "title": "P" }, "overwrite": true });
    assert_eq!(old.post("/api/dashboards/db", by_id).await.status, 400);
}
