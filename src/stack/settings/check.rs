use std::collections::BTreeMap;

use super::{Pod, Settings, Storage, Toleration};
use crate::stack::quantity::Quantity;

/// A setting that can't be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stack.{key}: {what}")]
pub struct WrongSetting {
    /// The key below `stack`, such as `prometheus.storage.size`.
    pub key: String,
    /// What is wrong with it.
    pub what: String,
}

/// Prometheus looks for a series' value within the last 5 minutes (`--query.lookback-delta`); one scrape may be late. In
/// milliseconds.
const SELDOM: u64 = 4 * 60_000;

pub(super) type Checked = Result<(), WrongSetting>;

pub(super) fn wrong(key: impl Into<String>, what: impl Into<String>) -> WrongSetting {
    WrongSetting {
        key: key.into(),
        what: what.into(),
    }
}

impl Settings {
    /// Checks what their types don't.
    ///
    /// # Errors
    ///
    /// The first setting that can't be, by its key.
    pub fn check(&self) -> Checked {
        self.check_cluster()?;
        for (name, pod) in self.pods() {
            check_pod(name, pod)?;
        }
        for (name, storage) in [
            ("prometheus", &self.prometheus.storage),
            ("alertmanager", &self.alertmanager.storage),
            ("pushgateway", &self.pushgateway.storage),
            ("grafana", &self.grafana.storage),
        ] {
            check_storage(&format!("{name}.storage.size"), storage)?;
        }
        self.check_prometheus()?;
        self.check_grafana()?;
        for (index, patch) in self.patches.iter().enumerate() {
            if patch.merge.is_some() != patch.json.is_empty() {
                return Err(wrong(
                    format!("patches[{index}]"),
                    "has either `merge` (a part of the object) or `json` (a list of operations)",
                ));
            }
        }
        for (index, config) in self.extra_scrape_configs.iter().enumerate() {
            if config.get("job_name").and_then(serde_json::Value::as_str).is_none() {
                return Err(wrong(format!("extra_scrape_configs[{index}]"), "has no `job_name`"));
            }
        }
        self.check_effects()
    }

    /// Every component with the key of its settings.
    pub fn pods(&self) -> [(&'static str, Pod<'_>); 6] {
        [
            ("prometheus", self.prometheus.pod()),
            ("alertmanager", self.alertmanager.pod()),
            ("kube_state_metrics", self.kube_state_metrics.pod()),
            ("node_exporter", self.node_exporter.pod()),
            ("pushgateway", self.pushgateway.pod()),
            ("grafana", self.grafana.pod()),
        ]
    }

    fn check_cluster(&self) -> Checked {
        for (key, name) in [
            ("namespaces.prometheus", &self.namespaces.prometheus),
            ("namespaces.grafana", &self.namespaces.grafana),
            ("namespaces.node_exporter", &self.namespaces.node_exporter),
            ("grafana.admin.secret", &self.grafana.admin.secret),
        ] {
            check_name(key, name)?;
        }
        let class = &self.storage_class;
        if class.name.is_some() && class.create.is_some() {
            return Err(wrong(
                "storage_class",
                "either `name` (a class that is there) or `create` (a new one), not both",
            ));
        }
        if let Some(name) = class.effective_name() {
            check_name("storage_class.name", name)?;
        }
        if let Some(create) = &class.create {
            one_of(
                "storage_class.create.volume_binding_mode",
                &create.volume_binding_mode,
                &["WaitForFirstConsumer", "Immediate"],
            )?;
            one_of(
                "storage_class.create.reclaim_policy",
                &create.reclaim_policy,
                &["Delete", "Retain"],
            )?;
        }
        Ok(())
    }

    fn check_prometheus(&self) -> Checked {
        for (key, text) in [
            ("prometheus.retention", &self.prometheus.retention),
            ("prometheus.scrape_interval", &self.prometheus.scrape_interval),
            ("prometheus.evaluation_interval", &self.prometheus.evaluation_interval),
            ("rules.drift_interval", &self.rules.drift_interval),
        ] {
            milliseconds(text).map_err(|what| wrong(key, what))?;
        }
        if milliseconds(&self.prometheus.scrape_interval).is_ok_and(|interval| interval > SELDOM) {
            return Err(wrong(
                "prometheus.scrape_interval",
                "is more than 4m: Prometheus no longer knows a value that is older than 5m, so that panels and alerts would be \
                 without one most of the time",
            ));
        }
        if let Some(size) = &self.prometheus.retention_size
            && !is_size(size)
        {
            return Err(wrong(
                "prometheus.retention_size",
                format!("{size:?} is no size: a number and B, KB, MB, GB, TB, PB or EB"),
            ));
        }
        match &self.alertmanager.config {
            Some(config) if !config.is_object() => Err(wrong(
                "alertmanager.config",
                "must be a map, as alertmanager.yml is; or leave it out",
            )),
            _ => Ok(()),
        }
    }

