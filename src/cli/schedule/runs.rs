use serde::Serialize;
use serde_json::Value;

use super::args::Args;
use super::cluster::{open, place};
use crate::cli::output::{printable, table};
use crate::cli::{Exit, Failure};
use crate::repository::Repository;
use crate::schedule::Settings;
use crate::schedule::kubernetes::{Outcome, Run};
use crate::stack::kubernetes::Cluster;
use crate::stack::{Kind, ObjectId};

/// The CronJob and its runs, for machines.
#[derive(Serialize)]
struct StatusResult {
    version: u32,
    name: String,
    namespace: String,
    schedule: String,
    time_zone: String,
    suspended: bool,
    last_scheduled: Option<String>,
    runs: Vec<Run>,
}

/// Shows the last runs.
///
/// # Errors
///
/// Nothing is installed, or the cluster can't be read.
pub async fn run(args: &Args, settings: &Settings, repository: &Repository) -> Result<Exit, Failure> {
    let (cluster, _) = open(args, settings, repository).await?;
    let id = ObjectId {
        kind: Kind::CronJob,
        namespace: Some(settings.kubernetes.namespace().to_owned()),
        name: settings.kubernetes.name().to_owned(),
    };
    let Some(cron_job) = cluster.get(&id).await? else {
        return Err(Failure::new(format!("there is no {id} in {}", place(&cluster)))
            .hint("`dashctl schedule kubernetes --apply` installs it"));
    };
    let text = |pointer: &str| cron_job.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let result = StatusResult {
        version: 1,
        name: id.name.clone(),
        namespace: settings.kubernetes.namespace().to_owned(),
        schedule: text("/spec/schedule").unwrap_or_default(),
        time_zone: text("/spec/timeZone").unwrap_or_default(),
        suspended: cron_job.pointer("/spec/suspend") == Some(&Value::Bool(true)),
        last_scheduled: text("/status/lastScheduleTime"),
        runs: runs(&cluster, &cron_job, settings).await?,
    };
    args.output.write(&result, || show(&result))?;
    let last = result.runs.iter().find(|run| run.outcome != Outcome::Running);
    Ok(match last.map(|run| run.outcome) {
        Some(Outcome::Failed) => Exit::Differs,
        _ => Exit::Done,
    })
}

/// The newest first.
async fn runs(cluster: &Cluster, cron_job: &Value, settings: &Settings) -> Result<Vec<Run>, Failure> {
    let namespace = settings.kubernetes.namespace();
    let jobs = cluster
        .list(&format!("/apis/batch/v1/namespaces/{namespace}/jobs"), "")
        .await?;
    let pods = cluster
        .list(&format!("/api/v1/namespaces/{namespace}/pods"), "")
        .await?;
    let mut runs: Vec<Run> = jobs.iter().filter_map(|job| Run::of(cron_job, job, &pods)).collect();
    runs.sort_by(|a, b| b.started.cmp(&a.started));
    Ok(runs)
}

fn show(result: &StatusResult) -> String {
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
