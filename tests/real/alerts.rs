//! The whole way of a drift: found, pushed, scraped, alerted of, taken back, and over.

use dashctl::catalog::DRIFT;
use dashctl::dashboard::panels;
use dashctl::stack::drift_rules;
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use super::need::trial_of_all;
use super::receivers::drifted;
use super::server::{Server, wait};

pub fn trials() -> Vec<Trial> {
    let programs = ["prometheus", "prometheus-pushgateway", "prometheus-alertmanager"];
    let name = "a_drift_becomes_an_alert_and_ends_with_it";
    vec![trial_of_all(name, "prometheus", &programs, life)]
}

/// A Prometheus that scrapes the Pushgateway, alerts by our own rules, and doesn't wait for an hour.
fn prometheus(gateway: &Server, manager: &Server) -> Result<Server, Failed> {
    let rules = drift_rules("1h")?;
    let at_once = |line: &str| match line.trim_start().starts_with("for: ") {
        true => line
            .split("for: ")
            .next()
            .map(|indent| format!("{indent}for: 0s\n"))
            .unwrap_or_default(),
        false => format!("{line}\n"),
    };
    let impatient: String = rules.lines().map(at_once).collect();
    assert_ne!(rules, impatient);
    let config = format!(
        "global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [rules.yml]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ['{}']}}]}}]}}
scrape_configs:
  - {{job_name: pushgateway, honor_labels: true, static_configs: [{{targets: ['{}']}}]}}
",
        manager.address(),
        gateway.address()
    );
    Ok(Server::prometheus(&config, &impatient))
}

fn alert(manager: &Server, name: &str) -> Option<Value> {
    let alerts = manager.get("/api/v2/alerts?active=true");
    let found = alerts
        .as_array()?
        .iter()
        .find(|alert| alert["labels"]["alertname"] == name);
    found.cloned()
}

fn life() -> Result<(), Failed> {
    let (gateway, manager) = (Server::pushgateway(), Server::alertmanager());
    let prometheus = prometheus(&gateway, &manager)?;
    let scene = drifted();
    let url = gateway.url();
    let check = ["drift", "--pushgateway", url.as_str()];
    scene.run(&check).exit(2);
    let alerted = wait("alert", || alert(&manager, "DashboardDrift"));
    assert_eq!(alerted["labels"]["target"], "prod");
    assert_eq!(
        alerted["annotations"]["summary"],
        "1 dashboards of prod are not as the repository says"
    );
    shown(&prometheus)?;
    // Grafana can't be reached any more: the check is what fails, and the drift stays known.
    let good = scene.read("dashctl.yaml");
    scene.write(
        "dashctl.yaml",
        &good.replace(scene.sandbox().url(), "http://127.0.0.1:9"),
    );
    scene.run(&[&check[..], &["--target", "prod"]].concat()).exit(1);
    wait("alert of the check", || alert(&manager, "DashboardDriftCheckFailing"));
    assert!(alert(&manager, "DashboardDrift").is_some());
    scene.write("dashctl.yaml", &good);
    // Taken back, all is over.
    scene.run(&["apply", "--overwrite-drift"]).exit(0);
    scene.run(&check).exit(0);
    wait("end of the alerts", || {
        manager.get("/api/v2/alerts").as_array()?.is_empty().then_some(())
    });
    Ok(())
}

/// Every panel of the dashboard "dashctl: drift" has something to show.
fn shown(prometheus: &Server) -> Result<(), Failed> {
    let dashboard = dashctl::dashboard::parse(DRIFT)?;
    let mut asked = 0;
    for panel in panels(dashboard.content()) {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let expr = target["expr"].as_str().unwrap_or_default();
            let expr = expr.replace("$repository", ".+").replace("$target", ".+");
            let query = url::form_urlencoded::byte_serialize(expr.as_bytes()).collect::<String>();
            let answer = wait(&format!("data of {expr}"), || {
                let answer = prometheus.get(&format!("/api/v1/query?query={query}"));
                let some = answer["data"]["result"].as_array().is_some_and(|rows| !rows.is_empty());
                some.then_some(answer)
            });
            if panel["title"] == "Changed by somebody" {
                assert_eq!(answer["data"]["result"][0]["value"][1], "1");
            }
            asked += 1;
        }
    }
    assert!(asked >= 12, "{asked}");
    Ok(())
}
