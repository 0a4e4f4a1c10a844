use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

use futures::{StreamExt, stream};

use crate::cli::connect::ConnectArgs;
use crate::cli::review::{Review, ReviewArgs};
use crate::cli::session::{Session, repository_here};
use crate::cli::{Environment, Exit, Failure};
use crate::grafana::Hit;
use crate::ops::TargetOptions;
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
    /// Check these targets of dashctl.yaml, each with its own outcome; separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',',
        conflicts_with_all = ["all_targets", "target", "url", "token", "token_file", "user"])]
    pub targets: Vec<String>,
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

/// A check of a repository's targets that is about to be made.
#[derive(Debug, Clone)]
pub struct Check {
    repository: Repository,
    targets: Vec<ConnectArgs>,
}

impl Check {
    /// The check that is meant: of one target, or of all.
    ///
    /// # Errors
    ///
    /// No repository, or one without targets.
    pub fn of(args: &CheckArgs) -> Result<Self, Failure> {
        let repository = repository_here()?;
        let names = names(args, &repository)?;
        let named = |name| ConnectArgs {
            target: Some(name),
            ..args.review.connect.clone()
        };
        let targets = match names.is_empty() {
            true => vec![args.review.connect.clone()],
            false => names.into_iter().map(named).collect(),
        };
        Ok(Self { repository, targets })
    }

    /// The targets that are to be looked at, by name; one without a name where just one is meant.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        self.targets.iter().map(name)
    }

    /// The names of all targets that the repository has.
    pub fn known(&self) -> Vec<String> {
        self.repository.config().targets.keys().cloned().collect()
    }

    /// The repository's folder.
    pub fn root(&self) -> &Path {
        self.repository.root()
    }

    /// The same check of some of the targets only.
    #[must_use]
    pub fn only(&self, wanted: impl Fn(&str) -> bool) -> Self {
        let targets = self.targets.iter().filter(|target| wanted(name(target)));
        Self {
            targets: targets.cloned().collect(),
            ..self.clone()
        }
    }

    /// Looks at the targets: the report, and why some of them could not be looked at, which is in the report as well.
    pub async fn make(&self, args: &CheckArgs) -> (DriftReport, Vec<Failure>) {
        let began = Instant::now();
        let checked_at = now();
        let one = |connect: &ConnectArgs| check_one(args, &self.repository, connect.clone());
        let running = stream::iter(self.targets.iter().map(one)).buffered(TARGETS_IN_FLIGHT);
        let checked: Vec<(TargetReport, Option<Failure>)> = running.collect().await;
        let (mut targets, failures): (Vec<TargetReport>, Vec<Option<Failure>>) = checked.into_iter().unzip();
        let several = targets.len() > 1;
        let of_target = |(target, failure): (&TargetReport, Option<Failure>)| match several {
            true => failure.map(|failure| failure.at(format!("target {}", target.target))),
            false => failure,
        };
        let failures = targets.iter().zip(failures).filter_map(of_target).collect();
        for target in targets.iter_mut().filter(|target| target.outcome.is_whole()) {
            target.last_success = Some(checked_at.clone());
        }
        let report = DriftReport {
            version: VERSION,
            checked_at,
            seconds: began.elapsed().as_secs_f64(),
            shard: args.shard,
            targets,
        };
        (report, failures)
    }
}

/// The targets that are named, or all where all are meant.
fn names(args: &CheckArgs, repository: &Repository) -> Result<Vec<String>, Failure> {
    let known = &repository.config().targets;
    if let Some(unknown) = args.targets.iter().find(|name| !known.contains_key(*name)) {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        return Err(Failure::usage(format!(
            "--targets: dashctl.yaml has no target {unknown:?}; it has {}",
            names.join(", ")
        )));
    }
    match args.all_targets {
        true if known.is_empty() => Err(Failure::usage("--all-targets: dashctl.yaml has no targets")),
        true => Ok(known.keys().cloned().collect()),
        false => Ok(args.targets.clone()),
    }
}

/// The time as reports have it, to the second.
pub fn now() -> String {
    let now = jiff::Timestamp::now();
    now.round(
        jiff::TimestampRound::new()
            .smallest(jiff::Unit::Second)
            .mode(jiff::RoundMode::Trunc),
    )
    .unwrap_or(now)
    .to_string()
}

fn name(connect: &ConnectArgs) -> &str {
    connect.target.as_deref().unwrap_or_default()
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
        last_success: None,
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
    let (name, url) = TargetOptions::from(connect)
        .meant(repository, &Environment::of_process())
        .unwrap_or_else(|| (connect.target.clone(), String::new()));
    let or_url = if url.is_empty() {
        "unknown".to_owned()
    } else {
        url.clone()
    };
    let names = [name.unwrap_or(or_url), url, config.repository.clone()];
    let outcome = match failure.code() {
        Exit::Denied => Outcome::Denied,
        _ => Outcome::Failed,
    };
    TargetReport::unknown(names, outcome, &failure.message())
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
