use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Apply, Cluster, Error, ErrorKind};
use crate::stack::{Kind, Object, ObjectId};

/// The ConfigMap that remembers what was installed.
pub const INVENTORY: &str = "dashctl-stack";

/// What was installed, so that what is no longer wanted is found and nothing else is ever deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// The namespace that the inventory lies in.
    pub home: String,
    /// The objects that dashctl made or took over.
    pub objects: BTreeSet<ObjectId>,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    name: String,
}

impl Inventory {
    /// An empty one.
    pub fn new(home: &str) -> Self {
        Self {
            home: home.to_owned(),
            objects: BTreeSet::new(),
        }
    }

    /// What the cluster remembers; empty where nothing was installed.
    ///
    /// # Errors
    ///
    /// Not allowed, or an inventory that somebody has changed beyond recognition.
    pub async fn read(cluster: &Cluster, home: &str) -> Result<Self, Error> {
        let Some(found) = cluster.get(&Self::id(home)).await? else {
            return Ok(Self::new(home));
        };
        let text = found.pointer("/data/objects").and_then(Value::as_str).unwrap_or("[]");
        let wrong = |what: String| {
            let doing = format!("reading {}", Self::id(home));
            Error::new(
                ErrorKind::Settings,
                doing,
                format!("it is no inventory of dashctl's: {what}"),
            )
        };
        let wires: Vec<Wire> = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let mut objects = BTreeSet::new();
        for wire in wires {
            let kind = Kind::ALL.into_iter().find(|kind| kind.name() == wire.kind);
            objects.insert(ObjectId {
                kind: kind.ok_or_else(|| wrong(format!("the kind {:?}", wire.kind)))?,
                namespace: wire.namespace,
                name: wire.name,
            });
        }
        Ok(Self {
            home: home.to_owned(),
            objects,
        })
    }

    /// Makes the cluster remember.
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub async fn write(&self, cluster: &Cluster) -> Result<(), Error> {
        let object = self.object()?;
        let how = Apply {
            force: true,
            ..Apply::default()
        };
        cluster.apply(&object, how).await.map(drop)
    }

    /// Forgets everything.
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub async fn forget(self, cluster: &Cluster) -> Result<(), Error> {
        cluster.delete(&Self::id(&self.home).path()).await.map(drop)
    }

    fn id(home: &str) -> ObjectId {
        ObjectId {
            kind: Kind::ConfigMap,
            namespace: Some(home.to_owned()),
            name: INVENTORY.to_owned(),
        }
    }

    fn object(&self) -> Result<Object, Error> {
        let wire = |id: &ObjectId| Wire {
            kind: id.kind.name().to_owned(),
            namespace: id.namespace.clone(),
            name: id.name.clone(),
        };
        let wires: Vec<Wire> = self.objects.iter().map(wire).collect();
        let manifest = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"namespace": self.home, "name": INVENTORY, "labels": {
                "app.kubernetes.io/part-of": "dashctl-stack", "app.kubernetes.io/managed-by": "dashctl"}},
            "data": {"objects": json!(wires).to_string()},
        });
        Object::new(manifest).map_err(|error| Error::new(ErrorKind::Settings, "writing the inventory", error))
    }
}
