use dashctl::sandbox::{Options, Version};
use serde_json::{Value, json};

use super::client::start;

#[tokio::test]
async fn what_is_saved_is_read_back_with_its_numbers_and_sorted_keys() {
    let grafana = start(Options::default()).await;
    let body = r#"{"dashboard":{"uid":"n","title":"Numbers","z":1.0,"b":1e3,"c":100000000000000000001,"k":1,"k":2}}"#;
    let request = grafana
        .request("POST", "/api/dashboards/db")
        .basic_auth("admin", Some("admin"));
    assert_eq!(request.body(body).send().await.unwrap().status(), 200);

    let read = grafana
        .request("GET", "/api/dashboards/uid/n")
        .basic_auth("admin", Some("admin"));
    let text = read.send().await.unwrap().text().await.unwrap();
    let kept = r#""dashboard":{"b":1e+3,"c":100000000000000000001,"id":1,"k":2,"title":"Numbers","uid":"n","version":1,"z":1.0}}"#;
    assert!(text.ends_with(kept), "{text}");
}

#[tokio::test]
async fn a_save_needs_the_version_that_is_there() {
    let grafana = start(Options::default()).await;
    let first = grafana.save(json!({ "uid": "a", "title": "A" })).await;
    assert_eq!((first.status, &first.body["version"]), (200, &json!(1)));
    let blind = grafana.save(json!({ "uid": "a", "title": "A" })).await;
    assert_eq!((blind.status, &blind.body["status"]), (412, &json!("version-mismatch")));
    let informed = grafana.save(json!({ "uid": "a", "title": "A", "version": 1 })).await;
    assert_eq!((informed.status, &informed.body["version"]), (200, &json!(2)));
}

#[tokio::test]
async fn overwriting_a_title_writes_over_the_other_dashboard() {
    let grafana = start(Options::default()).await;
    grafana.save(json!({ "uid": "first", "title": "Same" })).await;
    let refused = grafana.save(json!({ "uid": "second", "title": "Same" })).await;
    assert_eq!((refused.status, &refused.body["status"]), (412, &json!("name-exists")));
    let forced = json!({ "dashboard": { "uid": "second", "title": "Same", "tags": ["new"] }, "overwrite": true });
    let trapped = grafana.post("/api/dashboards/db", forced).await;
    assert_eq!((trapped.status, &trapped.body["uid"]), (200, &json!("first")));
    assert_eq!(grafana.get("/api/dashboards/uid/second").await.status, 404);
    assert_eq!(
        grafana.get("/api/dashboards/uid/first").await.body["dashboard"]["tags"],
        json!(["new"])
    );
}

#[tokio::test]
async fn a_save_without_a_folder_moves_to_the_root() {
    let grafana = start(Options::default()).await;
    grafana
        .post("/api/folders", json!({ "uid": "team", "title": "Team" }))
        .await;
    let inside = json!({ "dashboard": { "uid": "a", "title": "A" }, "folderUid": "team" });
    assert_eq!(grafana.post("/api/dashboards/db", inside).await.status, 200);
    assert_eq!(
        grafana.get("/api/dashboards/uid/a").await.body["meta"]["folderUid"],
        "team"
    );
    grafana.save(json!({ "uid": "a", "title": "A", "version": 1 })).await;
    assert_eq!(grafana.get("/api/dashboards/uid/a").await.body["meta"]["folderUid"], "");
}

#[tokio::test]
async fn a_folder_goes_with_its_dashboards() {
    let grafana = start(Options::default()).await;
    grafana
        .post("/api/folders", json!({ "uid": "team", "title": "Team" }))
        .await;
    grafana
        .post(
            "/api/dashboards/db",
            json!({ "dashboard": { "uid": "a", "title": "A" }, "folderUid": "team" }),
        )
        .await;
    assert_eq!(grafana.send("DELETE", "/api/folders/team", json!({})).await.status, 200);
    assert_eq!(grafana.get("/api/dashboards/uid/a").await.status, 404);
    assert_eq!(grafana.get("/api/search").await.body, json!([]));
}

#[tokio::test]
async fn history_hides_the_first_message_in_lists_only() {
    let grafana = start(Options::default()).await;
    let save = |version: i64, message: &str| json!({ "dashboard": { "uid": "a", "title": "A", "version": version }, "message": message });
    grafana.post("/api/dashboards/db", save(0, "one")).await;
    grafana.post("/api/dashboards/db", save(1, "two")).await;
    let list = grafana.get("/api/dashboards/uid/a/versions").await.body;
    let messages: Vec<&Value> = list.as_array().unwrap().iter().map(|entry| &entry["message"]).collect();
    assert_eq!(messages, ["two", "Initial save"]);
    assert_eq!(
        grafana.get("/api/dashboards/uid/a/versions/1").await.body["message"],
        "one"
    );
}

