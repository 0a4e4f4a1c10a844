use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::component::{Pod, Resources, Storage, Toleration, component};

component! {
    /// Grafana.
    Grafana { image: "docker.io/grafana/grafana:13.2.0", requests: ("50m", "256Mi"), limit: None,
        /// Its volume: the database with dashboards, users and folders.
        storage: Storage = Storage::of("10Gi"),
        /// Who administers it.
        admin: Admin = Admin::default(),
        /// How it is reached.
        service: Service = Service::default(),
    }
}

/// Who administers Grafana. The Secret counts only when Grafana's database is made; later the password is changed in
/// Grafana.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Admin {
    /// The login name.
    pub user: String,
    /// The Secret in Grafana's namespace, with the keys `admin-user` and `admin-password`.
    pub secret: String,
    /// The environment variable (`DASHCTL_SECRET_…`) that holds the password; without it one is generated.
    pub password: Option<String>,
}

impl Default for Admin {
    fn default() -> Self {
        Self {
            user: "admin".into(),
            secret: "grafana".into(),
            password: None,
        }
    }
}

/// How Grafana is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    /// `ClusterIP` (within the cluster, and by port-forward), `LoadBalancer` or `NodePort`.
    #[serde(rename = "type")]
    pub kind: ServiceType,
    /// Who provides the load balancer.
    pub load_balancer: LoadBalancer,
    /// Whether the load balancer of AWS has an address in the Internet; without it, it has none. Grafana speaks plain HTTP
    /// there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<Scheme>,
    /// The networks that the load balancer lets in, such as `203.0.113.0/24`; none means all.
    pub source_ranges: Vec<String>,
    /// Further annotations; they win over those that dashctl sets.
    pub annotations: BTreeMap<String, String>,
}

/// The type of a Service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum ServiceType {
    /// Within the cluster.
    #[default]
    ClusterIP,
    /// At an address of its own.
    LoadBalancer,
    /// At a port of every node.
    NodePort,
}

/// Who provides the load balancer. It can't be changed on a Service that is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LoadBalancer {
    /// Whoever the cluster has for it.
    #[default]
    Generic,
    /// A Network Load Balancer, made by the AWS Load Balancer Controller.
    Nlb,
    /// A Network Load Balancer, made by EKS Auto Mode.
    EksAuto,
}

/// Whether a load balancer of AWS has an address in the Internet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// In the cluster's own network.
    #[default]
    Internal,
    /// In the Internet.
    InternetFacing,
}

impl Scheme {
    /// Its name in the annotation.
    pub fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::InternetFacing => "internet-facing",
        }
    }
}
