use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::readiness::text;
use super::{Cluster, Error, ErrorKind, Inventory};

/// After this long without a sign of life a lease is free again.
const EXPIRY: Duration = Duration::from_secs(15);
/// How often one who waits for it looks.
const PERIOD: Duration = Duration::from_secs(1);
/// How far the clocks of two machines may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The right to change what an inventory remembers, held by one run at a time. It expires by itself when its holder is gone.
#[derive(Debug)]
pub struct Lease<'a> {
    cluster: &'a Cluster,
    inventory: &'a Inventory,
    path: String,
    holder: String,
    waited: bool,
}

/// The last sign of life of a lease's holder, and when we saw it first.
struct Sign {
    text: String,
    seen: Instant,
}

impl<'a> Lease<'a> {
    /// Takes the lease that lies beside an inventory and has its name. Where somebody else holds it, waits until that one is done or has given no sign of
    /// life for long enough, at most until `deadline`; `tell` hears who it is.
    ///
    /// # Errors
    ///
    /// Somebody else has it still: who.
    pub async fn take(
        cluster: &'a Cluster,
        inventory: &'a Inventory,
        deadline: Instant,
        tell: &(dyn Fn(&str) + Sync),
    ) -> Result<Self, Error> {
        let collection = format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", inventory.home);
        let subject = inventory.subject();
        let mut lease = Self {
            cluster,
            inventory,
            path: format!("{collection}/{}", inventory.name),
            holder: format!("dashctl-{}-{:08x}", std::process::id(), rand::random::<u32>()),
            waited: false,
        };
        let mut sign: Option<Sign> = None;
        loop {
            let found = cluster.get_path(&lease.path).await?;
            if found.as_ref().is_none_or(|found| is_free(found, &mut sign)) {
                match lease.acquire(&collection, found.as_ref()).await {
                    Ok(_) => return Ok(lease),
                    // Somebody else was faster: that one's turn.
                    Err(error) if error.kind() == ErrorKind::Raced => {}
                    Err(error) => return Err(error),
                }
            } else if let Some(found) = &found {
                let holder = text(found, "/spec/holderIdentity");
                let message = format!("another dashctl ({holder}) is at work on {subject}");
                if Instant::now() + PERIOD > deadline {
                    let message = format!(
                        "{message}; if that one is gone, it is free again in {}s",
                        EXPIRY.as_secs()
                    );
                    return Err(Error::new(
                        ErrorKind::Raced,
                        format_args!("taking the lease of {subject}"),
                        message,
                    ));
                }
                if !lease.waited {
                    tell(&format!("{message}; waiting until it is done"));
                }
            }
            lease.waited = true;
            tokio::time::sleep(PERIOD).await;
        }
    }

    /// Whether somebody else had it when it was asked for: then the stack may not be any more what it was.
    pub fn has_waited(&self) -> bool {
        self.waited
    }

    /// Keeps the lease alive until the future is dropped; ends where somebody else has taken it.
    pub async fn keep(&self) -> Error {
        loop {
            tokio::time::sleep(EXPIRY / 3).await;
            // A renewal that fails is tried again in time; if the server stays away, so do our own writes.
            if let Ok(false) = self.renew().await {
                let message = "another dashctl has taken it, as this one gave no sign of life for too long";
                let doing = format!("keeping the lease of {}", self.inventory.subject());
                return Error::new(ErrorKind::Raced, doing, message);
            }
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

    async fn acquire(&self, collection: &str, found: Option<&Value>) -> Result<Value, Error> {
        match found {
            Some(found) => {
                let version = found.pointer("/metadata/resourceVersion").cloned().unwrap_or_default();
                let manifest = self.manifest(Some(version));
                self.cluster.replace(&self.path, &manifest).await
            }
            None => self.cluster.create(collection, &self.manifest(None)).await,
        }
    }

    /// Whether it is still ours.
    async fn renew(&self) -> Result<bool, Error> {
        let Some(mut found) = self.cluster.get_path(&self.path).await? else {
            return Ok(false);
        };
        if text(&found, "/spec/holderIdentity") != self.holder {
            return Ok(false);
        }
        found["spec"]["renewTime"] = now().into();
        self.cluster.replace(&self.path, &found).await?;
        Ok(true)
    }

    fn manifest(&self, version: Option<Value>) -> Value {
        let mut manifest = json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"namespace": self.inventory.home, "name": self.inventory.name,
                "labels": {"app.kubernetes.io/managed-by": "dashctl"}},
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

/// Whether its holder gave no sign of life for long enough: by our own watch, since clocks differ; by the clocks only
/// where they would have to differ by more than clocks do.
fn is_free(lease: &Value, sign: &mut Option<Sign>) -> bool {
    let seconds = lease.pointer("/spec/leaseDurationSeconds").and_then(Value::as_u64);
    let expiry = seconds.map_or(EXPIRY, Duration::from_secs);
    let renewed = text(lease, "/spec/renewTime");
    let is_old = |renewed: Timestamp| Timestamp::now().duration_since(renewed) > SKEW;
    if renewed.parse().is_ok_and(is_old) {
        return true;
    }
    let last = format!("{} {renewed}", text(lease, "/spec/holderIdentity"));
    match sign {
        Some(sign) if sign.text == last => sign.seen.elapsed() > expiry,
        _ => {
            *sign = Some(Sign {
                text: last,
                seen: Instant::now(),
            });
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(renewed: Timestamp) -> Value {
        json!({"spec": {"holderIdentity": "somebody", "leaseDurationSeconds": 15, "renewTime": format!("{renewed:.6}")}})
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_is_free_once_its_holder_was_silent_for_long_enough() {
        let mut sign = None;
        let first = lease(Timestamp::now());
        assert!(!is_free(&first, &mut sign));
        tokio::time::advance(Duration::from_secs(10)).await;
        let renewed = lease(Timestamp::now() + SignedDuration::from_secs(1));
        assert!(!is_free(&renewed, &mut sign), "it was renewed");
        tokio::time::advance(Duration::from_secs(10)).await;
        assert!(!is_free(&renewed, &mut sign));
        tokio::time::advance(Duration::from_secs(6)).await;
        assert!(is_free(&renewed, &mut sign));
    }

    #[test]
    fn the_other_clock_may_be_wrong_but_not_by_hours() {
        let ago = |seconds| Timestamp::now() - SignedDuration::from_secs(seconds);
        assert!(!is_free(&lease(ago(60)), &mut None));
        assert!(is_free(&lease(ago(3600)), &mut None));
    }
}
