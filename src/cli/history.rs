use serde::Serialize;

use super::connect::ConnectArgs;
use super::output::{OutputArgs, table};
use super::session::find_repository;
use super::{Environment, Exit, Failure};
use crate::apply::Surroundings;
use crate::dashboard::compare::{Comparison, Context, compare};
use crate::grafana::{Grafana, LiveDashboard, Version};
use crate::plan::Mark;
use crate::repository::Repository;

/// Lists a dashboard's versions in Grafana: who, when, with which message, and what changed
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The dashboard's uid, or its name in the repository
    #[arg(value_name = "UID")]
    what: String,
    /// How many of the newest versions
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    connect: ConnectArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Serialize)]
struct Row {
    version: u64,
    when: String,
    author: String,
    message: String,
    dashctl: bool,
    summary: String,
}

/// Runs the verb.
///
/// # Errors
///
/// No such dashboard, its history may not be read, or the server can't be reached.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let repository = find_repository()?;
    let connected = args.connect.connect(repository.as_ref(), &Environment::of_process())?;
    let uid = uid_of(&args.what, repository.as_ref(), connected.target.as_deref());
    let rows = rows(&connected.grafana, &uid, args.limit).await;
    connected.grafana.close().await;
    let rows = rows?;
    args.output.write(&rows, || {
        let row = |row: &Row| {
            vec![
                row.version.to_string(),
                row.when.clone(),
                row.author.clone(),
                row.message.clone(),
                row.summary.clone(),
            ]
        };
        table(&["VERSION", "WHEN", "WHO", "MESSAGE", "CHANGE"], rows.iter().map(row))
    })?;
    Ok(Exit::Done)
}

/// A name of the repository stands for its uid; everything else is one.
pub fn uid_of(what: &str, repository: Option<&Repository>, target: Option<&str>) -> String {
    let name = crate::repository::Name::parse(what).ok();
    let entry = repository
        .zip(name)
        .and_then(|(repository, name)| repository.entry(&name, target).ok());
    entry.map_or_else(|| what.to_owned(), |entry| entry.uid.to_string())
}

/// The dashboard that a verb about history is about.
///
/// # Errors
///
/// It isn't there, or the server can't be reached.
pub async fn live(grafana: &Grafana, uid: &str) -> Result<LiveDashboard, Failure> {
    grafana.dashboard(uid).await?.ok_or_else(|| {
        Failure::new(format!("{} has no dashboard with the uid {uid:?}", grafana.url()))
            .hint("`dashctl drift --unmanaged` lists what there is")
    })
}

async fn rows(grafana: &Grafana, uid: &str, limit: usize) -> Result<Vec<Row>, Failure> {
    let live = live(grafana, uid).await?;
    let entries = grafana.versions(&live, uid).await?;
    let context = Surroundings::read(grafana, false).await?.context();
    let mut rows = Vec::new();
    let mut newer: Option<Version> = None;
    // One more than is shown: the oldest that is shown is compared with it.
    for entry in entries.iter().take(limit.saturating_add(1)) {
        let version = grafana.version(&live, uid, entry.version).await?;
        if let Some(newer) = newer.take() {
            rows.push(row(&newer, Some(&version), &context));
        }
        newer = Some(version);
    }
    if let Some(oldest) = newer.filter(|_| rows.len() < limit) {
        rows.push(row(&oldest, None, &context));
    }
    Ok(rows)
}

fn row(version: &Version, before: Option<&Version>, context: &Context) -> Row {
    let summary = match before {
        Some(before) => summary(&compare(&before.dashboard, &version.dashboard, context)),
        None if version.version == 1 => "created".to_owned(),
        None => "the oldest that is kept".to_owned(),
    };
    Row {
        version: version.version,
        when: version.created.clone(),
        author: version.author.to_string(),
        message: version.message.clone(),
        dashctl: Mark::parse(&version.message).is_some(),
        summary,
    }
}

/// A change in one line: its first place, and how many more there are.
pub fn summary(comparison: &Comparison) -> String {
    let first = comparison.changes.first().map(|change| change.place.to_string());
    let first = first.or_else(|| comparison.undecidable.first().map(|one| one.place.to_string()));
    match (first, comparison.differences()) {
        (None, _) if comparison.noise.is_empty() => "saved unchanged".to_owned(),
        (None, _) => "re-saved: nothing but defaults and migration".to_owned(),
        (Some(first), 1) => first,
        (Some(first), number) => format!("{first}, and {} more", number - 1),
    }
}
