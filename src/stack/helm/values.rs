use serde_json::{Map, Value, json};

use crate::stack::RenderError;
use crate::stack::configuration::{
    Targets, alerting_rules, alertmanager_config, prometheus_config, read, recording_rules,
};
use crate::stack::settings::{Pod, Settings, Storage};
use crate::stack::values::{collector_names, grafana_service, node_exporter_tolerations};

/// Values for the two charts, for releases named `prometheus` and `grafana` in the namespaces of the settings. The keys
/// are those of the prometheus chart 29 and the grafana chart 12.
#[derive(Debug, Clone, PartialEq)]
pub struct HelmValues {
    /// Of the chart `prometheus`.
    pub prometheus: Value,
    /// Of the chart `grafana`.
    pub grafana: Value,
    /// What the charts don't do, in words.
    pub left_out: Vec<String>,
}

/// The values with which the charts install what the settings mean.
///
/// # Errors
///
/// A setting that can't be.
pub fn helm_values(settings: &Settings) -> Result<HelmValues, RenderError> {
    settings.check()?;
    Ok(HelmValues {
        prometheus: prometheus(settings)?,
        grafana: grafana(settings)?,
        left_out: left_out(settings),
    })
}

fn prometheus(settings: &Settings) -> Result<Value, RenderError> {
    let mut config = read("prometheus.yml", &prometheus_config(settings, &Targets::Kubernetes)?)?;
    // The chart writes these two sections itself.
    let global = config["global"].take();
    Ok(json!({
        "server": server(settings, global)?,
        "configmapReload": {"prometheus": {
            "image": image(&settings.prometheus.reloader_image, ImageKeys::Digest),
            "containerSecurityContext": restricted(),
        }},
        // The chart's own jobs would come on top.
        "scrapeConfigs": null,
        "serverFiles": {
            "prometheus.yml": {"rule_files": config["rule_files"], "scrape_configs": config["scrape_configs"]},
            "recording_rules.yml": read("recording_rules.yml", &recording_rules(settings)?)?,
            "alerting_rules.yml": read("alerting_rules.yml", &alerting_rules(settings)?)?,
        },
        "alertmanager": alertmanager(settings)?,
        "kube-state-metrics": kube_state_metrics(settings)?,
        "prometheus-node-exporter": node_exporter(settings)?,
        "prometheus-pushgateway": pushgateway(settings)?,
    }))
}

