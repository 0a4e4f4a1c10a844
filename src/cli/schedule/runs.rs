use crate::cli::output::{OutputArgs, printable, table};
use crate::cli::{Exit, Failure};
use crate::ops::schedule::{ScheduledCheck, Status};
use crate::schedule::kubernetes::{Outcome, Run};

/// Shows the last runs.
///
/// # Errors
///
/// Nothing is installed, or the cluster can't be read.
pub async fn run(check: &ScheduledCheck<'_>, output: &OutputArgs) -> Result<Exit, Failure> {
    let status = check.status().await?;
    output.write(&status, || show(&status))?;
    let last = status.runs.iter().find(|run| run.outcome != Outcome::Running);
    Ok(match last.map(|run| run.outcome) {
        Some(Outcome::Failed) => Exit::Differs,
        _ => Exit::Done,
    })
}

fn show(result: &Status) -> String {
    let suspended = if result.suspended { ", suspended" } else { "" };
    let mut text = printable(&format!(
        "CronJob {}/{}: {} {}{suspended}",
        result.namespace, result.name, result.schedule, result.time_zone
    ));
    text.push('\n');
    if result.runs.is_empty() {
        text.push_str("It hasn't run yet.\n");
        return text;
    }
    let row = |run: &Run| {
        let took = run.seconds.map(|seconds| format!("{seconds}s")).unwrap_or_default();
        vec![
            run.name.clone(),
            run.started.clone(),
            took,
            run.outcome.name().to_owned(),
            format!("{}/{}", run.succeeded, run.pods),
        ]
    };
    text.push_str(&table(
        &["RUN", "STARTED", "TOOK", "RESULT", "PODS"],
        result.runs.iter().map(row),
    ));
    for run in &result.runs {
        for trouble in &run.troubles {
            text.push_str(&format!("{}: {}\n", printable(&run.name), printable(trouble)));
        }
    }
    text.push_str(&format!(
        "What a run found: kubectl --namespace {} logs job/RUN --all-containers\n",
        result.namespace
    ));
    text
}
