use std::path::Path;
use std::process::Command;

use dashctl::stack::{LocalTargets, Settings, Targets, alerting_rules, prometheus_config, recording_rules, to_yaml};
use libtest_mimic::{Failed, Trial};

use super::discovery;
use super::need::trial;
use super::program::programs;

pub fn trials() -> Vec<Trial> {
    let promtool = programs(&["promtool"]);
    vec![
        trial("promtool_takes_the_clusters_configuration", &promtool, cluster),
        trial("promtool_takes_the_local_configuration", &promtool, local),
        trial("promtool_takes_the_rules_of_every_setting", &promtool, rules),
        trial("alerts_fire_when_they_should", &promtool, alerts),
        trial("a_long_interval_makes_alerts_patient", &promtool, patient),
    ]
}

fn settings(yaml: &str) -> Settings {
    serde_saphyr::from_str(yaml).unwrap()
}

fn promtool(args: &[&str], folder: &Path) -> Result<(), Failed> {
    let output = Command::new("promtool").args(args).current_dir(folder).output()?;
    if output.status.success() {
        return Ok(());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Err(format!(
        "promtool {}:\n{}{}",
        args.join(" "),
        text(&output.stdout),
        text(&output.stderr)
    )
    .into())
}

fn cluster() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let extra = "extra_scrape_configs: [{job_name: mine, static_configs: [{targets: ['a:1']}], sample_limit: 1000}]";
    for yaml in [
        "{}",
        "prometheus: {scrape_interval: 5s}",
        "alertmanager: {enabled: false}",
        extra,
    ] {
        let text = prometheus_config(&settings(yaml), &Targets::Kubernetes)?;
        let mut config: serde_json::Value = serde_saphyr::from_str(&text)?;
        discovery::from_files(&mut config, folder.path());
        std::fs::write(folder.path().join("prometheus.yml"), to_yaml(&config)?)?;
        // The files of rules are where a pod has them.
        promtool(&["check", "config", "--syntax-only", "prometheus.yml"], folder.path())?;
    }
    Ok(())
}

fn write_rules(settings: &Settings, folder: &Path) -> Result<(), Failed> {
    std::fs::write(folder.join("recording_rules.yml"), recording_rules(settings)?)?;
    std::fs::write(folder.join("alerting_rules.yml"), alerting_rules(settings)?)?;
    Ok(())
}

fn local() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let settings = Settings::default();
    write_rules(&settings, folder.path())?;
    let targets = LocalTargets {
        node: "laptop".into(),
        prometheus: "127.0.0.1:9090".into(),
        alertmanager: Some("127.0.0.1:9093".into()),
        node_exporter: Some("127.0.0.1:9100".into()),
        pushgateway: Some("127.0.0.1:9091".into()),
        grafana: Some("127.0.0.1:3000".into()),
        rule_files: vec!["recording_rules.yml".into(), "alerting_rules.yml".into()],
    };
    let config = prometheus_config(&settings, &Targets::Local(targets))?;
    std::fs::write(folder.path().join("prometheus.yml"), config)?;
    promtool(&["check", "config", "prometheus.yml"], folder.path())
}

fn rules() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    for yaml in [
        "{}",
        "rules: {enabled: false}",
        "{rules: {drift_interval: 1d}, prometheus: {scrape_interval: 2m}}",
    ] {
        write_rules(&settings(yaml), folder.path())?;
        promtool(
            &["check", "rules", "recording_rules.yml", "alerting_rules.yml"],
            folder.path(),
        )?;
    }
    Ok(())
}

fn test_rules(settings: &Settings, tests: &str) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    write_rules(settings, folder.path())?;
    std::fs::write(folder.path().join("tests.yml"), tests)?;
    promtool(&["test", "rules", "tests.yml"], folder.path())
}

fn alerts() -> Result<(), Failed> {
    test_rules(&Settings::default(), include_str!("fixtures/alerts.yml"))
}

/// What is stale after two hours by default isn't for a check that runs once a day.
fn patient() -> Result<(), Failed> {
    let tests = "
rule_files: [alerting_rules.yml]
evaluation_interval: 5m
tests:
  - interval: 5m
    input_series:
      - series: 'dashctl_drift_last_success_timestamp_seconds{job=\"dashctl_drift\",repository=\"r\",target=\"production\"}'
        values: '0x1000'
    alert_rule_test:
      - {eval_time: 47h, alertname: DashboardDriftCheckStale, exp_alerts: []}
      - eval_time: 49h
        alertname: DashboardDriftCheckStale
        exp_alerts:
          - exp_labels: {severity: warning, repository: r, target: production}
            exp_annotations:
              summary: The dashboards of production have not been checked for drift for too long
              description: The log of the last check says why.
";
    test_rules(&settings("rules: {drift_interval: 1d}"), tests)
}
