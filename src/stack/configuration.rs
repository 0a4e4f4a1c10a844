//! The configuration files of Prometheus and Alertmanager: one model for every engine.

use serde_json::{Value, json};

use super::error::RenderError;
use super::settings::Settings;
use super::template::Templates;
use super::yaml::{from_yaml, to_yaml};

/// Where Prometheus' targets are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Targets {
    /// In the cluster, found by service discovery, with the labels that dashboards for the chart's jobs expect.
    Kubernetes,
    /// On this machine, at fixed addresses.
    Local(LocalTargets),
}

/// The addresses (`127.0.0.1:9100`) of the stack's processes; `None` for those that don't run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LocalTargets {
    /// The machine's name: what becomes the label `node` of its metrics, as in a cluster.
    pub node: String,
    /// Prometheus itself.
    pub prometheus: String,
    /// Alertmanager, which also gets the alerts.
    pub alertmanager: Option<String>,
    /// node-exporter.
    pub node_exporter: Option<String>,
    /// Pushgateway.
    pub pushgateway: Option<String>,
    /// Grafana.
    pub grafana: Option<String>,
    /// Where the files of [`recording_rules`] and [`alerting_rules`] are, as Prometheus finds them.
    pub rule_files: Vec<String>,
}

/// `prometheus.yml`.
///
/// # Errors
///
/// A template that can't be filled, which the settings' own check excludes.
pub fn prometheus_config(settings: &Settings, targets: &Targets) -> Result<String, RenderError> {
    const NAME: &str = "prometheus.yml";
    let mut values = match targets {
        Targets::Kubernetes => kubernetes_values(settings),
        Targets::Local(local) => local_values(local),
    };
    values["settings"] = settings_value(settings)?;
    values["scrape_timeout"] = scrape_timeout(settings)?.into();
    let mut config = read(NAME, &Templates::new()?.text(NAME, &values)?)?;
    if let Some(jobs) = config.get_mut("scrape_configs").and_then(Value::as_array_mut) {
        for (index, extra) in settings.extra_scrape_configs.iter().enumerate() {
            if jobs.iter().any(|job| job["job_name"] == extra["job_name"]) {
                return Err(RenderError::Setting {
                    key: format!("extra_scrape_configs[{index}]"),
                    what: format!("there is another job {}; give it a name of its own", extra["job_name"]),
                });
            }
            jobs.push(extra.clone());
        }
    }
    write(NAME, &config)
}

/// The file of recording rules; without any groups where the settings want none.
///
/// # Errors
///
/// A template that can't be filled.
pub fn recording_rules(settings: &Settings) -> Result<String, RenderError> {
    // Four samples at least, so that one failed scrape makes no hole.
    let window = (4 * milliseconds("prometheus.scrape_interval", &settings.prometheus.scrape_interval)?).max(60_000);
    rules(
        settings,
        "recording_rules.yml",
        &json!({"rate_window": format!("{window}ms")}),
    )
}

/// The file of alerting rules; without any groups where the settings want none.
///
/// # Errors
///
/// A template that can't be filled.
pub fn alerting_rules(settings: &Settings) -> Result<String, RenderError> {
    let values = drift_values("rules.drift_interval", &settings.rules.drift_interval)?;
    rules(settings, "alerting_rules.yml", &values)
}

/// The file of the rules about drift alone, for a Prometheus that dashctl didn't install; `interval` (`1h`) is how often
/// the check runs.
///
/// # Errors
///
/// An interval that Prometheus wouldn't take.
pub fn drift_rules(interval: &str) -> Result<String, RenderError> {
    let values = drift_values("interval", interval)?;
    Templates::new()?.text("drift_rules.yml", &values)
}

fn drift_values(key: &str, interval: &str) -> Result<Value, RenderError> {
    Ok(json!({
        "drift_stale_seconds": (2 * milliseconds(key, interval)?).div_ceil(1000),
        "drift_failing_for": interval,
    }))
}

/// `alertmanager.yml`: what the settings give, or one receiver that notifies nobody.
///
/// # Errors
///
/// A template that can't be filled.
pub fn alertmanager_config(settings: &Settings) -> Result<String, RenderError> {
    const NAME: &str = "alertmanager.yml";
    match &settings.alertmanager.config {
        Some(config) => write(NAME, config),
        None => Templates::new()?.text(NAME, &json!({})),
    }
}

fn rules(settings: &Settings, name: &'static str, values: &Value) -> Result<String, RenderError> {
    if settings.rules.enabled {
        Templates::new()?.text(name, values)
    } else {
        Ok("groups: []\n".to_owned())
    }
}

fn kubernetes_values(settings: &Settings) -> Value {
    let namespace = &settings.namespaces.prometheus;
    let alertmanager = format!("prometheus-alertmanager.{namespace}.svc:9093");
    json!({
        "kubernetes": true,
        "local": [],
        "prometheus": "localhost:9090",
        "alertmanager": settings.alertmanager.enabled.then_some(alertmanager),
        "rule_files": ["/etc/config/recording_rules.yml", "/etc/config/alerting_rules.yml"],
        "kubelet": [
            {"job": "kubernetes-nodes", "path": "/metrics", "path_label": false},
            {"job": "kubernetes-nodes-cadvisor", "path": "/metrics/cadvisor", "path_label": true},
        ],
        "paces": [{"suffix": "", "slow": false}, {"suffix": "-slow", "slow": true}],
    })
}

