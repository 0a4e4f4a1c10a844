//! Changes on top of a dashboard, by the names that people know: what stays when the dashboard gets a new revision.
//!
//! An overlay is a JSON merge patch (RFC 7396) in which a key may name a thing instead of a field:
//!
//! ```yaml
//! refresh: 1m                          # a field of the dashboard
//! panel "CPU usage":                   # by title, or by id: panel 3
//!   unit: percent                      # field settings by their own names
//!   query "A": {legendFormat: "{{pod}}"}
//!   place: {below: panel "Memory"}     # or {x: 0, y: 0, w: 12, h: 8}
//! panel "Old": null                    # goes
//! new panel "Headroom": {type: stat, targets: [{refId: A, expr: up}]}
//! variable "job": {hide: 2}
//! panel "Disk": {place: {in: tab "More"}}  # in the v2 form
//! ```
//!
//! What names nothing, or two things, is an error: an overlay that has lost its dashboard must be heard of.

mod between;
mod change;
mod layout;
mod names;
mod new;
mod rows;

pub use between::{Unsayable, overlay_between};

use std::fmt;

use serde_json::{Value, json};

use change::{Wrong, apply};
use names::Key;

use super::Document;
use crate::nearest::did_you_mean;

/// Settings of a panel's fields that may be named without the way to them.
const FIELD: [&str; 11] = [
    "unit",
    "min",
    "max",
    "decimals",
    "displayName",
    "noValue",
    "thresholds",
    "mappings",
    "color",
    "custom",
    "filterable",
];
/// Fields of a dashboard, classic and v2: a key that is none of these, and isn't in the dashboard, is a slip.
const FIELDS: [&str; 26] = [
    "annotations",
    "cursorSync",
    "description",
    "editable",
    "elements",
    "fiscalYearStartMonth",
    "graphTooltip",
    "layout",
    "links",
    "liveNow",
    "panels",
    "preload",
    "preferences",
    "refresh",
    "rows",
    "schemaVersion",
    "style",
    "tags",
    "templating",
    "time",
    "timeSettings",
    "timepicker",
    "timezone",
    "title",
    "variables",
    "weekStart",
];

/// Why an overlay can't be applied: where in it, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("overlay: {place}: {what}")]
pub struct OverlayError {
    place: String,
    what: String,
}

impl OverlayError {
    fn new(place: impl fmt::Display, what: impl fmt::Display) -> Self {
        Self {
            place: place.to_string(),
            what: what.to_string(),
        }
    }
}

/// Applies an overlay to a dashboard of either form.
///
/// # Errors
///
/// A key that names nothing or two things, or something that this form can't hold. The dashboard is not to be used then.
pub fn overlay(document: &mut Document, overlay: &Value) -> Result<(), OverlayError> {
    let version = match document {
        Document::V2(v2) => Some(v2.version.clone()),
        Document::Classic(_) => None,
    };
    change_all(document.content_mut(), overlay, version.as_deref())
}

fn change_all(dashboard: &mut Value, overlay: &Value, version: Option<&str>) -> Result<(), OverlayError> {
    let Value::Object(changes) = overlay else {
        return Err(OverlayError::new("the whole", "it has keys and values"));
    };
    for (key, change) in changes {
        match Key::parse(key).map_err(|what| OverlayError::new(key, what))? {
            Key::Field(field) => {
                if dashboard.get(field).is_none() && !FIELDS.contains(&field) {
                    let there = dashboard.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
                    let meant = did_you_mean(field, FIELDS.into_iter().chain(there));
                    return Err(OverlayError::new(key, format!("a dashboard has no such key{meant}")));
                }
                json_patch::merge(dashboard, &json!({field: change}));
            }
            Key::Thing(thing) => apply(dashboard, &thing, change, version).map_err(|what| match what {
                Wrong::Here(what) => OverlayError::new(key, what),
                Wrong::Inside(inside, what) => OverlayError::new(format!("{key}: {inside}"), what),
            })?,
        }
    }
    Ok(())
}

