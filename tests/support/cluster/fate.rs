use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

/// What becomes of a pod once the scheduler has given it to a node.
#[derive(Clone)]
pub enum Fate {
    /// It runs, and its probes succeed.
    Ready,
    /// The same, this long after the node first saw it; until then it pulls its image.
    ReadyAfter(Duration),
    /// It runs, but its readiness probe fails.
    NotReady,
    /// Its image can't be had.
    ImagePullBackOff,
    /// Its first container ends with this exit code again and again.
    CrashLoop(i32),
    /// A Secret or ConfigMap that it wants isn't there: the kubelet's words.
    ConfigError(String),
    /// A volume can't be attached or mounted: the reason of the event, `FailedAttachVolume` or `FailedMount`, and its
    /// words.
    NoVolume(&'static str, String),
    /// Its container is run by the test: the pod is given to this, on a thread of its own, and ends as it says.
    Run(Arc<dyn Fn(&Value) -> Ended + Send + Sync>),
}

impl Fate {
    /// [`Fate::Run`].
    pub fn run(container: impl Fn(&Value) -> Ended + Send + Sync + 'static) -> Self {
        Self::Run(Arc::new(container))
    }
}

/// How a container ended.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    pub exit_code: i32,
    /// What it wrote to its termination log.
    pub message: String,
}

/// What becomes of a PersistentVolumeClaim of a class that has a provisioner.
#[derive(Clone)]
pub enum Volume {
    /// It gets a volume: at once, or once a pod waits for it where the class says so.
    Provisioned,
    /// Nobody provisions it: the driver isn't installed.
    Never,
    /// The provisioner fails, with these words in an event.
    Fails(String),
}

/// What becomes of a Service of type LoadBalancer.
#[derive(Clone)]
pub enum Balancer {
    /// It gets a hostname, this long after the cloud first saw it.
    Hostname(Duration),
    /// It gets an address.
    Ip(Duration),
    /// There is no cloud.
    Never,
    /// The cloud fails, with these words in an event.
    Fails(String),
}

/// What a node can take.
#[derive(Clone, PartialEq)]
pub struct Room {
    pub cpu: &'static str,
    pub memory: &'static str,
    pub pods: &'static str,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            cpu: "8",
            memory: "32Gi",
            pods: "110",
        }
    }
}

/// Which objects a rule is for: `NAMESPACE/PREFIX` of the name, or `PREFIX` in every namespace.
#[derive(Clone)]
pub struct Which {
    namespace: Option<String>,
    prefix: String,
}

impl Which {
    pub fn new(text: &str) -> Self {
        match text.split_once('/') {
            Some((namespace, prefix)) => Self {
                namespace: Some(namespace.to_owned()),
                prefix: prefix.to_owned(),
            },
            None => Self {
                namespace: None,
                prefix: text.to_owned(),
            },
        }
    }

    pub fn matches(&self, object: &Value) -> bool {
        let metadata = &object["metadata"];
        let name = metadata["name"].as_str().unwrap_or_default();
        let namespace = metadata["namespace"].as_str();
        name.starts_with(&self.prefix) && self.namespace.as_deref().is_none_or(|wanted| namespace == Some(wanted))
    }
}

/// Rules of one sort; where several match, the last one that was set holds.
pub struct Rules<T> {
    rules: Vec<(Which, T)>,
    otherwise: T,
}

impl<T: Clone> Rules<T> {
    pub fn new(otherwise: T) -> Self {
        Self {
            rules: Vec::new(),
            otherwise,
        }
    }

    pub fn set(&mut self, which: &str, rule: T) {
        self.rules.push((Which::new(which), rule));
    }

    pub fn of(&self, object: &Value) -> T {
        let found = self.rules.iter().rev().find(|(which, _)| which.matches(object));
        found.map_or(&self.otherwise, |(_, rule)| rule).clone()
    }
}
