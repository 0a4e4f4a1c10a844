use serde_json::Value;

use super::cluster::encoded;
use super::readiness::{list, text};
use super::{Cluster, Error};
use crate::stack::{Kind, ObjectId};

/// What keeps a pod, or what its workload wants to make, from being ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodTrouble {
    /// The pod or other object that it is about.
    pub object: String,
    /// The reason, as Kubernetes calls it, such as `ImagePullBackOff`.
    pub reason: String,
    /// What Kubernetes says about it.
    pub message: String,
}

impl std::fmt::Display for PodTrouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.object, self.reason)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        if let Some(advice) = advice(&self.reason) {
            write!(f, " ({advice})")?;
        }
        Ok(())
    }
}

/// What a person can do about it.
fn advice(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "ImagePullBackOff" | "ErrImagePull" | "InvalidImageName" => {
            "is the image's name right, and may the node pull it?"
        }
        "CrashLoopBackOff" => "`kubectl logs --previous` of the pod tells why it ends",
        "Unschedulable" => "no node has room, or none may have it: resources, node_selector, tolerations",
        "CreateContainerConfigError" => "a Secret or ConfigMap that it names is missing",
        "FailedCreate" => "the namespace's Pod Security level or a quota refuses its pods",
        "Evicted" => "the node ran out of memory or disk",
        "ProvisioningFailed" | "FailedBinding" => "is the storage class right, and does its provisioner run?",
        _ => return None,
    })
}

/// Why a workload, claim or load balancer isn't ready: from its pods and their claims, and from the events about it.
///
/// # Errors
///
/// Not allowed, or the server can't be reached.
pub async fn troubles(cluster: &Cluster, id: &ObjectId, object: &Value) -> Result<Vec<PodTrouble>, Error> {
    let Some(namespace) = &id.namespace else {
        return Ok(Vec::new());
    };
    let events = cluster
        .list(&format!("/api/v1/namespaces/{namespace}/events"), "")
        .await?;
    let mut found = Vec::new();
    if matches!(id.kind, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet) {
        let pods = pods(cluster, namespace, object).await?;
        found.extend(pods.iter().flat_map(pod_troubles));
        found.extend(
            pods.iter()
                .flat_map(claims)
                .flat_map(|claim| warnings_of(&events, "PersistentVolumeClaim", &claim)),
        );
        // Pods that could not even be made are told by who should have made them.
        found.extend(events_of_makers(&events, &id.name));
    }
    found.extend(warnings_of(&events, id.kind.name(), &id.name));
    found.dedup();
    Ok(found)
}

/// The pods that a workload selects.
pub(super) async fn pods(cluster: &Cluster, namespace: &str, workload: &Value) -> Result<Vec<Value>, Error> {
    let labels = workload
        .pointer("/spec/selector/matchLabels")
        .or_else(|| workload.pointer("/spec/selector"));
    let selector: Vec<String> = labels
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
        .collect();
    if selector.is_empty() {
        return Ok(Vec::new());
    }
    let query = format!("labelSelector={}", encoded(&selector.join(",")));
    cluster
        .list(&format!("/api/v1/namespaces/{namespace}/pods"), &query)
        .await
}

/// Why a pod doesn't run, from what its scheduler and its node say of it.
pub fn pod_troubles(pod: &Value) -> Vec<PodTrouble> {
    let name = format!("pod {}", text(pod, "/metadata/name"));
    let trouble = |reason: &str, message: &str| PodTrouble {
        object: name.clone(),
        reason: reason.to_owned(),
        message: message.trim().to_owned(),
    };
    let mut found = Vec::new();
    if text(pod, "/status/phase") == "Failed" {
        found.push(trouble(text(pod, "/status/reason"), text(pod, "/status/message")));
    }
    for condition in list(pod, "/status/conditions") {
        if text(condition, "/type") == "PodScheduled" && text(condition, "/status") == "False" {
            found.push(trouble(text(condition, "/reason"), text(condition, "/message")));
        }
    }
    let statuses = ["/status/initContainerStatuses", "/status/containerStatuses"];
    for container in statuses.iter().flat_map(|pointer| list(pod, pointer)) {
        let reason = text(container, "/state/waiting/reason");
        if !matches!(reason, "" | "ContainerCreating" | "PodInitializing") {
            found.push(trouble(reason, text(container, "/state/waiting/message")));
        }
    }
    found
}

fn claims(pod: &Value) -> Vec<String> {
    let claim = |volume: &Value| text(volume, "/persistentVolumeClaim/claimName").to_owned();
    let names = list(pod, "/spec/volumes").iter().map(claim);
    names.filter(|name| !name.is_empty()).collect()
}

fn warnings_of(events: &[Value], kind: &str, name: &str) -> Vec<PodTrouble> {
    let about =
        |event: &&Value| text(event, "/involvedObject/kind") == kind && text(event, "/involvedObject/name") == name;
    newest(events.iter().filter(about))
}

/// A Deployment's ReplicaSets bear its name and a hash.
fn events_of_makers(events: &[Value], workload: &str) -> Vec<PodTrouble> {
    let about = |event: &&Value| {
        let name = text(event, "/involvedObject/name");
        text(event, "/involvedObject/kind") == "ReplicaSet"
            && name
                .strip_prefix(workload)
                .is_some_and(|rest| rest.starts_with('-') && !rest[1..].contains('-'))
    };
    newest(events.iter().filter(about))
}

/// The last warning of each reason.
fn newest<'a>(events: impl Iterator<Item = &'a Value>) -> Vec<PodTrouble> {
    let mut found: Vec<PodTrouble> = Vec::new();
    for event in events.filter(|event| text(event, "/type") == "Warning") {
        let object = format!(
            "{} {}",
            text(event, "/involvedObject/kind"),
            text(event, "/involvedObject/name")
        );
        let reason = text(event, "/reason").to_owned();
        found.retain(|known| known.object != object || known.reason != reason);
        found.push(PodTrouble {
            object,
            reason,
            message: text(event, "/message").to_owned(),
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_keeps_a_pod_from_running_is_told_with_advice() {
        let pod = json!({"metadata": {"name": "p"}, "status": {"phase": "Pending",
            "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available"}],
            "containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off"}}},
                {"state": {"waiting": {"reason": "ContainerCreating"}}}]}});
        let told: Vec<String> = pod_troubles(&pod).iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 2);
        assert!(
            told[0].starts_with("pod p: Unschedulable: 0/1 nodes are available (no node has room"),
            "{told:?}"
        );
        assert!(told[1].contains("ImagePullBackOff"), "{told:?}");
        assert!(pod_troubles(&json!({"status": {"phase": "Running"}})).is_empty());
    }

    #[test]
    fn events_are_told_of_the_workload_s_own_replica_sets_only() {
        let event = |name: &str| {
            json!({"type": "Warning", "reason": "FailedCreate", "message": "violates PodSecurity",
            "involvedObject": {"kind": "ReplicaSet", "name": name}})
        };
        let events = [event("grafana-5f"), event("grafana-5f"), event("grafana-other-5f")];
        assert_eq!(events_of_makers(&events, "grafana").len(), 1);
    }
}
