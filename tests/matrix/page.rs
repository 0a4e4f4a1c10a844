//! What the pages of each version do when somebody presses save.

use dashctl::sandbox::Version;
use serde_json::{Value, json};

use super::scene::Scene;

/// By which request the page of a version saves, as seen in a browser.
pub fn route(version: Version) -> &'static str {
    match version {
        Version::V12_4 => "PUT …/v1beta1/…",
        Version::V13_1 => "PUT …/v2/…",
        _ => "POST /api/dashboards/db",
    }
}

/// Saves a dashboard with another title of its first panel; with the one that it has, a save without an edit.
pub fn save(scene: &Scene, version: Version, uid: &str, panel: &str, message: &str) {
    match version {
        Version::V12_4 => put(scene, "v1beta1", "Grafana v12.4.0 (ebae266a)", uid, message, |spec| {
            spec["panels"][0]["title"] = json!(panel);
        }),
        Version::V13_1 => put(scene, "v2", "Grafana v13.1.0 (4b129b8f)", uid, message, |spec| {
            spec["elements"]["panel-1"]["spec"]["title"] = json!(panel);
        }),
        _ => post(scene, version, uid, panel, message),
    }
}

fn post(scene: &Scene, version: Version, uid: &str, panel: &str, message: &str) {
    let (_, mut read) = scene.api("GET", &format!("/api/dashboards/uid/{uid}"), None);
    let (mut dashboard, meta) = (read["dashboard"].take(), read["meta"].take());
    dashboard["panels"][0]["title"] = json!(panel);
    let mut body = json!({"dashboard": dashboard, "message": message, "overwrite": false});
    match version {
        Version::V7_5 => body["folderId"] = meta["folderId"].clone(),
        _ => body["folderUid"] = meta["folderUid"].clone(),
    }
    let (status, answer) = scene.api("POST", "/api/dashboards/db", Some(&body));
    assert_eq!(status, 200, "{answer}");
}

fn put(scene: &Scene, api: &str, page: &str, uid: &str, message: &str, edit: impl FnOnce(&mut Value)) {
    let mut object = object(scene, api, uid);
    object.as_object_mut().unwrap().remove("status");
    object["metadata"]["annotations"]["grafana.app/message"] = json!(message);
    object["metadata"]["annotations"]["grafana.app/saved-from-ui"] = json!(page);
    edit(&mut object["spec"]);
    let path = format!("{}?fieldValidation=Ignore", path(api, uid));
    let (status, answer) = scene.api("PUT", &path, Some(&object));
    assert_eq!(status, 200, "{answer}");
}

/// Saves a library panel with this title. Up to 10 the page keeps keys that it doesn't know; from 11 on it drops them.
pub fn save_library_panel(scene: &Scene, version: Version, uid: &str, title: &str) {
    let path = format!("/api/library-elements/{uid}");
    let (status, mut answer) = scene.api("GET", &path, None);
    assert_eq!(status, 200, "{answer}");
    let mut element = answer["result"].take();
    element["model"]["title"] = json!(title);
    if version >= Version::V11_1 {
        element["model"].as_object_mut().unwrap().remove("dashctl");
    }
    let body = json!({"name": element["name"], "kind": 1, "model": element["model"], "version": element["version"],
        "folderUid": element["folderUid"]});
    let (status, answer) = scene.api("PATCH", &path, Some(&body));
    assert_eq!(status, 200, "{answer}");
}

/// A dashboard at a version of the API of objects.
pub fn object(scene: &Scene, api: &str, uid: &str) -> Value {
    let (status, object) = scene.api("GET", &path(api, uid), None);
    assert_eq!(status, 200, "{object}");
    object
}

fn path(api: &str, uid: &str) -> String {
    format!("/apis/dashboard.grafana.app/{api}/namespaces/default/dashboards/{uid}")
}
