use std::path::Path;

use dashctl::sandbox::{Error, Options, Sandbox, Version};
use serde_json::json;

use super::client::start;

fn kept(folder: &Path) -> Options {
    Options {
        data: Some(folder.to_owned()),
        ..Options::default()
    }
}

#[tokio::test]
async fn everything_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let grafana = start(kept(folder.path())).await;
    grafana
        .post("/api/folders", json!({ "uid": "team", "title": "Team" }))
        .await;
    for version in 0..3 {
        let save = json!({ "dashboard": { "uid": "a", "title": "A", "n": 1.50, "version": version }, "folderUid": "team", "message": format!("save {version}") });
        assert_eq!(grafana.post("/api/dashboards/db", save).await.status, 200);
    }
    grafana.save(json!({ "uid": "gone", "title": "Gone" })).await;
    grafana.send("DELETE", "/api/dashboards/uid/gone", json!({})).await;
    let source =
        json!({ "name": "P", "type": "prometheus", "access": "proxy", "secureJsonData": { "basicAuthPassword": "x" } });
    grafana.post("/api/datasources", source).await;
    let paths = [
        "/api/dashboards/uid/a",
        "/api/dashboards/uid/a/versions",
        "/api/dashboards/uid/gone",
        "/api/search",
        "/api/datasources/name/P",
    ];
    let mut before = Vec::new();
    for path in paths {
        before.push(grafana.get(path).await);
    }
    grafana.sandbox.stop().await.unwrap();

    let grafana = start(kept(folder.path())).await;
    for (path, before) in paths.iter().zip(before) {
        assert_eq!(grafana.get(path).await, before, "{path}");
    }
    let next = grafana.save(json!({ "title": "Next" })).await;
    assert_eq!(next.body["id"], 4, "the id of what was deleted is not given out again");
}

#[tokio::test]
async fn a_torn_last_line_is_dropped_and_a_damaged_one_named() {
    let folder = tempfile::tempdir().unwrap();
    let grafana = start(kept(folder.path())).await;
    grafana.save(json!({ "uid": "a", "title": "A" })).await;
    grafana.sandbox.stop().await.unwrap();
    let journal = folder.path().join("journal.jsonl");
    let text = std::fs::read_to_string(&journal).unwrap();

    std::fs::write(&journal, format!("{text}[{{\"DashboardGone\":1")).unwrap();
    let grafana = start(kept(folder.path())).await;
    assert_eq!(grafana.get("/api/dashboards/uid/a").await.status, 200);
    grafana.sandbox.stop().await.unwrap();

    std::fs::write(&journal, format!("nonsense\n{text}")).unwrap();
    let error = Sandbox::start(kept(folder.path())).await.unwrap_err();
    assert!(matches!(error, Error::Damaged { line: 1, .. }), "{error}");
    assert!(error.to_string().contains("journal.jsonl"), "{error}");
}

#[tokio::test]
async fn two_sandboxes_do_not_share_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let _first = start(kept(folder.path())).await;
    let error = Sandbox::start(kept(folder.path())).await.unwrap_err();
    assert!(matches!(error, Error::Locked(_)), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_look_into_the_folder_and_tokens_are_not_in_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("store");
    let grafana = start(kept(&data)).await;
    let key = grafana
        .post("/api/auth/keys", json!({ "name": "k", "role": "Viewer" }))
        .await
        .body["key"]
        .clone();
    assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
    let journal = std::fs::read_to_string(data.join("journal.jsonl")).unwrap();
    assert!(!journal.contains(key.as_str().unwrap()));
}

#[tokio::test]
async fn only_loopback_addresses_are_listened_on() {
    let options = Options {
        listen: "0.0.0.0:0".parse().unwrap(),
        version: Version::V9_4,
        ..Options::default()
    };
    assert!(matches!(Sandbox::start(options).await, Err(Error::NotLoopback(_))));
}
