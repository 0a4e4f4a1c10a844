use serde_json::{Value, json};

use super::fate::Ended;

/// Where a pod of the play runs.
pub struct Place<'a> {
    pub node_address: &'a str,
    pub pod_address: &'a str,
    /// Now, as Kubernetes writes it.
    pub now: &'a str,
}

/// How the containers of a pod are, as a kubelet would report it.
pub enum Containers {
    Running { ready: bool, restarts: usize },
    Waiting { reason: &'static str, message: String },
    Crashing { exit_code: i32, restarts: usize },
    Ended { ended: Ended, restarts: usize },
}

/// The status that a kubelet would give to a pod whose containers are like this.
pub fn status(pod: &Value, containers: &Containers, place: &Place) -> Value {
    let phase = match containers {
        Containers::Running { .. } | Containers::Crashing { .. } => "Running",
        Containers::Waiting { .. } => "Pending",
        Containers::Ended { ended, .. } if ended.exit_code == 0 => "Succeeded",
        Containers::Ended { .. } => "Failed",
    };
    let has_begun = !matches!(containers, Containers::Waiting { .. });
    let is_ready = matches!(containers, Containers::Running { ready: true, .. });
    let not_ready = if phase == "Succeeded" {
        "PodCompleted"
    } else {
        "ContainersNotReady"
    };
    let conditions = [
        condition(pod, place, "PodReadyToStartContainers", has_begun, ""),
        condition(pod, place, "Initialized", true, ""),
        condition(pod, place, "Ready", is_ready, not_ready),
        condition(pod, place, "ContainersReady", is_ready, not_ready),
        condition(pod, place, "PodScheduled", true, ""),
    ];
    let mut status = json!({
        "phase": phase,
        "hostIP": place.node_address,
        "hostIPs": [{"ip": place.node_address}],
        "startTime": created(pod),
        "conditions": conditions,
        "containerStatuses": each(pod, "containers", |index, container| {
            container_status(pod, container, containers, index == 0)
        }),
        "initContainerStatuses": each(pod, "initContainers", |_, container| {
            container_status(pod, container, &done(), false)
        }),
    });
    if has_begun {
        status["podIP"] = json!(place.pod_address);
        status["podIPs"] = json!([{"ip": place.pod_address}]);
    }
    status
}

/// The status of a pod that its node has put out to stay alive itself.
pub fn evicted(pod: &Value, message: &str, now: &str) -> Value {
    let place = Place {
        node_address: "",
        pod_address: "",
        now,
    };
    let mut disrupted = condition(pod, &place, "DisruptionTarget", true, "");
    disrupted["reason"] = json!("TerminationByKubelet");
    disrupted["message"] = json!(message);
    let ready = condition(pod, &place, "Ready", false, "PodFailed");
    json!({"phase": "Failed", "reason": "Evicted", "message": message, "conditions": [disrupted, ready],
        "containerStatuses": null})
}

/// What a pod or a claim that isn't well says of itself, in a line.
pub fn trouble(object: &Value) -> Option<String> {
    let status = &object["status"];
    let list = |key: &str| status[key].as_array().cloned().unwrap_or_default();
    let is_false = |condition: &Value| condition["status"] == "False";
    let conditions: Vec<_> = list("conditions").into_iter().filter(is_false).collect();
    let waits = |container: &Value| !container["state"]["waiting"].is_null();
    let waiting: Vec<_> = list("containerStatuses").into_iter().filter(waits).collect();
    let is_well = status["phase"] != "Pending" && conditions.is_empty() && waiting.is_empty();
    let metadata = &object["metadata"];
    (!is_well).then(|| {
        format!(
            "{}/{} is {}: {} {}",
            text(metadata, "namespace"),
            text(metadata, "name"),
            text(status, "phase"),
            json!(conditions),
            json!(waiting)
        )
    })
}

/// The age of an object in whole seconds.
pub fn age(object: &Value, now: &str) -> usize {
    let seconds = |time: &str| time.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_second);
    usize::try_from(seconds(now) - seconds(created(object))).unwrap_or(0)
}

