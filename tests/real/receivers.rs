//! A drift check tells the real Pushgateway and Alertmanager, and promtool has nothing against its figures.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::need::{Need, trial};
use super::scene::Scene;
use super::server::{Server, wait};

pub fn trials() -> Vec<Trial> {
    let need = |program| Need {
        name: "prometheus",
        program,
    };
    vec![
        trial(
            "figures_are_pushed_and_old_ones_go",
            &need("prometheus-pushgateway"),
            pushed,
        ),
        trial(
            "each_shard_has_a_group_of_its_own_as_long_as_it_is_one",
            &need("prometheus-pushgateway"),
            sharded,
        ),
        trial(
            "alerts_reach_the_alertmanager",
            &need("prometheus-alertmanager"),
            alerted,
        ),
        trial("promtool_has_nothing_against_the_figures", &need("promtool"), linted),
    ]
}

/// A dashboard that somebody has changed, in a target called `prod`.
pub fn drifted() -> Scene {
    let scene = Scene::new().with_grafana();
    let settings = |name: &str| {
        format!(
            "version: 1\nrepository: r-1\ntargets: {{{name}: {{url: '{}'}}}}\n",
            scene.sandbox().url()
        )
    };
    scene.write("dashctl.yaml", &settings("prod"));
    let dashboard = json!({"uid": "u1", "title": "Pods", "schemaVersion": 37, "panels": []});
    scene.write("dashboards/pods.json", &format!("{dashboard:#}\n"));
    scene.run(&["apply"]).exit(0);
    let mut live = scene.dashboard("u1").unwrap();
    live["title"] = json!("Changed");
    scene.save_by_hand(&live, "", "by hand");
    scene
}

fn pushed() -> Result<(), Failed> {
    let gateway = Server::pushgateway();
    let scene = drifted();
    scene.run(&["drift", "--pushgateway", &gateway.url()]).exit(2);
    let groups = gateway.get("/api/v1/metrics");
    let group = &groups["data"][0];
    assert_eq!(group["labels"]["target"], "prod", "{groups}");
    let metric = |name: &str| group[name]["metrics"].as_array().unwrap().clone();
    let drift = metric("dashctl_drift_dashboards")
        .into_iter()
        .find(|one| one["labels"]["state"] == "drift");
    assert_eq!(drift.unwrap()["value"], "1");
    assert_eq!(metric("dashctl_drift_dashboard_drifted")[0]["labels"]["uid"], "u1");
    // Back in order, the series of the dashboard is gone.
    scene.run(&["apply", "--overwrite-drift"]).exit(0);
    scene.run(&["drift", "--pushgateway", &gateway.url()]).exit(0);
    assert!(gateway.get("/api/v1/metrics")["data"][0]["dashctl_drift_dashboard_drifted"].is_null());
    // A target that was renamed leaves no group behind.
    let renamed = scene.read("dashctl.yaml").replace("prod:", "other:");
    scene.write("dashctl.yaml", &renamed);
    scene.run(&["drift", "--pushgateway", &gateway.url()]).exit(0);
    std::thread::sleep(Duration::from_secs(1));
    let groups = gateway.get("/api/v1/metrics");
    let targets: Vec<&Value> = groups["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| &group["labels"]["target"])
        .collect();
    assert_eq!(targets, ["other"]);
    // Where it can't be pushed, the verdict stands and the failure is told apart.
    scene
        .run(&["drift", "--pushgateway", "http://127.0.0.1:9/secret-path"])
        .exit(4)
        .out("1 checked")
        .err("the Pushgateway at http://127.0.0.1:9");
    Ok(())
}

fn sharded() -> Result<(), Failed> {
    let gateway = Server::pushgateway();
    let scene = drifted();
    let url = gateway.url();
    let groups = || -> Vec<(String, String)> {
        let all = gateway.get("/api/v1/metrics");
        let text = |group: &Value, label: &str| group["labels"][label].as_str().unwrap_or("-").to_owned();
        let groups = all["data"].as_array().unwrap().iter();
        let drifted = |group: &Value| {
            let states = group["dashctl_drift_dashboards"]["metrics"].as_array().unwrap();
            let of_drift = states.iter().find(|one| one["labels"]["state"] == "drift");
            of_drift.unwrap()["value"].as_str().unwrap().to_owned()
        };
        let mut found: Vec<_> = groups.map(|group| (text(group, "shard"), drifted(group))).collect();
        found.sort();
        found
    };
    // The one drifted dashboard falls to one of them.
    let ends: Vec<Option<i32>> = ["0/2", "1/2"]
        .iter()
        .map(|shard| {
            let mut command = scene.command(
                std::path::Path::new(""),
                &["drift", "--shard", shard, "--pushgateway", &url],
            );
            command.output().unwrap().status.code()
        })
        .collect();
    assert!(ends == [Some(0), Some(2)] || ends == [Some(2), Some(0)], "{ends:?}");
    let found = groups();
    assert_eq!(
        found.iter().map(|(shard, _)| shard.as_str()).collect::<Vec<_>>(),
        ["0/2", "1/2"]
    );
    let number = |(_, drifted): &(String, String)| drifted.parse::<u32>().unwrap();
    assert_eq!(found.iter().map(number).sum::<u32>(), 1);
    // Divided otherwise, and not at all: what the earlier shards pushed would be counted for ever.
    scene.run(&["drift", "--shard", "0/1", "--pushgateway", &url]).exit(2);
    wait("one shard", || {
        (groups() == [("0/1".to_owned(), "1".to_owned())]).then_some(())
    });
    scene.run(&["drift", "--pushgateway", &url]).exit(2);
    wait("none", || {
        (groups() == [("-".to_owned(), "1".to_owned())]).then_some(())
    });
    Ok(())
}

fn alerted() -> Result<(), Failed> {
    let manager = Server::alertmanager();
    let scene = drifted();
    scene
        .run(&["drift", "--alertmanager", &manager.url(), "--interval", "1s"])
        .exit(2);
    let alerts = manager.get("/api/v2/alerts");
    assert_eq!(alerts[0]["labels"]["alertname"], "DashboardDrift", "{alerts}");
    assert_eq!(alerts[0]["labels"]["uid"], "u1");
    assert!(
        alerts[0]["annotations"]["summary"]
            .as_str()
            .unwrap()
            .contains("by admin"),
        "{alerts}"
    );
    // Told no more, it ends by itself.
    scene.run(&["apply", "--overwrite-drift"]).exit(0);
    scene
        .run(&["drift", "--alertmanager", &manager.url(), "--interval", "1s"])
        .exit(0);
    let deadline = Instant::now() + Duration::from_secs(30);
    while manager
        .get("/api/v2/alerts")
        .as_array()
        .is_some_and(|alerts| !alerts.is_empty())
    {
        assert!(Instant::now() < deadline, "the alert doesn't end");
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

fn linted() -> Result<(), Failed> {
    let scene = drifted();
    scene.run(&["drift", "--textfile", "drift.prom"]).exit(2);
    let text = scene.read("drift.prom");
    assert!(
        text.contains(r#"dashctl_drift_dashboards{repository="r-1",state="drift",target="prod"} 1"#),
        "{text}"
    );
    let mut lint = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = lint.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, text.as_bytes()).unwrap();
    drop(input);
    let said = lint.wait_with_output().unwrap();
    assert!(
        said.status.success() && said.stdout.is_empty() && said.stderr.is_empty(),
        "{said:?}"
    );
    Ok(())
}
