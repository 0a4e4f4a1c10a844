//! What a Prometheus has of some metrics, in few requests.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::question::moment;
use super::source::Source;
use crate::prometheus::Refused;
use crate::verify::{Labels, Window};

/// So many series of all metrics that are asked for are read one by one; of metrics with more only the labels are.
const SERIES: u64 = 20_000;
/// Series are looked for in the end of the time range: a day's pods would be too many.
const LOOK_BACK: f64 = 3600.0;

/// The names of all metrics.
///
/// # Errors
///
/// It can't be asked.
pub async fn names(source: &Source) -> Result<(), Refused> {
    let names = source.texts("label/__name__/values", &[]).await?;
    source.known().add_names(names);
    Ok(())
}

/// The names of all labels.
///
/// # Errors
///
/// It can't be asked.
pub async fn label_names(source: &Source) -> Result<(), Refused> {
    let names = source.texts("labels", &[]).await?;
    source.known().add_label_names(names);
    Ok(())
}

/// The series of these metrics, those of them that aren't known yet. `labels` are those whose values matter where there are
/// too many series.
///
/// # Errors
///
/// It can't be asked.
pub async fn series(
    source: &Source,
    metrics: &BTreeSet<String>,
    labels: &BTreeSet<String>,
    window: Window,
) -> Result<(), Refused> {
    let open: Vec<String> = {
        let known = source.known();
        let unknown = |metric: &&String| known.has(metric) && known.labels(metric).is_none();
        metrics.iter().filter(unknown).cloned().collect()
    };
    if open.is_empty() || source.is_file() {
        return Ok(());
    }
    let counts = counts(source, &open, window).await?;
    let (mut few, mut left) = (Vec::new(), SERIES);
    let mut by_count: Vec<(u64, &String)> = open
        .iter()
        .map(|metric| (counts.get(metric).copied().unwrap_or(0), metric))
        .collect();
    by_count.sort();
    for (count, metric) in by_count {
        match left.checked_sub(count) {
            Some(rest) => {
                left = rest;
                few.push(metric);
            }
            None => summary(source, metric, labels, window).await?,
        }
    }
    let mut parameters = time(window);
    parameters.extend(few.iter().map(|metric| ("match[]", named(metric))));
    if few.is_empty() {
        return Ok(());
    }
    let found = list(source, &parameters).await?;
    let mut known = source.known();
    for metric in few {
        known.asked(metric);
    }
    known.add(found);
    Ok(())
}

/// All series of these metrics.
///
/// # Errors
///
/// It can't be asked.
pub async fn all_series(source: &Source, metrics: &[String], window: Window) -> Result<Vec<Labels>, Refused> {
    let mut parameters = time(window);
    parameters.extend(metrics.iter().map(|metric| ("match[]", named(metric))));
    list(source, &parameters).await
}

async fn list(source: &Source, parameters: &[(&str, String)]) -> Result<Vec<Labels>, Refused> {
    let answer = source.ask("series", parameters).await?;
    serde_json::from_value(answer.content.clone()).map_err(|error| Refused {
        status: None,
        said: format!("the answer is not a list of series: {error}"),
    })
}

/// How many series each metric has now.
async fn counts(source: &Source, metrics: &[String], window: Window) -> Result<BTreeMap<String, u64>, Refused> {
    let query = format!("count by (__name__) ({{__name__=~\"{}\"}})", metrics.join("|"));
    let answer = source
        .ask("query", &[("query", query), ("time", moment(window.to))])
        .await?;
    let list = answer
        .content
        .get("result")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let one = |sample: &Value| {
        let name = sample.pointer("/metric/__name__")?.as_str()?.to_owned();
        Some((name, sample.pointer("/value/1")?.as_str()?.parse().ok()?))
    };
    Ok(list.iter().filter_map(one).collect())
}

async fn summary(source: &Source, metric: &str, wanted: &BTreeSet<String>, window: Window) -> Result<(), Refused> {
    let mut parameters = time(window);
    parameters.push(("match[]", named(metric)));
    let mut labels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for label in source.texts("labels", &parameters).await? {
        let values = match wanted.contains(&label) {
            true => source.texts(&format!("label/{label}/values"), &parameters).await?,
            false => Vec::new(),
        };
        if label != "__name__" {
            labels.insert(label, values.into_iter().collect());
        }
    }
    source.known().summarize(metric, labels);
    Ok(())
}

fn time(window: Window) -> Vec<(&'static str, String)> {
    let from = window.from.max(window.to - LOOK_BACK);
    vec![("start", moment(from)), ("end", moment(window.to))]
}

fn named(metric: &str) -> String {
    format!("{{__name__=\"{metric}\"}}")
}
