//! What is declared is used, and what is used is declared.

use std::collections::BTreeSet;

use super::{dashboards, list, text};
use serde_json::Value;

/// The names after `$` or `${` in a text, without Grafana's own (`__rate_interval`) and a regular expression's (`$1`).
fn used(text: &str) -> BTreeSet<String> {
    let names = text.split('$').skip(1).map(|rest| {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        rest[..end.unwrap_or(rest.len())].to_owned()
    });
    names
        .filter(|name| !name.starts_with("__") && !name.starts_with(|c: char| c.is_ascii_digit()))
        .filter(|name| !name.is_empty())
        .collect()
}

fn names(dashboard: &Value) -> Vec<&str> {
    list(&dashboard["templating"]["list"])
        .iter()
        .map(|variable| text(&variable["name"]))
        .collect()
}

#[test]
fn every_used_variable_is_declared() {
    for (edition, dashboard) in dashboards() {
        for name in used(&dashboard.to_string()) {
            assert!(names(&dashboard).contains(&name.as_str()), "{}: ${name}", edition.id);
        }
    }
}

#[test]
fn every_declared_variable_is_used_by_a_panel() {
    for (edition, dashboard) in dashboards() {
        let used = used(&dashboard["panels"].to_string());
        for name in names(&dashboard) {
            assert!(used.contains(name), "{}: {name}", edition.id);
        }
    }
}

/// A variable can only depend on those before it.
#[test]
fn variables_stand_in_the_order_of_their_dependence() {
    for (edition, dashboard) in dashboards() {
        let mut before = BTreeSet::new();
        for variable in list(&dashboard["templating"]["list"]) {
            let needs = used(&variable.to_string());
            assert!(needs.is_subset(&before), "{}: {needs:?} after {before:?}", edition.id);
            before.insert(text(&variable["name"]).to_owned());
        }
    }
}

#[test]
fn they_are_what_links_hand_on() {
    for (edition, dashboard) in dashboards() {
        let first = &dashboard["templating"]["list"][0];
        let kinds = (text(&first["name"]), text(&first["type"]), text(&first["query"]));
        assert_eq!(kinds, ("datasource", "datasource", "prometheus"), "{}", edition.id);
        for variable in list(&dashboard["templating"]["list"]) {
            assert!(!text(&variable["label"]).is_empty(), "{}: {variable}", edition.id);
            if variable["type"] == "query" {
                assert_eq!(
                    (&variable["multi"], &variable["includeAll"]),
                    (&true.into(), &true.into())
                );
                assert_eq!(variable["refresh"], 2, "{}: on time range change", edition.id);
                assert_eq!(
                    variable["allValue"], ".+",
                    "{}: short, and never the series without it",
                    edition.id
                );
                assert_eq!(variable["datasource"], "$datasource");
            }
        }
    }
}

#[test]
fn a_variable_that_may_have_several_values_is_matched_as_an_expression() {
    for (edition, dashboard) in dashboards() {
        let text = dashboard.to_string();
        for variable in list(&dashboard["templating"]["list"])
            .iter()
            .filter(|variable| variable["multi"] == true)
        {
            let name = variable["name"].as_str().unwrap();
            for operator in ["=", "!="] {
                let wrong = format!("{operator}\\\"${name}\\\"");
                assert!(!text.contains(&wrong), "{}: {wrong}", edition.id);
            }
        }
    }
}
