use dashctl::sandbox::{Options, Role, Token, Version};
use serde_json::{Value, json};

use super::client::{Answer, Conversation, answer, start};

const V1: &str = "/apis/dashboard.grafana.app/v1/namespaces/default/dashboards";
const V2: &str = "/apis/dashboard.grafana.app/v2/namespaces/default/dashboards";
const FOLDERS: &str = "/apis/folder.grafana.app/v1/namespaces/default/folders";

async fn grafana() -> Conversation {
    let token = |role, value: &str| Token {
        role,
        value: value.to_owned(),
    };
    start(Options {
        version: Version::V13_1,
        tokens: vec![token(Role::Viewer, "viewer"), token(Role::Editor, "editor")],
        ..Options::default()
    })
    .await
}

fn classic(name: &str, message: &str) -> Value {
    json!({
        "metadata": { "name": name, "annotations": { "grafana.app/message": message } },
        "spec": { "title": name, "schemaVersion": 42, "panels": [] },
    })
}

fn v2(name: &str) -> Value {
    let data = json!({ "kind": "QueryGroup", "spec": { "queries": [], "transformations": [], "queryOptions": {} } });
    let viz = json!({ "kind": "VizConfig", "group": "stat", "version": "", "spec": { "options": {}, "fieldConfig": { "defaults": {}, "overrides": [] } } });
    let panel = json!({ "kind": "Panel", "spec": { "id": 1, "title": "CPU", "description": "", "links": [], "data": data, "vizConfig": viz } });
    let item = json!({ "kind": "GridLayoutItem", "spec": { "x": 0, "y": 0, "width": 8, "height": 4, "element": { "kind": "ElementReference", "name": "p" } } });
    let grid = json!({ "kind": "GridLayout", "spec": { "items": [item] } });
    let tab = json!({ "kind": "TabsLayoutTab", "spec": { "title": "Tab", "layout": grid } });
    json!({
        "metadata": { "name": name },
        "spec": { "title": name, "elements": { "p": panel }, "layout": { "kind": "TabsLayout", "spec": { "tabs": [tab] } } },
    })
}

async fn by(grafana: &Conversation, token: &str, method: &str, path: &str, body: &Value) -> Answer {
    let request = grafana.request(method, path).bearer_auth(token);
    answer(request.body(body.to_string())).await
}

