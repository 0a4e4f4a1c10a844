use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dashctl::sandbox::{Options, Version};
use libtest_mimic::{Failed, Trial};

use super::need::{Need, trial};
use super::scene::Scene;

const PROMETHEUS: Need = Need {
    name: "prometheus",
    program: "prometheus",
};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("a_data_source_is_checked_through_grafana_9_4", &PROMETHEUS, || {
            check(Version::V9_4)
        }),
        trial("a_data_source_is_checked_through_grafana_7_5", &PROMETHEUS, || {
            check(Version::V7_5)
        }),
    ]
}

/// A Prometheus of its own, on a free port, that scrapes nothing. It ends with the test.
struct Prometheus {
    child: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("prometheus.yml"), "global: {}\n").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("prometheus")
            .arg(format!(
                "--config.file={}",
                folder.path().join("prometheus.yml").display()
            ))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let prometheus = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
            _folder: folder,
        };
        let deadline = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "Prometheus doesn't listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        prometheus
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn check(version: Version) -> Result<(), Failed> {
    let prometheus = Prometheus::start();
    let config = format!(
        "version: 1\nrepository: r-test\ndatasources:\n  - {{name: Real, uid: real, type: prometheus, url: '{}'}}\n",
        prometheus.url
    );
    let options = Options {
        version,
        ..Options::default()
    };
    let scene = Scene::new().with_sandbox(options).file("dashctl.yaml", &config);
    scene.run(&["datasource", "apply"]).exit(0).out("created");
    // A Prometheus that has just begun to listen may still be replaying.
    let deadline = Instant::now() + Duration::from_secs(30);
    while scene.run(&["datasource", "check", "Real"]).stdout.contains("down") && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(100));
    }
    scene
        .run(&["datasource", "check", "Real"])
        .exit(0)
        .out("ok")
        .out("answers queries");
    drop(prometheus);
    scene.run(&["datasource", "check", "Real"]).exit(4).out("down");
    Ok(())
}
