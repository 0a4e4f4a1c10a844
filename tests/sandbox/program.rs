use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use super::client::client;

fn dashctl(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dashctl"));
    command
        .arg("sandbox")
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn the_first_line_is_the_url_and_a_signal_ends_it_well() {
    let mut child = dashctl(&["--listen", "127.0.0.1:0", "--grafana-version", "7.5"])
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line.trim_end().strip_prefix("sandbox: ").unwrap();
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
