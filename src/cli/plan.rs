use std::path::PathBuf;

use serde::Serialize;

use super::format::PlanFormat;
use super::output::OutputArgs;
use super::review::ReviewArgs;
use super::{Exit, Failure};
use crate::ops::{FailedRow, PlannedRow, SavedPlan, library, prune};
use crate::plan::{DataSourceAction, Permissions};
use crate::report::{Html, Markdown, PlanText};
use crate::repository::Name;

/// Shows what `apply` would do, and writes nothing
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl plan
  dashctl plan Kubernetes 'Teams/*' --out plan.json && dashctl apply plan.json
  dashctl plan -o markdown=comment.md -o html=plan.html -o text")]
pub struct Args {
    /// Plan to take over dashboards that aren't this repository's
    #[arg(long)]
    adopt: bool,
    /// Plan to write over what others changed
    #[arg(long)]
    overwrite_drift: bool,
    /// Refuse dashboards that refer to data sources or library panels which the target lacks, instead of a warning
    #[arg(long)]
    strict: bool,
    /// Keep the plan in a file, for `dashctl apply FILE`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    output: OutputArgs<PlanFormat>,
    #[command(flatten)]
    review: ReviewArgs,
}

#[derive(Serialize)]
struct PlanResult<'a> {
    version: u32,
    target: &'a str,
    dashboards: Vec<PlannedRow<'a>>,
    folders: Vec<String>,
    data_sources: Vec<DataSourceRow<'a>>,
    failed: Vec<FailedRow>,
}

#[derive(Serialize)]
struct DataSourceRow<'a> {
    name: &'a str,
    action: &'a DataSourceAction,
}

/// Runs the verb.
///
/// # Errors
///
/// A repository that is wrong, or a target that can't be reached.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let permissions = Permissions {
        adopt: args.adopt,
        overwrite_drift: args.overwrite_drift,
    };
    let mut review = args.review.make().await?;
    let foreseen = review.foresee(permissions, args.strict).await;
    review.close().await;
    foreseen?;
    let result = PlanResult {
        version: 1,
        target: review.session.grafana.url(),
        dashboards: review
            .all()
            .map(|item| PlannedRow {
                action: item.action(permissions),
                item,
            })
            .collect(),
        folders: review.new_folders(permissions),
        data_sources: review
            .data_sources
            .iter()
            .map(|(name, action)| DataSourceRow { name, action })
            .collect(),
        failed: review.failed.iter().map(FailedRow::from).collect(),
    };
    let mut waiting: Vec<String> = prune::waiting(&review)?.iter().map(Name::to_string).collect();
    waiting.extend(library::waiting(&review)?);
    let waiting = left(&waiting);
    let plan = review.plan(permissions, 0);
    args.output.write_each(|format, colour| match format {
        PlanFormat::Text => Ok(PlanText { plan: &plan, colour }.to_string() + &waiting),
        PlanFormat::Json => Ok(serde_json::to_string_pretty(&result).map_err(Failure::new)? + "\n"),
        PlanFormat::Markdown => Ok(Markdown::new(&plan).to_string()),
        PlanFormat::Html => Ok(Html::new(&plan).to_string()),
    })?;
    if let Some(path) = &args.out {
        SavedPlan::of(&review, permissions).write(path)?;
    }
    let differs = if review.differs() {
        Exit::differs(args.review.exit_code)
    } else {
        Exit::Done
    };
    Ok(differs.worse(Exit::of(review.failure())))
}

/// A word on what left the repository and waits for `apply --prune`.
fn left(names: &[String]) -> String {
    match names.is_empty() {
        true => String::new(),
        false => format!(
            "Left the repository, and stay in Grafana until `dashctl apply --prune`: {}\n",
            names.join(", ")
        ),
    }
}
