//! A real Kubernetes for a test: etcd, the API server, the controllers and the scheduler, with what is outside of them
//! (nodes, volume provisioners, a cloud) played as the test says, see [`Fate`].

#[path = "cluster/api.rs"]
mod api;
#[path = "cluster/cloud.rs"]
mod cloud;
#[path = "cluster/control_plane.rs"]
mod control_plane;
#[path = "cluster/fate.rs"]
mod fate;
#[path = "cluster/node.rs"]
mod node;
#[path = "cluster/pod.rs"]
mod pod;
#[path = "cluster/tools.rs"]
mod tools;
#[path = "cluster/volumes.rs"]
mod volumes;
#[path = "cluster/world.rs"]
mod world;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dashctl::stack::Object;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use self::api::Api;
pub use self::api::code;
use self::control_plane::ControlPlane;
pub use self::fate::{Balancer, Ended, Fate, Room, Volume};
pub use self::tools::{helm_trial, program, trial, trial_on_any};
use self::world::{Script, World};

/// Long enough for a machine with other things to do, short enough for one who waits.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest time between two runs of a CronJob that can be made due.
const YEAR: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 366);
/// The cluster that trials of one program share.
static SHARED: Mutex<Option<Arc<Cluster>>> = Mutex::new(None);

/// A cluster, until it is dropped.
pub struct Cluster {
    runtime: Runtime,
    api: Api,
    kubeconfig: PathBuf,
    script: Arc<Mutex<Script>>,
    /// None where a cluster was given.
    plane: Option<ControlPlane>,
}

impl Cluster {
    /// A cluster of its own, with one node on which all goes well.
    pub fn start() -> Self {
        let plane = ControlPlane::start();
        let mut cluster = Self::connect(plane.kubeconfig("admin"));
        let world = World::new(cluster.api.clone(), cluster.script.clone(), plane.kubelet);
        cluster.plane = Some(plane);
        cluster.runtime.spawn(world.play());
        cluster.wait("the controllers and the node are there", || {
            let account = cluster.get("/api/v1/namespaces/default/serviceaccounts/default")?;
            let node = cluster.get("/api/v1/nodes/node-1")?;
            let is_tainted = node["spec"]["taints"]
                .as_array()
                .is_some_and(|taints| !taints.is_empty());
            (!is_tainted).then_some(account)
        });
        cluster
    }

    /// The cluster that `DASHCTL_TEST_KUBECONFIG` names, in which nothing is played, or else the shared one.
    pub fn given_or_shared() -> Arc<Self> {
        match std::env::var_os(tools::GIVEN_CLUSTER) {
            Some(kubeconfig) => Arc::new(Self::connect(PathBuf::from(kubeconfig))),
            None => Self::shared(),
        }
    }

