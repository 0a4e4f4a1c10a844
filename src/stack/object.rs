use std::fmt;

use serde_json::Value;

/// The kinds of object that the stack consists of, in the order in which they are applied; deleted in the reverse one.
///
/// The order is Helm's, except that a StorageClass comes before what uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Kind {
    Namespace,
    StorageClass,
    ServiceAccount,
    Secret,
    ConfigMap,
    PersistentVolumeClaim,
    ClusterRole,
    ClusterRoleBinding,
    Role,
    RoleBinding,
    Service,
    DaemonSet,
    Deployment,
    StatefulSet,
    CronJob,
}

impl Kind {
    /// Every kind, in order.
    pub const ALL: [Self; 15] = [
        Self::Namespace,
        Self::StorageClass,
        Self::ServiceAccount,
        Self::Secret,
        Self::ConfigMap,
        Self::PersistentVolumeClaim,
        Self::ClusterRole,
        Self::ClusterRoleBinding,
        Self::Role,
        Self::RoleBinding,
        Self::Service,
        Self::DaemonSet,
        Self::Deployment,
        Self::StatefulSet,
        Self::CronJob,
    ];

    /// Its name in a manifest.
    pub fn name(self) -> &'static str {
        match self {
            Self::Namespace => "Namespace",
            Self::StorageClass => "StorageClass",
            Self::ServiceAccount => "ServiceAccount",
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
            Self::PersistentVolumeClaim => "PersistentVolumeClaim",
            Self::ClusterRole => "ClusterRole",
            Self::ClusterRoleBinding => "ClusterRoleBinding",
            Self::Role => "Role",
            Self::RoleBinding => "RoleBinding",
            Self::Service => "Service",
            Self::DaemonSet => "DaemonSet",
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::CronJob => "CronJob",
        }
    }

    /// Its name in a URL, such as `deployments`.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Namespace => "namespaces",
            Self::StorageClass => "storageclasses",
            Self::ServiceAccount => "serviceaccounts",
            Self::Secret => "secrets",
            Self::ConfigMap => "configmaps",
            Self::PersistentVolumeClaim => "persistentvolumeclaims",
            Self::ClusterRole => "clusterroles",
            Self::ClusterRoleBinding => "clusterrolebindings",
            Self::Role => "roles",
            Self::RoleBinding => "rolebindings",
            Self::Service => "services",
            Self::DaemonSet => "daemonsets",
            Self::Deployment => "deployments",
            Self::StatefulSet => "statefulsets",
            Self::CronJob => "cronjobs",
        }
    }

    /// Its API group; empty for the core.
    pub fn group(self) -> &'static str {
        match self {
            Self::StorageClass => "storage.k8s.io",
            Self::ClusterRole | Self::ClusterRoleBinding | Self::Role | Self::RoleBinding => {
                "rbac.authorization.k8s.io"
            }
            Self::DaemonSet | Self::Deployment | Self::StatefulSet => "apps",
            Self::CronJob => "batch",
            _ => "",
        }
    }

    /// `apiVersion` of its manifests, such as `apps/v1`.
    pub fn api_version(self) -> String {
        match self.group() {
            "" => "v1".into(),
            group => format!("{group}/v1"),
        }
    }

    /// Whether its objects lie in a namespace.
    pub fn is_namespaced(self) -> bool {
        !matches!(
            self,
            Self::Namespace | Self::StorageClass | Self::ClusterRole | Self::ClusterRoleBinding
        )
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Which object: unique in a cluster. Its order is the one in which objects are applied.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace; `None` where its kind has none.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl ObjectId {
    /// The path of the object in the API, such as `/apis/apps/v1/namespaces/grafana/deployments/grafana`.
    pub fn path(&self) -> String {
        format!("{}/{}", self.collection(), self.name)
    }

    /// The path of the object's collection.
    pub fn collection(&self) -> String {
        let root = match self.kind.group() {
            "" => "/api/v1".to_owned(),
            group => format!("/apis/{group}/v1"),
        };
        match &self.namespace {
            Some(namespace) => format!("{root}/namespaces/{namespace}/{}", self.kind.plural()),
            None => format!("{root}/{}", self.kind.plural()),
        }
    }
}

/// As `kubectl` would be asked for it: `Deployment grafana/grafana`.
impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

/// One manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    id: ObjectId,
    manifest: Value,
}

/// A manifest whose kind isn't one of [`Kind`], or that has no name or namespace where it needs one.
#[derive(Debug, thiserror::Error)]
#[error(
    "not an object that the stack can have: apiVersion {api_version:?}, kind {kind:?}, namespace {namespace:?}, name {name:?}"
)]
pub struct UnknownKind {
    api_version: String,
    kind: String,
    namespace: String,
    name: String,
}

impl Object {
    /// Takes a manifest.
    ///
    /// # Errors
    ///
    /// Its kind isn't known, or it has no name, or a namespace where none belongs or the other way round.
    pub fn new(manifest: Value) -> Result<Self, UnknownKind> {
        let text = |pointer| manifest.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (api_version, kind) = (text("/apiVersion"), text("/kind"));
        let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
        let known = Kind::ALL
            .into_iter()
            .find(|known| known.name() == kind && known.api_version() == api_version)
            .filter(|known| !name.is_empty() && known.is_namespaced() != namespace.is_empty());
        match known {
            Some(kind) => {
                let id = ObjectId {
                    kind,
                    namespace: kind.is_namespaced().then(|| namespace.to_owned()),
                    name: name.to_owned(),
                };
                Ok(Self { id, manifest })
            }
            None => Err(UnknownKind {
                api_version: api_version.to_owned(),
                kind: kind.to_owned(),
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            }),
        }
    }

    /// Which object it is.
    pub fn id(&self) -> &ObjectId {
        &self.id
    }

    /// The manifest.
    pub fn manifest(&self) -> &Value {
        &self.manifest
    }

    /// The manifest, taken.
    pub fn into_manifest(self) -> Value {
        self.manifest
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_knows_where_it_lives() {
        let object = Object::new(json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"namespace": "grafana", "name": "g"}
        }))
        .unwrap();
        assert_eq!(object.id().path(), "/apis/apps/v1/namespaces/grafana/deployments/g");
        assert_eq!(object.id().to_string(), "Deployment grafana/g");
        let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "c"}});
        assert_eq!(
            Object::new(class).unwrap().id().path(),
            "/apis/storage.k8s.io/v1/storageclasses/c"
        );
    }

    #[test]
    fn a_kind_of_another_group_or_without_its_namespace_is_refused() {
        for wrong in [
            json!({"apiVersion": "v1", "kind": "Deployment", "metadata": {"namespace": "a", "name": "b"}}),
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "b"}}),
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "b", "namespace": "c"}}),
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "c"}}),
        ] {
            assert!(Object::new(wrong).is_err());
        }
    }
}
