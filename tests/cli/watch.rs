use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dashctl::sandbox::{Effect, Fault, Options, Role};
use serde_json::{Value, json};

use super::apply::{dashboard, edit, scene};
use super::receiver::Receiver;
use super::scene::{Scene, token};

/// A watch that runs until the test ends, or it is stopped.
pub struct Watching {
    child: Child,
    said: Arc<Mutex<String>>,
    url: String,
}

impl Watching {
    pub fn start(scene: &Scene, args: &[&str]) -> Self {
        let all = [&["watch", "--listen", "127.0.0.1:0"], args].concat();
        let mut child = scene
            .command(Path::new(""), &all)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (lines, stderr) = (said.clone(), child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                lines.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let mut watching = Self {
            child,
            said,
            url: String::new(),
        };
        let said = watching.wait_for("it to listen", |one| {
            one.said().contains("the report is at http").then(|| one.said())
        });
        let url = said.split("the report is at ").nth(1).unwrap();
        watching.url = url.split_whitespace().next().unwrap().to_owned();
        watching
    }

    pub fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    pub fn wait_for<T>(&self, what: &str, there: impl Fn(&Self) -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(found) = there(self) {
                return found;
            }
            assert!(Instant::now() < deadline, "no {what}; it said:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn get(&self, path: &str) -> (u16, String) {
        self.get_as(path, &self.url["http://".len()..])
    }

    fn get_as(&self, path: &str, host: &str) -> (u16, String) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let request = reqwest::Client::new()
                .get(format!("{}{path}", self.url))
                .header("host", host);
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        })
    }

    /// A figure of `/metrics`, by the beginning of its line.
    pub fn figure(&self, begin: &str) -> Option<f64> {
        let (_, text) = self.get("/metrics");
        let line = text.lines().find(|line| line.starts_with(begin))?.to_owned();
        line.rsplit(' ').next()?.parse().ok()
    }

    /// Waits until `more` rounds have ended.
    pub fn rounds(&self, more: f64) {
        let rounds = |one: &Self| one.figure("dashctl_watch_rounds_total ");
        let target = rounds(self).unwrap_or(0.0) + more;
        self.wait_for("more rounds", |one| rounds(one).filter(|now| *now >= target));
    }

    /// Waits for a report that this is true of.
    pub fn report(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        self.wait_for(what, |one| {
            let (status, text) = one.get("/api/report");
            let report: Value = serde_json::from_str(&text).ok()?;
            (status == 200 && fits(&report)).then_some(report)
        })
    }

    /// Asks it to stop as services are stopped, and gives its exit code.
    #[cfg(unix)]
    pub fn stop(&mut self) -> Option<i32> {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn applied() -> Scene {
    let scene = scene();
    scene.run(&["apply"]).exit(0);
    scene
}

#[test]
fn clients_that_ask_nothing_or_too_much_keep_nobody_out() {
    let watching = Watching::start(&applied(), &["--every", "1h"]);
    let connect = || TcpStream::connect(&watching.url["http://".len()..]).unwrap();
    let silent: Vec<TcpStream> = (0..100).map(|_| connect()).collect();
    let mut slow = connect();
    slow.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n").unwrap();
    assert_eq!(watching.get("/healthz").0, 200);
    for mut one in silent.into_iter().chain([slow]) {
        // Ends only when the server closes it; some say first that time is up.
        one.read_to_end(&mut Vec::new()).unwrap();
    }
    let mut large = connect();
    // What is beyond the bound may not be taken any more.
    let _ = large.write_all(format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "x".repeat(1 << 20)).as_bytes());
    let mut said = Vec::new();
    let _ = large.read_to_end(&mut said);
    assert!(!said.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&said));
    assert_eq!(watching.get("/healthz").0, 200);
}

