//! `dashctl drift`: what differs between Grafana and the repository, who did it, when, and what.

mod check;
mod receivers;

pub use check::{Check, CheckArgs, Checked, exit};
pub use receivers::ReceiverArgs;

use std::time::Duration;

use super::output::{OutputArgs, colours, printable};
use super::stack::duration;
use super::{Exit, Failure};
use crate::report::{DriftReport, DriftText, Outcome};

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
  dashctl drift --all-targets -o json=drift.json -o text
  dashctl drift --unmanaged"
)]
pub struct Args {
    #[command(flatten)]
    check: CheckArgs,
    #[command(flatten)]
    receivers: ReceiverArgs,
    /// How often the check runs (15m, 1h): an alert lasts twice as long
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration, help_heading = "Who is told")]
    interval: Duration,
    #[command(flatten)]
    output: OutputArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// A repository that is wrong, or the only target can't be looked at.
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let check = Check::of(&args.check)?;
    let (mut seen, unseen) = match args.receivers.seen() {
        Ok(seen) => (Some(seen), Exit::Done),
        Err(failure) => (None, failure.report()),
    };
    let (report, mut checked) = check.make(&args.check).await;
    let told = args
        .receivers
        .tell(&report, &check.known(), args.interval, seen.as_mut())
        .await;
    if let [only] = &mut checked[..]
        && !args.check.all_targets
        && args.output.output.is_empty()
        && let Some(failure) = only.failure.take()
    {
        return Err(failure);
    }
    args.output.write(&report, || text(&report, &checked))?;
    for failure in checked.iter_mut().filter_map(|checked| checked.failure.take()) {
        failure.report();
    }
    Ok(exit(&report, Exit::differs(args.check.review.exit_code))
        .worse(told)
        .worse(unseen))
}

/// The check for people, target by target.
pub fn text(report: &DriftReport, checked: &[Checked]) -> String {
    let mut text = String::new();
    for (target, one) in report.targets.iter().zip(checked) {
        if checked.len() > 1 {
            text.push_str(&format!(
                "== {} ({})\n",
                printable(&target.target),
                printable(&target.url)
            ));
        }
        match &one.review {
            Some(review) => {
                text.push_str(&format!("{}{}", review.data_source_text(), review.failed_text()));
                for unmanaged in target.unmanaged.iter().flatten() {
                    let line = format!(
                        "? unmanaged {} / {} (uid {})",
                        unmanaged.folder, unmanaged.title, unmanaged.uid
                    );
                    text.push_str(&format!("{}\n", printable(&line)));
                }
                let items = DriftText {
                    items: &review.items,
                    colour: colours(),
                };
                text.push_str(&items.to_string());
            }
            None => {
                let word = if target.outcome == Outcome::Denied {
                    "denied"
                } else {
                    "failed"
                };
                let error = target.error.as_deref().unwrap_or_default();
                text.push_str(&format!("x {word}    {}\n", printable(error)));
            }
        }
    }
    text
}
