use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::fate::{Ended, Fate, Room};
use super::pod::{Containers, Place, age, holds, status};
use super::world::{World, list, now, path, uid};

/// The controllers think a node dead that says nothing for 50 seconds.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// An address that documentation may use.
const NODE_ADDRESS: &str = "192.0.2.10";

/// What the kubelets remember.
pub struct Nodes {
    kubelet: u16,
    reported: HashMap<String, (Room, Instant)>,
    addresses: HashMap<String, String>,
    runs: HashMap<String, Run>,
}

/// A container that the test runs.
struct Run {
    task: JoinHandle<Ended>,
    restarts: usize,
    ended: Option<Ended>,
}

impl Nodes {
    pub fn new(kubelet: u16) -> Self {
        Self {
            kubelet,
            reported: HashMap::new(),
            addresses: HashMap::new(),
            runs: HashMap::new(),
        }
    }
}

impl World {
    pub async fn nodes_turn(&mut self) -> Result<(), kube::Error> {
        let nodes = self.script.lock().unwrap().nodes.clone();
        for (name, room) in nodes {
            let known = self.nodes.reported.get(&name);
            if known.is_some_and(|(before, at)| *before == room && at.elapsed() < HEARTBEAT) {
                continue;
            }
            if known.is_none() && self.api.get(&format!("/api/v1/nodes/{name}")).await?.is_none() {
                self.api.create("/api/v1/nodes", &node(&name)).await?;
            }
            let status = node_status(&room, self.nodes.kubelet);
            self.api.merge(&format!("/api/v1/nodes/{name}/status"), &status).await?;
            self.nodes.reported.insert(name, (room, Instant::now()));
        }
        Ok(())
    }

    pub async fn pods_turn(&mut self) -> Result<(), kube::Error> {
        for pod in list(&self.api, "pods", "v1", "Pod").await? {
            // One pod's trouble isn't another's.
            if let Err(error) = self.pod_turn(&pod).await {
                self.complain(&error);
            }
        }
        Ok(())
    }