/// Whether a dashboard has the v2 form.
fn is_v2(dashboard: &Value) -> bool {
    dashboard.get("elements").is_some_and(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn dashboard() -> Value {
        json!({"title": "D", "refresh": "5s", "tags": ["a"], "schemaVersion": 39, "templating": {"list": [{"name": "job", "type": "query"}]},
            "panels": [
                {"id": 1, "type": "timeseries", "title": "CPU usage", "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8},
                    "fieldConfig": {"defaults": {"unit": "short"}, "overrides": [{"matcher": {"id": "byName", "options": "idle"}, "properties": []}]},
                    "targets": [{"refId": "A", "expr": "up"}, {"refId": "B", "expr": "down"}]},
                {"id": 2, "type": "stat", "title": "Same", "gridPos": {"x": 12, "y": 0, "w": 12, "h": 8}},
                {"id": 3, "type": "row", "title": "Row", "gridPos": {"x": 0, "y": 8, "w": 24, "h": 1}, "collapsed": true,
                    "panels": [{"id": 4, "type": "stat", "title": "Same", "gridPos": {"x": 0, "y": 9, "w": 6, "h": 4}}]}]})
    }

    fn with(yaml: &str) -> Result<Value, String> {
        let patch: Value = serde_saphyr::from_str(yaml).unwrap();
        let mut dashboard = dashboard();
        change_all(&mut dashboard, &patch, None).map_err(|error| error.to_string())?;
        Ok(dashboard)
    }

    #[test]
    fn things_are_named_as_people_name_them() {
        let found = with(
            "refresh: 1m\ntags: [b]\npanel \"CPU usage\":\n  unit: percent\n  description: Mine\n  query \"A\": {legendFormat: '{{pod}}'}\n  \
             query B: null\n  override \"idle\": {properties: [{id: unit, value: s}]}\npanel 4: {title: Inside}\nvariable \"job\": {hide: 2}\n\
             row \"Row\": {title: Other}\n",
        )
        .unwrap();
        assert_eq!((&found["refresh"], &found["tags"]), (&json!("1m"), &json!(["b"])));
        let cpu = &found["panels"][0];
        assert_eq!(cpu["fieldConfig"]["defaults"]["unit"], "percent");
        assert_eq!(cpu["description"], "Mine");
        assert_eq!(
            cpu["targets"],
            json!([{"refId": "A", "expr": "up", "legendFormat": "{{pod}}"}])
        );
        assert_eq!(cpu["fieldConfig"]["overrides"][0]["properties"][0]["value"], "s");
        assert_eq!(found["panels"][2]["panels"][0]["title"], "Inside");
        assert_eq!(found["panels"][2]["title"], "Other");
        assert_eq!(
            found["templating"]["list"][0],
            json!({"name": "job", "type": "query", "hide": 2})
        );
    }

    #[test]
    fn panels_come_go_and_move_and_nothing_lies_upon_another() {
        let found = with(
            "panel 2: null\nnew panel \"Headroom\":\n  type: stat\n  unit: bytes\n  place: {below: panel \"CPU usage\", w: 6, h: 4}\n",
        )
        .unwrap();
        let place = |at: usize| &found["panels"][at]["gridPos"];
        assert_eq!(found["panels"].as_array().unwrap().len(), 3);
        assert_eq!(found["panels"][2]["id"], 5);
        assert_eq!(found["panels"][2]["fieldConfig"]["defaults"]["unit"], "bytes");
        assert_eq!(place(2), &json!({"x": 0, "y": 8, "w": 6, "h": 4}));
        assert_eq!(place(1)["y"], 12, "the row went down");
        assert_eq!(found["panels"][1]["panels"][0]["gridPos"]["y"], 13);
        let found = with("panel \"CPU usage\": {place: {x: 6, w: 6}}\n").unwrap();
        assert_eq!(found["panels"][0]["gridPos"], json!({"x": 6, "y": 0, "w": 6, "h": 8}));
        let found = with("new variable \"zone\": {type: custom, query: 'a,b'}\nnew link \"Docs\": {url: 'http://x'}\n")
            .unwrap();
        assert_eq!(found["templating"]["list"][1]["name"], "zone");
        assert_eq!(found["links"], json!([{"title": "Docs", "url": "http://x"}]));
    }

    #[test]
    fn what_names_nothing_or_two_things_is_an_error_that_knows_better() {
        for (yaml, expected) in [
            (
                "panel \"CPU usag\": {unit: s}",
                "overlay: panel \"CPU usag\": there is no such panel; did you mean \"CPU usage\"?",
            ),
            (
                "panel \"Same\": null",
                "there are several of that name: name one by its id, as in panel 2 or panel 4",
            ),
            ("panle \"CPU usage\": {}", "; did you mean \"panel\"?"),
            ("refesh: 1m", "a dashboard has no such key; did you mean \"refresh\"?"),
            (
                "panel 1: {query \"C\": {expr: x}}",
                "panel 1: query \"C\": there is no such query",
            ),
            ("new variable \"job\": {}", "there is such a variable already"),
            (
                "panel 1: {place: {below: nothing}}",
                "panel 1: place: below names a panel or a row",
            ),
            ("panel 1: 3", "it has keys and values, or null to take it away"),
            ("query \"A\": {}", "a query is named inside of its panel"),
        ] {
            let error = with(yaml).unwrap_err();
            assert!(error.contains(expected), "{yaml}: {error}");
        }
    }

    #[test]
    fn a_v2_dashboard_is_changed_by_the_same_names() {
        let element = |id: u64, title: &str| {
            json!({"kind": "Panel", "spec": {"id": id, "title": title,
            "data": {"kind": "QueryGroup", "spec": {"queries": [{"kind": "PanelQuery", "spec": {"refId": "A",
                "query": {"kind": "DataQuery", "group": "prometheus", "spec": {"expr": "up"}}}}]}},
            "vizConfig": {"kind": "VizConfig", "group": "stat", "spec": {"options": {}, "fieldConfig": {"defaults": {}, "overrides": []}}}}})
        };
        let item = |name: &str| json!({"kind": "GridLayoutItem", "spec": {"element": {"kind": "ElementReference", "name": name}}});
        let mut v2 = json!({"title": "D", "elements": {"panel-1": element(1, "CPU"), "panel-2": element(2, "RAM")},
            "variables": [{"kind": "TextVariable", "spec": {"name": "v", "hide": "dontHide"}}],
            "layout": {"kind": "GridLayout", "spec": {"items": [item("panel-1"), item("panel-2")]}}});
        let patch = json!({"panel \"CPU\"": {"unit": "s", "title": "Renamed", "query \"A\"": {"expr": "down"}}, "panel \"RAM\"": null,
            "variable \"v\"": {"hide": "hideVariable"}});
        change_all(&mut v2, &patch, Some("v2")).unwrap();
        let cpu = &v2["elements"]["panel-1"]["spec"];
        assert_eq!(cpu["vizConfig"]["spec"]["fieldConfig"]["defaults"]["unit"], "s");
        assert_eq!(cpu["title"], "Renamed");
        assert_eq!(
            cpu["data"]["spec"]["queries"][0]["spec"]["query"]["spec"]["expr"],
            "down"
        );
        assert_eq!(v2["layout"]["spec"]["items"], json!([item("panel-1")]));
        assert!(v2["elements"].get("panel-2").is_none());
        assert_eq!(v2["variables"][0]["spec"]["hide"], "hideVariable");
    }
}
