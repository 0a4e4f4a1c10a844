use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use futures::{StreamExt, stream};

use crate::cli::connect::ConnectArgs;
use crate::cli::review::{Review, ReviewArgs};
use crate::cli::session::{Session, repository_here};
use crate::cli::{Environment, Exit, Failure};
use crate::grafana::Hit;
use crate::report::{
    DashboardReport, DataSourceReport, DriftReport, FailureReport, Outcome, Shard, TargetReport, UnmanagedReport,
    VERSION,
};
use crate::repository::Repository;

/// How many targets are looked at at the same time: one that hangs must not hold up the others.
const TARGETS_IN_FLIGHT: usize = 8;

/// What a check is to look at.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub review: ReviewArgs,
    /// Check all targets of dashctl.yaml, each with its own outcome
    #[arg(long, conflicts_with_all = ["target", "url", "token", "token_file", "user"])]
    pub all_targets: bool,
    /// Check only a part of the dashboards: the I-th (from 0) of N; which one a dashboard falls to depends on its uid
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub shard: Option<Shard>,
    /// List also the dashboards of the target that the repository doesn't know
    #[arg(long)]
    pub unmanaged: bool,
}

fn shard(text: &str) -> Result<Shard, String> {
    let parsed = text
        .split_once('/')
        .and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
    match parsed {
        Some((index, of)) if index < of => Ok(Shard { index, of }),
        _ => Err("a shard is I/N with I from 0 to N-1, such as 0/4".into()),
    }
}

/// Checks the target that is meant, or all of them: the report, and why targets could not be looked at.
///
/// # Errors
///
/// No repository, or one without targets. What goes wrong with a target is in its report.
pub async fn check(args: &CheckArgs) -> Result<(DriftReport, Vec<Failure>), Failure> {
    let began = Instant::now();
    let checked_at = jiff::Timestamp::now().to_string();
    let repository = repository_here()?;
    let checked: Vec<(TargetReport, Option<Failure>)> = if args.all_targets {
        let names: Vec<String> = repository.config().targets.keys().cloned().collect();
        if names.is_empty() {
            return Err(Failure::usage("--all-targets: dashctl.yaml has no targets"));
        }
        let one = |name: String| {
            let connect = ConnectArgs {
                target: Some(name),
                ..args.review.connect.clone()
            };
            check_one(args, &repository, connect)
        };
        stream::iter(names).map(one).buffered(TARGETS_IN_FLIGHT).collect().await
    } else {
        vec![check_one(args, &repository, args.review.connect.clone()).await]
    };
    let (targets, failures): (_, Vec<Option<Failure>>) = checked.into_iter().unzip();
    let report = DriftReport {
        version: VERSION,
        checked_at,
        seconds: began.elapsed().as_secs_f64(),
        shard: args.shard,
        targets,
    };
    Ok((report, failures.into_iter().flatten().collect()))
}

async fn check_one(args: &CheckArgs, repository: &Repository, connect: ConnectArgs) -> (TargetReport, Option<Failure>) {
    match look(args, connect.clone()).await {
        Ok(report) => (report, None),
        Err(failure) => (failed(repository, &connect, &failure), Some(failure)),
    }
}

async fn look(args: &CheckArgs, connect: ConnectArgs) -> Result<TargetReport, Failure> {
    let review_args = ReviewArgs {
        connect,
        shard: args.shard,
        ..args.review.clone()
    };
    let session = Session::open(&review_args.connect)?;
    let review = Review::over(session, &review_args, true).await?;
    let unmanaged = match args.unmanaged {
        true => Some(unmanaged(&review, args.shard).await?),
        false => None,
    };
    review.close().await;
    Ok(report(&review, unmanaged))
}

