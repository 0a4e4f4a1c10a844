//! What the queries ask for.

use std::collections::BTreeSet;

use super::expressions::{expressions, label_values};
use super::metrics::{DEAD_LABELS, EXPORTERS};
use super::words::{Word, words};
use super::{dashboards, drawing_panels, list, text};

/// All expressions of all editions, with their places.
fn all() -> Vec<(String, String)> {
    dashboards()
        .flat_map(|(edition, dashboard)| {
            let of_one = expressions(&dashboard).into_iter();
            of_one.map(move |one| (format!("{}, {}", edition.id, one.place), one.text))
        })
        .collect()
}

/// The labels that may be matched in a metric's braces.
fn labels(metric: &str) -> Option<Vec<&'static str>> {
    EXPORTERS.iter().find_map(|exporter| {
        let (_, own) = exporter.metrics.iter().find(|(name, _)| *name == metric)?;
        Some(own.iter().chain(exporter.target).copied().collect())
    })
}

#[test]
fn every_panel_asks_for_something() {
    for (_, dashboard) in dashboards() {
        for (place, panel) in drawing_panels(&dashboard) {
            let targets = list(&panel["targets"]);
            let refs: BTreeSet<&str> = targets.iter().map(|target| text(&target["refId"])).collect();
            assert!(!targets.is_empty(), "{place}: no query");
            assert_eq!(refs.len(), targets.len(), "{place}: a refId stands twice");
            for target in targets {
                assert!(!text(&target["expr"]).trim().is_empty(), "{place}: an empty query");
                assert!(!text(&target["refId"]).is_empty(), "{place}: no refId");
                // $__rate_interval is 4 times this at least: the chart scrapes once a minute.
                assert_eq!(target["interval"], "1m", "{place}");
            }
        }
    }
}

#[test]
fn every_metric_is_one_that_a_current_cluster_has() {
    for (place, expression) in all() {
        for word in words(&expression) {
            if let Word::Metric(metric) = word {
                assert!(labels(&metric).is_some(), "{place}: {metric}\n{expression}");
            }
        }
    }
}

#[test]
fn every_matched_label_is_one_that_the_metric_has() {
    for (place, expression) in all() {
        for word in words(&expression) {
            if let Word::Matcher { metric, label } = word {
                let known = labels(&metric).unwrap_or_default();
                assert!(
                    known.contains(&label.as_str()),
                    "{place}: {metric} has no {label}\n{expression}"
                );
            }
        }
    }
}

#[test]
fn no_name_is_dead() {
    for (place, expression) in all() {
        for word in words(&expression) {
            let (Word::Grouping(name) | Word::Matcher { label: name, .. } | Word::Metric(name) | Word::Range(name)) =
                word;
            assert!(!DEAD_LABELS.contains(&name.as_str()), "{place}: {name}\n{expression}");
        }
    }
}

/// A metric of the table that nothing asks for would be a claim that nobody checks.
#[test]
fn every_metric_of_the_table_is_asked_for() {
    let used: BTreeSet<Word> = all().iter().flat_map(|(_, expression)| words(expression)).collect();
    for exporter in EXPORTERS {
        for (metric, _) in exporter.metrics {
            let name = exporter.name;
            assert!(
                used.contains(&Word::Metric((*metric).to_owned())),
                "{name}: nothing asks for {metric}"
            );
        }
    }
}

/// The pod's own cgroup is there beside its containers': a sum of both counts twice.
#[test]
fn containers_are_summed_without_their_pods_cgroup() {
    for (place, expression) in all() {
        for metric in [
            "container_cpu_",
            "container_memory_",
            "container_threads",
            "container_fs_",
            "container_start_",
        ] {
            for (at, _) in expression.match_indices(metric) {
                let selector = expression[at..].split('}').next().unwrap_or_default();
                assert!(selector.contains("container!=\"\""), "{place}: {selector}");
            }
        }
    }
}

#[test]
fn rates_are_over_the_step_or_the_whole_range() {
    for (place, expression) in all() {
        for word in words(&expression) {
            if let Word::Range(range) = word {
                let known = ["$__rate_interval", "$__range"].contains(&range.as_str());
                assert!(known, "{place}: [{range}]\n{expression}");
            }
        }
    }
}

/// A single value and a table need one answer, not a series of them.
#[test]
fn what_shows_one_value_asks_once() {
    for (_, dashboard) in dashboards() {
        for (place, panel) in drawing_panels(&dashboard) {
            let kind = super::kind(panel);
            let sparkline = panel["options"]["graphMode"] == "area";
            for target in list(&panel["targets"]) {
                assert_eq!(target["instant"] == true, kind != "timeseries" && !sparkline, "{place}");
                assert_eq!(target["format"] == "table", kind == "table", "{place}");
                assert!(
                    kind == "timeseries" || !text(&target["expr"]).contains("[$__range:"),
                    "{place}: a subquery over the whole range"
                );
            }
        }
    }
}

#[test]
fn variables_list_labels_that_the_metric_has() {
    for (edition, dashboard) in dashboards() {
        for variable in list(&dashboard["templating"]["list"])
            .iter()
            .filter(|variable| variable["type"] == "query")
        {
            let query = text(&variable["query"]["query"]);
            assert_eq!(variable["definition"], query, "{}", edition.id);
            let (selector, label) = label_values(query).unwrap_or_else(|| panic!("{}: {query}", edition.id));
            let Some(Word::Metric(metric)) = words(selector).into_iter().next() else {
                panic!("{}: {query}", edition.id);
            };
            assert!(
                labels(&metric).unwrap_or_default().contains(&label),
                "{}: {query}",
                edition.id
            );
        }
    }
}