#[test]
fn it_finds_an_edit_tells_it_once_and_shows_it_until_it_is_gone() {
    let scene = applied();
    let hook = Receiver::start();
    let (url, args) = (hook.url(), ["--every", "100ms", "--webhook"]);
    let mut watching = Watching::start(&scene, &[&args[..], &[url.as_str()]].concat());
    let report = watching.report("first report", |_| true);
    assert_eq!(report["targets"][0]["outcome"], "in-sync");
    assert_eq!(
        (
            watching.get("/healthz").0,
            watching.get("/readyz").0,
            watching.get("/nowhere").0
        ),
        (200, 200, 404)
    );
    edit(&scene, "pods", "/title", &json!("By <b>hand"));
    watching.report("drift", |report| report["targets"][0]["totals"]["drift"] == 1);
    watching.rounds(1.0);
    let said = watching.said();
    watching.rounds(3.0);
    assert_eq!(watching.said(), said, "nothing is said where nothing happened");
    let drifted = "dashctl_drift_dashboard_drifted{repository=\"r-test\",target=";
    assert_eq!(watching.figure(drifted), Some(1.0));
    let taken = hook.taken();
    assert_eq!(taken.len(), 1, "one message for one edit: {taken:?}");
    assert_eq!(taken[0].1["dashboard"]["uid"], "pods");
    let (status, page) = watching.get("/");
    assert_eq!(status, 200);
    assert!(
        page.contains("By &lt;b&gt;hand") && !page.contains("By <b>hand"),
        "{page}"
    );
    // A second edit is a second message; gone, it is gone everywhere.
    edit(&scene, "pods", "/title", &json!("Again"));
    watching.wait_for("second message", |_| (!hook.taken().is_empty()).then_some(()));
    scene.run(&["apply", "--overwrite-drift", "--yes"]).exit(0);
    watching.report("peace", |report| report["targets"][0]["outcome"] == "in-sync");
    let (status, history) = watching.get("/api/history");
    let history: Value = serde_json::from_str(&history).unwrap();
    assert_eq!(
        (status, history.as_array().map(Vec::len)),
        (200, Some(1)),
        "{history:#}"
    );
    assert_eq!(history[0]["by"], json!(["admin"]), "{history:#}");
    assert!(
        history[0]["until"].is_string() && history[0]["what"].is_string(),
        "{history:#}"
    );
    assert!(
        watching
            .get("/")
            .1
            .contains("which dashboards drifted since this watch began")
    );
    assert_eq!(watching.figure(drifted), None);
    assert_eq!(hook.taken().len(), 0);
    assert_eq!(watching.stop(), Some(0));
    let said = watching.wait_for("last word", |one| {
        one.said().contains("watch: stopped").then(|| one.said())
    });
    for part in [
        "2 in sync",
        "1 in sync, 1 drift",
        "was changed in Grafana by admin",
        "watch: stopped",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("SECRET-PART"), "{said}");
}

#[test]
fn a_grafana_that_is_down_is_asked_less_often_and_looked_at_again() {
    let scene = applied();
    let watching = Watching::start(&scene, &["--every", "50ms"]);
    watching.report("first report", |_| true);
    let success = "dashctl_drift_last_success_timestamp_seconds{";
    let before = watching.figure(success).unwrap();
    scene
        .sandbox()
        .inject(Fault::new("*", "/*", Effect::status(500)).unwrap().times(9));
    let report = watching.report("failure", |report| report["targets"][0]["outcome"] == "failed");
    assert!(
        report["targets"][0]["error"].as_str().unwrap().contains("500"),
        "{report}"
    );
    assert!(report["targets"][0]["last_success"].is_string());
    assert_eq!(watching.figure("dashctl_drift_errors{"), Some(1.0));
    assert!(
        watching.figure(success).unwrap() >= before,
        "the last success is remembered"
    );
    watching.wait_for("word of it", |one| {
        one.said().contains("times in a row; the next try is in").then_some(())
    });
    watching.report("recovery", |report| report["targets"][0]["outcome"] == "in-sync");
    watching.rounds(1.0);
    assert!(watching.figure("dashctl_watch_rounds_failed_total").unwrap() >= 3.0);
}

#[test]
fn a_token_that_expired_is_told_as_denied() {
    let options = Options {
        tokens: vec![token(Role::Viewer, "gone")],
        ..Options::default()
    };
    let scene = Scene::new().with_sandbox(options).with_repository();
    scene.write("dashboards/pods.json", &dashboard("pods", "Pods", "up"));
    let scene = scene.with_token("never-valid");
    let watching = Watching::start(&scene, &["--every", "50ms"]);
    watching.report("denial", |report| report["targets"][0]["outcome"] == "denied");
}

#[test]
fn the_repository_is_taken_as_it_is_on_disk_and_a_broken_one_is_told() {
    let scene = applied();
    let watching = Watching::start(&scene, &["--every", "1h"]);
    watching.report("first report", |_| true);
    scene.write("dashboards/pods.json", &dashboard("pods", "Renamed here", "up"));
    watching.report("what is pending", |report| {
        report["targets"][0]["totals"]["pending"] == 1
    });
    let good = scene.read("dashctl.yaml");
    scene.write("dashctl.yaml", &format!("{good}<<<<<<< ours\n"));
    let report = watching.report("broken settings", |report| report["targets"][0]["outcome"] == "failed");
    assert!(
        report["targets"][0]["error"].as_str().unwrap().contains("dashctl.yaml"),
        "{report}"
    );
    scene.write("dashctl.yaml", &good);
    watching.report("mended settings", |report| report["targets"][0]["outcome"] == "differs");
}

