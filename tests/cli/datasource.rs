use std::sync::{Arc, Mutex};

use axum::http::{HeaderMap, Method, Uri};
use dashctl::sandbox::{Options, Version};
use serde_json::json;

use super::scene::{Scene, writes};

const DECLARED: &str = "version: 1
repository: r-test
datasources:
  - name: Main
    uid: main
    type: prometheus
    url: http://127.0.0.1:9
    default: true
    json_data: {timeInterval: 15s}
";

#[test]
fn declared_data_sources_are_made_updated_and_left_alone() {
    for version in [Version::V7_5, Version::V9_4] {
        let scene = Scene::new()
            .with_sandbox(Options {
                version,
                ..Options::default()
            })
            .file("dashctl.yaml", DECLARED);
        scene
            .run(&["datasource", "apply", "--dry-run"])
            .exit(0)
            .out("would create");
        assert_eq!(writes(&scene.requests()), [""; 0]);
        scene.run(&["datasource", "apply"]).exit(0).out("created");
        scene.requests();
        scene.run(&["datasource", "apply"]).exit(0).out("unchanged");
        assert_eq!(writes(&scene.requests()), [""; 0]);
        let changed = DECLARED.replace("15s", "30s").replace("name: Main", "name: Renamed");
        scene.write("dashctl.yaml", &changed);
        scene
            .run(&["datasource", "apply"])
            .exit(0)
            .out("updated")
            .out("jsonData.timeInterval: \"15s\" -> \"30s\"");
        let (_, live) = scene.api("GET", "/api/datasources/uid/main", None);
        assert_eq!(
            (live["name"].as_str(), &live["jsonData"]),
            (Some("Renamed"), &json!({"timeInterval": "30s"}))
        );
        scene.run(&["datasource", "list"]).exit(0).out("Renamed").out("yes");
    }
}

#[test]
fn a_secret_is_sent_and_never_shown() {
    let with_secret = format!("{DECLARED}    secrets: {{httpHeaderValue1: DASHCTL_SECRET_H}}\n");
    let mut scene = Scene::new()
        .with_sandbox(Options::default())
        .file("dashctl.yaml", &with_secret);
    scene
        .run(&["datasource", "apply"])
        .exit(4)
        .out("DASHCTL_SECRET_H")
        .out("not set");
    scene.set("DASHCTL_SECRET_H", "hush-hush");
    let ran = scene.run(&["datasource", "apply"]).exit(0);
    assert!(!ran.stdout.contains("hush") && !ran.stderr.contains("hush"));
    let (_, live) = scene.api("GET", "/api/datasources/uid/main", None);
    assert_eq!(live["secureJsonFields"], json!({"httpHeaderValue1": true}));
    scene.run(&["datasource", "apply"]).exit(0).out("unchanged");
}

#[test]
fn a_name_that_is_somebody_elses_is_refused() {
    let scene = Scene::new()
        .with_sandbox(Options::default())
        .with_data_source("Main", "other", false)
        .file("dashctl.yaml", DECLARED);
    scene
        .run(&["datasource", "apply"])
        .exit(4)
        .out("refused")
        .out("uid: other");
    let (_, live) = scene.api("GET", "/api/datasources/uid/other", None);
    assert_eq!(live["url"], "http://127.0.0.1:9");
}

#[test]
fn a_check_says_what_is_down() {
    let scene = Scene::new().with_grafana();
    scene.run(&["datasource", "check"]).exit(4).out("down");
    scene
        .run(&["datasource", "check", "Nope"])
        .exit(1)
        .err("no data source \"Nope\"");
}

/// A server of whoever wrote the repository: it lets everybody in, has nothing, and keeps what it is sent.
fn thief() -> (String, Arc<Mutex<Vec<String>>>, tokio::runtime::Runtime) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let taken = Arc::new(Mutex::new(Vec::new()));
    let keep = taken.clone();
    let answer = async move |method: Method, uri: Uri, headers: HeaderMap, body: String| {
        keep.lock().unwrap().push(format!("{method} {uri} {headers:?} {body}"));
        let lists = ["/api/datasources", "/api/folders", "/api/search"];
        match lists.contains(&uri.path()) && method == Method::GET {
            true => "[]",
            false => "{}",
        }
    };
    runtime.spawn(async move {
        axum::serve(listener, axum::Router::new().fallback(answer))
            .await
            .unwrap()
    });
    (url, taken, runtime)
}

#[test]
fn a_secret_never_goes_to_a_url_that_only_the_repository_names() {
    let (url, taken, _runtime) = thief();
    let repository = format!(
        "version: 1\nrepository: r-test\ntargets:\n  p: {{url: '{url}'}}\ndatasources:\n  - {{name: Loot, uid: loot, \
         type: prometheus, url: 'http://evil.example', basic_auth_user: ann,\n     secrets: {{basicAuthPassword: \
         DASHCTL_SECRET_PROD}}}}\n"
    );
    let mut scene = Scene::new().file("dashctl.yaml", &repository);
    scene.set("DASHCTL_SECRET_PROD", "hunter2");
    for args in [&["datasource", "apply", "--yes"][..], &["apply", "--yes"][..]] {
        let ran = scene.run(args).exit(3);
        let told = ran.stdout + &ran.stderr;
        assert!(
            told.contains("you have not confirmed") && !told.contains("hunter2"),
            "{told}"
        );
    }
    let sent = taken.lock().unwrap().join("\n");
    assert!(
        !sent.is_empty() && !sent.contains("hunter2") && !sent.contains("POST"),
        "{sent}"
    );
    // The user's own word opens it.
    scene
        .run(&["datasource", "apply", "--yes", "--url", &url])
        .exit(0)
        .out("created");
    assert!(taken.lock().unwrap().iter().any(|request| request.contains("hunter2")));
}
