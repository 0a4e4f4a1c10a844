use dashctl::sandbox::Options;
use serde_json::json;

use super::client::{Conversation, start};

async fn page(grafana: &Conversation, path: &str) -> (u16, String) {
    let response = grafana.request("GET", path).send().await.unwrap();
    assert!(
        response.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn a_browser_gets_the_panels_and_queries_escaped() {
    let grafana = start(Options::default()).await;
    let evil = "<script>alert('x')</script>";
    let dashboard = json!({
        "uid": "a",
        "title": format!("Title {evil}"),
        "description": evil,
        "panels": [
            { "type": "graph", "title": evil, "targets": [{ "expr": format!("up{{a=\"{evil}\"}}") }] },
            { "type": "row", "title": "A row", "panels": [{ "type": evil, "title": "Inside", "targets": [{ "rawSql": "SELECT 1" }] }] },
        ],
    });
    assert_eq!(grafana.save(dashboard).await.status, 200);
    let (status, text) = page(&grafana, "/d/a/any-slug").await;
    assert_eq!(status, 200);
    assert!(!text.contains("<script"), "{text}");
    for shown in [
        "dashctl sandbox",
        "&lt;script&gt;",
        "up{a=&quot;",
        "A row",
        "Inside",
        "SELECT 1",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    assert!(
        !text.contains("src=") && !text.contains("http"),
        "nothing is loaded from elsewhere: {text}"
    );
}

#[tokio::test]
async fn the_root_and_folders_list_what_is_in_them() {
    let grafana = start(Options::default()).await;
    grafana
        .post("/api/folders", json!({ "uid": "team", "title": "Team & Co" }))
        .await;
    grafana.save(json!({ "uid": "root", "title": "At the root" })).await;
    grafana
        .post(
            "/api/dashboards/db",
            json!({ "dashboard": { "uid": "in", "title": "In it" }, "folderUid": "team" }),
        )
        .await;
    let (_, root) = page(&grafana, "/").await;
    assert!(
        root.contains("At the root") && root.contains("Team &amp; Co") && !root.contains("In it"),
        "{root}"
    );
    let (_, folder) = page(&grafana, "/dashboards/f/team/team-and-co").await;
    assert!(
        folder.contains("/d/in/in-it") && !folder.contains("At the root"),
        "{folder}"
    );
    assert_eq!(page(&grafana, "/d/nothing").await.0, 404);
}