#[test]
fn an_edit_that_was_told_is_not_told_again_after_a_time_in_which_nobody_could_look() {
    let scene = applied();
    edit(&scene, "pods", "/title", &json!("By hand"));
    let watching = Watching::start(&scene, &["--every", "50ms"]);
    let is = |outcome: &'static str| move |report: &Value| report["targets"][0]["outcome"] == outcome;
    watching.report("drift", is("differs"));
    scene
        .sandbox()
        .inject(Fault::new("*", "/*", Effect::status(500)).unwrap().times(3));
    watching.report("failure", is("failed"));
    watching.report("drift again", is("differs"));
    let good = scene.read("dashctl.yaml");
    scene.write("dashctl.yaml", &format!("{good}<<<<<<< ours\n"));
    watching.report("broken settings", is("failed"));
    scene.write("dashctl.yaml", &good);
    watching.report("mended settings", is("differs"));
    edit(&scene, "nodes", "/title", &json!("By hand too"));
    let said = watching.wait_for("the second edit", |one| {
        one.said().contains("Nodes was changed").then(|| one.said())
    });
    assert_eq!(said.matches("Pods was changed").count(), 1, "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn requests_and_memory_stay_the_same_round_after_round() {
    let scene = applied();
    edit(&scene, "pods", "/title", &json!("Drifted for years"));
    let watching = Watching::start(&scene, &["--every", "1ms"]);
    let memory = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", watching.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS"))
            .unwrap()
            .to_owned();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap()
    };
    let rounds = || watching.figure("dashctl_watch_rounds_total ").unwrap();
    watching.rounds(50.0);
    let (before, first) = (memory(), rounds());
    let report: Value = serde_json::from_str(&watching.get("/api/report").1).unwrap();
    scene.requests();
    watching.rounds(150.0);
    let (asked, number) = (scene.requests().len(), rounds() - first);
    #[allow(clippy::cast_precision_loss)]
    let each = asked as f64 / number;
    let told = report["targets"][0]["requests"].as_f64().unwrap();
    assert!(
        (each - told).abs() < 1.0,
        "{each} requests a round, and the report says {told}"
    );
    let after = memory();
    assert!(after < before + 4096.0, "from {before} to {after} kB");
}

#[test]
fn the_report_is_only_for_who_asks_for_this_machine() {
    let scene = applied();
    let watching = Watching::start(&scene, &["--every", "1h"]);
    watching.report("first report", |_| true);
    assert_eq!(watching.get_as("/api/report", "evil.example:9180").0, 421);
    assert_eq!(watching.get_as("/api/report", "localhost:9180").0, 200);
    assert_eq!(watching.get_as("/api/report", "[::1]:9180").0, 200);
}

#[test]
fn what_can_t_be_watched_is_said_at_once() {
    let scene = applied();
    let watching = Watching::start(
        &scene,
        &[
            "--every",
            "1h",
            "--webhook",
            "http://127.0.0.1:9/x",
            "--state",
            "sent.json",
        ],
    );
    let taken = &watching.url["http://".len()..];
    scene
        .run(&["watch", "--listen", taken])
        .exit(1)
        .err("can't be listened on");
    scene
        .run(&["watch", "--webhook", "http://127.0.0.1:9/x", "--state", "sent.json"])
        .exit(4)
        .err("sent.json: another dashctl uses it");
    // A check beside it goes on, and tells apart what it could not do.
    scene
        .run(&["drift", "--webhook", "http://127.0.0.1:9/x", "--state", "sent.json"])
        .exit(4)
        .out("2 in sync")
        .err("another dashctl uses it");
    scene.run(&["watch", "--every", "0s"]).exit(64).err("some time between");
    scene.run(&["watch", "--every", "soon"]).exit(64);
    for long in ["99999999999h", "169h"] {
        scene
            .run(&["watch", "--every", long])
            .exit(64)
            .err("once a week at least");
    }
    scene
        .run(&["watch", "--listen", "localhost:9180"])
        .exit(64)
        .err("it takes an IP address and a port, such as 127.0.0.1:9180");
    scene
        .run(&["watch", "--token-file", "-"])
        .exit(64)
        .err("standard input");
    scene.run(&["watch", "--all-targets"]).exit(64).err("no targets");
    Scene::new().run(&["watch"]).exit(64).err("no dashctl repository");
}