#[tokio::test]
async fn old_versions_are_pruned() {
    let grafana = start(Options {
        versions_to_keep: 3,
        ..Options::default()
    })
    .await;
    for version in 0..5 {
        assert_eq!(
            grafana
                .save(json!({ "uid": "a", "title": "A", "version": version }))
                .await
                .status,
            200
        );
    }
    let list = grafana.get("/api/dashboards/uid/a/versions").await.body;
    let versions: Vec<&Value> = list.as_array().unwrap().iter().map(|entry| &entry["version"]).collect();
    assert_eq!(versions, [5, 4, 3]);
    assert_eq!(grafana.get("/api/dashboards/uid/a/versions/1").await.status, 500);
}

#[tokio::test]
async fn restoring_makes_a_new_version_by_id_and_by_uid() {
    let grafana = start(Options::default()).await;
    grafana.save(json!({ "uid": "a", "title": "Old" })).await;
    grafana.save(json!({ "uid": "a", "title": "New", "version": 1 })).await;
    let restored = grafana
        .post("/api/dashboards/uid/a/restore", json!({ "version": 1 }))
        .await;
    assert_eq!((restored.status, &restored.body["version"]), (200, &json!(3)));
    assert_eq!(
        grafana.get("/api/dashboards/uid/a").await.body["dashboard"]["title"],
        "Old"
    );
    let newest = grafana.get("/api/dashboards/uid/a/versions?limit=1").await.body;
    assert_eq!(
        (&newest[0]["message"], &newest[0]["restoredFrom"]),
        (&json!("Restored from version 1"), &json!(1))
    );
    assert_eq!(
        grafana
            .post("/api/dashboards/id/1/restore", json!({ "version": 2 }))
            .await
            .body["version"],
        4
    );
    assert_eq!(
        grafana
            .post("/api/dashboards/uid/a/restore", json!({ "version": 99 }))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn an_import_puts_the_answers_in() {
    let grafana = start(Options::default()).await;
    let dashboard = json!({
        "__inputs": [{ "name": "DS", "type": "datasource", "pluginId": "prometheus" }],
        "__requires": [],
        "title": "Imported",
        "uid": "imp",
        "panels": [{ "datasource": "${DS}", "title": "on ${DS}" }],
    });
    let unanswered = json!({ "dashboard": dashboard, "inputs": [] });
    assert_eq!(grafana.post("/api/dashboards/import", unanswered).await.status, 500);
    let inputs = json!([{ "name": "DS", "type": "datasource", "pluginId": "prometheus", "value": "prod" }]);
    let done = grafana
        .post(
            "/api/dashboards/import",
            json!({ "dashboard": dashboard, "inputs": inputs }),
        )
        .await;
    assert_eq!(
        (done.status, &done.body["importedUrl"]),
        (200, &json!("/d/imp/imported"))
    );
    let saved = grafana.get("/api/dashboards/uid/imp").await.body["dashboard"].clone();
    assert_eq!(saved["panels"][0], json!({ "datasource": "prod", "title": "on prod" }));
    assert!(saved.get("__inputs").is_none());
}

#[tokio::test]
async fn search_pages_through_everything_once() {
    let grafana = start(Options::default()).await;
    for number in 0..25 {
        grafana
            .save(json!({ "uid": format!("d{number}"), "title": format!("Board {number:02}"), "tags": ["t"] }))
            .await;
    }
    let mut seen = Vec::new();
    for page in 1..=4 {
        let hits = grafana
            .get(&format!("/api/search?type=dash-db&tag=t&limit=10&page={page}"))
            .await
            .body;
        seen.extend(
            hits.as_array()
                .unwrap()
                .iter()
                .map(|hit| hit["title"].as_str().unwrap().to_owned()),
        );
    }
    let all: Vec<String> = (0..25).map(|number| format!("Board {number:02}")).collect();
    assert_eq!(seen, all);
}

#[tokio::test]
async fn what_7_5_does_not_have_is_not_found_there() {
    let grafana = start(Options {
        version: Version::V7_5,
        ..Options::default()
    })
    .await;
    grafana.save(json!({ "uid": "a", "title": "A" })).await;
    for path in [
        "/api/dashboards/uid/a/versions",
        "/api/library-elements",
        "/api/serviceaccounts/search",
    ] {
        assert_eq!(grafana.get(path).await.status, 404, "{path}");
    }
    assert_eq!(grafana.get("/api/dashboards/id/1/versions").await.status, 200);
}

#[tokio::test]
async fn of_saves_at_the_same_time_one_wins() {
    let grafana = start(Options::default()).await;
    grafana.save(json!({ "uid": "a", "title": "A" })).await;
    let save = || grafana.save(json!({ "uid": "a", "title": "A", "version": 1 }));
    let answers = futures::future::join_all((0..16).map(|_| save())).await;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    let lost = answers.iter().filter(|answer| answer.status == 412).count();
    assert_eq!((won, lost), (1, 15));
}
