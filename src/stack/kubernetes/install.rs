use std::collections::BTreeSet;

use serde_json::json;
use tokio::time::Instant;

use super::plan::{Fate, Planned, StackPlan};
use super::{Apply, Cluster, Error, ErrorKind, Inventory, Lease, adoption};
use crate::stack::{Kind, Object, ObjectId};

/// What an install has done, in order; also what it had done when it failed.
#[derive(Debug, Default)]
pub struct Installed {
    /// Each object that was written, and how.
    pub done: Vec<(ObjectId, &'static str)>,
    /// What stopped it.
    pub failed: Option<Error>,
}

/// How a plan is carried out.
#[derive(Clone, Copy)]
pub struct How<'a> {
    /// Take back fields that others have changed.
    pub force: bool,
    /// How long to wait for another run that is at work.
    pub deadline: Instant,
    /// Hears of that other run.
    pub tell: &'a (dyn Fn(&str) + Sync),
}

/// Carries out a plan: namespaces, then, holding the lease, everything else in order, and last what is to be deleted.
/// A plan without work writes nothing. Running it again after a failure goes on where it stopped.
/// Where another run was at work since the plan was made, it is made again.
pub async fn install(cluster: &Cluster, plan: &StackPlan, inventory: &Inventory, how: How<'_>) -> Installed {
    let mut installed = Installed::default();
    if plan.has_work() {
        installed.failed = carry_out(cluster, plan, inventory, how, &mut installed.done)
            .await
            .err();
    }
    installed
}

async fn carry_out(
    cluster: &Cluster,
    plan: &StackPlan,
    inventory: &Inventory,
    how: How<'_>,
    done: &mut Vec<(ObjectId, &'static str)>,
) -> Result<(), Error> {
    let is_namespace = |planned: &&Planned| planned.id.kind == Kind::Namespace;
    for planned in plan.objects.iter().filter(is_namespace) {
        write(cluster, planned, how.force, done).await?;
    }
    let lease = Lease::take(cluster, inventory, how.deadline, how.tell).await?;
    let work = async {
        let now = inventory.again(cluster).await?;
        if !lease.has_waited() && now == *inventory {
            return the_rest(cluster, plan, now, how.force, done).await;
        }
        let plan = again(cluster, plan, &now, how.force).await?;
        the_rest(cluster, &plan, now, how.force, done).await
    };
    let result = tokio::select! {
        result = work => result,
        lost = lease.keep() => return Err(lost),
    };
    let given_back = lease.give_back().await;
    result.and(given_back)
}

/// The plan after another run was at work.
async fn again(cluster: &Cluster, plan: &StackPlan, inventory: &Inventory, force: bool) -> Result<StackPlan, Error> {
    let mut objects = Vec::new();
    for object in plan.objects.iter().filter_map(|planned| planned.object.clone()) {
        // Grafana may have taken the other run's password already.
        if object.id().kind != Kind::Secret || cluster.get(object.id()).await?.is_none() {
            objects.push(object);
        }
    }
    let plan = StackPlan::make(cluster, objects, inventory, plan.adopt).await?;
    let is_stuck = |fate: &Fate| matches!(fate, Fate::Refuse(_) | Fate::Recreate(_));
    if plan.count(is_stuck) > 0 || (!force && plan.conflicts().next().is_some()) {
        let subject = inventory.subject();
        let message = format!("another run has changed {subject} meanwhile; run it again to see how");
        return Err(Error::new(
            ErrorKind::Raced,
            format_args!("installing {subject}"),
            message,
        ));
    }
    Ok(plan)
}

/// The inventory holds more than there is while this runs, never less: nothing that was made is ever forgotten.
async fn the_rest(
    cluster: &Cluster,
    plan: &StackPlan,
    mut inventory: Inventory,
    force: bool,
    done: &mut Vec<(ObjectId, &'static str)>,
) -> Result<(), Error> {
    let ours = plan
        .objects
        .iter()
        .filter(|planned| !matches!(planned.fate, Fate::Use | Fate::Refuse(_) | Fate::Delete));
    inventory.objects.extend(ours.map(|planned| planned.id.clone()));
    inventory.write(cluster).await?;
    for planned in plan.objects.iter().filter(|planned| planned.id.kind != Kind::Namespace) {
        write(cluster, planned, force, done).await?;
    }
    let gone: BTreeSet<&ObjectId> = plan
        .objects
        .iter()
        .filter(|one| one.fate == Fate::Delete)
        .map(|one| &one.id)
        .collect();
    if !gone.is_empty() {
        inventory.objects.retain(|id| !gone.contains(id));
        inventory.write(cluster).await?;
    }
    Ok(())
}

async fn write(
    cluster: &Cluster,
    planned: &Planned,
    force: bool,
    done: &mut Vec<(ObjectId, &'static str)>,
) -> Result<(), Error> {
    let word = match planned.fate {
        Fate::Create => "created",
        Fate::Change => "changed",
        Fate::Delete => "deleted",
        Fate::Unchanged | Fate::Recreate(_) | Fate::Refuse(_) | Fate::Use => return Ok(()),
    };
    match (&planned.object, &planned.live) {
        (None, _) => drop(cluster.delete(&planned.id.path()).await?),
        (Some(object), Some(live)) if planned.adopted => {
            adoption::take_over(cluster, &planned.id, live).await?;
            apply(cluster, object, true).await?;
        }
        (Some(object), _) => apply(cluster, object, force).await?,
    }
    done.push((planned.id.clone(), word));
    Ok(())
}

async fn apply(cluster: &Cluster, object: &Object, force: bool) -> Result<(), Error> {
    let how = Apply { dry_run: false, force };
    match cluster.apply(object, how).await {
        Err(error) if error.is_about_rolling_update() => {
            // Defaults of the old strategy stay behind in an apply; only a patch can take them away.
            let strategy = json!({"spec": {"strategy": {"type": "Recreate", "rollingUpdate": null}}});
            cluster.merge(object.id(), &strategy).await?;
            let how = Apply { force: true, ..how };
            cluster.apply(object, how).await.map(drop)
        }
        other => other.map(drop),
    }
}
