use std::time::{Duration, Instant};

use dashctl::sandbox::{Options, Version};
use libtest_mimic::{Failed, Trial};

use super::need::{Need, trial};
use super::scene::Scene;
use super::server::Server;

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

fn check(version: Version) -> Result<(), Failed> {
    let prometheus = Server::prometheus("global: {}\n", "");
    let config = format!(
        "version: 1\nrepository: r-test\ndatasources:\n  - {{name: Real, uid: real, type: prometheus, url: '{}'}}\n",
        prometheus.url()
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
