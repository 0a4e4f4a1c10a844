use serde_json::Value;

use crate::stack::Kind;

/// Whether an object does what it is there for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It does.
    Ready,
    /// Not yet: how far it is.
    Waiting(String),
    /// It has given up: why.
    Failed(String),
}

/// Judges an object by its status, after the rules of kstatus: a status that was written for an older generation says
/// nothing.
pub fn readiness(kind: Kind, object: &Value) -> Readiness {
    let generation = number(object, "/metadata/generation");
    let observed = object.pointer("/status/observedGeneration").and_then(Value::as_i64);
    if observed.is_some_and(|observed| observed < generation) {
        return Readiness::Waiting("the change has not been seen yet".into());
    }
    if object.pointer("/metadata/deletionTimestamp").is_some() {
        return Readiness::Waiting("it is being deleted".into());
    }
    match kind {
        Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet if observed.is_none() => {
            Readiness::Waiting("no controller has seen it yet".into())
        }
        Kind::Deployment => deployment(object),
        Kind::StatefulSet => stateful_set(object),
        Kind::DaemonSet => daemon_set(object),
        Kind::PersistentVolumeClaim => claim(object),
        Kind::Service => service(object),
        Kind::Namespace if text(object, "/status/phase") == "Terminating" => {
            Readiness::Failed("it is being deleted".into())
        }
        _ => Readiness::Ready,
    }
}

/// `2/3`, as `kubectl get` shows it; empty for what has no number.
pub fn ready_count(kind: Kind, object: &Value) -> String {
    let of = |have: &str, want: i64| format!("{}/{want}", number(object, have));
    match kind {
        Kind::Deployment | Kind::StatefulSet => of("/status/readyReplicas", wanted(object)),
        Kind::DaemonSet => of("/status/numberReady", number(object, "/status/desiredNumberScheduled")),
        Kind::PersistentVolumeClaim => text(object, "/status/phase").to_owned(),
        _ => String::new(),
    }
}

fn deployment(object: &Value) -> Readiness {
    for condition in list(object, "/status/conditions") {
        let is = |kind: &str, status: &str| text(condition, "/type") == kind && text(condition, "/status") == status;
        let gave_up = is("Progressing", "False") && text(condition, "/reason") == "ProgressDeadlineExceeded";
        if gave_up || is("ReplicaFailure", "True") {
            return Readiness::Failed(text(condition, "/message").to_owned());
        }
    }
    let want = wanted(object);
    let [updated, replicas, available] =
        ["updatedReplicas", "replicas", "availableReplicas"].map(|key| number(object, &format!("/status/{key}")));
    if updated < want {
        Readiness::Waiting(format!("{updated} of {want} pods are made"))
    } else if replicas > updated {
        Readiness::Waiting(format!("{} old pods have to go", replicas - updated))
    } else if available < want {
        Readiness::Waiting(format!("{available} of {want} pods are ready"))
    } else {
        Readiness::Ready
    }
}

fn stateful_set(object: &Value) -> Readiness {
    let want = wanted(object);
    let ready = number(object, "/status/readyReplicas");
    let updated = number(object, "/status/updatedReplicas");
    if ready < want {
        Readiness::Waiting(format!("{ready} of {want} pods are ready"))
    } else if updated < want && text(object, "/status/currentRevision") != text(object, "/status/updateRevision") {
        Readiness::Waiting(format!("{updated} of {want} pods are up to date"))
    } else {
        Readiness::Ready
    }
}

fn daemon_set(object: &Value) -> Readiness {
    let [want, updated, available] = ["desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable"]
        .map(|key| number(object, &format!("/status/{key}")));
    if updated < want {
        Readiness::Waiting(format!("{updated} of {want} nodes have it"))
    } else if available < want {
        Readiness::Waiting(format!("{available} of {want} pods are ready"))
    } else {
        Readiness::Ready
    }
}

/// A claim is bound when its pod has found a node: the workload that waits for the pod waits for the claim as well.
fn claim(object: &Value) -> Readiness {
    match text(object, "/status/phase") {
        "Bound" => Readiness::Ready,
        "Lost" => Readiness::Failed("its volume is gone".into()),
        _ => Readiness::Waiting("no volume is bound to it yet".into()),
    }
}

