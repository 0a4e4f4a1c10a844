use serde::Serialize;
use serde_json::Value;

use crate::stack::kubernetes::pod_troubles;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It hasn't.
    Running,
    /// Everything was checked, and told.
    Done,
    /// Not everything was.
    Failed,
}

impl Outcome {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// One run of the CronJob: a Job and its pods.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// The Job's name.
    pub name: String,
    /// When it began (RFC 3339).
    pub started: String,
    /// How long it took.
    pub seconds: Option<i64>,
    /// How it ended.
    pub outcome: Outcome,
    /// How many pods it has.
    pub pods: u64,
    /// How many of them are done.
    pub succeeded: u64,
    /// What went wrong, and what a container said when it ended.
    pub troubles: Vec<String>,
}

impl Run {
    /// What a Job and the namespace's pods say; `None` for a Job that isn't this CronJob's.
    pub fn of(cron_job: &Value, job: &Value, pods: &[Value]) -> Option<Self> {
        if !is_owned_by(job, cron_job) {
            return None;
        }
        let text = |pointer: &str| job.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let number = |pointer: &str| job.pointer(pointer).and_then(Value::as_u64);
        let condition = |kind: &str| {
            let conditions = job.pointer("/status/conditions").and_then(Value::as_array);
            let mut conditions = conditions.into_iter().flatten();
            conditions.find(|condition| at(condition, "type") == kind && at(condition, "status") == "True")
        };
        let failed = condition("Failed");
        let outcome = match (failed, condition("Complete")) {
            (Some(_), _) => Outcome::Failed,
            (None, Some(_)) => Outcome::Done,
            (None, None) => Outcome::Running,
        };
        let mut troubles: Vec<String> = failed.into_iter().map(reason).collect();
        troubles.extend(pods.iter().filter(|pod| is_owned_by(pod, job)).flat_map(of_pod));
        let started = text("/status/startTime").to_owned();
        let ended = condition("Complete")
            .or(failed)
            .map(|condition| at(condition, "lastTransitionTime"));
        Some(Self {
            name: text("/metadata/name").to_owned(),
            seconds: ended.and_then(|ended| seconds(&started, ended)),
            started,
            outcome,
            pods: number("/spec/completions").unwrap_or(1),
            succeeded: number("/status/succeeded").unwrap_or(0),
            troubles,
        })
    }
}

fn at<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn is_owned_by(object: &Value, owner: &Value) -> bool {
    let uid = owner.pointer("/metadata/uid");
    let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    uid.is_some() && owners.into_iter().flatten().any(|owner| owner.get("uid") == uid)
}

fn reason(condition: &Value) -> String {
    format!("{}: {}", at(condition, "reason"), at(condition, "message"))
}

fn of_pod(pod: &Value) -> Vec<String> {
    let name = pod
        .pointer("/metadata/name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mut found = Vec::new();
    for pointer in ["/status/initContainerStatuses", "/status/containerStatuses"] {
        for container in pod.pointer(pointer).and_then(Value::as_array).into_iter().flatten() {
            let Some(ended) = container.pointer("/state/terminated") else {
                continue;
            };
            let code = ended.get("exitCode").and_then(Value::as_i64).unwrap_or(0);
            if code != 0 {
                let (container, said) = (at(container, "name"), at(ended, "message").trim());
                found.push(format!("pod {name}: {container} ended with {code}: {said}"));
            }
        }
    }
    let ended = pod.pointer("/status/phase").and_then(Value::as_str);
    if !matches!(ended, Some("Failed" | "Succeeded")) {
        found.extend(pod_troubles(pod).iter().map(ToString::to_string));
    }
    found
}

fn seconds(from: &str, to: &str) -> Option<i64> {
    let (from, to): (jiff::Timestamp, jiff::Timestamp) = (from.parse().ok()?, to.parse().ok()?);
    Some(to.duration_since(from).as_secs())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_failed_run_says_what_its_container_said() {
        let cron_job = json!({"metadata": {"uid": "c"}});
        let job = json!({"metadata": {"name": "drift-1", "uid": "j", "ownerReferences": [{"uid": "c"}]},
            "status": {"startTime": "2026-01-01T00:00:00Z", "conditions": [
                {"type": "FailureTarget", "status": "True", "reason": "x"},
                {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "Job has reached it",
                 "lastTransitionTime": "2026-01-01T00:00:09Z"}]}});
        let pod = |owner: &str| {
            json!({"metadata": {"name": format!("pod-of-{owner}"), "ownerReferences": [{"uid": owner}]},
            "status": {"phase": "Failed", "containerStatuses": [
                {"name": "check", "state": {"terminated": {"exitCode": 3, "message": "error: not authenticated\n"}}}]}})
        };
        let run = Run::of(&cron_job, &job, &[pod("other"), pod("j")]).unwrap();
        assert_eq!((run.outcome, run.seconds), (Outcome::Failed, Some(9)));
        assert_eq!(
            run.troubles,
            [
                "BackoffLimitExceeded: Job has reached it",
                "pod pod-of-j: check ended with 3: error: not authenticated"
            ]
        );
        assert_eq!(Run::of(&json!({"metadata": {"uid": "d"}}), &job, &[]), None);
    }

    #[test]
    fn a_pod_that_cannot_begin_says_why() {
        let cron_job = json!({"metadata": {"uid": "c"}});
        let job = json!({"metadata": {"name": "drift-1", "uid": "j", "ownerReferences": [{"uid": "c"}]}});
        let pod = json!({"metadata": {"name": "p", "ownerReferences": [{"uid": "j"}]}, "status": {"phase": "Pending",
            "containerStatuses": [{"state": {"waiting": {"reason": "CreateContainerConfigError", "message": "no secret"}}}]}});
        let run = Run::of(&cron_job, &job, &[pod]).unwrap();
        assert_eq!(run.outcome, Outcome::Running);
        assert!(
            run.troubles[0].contains("CreateContainerConfigError: no secret"),
            "{run:?}"
        );
    }
}
