use dashctl::stack::{Kind, Object, Settings, render};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("all_pods_but_node_exporters_are_restricted", restricted),
        Trial::test("node_exporter_has_a_namespace_that_lets_it_be", privileged),
        Trial::test("only_those_that_ask_the_api_have_a_token", tokens),
    ]
}

/// The workloads with their pods.
fn pods(objects: &[Object]) -> Vec<(String, Value)> {
    objects
        .iter()
        .filter(|object| matches!(object.id().kind, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet))
        .map(|object| {
            (
                object.id().to_string(),
                object.manifest()["spec"]["template"]["spec"].clone(),
            )
        })
        .collect()
}

fn level<'a>(objects: &'a [Object], namespace: &str) -> &'a Value {
    let found = objects
        .iter()
        .find(|object| object.id().kind == Kind::Namespace && object.id().name == namespace);
    &found.unwrap().manifest()["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
}

fn restricted() -> Result<(), Failed> {
    let yaml = "{storage_class: {create: {}}, pushgateway: {storage: {size: 1Gi}}}";
    for settings in [Settings::default(), serde_saphyr::from_str(yaml)?] {
        let objects = render(&settings)?;
        assert_eq!(level(&objects, "prometheus"), "restricted");
        assert_eq!(level(&objects, "grafana"), "restricted");
        let mut seen = 0;
        for (name, pod) in pods(&objects) {
            let place = name.split([' ', '/']).nth(1).unwrap();
            if level(&objects, place) == "restricted" {
                assert_eq!(violations(&pod), Vec::<String>::new(), "{name}");
                seen += 1;
            }
        }
        assert_eq!(seen, 5);
    }
    Ok(())
}

/// It needs what the standard forbids, and nothing else: the check of the other pods sees these things.
fn privileged() -> Result<(), Failed> {
    let objects = render(&Settings::default())?;
    assert_eq!(level(&objects, "node-exporter"), "privileged");
    let pods = pods(&objects);
    let (_, pod) = pods
        .iter()
        .find(|(name, _)| name.starts_with("DaemonSet node-exporter/"))
        .unwrap();
    let expected = [
        "hostNetwork",
        "hostPID",
        "volume proc: hostPath",
        "volume sys: hostPath",
        "volume root: hostPath",
        "node-exporter: hostPort",
    ];
    assert_eq!(violations(pod), expected);
    Ok(())
}

fn tokens() -> Result<(), Failed> {
    let pods = pods(&render(&Settings::default())?);
    let with_token: Vec<_> = pods
        .iter()
        .filter(|(_, pod)| pod["automountServiceAccountToken"] != false)
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(
        with_token,
        [
            "Deployment prometheus/prometheus-kube-state-metrics",
            "Deployment prometheus/prometheus-server"
        ]
    );
    Ok(())
}

/// What the level `restricted` of the Pod Security Standards, and `baseline` under it, forbid of a pod.
fn violations(pod: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        if pod[field] == true {
            found.push(field.to_owned());
        }
    }
    let allowed = [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ];
    for volume in list(&pod["volumes"]) {
        let kinds = volume.as_object().unwrap().keys().filter(|key| *key != "name");
        for kind in kinds.filter(|kind| !allowed.contains(&kind.as_str())) {
            found.push(format!("volume {}: {kind}", volume["name"].as_str().unwrap()));
        }
    }
    let outer = &pod["securityContext"];
    let safe_sysctls = list(&outer["sysctls"]).next().is_none();
    if !safe_sysctls {
        found.push("sysctls".into());
    }
    for container in list(&pod["containers"]).chain(list(&pod["initContainers"])) {
        let name = container["name"].as_str().unwrap();
        found.extend(
            of_container(container, outer)
                .into_iter()
                .map(|what| format!("{name}: {what}")),
        );
    }
    found
}

fn of_container(container: &Value, outer: &Value) -> Vec<&'static str> {
    let own = &container["securityContext"];
    let either = |field: &str| {
        if own[field].is_null() {
            &outer[field]
        } else {
            &own[field]
        }
    };
    let capabilities = |part: &str| list(&own["capabilities"][part]).collect::<Vec<_>>();
    let profile = either("seccompProfile")["type"].as_str().unwrap_or_default();
    let apparmor = either("appArmorProfile")["type"].as_str().unwrap_or("RuntimeDefault");
    let probes = ["livenessProbe", "readinessProbe", "startupProbe"];
    [
        ("privileged", own["privileged"] == true),
        (
            "hostPort",
            list(&container["ports"]).any(|port| port["hostPort"].as_u64().is_some_and(|port| port != 0)),
        ),
        (
            "probe host",
            probes
                .iter()
                .any(|probe| !container[probe]["httpGet"]["host"].is_null()),
        ),
        ("procMount", !own["procMount"].is_null()),
        (
            "capabilities",
            !capabilities("drop").contains(&&Value::from("ALL"))
                || capabilities("add").iter().any(|added| **added != "NET_BIND_SERVICE"),
        ),
        ("allowPrivilegeEscalation", own["allowPrivilegeEscalation"] != false),
        ("runAsNonRoot", *either("runAsNonRoot") != true),
        ("runAsUser", either("runAsUser").as_u64().is_none_or(|user| user == 0)),
        ("seccompProfile", !["RuntimeDefault", "Localhost"].contains(&profile)),
        ("appArmorProfile", !["RuntimeDefault", "Localhost"].contains(&apparmor)),
        ("seLinuxOptions", !either("seLinuxOptions").is_null()),
        // Not of the standard, but of this stack.
        ("readOnlyRootFilesystem", own["readOnlyRootFilesystem"] != true),
    ]
    .into_iter()
    .filter_map(|(what, wrong)| wrong.then_some(what))
    .collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