    async fn pod_turn(&mut self, pod: &Value) -> Result<(), kube::Error> {
        if pod["spec"]["nodeName"].as_str().is_none() {
            return Ok(());
        }
        if pod["metadata"]["deletionTimestamp"].is_string() {
            // Without its kubelet's word a pod would be terminating for ever.
            let gone = format!("{}?gracePeriodSeconds=0", path("pods", pod));
            return self.api.delete(&gone).await.map(drop);
        }
        if matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed")) {
            return Ok(());
        }
        let now = now();
        let fate = self.script.lock().unwrap().pods.of(pod);
        let containers = self.containers(pod, &fate, &now).await;
        let place = Place {
            node_address: NODE_ADDRESS,
            pod_address: &self.address(pod),
            now: &now,
        };
        let status = status(pod, &containers, &place);
        if holds(&pod["status"], &status) {
            return Ok(());
        }
        let path = format!("{}/status", path("pods", pod));
        self.api.merge(&path, &json!({"status": status})).await.map(drop)
    }

    /// How the containers are now, telling what a kubelet would tell.
    async fn containers(&mut self, pod: &Value, fate: &Fate, now: &str) -> Containers {
        // Restarts become more as time goes by, as they would.
        let restarts = 1 + age(pod, now) / 5;
        match fate {
            Fate::Ready => running(true),
            Fate::ReadyAfter(delay) if self.known_for(pod) >= *delay => running(true),
            Fate::ReadyAfter(_) => waiting("ContainerCreating", ""),
            Fate::NotReady => {
                let message = "Readiness probe failed: HTTP probe failed with statuscode: 503";
                self.warn(pod, "kubelet", "Unhealthy", message).await;
                running(false)
            }
            Fate::ImagePullBackOff => {
                let image = pod["spec"]["containers"][0]["image"].as_str().unwrap_or_default();
                let message = format!("Failed to pull image \"{image}\": {image}: not found");
                self.warn(pod, "kubelet", "Failed", &message).await;
                waiting("ImagePullBackOff", &format!("Back-off pulling image \"{image}\""))
            }
            Fate::CrashLoop(exit_code) => {
                let message = "Back-off restarting failed container";
                self.warn(pod, "kubelet", "BackOff", message).await;
                Containers::Crashing {
                    exit_code: *exit_code,
                    restarts,
                }
            }
            Fate::ConfigError(words) => {
                self.warn(pod, "kubelet", "Failed", &format!("Error: {words}")).await;
                waiting("CreateContainerConfigError", words)
            }
            Fate::NoVolume(reason, words) => {
                self.warn(pod, "kubelet", reason, words).await;
                waiting("ContainerCreating", "")
            }
            Fate::Run(container) => {
                let container = container.clone();
                self.run(pod, move |pod| container(pod)).await
            }
        }
    }

    /// Starts the pod's container where it doesn't run, and again where it failed and the pod wants that.
    async fn run(&mut self, pod: &Value, container: impl Fn(&Value) -> Ended + Send + 'static) -> Containers {
        let start = {
            let pod = pod.clone();
            move || tokio::task::spawn_blocking(move || container(&pod))
        };
        let is_new = !self.nodes.runs.contains_key(uid(pod));
        if is_new {
            let run = Run {
                task: start(),
                restarts: 0,
                ended: None,
            };
            self.nodes.runs.insert(uid(pod).to_owned(), run);
            return running(true);
        }
        let run = self.nodes.runs.get_mut(uid(pod)).unwrap();
        if run.ended.is_none() && run.task.is_finished() {
            let ended = (&mut run.task).await.unwrap_or_else(|error| Ended {
                exit_code: 137,
                message: format!("the test's container panicked: {error}"),
            });
            let never = pod["spec"]["restartPolicy"] == "Never";
            if never || ended.exit_code == 0 && pod["spec"]["restartPolicy"] == "OnFailure" {
                run.ended = Some(ended);
            } else {
                run.restarts += 1;
                run.task = start();
            }
        }
        match &run.ended {
            Some(ended) => Containers::Ended {
                ended: ended.clone(),
                restarts: run.restarts,
            },
            None => Containers::Running {
                ready: true,
                restarts: run.restarts,
            },
        }
    }

    fn address(&mut self, pod: &Value) -> String {
        if pod["spec"]["hostNetwork"] == true {
            return NODE_ADDRESS.to_owned();
        }
        let count = self.nodes.addresses.len();
        let next = || format!("10.244.{}.{}", count / 250, count % 250 + 2);
        let address = self.nodes.addresses.entry(uid(pod).to_owned());
        address.or_insert_with(next).clone()
    }
}

fn running(ready: bool) -> Containers {
    Containers::Running { ready, restarts: 0 }
}

fn waiting(reason: &'static str, message: &str) -> Containers {
    Containers::Waiting {
        reason,
        message: message.to_owned(),
    }
}

fn node(name: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {
            "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
            "topology.kubernetes.io/region": "eu-west-1", "topology.kubernetes.io/zone": "eu-west-1a"}},
        "spec": {"podCIDR": "10.244.0.0/16", "podCIDRs": ["10.244.0.0/16"]},
    })
}

fn node_status(room: &Room, kubelet: u16) -> Value {
    let now = now();
    let resources = json!({"cpu": room.cpu, "memory": room.memory, "pods": room.pods,
        "ephemeral-storage": "100Gi"});
    let condition = |kind: &str, status: &str, reason: &str| {
        json!({"type": kind, "status": status, "reason": reason, "message": "", "lastHeartbeatTime": now,
            "lastTransitionTime": now})
    };
    json!({"status": {
        "capacity": resources, "allocatable": resources,
        // The API server looks for a kubelet at the hostname first.
        "addresses": [
            {"type": "InternalIP", "address": NODE_ADDRESS},
            {"type": "Hostname", "address": "127.0.0.1"},
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet}},
        "conditions": [
            condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
            condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
            condition("PIDPressure", "False", "KubeletHasSufficientPID"),
            condition("Ready", "True", "KubeletReady"),
        ],
        "nodeInfo": {"kubeletVersion": "v1.37.2", "operatingSystem": "linux", "architecture": "amd64",
            "osImage": "a test", "kernelVersion": "6.12.0", "containerRuntimeVersion": "containerd://2.1.0",
            "kubeProxyVersion": "", "machineID": "", "systemUUID": "", "bootID": ""},
    }})
}