fn service(object: &Value) -> Readiness {
    if text(object, "/spec/type") != "LoadBalancer" || !addresses(object).is_empty() {
        return Readiness::Ready;
    }
    Readiness::Waiting("the load balancer has no address yet".into())
}

/// The addresses of a Service's load balancer: hostnames on AWS, IP addresses elsewhere.
pub fn addresses(service: &Value) -> Vec<String> {
    let of = |ingress: &Value| {
        let host = ["/hostname", "/ip"].map(|key| text(ingress, key));
        host.into_iter().find(|host| !host.is_empty()).map(str::to_owned)
    };
    list(service, "/status/loadBalancer/ingress")
        .iter()
        .filter_map(of)
        .collect()
}

fn wanted(object: &Value) -> i64 {
    object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1)
}

fn number(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}

pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn waits(kind: Kind, object: Value) -> String {
        match readiness(kind, &object) {
            Readiness::Waiting(why) => why,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_status_of_an_older_generation_says_nothing() {
        let status = json!({"observedGeneration": 1, "updatedReplicas": 1, "replicas": 1, "availableReplicas": 1});
        let mut object = json!({"metadata": {"generation": 2}, "spec": {"replicas": 1}, "status": status});
        assert_eq!(
            waits(Kind::Deployment, object.clone()),
            "the change has not been seen yet"
        );
        object["metadata"]["generation"] = json!(1);
        assert_eq!(readiness(Kind::Deployment, &object), Readiness::Ready);
        let fresh = json!({"metadata": {"generation": 1}, "spec": {}});
        assert_eq!(waits(Kind::Deployment, fresh), "no controller has seen it yet");
    }

    #[test]
    fn a_deployment_that_gave_up_says_why() {
        let condition =
            json!({"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "m"});
        let object =
            json!({"metadata": {"generation": 1}, "status": {"observedGeneration": 1, "conditions": [condition]}});
        assert_eq!(readiness(Kind::Deployment, &object), Readiness::Failed("m".into()));
        let old = json!({"metadata": {"generation": 1}, "spec": {"replicas": 1},
            "status": {"observedGeneration": 1, "updatedReplicas": 1, "replicas": 2, "availableReplicas": 1}});
        assert_eq!(waits(Kind::Deployment, old), "1 old pods have to go");
    }

    #[test]
    fn a_load_balancer_needs_an_address() {
        let service = |ingress: Value| json!({"spec": {"type": "LoadBalancer"}, "status": {"loadBalancer": {"ingress": ingress}}});
        for empty in [json!([]), json!([{}]), json!(null)] {
            assert_eq!(
                waits(Kind::Service, service(empty)),
                "the load balancer has no address yet"
            );
        }
        for address in [json!([{"hostname": "a.elb"}]), json!([{"ip": "1.2.3.4"}])] {
            assert_eq!(readiness(Kind::Service, &service(address)), Readiness::Ready);
        }
        assert_eq!(
            readiness(Kind::Service, &json!({"spec": {"type": "ClusterIP"}})),
            Readiness::Ready
        );
    }

    #[test]
    fn daemons_are_counted_by_node_and_stateful_sets_by_revision() {
        let daemons = |updated: i64, available: i64| {
            json!({"metadata": {"generation": 1}, "status": {"observedGeneration": 1,
                "desiredNumberScheduled": 2, "updatedNumberScheduled": updated, "numberAvailable": available}})
        };
        assert_eq!(waits(Kind::DaemonSet, daemons(1, 2)), "1 of 2 nodes have it");
        assert_eq!(waits(Kind::DaemonSet, daemons(2, 1)), "1 of 2 pods are ready");
        assert_eq!(readiness(Kind::DaemonSet, &daemons(2, 2)), Readiness::Ready);
        let set = json!({"metadata": {"generation": 1}, "spec": {"replicas": 1}, "status": {"observedGeneration": 1,
            "readyReplicas": 1, "updatedReplicas": 0, "currentRevision": "a", "updateRevision": "b"}});
        assert_eq!(waits(Kind::StatefulSet, set), "0 of 1 pods are up to date");
    }
}