/// Whether everything that `wanted` says is so in `there`.
pub fn holds(there: &Value, wanted: &Value) -> bool {
    match (there, wanted) {
        (_, Value::Null) => there.is_null(),
        (Value::Object(there), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, wanted)| holds(there.get(key).unwrap_or(&Value::Null), wanted)),
        // An empty list is as good as none: the API server leaves it out.
        (Value::Null, Value::Array(wanted)) => wanted.is_empty(),
        (Value::Array(there), Value::Array(wanted)) => {
            there.len() == wanted.len() && there.iter().zip(wanted).all(|(there, wanted)| holds(there, wanted))
        }
        _ => there == wanted,
    }
}

fn created(object: &Value) -> &str {
    object["metadata"]["creationTimestamp"].as_str().unwrap_or_default()
}

fn each(pod: &Value, list: &str, status: impl Fn(usize, &Value) -> Value) -> Vec<Value> {
    let containers = pod["spec"][list].as_array().map_or(&[][..], Vec::as_slice);
    containers
        .iter()
        .enumerate()
        .map(|(index, container)| status(index, container))
        .collect()
}

fn done() -> Containers {
    Containers::Ended {
        ended: Ended::default(),
        restarts: 0,
    }
}

/// In trouble is the first container; the others of its pod run, unless the pod as a whole hasn't begun or has ended.
fn container_status(pod: &Value, container: &Value, containers: &Containers, is_first: bool) -> Value {
    let began = created(pod);
    let running = json!({"running": {"startedAt": began}});
    let terminated = |ended: &Ended| {
        let reason = if ended.exit_code == 0 { "Completed" } else { "Error" };
        json!({"terminated": {"exitCode": ended.exit_code, "reason": reason, "message": ended.message,
            "startedAt": began, "finishedAt": began}})
    };
    let (ready, restarts, state, last) = match containers {
        Containers::Running { ready, restarts } => (*ready, *restarts, running, Value::Null),
        Containers::Waiting { reason, message } => {
            let waiting = json!({"waiting": {"reason": reason, "message": message}});
            (false, 0, waiting, Value::Null)
        }
        Containers::Crashing { exit_code, restarts } if is_first => {
            let message = format!(
                "back-off 40s restarting failed container={} pod={}",
                text(container, "name"),
                text(&pod["metadata"], "name")
            );
            let ended = Ended {
                exit_code: *exit_code,
                message: String::new(),
            };
            let waiting = json!({"waiting": {"reason": "CrashLoopBackOff", "message": message}});
            (false, *restarts, waiting, terminated(&ended))
        }
        Containers::Crashing { .. } => (true, 0, running, Value::Null),
        Containers::Ended { ended, restarts } => (ended.exit_code == 0, *restarts, terminated(ended), Value::Null),
    };
    let image = text(container, "image");
    let is_running = state.get("running").is_some();
    let mut status = json!({"name": text(container, "name"), "image": image, "imageID": "", "ready": ready,
        "restartCount": restarts, "started": is_running, "state": state});
    if !last.is_null() {
        status["lastState"] = last;
    }
    status
}

/// A condition keeps its time while it keeps its status.
fn condition(pod: &Value, place: &Place, kind: &str, holds: bool, why_not: &str) -> Value {
    let status = if holds { "True" } else { "False" };
    let before = pod["status"]["conditions"].as_array().into_iter().flatten();
    let before = before
        .filter(|condition| condition["type"] == kind && condition["status"] == status)
        .find_map(|condition| condition["lastTransitionTime"].as_str());
    let mut condition = json!({"type": kind, "status": status, "lastTransitionTime": before.unwrap_or(place.now)});
    if !holds && !why_not.is_empty() {
        condition["reason"] = json!(why_not);
    }
    condition
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object[key].as_str().unwrap_or_default()
}