fn server(settings: &Settings, global: Value) -> Result<Value, RenderError> {
    let own = &settings.prometheus;
    let mut values = pod(settings.prometheus.pod(), ImageKeys::Digest)?;
    values.extend(map(json!({
        "global": global,
        "retention": own.retention,
        "retentionSize": own.retention_size.clone().unwrap_or_default(),
        "persistentVolume": volume(settings, &own.storage, "storageClass")?,
        "securityContext": pod_security(65534),
        "containerSecurityContext": restricted(),
        "podAnnotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "8080"},
        "strategy": {"type": "Recreate"},
        "enableServiceLinks": false,
        "extraVolumes": [{"name": "tmp", "emptyDir": {}}],
        "extraVolumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    })));
    Ok(values.into())
}

fn alertmanager(settings: &Settings) -> Result<Value, RenderError> {
    let mut values = pod(settings.alertmanager.pod(), ImageKeys::Tag)?;
    values.extend(map(json!({
        "enabled": settings.alertmanager.enabled,
        "persistence": volume(settings, &settings.alertmanager.storage, "storageClass")?,
        "config": read("alertmanager.yml", &alertmanager_config(settings)?)?,
        "automountServiceAccountToken": false,
        "podSecurityContext": pod_security(65534),
        "securityContext": restricted(),
        "service": {"annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "9093"}},
    })));
    Ok(values.into())
}

fn kube_state_metrics(settings: &Settings) -> Result<Value, RenderError> {
    let mut values = pod(settings.kube_state_metrics.pod(), ImageKeys::RegistrySha)?;
    values.extend(map(json!({
        "enabled": settings.kube_state_metrics.enabled,
        "collectors": collector_names(),
    })));
    Ok(values.into())
}

fn node_exporter(settings: &Settings) -> Result<Value, RenderError> {
    let mut values = pod(settings.node_exporter.pod(), ImageKeys::RegistryDigest)?;
    values.extend(map(json!({
        "enabled": settings.node_exporter.enabled,
        "namespaceOverride": settings.namespaces.node_exporter,
        "tolerations": node_exporter_tolerations(settings),
        "containerSecurityContext": restricted(),
    })));
    Ok(values.into())
}

fn pushgateway(settings: &Settings) -> Result<Value, RenderError> {
    let mut values = pod(settings.pushgateway.pod(), ImageKeys::Tag)?;
    values.extend(map(json!({
        "enabled": settings.pushgateway.enabled,
        "persistentVolume": volume(settings, &settings.pushgateway.storage, "storageClass")?,
        "extraArgs": ["--persistence.file=/data/metrics", "--persistence.interval=1m"],
        "automountServiceAccountToken": false,
        "securityContext": pod_security(65534),
        "containerSecurityContext": restricted(),
    })));
    Ok(values.into())
}

fn grafana(settings: &Settings) -> Result<Value, RenderError> {
    let own = &settings.grafana;
    let mut values = pod(own.pod(), ImageKeys::RegistrySha)?;
    let service = grafana_service(settings);
    let mut service_values = map(json!({"type": own.service.kind, "annotations": service.annotations}));
    if let Some(class) = service.class {
        service_values.insert("loadBalancerClass".into(), class.into());
    }
    if !service.ranges.is_empty() {
        service_values.insert("loadBalancerSourceRanges".into(), service.ranges.into());
    }
    values.extend(map(json!({
        "admin": {
            "existingSecret": own.admin.secret,
            "userKey": "admin-user",
            "passwordKey": "admin-password",
        },
        "persistence": volume(settings, &own.storage, "storageClassName")?,
        "service": service_values,
        "deploymentStrategy": {"type": "Recreate"},
        // It runs as root, and fsGroup does the same.
        "initChownData": {"enabled": false},
        "automountServiceAccountToken": false,
        "enableServiceLinks": false,
        "grafana.ini": {"analytics": {
            "check_for_updates": false, "check_for_plugin_updates": false, "reporting_enabled": false,
        }},
    })));
    Ok(values.into())
}

/// What the settings ask for and values can't say.
fn left_out(settings: &Settings) -> Vec<String> {
    let mut left_out = Vec::new();
    if !settings.patches.is_empty() {
        left_out.push("stack.patches: they change dashctl's own objects, which the charts' are not".to_owned());
    }
    if let Some(class) = &settings.storage_class.create {
        left_out.push(format!(
            "stack.storage_class.create: the charts make no storage class; {} must be there",
            class.name
        ));
    }
    if settings.node_exporter.enabled && settings.namespaces.node_exporter != settings.namespaces.prometheus {
        left_out.push(format!(
            "stack.namespaces: Helm makes only a release's own namespace; {} must be there",
            settings.namespaces.node_exporter
        ));
    }
    for (name, enabled) in [
        ("prometheus", settings.prometheus.enabled),
        ("grafana", settings.grafana.enabled),
    ] {
        if !enabled {
            left_out.push(format!("stack.{name}.enabled: leave the chart {name} out"));
        }
    }
    left_out
}

/// The keys that every component has.
fn pod(pod: Pod<'_>, keys: ImageKeys) -> Result<Map<String, Value>, RenderError> {
    let mut resources = Map::new();
    for (part, amounts) in [("requests", &pod.resources.requests), ("limits", &pod.resources.limits)] {
        let mut canonical = Map::new();
        for (resource, amount) in amounts {
            canonical.insert(resource.clone(), canonical_amount(amount)?);
        }
        if !canonical.is_empty() {
            resources.insert(part.to_owned(), canonical.into());
        }
    }
    Ok(map(json!({
        "image": image(pod.image, keys),
        "resources": resources,
        "nodeSelector": pod.node_selector,
        "tolerations": pod.tolerations,
    })))
}

fn canonical_amount(amount: &crate::stack::Quantity) -> Result<Value, RenderError> {
    let canonical = amount
        .canonical()
        .map_err(|error| RenderError::template("values", error))?;
    Ok(canonical.into())
}

fn volume(settings: &Settings, storage: &Storage, class_key: &str) -> Result<Value, RenderError> {
    let mut values = map(json!({"enabled": storage.enabled}));
    if storage.enabled {
        values.insert("size".into(), canonical_amount(&storage.size)?);
        if let Some(class) = settings.storage_class.effective_name() {
            values.insert(class_key.into(), class.into());
        }
    }
    Ok(values.into())
}

/// The keys under which a chart takes an image.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ImageKeys {
    /// `repository` and `tag`; a digest must be smuggled into these.
    Tag,
    /// The same with `digest`.
    Digest,
    /// `registry` by itself, and `digest`.
    RegistryDigest,
    /// `registry` by itself, and `sha`: the digest without the name of its algorithm.
    RegistrySha,
}

fn image(image: &str, keys: ImageKeys) -> Value {
    let (name, digest) = image
        .split_once('@')
        .map_or((image, None), |(name, digest)| (name, Some(digest)));
    // A colon before the last slash belongs to the registry's port.
    let (repository, tag) = match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (name, ""),
    };
    let is_registry = |host: &&str| host.contains(['.', ':']) || *host == "localhost";
    // Without a registry the chart's own default would be put before the name.
    let (registry, rest) = repository
        .split_once('/')
        .filter(|(host, _)| is_registry(host))
        .unwrap_or(("docker.io", repository));
    match (keys, digest) {
        (ImageKeys::Tag, Some(digest)) if tag.is_empty() => {
            let (algorithm, hex) = digest.split_once(':').unwrap_or(("sha256", digest));
            json!({"repository": format!("{repository}@{algorithm}"), "tag": hex})
        }
        (ImageKeys::Tag, Some(digest)) => json!({"repository": repository, "tag": format!("{tag}@{digest}")}),
        (ImageKeys::Digest, Some(digest)) => json!({"repository": repository, "tag": tag, "digest": digest}),
        (ImageKeys::Tag | ImageKeys::Digest, None) => json!({"repository": repository, "tag": tag}),
        (ImageKeys::RegistryDigest, Some(digest)) => {
            json!({"registry": registry, "repository": rest, "tag": tag, "digest": digest})
        }
        (ImageKeys::RegistrySha, Some(digest)) => {
            let sha = digest.trim_start_matches("sha256:");
            json!({"registry": registry, "repository": rest, "tag": tag, "sha": sha})
        }
        (_, None) => json!({"registry": registry, "repository": rest, "tag": tag}),
    }
}

fn restricted() -> Value {
    json!({"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}})
}

fn pod_security(user: u32) -> Value {
    json!({
        "runAsNonRoot": true, "runAsUser": user, "runAsGroup": user, "fsGroup": user,
        "seccompProfile": {"type": "RuntimeDefault"},
    })
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(yaml: &str) -> HelmValues {
        helm_values(&serde_saphyr::from_str(yaml).unwrap()).unwrap()
    }

    #[test]
    fn every_volume_has_its_class_under_the_key_that_counts() {
        let values = values("{storage_class: {create: {}}, pushgateway: {storage: {size: 1024Mi}}}");
        assert_eq!(
            values.prometheus["server"]["persistentVolume"],
            json!({"enabled": true, "size": "8Gi", "storageClass": "ebs-obs-sc"})
        );
        assert_eq!(
            values.prometheus["alertmanager"]["persistence"]["storageClass"],
            "ebs-obs-sc"
        );
        assert_eq!(
            values.prometheus["prometheus-pushgateway"]["persistentVolume"]["size"],
            "1Gi"
        );
        assert_eq!(values.grafana["persistence"]["storageClassName"], "ebs-obs-sc");
    }

    #[test]
    fn the_charts_scrape_what_dashctls_own_prometheus_scrapes() {
        let values = values("{prometheus: {scrape_interval: 30s}, extra_scrape_configs: [{job_name: mine}]}");
        let files = &values.prometheus["serverFiles"];
        let jobs = files["prometheus.yml"]["scrape_configs"].as_array().unwrap();
        assert_eq!(jobs.last().unwrap()["job_name"], "mine");
        assert!(jobs.iter().any(|job| job["job_name"] == "kubernetes-nodes-cadvisor"));
        assert_eq!(values.prometheus["scrapeConfigs"], Value::Null);
        assert_eq!(values.prometheus["server"]["global"]["scrape_interval"], "30s");
        assert_eq!(files["alerting_rules.yml"]["groups"].as_array().map(Vec::len), Some(4));
    }

    #[test]
    fn what_values_cannot_say_is_said() {
        let left_out =
            values("{storage_class: {create: {}}, patches: [{target: {kind: Service, name: x}, merge: {}}]}").left_out;
        assert!(
            left_out[0].starts_with("stack.patches: ") && left_out[1].contains("ebs-obs-sc must be there"),
            "{left_out:?}"
        );
        assert!(values("{namespaces: {node_exporter: prometheus}}").left_out.is_empty());
    }

    #[test]
    fn an_image_is_taken_apart_as_the_chart_wants_it() {
        use ImageKeys::{Digest, RegistryDigest, RegistrySha, Tag};
        for (text, keys, expected) in [
            (
                "docker.io/grafana/grafana:13.2.0",
                RegistrySha,
                json!({"registry": "docker.io", "repository": "grafana/grafana", "tag": "13.2.0"}),
            ),
            (
                "grafana/grafana@sha256:ab",
                RegistrySha,
                json!({"registry": "docker.io", "repository": "grafana/grafana", "tag": "", "sha": "ab"}),
            ),
            (
                "r:5000/n:v1@sha256:ab",
                RegistryDigest,
                json!({"registry": "r:5000", "repository": "n", "tag": "v1", "digest": "sha256:ab"}),
            ),
            (
                "quay.io/a/b:v1",
                Digest,
                json!({"repository": "quay.io/a/b", "tag": "v1"}),
            ),
            (
                "localhost:5000/b",
                Tag,
                json!({"repository": "localhost:5000/b", "tag": ""}),
            ),
            // As `repository:tag` these are the image again.
            ("a/b@sha256:ab", Tag, json!({"repository": "a/b@sha256", "tag": "ab"})),
            (
                "a/b:v1@sha256:ab",
                Tag,
                json!({"repository": "a/b", "tag": "v1@sha256:ab"}),
            ),
        ] {
            assert_eq!(image(text, keys), expected, "{text}");
        }
    }
}
