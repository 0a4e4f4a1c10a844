//! Which settings have no effect in the chosen form? Who says one means it: it is an error, never left out in silence.

use serde::Serialize;
use serde_json::{Map, Value};

use super::check::{Checked, WrongSetting, wrong};
use super::{
    Alertmanager, Engine, Grafana, KubeStateMetrics, LoadBalancer, Namespaces, NodeExporter, Prometheus, Pushgateway,
    Rules, Service, ServiceType, Settings,
};

impl Settings {
    pub(super) fn check_effects(&self) -> Checked {
        self.check_engine()?;
        self.check_what_is_off()?;
        self.check_namespaces()?;
        self.check_rules()?;
        check_service(&self.grafana.service)?;
        let volumes = [
            (self.prometheus.enabled, &self.prometheus.storage),
            (self.alertmanager.enabled, &self.alertmanager.storage),
            (self.pushgateway.enabled, &self.pushgateway.storage),
            (self.grafana.enabled, &self.grafana.storage),
        ];
        match !volumes.iter().any(|(enabled, storage)| *enabled && storage.enabled) && self.storage_class.name.is_some()
        {
            true => Err(wrong("storage_class.name", "has no effect: there are no volumes")),
            false => Ok(()),
        }
    }

    /// A component that is off has no other settings.
    fn check_what_is_off(&self) -> Checked {
        macro_rules! off {
            ($($field:ident: $type:ident),+) => {$(
                if !self.$field.enabled {
                    let off = $type { enabled: false, ..$type::default() };
                    let key = stringify!($field);
                    same(key, &self.$field, &off, &format!("has no effect with `{key}: {{enabled: false}}`"))?;
                }
            )+};
        }
        off! {
            prometheus: Prometheus, alertmanager: Alertmanager, kube_state_metrics: KubeStateMetrics,
            node_exporter: NodeExporter, pushgateway: Pushgateway, grafana: Grafana
        }
        Ok(())
    }

    /// A namespace in which nothing is; the inventory is in Grafana's where there is nothing in Prometheus'.
    fn check_namespaces(&self) -> Checked {
        let (given, default) = (&self.namespaces, Namespaces::default());
        let of_prometheus = self.prometheus.enabled
            || self.alertmanager.enabled
            || self.kube_state_metrics.enabled
            || self.pushgateway.enabled;
        for (key, used, other) in [
            ("prometheus", of_prometheus, given.prometheus != default.prometheus),
            (
                "grafana",
                self.grafana.enabled || !of_prometheus,
                given.grafana != default.grafana,
            ),
            (
                "node_exporter",
                self.node_exporter.enabled,
                given.node_exporter != default.node_exporter,
            ),
        ] {
            if other && !used {
                return Err(wrong(
                    format!("namespaces.{key}"),
                    "has no effect: what belongs there is off",
                ));
            }
        }
        match given.create || given.pod_security {
            true => Ok(()),
            false => Err(wrong("namespaces.pod_security", "has no effect with `create: false`")),
        }
    }

    fn check_rules(&self) -> Checked {
        if !self.rules.enabled || !self.prometheus.enabled {
            let off = Rules {
                enabled: self.rules.enabled,
                ..Rules::default()
            };
            same("rules", &self.rules, &off, "has no effect: there are no rules")?;
        }
        match self.prometheus.enabled || self.extra_scrape_configs.is_empty() {
            true => Ok(()),
            false => Err(wrong(
                "extra_scrape_configs",
                "has no effect with `prometheus: {enabled: false}`",
            )),
        }
    }

    fn check_engine(&self) -> Checked {
        match self.engine {
            Engine::Kubernetes => Ok(()),
            Engine::Helm if self.patches.is_empty() => Ok(()),
            Engine::Helm => Err(wrong(
                "patches",
                "has no effect with `engine: helm`: the objects are the charts' own",
            )),
            Engine::Local => {
                let own = serde_json::to_value(self).map_err(|error| wrong("engine", error.to_string()))?;
                let mut known =
                    serde_json::to_value(Self::default()).map_err(|error| wrong("engine", error.to_string()))?;
                for pointer in LOCAL {
                    if let (Some(known), Some(own)) = (known.pointer_mut(pointer), own.pointer(pointer)) {
                        known.clone_from(own);
                    }
                }
                same("", &own, &known, "has no effect with `engine: local`")
            }
        }
    }
}