    fn check_grafana(&self) -> Checked {
        let admin = &self.grafana.admin;
        if admin.user.trim().is_empty() {
            return Err(wrong("grafana.admin.user", "is empty"));
        }
        for range in &self.grafana.service.source_ranges {
            if !is_network(range) {
                return Err(wrong(
                    "grafana.service.source_ranges",
                    format!("{range:?} is no network such as 203.0.113.0/24"),
                ));
            }
        }
        Ok(())
    }
}

fn check_pod(name: &str, pod: Pod<'_>) -> Checked {
    if pod.image.is_empty() || pod.image.contains(char::is_whitespace) {
        return Err(wrong(format!("{name}.image"), format!("{:?} is no image", pod.image)));
    }
    for (key, quantities) in [("requests", &pod.resources.requests), ("limits", &pod.resources.limits)] {
        for (resource, quantity) in quantities {
            check_quantity(&format!("{name}.resources.{key}.{resource}"), quantity)?;
        }
    }
    check_tolerations(name, pod.tolerations)?;
    check_labels(&format!("{name}.node_selector"), pod.node_selector)
}

fn check_quantity(key: &str, quantity: &Quantity) -> Checked {
    let canonical = quantity.canonical().map_err(|error| wrong(key, error.to_string()))?;
    if canonical.starts_with('-') {
        return Err(wrong(key, format!("{canonical} is less than nothing")));
    }
    Ok(())
}

fn check_storage(key: &str, storage: &Storage) -> Checked {
    if storage.size.as_str().is_empty() {
        return match storage.enabled {
            true => Err(wrong(key, "is missing: how large shall the volume be, such as 8Gi?")),
            false => Ok(()),
        };
    }
    if !storage.enabled {
        return Err(wrong(key, "has no effect with `enabled: false`"));
    }
    check_quantity(key, &storage.size)?;
    if storage.size.canonical().is_ok_and(|size| size == "0") {
        return Err(wrong(key, "is nothing; to have no volume, say `enabled: false`"));
    }
    Ok(())
}

fn check_tolerations(name: &str, tolerations: &[Toleration]) -> Checked {
    for (index, toleration) in tolerations.iter().enumerate() {
        let key = |field: &str| format!("{name}.tolerations[{index}].{field}");
        if let Some(operator) = &toleration.operator {
            one_of(&key("operator"), operator, &["Exists", "Equal"])?;
        }
        if toleration.value.is_some() && toleration.operator.as_deref() == Some("Exists") {
            return Err(wrong(key("value"), "has no effect with `operator: Exists`"));
        }
        if let Some(effect) = &toleration.effect {
            one_of(&key("effect"), effect, &["NoSchedule", "PreferNoSchedule", "NoExecute"])?;
        }
    }
    Ok(())
}

fn check_labels(key: &str, labels: &BTreeMap<String, String>) -> Checked {
    match labels.keys().find(|label| label.is_empty()) {
        Some(_) => Err(wrong(key, "has a label without a name")),
        None => Ok(()),
    }
}

/// A name as namespaces have it (RFC 1123): part of DNS names.
fn check_name(key: &str, name: &str) -> Checked {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if name.len() <= 63 && name.chars().all(fine) && ends(name.chars().next()) && ends(name.chars().last()) {
        Ok(())
    } else {
        Err(wrong(
            key,
            format!("{name:?} is no name: at most 63 of a-z, 0-9 and -, with a letter or digit at both ends"),
        ))
    }
}

fn one_of(key: &str, text: &str, allowed: &[&str]) -> Checked {
    if allowed.contains(&text) {
        Ok(())
    } else {
        Err(wrong(key, format!("{text:?} is none of {}", allowed.join(", "))))
    }
}

