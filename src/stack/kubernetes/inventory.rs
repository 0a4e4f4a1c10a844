use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Apply, Cluster, Error, ErrorKind};
use crate::stack::{Kind, Object, ObjectId};

/// The ConfigMap that remembers what was installed of the stack.
pub const INVENTORY: &str = "dashctl-stack";

/// What was installed, so that what is no longer wanted is found and nothing else is ever deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inventory {
    /// The namespace that the inventory lies in.
    pub home: String,
    /// Its name there: [`INVENTORY`], or another for what is installed beside the stack.
    pub name: String,
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
    pub fn new(home: &str, name: &str) -> Self {
        Self {
            home: home.to_owned(),
            name: name.to_owned(),
            objects: BTreeSet::new(),
        }
    }

    /// What the cluster remembers; empty where nothing was installed.
    ///
    /// # Errors
    ///
    /// Not allowed, or an inventory that somebody has changed beyond recognition.
    pub async fn read(cluster: &Cluster, home: &str, name: &str) -> Result<Self, Error> {
        let mut inventory = Self::new(home, name);
        let Some(found) = cluster.get(&inventory.id()).await? else {
            return Ok(inventory);
        };
        let text = found.pointer("/data/objects").and_then(Value::as_str).unwrap_or("[]");
        let wrong = |what: String| {
            let doing = format!("reading {}", Self::new(home, name).id());
            Error::new(
                ErrorKind::Settings,
                doing,
                format!("it is no inventory of dashctl's: {what}"),
            )
        };
        let wires: Vec<Wire> = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        for wire in wires {
            let kind = Kind::ALL.into_iter().find(|kind| kind.name() == wire.kind);
            inventory.objects.insert(ObjectId {
                kind: kind.ok_or_else(|| wrong(format!("the kind {:?}", wire.kind)))?,
                namespace: wire.namespace,
                name: wire.name,
            });
        }
        Ok(inventory)
    }

    /// What the cluster remembers by now.
    ///
    /// # Errors
    ///
    /// As [`Inventory::read`].
    pub async fn again(&self, cluster: &Cluster) -> Result<Self, Error> {
        Self::read(cluster, &self.home, &self.name).await
    }

    /// What it is the inventory of, for messages.
    pub fn subject(&self) -> &str {
        if self.name == INVENTORY {
            "the stack"
        } else {
            &self.name
        }
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
        cluster.delete(&self.id().path()).await.map(drop)
    }

    fn id(&self) -> ObjectId {
        ObjectId {
            kind: Kind::ConfigMap,
            namespace: Some(self.home.clone()),
            name: self.name.clone(),
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
            "metadata": {"namespace": self.home, "name": self.name, "labels": {
                "app.kubernetes.io/part-of": self.name, "app.kubernetes.io/managed-by": "dashctl"}},
            "data": {"objects": json!(wires).to_string()},
        });
        Object::new(manifest).map_err(|error| Error::new(ErrorKind::Settings, "writing the inventory", error))
    }
}
