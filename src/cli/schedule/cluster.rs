use tokio::time::Instant;

use super::args::Args;
use crate::cli::ask::Terminal;
use crate::cli::output::{print, printable, progress, warn};
use crate::cli::{Exit, Failure, ask};
use crate::ops::stack::{carry_out, not_allowed, possible};
use crate::report::StackText;
use crate::repository::Repository;
use crate::schedule::Settings;
use crate::schedule::kubernetes::namespace_command;
use crate::stack::kubernetes::{Choice, Cluster, Inventory, StackPlan, Uninstall, rights};
use crate::stack::{Object, ObjectId};

/// The cluster that is meant, and what was installed there.
///
/// # Errors
///
/// No such cluster, or one that doesn't let us in.
pub async fn open(args: &Args, settings: &Settings, repository: &Repository) -> Result<(Cluster, Inventory), Failure> {
    let of_stack = repository
        .config()
        .stack
        .as_ref()
        .and_then(|stack| stack.context.clone());
    let cluster = Cluster::connect(&Choice {
        kubeconfig: args.cluster.kubeconfig.clone(),
        context: args
            .cluster
            .context
            .clone()
            .or_else(|| settings.kubernetes.context.clone())
            .or(of_stack),
    })
    .await?;
    let inventory = Inventory::read(&cluster, settings.kubernetes.namespace(), settings.kubernetes.name()).await?;
    Ok((cluster, inventory))
}

/// In whose cluster this is, for questions.
pub fn place(cluster: &Cluster) -> String {
    format!("context {}, {}", cluster.context(), cluster.url())
}

/// Installs the check.
///
/// # Errors
///
/// What is found wrong before the first write, or what the API server says.
pub async fn apply(
    args: &Args,
    settings: &Settings,
    repository: &Repository,
    objects: Vec<Object>,
    by_hand: &str,
) -> Result<Exit, Failure> {
    let deadline = Instant::now() + args.timeout;
    let (cluster, inventory) = open(args, settings, repository).await?;
    preflight(&cluster, settings.kubernetes.namespace(), &objects).await?;
    let plan = StackPlan::make(&cluster, objects, &inventory, args.adopt).await?;
    for text in &plan.warnings {
        warn(&format!("the API server says: {}", printable(text)));
    }
    let text = StackText {
        plan: &plan,
        drift: false,
    };
    if args.dry_run || !plan.has_work() {
        print(&text.to_string())?;
        possible(&plan, args.force_conflicts)?;
        return Ok(if plan.has_work() { Exit::Differs } else { Exit::Done });
    }
    possible(&plan, args.force_conflicts)?;
    let question = format!("{text}Install this in {}?", place(&cluster));
    if !ask::confirm(&question, args.yes)? {
        return Err(Failure::new("nothing was written, as you said"));
    }
    carry_out(
        &cluster,
        &inventory,
        &plan,
        args.force_conflicts,
        deadline,
        &Terminal::default(),
    )
    .await?;
    if inventory.objects.is_empty() {
        print(&by_hand.lines().map(|line| printable(line) + "\n").collect::<String>())?;
    }
    Ok(Exit::Done)
}

/// Stops at what would go wrong.
async fn preflight(cluster: &Cluster, namespace: &str, objects: &[Object]) -> Result<(), Failure> {
    let missing = rights(cluster, objects).await?;
    if !missing.is_empty() {
        return Err(not_allowed(&missing)
            .hint("`dashctl schedule kubernetes` without --apply gives the manifests to somebody who may")
            .into());
    }
    match cluster.get_path(&format!("/api/v1/namespaces/{namespace}")).await? {
        Some(_) => Ok(()),
        None => Err(
            Failure::new(format!("there is no namespace {namespace}; nothing was written")).hint(format!(
                "make it with `{}`, and in it the Secret with the credentials; or name another with --namespace",
                namespace_command(namespace)
            )),
        ),
    }
}

/// Removes the check, with its runs.
///
/// # Errors
///
/// Not allowed, another run at work, or what isn't gone in time.
pub async fn remove(args: &Args, settings: &Settings, repository: &Repository) -> Result<Exit, Failure> {
    let (cluster, inventory) = open(args, settings, repository).await?;
    let plan = Uninstall::plan(&cluster, inventory, false).await?;
    let lines = |sign: &str, ids: &[ObjectId]| ids.iter().map(|id| format!("{sign} {id}\n")).collect::<String>();
    let text = lines("- delete   ", &plan.delete);
    if plan.delete.is_empty() {
        print(&format!("Nothing to delete in {}.\n", place(&cluster)))?;
        return Ok(Exit::Done);
    }
    if args.dry_run {
        print(&text)?;
        return Ok(Exit::Differs);
    }
    let question = format!("{text}Delete this, with its runs, from {}?", place(&cluster));
    if !ask::confirm(&question, args.yes)? {
        return Err(Failure::new("nothing was deleted, as you said"));
    }
    plan.carry_out(&cluster, Instant::now() + args.timeout, &progress)
        .await?;
    print(&format!(
        "The check is removed. The Secret {}, which was made by hand, stays.\n",
        settings.kubernetes.secret()
    ))?;
    Ok(Exit::Done)
}
