use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::readiness::{list, text};
use super::{Cluster, Error, ErrorKind, Inventory, Lease};
use crate::stack::{Kind, ObjectId};

const MANAGED_BY: &str = "/metadata/labels/app.kubernetes.io~1managed-by";

/// What an uninstall deletes, and what it leaves.
#[derive(Debug, Clone)]
pub struct Uninstall {
    /// In this order.
    pub delete: Vec<ObjectId>,
    /// Volumes, the password that belongs to them, and what they lie in.
    pub keep: Vec<ObjectId>,
    inventory: Inventory,
}

impl Uninstall {
    /// Looks at what was installed: load balancers go first, the rest in the reverse order of their making. Data stays
    /// unless `delete_data`, and a namespace that dashctl didn't make always does.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn plan(cluster: &Cluster, inventory: Inventory, delete_data: bool) -> Result<Self, Error> {
        let (mut first, mut delete, mut keep) = (Vec::new(), Vec::new(), Vec::new());
        for id in inventory.objects.iter().rev() {
            let Some(live) = cluster.get(id).await? else { continue };
            if !is_ours(id, &live) {
                continue;
            }
            if id.kind == Kind::StatefulSet {
                let claims = claims_of(cluster, id, &live).await?.into_iter();
                let unknown = claims.filter(|claim| !inventory.objects.contains(claim));
                if delete_data { &mut delete } else { &mut keep }.extend(unknown);
            }
            match id.kind {
                _ if holds_data(id.kind) && !delete_data => keep.push(id.clone()),
                Kind::Service if text(&live, "/spec/type") == "LoadBalancer" => first.push(id.clone()),
                _ => delete.push(id.clone()),
            }
        }
        // Claims of a stateful set go after the set.
        delete.sort_by(|a, b| b.cmp(a));
        first.extend(delete);
        Ok(Self {
            delete: first,
            keep,
            inventory,
        })
    }

    /// Carries it out, each object gone before the next begins; `tell` hears of each, and of another run that is at work.
    ///
    /// # Errors
    ///
    /// What the API server says, or an object that isn't gone at the deadline: what still holds it.
    pub async fn carry_out(
        self,
        cluster: &Cluster,
        deadline: Instant,
        tell: &(dyn Fn(&str) + Sync),
    ) -> Result<(), Error> {
        let home = self.inventory.home.clone();
        let lease = Lease::take(cluster, &self.inventory, deadline, tell).await?;
        let result = tokio::select! {
            result = self.under_lease(cluster, deadline, tell) => result,
            lost = lease.keep() => return Err(lost),
        };
        lease.give_back().await?;
        result?;
        // The inventory's own namespace last: with it goes what is left to remember.
        let namespaces = self.delete.iter().filter(|id| id.kind == Kind::Namespace).cloned();
        let (own, others): (Vec<ObjectId>, Vec<ObjectId>) = namespaces.partition(|id| id.name == home);
        delete_all(cluster, &others, deadline, tell).await?;
        if own.is_empty() && self.keep.is_empty() {
            self.inventory.forget(cluster).await?;
        }
        delete_all(cluster, &own, deadline, tell).await
    }

    /// Everything but the namespaces.
    async fn under_lease(
        &self,
        cluster: &Cluster,
        deadline: Instant,
        tell: &(dyn Fn(&str) + Sync),
    ) -> Result<(), Error> {
        if self.inventory.again(cluster).await? != self.inventory {
            let subject = self.inventory.subject();
            let message = format!("another run has changed {subject} meanwhile; run it again");
            return Err(Error::new(
                ErrorKind::Raced,
                format_args!("uninstalling {subject}"),
                message,
            ));
        }
        let (namespaces, objects): (Vec<ObjectId>, Vec<ObjectId>) =
            self.delete.iter().cloned().partition(|id| id.kind == Kind::Namespace);
        let mut inventory = self.inventory.clone();
        // The claims that a stateful set has made are found by the set: once that is gone, only this remembers them.
        inventory.objects.extend(self.delete.iter().chain(&self.keep).cloned());
        if inventory != self.inventory {
            inventory.write(cluster).await?;
        }
        delete_all(cluster, &objects, deadline, tell).await?;
        inventory.objects = self.keep.iter().cloned().chain(namespaces).collect();
        inventory.write(cluster).await
    }
}

/// A stateful set's claims bear the labels of its selector only.
fn is_ours(id: &ObjectId, live: &Value) -> bool {
    match text(live, MANAGED_BY) {
        "dashctl" => true,
        "" => id.kind == Kind::PersistentVolumeClaim,
        _ => false,
    }
}

fn holds_data(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::PersistentVolumeClaim | Kind::Secret | Kind::StorageClass | Kind::Namespace
    )
}

/// The claims that a stateful set has made: `<template>-<set>-<number>`.
async fn claims_of(cluster: &Cluster, id: &ObjectId, set: &Value) -> Result<Vec<ObjectId>, Error> {
    let templates: BTreeSet<String> = list(set, "/spec/volumeClaimTemplates")
        .iter()
        .map(|template| format!("{}-{}-", text(template, "/metadata/name"), id.name))
        .collect();
    let namespace = id.namespace.clone().unwrap_or_default();
    let claims = cluster
        .list(&format!("/api/v1/namespaces/{namespace}/persistentvolumeclaims"), "")
        .await?;
    let made_by_it = |name: &str| {
        let number = templates.iter().find_map(|prefix| name.strip_prefix(prefix.as_str()));
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let names = claims
        .iter()
        .map(|claim| text(claim, "/metadata/name"))
        .filter(|name| made_by_it(name));
    Ok(names
        .map(|name| ObjectId {
            kind: Kind::PersistentVolumeClaim,
            namespace: Some(namespace.clone()),
            name: name.to_owned(),
        })
        .collect())
}

async fn delete_all(
    cluster: &Cluster,
    ids: &[ObjectId],
    deadline: Instant,
    tell: &(dyn Fn(&str) + Sync),
) -> Result<(), Error> {
    for id in ids {
        cluster.delete(&id.path()).await?;
        // The load balancer's controller must see its Service go, and the rest of the stack must not go before.
        while let Some(live) = cluster.get(id).await? {
            if Instant::now() > deadline {
                return Err(still_there(id, &live));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        tell(&format!("{id}: gone"));
    }
    Ok(())
}

fn still_there(id: &ObjectId, live: &Value) -> Error {
    let finalizers: Vec<&str> = list(live, "/metadata/finalizers")
        .iter()
        .chain(list(live, "/spec/finalizers"))
        .filter_map(Value::as_str)
        .collect();
    let what = match finalizers[..] {
        [] => "it isn't gone yet; run the uninstall again to go on".to_owned(),
        _ => format!(
            "it still waits for {}; is the controller behind that running? Then run the uninstall again",
            finalizers.join(", ")
        ),
    };
    Error::new(ErrorKind::Raced, format_args!("deleting {id}"), what)
}
