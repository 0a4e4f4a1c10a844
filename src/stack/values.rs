//! What the templates are told, computed from the settings.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::configuration::{
    Targets, alerting_rules, alertmanager_config, prometheus_config, recording_rules, settings_value,
};
use super::error::RenderError;
use super::settings::{LoadBalancer, ServiceType, Settings, Toleration};
use super::template::Templates;

/// What kube-state-metrics reads, by API group: everything that it reads by default but Secrets and ConfigMaps.
pub(super) const COLLECTORS: [(&str, &[&str]); 11] = [
    (
        "",
        &[
            "limitranges",
            "namespaces",
            "nodes",
            "persistentvolumeclaims",
            "persistentvolumes",
            "pods",
            "replicationcontrollers",
            "resourcequotas",
            "services",
        ],
    ),
    (
        "admissionregistration.k8s.io",
        &["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
    ),
    ("apps", &["daemonsets", "deployments", "replicasets", "statefulsets"]),
    ("autoscaling", &["horizontalpodautoscalers"]),
    ("batch", &["cronjobs", "jobs"]),
    ("certificates.k8s.io", &["certificatesigningrequests"]),
    ("coordination.k8s.io", &["leases"]),
    ("discovery.k8s.io", &["endpointslices"]),
    ("networking.k8s.io", &["ingresses", "networkpolicies"]),
    ("policy", &["poddisruptionbudgets"]),
    ("storage.k8s.io", &["storageclasses", "volumeattachments"]),
];

/// The names of all collectors, sorted.
pub(super) fn collector_names() -> Vec<&'static str> {
    let mut names: Vec<_> = COLLECTORS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    names.sort_unstable();
    names
}

/// Everything that the templates ask for.
pub(super) fn values(settings: &Settings) -> Result<Value, RenderError> {
    let grafana = BTreeMap::from([("grafana.ini", Templates::new()?.text("grafana.ini", &json!({}))?)]);
    let alertmanager = BTreeMap::from([("alertmanager.yml", alertmanager_config(settings)?)]);
    let prometheus = BTreeMap::from([
        ("alerting_rules.yml", alerting_rules(settings)?),
        ("prometheus.yml", prometheus_config(settings, &Targets::Kubernetes)?),
        ("recording_rules.yml", recording_rules(settings)?),
    ]);
    let collectors: Vec<_> = COLLECTORS
        .iter()
        .map(|(group, resources)| json!({"group": group, "resources": resources}))
        .collect();
    Ok(json!({
        "settings": settings_value(settings)?,
        "namespaces": namespaces(settings),
        "storage_class": settings.storage_class.effective_name(),
        "hashes": {"alertmanager": hash(&alertmanager), "grafana": hash(&grafana)},
        "files": {"alertmanager": alertmanager, "grafana": grafana, "prometheus": prometheus},
        "collectors": collectors,
        "collector_names": collector_names().join(","),
        "node_exporter_tolerations": node_exporter_tolerations(settings),
        "service": service(settings),
    }))
}

/// The namespaces that are made, each once, with the strictest level that its pods bear.
fn namespaces(settings: &Settings) -> Vec<Value> {
    let named = &settings.namespaces;
    if !named.create {
        return Vec::new();
    }
    let in_prometheus = [
        settings.prometheus.enabled,
        settings.alertmanager.enabled,
        settings.kube_state_metrics.enabled,
        settings.pushgateway.enabled,
    ];
    let mut levels = BTreeMap::new();
    for (wanted, name, level) in [
        (in_prometheus.contains(&true), &named.prometheus, "restricted"),
        (settings.grafana.enabled, &named.grafana, "restricted"),
        // Last, so that it decides where a namespace is shared.
        (settings.node_exporter.enabled, &named.node_exporter, "privileged"),
    ] {
        if wanted {
            levels.insert(name, level);
        }
    }
    levels
        .into_iter()
        .map(|(name, level)| json!({"name": name, "level": named.pod_security.then_some(level)}))
        .collect()
}

/// node-exporter is meant for every node that takes pods at all, tainted or not.
pub(super) fn node_exporter_tolerations(settings: &Settings) -> Vec<Toleration> {
    let every = Toleration {
        operator: Some("Exists".into()),
        effect: Some("NoSchedule".into()),
        ..Toleration::default()
    };
    let own = settings.node_exporter.tolerations.iter().filter(|own| **own != every);
    [&every].into_iter().chain(own).cloned().collect()
}

/// What a load balancer is told on Grafana's Service.
pub(super) struct GrafanaService {
    pub(super) class: Option<&'static str>,
    pub(super) ranges: Vec<String>,
    pub(super) annotations: BTreeMap<String, String>,
}

/// Grafana's Service: a load balancer's class and annotations, where one is wanted.
pub(super) fn grafana_service(settings: &Settings) -> GrafanaService {
    let service = &settings.grafana.service;
    let mut annotations = BTreeMap::from([
        ("prometheus.io/scrape".to_owned(), "true".to_owned()),
        ("prometheus.io/port".to_owned(), "3000".to_owned()),
    ]);
    let balanced = service.kind == ServiceType::LoadBalancer;
    // Without a class, nobody takes the Service unless a webhook happens to add one.
    let class = match service.load_balancer {
        LoadBalancer::Nlb => Some("service.k8s.aws/nlb"),
        LoadBalancer::EksAuto => Some("eks.amazonaws.com/nlb"),
        LoadBalancer::Generic => None,
    }
    .filter(|_| balanced);
    if class.is_some() {
        for (key, value) in [
            ("scheme", service.scheme.unwrap_or_default().name()),
            ("nlb-target-type", "ip"),
            ("healthcheck-protocol", "http"),
            ("healthcheck-path", "/api/health"),
        ] {
            annotations.insert(
                format!("service.beta.kubernetes.io/aws-load-balancer-{key}"),
                value.to_owned(),
            );
        }
    }
    annotations.extend(service.annotations.clone());
    GrafanaService {
        class,
        ranges: if balanced {
            service.source_ranges.clone()
        } else {
            Vec::new()
        },
        annotations,
    }
}

fn service(settings: &Settings) -> Value {
    let service = grafana_service(settings);
    json!({"class": service.class, "ranges": service.ranges, "annotations": service.annotations})
}

fn hash(files: &BTreeMap<&str, String>) -> String {
    let mut hash = Sha256::new();
    for (name, text) in files {
        // The lengths keep one file's end from being taken for the next one's beginning.
        hash.update(format!("{name} {}\n{text}", text.len()));
    }
    HEXLOWER.encode(&hash.finalize())
}
