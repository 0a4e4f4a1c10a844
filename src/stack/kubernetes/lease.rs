use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Cluster, Error, ErrorKind};

const NAME: &str = "dashctl-stack";
/// After this long without a sign of life a lease is free again.
const EXPIRY: Duration = Duration::from_secs(60);

/// The right to change the stack, held by one run at a time. It expires by itself when its holder is gone.
#[derive(Debug)]
pub struct Lease<'a> {
    cluster: &'a Cluster,
    path: String,
    holder: String,
}

impl<'a> Lease<'a> {
    /// Takes the lease in a namespace.
    ///
    /// # Errors
    ///
    /// Somebody else has it: who, and until when.
    pub async fn take(cluster: &'a Cluster, namespace: &str) -> Result<Self, Error> {
        let collection = format!("/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases");
        let lease = Self {
            cluster,
            path: format!("{collection}/{NAME}"),
            holder: format!("dashctl-{}-{:08x}", std::process::id(), rand::random::<u32>()),
        };
        let doing = "taking the lease of the stack";
        let taken = match cluster.get_path(&lease.path).await? {
            Some(found) => {
                if let Some((holder, until)) = holder(&found).filter(|(_, until)| *until > Timestamp::now()) {
                    let message = format!(
                        "another dashctl ({holder}) is at work on it; if that one is gone, it is free again at {until:.0}"
                    );
                    return Err(Error::new(ErrorKind::Raced, doing, message));
                }
                let version = found.pointer("/metadata/resourceVersion").cloned().unwrap_or_default();
                cluster
                    .replace(&lease.path, &lease.manifest(namespace, Some(version)))
                    .await
            }
            None => cluster.create(&collection, &lease.manifest(namespace, None)).await,
        };
        match taken {
            Ok(_) => Ok(lease),
            Err(error) if error.kind() == ErrorKind::Raced => Err(Error::new(
                ErrorKind::Raced,
                doing,
                "another dashctl began at the same time",
            )),
            Err(error) => Err(error),
        }
    }

    /// Keeps the lease alive until the future is dropped.
    pub async fn keep(&self) {
        loop {
            tokio::time::sleep(EXPIRY / 3).await;
            // A renewal that fails is tried again in time; if the server stays away, so do our own writes.
            let _ = self.renew().await;
        }
    }

    /// Gives the lease back.
    ///
    /// # Errors
    ///
    /// What the API server says; it expires all the same.
    pub async fn give_back(self) -> Result<(), Error> {
        self.cluster.delete(&self.path).await.map(drop)
    }

    async fn renew(&self) -> Result<(), Error> {
        let Some(mut found) = self.cluster.get_path(&self.path).await? else {
            return Ok(());
        };
        if found.pointer("/spec/holderIdentity").and_then(Value::as_str) == Some(&self.holder) {
            found["spec"]["renewTime"] = now().into();
            self.cluster.replace(&self.path, &found).await?;
        }
        Ok(())
    }

    fn manifest(&self, namespace: &str, version: Option<Value>) -> Value {
        let mut manifest = json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"namespace": namespace, "name": NAME, "labels": {"app.kubernetes.io/managed-by": "dashctl"}},
            "spec": {"holderIdentity": self.holder, "leaseDurationSeconds": EXPIRY.as_secs(),
                "acquireTime": now(), "renewTime": now()},
        });
        if let Some(version) = version {
            manifest["metadata"]["resourceVersion"] = version;
        }
        manifest
    }
}

/// The form that the API takes: six digits of a second.
fn now() -> String {
    format!("{:.6}", Timestamp::now())
}

/// Who holds a lease, and until when.
fn holder(lease: &Value) -> Option<(String, Timestamp)> {
    let spec = lease.get("spec")?;
    let renewed: Timestamp = spec.get("renewTime")?.as_str()?.parse().ok()?;
    let seconds = spec.get("leaseDurationSeconds")?.as_i64()?;
    let until = renewed.checked_add(jiff::SignedDuration::from_secs(seconds)).ok()?;
    Some((spec.get("holderIdentity")?.as_str()?.to_owned(), until))
}