fn local_values(local: &LocalTargets) -> Value {
    let job = |job: &str, address: &Option<String>, honor_labels: bool, labels: Value| {
        let address = address.as_ref()?;
        Some(json!({"job": job, "address": address, "honor_labels": honor_labels, "labels": labels}))
    };
    let jobs = [
        job(
            "node-exporter",
            &local.node_exporter,
            false,
            json!({"node": local.node}),
        ),
        job("alertmanager", &local.alertmanager, false, Value::Null),
        // Labels are those that were pushed.
        job("prometheus-pushgateway", &local.pushgateway, true, Value::Null),
        job("grafana", &local.grafana, false, Value::Null),
    ];
    json!({
        "kubernetes": false,
        "local": jobs.into_iter().flatten().collect::<Vec<_>>(),
        "prometheus": local.prometheus,
        "alertmanager": local.alertmanager,
        "rule_files": local.rule_files,
    })
}

/// Prometheus refuses a timeout that is longer than the interval.
fn scrape_timeout(settings: &Settings) -> Result<String, RenderError> {
    let interval = &settings.prometheus.scrape_interval;
    let longer = milliseconds("prometheus.scrape_interval", interval)? > 10_000;
    Ok(if longer { "10s".to_owned() } else { interval.clone() })
}

fn milliseconds(key: &str, text: &str) -> Result<u64, RenderError> {
    super::settings::milliseconds(text).map_err(|what| RenderError::Setting {
        key: key.to_owned(),
        what,
    })
}

pub(super) fn settings_value(settings: &Settings) -> Result<Value, RenderError> {
    serde_json::to_value(settings).map_err(|error| RenderError::template("settings", error))
}

fn write(name: &'static str, config: &Value) -> Result<String, RenderError> {
    to_yaml(config).map_err(|error| RenderError::template(name, error))
}

/// What a configuration file says, as a value.
pub(super) fn read(name: &'static str, text: &str) -> Result<Value, RenderError> {
    let mut documents = from_yaml(text).map_err(|error| RenderError::template(name, error))?;
    documents
        .pop()
        .ok_or_else(|| RenderError::template(name, "it makes nothing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_have_the_names_that_dashboards_ask_for() {
        let text = prometheus_config(&Settings::default(), &Targets::Kubernetes).unwrap();
        let config = read("prometheus.yml", &text).unwrap();
        let names: Vec<_> = config["scrape_configs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|job| job["job_name"].as_str().unwrap())
            .collect();
        insta::assert_snapshot!(names.join("\n"), @r"
        prometheus
        kubernetes-api-servers
        kubernetes-nodes
        kubernetes-nodes-cadvisor
        kubernetes-service-endpoints
        kubernetes-service-endpoints-slow
        prometheus-pushgateway
        kubernetes-services
        kubernetes-pods
        kubernetes-pods-slow
        ");
        assert_eq!(config["global"]["scrape_interval"], "15s");
    }

    #[test]
    fn a_timeout_is_never_longer_than_the_interval() {
        let mut settings = Settings::default();
        settings.prometheus.scrape_interval = "5s".into();
        assert_eq!(scrape_timeout(&settings).unwrap(), "5s");
        settings.prometheus.scrape_interval = "1m".into();
        assert_eq!(scrape_timeout(&settings).unwrap(), "10s");
    }

    #[test]
    fn extra_jobs_come_last_and_need_names_of_their_own() {
        let mut settings = Settings {
            extra_scrape_configs: vec![json!({"job_name": "mine", "scrape_interval": "30s", "sample_limit": 100})],
            ..Settings::default()
        };
        let text = prometheus_config(&settings, &Targets::Kubernetes).unwrap();
        assert!(text.contains("sample_limit: 100\n"), "{text}");
        settings
            .extra_scrape_configs
            .push(json!({"job_name": "kubernetes-pods"}));
        let error = prometheus_config(&settings, &Targets::Kubernetes)
            .unwrap_err()
            .to_string();
        assert!(error.starts_with("stack.extra_scrape_configs[1]: "), "{error}");
    }

    #[test]
    fn what_is_left_out_is_neither_scraped_nor_told() {
        let settings = Settings::default();
        let local = LocalTargets {
            prometheus: "127.0.0.1:1".into(),
            pushgateway: Some("127.0.0.1:2".into()),
            ..LocalTargets::default()
        };
        let text = prometheus_config(&settings, &Targets::Local(local)).unwrap();
        assert!(!text.contains("alerting:") && !text.contains("node-exporter") && text.contains("127.0.0.1:2"));
        let rules = super::super::Rules {
            enabled: false,
            ..settings.rules.clone()
        };
        let settings = Settings { rules, ..settings };
        assert_eq!(alerting_rules(&settings).unwrap(), "groups: []\n");
    }
}