/// What processes on this machine make of the settings.
const LOCAL: [&str; 16] = [
    "/engine",
    "/prometheus/enabled",
    "/prometheus/retention",
    "/prometheus/retention_size",
    "/prometheus/scrape_interval",
    "/prometheus/evaluation_interval",
    "/alertmanager/enabled",
    "/alertmanager/config",
    "/kube_state_metrics/enabled",
    "/node_exporter/enabled",
    "/pushgateway/enabled",
    "/grafana/enabled",
    "/grafana/admin/user",
    "/grafana/admin/password",
    "/rules",
    "/extra_scrape_configs",
];

/// What has no effect in the chosen form is an error: who says `internal` means it, and a Grafana that is open to the
/// Internet all the same isn't what was asked for.
fn check_service(service: &Service) -> Checked {
    let balanced = service.kind == ServiceType::LoadBalancer;
    if service.scheme.is_some() && (!balanced || service.load_balancer == LoadBalancer::Generic) {
        return Err(wrong(
            "grafana.service.scheme",
            "has an effect only with `type: LoadBalancer` and `load_balancer: nlb` or `eks-auto`. A generic load balancer is told \
             by `annotations` that it shall be internal, in its provider's words",
        ));
    }
    let without = "has an effect only with `type: LoadBalancer`";
    if service.load_balancer != LoadBalancer::Generic && !balanced {
        return Err(wrong("grafana.service.load_balancer", without));
    }
    if !service.source_ranges.is_empty() && !balanced {
        return Err(wrong("grafana.service.source_ranges", without));
    }
    Ok(())
}

/// Whether settings are these; else what is wrong with the first key that differs.
fn same(key: &str, given: &impl Serialize, wanted: &impl Serialize, what: &str) -> Checked {
    let value = |settings: Result<Value, serde_json::Error>| settings.map_err(|error| wrong(key, error.to_string()));
    let (given, wanted) = (
        value(serde_json::to_value(given))?,
        value(serde_json::to_value(wanted))?,
    );
    difference(key, &given, &wanted).map_or(Ok(()), |key| {
        Err(WrongSetting {
            key,
            what: what.to_owned(),
        })
    })
}

