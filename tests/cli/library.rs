//! The programs of `examples/`, as they stand there, run against a sandbox.

use dashctl::grafana::Secret;
use dashctl::ops::{CheckOptions, Login, TargetOptions};
use dashctl::stack::Settings;
use serde_json::json;

use super::apply::{edit, scene};
use super::scene::Scene;

#[path = "../../examples/check.rs"]
#[allow(dead_code)]
mod check;
#[path = "../../examples/diff.rs"]
#[allow(dead_code)]
mod diff;
#[path = "../../examples/import.rs"]
#[allow(dead_code)]
mod import;
#[path = "../../examples/render.rs"]
#[allow(dead_code)]
mod render;

fn target(scene: &Scene) -> TargetOptions {
    TargetOptions {
        url: Some(scene.sandbox().url().to_owned()),
        login: Some(Login::User("admin".into(), Secret::new("admin"))),
        ..TargetOptions::default()
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

#[test]
fn a_check_says_who() {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    let options = CheckOptions {
        target: target(&scene),
        ..CheckOptions::default()
    };
    let lines = |scene: &Scene| wait(check::check(&scene.path("work"), &options)).unwrap();
    assert_eq!(lines(&scene), [""; 0]);
    edit(&scene, "pods", "/panels/0/title", &json!("Renamed"));
    let found = lines(&scene);
    assert!(
        found.len() == 1 && found[0].contains("by admin") && found[0].contains("title"),
        "{found:?}"
    );
}

#[test]
fn three_dashboards_are_imported() {
    let scene = Scene::new().with_grafana();
    let result = wait(import::import(&target(&scene))).unwrap();
    assert_eq!(result.dashboards.len(), 3);
    assert_eq!(result.failure(), None);
    let (_, hits) = scene.api("GET", "/api/search?type=dash-db", None);
    assert_eq!(hits.as_array().unwrap().len(), 3);
}

#[test]
fn two_files_are_compared() {
    let file = |title: &str| json!({"title": title, "panels": [], "schemaVersion": 39}).to_string();
    let said = diff::diff(file("A").as_bytes(), file("B").as_bytes()).unwrap();
    assert!(said.contains("title"), "{said}");
    assert!(diff::diff(b"{", b"{}").is_err());
}

#[test]
fn the_stack_is_rendered() {
    let manifests = render::manifests(&Settings::default()).unwrap();
    assert!(manifests.contains("kind: Deployment") && manifests.contains("name: grafana"));
}
