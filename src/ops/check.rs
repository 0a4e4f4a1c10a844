use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use futures::{StreamExt, stream};

use super::preview::is_preview;
use super::verify::went_empty;
use super::{Environment, Error, Kind, Person, Review, ReviewOptions, Session, TargetOptions};
use crate::grafana::Hit;
use crate::nearest::did_you_mean;
use crate::report::{
    DashboardReport, DataSourceReport, DriftReport, FailureReport, Outcome, Shard, TargetAddress, TargetReport,
    UnmanagedReport, VERSION,
};
use crate::repository::Repository;

/// How many targets are looked at at the same time: one that hangs must not hold up the others.
const TARGETS_IN_FLIGHT: usize = 8;

/// What a check is to look at.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// Names, uids, folders or globs, how many at a time, and which part of them.
    pub review: ReviewOptions,
    /// The Grafana that is meant, where not all or some targets are.
    pub target: TargetOptions,
    /// Whether all targets of `dashctl.yaml` are checked.
    pub all_targets: bool,
    /// The targets that are checked, where some are named.
    pub targets: Vec<String>,
    /// Whether dashboards are listed that the repository doesn't know.
    pub unmanaged: bool,
}

/// A check of a repository's targets that is about to be made.
#[derive(Debug, Clone)]
pub struct Check {
    repository: Repository,
    targets: Vec<TargetOptions>,
    person: Arc<dyn Person>,
}

impl Check {
    /// The check that is meant: of one target, or of all.
    ///
    /// # Errors
    ///
    /// No repository, or one without targets.
    pub fn of(repository: Repository, options: &CheckOptions, person: Arc<dyn Person>) -> Result<Self, Error> {
        let names = names(options, &repository)?;
        let named = |name| TargetOptions {
            target: Some(name),
            ..options.target.clone()
        };
        let targets = match names.is_empty() {
            true => vec![options.target.clone()],
            false => names.into_iter().map(named).collect(),
        };
        Ok(Self {
            repository,
            targets,
            person,
        })
    }

    /// The targets that are to be looked at, by name; one without a name where just one is meant.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        self.targets.iter().map(name)
    }

    /// The names of all targets that the repository has.
    pub fn known(&self) -> Vec<String> {
        self.repository.config().targets.keys().cloned().collect()
    }

    /// The repository.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Which panels went empty on its targets since the last time this was asked, and why some could not be looked at.
    pub async fn went_empty(&self) -> (Vec<String>, Vec<Error>) {
        let (mut gone, mut failures) = (Vec::new(), Vec::new());
        for target in &self.targets {
            match went_empty(&self.repository, target, self.person.clone()).await {
                Ok(found) => gone.extend(found.into_iter().map(|one| match name(target) {
                    "" => one,
                    target => format!("{target}: {one}"),
                })),
                Err(error) => failures.push(error),
            }
        }
        (gone, failures)
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
    pub async fn make(&self, options: &CheckOptions) -> (DriftReport, Vec<Error>) {
        let began = Instant::now();
        let checked_at = now();
        let one = |connect: &TargetOptions| check_one(self, options, connect.clone());
        let running = stream::iter(self.targets.iter().map(one)).buffered(TARGETS_IN_FLIGHT);
        let checked: Vec<(TargetReport, Option<Error>)> = running.collect().await;
        let (mut targets, failures): (Vec<TargetReport>, Vec<Option<Error>>) = checked.into_iter().unzip();
        let several = targets.len() > 1;
        let of_target = |(target, error): (&TargetReport, Option<Error>)| match several {
            true => error.map(|error| error.at(format!("target {}", target.target))),
            false => error,
        };
        let failures = targets.iter().zip(failures).filter_map(of_target).collect();
        for target in targets.iter_mut().filter(|target| target.outcome.is_whole()) {
            target.last_success = Some(checked_at.clone());
        }
        let report = DriftReport {
            version: VERSION,
            checked_at,
            seconds: began.elapsed().as_secs_f64(),
            shard: options.review.shard,
            targets,
        };
        (report, failures)
    }
}

/// The targets that are named, or all where all are meant.
fn names(options: &CheckOptions, repository: &Repository) -> Result<Vec<String>, Error> {
    let known = &repository.config().targets;
    if let Some(unknown) = options.targets.iter().find(|name| !known.contains_key(*name)) {
        let names: Vec<&str> = known.keys().map(String::as_str).collect();
        return Err(Error::usage(format!(
            "--targets: dashctl.yaml has no target {unknown:?}; it has {}{}",
            names.join(", "),
            did_you_mean(unknown, names.iter().copied())
        )));
    }
    match options.all_targets {
        true if known.is_empty() => Err(Error::usage("--all-targets: dashctl.yaml has no targets")),
        true => Ok(known.keys().cloned().collect()),
        false => Ok(options.targets.clone()),
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

fn name(connect: &TargetOptions) -> &str {
    connect.target.as_deref().unwrap_or_default()
}

async fn check_one(check: &Check, options: &CheckOptions, connect: TargetOptions) -> (TargetReport, Option<Error>) {
    match look(check, options, &connect).await {
        Ok(report) => (report, None),
        Err(error) => (failed(&check.repository, &connect, &error), Some(error)),
    }
}

async fn look(check: &Check, options: &CheckOptions, connect: &TargetOptions) -> Result<TargetReport, Error> {
    let session = Session::open(check.repository.clone(), connect, check.person.clone())?;
    let review = Review::make_all(session, &options.review).await?;
    let unmanaged = match options.unmanaged {
        true => Some(unmanaged(&review, options.review.shard).await?),
        false => None,
    };
    review.close().await;
    Ok(report(&review, unmanaged))
}

fn report(review: &Review, unmanaged: Option<Vec<UnmanagedReport>>) -> TargetReport {
    let mut totals = BTreeMap::new();
    for item in review.all() {
        *totals.entry(item.state.slug().to_owned()).or_default() += 1;
    }
    let url = review.session.grafana.url().to_owned();
    let outcome = match review.failure() {
        Some(Kind::Denied) => Outcome::Denied,
        Some(_) => Outcome::Partial,
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
        dashboards: review.all().map(DashboardReport::from).collect(),
        data_sources: review.data_sources.iter().map(DataSourceReport::from).collect(),
        failed: review.failed.iter().map(FailureReport::from).collect(),
        unmanaged,
        requests: review.session.grafana.requests(),
    }
}

fn failed(repository: &Repository, connect: &TargetOptions, error: &Error) -> TargetReport {
    let config = repository.config();
    let (name, url) = connect
        .meant(repository, &Environment::of_process())
        .unwrap_or_else(|| (connect.target.clone(), String::new()));
    let or_url = if url.is_empty() {
        "unknown".to_owned()
    } else {
        url.clone()
    };
    let address = TargetAddress {
        target: name.unwrap_or(or_url),
        url,
        repository: config.repository.clone(),
    };
    let outcome = match error.kind() {
        Kind::Denied => Outcome::Denied,
        _ => Outcome::Failed,
    };
    TargetReport::unknown(address, outcome, &error.message())
}

/// The dashboards that no file of the repository stands for, of them those that fall to the shard.
async fn unmanaged(review: &Review, shard: Option<Shard>) -> Result<Vec<UnmanagedReport>, Error> {
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
    let unknown = |hit: &Hit| ours(hit) && !uids.contains(&hit.uid) && !is_preview(hit);
    Ok(hits.into_iter().filter(unknown).map(row).collect())
}

/// The uids of all dashboards of the repository, also of those that were not looked at.
fn uids(review: &Review) -> Result<BTreeSet<String>, Error> {
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
