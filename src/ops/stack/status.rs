use serde::Serialize;
use serde_json::Value;

use super::StackSession;
use crate::ops::Error;
use crate::stack::kubernetes::{Waiting, addresses, look, ready_count, takes_time};
use crate::stack::{Kind, ObjectId};

/// How what was installed is.
#[derive(Debug, Serialize)]
pub struct Status {
    /// Whether all of it is ready.
    pub ready: bool,
    /// What takes time to become ready, one by one.
    pub objects: Vec<Row>,
    /// What isn't ready, and why.
    #[serde(skip)]
    pub waiting: Vec<Waiting>,
}

/// How one object is.
#[derive(Debug, Serialize)]
pub struct Row {
    /// Its kind.
    pub kind: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Whether it is ready.
    pub ready: bool,
    /// How many of its pods are ready, of how many.
    pub count: String,
    /// Where it is reached, or what it is made of.
    pub address: String,
    /// How long it has been there.
    pub age: String,
    /// Why it isn't ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl StackSession {
    /// How what was installed is.
    ///
    /// # Errors
    ///
    /// Nothing is installed, or the cluster can't be read.
    pub async fn status(&self) -> Result<Status, Error> {
        if self.inventory.objects.is_empty() {
            return Err(Error::new(format!("nothing is installed in {}", self.place()))
                .hint("`dashctl stack install` does so, `dashctl up` with the dashboards"));
        }
        let (mut objects, mut waiting) = (Vec::new(), Vec::new());
        for id in self.inventory.objects.iter().filter(|id| takes_time(id.kind)) {
            let state = look(&self.cluster, id).await?;
            let object = self.cluster.get(id).await?.unwrap_or_default();
            objects.push(row(id, &object, state.as_ref().map(Waiting::line)));
            waiting.extend(state);
        }
        Ok(Status {
            ready: waiting.is_empty(),
            objects,
            waiting,
        })
    }
}

fn row(id: &ObjectId, object: &Value, why: Option<String>) -> Row {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let address = match id.kind {
        Kind::Service => {
            let outside = addresses(object);
            match outside.is_empty() {
                true => text("/spec/clusterIP").to_owned(),
                false => outside.join(","),
            }
        }
        Kind::PersistentVolumeClaim => text("/spec/storageClassName").to_owned(),
        _ => String::new(),
    };
    Row {
        kind: id.kind.name(),
        namespace: id.namespace.clone().unwrap_or_default(),
        name: id.name.clone(),
        ready: why.is_none(),
        count: ready_count(id.kind, object),
        address,
        age: age(text("/metadata/creationTimestamp")),
        why,
    }
}

/// As `kubectl get` writes it: the two largest units.
fn age(created: &str) -> String {
    let Ok(created) = created.parse::<jiff::Timestamp>() else {
        return String::new();
    };
    let seconds = jiff::Timestamp::now().duration_since(created).as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..7200 => format!("{}m", seconds / 60),
        7200..172_800 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}
