/// A pod of the cluster.
pub struct Pod {
    pub namespace: &'static str,
    pub name: &'static str,
    /// Nothing where it waits for one.
    pub node: Option<&'static str>,
    pub containers: &'static [&'static str],
    pub owner: (&'static str, &'static str),
    pub phase: &'static str,
    pub restarts: f64,
    /// Why its container doesn't run.
    pub waiting: Option<&'static str>,
}

pub const NODES: [&str; 3] = ["node-1", "node-2", "node-3"];
pub const NAMESPACES: [&str; 4] = ["default", "kube-system", "prometheus", "shop"];
pub const PHASES: [&str; 5] = ["Pending", "Running", "Succeeded", "Failed", "Unknown"];

const fn pod(
    namespace: &'static str,
    name: &'static str,
    node: &'static str,
    containers: &'static [&'static str],
    owner: (&'static str, &'static str),
) -> Pod {
    Pod {
        namespace,
        name,
        node: Some(node),
        containers,
        owner,
        phase: "Running",
        restarts: 0.0,
        waiting: None,
    }
}

pub const PODS: [Pod; 19] = [
    pod(
        "kube-system",
        "kube-apiserver-node-1",
        "node-1",
        &["kube-apiserver"],
        ("Node", "node-1"),
    ),
    pod("kube-system", "etcd-node-1", "node-1", &["etcd"], ("Node", "node-1")),
    pod(
        "kube-system",
        "kube-scheduler-node-1",
        "node-1",
        &["kube-scheduler"],
        ("Node", "node-1"),
    ),
    pod(
        "kube-system",
        "coredns-5d78c9869d-4xk2p",
        "node-2",
        &["coredns"],
        ("ReplicaSet", "coredns-5d78c9869d"),
    ),
    pod(
        "kube-system",
        "coredns-5d78c9869d-9vq7m",
        "node-3",
        &["coredns"],
        ("ReplicaSet", "coredns-5d78c9869d"),
    ),
    pod(
        "kube-system",
        "kube-proxy-2b9xd",
        "node-1",
        &["kube-proxy"],
        ("DaemonSet", "kube-proxy"),
    ),
    pod(
        "kube-system",
        "kube-proxy-7wz4c",
        "node-2",
        &["kube-proxy"],
        ("DaemonSet", "kube-proxy"),
    ),
    pod(
        "kube-system",
        "kube-proxy-m5t8r",
        "node-3",
        &["kube-proxy"],
        ("DaemonSet", "kube-proxy"),
    ),
    pod(
        "prometheus",
        "prometheus-server-6f4b9c7d5-x8k2l",
        "node-2",
        &["prometheus-server", "config-reload"],
        ("ReplicaSet", "prometheus-server-6f4b9c7d5"),
    ),
    pod(
        "prometheus",
        "prometheus-kube-state-metrics-7c9b8d6f4-q2w3e",
        "node-2",
        &["kube-state-metrics"],
        ("ReplicaSet", "prometheus-kube-state-metrics-7c9b8d6f4"),
    ),
    pod(
        "shop",
        "web-6d4cf56db6-abcde",
        "node-2",
        &["web", "sidecar"],
        ("ReplicaSet", "web-6d4cf56db6"),
    ),
    pod(
        "shop",
        "web-6d4cf56db6-fghij",
        "node-3",
        &["web", "sidecar"],
        ("ReplicaSet", "web-6d4cf56db6"),
    ),
    pod("shop", "cart-0", "node-2", &["cart"], ("StatefulSet", "cart")),
    pod("shop", "cart-1", "node-3", &["cart"], ("StatefulSet", "cart")),
    Pod {
        phase: "Succeeded",
        ..pod(
            "shop",
            "report-28500000-zzxyw",
            "node-3",
            &["report"],
            ("Job", "report-28500000"),
        )
    },
    Pod {
        phase: "Failed",
        ..pod("shop", "import-8kfjq", "node-3", &["import"], ("Job", "import"))
    },
    Pod {
        restarts: 0.01,
        waiting: Some("CrashLoopBackOff"),
        ..pod(
            "shop",
            "mailer-84b7c5f9d-k3j4h",
            "node-3",
            &["mailer"],
            ("ReplicaSet", "mailer-84b7c5f9d"),
        )
    },
    Pod {
        node: None,
        phase: "Pending",
        ..pod(
            "shop",
            "search-5c6b7d8f9-p0o9i",
            "node-1",
            &["search"],
            ("ReplicaSet", "search-5c6b7d8f9"),
        )
    },
    Pod {
        restarts: 0.001,
        ..pod("default", "debug", "node-2", &["shell"], ("<none>", "<none>"))
    },
];

/// Deployments: namespace, name, replicas wanted, replicas there.
pub const DEPLOYMENTS: [(&str, &str, f64, f64); 6] = [
    ("kube-system", "coredns", 2.0, 2.0),
    ("prometheus", "prometheus-server", 1.0, 1.0),
    ("prometheus", "prometheus-kube-state-metrics", 1.0, 1.0),
    ("shop", "web", 2.0, 2.0),
    ("shop", "mailer", 1.0, 0.0),
    ("shop", "search", 1.0, 0.0),
];

/// Volumes: namespace, claim, node, bytes, how full.
pub const VOLUMES: [(&str, &str, &str, f64, f64); 3] = [
    ("prometheus", "prometheus-server", "node-2", 8.6e9, 0.3),
    ("shop", "data-cart-0", "node-2", 1.07e9, 0.97),
    ("shop", "data-cart-1", "node-3", 1.07e9, 0.4),
];

pub fn pods_on(node: &str) -> impl Iterator<Item = &'static Pod> {
    let runs = move |pod: &&Pod| pod.node == Some(node) && pod.phase == "Running";
    static ALL: [Pod; 19] = PODS;
    ALL.iter().filter(runs)
}
