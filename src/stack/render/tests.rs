use serde_json::{Value, json};

use super::*;
use crate::stack::Kind;
use crate::stack::values::collector_names;

fn settings(yaml: &str) -> Settings {
    serde_saphyr::from_str(yaml).unwrap()
}

fn error(yaml: &str) -> String {
    render(&settings(yaml)).unwrap_err().to_string()
}

fn find<'a>(objects: &'a [Object], id: &str) -> &'a Value {
    let found = objects.iter().find(|object| object.id().to_string() == id);
    found.unwrap_or_else(|| panic!("no {id}")).manifest()
}

#[test]
fn the_default_installation_has_these_objects_in_this_order() {
    let objects = render(&Settings::default()).unwrap();
    let ids: Vec<_> = objects.iter().map(|object| object.id().to_string()).collect();
    insta::assert_snapshot!(ids.join("\n"));
}

#[test]
fn rendering_twice_makes_the_same_bytes() {
    let bytes = || {
        let objects = render(&Settings::default()).unwrap();
        objects
            .iter()
            .map(|object| object.manifest().to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(bytes(), bytes());
}

#[test]
fn hostile_text_stays_text() {
    let user = "a\"b: {c}\n# <d> {{e}} 'f' \\";
    let yaml = json!({"prometheus": {"node_selector": {"zone": user}}, "grafana": {"service": {"annotations": {"note": user}}}});
    let objects = render(&serde_json::from_value(yaml).unwrap()).unwrap();
    let prometheus = find(&objects, "Deployment prometheus/prometheus-server");
    assert_eq!(prometheus["spec"]["template"]["spec"]["nodeSelector"]["zone"], user);
    assert_eq!(
        find(&objects, "Service grafana/grafana")["metadata"]["annotations"]["note"],
        user
    );
}

#[test]
fn a_load_balancer_says_who_makes_it() {
    let service = |yaml: &str| find(&render(&settings(yaml)).unwrap(), "Service grafana/grafana").clone();
    let prefix = "service.beta.kubernetes.io/aws-load-balancer";
    let nlb = service(
        "grafana: {service: {type: LoadBalancer, load_balancer: nlb, scheme: internet-facing, source_ranges: [10.0.0.0/8]}}",
    );
    assert_eq!(nlb["spec"]["loadBalancerClass"], "service.k8s.aws/nlb");
    assert_eq!(nlb["spec"]["loadBalancerSourceRanges"], json!(["10.0.0.0/8"]));
    assert_eq!(
        nlb["metadata"]["annotations"][format!("{prefix}-scheme")],
        "internet-facing"
    );
    assert_eq!(
        nlb["metadata"]["annotations"][format!("{prefix}-nlb-target-type")],
        "ip"
    );
    let auto = service("grafana: {service: {type: LoadBalancer, load_balancer: eks-auto}}");
    assert_eq!(auto["spec"]["loadBalancerClass"], "eks.amazonaws.com/nlb");
    assert_eq!(auto["metadata"]["annotations"][format!("{prefix}-scheme")], "internal");
    let generic = service("grafana: {service: {type: LoadBalancer}}");
    assert!(generic["spec"].get("loadBalancerClass").is_none(), "{generic}");
    let inside = service("{}");
    assert_eq!(inside["spec"]["type"], "ClusterIP");
    assert!(inside["spec"].get("loadBalancerClass").is_none() && !inside.to_string().contains(prefix));
}

#[test]
fn every_volume_asks_for_the_class_and_none_where_the_cluster_has_one() {
    let classes = |yaml: &str| {
        let text: String = render(&settings(yaml))
            .unwrap()
            .iter()
            .map(|o| o.manifest().to_string())
            .collect();
        (
            text.matches("\"storageClassName\":\"ebs-obs-sc\"").count(),
            text.matches("storageClassName").count(),
        )
    };
    assert_eq!(
        classes("{storage_class: {create: {}}, pushgateway: {storage: {size: 1Gi}}}"),
        (4, 4)
    );
    assert_eq!(classes("{}"), (0, 0));
    let objects = render(&settings("storage_class: {create: {}}")).unwrap();
    let class = find(&objects, "StorageClass ebs-obs-sc");
    assert_eq!(class["parameters"], json!({"type": "gp3", "encrypted": "true"}));
    assert_eq!(class["volumeBindingMode"], "WaitForFirstConsumer");
}

#[test]
fn components_can_be_left_out() {
    let yaml = "{alertmanager: {enabled: false}, node_exporter: {enabled: false}, grafana: {enabled: false}}";
    let objects = render(&settings(yaml)).unwrap();
    let all: String = objects
        .iter()
        .map(|o| format!("{}\n{}", o.id(), o.manifest()))
        .collect();
    assert!(!all.contains("alertmanager") && !all.contains("node-exporter") && !all.contains("Namespace grafana"));
    let text = render(&settings(
        "{prometheus: {storage: {enabled: false}}, alertmanager: {storage: {enabled: false}}}",
    ));
    assert!(
        text.unwrap()
            .iter()
            .all(|o| o.manifest().get("volumeClaimTemplates").is_none())
    );
}

#[test]
fn a_shared_namespace_is_made_once_at_the_level_that_all_its_pods_bear() {
    let objects = render(&settings(
        "namespaces: {prometheus: mon, grafana: mon, node_exporter: mon}",
    ))
    .unwrap();
    let names: Vec<_> = objects.iter().filter(|o| o.id().kind == Kind::Namespace).collect();
    assert_eq!(names.len(), 1);
    assert_eq!(
        names[0].manifest()["metadata"]["labels"]["pod-security.kubernetes.io/enforce"],
        "privileged"
    );
    let none = render(&settings("namespaces: {create: false}")).unwrap();
    assert!(none.iter().all(|o| o.id().kind != Kind::Namespace));
}

#[test]
fn amounts_are_canonical_wherever_they_come_from() {
    let objects = render(&settings(
        "prometheus: {storage: {size: 2048Mi}, resources: {requests: {cpu: 0.5}}}\npatches:\n\
         - {target: {kind: Deployment, name: grafana}, json: [{op: add, path: /spec/template/spec/containers/0/resources/limits, value: {cpu: 1.5}}]}",
    ))
    .unwrap();
    let claim = find(&objects, "PersistentVolumeClaim prometheus/prometheus-server");
    assert_eq!(claim["spec"]["resources"]["requests"]["storage"], "2Gi");
    let container = |id| find(&objects, id)["spec"]["template"]["spec"]["containers"][0]["resources"].clone();
    assert_eq!(
        container("Deployment prometheus/prometheus-server"),
        json!({"requests": {"cpu": "500m"}})
    );
    assert_eq!(container("Deployment grafana/grafana")["limits"]["cpu"], "1500m");
}

#[test]
fn patches_change_objects_in_order() {
    let objects = render(&settings(
        "patches:\n\
         - {target: {kind: Deployment, name: grafana}, merge: {spec: {template: {spec: {priorityClassName: high, enableServiceLinks: null}}}}}\n\
         - {target: {kind: Deployment, name: grafana, namespace: grafana}, json: [{op: replace, path: /spec/template/spec/priorityClassName, value: low}]}",
    ))
    .unwrap();
    let spec = &find(&objects, "Deployment grafana/grafana")["spec"]["template"]["spec"];
    assert_eq!(spec["priorityClassName"], "low");
    assert!(spec.get("enableServiceLinks").is_none());
}

#[test]
fn a_patch_that_does_not_fit_is_named_by_its_index() {
    let patch = |second: &str| {
        let fine = "{target: {kind: Deployment, name: grafana}, merge: {metadata: {annotations: {a: b}}}}";
        error(&format!("patches:\n- {fine}\n- {second}\n"))
    };
    for (second, what) in [
        (
            "{target: {kind: Deployment, name: grafana}, merge: {spec: {replica: 2}}}",
            "Deployment grafana/grafana: /spec/replica is no field",
        ),
        (
            "{target: {kind: Deployment, name: graphana}, merge: {spec: {replicas: 2}}}",
            "there is no Deployment \"graphana\"; there are: Deployment grafana/grafana, ",
        ),
        (
            "{target: {kind: Deployment, name: grafana, namespace: x}, merge: {}}",
            "there is no Deployment \"grafana\" in \"x\"",
        ),
        (
            "{target: {kind: Ingress, name: grafana}, merge: {}}",
            "there are: Namespace, ",
        ),
        (
            "{target: {kind: Deployment, name: grafana}, merge: {metadata: {name: g}}}",
            "a patch can't change kind, name or namespace",
        ),
        (
            "{target: {kind: Deployment, name: grafana}, merge: {kind: Pod}}",
            "Deployment grafana/grafana: ",
        ),
        (
            "{target: {kind: Deployment, name: grafana}, json: [{op: remove, path: /spec/nope}]}",
            "Deployment grafana/grafana: ",
        ),
        (
            "{target: {kind: Deployment, name: grafana}, json: [{op: put, path: /spec}]}",
            "not a list of operations",
        ),
        (
            "{target: {kind: Deployment, name: grafana}, merge: {spec: {replicas: two}}}",
            "/spec/replicas can't be: ",
        ),
    ] {
        let error = patch(second);
        assert!(
            error.starts_with("stack.patches[1]: ") && error.contains(what),
            "{second}: {error}"
        );
    }
}

/// A series has every label of its Service, pod or node: a label that changes makes all its series new.
#[test]
fn no_label_changes_with_the_version_or_the_configuration() {
    fn labels(value: &Value, all: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, field)| match key.as_str() {
                "labels" | "matchLabels" | "selector" | "volumeClaimTemplates" => all.push(field.to_string()),
                _ => labels(field, all),
            }),
            Value::Array(items) => items.iter().for_each(|item| labels(item, all)),
            _ => {}
        }
    }
    let of = |yaml: &str| {
        let mut all = Vec::new();
        render(&settings(yaml))
            .unwrap()
            .iter()
            .for_each(|object| labels(object.manifest(), &mut all));
        all
    };
    let before = of("{}");
    let after = of("{prometheus: {image: 'p:v9', scrape_interval: 1m}, alertmanager: {image: 'a:v9', config: {route: {receiver: x}}},
        grafana: {image: 'g:v9'}, rules: {enabled: false}, kube_state_metrics: {image: 'k:v9'}}");
    assert_eq!(before, after);
    assert!(before.len() > 40, "{}", before.len());
    let version = env!("CARGO_PKG_VERSION");
    assert!(before.iter().all(|labels| !labels.contains(version)), "{before:?}");
}

