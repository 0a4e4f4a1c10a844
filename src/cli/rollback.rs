use super::connect::ConnectArgs;
use super::history::{live, summary, uid_of};
use super::output::print;
use super::session::find_repository;
use super::{Environment, Exit, Failure, ask};
use crate::apply::{FolderMaker, Surroundings, save};
use crate::dashboard::compare::compare;
use crate::grafana::{Grafana, LiveDashboard, Version};
use crate::plan::{Desired, Mark};

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
    let live = live(grafana, uid).await?;
    if let Some(owner) = &live.foreign {
        return Err(Failure::new(format!("{uid} is {owner}, and not for dashctl to write")));
    }
    let surroundings = Surroundings::read(grafana, false).await?;
    let context = surroundings.context();
    let Some(version) = wanted(args, grafana, &live, uid, &context).await? else {
        print("Nothing to go back to: no version that is kept means anything else.\n")?;
        return Ok(Exit::Done);
    };
    let changes = compare(live.document.classic()?, &version.dashboard, &context);
    print(&format!(
        "{uid}: back to version {} of {} by {}\n{}",
        version.version,
        version.created,
        version.author,
        crate::report::Semantic::new(&changes).colour(super::output::colours())
    ))?;
    if changes.is_same() {
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
    let mut folders = FolderMaker::new(grafana, surroundings.folders);
    let desired = Desired {
        label: uid.to_owned(),
        uid: uid.parse().map_err(Failure::new)?,
        folder: folders.path_of(&live.folder_uid, &live.folder_title),
        dashboard: version.dashboard,
        elements: Vec::new(),
        pulled: None,
        ignore: Vec::new(),
    };
    // No repository's mark: a rollback in Grafana is an edit, until the repository follows.
    let text = format!("back to version {}: {}", version.version, summary(&changes));
    let done = save(
        grafana,
        &mut folders,
        &desired,
        Some(live.version),
        (Mark::NO_REPOSITORY, &text),
        &context,
    )
    .await?;
    print(&format!(
        "{uid}: version {} is what version {} was\n",
        done.version, version.version
    ))?;
    Ok(Exit::Done)
}

async fn wanted(
    args: &Args,
    grafana: &Grafana,
    live: &LiveDashboard,
    uid: &str,
    context: &crate::dashboard::compare::Context,
) -> Result<Option<Version>, Failure> {
    let versions = grafana.versions(live, uid).await?;
    if let Some(to) = args.to {
        if !versions.iter().any(|entry| entry.version == to) {
            let kept: Vec<String> = versions.iter().map(|entry| entry.version.to_string()).collect();
            return Err(Failure::new(format!(
                "{uid} has no version {to}; there are {}",
                kept.join(", ")
            )));
        }
        return Ok(Some(grafana.version(live, uid, to).await?));
    }
    let now = live.document.classic()?;
    for entry in versions.iter().filter(|entry| entry.version < live.version) {
        let version = grafana.version(live, uid, entry.version).await?;
        if !compare(now, &version.dashboard, context).is_same() {
            return Ok(Some(version));
        }
    }
    Ok(None)
}