/// A duration as Prometheus writes it: units from the largest to the smallest, each at most once.
pub(in crate::stack) fn milliseconds(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 7] = [
        ("ms", 1),
        ("y", 365 * 86_400_000),
        ("w", 7 * 86_400_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
    ];
    let no = || format!("{text:?} is no duration above zero, such as 15s, 1h30m or 15d");
    let (mut rest, mut last, mut total) = (text, u64::MAX, 0_u64);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(no)?;
        let number: u64 = rest[..digits].parse().map_err(|_| no())?;
        rest = &rest[digits..];
        let (name, unit) = UNITS.iter().find(|(name, _)| rest.starts_with(name)).ok_or_else(no)?;
        if *unit >= last {
            return Err(no());
        }
        last = *unit;
        total = number
            .checked_mul(*unit)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(no)?;
        rest = &rest[name.len()..];
    }
    if total == 0 { Err(no()) } else { Ok(total) }
}

fn is_size(text: &str) -> bool {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    digits > 0 && ["B", "KB", "MB", "GB", "TB", "PB", "EB"].contains(&&text[digits..])
}

fn is_network(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else {
        return false;
    };
    let most = match address.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(_)) => 32,
        Ok(std::net::IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse::<u8>().is_ok_and(|bits| bits <= most)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::stack::settings) fn check(yaml: &str) -> String {
        let settings: Settings = serde_saphyr::from_str(yaml).unwrap();
        match settings.check() {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_defaults_are_fine_and_nothing_needs_to_be_said() {
        assert_eq!(check("{}"), "");
        assert_eq!(check("prometheus: {scrape_interval: 4m}"), "");
        assert_eq!(Settings::default(), serde_saphyr::from_str("{}").unwrap());
        // A key of a component doesn't take its neighbours' defaults away.
        let settings: Settings = serde_saphyr::from_str("prometheus: {retention: 30d}").unwrap();
        assert_eq!(settings.prometheus.storage, super::super::Prometheus::default().storage);
    }

    #[test]
    fn what_cannot_be_is_named_by_its_key() {
        for (yaml, key) in [
            ("prometheus: {storage: {size: 8Gib}}", "stack.prometheus.storage.size: "),
            (
                "pushgateway: {storage: {enabled: true}}",
                "stack.pushgateway.storage.size: is missing",
            ),
            ("grafana: {storage: {size: 0}}", "stack.grafana.storage.size: "),
            (
                "prometheus: {scrape_interval: 15}",
                "stack.prometheus.scrape_interval: ",
            ),
            (
                "prometheus: {scrape_interval: 4m1s}",
                "stack.prometheus.scrape_interval: is more than 4m",
            ),
            ("prometheus: {retention: 0d}", "stack.prometheus.retention: "),
            ("prometheus: {retention: 1d1w}", "stack.prometheus.retention: "),
            (
                "prometheus: {resources: {requests: {cpu: -1}}}",
                "stack.prometheus.resources.requests.cpu: ",
            ),
            ("namespaces: {grafana: Grafana}", "stack.namespaces.grafana: "),
            ("storage_class: {name: a, create: {}}", "stack.storage_class: "),
            (
                "storage_class: {create: {reclaim_policy: Keep}}",
                "stack.storage_class.create.reclaim_policy: ",
            ),
            (
                "grafana: {service: {type: LoadBalancer, source_ranges: [10.0.0.0/33]}}",
                "stack.grafana.service.source_ranges: ",
            ),
            (
                "pushgateway: {tolerations: [{operator: Is}]}",
                "stack.pushgateway.tolerations[0].operator: ",
            ),
            ("alertmanager: {config: [a]}", "stack.alertmanager.config: "),
            (
                "extra_scrape_configs: [{scheme: https}]",
                "stack.extra_scrape_configs[0]: ",
            ),
            (
                "patches: [{target: {kind: Service, name: grafana}}]",
                "stack.patches[0]: ",
            ),
        ] {
            let error = check(yaml);
            assert!(error.starts_with(key), "{yaml}: {error:?}");
        }
    }

    #[test]
    fn durations_are_prometheus_own() {
        assert_eq!(milliseconds("1h30m"), Ok(5_400_000));
        assert_eq!(milliseconds("250ms"), Ok(250));
        assert_eq!(milliseconds("15d"), Ok(15 * 86_400_000));
        for wrong in [
            "",
            "h",
            "5",
            "5x",
            "0s",
            "1m1h",
            "1m1m",
            "-5s",
            "1 h",
            "99999999999999999999s",
        ] {
            assert!(milliseconds(wrong).is_err(), "{wrong:?}");
        }
    }
}
