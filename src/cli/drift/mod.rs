//! `dashctl drift`: what differs between Grafana and the repository, who did it, when, and what.

mod check;
mod learn;
mod receivers;
mod report;

pub use check::{CheckArgs, exit};
pub use receivers::ReceiverArgs;

use std::time::Duration;

use super::format::ReportFormat;
use super::output::{OutputArgs, warn};
use super::stack::duration;
use super::{Exit, Failure};
use crate::ops::Receivers;
use learn::LearnArgs;

/// Tells what differs between Grafana and the repository, who changed it, when, and what
///
/// A dashboard that was only re-saved or migrated by a newer Grafana has not drifted.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "States: in sync · resave (differs by noise only) · drift (somebody changed it) · pending (not applied yet)
  · diverged (both) · missing · unowned (no mark of this repository) · foreign (another tool's) · unsupported

Formats: text · json (its schema: dashctl schema drift) · junit (CI systems show it as tests) · markdown (a pull request's
  comment, a job's summary) · html (one page for a browser, with the dashboards drawn) · github (annotations of a workflow)

Examples:
  dashctl drift
  dashctl drift Kubernetes -o json=drift.json -o text
  dashctl drift --all-targets -o junit=drift.xml -o html=drift.html -o markdown
  dashctl drift --unmanaged
  dashctl drift --learn"
)]
pub struct Args {
    /// How often the check runs (15m, 1h): an alert lasts twice as long
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration, help_heading = "Who is told")]
    interval: Duration,
    /// Tell also which panels went empty since the last check (see dashctl verify)
    #[arg(long)]
    verify: bool,
    /// Draw the dashboards that differ, too
    #[arg(long)]
    picture: bool,
    #[command(flatten)]
    learn: LearnArgs,
    #[command(flatten)]
    output: OutputArgs<ReportFormat>,
    #[command(flatten)]
    check: CheckArgs,
    #[command(flatten)]
    receivers: ReceiverArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// A repository that is wrong, or the only target can't be looked at.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let check = args.check.check()?;
    let receivers = Receivers::from(args.receivers);
    let (mut seen, unseen) = match receivers.seen() {
        Ok(seen) => (Some(seen), Exit::Done),
        Err(error) => (None, Failure::from(error).report()),
    };
    let (report, mut failures) = check.make(&args.check.options()).await;
    let untold = receivers
        .tell(&report, &check.known(), args.interval, seen.as_mut())
        .await;
    let report_each = |error| Failure::from(error).report();
    let told = untold.into_iter().map(report_each).fold(unseen, Exit::worse);
    if !args.check.all_targets
        && report.targets.len() == 1
        && args.output.output.is_empty()
        && let Some(failure) = failures.pop()
    {
        return Err(failure.into());
    }
    let mut exit = exit(&report, Exit::differs(args.check.review.exit_code)).worse(told);
    for failure in failures {
        Failure::from(failure).report();
    }
    if let Err(failure) = args.output.write_report(&report, args.picture) {
        let found = format!("what the check has found all the same: {}", report.verdict());
        exit = exit.worse(failure.hint(found).report());
    }
    args.learn.run(&report, check.repository())?;
    if args.verify {
        let (gone, unlooked) = check.went_empty().await;
        for one in &gone {
            warn(one);
        }
        if !gone.is_empty() {
            exit = exit.worse(Exit::differs(args.check.review.exit_code));
        }
        for error in unlooked {
            exit = exit.worse(Failure::from(error).report());
        }
    }
    Ok(exit)
}
