use tokio::time::Instant;

use super::args::Args;
use crate::cli::output::{print, printable};
use crate::cli::{Exit, Failure, ask};
use crate::ops::schedule::ScheduledCheck;
use crate::ops::stack::possible;
use crate::report::StackText;
use crate::stack::{Object, ObjectId};

/// Installs the check.
///
/// # Errors
///
/// What is found wrong before the first write, or what the API server says.
pub async fn apply(
    check: &ScheduledCheck<'_>,
    args: &Args,
    objects: Vec<Object>,
    by_hand: &str,
) -> Result<Exit, Failure> {
    let deadline = Instant::now() + args.timeout;
    let plan = check.plan(objects, args.adopt).await?;
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
    let question = format!("{text}Install this in {}?", check.place());
    if !ask::confirm(&question, args.yes)? {
        return Err(Failure::new("nothing was written, as you said"));
    }
    check.install(&plan, args.force_conflicts, deadline).await?;
    if check.is_new() {
        print(&by_hand.lines().map(|line| printable(line) + "\n").collect::<String>())?;
    }
    Ok(Exit::Done)
}

/// Removes the check, with its runs.
///
/// # Errors
///
/// Not allowed, another run at work, or what isn't gone in time.
pub async fn remove(check: &ScheduledCheck<'_>, args: &Args) -> Result<Exit, Failure> {
    let plan = check.removal().await?;
    if plan.delete.is_empty() {
        print(&format!("Nothing to delete in {}.\n", check.place()))?;
        return Ok(Exit::Done);
    }
    let line = |id: &ObjectId| format!("- delete    {id}\n");
    let text: String = plan.delete.iter().map(line).collect();
    if args.dry_run {
        print(&text)?;
        return Ok(Exit::Differs);
    }
    let question = format!("{text}Delete this, with its runs, from {}?", check.place());
    if !ask::confirm(&question, args.yes)? {
        return Err(Failure::new("nothing was deleted, as you said"));
    }
    check.remove(plan, Instant::now() + args.timeout).await?;
    print(&format!(
        "The check is removed. The Secret {}, which was made by hand, stays.\n",
        check.secret()
    ))?;
    Ok(Exit::Done)
}
