use tokio::time::Instant;

use super::args::{ClusterArgs, InstallArgs};
use crate::cli::output::print;
use crate::cli::{Exit, Failure, ask};
use crate::ops::stack::{ids, possible, wait_until_ready, write};
use crate::report::StackText;

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
    /// Show what would be done; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Don't wait until everything is ready
    #[arg(long)]
    no_wait: bool,
    /// Don't ask before writing
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    install: InstallArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// Anything that is found wrong before the first write; later, what was done and what is not ready, and why.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let deadline = Instant::now() + args.install.timeout;
    let session = args.cluster.open_to_write(deadline).await?;
    let password = session.password(&(&args.install).into()).await?;
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
