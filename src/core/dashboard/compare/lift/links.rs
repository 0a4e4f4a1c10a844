//! Links of panels and their variables (schema steps 19 to 21).
//!
//! Source: grafana/grafana `DashboardMigrator.ts` (`upgradePanelLink`, `updateVariablesSyntax`).

use serde_json::{Map, Value};

use super::{Step, at};
use crate::dashboard::compare::rules;

pub(super) const PANEL_LINKS: Step = Step {
    rule: &rules::PANEL_LINKS,
    applies: |panel| {
        let links = |panel: &Map<String, Value>| {
            panel
                .get("links")
                .and_then(Value::as_array)
                .is_some_and(|links| !links.is_empty())
        };
        panel.crosses(19) && links(panel.old) && links(panel.new)
    },
    apply: |panel| {
        let mut forms = vec![with_links(panel.old, upgraded)];
        // The server leaves out what lies in closed rows (`v19.go`); v2 keeps what it knows of a link.
        if panel.schemas[1] >= 41 {
            forms.push(with_links(panel.old, plain));
            forms.push(panel.old.clone());
        }
        forms
    },
};

type Link = Map<String, Value>;

fn with_links(panel: &Map<String, Value>, convert: fn(&Link) -> Link) -> Map<String, Value> {
    let mut lifted = panel.clone();
    let links = lifted.get_mut("links").and_then(Value::as_array_mut);
    for link in links.into_iter().flatten() {
        if let Some(map) = link.as_object() {
            *link = Value::Object(convert(map));
        }
    }
    lifted
}

fn plain(link: &Link) -> Link {
    let mut map: Link = [("title", ""), ("url", "")]
        .map(|(key, text)| (key.to_owned(), text.into()))
        .into_iter()
        .collect();
    for key in ["title", "url", "targetBlank"] {
        if let Some(value) = link.get(key) {
            map.insert(key.to_owned(), value.clone());
        }
    }
    map
}

fn upgraded(link: &Map<String, Value>) -> Map<String, Value> {
    let text = |key: &str| link.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let is = |key: &str| link.get(key).and_then(Value::as_bool).unwrap_or(false);
    let mut url = match (text("url"), text("dashboard"), text("dashUri")) {
        (Some(url), ..) => url.to_owned(),
        (None, Some(title), _) => format!("dashboard/db/{}", slug(title)),
        (None, None, Some(uri)) => format!("dashboard/{uri}"),
        (None, None, None) => "/".to_owned(),
    };
    let added = [
        is("keepTime").then_some("$__url_time_range"),
        is("includeVars").then_some("$__all_variables"),
        text("params"),
    ];
    for query in added.into_iter().flatten() {
        let sign = if !url.contains('?') {
            "?"
        } else if url.ends_with(['?', '&']) {
            ""
        } else {
            "&"
        };
        url = format!("{url}{sign}{query}");
    }
    let mut map = Map::new();
    map.insert("url".to_owned(), url.into());
    for key in ["title", "targetBlank"] {
        if let Some(value) = link.get(key) {
            map.insert(key.to_owned(), value.clone());
        }
    }
    map
}

/// `kbn.slugifyForUrl`, `v19.go` (slugifyForURL): what is no letter, digit or underscore goes, spaces become one dash.
fn slug(title: &str) -> String {
    let lower = title.to_lowercase();
    let is_kept = |character: &char| matches!(character, 'a'..='z' | '0'..='9' | '_' | ' ');
    let mut slug = String::new();
    for character in lower.chars().filter(is_kept) {
        match character {
            ' ' if slug.ends_with('-') => {}
            ' ' => slug.push('-'),
            other => slug.push(other),
        }
    }
    slug
}

pub(super) const DATA_LINKS: Step = Step {
    rule: &rules::DATA_LINK_VARIABLES,
    applies: |panel| (panel.crosses(20) || panel.crosses(21)) && LISTS.iter().any(|path| at(panel.old, path).is_some()),
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let (twenty, twenty_one) = (panel.crosses(20), panel.crosses(21));
        let rewrite = |value: &mut Value| {
            if let Some(text) = value.as_str() {
                let text = if twenty { variable_syntax(text) } else { text.to_owned() };
                *value = if twenty_one {
                    text.replace("__series.labels", "__field.labels")
                } else {
                    text
                }
                .into();
            }
        };
        for pointer in ["/options/dataLinks", "/options/fieldOptions/defaults/links"] {
            let mut root = Value::Object(std::mem::take(&mut lifted));
            for link in root
                .pointer_mut(pointer)
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
            {
                if let Some(url) = link.get_mut("url") {
                    rewrite(url);
                }
            }
            if let (true, Some(title)) = (twenty, root.pointer_mut("/options/fieldOptions/defaults/title"))
                && let Some(text) = title.as_str()
            {
                *title = variable_syntax(text).into();
            }
            if let Value::Object(map) = root {
                lifted = map;
            }
        }
        vec![lifted]
    },
};

const LISTS: &[&[&str]] = &[&["options", "dataLinks"], &["options", "fieldOptions", "defaults"]];

fn variable_syntax(text: &str) -> String {
    // The longer names first: `$__series_name` contains `__series_name`.
    text.replace("$__series_name", "${__series.name}")
        .replace("__series_name", "__series.name")
        .replace("__value_time", "__value.time")
        .replace("$__field_name", "${__field.name}")
        .replace("__field_name", "__field.name")
}
