use dashctl::sandbox::Options;

use super::scene::Scene;

#[test]
fn it_says_which_setting_won() {
    let mut scene = Scene::new().with_grafana();
    let url = scene.sandbox().url().to_owned();
    scene
        .run(&["status"])
        .exit(0)
        .out("9.4")
        .out("Main Org.")
        .out("admin")
        .out("GRAFANA_URL")
        .out("GRAFANA_USER and GRAFANA_PASSWORD");
    let json = scene.run(&["status", "-o", "json"]).exit(0).json();
    assert_eq!(json["grafana"]["sandbox"], true);
    assert_eq!(json["settings"][0]["from"], "GRAFANA_URL");
    scene.set("GRAFANA_URL", "http://127.0.0.1:9");
    scene.set("DASHCTL_CREDENTIALS", scene.path("mine.yaml").to_str().unwrap());
    scene.write(
        "mine.yaml",
        &format!("credentials:\n  {url}: {{user: admin, password: admin}}\n"),
    );
    scene
        .run(&["status", "--url", &url])
        .exit(0)
        .out("--url")
        .out("mine.yaml");
}

#[test]
fn a_wrong_password_is_tried_once_and_exits_with_3() {
    let mut scene = Scene::new().with_sandbox(Options::default());
    scene.set("GRAFANA_PASSWORD", "wrong");
    scene
        .run(&["status"])
        .exit(3)
        .err("401")
        .err("GRAFANA_TOKEN")
        .err("GRAFANA_USER and GRAFANA_PASSWORD");
    let logins = scene
        .requests()
        .iter()
        .filter(|request| request.path == "/login")
        .count();
    assert_eq!(logins, 1, "a second try would bring the account closer to its lock-out");
}

#[test]
fn a_server_that_is_not_there_is_said_so() {
    let scene = Scene::new();
    scene
        .run(&["status", "--url", "http://127.0.0.1:9"])
        .exit(1)
        .err("GET /api/health")
        .err("refused");
    scene
        .run(&["status"])
        .exit(64)
        .err("no Grafana is named")
        .err("up --sandbox");
}

#[test]
fn the_session_is_ended() {
    let scene = Scene::new().with_grafana();
    scene.requests();
    scene.run(&["status"]).exit(0);
    let paths: Vec<String> = scene.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths.last().map(String::as_str), Some("/logout"), "{paths:?}");
    assert_eq!(paths.iter().filter(|path| *path == "/login").count(), 1);
}
