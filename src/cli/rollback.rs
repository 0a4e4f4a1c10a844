use super::connect::ConnectArgs;
use super::output::{colours, print};
use super::{Environment, Exit, Failure, ask};
use crate::grafana::Grafana;
use crate::ops::find_repository;
use crate::ops::history::uid_of;
use crate::ops::rollback::Rollback;
use crate::report::Semantic;

/// Saves an older version of a dashboard again, as a new version
///
/// Without --to it is the version before the newest one that means something. Nothing is lost: what is there now stays in
/// the history. In a repository, the dashboard then differs from its file; `dashctl drift` says so.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The dashboard's uid, or its name in the repository
    #[arg(value_name = "UID")]
    what: String,
    /// The version to go back to
    #[arg(long, value_name = "N")]
    to: Option<u64>,
    /// Show what would be done; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Don't ask before writing
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// No such dashboard or version, a dashboard of another tool, or somebody saved at the same time.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let repository = find_repository()?;
    let connected = args.connect.connect(repository.as_ref(), &Environment::of_process())?;
    let uid = uid_of(&args.what, repository.as_ref(), connected.target.as_deref());
    let result = roll_back(&args, &connected.grafana, &uid).await;
    connected.grafana.close().await;
    result
}

async fn roll_back(args: &Args, grafana: &Grafana, uid: &str) -> Result<Exit, Failure> {
    let Some(rollback) = Rollback::find(grafana, uid, args.to).await? else {
        print("Nothing to go back to: no version that is kept means anything else.\n")?;
        return Ok(Exit::Done);
    };
    let version = &rollback.version;
    print(&format!(
        "{uid}: back to version {} of {} by {}\n{}",
        version.version,
        version.created,
        version.author,
        Semantic::new(&rollback.changes).colour(colours())
    ))?;
    if rollback.changes.is_same() {
        print("It means the same as now; nothing to do.\n")?;
        return Ok(Exit::Done);
    }
    if args.dry_run {
        return Ok(Exit::Done);
    }
    let asked = grafana.is_sandbox().await? || ask::confirm(&format!("Save this in {}?", grafana.url()), args.yes)?;
    if !asked {
        return Err(Failure::new("nothing was written, as you said"));
    }
    let number = version.version;
    let done = rollback.carry_out().await?;
    print(&format!(
        "{uid}: version {} is what version {number} was\n",
        done.version
    ))?;
    Ok(Exit::Done)
}
