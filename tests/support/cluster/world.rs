use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::api::{Api, code};
use super::fate::{Balancer, Fate, Room, Rules, Volume};

const PERIOD: Duration = Duration::from_millis(120);

/// What a test wants of the world; it may change while the play goes on.
pub struct Script {
    pub nodes: BTreeMap<String, Room>,
    /// From `NAMESPACE/PREFIX:PORT` to an address of this machine.
    pub forwards: BTreeMap<String, String>,
    pub pods: Rules<Fate>,
    pub volumes: Rules<Volume>,
    pub balancers: Rules<Balancer>,
    /// What the API server refused to the play, for a test that waits in vain.
    pub complaints: Vec<String>,
}

impl Script {
    /// A world in which all goes well.
    pub fn new() -> Self {
        Self {
            nodes: BTreeMap::from([("node-1".to_owned(), Room::default())]),
            forwards: BTreeMap::new(),
            pods: Rules::new(Fate::Ready),
            volumes: Rules::new(Volume::Provisioned),
            balancers: Rules::new(Balancer::Hostname(Duration::ZERO)),
            complaints: Vec::new(),
        }
    }
}

/// Plays what is outside of the control plane: nodes with their kubelets, volume provisioners, and a cloud.
pub struct World {
    pub api: Api,
    pub script: Arc<Mutex<Script>>,
    /// When something was seen first, by uid.
    seen: HashMap<String, Instant>,
    /// The events that were told, by uid.
    told: HashSet<(String, String)>,
    pub nodes: super::node::Nodes,
}

impl World {
    /// `kubelet` is the port where the nodes are asked for port-forwards.
    pub fn new(api: Api, script: Arc<Mutex<Script>>, kubelet: u16) -> Self {
        Self {
            api,
            script,
            seen: HashMap::new(),
            told: HashSet::new(),
            nodes: super::node::Nodes::new(kubelet),
        }
    }

    /// Plays until the task is ended.
    pub async fn play(mut self) {
        loop {
            let turns = [
                self.nodes_turn().await,
                self.pods_turn().await,
                self.volumes_turn().await,
                self.balancers_turn().await,
            ];
            for error in turns.into_iter().filter_map(Result::err) {
                self.complain(&error);
            }
            tokio::time::sleep(PERIOD).await;
        }
    }

    /// What was there a moment ago may be gone or changed: the next turn sees. Everything else is a fault.
    pub fn complain(&self, error: &kube::Error) {
        if !matches!(code(error), Some(404 | 409)) {
            self.script.lock().unwrap().complaints.push(error.to_string());
        }
    }

    /// How long ago the play first saw an object.
    pub fn known_for(&mut self, object: &Value) -> Duration {
        let first = self.seen.entry(uid(object).to_owned()).or_insert_with(Instant::now);
        first.elapsed()
    }

    /// Tells a warning of an object, once.
    pub async fn warn(&mut self, object: &Value, source: &str, reason: &str, message: &str) {
        let told = (uid(object).to_owned(), format!("{reason} {message}"));
        if !self.told.insert(told) {
            return;
        }
        if let Err(error) = send_event(&self.api, object, source, reason, message).await {
            self.complain(&error);
        }
    }
}

/// A warning of an object, as `kubectl describe` shows it.
pub async fn send_event(
    api: &Api,
    object: &Value,
    source: &str,
    reason: &str,
    message: &str,
) -> Result<(), kube::Error> {
    let metadata = &object["metadata"];
    let namespace = metadata["namespace"].as_str().unwrap_or("default");
    let now = now();
    let event = json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"generateName": format!("{}.", metadata["name"].as_str().unwrap_or_default()),
            "namespace": namespace},
        "involvedObject": {"apiVersion": object["apiVersion"], "kind": object["kind"], "name": metadata["name"],
            "namespace": metadata["namespace"], "uid": metadata["uid"]},
        "type": "Warning", "reason": reason, "message": message, "count": 1,
        "firstTimestamp": now, "lastTimestamp": now,
        "source": {"component": source},
    });
    let path = format!("/api/v1/namespaces/{namespace}/events");
    api.create(&path, &event).await.map(drop)
}

pub fn uid(object: &Value) -> &str {
    object["metadata"]["uid"].as_str().unwrap_or_default()
}

/// Where a namespaced object of the core group is.
pub fn path(plural: &str, object: &Value) -> String {
    let metadata = &object["metadata"];
    let text = |key| metadata[key].as_str().unwrap_or_default();
    format!("/api/v1/namespaces/{}/{plural}/{}", text("namespace"), text("name"))
}

/// The items of a list say neither their kind nor their version.
pub async fn list(api: &Api, plural: &str, api_version: &str, kind: &str) -> Result<Vec<Value>, kube::Error> {
    let root = if api_version.contains('/') { "/apis" } else { "/api" };
    let mut items = api
        .list(&format!("{root}/{api_version}/{plural}?resourceVersion=0"))
        .await?;
    for item in &mut items {
        item["apiVersion"] = json!(api_version);
        item["kind"] = json!(kind);
    }
    Ok(items)
}

/// Now, as Kubernetes writes it.
pub fn now() -> String {
    at(jiff::Timestamp::now())
}

pub fn at(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
