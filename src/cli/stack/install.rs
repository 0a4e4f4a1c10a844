use tokio::time::Instant;

use super::session::{ClusterArgs, InstallArgs, StackSession};
use crate::cli::output::{print, printable, progress};
use crate::cli::{Exit, Failure, ask};
use crate::report::StackText;
use crate::stack::ObjectId;
use crate::stack::kubernetes::{Cluster, Fate, How, Inventory, StackPlan, Waiting, install, wait};

/// Installs the stack, or brings it to what the settings say now, and waits until it is ready
///
/// Server-side apply as the field manager `dashctl`: running it again changes nothing, and a run that was interrupted is
/// continued by the next. Nothing that others made or changed is touched, unless --adopt or --force-conflicts.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl stack install --dry-run
  dashctl stack install --context my-cluster --yes
  pass show grafana | dashctl stack install --admin-password-file - --yes")]
pub struct Args {
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    install: InstallArgs,
    /// Show what would be done; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Don't wait until everything is ready
    #[arg(long)]
    no_wait: bool,
    /// Don't ask before writing
    #[arg(short, long)]
    yes: bool,
}

/// Runs the verb.
///
/// # Errors
///
/// Anything that is found wrong before the first write; later, what was done and what is not ready, and why.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let deadline = Instant::now() + args.install.timeout;
    let session = StackSession::open_to_write(&args.cluster, deadline).await?;
    let password = session.password(&args.install).await?;
    let objects = session.objects(password.as_ref())?;
    session.preflight(&objects).await?;
    let plan = session.plan(objects, args.install.adopt).await?;
    let text = StackText {
        plan: &plan,
        drift: false,
    };
    if args.dry_run || !plan.has_work() {
        print(&text.to_string())?;
    } else {
        let question = format!("{text}Install this in {}?", session.place());
        possible(&plan, args.install.force_conflicts)?;
        if !ask::confirm(&question, args.yes)? {
            return Err(Failure::new("nothing was written, as you said"));
        }
        write(&session, &plan, args.install.force_conflicts).await?;
    }
    if args.dry_run {
        return Ok(if plan.has_work() { Exit::Differs } else { Exit::Done });
    }
    possible(&plan, args.install.force_conflicts)?;
    if args.no_wait {
        return Ok(Exit::Done);
    }
    wait_until_ready(&session, &ids(&plan), deadline).await?;
    print("The stack is ready.\n")?;
    Ok(Exit::Done)
}

/// The objects that shall be there when all is done.
pub fn ids(plan: &StackPlan) -> Vec<ObjectId> {
    let wanted = plan.objects.iter().filter(|planned| planned.object.is_some());
    wanted.map(|planned| planned.id.clone()).collect()
}

/// Stops before the first write where something can't be done, or is somebody else's.
pub fn possible(plan: &StackPlan, force: bool) -> Result<(), Failure> {
    let mut reasons = Vec::new();
    for planned in &plan.objects {
        match &planned.fate {
            Fate::Refuse(owner) => reasons.push(format!("{}: {owner}; --adopt takes it over", planned.id)),
            Fate::Recreate(reason) => reasons.push(format!(
                "{}: it can't be changed in place, only made anew ({reason}); --dry-run shows how",
                planned.id
            )),
            _ => {}
        }
    }
    if !force {
        for (id, change, owner) in plan.conflicts() {
            reasons.push(format!(
                "{id}: {} was set by {owner}; --force-conflicts takes it back",
                change.path
            ));
        }
    }
    match reasons.is_empty() {
        true => Ok(()),
        false => Err(Failure::new(format!(
            "nothing was written:\n  {}",
            reasons
                .iter()
                .map(|reason| printable(reason))
                .collect::<Vec<_>>()
                .join("\n  ")
        ))),
    }
}

/// Carries out a plan, and tells of each object.
///
/// # Errors
///
/// What stopped it, and what was done before.
pub async fn write(session: &StackSession, plan: &StackPlan, force: bool) -> Result<(), Failure> {
    carry_out(&session.cluster, &session.inventory, plan, force, session.deadline).await
}

/// The same without a stack's session.
///
/// # Errors
///
/// The same.
pub async fn carry_out(
    cluster: &Cluster,
    inventory: &Inventory,
    plan: &StackPlan,
    force: bool,
    deadline: Instant,
) -> Result<(), Failure> {
    possible(plan, force)?;
    let how = How {
        force,
        deadline,
        tell: &progress,
    };
    let installed = install(cluster, plan, inventory, how).await;
    let done: String = installed
        .done
        .iter()
        .map(|(id, word)| format!("{id}: {word}\n"))
        .collect();
    print(&done)?;
    match installed.failed {
        None => Ok(()),
        Some(error) => {
            let failure = Failure::from(error);
            let exit = failure.code();
            Err(failure
                .hint(format!(
                    "{} of {} objects were written before; running it again goes on from there",
                    installed.done.len(),
                    plan.objects.len()
                ))
                .exit(exit))
        }
    }
}

/// Waits for the objects, telling on standard error how each one comes along.
///
/// # Errors
///
/// What isn't ready at the deadline, and why.
pub async fn wait_until_ready(session: &StackSession, ids: &[ObjectId], deadline: Instant) -> Result<(), Failure> {
    let tell = |id: &ObjectId, state: Result<(), &str>| match state {
        Ok(()) => progress(&format!("{id}: ready")),
        Err(what) => progress(&format!("{id}: {}", printable(what))),
    };
    let waiting = wait(&session.cluster, ids, deadline, tell).await?;
    match waiting.is_empty() {
        true => Ok(()),
        false => Err(Failure::new(format!("not ready in time:\n{}", show_waiting(&waiting)))
            .hint("running it again waits on; --timeout gives it more time, `dashctl stack status` shows the whole")
            .exit(Exit::Partial)),
    }
}

/// What isn't ready, and why, in lines.
pub fn show_waiting(waiting: &[Waiting]) -> String {
    let mut text = String::new();
    for one in waiting {
        text.push_str(&format!("  {}: {}\n", one.id, printable(&one.what)));
        for trouble in &one.troubles {
            text.push_str(&format!("    {}\n", printable(&trouble.to_string())));
        }
    }
    text.trim_end().to_owned()
}
