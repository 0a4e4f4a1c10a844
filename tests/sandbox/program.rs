use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use super::client::{answer, client};

fn dashctl(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dashctl"));
    command
        .arg("sandbox")
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Starts the program and reads where it is.
fn start(arguments: &[&str]) -> (Child, String) {
    let mut child = dashctl(arguments).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line.trim_end().strip_prefix("sandbox: ").unwrap().to_owned();
    (child, url)
}

#[tokio::test]
async fn the_first_line_is_the_url_and_a_signal_ends_it_well() {
    let (mut child, url) = start(&["--listen", "127.0.0.1:0", "--grafana-version", "7.5"]);
    assert!(url.starts_with("http://127.0.0.1:") && !url.ends_with(":0"), "{url}");
    let health = client()
        .get(format!("{url}/api/health"))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(health.contains("7.5.5"), "{health}");
    let killed = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--listen", "127.0.0.1:0", "--data", folder.path().to_str().unwrap()];
    let (mut child, url) = start(&arguments);
    let admin = |method: reqwest::Method, url: String| client().request(method, url).basic_auth("admin", Some("admin"));
    let save = admin(reqwest::Method::POST, format!("{url}/api/dashboards/db"));
    let body = r#"{"dashboard":{"uid":"a","title":"A"}}"#;
    assert_eq!(answer(save.body(body)).await.status, 200);
    child.kill().unwrap();
    child.wait().unwrap();

    let (mut child, url) = start(&arguments);
    let read = answer(admin(reqwest::Method::GET, format!("{url}/api/dashboards/uid/a"))).await;
    assert_eq!(
        (read.status, read.body["dashboard"]["title"].as_str()),
        (200, Some("A"))
    );
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn an_address_that_others_can_reach_is_wrong_usage() {
    let output = dashctl(&["--listen", "0.0.0.0:0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("loopback"));
}

#[test]
fn a_fault_that_cant_be_read_is_wrong_usage() {
    let output = dashctl(&["--fault", "everything breaks"]).output().unwrap();
    assert_eq!(output.status.code(), Some(64));
}
