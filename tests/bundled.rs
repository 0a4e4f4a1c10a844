//! The bundled editions: what every one of them must be, whatever it shows.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "bundled/expressions.rs"]
mod expressions;
#[path = "bundled/layout.rs"]
mod layout;
#[path = "bundled/metrics.rs"]
mod metrics;
#[path = "bundled/queries.rs"]
mod queries;
#[path = "bundled/variables.rs"]
mod variables;
#[path = "bundled/words.rs"]
mod words;

use dashctl::catalog::{BUNDLED, DRIFT, Edition};
use dashctl::dashboard::{panels, parse, title, to_sorted_text};
use serde_json::Value;

fn dashboards() -> impl Iterator<Item = (&'static Edition, Value)> {
    BUNDLED.iter().map(|edition| {
        let dashboard = parse(edition.bytes).unwrap_or_else(|error| panic!("{}: {error}", edition.id));
        (edition, dashboard.into_content())
    })
}

/// The editions, and what else the binary carries: what a file must be whatever its subject.
fn carried() -> impl Iterator<Item = (String, &'static [u8], Value)> {
    let editions = BUNDLED.iter().map(|edition| (edition.id.to_string(), edition.bytes));
    let all = editions.chain([("dashctl-drift".to_owned(), DRIFT)]);
    all.map(|(name, bytes)| {
        let dashboard = parse(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, bytes, dashboard.into_content())
    })
}

/// All panels but rows and texts, each with the words that a failure should begin with.
fn drawing_panels(dashboard: &Value) -> Vec<(String, &Value)> {
    let drawing = panels(dashboard)
        .into_iter()
        .filter(|panel| !["row", "text"].contains(&kind(panel)));
    drawing
        .map(|panel| {
            (
                format!("{}, panel {:?} ({})", dashboard["uid"], title(panel), panel["id"]),
                panel,
            )
        })
        .collect()
}

fn kind(panel: &Value) -> &str {
    panel["type"].as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn they_are_the_seven_of_the_tutorial() {
    let ids: Vec<u32> = BUNDLED.iter().map(|edition| edition.id).collect();
    assert_eq!(ids, [3119, 6417, 8588, 7249, 11802, 12661, 13770]);
}

#[test]
fn each_is_an_edition_of_our_own_and_says_so() {
    for (Edition { id, .. }, dashboard) in dashboards() {
        assert_eq!(dashboard["uid"], format!("dashctl-{id}"));
        let said = format!("dashctl's own edition on the subject of grafana.com dashboard {id}; not the author's work");
        assert!(
            text(&dashboard["description"]).starts_with(&said),
            "{id}: {}",
            dashboard["description"]
        );
        assert!(list(&dashboard["tags"]).contains(&"dashctl".into()), "{id}");
        for key in [
            "gnetId",
            "__inputs",
            "__requires",
            "__elements",
            "id",
            "version",
            "iteration",
        ] {
            assert!(dashboard.get(key).is_none(), "{id} has {key}");
        }
        assert_eq!(dashboard["schemaVersion"], 27, "{id}: what Grafana 7.5 reads");
    }
}

#[test]
fn titles_differ() {
    let mut titles: Vec<String> = carried()
        .map(|(_, _, dashboard)| title(&dashboard).to_owned())
        .collect();
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), BUNDLED.len() + 1, "{titles:?}");
}

#[test]
fn the_files_are_as_dashctl_writes_them() {
    for (id, bytes, dashboard) in carried() {
        let sorted = to_sorted_text(&dashboard);
        assert!(
            sorted.as_bytes() == bytes,
            "{id}: its keys aren't sorted, or its spaces differ"
        );
    }
}

#[test]
fn panels_are_of_types_that_every_grafana_has() {
    let core = ["timeseries", "stat", "gauge", "bargauge", "table", "text", "row"];
    for (id, _, dashboard) in carried() {
        for panel in panels(&dashboard) {
            assert!(
                core.contains(&kind(panel)),
                "{id}: {:?} is a {}",
                title(panel),
                kind(panel)
            );
        }
        let count = drawing_panels(&dashboard).len();
        assert!(count >= 12, "{id} has only {count} panels");
    }
}

