use std::time::Duration;

use tokio::time::Instant;

use super::args::{ClusterArgs, duration};
use crate::cli::output::print;
use crate::cli::{Exit, Failure, ask};
use crate::stack::ObjectId;

/// Removes what was installed, in the right order; volumes and what belongs to them stay, unless --delete-data
///
/// Load balancers go first, so that their controller can take them down. A namespace that dashctl didn't make always stays.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Delete volumes, Grafana's password, the storage class and the namespaces as well: all data is lost
    #[arg(long)]
    delete_data: bool,
    /// Show what would be done; write nothing
    #[arg(long)]
    dry_run: bool,
    /// How long to wait until everything is gone
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration)]
    timeout: Duration,
    /// Don't ask before deleting
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    cluster: ClusterArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// Not allowed, another run at work, or what isn't gone in time and what holds it.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let session = args.cluster.open().await?;
    let plan = session.removal(args.delete_data).await?;
    let lines = |sign: &str, ids: &[ObjectId]| ids.iter().map(|id| format!("{sign} {id}\n")).collect::<String>();
    let text = format!(
        "{}{}",
        lines("- delete   ", &plan.delete),
        lines("= keep     ", &plan.keep)
    );
    if plan.delete.is_empty() {
        print(&format!("{text}Nothing to delete in {}.\n", session.place()))?;
        return Ok(Exit::Done);
    }
    if args.dry_run {
        print(&text)?;
        return Ok(Exit::Differs);
    }
    let data = if args.delete_data { " with all its data" } else { "" };
    let question = format!("{text}Delete this{data} from {}?", session.place());
    if !ask::confirm(&question, args.yes)? {
        return Err(Failure::new("nothing was deleted, as you said"));
    }
    let kept = lines("kept: ", &plan.keep);
    session.remove(plan, Instant::now() + args.timeout).await?;
    print(&format!("{kept}The stack is uninstalled.\n"))?;
    Ok(Exit::Done)
}
