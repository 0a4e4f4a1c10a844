use super::ask::Terminal;
use super::connect::ConnectArgs;
use super::output::{colours, print};
use super::writes::WritesArgs;
use super::{Environment, Exit, Failure};
use crate::grafana::Grafana;
use crate::ops::history::uid_of;
use crate::ops::rollback::{RollbackOptions, Rollbacks};
use crate::ops::{Error, Kind, Person, find_repository};
use crate::report::Semantic;

/// Saves older versions of dashboards again, as new versions
///
/// Without --to it is the version before the newest one that means something. Nothing is lost: what is there now stays in
/// the history. In a repository, the dashboard then differs from its file; `dashctl drift` says so.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl rollback Kubernetes/my-pods
  dashctl rollback my-pods --to 4
  dashctl rollback my-pods my-nodes --dry-run")]
pub struct Args {
    /// The dashboards' uids, or their names in the repository
    #[arg(required = true, value_name = "UID")]
    what: Vec<String>,
    /// The version to go back to (for one dashboard)
    #[arg(long, value_name = "N")]
    to: Option<u64>,
    /// Show what would be done; write nothing
    #[arg(long)]
    dry_run: bool,
    /// Don't ask before writing
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    writes: WritesArgs,
    #[command(flatten)]
    connect: ConnectArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// No such dashboard or version, a dashboard of another tool, or somebody saved at the same time.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    if args.to.is_some() && args.what.len() > 1 {
        return Err(Failure::usage(
            "--to goes with one dashboard, and several were asked for",
        ));
    }
    let repository = find_repository()?;
    let connected = args.connect.connect(repository.as_ref(), &Environment::of_process())?;
    let uid = |what: &String| uid_of(what, repository.as_ref(), connected.target.as_deref());
    let mut uids: Vec<String> = Vec::new();
    for uid in args.what.iter().map(uid) {
        if !uids.contains(&uid) {
            uids.push(uid);
        }
    }
    let result = roll_back(&args, &connected.grafana, &uids).await;
    connected.grafana.close().await;
    result
}

async fn roll_back(args: &Args, grafana: &Grafana, uids: &[String]) -> Result<Exit, Failure> {
    let options = RollbackOptions {
        to: args.to,
        writes: args.writes.options(),
    };
    let rollbacks = Rollbacks::find(grafana, uids, &options).await?;
    for (uid, rollback) in &rollbacks.found {
        let Some(rollback) = rollback else {
            print(&format!(
                "{uid}: nothing to go back to: no version that is kept means anything else\n"
            ))?;
            continue;
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
        }
    }
    if args.dry_run || rollbacks.changing().next().is_none() {
        return Ok(Exit::Done);
    }
    let person = Terminal { yes: args.yes };
    if !grafana.is_sandbox().await? && !person.confirm(&format!("Save this in {}?", grafana.url()))? {
        return Err(Failure::new("nothing was written, as you said"));
    }
    let done = rollbacks.carry_out(&options, &person).await?;
    let (all, mut failed) = (done.len(), Vec::new());
    for (uid, done) in done {
        match done {
            Some(Ok(saved)) => {
                let was = rollbacks.changing().find(|(changing, _)| *changing == uid);
                let was = was.map(|(_, rollback)| rollback.version.version).unwrap_or_default();
                print(&format!("{uid}: version {} is what version {was} was\n", saved.version))?;
            }
            Some(Err(error)) => failed.push((uid, error)),
            None => failed.push((uid, Error::new("not begun").kind_is(Kind::Partial))),
        }
    }
    // What is the matter with one dashboard is the matter.
    if all == 1
        && let Some((_, error)) = failed.pop()
    {
        return Err(error.into());
    }
    for (uid, error) in &failed {
        print(&format!("{uid}: failed: {}\n", error.message()))?;
    }
    Ok(match failed.is_empty() {
        true => Exit::Done,
        false => Exit::of(Some(Kind::Partial)),
    })
}