    /// One cluster for all trials of this program that ask for it; each works in namespaces of its own.
    pub fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        shared.get_or_insert_with(|| Arc::new(Self::start())).clone()
    }

    /// Ends the shared cluster: a program's last act, as nobody drops what is static.
    pub fn end_shared() {
        let shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        drop(shared);
    }

    fn connect(kubeconfig: PathBuf) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let api = runtime.block_on(Api::connect(&kubeconfig));
        Self {
            runtime,
            api,
            kubeconfig,
            script: Arc::new(Mutex::new(Script::new())),
            plane: None,
        }
    }

    /// The kubeconfig of one who may do everything.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The kubeconfig of the user `guest`, who may do nothing until a test grants it.
    pub fn guest_kubeconfig(&self) -> PathBuf {
        self.plane.as_ref().unwrap().kubeconfig("guest")
    }

    /// A client of one who may do everything, for code that runs in [`Cluster::block_on`].
    pub fn client(&self) -> kube::Client {
        self.api.client()
    }

    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// Decides over pods from now on; see [`fate::Which`] for which.
    pub fn pods(&self, which: &str, fate: Fate) {
        self.script.lock().unwrap().pods.set(which, fate);
    }

    /// Decides over claims from now on.
    pub fn volumes(&self, which: &str, volume: Volume) {
        self.script.lock().unwrap().volumes.set(which, volume);
    }

    /// Decides over load balancers from now on.
    pub fn balancers(&self, which: &str, balancer: Balancer) {
        self.script.lock().unwrap().balancers.set(which, balancer);
    }

    /// Adds a node, or gives another room to one. The first is `node-1`.
    pub fn node(&self, name: &str, room: Room) {
        self.script.lock().unwrap().nodes.insert(name.to_owned(), room);
    }

    /// Gives port-forwards to this port of the pods to a server of this machine.
    pub fn forward(&self, which: &str, port: u16, server: SocketAddr) {
        let mut script = self.script.lock().unwrap();
        script.forwards.insert(format!("{which}:{port}"), server.to_string());
        self.plane.as_ref().unwrap().write_forwards(&script.forwards);
    }

    /// Puts the pods out, as a node does that runs out of memory. What controls them makes others.
    pub fn evict(&self, namespace: &str, prefix: &str) -> usize {
        let message = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi.";
        let which = fate::Which::new(&format!("{namespace}/{prefix}"));
        let pods = self.list(&format!("/api/v1/namespaces/{namespace}/pods"));
        let pods: Vec<_> = pods.into_iter().filter(|pod| which.matches(pod)).collect();
        for pod in &pods {
            let path = format!("{}/status", world::path("pods", pod));
            self.merge(&path, &json!({"status": pod::evicted(pod, message, &world::now())}));
            let pod = kind(pod, "Pod");
            let event = world::send_event(&self.api, &pod, "kubelet", "Evicted", message);
            self.block_on(event).unwrap();
        }
        pods.len()
    }

    /// Makes a namespace with these labels.
    pub fn namespace(&self, name: &str, labels: Value) {
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}});
        self.create("/api/v1/namespaces", &namespace);
        // Pods need the account that the controllers give to each namespace.
        self.wait("the namespace has its account", || {
            self.get(&format!("/api/v1/namespaces/{name}/serviceaccounts/default"))
        });
    }

    /// Makes a CronJob due that was just made, as if its time had come while the controllers looked away.
    pub fn due_now(&self, namespace: &str, cron_job: &str) {
        let path = format!("/apis/batch/v1/namespaces/{namespace}/cronjobs/{cron_job}");
        self.merge(
            &format!("{path}/status"),
            &json!({"status": {"lastScheduleTime": world::at(jiff::Timestamp::now() - YEAR)}}),
        );
    }

    /// One object by its path; `None` where there is none.
    pub fn get(&self, path: &str) -> Option<Value> {
        self.block_on(self.api.get(path)).unwrap()
    }

    /// What the user of [`Cluster::guest_kubeconfig`] gets.
    pub fn get_as_guest(&self, path: &str) -> Result<Option<Value>, kube::Error> {
        let kubeconfig = self.guest_kubeconfig();
        self.block_on(async { Api::connect(&kubeconfig).await.get(path).await })
    }

    /// The items of a collection.
    pub fn list(&self, path: &str) -> Vec<Value> {
        self.block_on(self.api.list(path)).unwrap()
    }

    /// Makes an object in a collection.
    pub fn create(&self, collection: &str, object: &Value) -> Value {
        self.try_create(collection, object)
            .unwrap_or_else(|error| panic!("{collection}: {error}"))
    }

    /// The same, where it may be refused.
    pub fn try_create(&self, collection: &str, object: &Value) -> Result<Value, kube::Error> {
        self.block_on(self.api.create(collection, object))
    }

    /// A merge patch: how somebody edits behind one's back.
    pub fn merge(&self, path: &str, patch: &Value) -> Value {
        self.block_on(self.api.merge(path, patch))
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Server-side apply as the field manager `manager`, with more of the query in `more`, such as `&dryRun=All`.
    pub fn apply(&self, object: &Value, manager: &str, more: &str) -> Result<Value, kube::Error> {
        let path = Object::new(object.clone()).unwrap().id().path();
        let path = format!("{path}?fieldManager={manager}&fieldValidation=Strict{more}");
        self.block_on(self.api.apply(&path, object))
    }

    /// Whether there was something to delete.
    pub fn delete(&self, path: &str) -> bool {
        self.block_on(self.api.delete(path)).unwrap()
    }

    /// The events of an object, as `REASON: MESSAGE`.
    pub fn events(&self, namespace: &str, name: &str) -> Vec<String> {
        let events = self.list(&format!("/api/v1/namespaces/{namespace}/events"));
        let of_it = events
            .into_iter()
            .filter(|event| event["involvedObject"]["name"] == name);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        of_it
            .map(|event| format!("{}: {}", text(&event["reason"]), text(&event["message"])))
            .collect()
    }

    /// What `there` gives once it gives something; says what is there instead where that takes too long.
    pub fn wait<T>(&self, what: &str, there: impl Fn() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = there() {
                return found;
            }
            assert!(
                Instant::now() < deadline,
                "waited {PATIENCE:?} until {what}\n{}",
                self.describe()
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// What isn't well: pods and claims, and what the API server refused to the play.
    fn describe(&self) -> String {
        let mut lines = self.script.lock().unwrap().complaints.clone();
        for collection in ["/api/v1/pods", "/api/v1/persistentvolumeclaims"] {
            let all = self.list(collection);
            lines.extend(all.iter().filter_map(pod::trouble));
        }
        lines.join("\n")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The play ends before its stage goes.
        let idle = tokio::runtime::Builder::new_current_thread().build().unwrap();
        std::mem::replace(&mut self.runtime, idle).shutdown_timeout(Duration::from_secs(2));
    }
}

fn kind(object: &Value, kind: &str) -> Value {
    let mut object = object.clone();
    object["apiVersion"] = json!("v1");
    object["kind"] = json!(kind);
    object
}
