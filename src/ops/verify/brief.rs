//! How many panels have data, in one line.

use std::sync::Arc;
use std::time::Duration;

use super::super::reader;
use super::Verifier;
use super::question::has_data;
use super::sources::Sources;
use super::wanted::Reader;
use crate::grafana::Grafana;
use crate::ops::{Environment, Unattended};
use crate::verify::{DashboardVerdict, Renames};

/// Nobody who imports waits longer for it.
const PATIENCE: Duration = Duration::from_secs(10);

/// A question that every Prometheus answers with something.
pub const ANSWERS: &str = "vector(1)";
/// One that only a Prometheus answers with something that has scraped for a while: one that has just come up has nothing
/// to show yet.
pub const SETTLED: &str = "up offset 10m";

/// The line that ends an import: `31 of 35 panels have data; dashctl verify my-pods says why the others don't`. Nothing
/// where no Prometheus has something for `probe` in time: what was asked for is done already.
pub async fn brief(grafana: &Arc<Grafana>, uids: &[String], probe: &str) -> Option<String> {
    if uids.is_empty() {
        return None;
    }
    let found = tokio::time::timeout(PATIENCE, look(grafana, uids, probe))
        .await
        .ok()??;
    Some(line(&found, uids))
}

async fn look(grafana: &Arc<Grafana>, uids: &[String], probe: &str) -> Option<Vec<DashboardVerdict>> {
    let data_sources = grafana.data_sources().await.ok()?;
    let sources = Sources::of_grafana(grafana, data_sources);
    let mut answers = false;
    for source in sources.all() {
        let answer = source.ask("query", &[("query", probe.to_owned())]).await;
        answers |= answer.is_ok_and(|answer| has_data(&answer.content));
    }
    if !answers {
        return None;
    }
    let environment = Environment::of_process();
    let reader = Reader {
        from: reader::Reader {
            repository: None,
            target: None,
            grafana: Some(grafana),
            surroundings: None,
            environment: &environment,
        },
        person: &Unattended,
    };
    let renames = Renames::with(&[]);
    let verifier = Verifier {
        sources: &sources,
        renames: &renames,
        fix_all: false,
        now: super::now(),
    };
    let mut found = Vec::new();
    for uid in uids {
        let read = reader.live(uid).await.ok()?;
        found.push(verifier.look_at(&read.wanted).await);
    }
    Some(found)
}

fn line(found: &[DashboardVerdict], uids: &[String]) -> String {
    let sum = |count: fn(&DashboardVerdict) -> usize| found.iter().map(count).sum::<usize>();
    let (with, of) = (sum(|one| one.with_data), sum(|one| one.checked));
    let what = match uids.len() {
        1..=3 => format!(" {}", uids.join(" ")),
        _ => String::new(),
    };
    match of - with {
        0 => format!("{with} of {of} panels have data"),
        _ => format!("{with} of {of} panels have data; dashctl verify{what} says why the others don't"),
    }
}