fn report(review: &Review, unmanaged: Option<Vec<UnmanagedReport>>) -> TargetReport {
    let mut totals = BTreeMap::new();
    for item in &review.items {
        *totals.entry(item.state.slug().to_owned()).or_default() += 1;
    }
    let url = review.session.grafana.url().to_owned();
    let outcome = match review.failure_exit() {
        Exit::Denied => Outcome::Denied,
        Exit::Partial => Outcome::Partial,
        _ if review.differs() => Outcome::Differs,
        _ => Outcome::InSync,
    };
    TargetReport {
        target: review.session.target.clone().unwrap_or_else(|| url.clone()),
        url,
        repository: review.session.repository.config().repository.clone(),
        outcome,
        error: None,
        totals,
        dashboards: review.items.iter().map(DashboardReport::from).collect(),
        data_sources: review.data_sources.iter().map(DataSourceReport::from).collect(),
        failed: review.failed.iter().map(FailureReport::from).collect(),
        unmanaged,
        requests: review.session.grafana.requests(),
    }
}

fn failed(repository: &Repository, connect: &ConnectArgs, failure: &Failure) -> TargetReport {
    let config = repository.config();
    let target = config.target(connect.target.as_deref()).ok().flatten();
    let url = connect.url_meant(repository, &Environment::of_process());
    let name = target.map(|(name, _)| name.to_owned()).or_else(|| url.clone());
    TargetReport {
        target: name.unwrap_or_else(|| "unknown".into()),
        url: url.unwrap_or_default(),
        repository: config.repository.clone(),
        outcome: match failure.code() {
            Exit::Denied => Outcome::Denied,
            _ => Outcome::Failed,
        },
        error: Some(failure.message().to_owned()),
        totals: BTreeMap::new(),
        dashboards: Vec::new(),
        data_sources: Vec::new(),
        failed: Vec::new(),
        unmanaged: None,
        requests: 0,
    }
}

/// The dashboards that no file of the repository stands for, of them those that fall to the shard.
async fn unmanaged(review: &Review, shard: Option<Shard>) -> Result<Vec<UnmanagedReport>, Failure> {
    let uids = uids(review)?;
    let hits = review.session.grafana.dashboards().await?;
    let row = |hit: Hit| UnmanagedReport {
        uid: hit.uid,
        title: hit.title,
        folder: if hit.folder_title.is_empty() {
            "General".into()
        } else {
            hit.folder_title
        },
        url: hit.url,
    };
    let ours = |hit: &Hit| shard.is_none_or(|shard| shard.has(&hit.uid));
    let unknown = |hit: &Hit| ours(hit) && !uids.contains(&hit.uid);
    Ok(hits.into_iter().filter(unknown).map(row).collect())
}

/// The uids of all dashboards of the repository, also of those that were not looked at.
fn uids(review: &Review) -> Result<BTreeSet<String>, Failure> {
    let Session { repository, target, .. } = &review.session;
    let looked_at: BTreeSet<&str> = review.items.iter().map(|item| item.name.as_str()).collect();
    let mut uids: BTreeSet<String> = review.items.iter().map(|item| item.uid.clone()).collect();
    for name in repository.names()? {
        // What a broken file would be is not known, and it has been told of.
        if !looked_at.contains(name.as_str())
            && let Ok(entry) = repository.entry(&name, target.as_deref())
        {
            uids.insert(entry.uid.to_string());
        }
    }
    Ok(uids)
}

/// The exit code that a report leads to: 3 and 1 where nothing at all could be done, 4 where something could.
pub fn exit(report: &DriftReport, differs: Exit) -> Exit {
    let of = |outcome: Outcome| match outcome {
        Outcome::InSync => Exit::Done,
        Outcome::Differs => differs,
        Outcome::Partial => Exit::Partial,
        Outcome::Failed => Exit::Failed,
        Outcome::Denied => Exit::Denied,
    };
    let nothing_done = |target: &TargetReport| matches!(target.outcome, Outcome::Failed | Outcome::Denied);
    let all_failed = report.targets.iter().all(nothing_done);
    let one = |target: &TargetReport| match all_failed || !nothing_done(target) {
        true => of(target.outcome),
        false => Exit::Partial,
    };
    // A partial check that also found something tells both: 4 is the worse.
    report.targets.iter().map(one).fold(Exit::Done, Exit::worse)
}
