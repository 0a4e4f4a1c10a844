use serde::Serialize;

use super::output::OutputArgs;
use super::review::{FailedRow, Review, ReviewArgs};
use super::{Exit, Failure};
use crate::grafana::Hit;
use crate::plan::{DataSourceAction, Item, State};
use crate::report::{DriftText, totals};

/// Tells what differs between Grafana and the repository, who changed it, when, and what
///
/// A dashboard that was only re-saved or migrated by a newer Grafana has not drifted.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "States: in sync · resave (differs by noise only) · drift (somebody changed it) · pending (not applied yet)
  · diverged (both) · missing · unowned (no mark of this repository) · foreign (another tool's) · unsupported

Examples:
  dashctl drift
  dashctl drift Kubernetes -o json=drift.json -o text
  dashctl drift --unmanaged"
)]
pub struct Args {
    #[command(flatten)]
    review: ReviewArgs,
    /// List also the dashboards of the target that the repository doesn't know
    #[arg(long)]
    unmanaged: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// The result as machines read it; `version` rises when a field changes its meaning or leaves.
#[derive(Serialize)]
struct DriftResult<'a> {
    version: u32,
    target: &'a str,
    repository: &'a str,
    checked_at: String,
    totals: Vec<Total>,
    dashboards: &'a [Item],
    data_sources: Vec<DataSourceRow<'a>>,
    failed: Vec<FailedRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unmanaged: Option<Vec<Unmanaged>>,
    requests: usize,
}

#[derive(Serialize)]
struct Total {
    state: State,
    number: usize,
}

#[derive(Serialize)]
struct DataSourceRow<'a> {
    name: &'a str,
    in_sync: bool,
    action: &'a DataSourceAction,
}

impl<'a> DataSourceRow<'a> {
    fn of((name, action): &'a (String, DataSourceAction)) -> Self {
        Self {
            name,
            in_sync: *action == DataSourceAction::Nothing,
            action,
        }
    }
}

#[derive(Serialize)]
struct Unmanaged {
    uid: String,
    title: String,
    folder: String,
    url: String,
}

/// Runs the verb.
///
/// # Errors
///
/// A repository that is wrong, or a target that can't be reached.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let review = Review::make_all(&args.review).await?;
    let unmanaged = if args.unmanaged {
        Some(unmanaged(&review).await?)
    } else {
        None
    };
    review.close().await;
    let total = |(state, number)| Total { state, number };
    let result = DriftResult {
        version: 1,
        target: review.session.grafana.url(),
        repository: &review.session.repository.config().repository,
        checked_at: jiff::Timestamp::now().to_string(),
        totals: totals(&review.items).into_iter().map(total).collect(),
        dashboards: &review.items,
        data_sources: review.data_sources.iter().map(DataSourceRow::of).collect(),
        failed: review.failed.iter().map(FailedRow::from).collect(),
        unmanaged,
        requests: review.session.grafana.requests(),
    };
    args.output
        .write(&result, || text(&review, result.unmanaged.as_deref()))?;
    let differs = if review.differs() {
        Exit::differs(args.review.exit_code)
    } else {
        Exit::Done
    };
    Ok(differs.worse(review.failure_exit()))
}

async fn unmanaged(review: &Review) -> Result<Vec<Unmanaged>, Failure> {
    let known = |hit: &Hit| review.items.iter().any(|item| item.uid == hit.uid);
    let hits = review.session.grafana.dashboards().await?;
    let row = |hit: Hit| Unmanaged {
        uid: hit.uid,
        title: hit.title,
        folder: if hit.folder_title.is_empty() {
            "General".into()
        } else {
            hit.folder_title
        },
        url: hit.url,
    };
    Ok(hits.into_iter().filter(|hit| !known(hit)).map(row).collect())
}

fn text(review: &Review, unmanaged: Option<&[Unmanaged]>) -> String {
    let mut text = format!("{}{}", review.data_source_text(), review.failed_text());
    if let Some(unmanaged) = unmanaged {
        for one in unmanaged {
            let line = format!("? unmanaged {} / {} (uid {})", one.folder, one.title, one.uid);
            text.push_str(&super::output::printable(&line));
            text.push('\n');
        }
    }
    text + &DriftText {
        items: &review.items,
        colour: super::output::colours(),
    }
    .to_string()
}