/// The first key whose value isn't the wanted one.
fn difference(key: &str, given: &Value, wanted: &Value) -> Option<String> {
    match (given, wanted) {
        _ if given == wanted => None,
        (Value::Object(given), Value::Object(wanted)) => given.keys().chain(wanted.keys()).find_map(|name| {
            let key = match key {
                "" => name.clone(),
                key => format!("{key}.{name}"),
            };
            let of = |fields: &Map<String, Value>| fields.get(name).cloned().unwrap_or_default();
            difference(&key, &of(given), &of(wanted))
        }),
        _ => Some(key.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::check;

    #[test]
    fn what_has_no_effect_in_the_chosen_form_is_an_error() {
        for (service, key) in [
            ("type: LoadBalancer, scheme: internal", "scheme"),
            (
                "type: LoadBalancer, load_balancer: generic, scheme: internet-facing",
                "scheme",
            ),
            ("scheme: internal", "scheme"),
            ("type: NodePort, load_balancer: nlb", "load_balancer"),
            ("load_balancer: eks-auto", "load_balancer"),
            ("source_ranges: [10.0.0.0/8]", "source_ranges"),
            ("type: NodePort, source_ranges: [10.0.0.0/8]", "source_ranges"),
        ] {
            let error = check(&format!("grafana: {{service: {{{service}}}}}"));
            let start = format!("stack.grafana.service.{key}: has an effect only");
            assert!(error.starts_with(&start), "{service}: {error}");
        }
        for fine in [
            "type: LoadBalancer, load_balancer: nlb, scheme: internal",
            "type: LoadBalancer, load_balancer: eks-auto, scheme: internet-facing, source_ranges: [10.0.0.0/8]",
            "type: LoadBalancer, source_ranges: [10.0.0.0/8]",
        ] {
            assert_eq!(check(&format!("grafana: {{service: {{{fine}}}}}")), "");
        }
        let exists = check("grafana: {tolerations: [{operator: Exists, value: a}]}");
        assert!(exists.starts_with("stack.grafana.tolerations[0].value: "), "{exists}");
    }

    #[test]
    fn settings_of_what_is_off_are_an_error() {
        for (yaml, error) in [
            (
                "prometheus: {enabled: false, retention: 30d}",
                "prometheus.retention: has no effect with `prometheus: {enabled: false}`",
            ),
            (
                "alertmanager: {enabled: false, config: {route: {}}}",
                "alertmanager.config: has no effect with",
            ),
            (
                "kube_state_metrics: {enabled: false, image: a}",
                "kube_state_metrics.image: has no effect with",
            ),
            (
                "node_exporter: {enabled: false, tolerations: [{operator: Exists}]}",
                "node_exporter.tolerations: has no effect with",
            ),
            (
                "pushgateway: {enabled: false, storage: {size: 1Gi}}",
                "pushgateway.storage.enabled: has no effect with",
            ),
            (
                "grafana: {enabled: false, service: {type: LoadBalancer}}",
                "grafana.service.type: has no effect with",
            ),
            (
                "grafana: {enabled: false, resources: {limits: {cpu: 1}}}",
                "grafana.resources.limits: has no effect with",
            ),
            (
                "grafana: {storage: {enabled: false, size: 8Gi}}",
                "grafana.storage.size: has no effect",
            ),
            (
                "pushgateway: {storage: {enabled: false, size: 8Gi}}",
                "pushgateway.storage.size: has no effect",
            ),
            (
                "rules: {enabled: false, drift_interval: 2h}",
                "rules.drift_interval: has no effect",
            ),
            (
                "prometheus: {enabled: false}, rules: {drift_interval: 2h}",
                "rules.drift_interval: has no effect",
            ),
            (
                "prometheus: {enabled: false}, extra_scrape_configs: [{job_name: a}]",
                "extra_scrape_configs: has no effect",
            ),
            (
                "grafana: {enabled: false}, namespaces: {grafana: g}",
                "namespaces.grafana: has no effect",
            ),
            (
                "node_exporter: {enabled: false}, namespaces: {node_exporter: n}",
                "namespaces.node_exporter: has no effect",
            ),
            (
                "namespaces: {create: false, pod_security: false}",
                "namespaces.pod_security: has no effect with `create: false`",
            ),
            (
                "storage_class: {name: fast}, prometheus: {storage: {enabled: false}}, alertmanager: {enabled: false}, \
                 grafana: {storage: {enabled: false}}",
                "storage_class.name: has no effect",
            ),
            (
                "engine: helm, patches: [{target: {kind: Service, name: a}, merge: {}}]",
                "patches: has no effect with `engine: helm`",
            ),
            (
                "engine: local, namespaces: {grafana: g}",
                "namespaces.grafana: has no effect with `engine: local`",
            ),
            (
                "engine: local, context: a",
                "context: has no effect with `engine: local`",
            ),
            (
                "engine: local, grafana: {service: {type: NodePort}}",
                "grafana.service.type: has no effect with `engine: local`",
            ),
        ] {
            let said = check(&format!("{{{yaml}}}"));
            assert!(said.starts_with(&format!("stack.{error}")), "{yaml}: {said}");
        }
        for fine in [
            "pushgateway: {enabled: false}, node_exporter: {enabled: false}",
            "prometheus: {enabled: false}, rules: {enabled: false}",
            "storage_class: {name: fast}",
            "engine: local, prometheus: {retention: 1d}, grafana: {admin: {user: a}}, rules: {drift_interval: 2h}",
        ] {
            assert_eq!(check(&format!("{{{fine}}}")), "", "{fine}");
        }
    }
}