#[test]
fn a_changed_configuration_makes_new_pods_of_those_that_do_not_reload() {
    let hash = |yaml: &str, id: &str| {
        let template = find(&render(&settings(yaml)).unwrap(), id)["spec"]["template"].clone();
        template.to_string()
    };
    let alertmanager = "StatefulSet prometheus/prometheus-alertmanager";
    assert_ne!(
        hash("{}", alertmanager),
        hash("alertmanager: {config: {route: {receiver: x}}}", alertmanager)
    );
    // Prometheus reloads by itself.
    let prometheus = "Deployment prometheus/prometheus-server";
    assert_eq!(
        hash("{}", prometheus),
        hash("prometheus: {scrape_interval: 1m}", prometheus)
    );
}

#[test]
fn the_admins_secret_is_data_and_no_part_of_the_rest() {
    let settings = settings("grafana: {admin: {user: ann, secret: login}}");
    let secret = admin_secret(&settings, &Secret::new("hunter2")).unwrap();
    assert_eq!(secret.id().to_string(), "Secret grafana/login");
    assert_eq!(
        secret.manifest()["data"],
        json!({"admin-user": "YW5u", "admin-password": "aHVudGVyMg=="})
    );
    assert!(secret.manifest().get("stringData").is_none());
    let objects = render(&settings).unwrap();
    assert!(objects.iter().all(|object| object.id().kind != Kind::Secret));
    let env = &find(&objects, "Deployment grafana/grafana")["spec"]["template"]["spec"]["containers"][0]["env"];
    assert_eq!(
        env[1]["valueFrom"]["secretKeyRef"],
        json!({"name": "login", "key": "admin-password"})
    );
}

#[test]
fn collectors_are_what_the_role_allows_and_neither_secrets_nor_configmaps() {
    let objects = render(&Settings::default()).unwrap();
    let role = find(&objects, "ClusterRole prometheus-kube-state-metrics");
    let mut allowed: Vec<_> = role["rules"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|rule| rule["resources"].as_array().unwrap())
        .map(|name| name.as_str().unwrap())
        .collect();
    allowed.sort_unstable();
    assert_eq!(allowed, collector_names());
    assert_eq!(allowed.len(), 26);
    assert!(!allowed.contains(&"secrets") && !allowed.contains(&"configmaps"));
}