#[test]
fn panels_are_described_and_have_a_unit() {
    for (_, _, dashboard) in carried() {
        for (place, panel) in drawing_panels(&dashboard) {
            assert!(!title(panel).is_empty(), "{place}: no title");
            assert!(text(&panel["description"]).len() > 10, "{place}: no description");
            let defaults = &panel["fieldConfig"]["defaults"];
            assert!(!text(&defaults["unit"]).is_empty(), "{place}: no unit");
            assert!(panel["fieldConfig"]["overrides"].is_array(), "{place}: no overrides");
            assert!(
                !list(&defaults["thresholds"]["steps"]).is_empty(),
                "{place}: no thresholds"
            );
            assert_eq!(panel["datasource"], "$datasource", "{place}");
        }
    }
}

#[test]
fn options_are_those_of_the_type() {
    for (_, _, dashboard) in carried() {
        for (place, panel) in drawing_panels(&dashboard) {
            let options = panel["options"]
                .as_object()
                .unwrap_or_else(|| panic!("{place}: no options"));
            let expected: &[&str] = match kind(panel) {
                "timeseries" => &["legend", "tooltip"],
                "stat" => &[
                    "colorMode",
                    "graphMode",
                    "justifyMode",
                    "orientation",
                    "reduceOptions",
                    "text",
                    "textMode",
                ],
                "gauge" => &[
                    "orientation",
                    "reduceOptions",
                    "showThresholdLabels",
                    "showThresholdMarkers",
                    "text",
                ],
                "bargauge" => &["displayMode", "orientation", "reduceOptions", "showUnfilled", "text"],
                _ => &["showHeader", "sortBy"],
            };
            let keys: Vec<&str> = options.keys().map(String::as_str).collect();
            assert_eq!(keys, expected, "{place}");
        }
    }
}

#[test]
fn a_table_sorts_by_a_column_that_it_has_and_overrides_only_such() {
    for (_, _, dashboard) in carried() {
        for (place, panel) in drawing_panels(&dashboard)
            .into_iter()
            .filter(|(_, panel)| kind(panel) == "table")
        {
            let organize = list(&panel["transformations"])
                .iter()
                .find(|step| step["id"] == "organize")
                .unwrap();
            let renamed = organize["options"]["renameByName"].as_object().unwrap();
            let columns: Vec<&str> = organize["options"]["indexByName"]
                .as_object()
                .unwrap()
                .keys()
                .map(|name| renamed.get(name).map_or(name.as_str(), text))
                .collect();
            let sorted = list(&panel["options"]["sortBy"])
                .iter()
                .map(|sort| text(&sort["displayName"]));
            let overridden = list(&panel["fieldConfig"]["overrides"])
                .iter()
                .map(|of| text(&of["matcher"]["options"]));
            for name in sorted.chain(overridden) {
                assert!(columns.contains(&name), "{place}: no column {name:?} among {columns:?}");
            }
        }
    }
}

#[test]
fn they_lead_to_one_another() {
    let all: Vec<Value> = carried().map(|(_, _, dashboard)| dashboard).collect();
    for dashboard in &all {
        let link = &dashboard["links"][0];
        assert_eq!(
            (&link["type"], &link["tags"][0]),
            (&"dashboards".into(), &"dashctl".into())
        );
        for url in dashboard
            .to_string()
            .split("\"url\":\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            let Some((path, query)) = url.split_once('?') else {
                assert_eq!(url, "", "a link that leads nowhere");
                continue;
            };
            let uid = path.strip_prefix("/d/").unwrap();
            let there = all
                .iter()
                .find(|other| other["uid"] == uid)
                .unwrap_or_else(|| panic!("{url}"));
            for name in query
                .split('&')
                .filter_map(|pair| pair.strip_prefix("var-")?.split('=').next())
            {
                let declared = list(&there["templating"]["list"])
                    .iter()
                    .any(|variable| variable["name"] == name);
                assert!(declared, "{url}: {uid} has no variable {name}");
            }
        }
    }
}