fn resource_version(answer: &Answer) -> &str {
    answer.body["metadata"]["resourceVersion"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_write_needs_the_resource_version_that_is_there_if_any_is_sent() {
    let grafana = grafana().await;
    let created = grafana.post(V1, classic("a", "one")).await;
    assert_eq!((created.status, &created.body["status"]), (201, &json!({})));
    let mut next = classic("a", "two");
    next["spec"]["tags"] = json!(["t"]);
    next["metadata"]["resourceVersion"] = json!(resource_version(&created));
    let path = format!("{V1}/a");
    assert_eq!(grafana.send("PUT", &path, next.clone()).await.status, 200);
    let stale = grafana.send("PUT", &path, next.clone()).await;
    assert_eq!((stale.status, &stale.body["reason"]), (409, &json!("Conflict")));
    next["metadata"]["resourceVersion"].take();
    assert_eq!(grafana.send("PUT", &path, next).await.status, 200);
}

#[tokio::test]
async fn an_unchanged_save_replaces_the_message_and_the_history_keeps_both() {
    let grafana = grafana().await;
    grafana.post(V1, classic("a", "mark")).await;
    let stored = grafana.get(&format!("{V1}/a")).await.body;
    let mut again = stored.clone();
    again["metadata"]["annotations"]["grafana.app/message"] = json!("nothing");
    let saved = grafana.send("PUT", &format!("{V1}/a"), again).await;
    assert_eq!(saved.body["metadata"]["generation"], 1);
    let history = format!("{V1}?labelSelector=grafana.app/get-history=true&fieldSelector=metadata.name=a");
    let history = grafana.get(&history).await.body;
    let messages: Vec<&Value> = history["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["metadata"]["annotations"]["grafana.app/message"])
        .collect();
    assert_eq!(messages, ["nothing", "mark"]);
    let old = format!(
        "{V1}/a?resourceVersion={}",
        stored["metadata"]["resourceVersion"].as_str().unwrap()
    );
    assert_eq!(
        grafana.get(&old).await.body["metadata"]["annotations"]["grafana.app/message"],
        "mark"
    );
}

#[tokio::test]
async fn a_v2_dashboard_is_classic_to_the_older_route_which_does_not_say_so() {
    let grafana = grafana().await;
    assert_eq!(grafana.post(V2, v2("tabs")).await.status, 201);
    let legacy = grafana.get("/api/dashboards/uid/tabs").await.body;
    assert_eq!(legacy["meta"]["apiVersion"], "v0alpha1");
    let kinds: Vec<&Value> = legacy["dashboard"]["panels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|panel| &panel["type"])
        .collect();
    assert_eq!(kinds, ["row", "stat"]);
    let as_v1 = grafana.get(&format!("{V1}/tabs")).await.body;
    assert_eq!(as_v1["status"]["conversion"]["storedVersion"], "v2");
    let as_v2 = grafana.get(&format!("{V2}/tabs")).await.body;
    assert_eq!(
        (&as_v2["status"], &as_v2["spec"]["layout"]["kind"]),
        (&json!({}), &json!("TabsLayout"))
    );
    // A save by the older route flattens it.
    let flat = json!({ "dashboard": { "uid": "tabs", "title": "tabs", "panels": [] }, "overwrite": true });
    assert_eq!(grafana.post("/api/dashboards/db", flat).await.status, 200);
    assert_eq!(
        grafana.get(&format!("{V2}/tabs")).await.body["spec"]["layout"]["kind"],
        "GridLayout"
    );
}

#[tokio::test]
async fn a_creation_is_the_administrators_alone_unless_it_grants_the_usual() {
    let grafana = grafana().await;
    grafana.post(V1, classic("closed", "")).await;
    let mut open = classic("open", "");
    open["metadata"]["annotations"]["grafana.app/grant-permissions"] = json!("default");
    grafana.post(V1, open).await;
    let status = async |token: &str, name: &str| {
        by(&grafana, token, "GET", &format!("{V1}/{name}"), &json!({}))
            .await
            .status
    };
    assert_eq!(
        (status("viewer", "closed").await, status("editor", "closed").await),
        (403, 403)
    );
    assert_eq!(
        (status("viewer", "open").await, status("editor", "open").await),
        (200, 200)
    );
    let list = by(&grafana, "viewer", "GET", V1, &json!({})).await.body;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn lists_come_in_pages_and_as_metadata_alone() {
    let grafana = grafana().await;
    for name in ["a", "b", "c"] {
        grafana.post(V1, classic(name, "")).await;
    }
    let first = grafana.get(&format!("{V1}?limit=2")).await.body;
    let token = first["metadata"]["continue"].as_str().unwrap();
    let second = grafana.get(&format!("{V1}?limit=2&continue={token}")).await.body;
    assert_eq!(
        (
            &second["items"][0]["metadata"]["name"],
            second["metadata"].get("continue")
        ),
        (&json!("c"), None)
    );
    let only = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
    let request = grafana
        .request("GET", V1)
        .basic_auth("admin", Some("admin"))
        .header("accept", only);
    let list = answer(request).await.body;
    assert_eq!(
        (&list["kind"], list["items"][0].get("spec")),
        (&json!("PartialObjectMetadataList"), None)
    );
}

#[tokio::test]
async fn a_dry_run_leaves_nothing_and_a_folder_with_something_in_it_stays() {
    let grafana = grafana().await;
    assert_eq!(
        grafana
            .post(&format!("{V1}?dryRun=All"), classic("dry", ""))
            .await
            .status,
        201
    );
    assert_eq!(grafana.get(&format!("{V1}/dry")).await.status, 404);
    let folder = json!({ "metadata": { "name": "f" }, "spec": { "title": "F" } });
    assert_eq!(grafana.post(FOLDERS, folder).await.status, 201);
    let mut inside = classic("a", "");
    inside["metadata"]["annotations"]["grafana.app/folder"] = json!("f");
    assert_eq!(grafana.post(V1, inside).await.status, 201);
    let refused = grafana.send("DELETE", &format!("{FOLDERS}/f"), json!({})).await;
    assert_eq!(
        (refused.status, &refused.body["details"]["uid"]),
        (400, &json!("folder.not-empty"))
    );
    assert_eq!(
        grafana.get("/api/dashboards/uid/a").await.body["meta"]["folderUid"],
        "f"
    );
}

#[tokio::test]
async fn who_it_was_is_told_by_a_display_name() {
    let grafana = grafana().await;
    let created = grafana.post(V1, classic("a", "")).await.body;
    let author = created["metadata"]["annotations"]["grafana.app/createdBy"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/apis/iam.grafana.app/v0alpha1/namespaces/default/display?key={author}&key=user:nobody");
    let display = by(&grafana, "viewer", "GET", &path, &json!({})).await.body;
    assert_eq!(display["display"][0]["displayName"], "admin");
    assert_eq!(display["invalidKeys"], json!(["user:nobody"]));
}

#[tokio::test]
async fn objects_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let options = || Options {
        version: Version::V13_1,
        data: Some(folder.path().to_owned()),
        ..Options::default()
    };
    let grafana = start(options()).await;
    grafana.post(V2, v2("tabs")).await;
    grafana.post(V1, classic("a", "one")).await;
    let before = grafana.get(V2).await.body;
    grafana.sandbox.stop().await.unwrap();
    assert_eq!(start(options()).await.get(V2).await.body, before);
}

#[tokio::test]
async fn of_two_writers_with_one_resource_version_one_wins() {
    let grafana = grafana().await;
    let created = grafana.post(V1, classic("a", "")).await;
    let write = |tag: &str| {
        let mut body = classic("a", tag);
        body["spec"]["tags"] = json!([tag]);
        body["metadata"]["resourceVersion"] = json!(resource_version(&created));
        body
    };
    let path = format!("{V1}/a");
    let (one, other) = tokio::join!(
        grafana.send("PUT", &path, write("x")),
        grafana.send("PUT", &path, write("y"))
    );
    let mut codes = [one.status, other.status];
    codes.sort_unstable();
    assert_eq!(codes, [200, 409]);
}

#[tokio::test]
async fn in_12_there_is_no_v2_and_earlier_versions_have_no_such_routes() {
    for (version, preferred) in [
        (Version::V12_4, Some("v1beta1")),
        (Version::V13_1, Some("v2")),
        (Version::V11_1, None),
    ] {
        let grafana = start(Options {
            version,
            ..Options::default()
        })
        .await;
        let group = grafana.get("/apis/dashboard.grafana.app").await;
        assert_eq!(
            group.body["preferredVersion"]["version"].as_str(),
            preferred,
            "{version}"
        );
        let v2 = grafana.get(V2).await.status;
        assert_eq!(v2, if version == Version::V13_1 { 200 } else { 404 }, "{version}");
    }
}

#[tokio::test]
async fn what_was_deleted_is_in_the_trash_and_no_longer_in_the_list() {
    let grafana = grafana().await;
    grafana.post(V1, classic("a", "one")).await;
    grafana.post(V1, classic("b", "one")).await;
    grafana.send("DELETE", &format!("{V1}/a"), json!(null)).await;
    let names = |answer: Answer| -> Vec<Value> {
        let items = answer.body["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item["metadata"]["name"].clone()).collect()
    };
    let trash = format!("{V1}?labelSelector=grafana.app/get-trash=true");
    assert_eq!(names(grafana.get(&trash).await), ["a"]);
    assert_eq!(names(grafana.get(V1).await), ["b"]);
}
