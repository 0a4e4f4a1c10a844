use std::net::TcpListener;

use dashctl::sandbox::{Effect, Fault, Options, Sandbox};
use serde_json::{Value, json};

use super::apply::dashboard;
use super::scene::Scene;

/// A repository with a target for each of these URLs, named a, b, c, …
fn fleet(urls: &[String]) -> Scene {
    let mut scene = Scene::new();
    let names = ["a", "b", "c", "d", "e", "f"];
    let targets: String = names
        .iter()
        .zip(urls)
        .map(|(name, url)| format!("  {name}: {{url: '{url}'}}\n"))
        .collect();
    scene.write(
        "dashctl.yaml",
        &format!("version: 1\nrepository: r-fleet\ntargets:\n{targets}"),
    );
    scene.write("password", "admin");
    let password = scene.path("password");
    let of_url = |url: &String| format!("  {url}: {{user: admin, password_file: '{}'}}\n", password.display());
    scene.write(
        "credentials.yaml",
        &format!("credentials:\n{}", urls.iter().map(of_url).collect::<String>()),
    );
    let credentials = scene.path("credentials.yaml");
    scene.set("DASHCTL_CREDENTIALS", credentials.to_str().unwrap());
    scene.write("dashboards/pods.json", &dashboard("pods", "Pods", "up"));
    scene
}

fn row<'a>(report: &'a Value, target: &str) -> &'a Value {
    let rows = report["targets"].as_array().unwrap();
    rows.iter().find(|row| row["target"] == target).unwrap()
}

#[test]
fn of_many_grafanas_each_has_its_own_outcome_and_none_hides_another() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let start = |options: Options| runtime.block_on(Sandbox::start(options)).unwrap();
    let (fine, empty, refusing, hanging) = (
        start(Options::default()),
        start(Options::default()),
        start(Options {
            admin_password: "another".into(),
            ..Options::default()
        }),
        start(Options::default()),
    );
    // Takes connections, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let urls = [
        fine.url().to_owned(),
        empty.url().to_owned(),
        refusing.url().to_owned(),
        hanging.url().to_owned(),
        format!("http://{}", silent.local_addr().unwrap()),
        "http://127.0.0.1:9".to_owned(),
    ];
    let scene = fleet(&urls);
    scene.run(&["apply", "--target", "a"]).exit(0);
    scene.run(&["apply", "--target", "d"]).exit(0);
    hanging.inject(
        Fault::new(
            "GET",
            "/api/dashboards/uid/pods",
            Effect::Delay(std::time::Duration::from_secs(60)),
        )
        .unwrap(),
    );
    let args = [
        "drift",
        "--all-targets",
        "--timeout",
        "1",
        "-o",
        "json",
        "-o",
        "text=drift.txt",
    ];
    let report = scene.run(&args).exit(4).json();
    let outcome = |target: &str| row(&report, target)["outcome"].as_str().unwrap().to_owned();
    assert_eq!(outcome("a"), "in-sync");
    assert_eq!(
        (outcome("b"), &row(&report, "b")["totals"]),
        ("differs".into(), &json!({"missing": 1}))
    );
    assert_eq!(outcome("c"), "denied");
    assert_eq!(
        (outcome("d"), row(&report, "d")["failed"][0]["name"].as_str()),
        ("partial".into(), Some("pods"))
    );
    assert_eq!((outcome("e"), outcome("f")), ("failed".into(), "failed".into()));
    let text = scene.read("drift.txt");
    for part in [
        "== a (http",
        "1 in sync",
        "1 missing",
        "x denied",
        "x failed    pods",
        "x failed",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
}

#[test]
fn where_no_target_could_be_looked_at_the_exit_code_says_why() {
    let scene = fleet(&["http://127.0.0.1:9".to_owned()]);
    scene.run(&["drift", "--all-targets"]).exit(1);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let options = Options {
        admin_password: "another".into(),
        ..Options::default()
    };
    let refusing = runtime.block_on(Sandbox::start(options)).unwrap();
    fleet(&[refusing.url().to_owned()])
        .run(&["drift", "--all-targets"])
        .exit(3);
}

#[test]
fn an_error_names_the_target_and_its_grafana_and_a_report_says_neither_twice() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let options = Options {
        admin_password: "another".into(),
        ..Options::default()
    };
    let denying = runtime.block_on(Sandbox::start(options)).unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent_url = format!("http://{}", silent.local_addr().unwrap());
    let urls = [
        "http://127.0.0.1:9".to_owned(),
        denying.url().to_owned(),
        silent_url.clone(),
    ];
    let scene = fleet(&urls);
    let args = ["drift", "--all-targets", "--timeout", "1", "-o", "json"];
    let ran = scene.run(&[&args[..], &["-o", "html=f.html", "-o", "junit=f.xml"]].concat());
    let ran = ran
        .exit(3)
        .err("error: target a: asking http://127.0.0.1:9: connection refused\n  hint: is the URL right")
        .err(&format!(
            "error: target b: asking {}: Grafana answered 401: ",
            denying.url()
        ))
        .err(&format!("error: target c: asking {silent_url}: no answer in time\n"));
    let report = ran.json();
    assert_eq!(row(&report, "a")["error"], "connection refused");
    for file in ["f.html", "f.xml"] {
        let text = scene.read(file);
        assert!(text.contains("connection refused"), "{text}");
        assert!(!text.contains("asking http"), "{text}");
    }
    scene
        .run(&["drift", "--target", "a"])
        .exit(1)
        .err("error: asking http://127.0.0.1:9: connection refused\n");
}
