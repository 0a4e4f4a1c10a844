//! What the dashboard page of Grafana 12 and 13 keeps of a classic dashboard, and what it leaves out.
//!
//! That page builds scene objects from the file and, at a save, a new file from these. What no scene object holds is gone,
//! whatever it said: Angular left-overs, settings of older pages, keys that somebody invented. So a key that only the older
//! side has is no edit where the other side was written by this page and the page doesn't know the key.
//!
//! Sources: grafana/grafana `public/app/features/dashboard-scene/serialization/` `transformSceneToSaveModel.ts`,
//! `sceneVariablesSetToVariables.ts`, `dataLayersToAnnotations.ts`, `transformSaveModelToScene.ts`, and of the server
//! `apps/dashboard/pkg/migration/frontend_defaults.go`; 12.4.0 and 13.1.

mod annotation;
mod held;
mod panel;
mod variable;

pub(super) use annotation::annotation;
pub(super) use held::explain as held;
pub(super) use panel::panel;
pub(super) use variable::variable;

use serde_json::Value;

use super::here::Facts;
use super::same::{one_sided, present};
use super::{Rule, rules};
use crate::dashboard::schema_version;

/// The schema versions that only Grafanas with this page write: 12.0 rose to 41, 12.2 to 42. (11.x: 39 and 40.)
const SCHEMA: u64 = 41;

const DASHBOARD: &[&str] = &[
    "annotations",
    "description",
    "editable",
    "fiscalYearStartMonth",
    "graphTooltip",
    "links",
    "liveNow",
    "panels",
    "preload",
    "refresh",
    "schemaVersion",
    "scopeMeta",
    "tags",
    "templating",
    "time",
    "timepicker",
    "timezone",
    "title",
    "uid",
    "version",
    "weekStart",
];

const TIME_PICKER: &[&str] = &["hidden", "nowDelay", "quick_ranges", "refresh_intervals"];

/// `defaultTimePickerConfig` of grafana/grafana `packages/grafana-schema`: left out where nothing else was chosen.
const REFRESH_INTERVALS: &[&str] = &["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "1d"];

/// Whether the newer side lacks a value of the older one and was written by this page. What somebody adds is an edit, also
/// where the page won't keep it.
fn left_out(facts: &Facts<'_>, before: Option<&Value>, after: Option<&Value>) -> bool {
    present(before).is_some() && present(after).is_none() && is_scene(facts, 1)
}

/// Whether the dashboard page of Grafana 12 or later may have written a dashboard.
pub(super) fn may_have_written(dashboard: &Value) -> bool {
    schema_version(dashboard) >= SCHEMA
}

/// Whether the dashboard page of Grafana 12 or later may have written a side.
pub(super) fn is_scene(facts: &Facts<'_>, side: usize) -> bool {
    facts.schemas[side] >= SCHEMA
}

/// Whether a key at the top is one that no dashboard page since Grafana 5 holds: the model of those reads the keys it knows
/// (`DashboardModel.ts`, constructor), and a save writes these.
fn unknown_to_all(facts: &Facts<'_>, pattern: &str, before: Option<&Value>, after: Option<&Value>) -> bool {
    const OLDER: &[&str] = &[
        "autoUpdate",
        "gnetId",
        "id",
        "iteration",
        "revision",
        "rows",
        "snapshot",
    ];
    if present(before).is_none() || present(after).is_some() || is_of_v2(facts, pattern) {
        return false;
    }
    if pattern == "templating.enable" && facts.schemas[1] >= 16 {
        return true;
    }
    if pattern.contains(['.', '[']) {
        return false;
    }
    let key = pattern;
    // `style` left the model with 10.0.
    let known = DASHBOARD.contains(&key) || OLDER.contains(&key) || key == "style" && facts.schemas[1] < 38;
    !known && facts.schemas[1] >= 16
}

/// Whether v2 says something at the top that the classic form has no word for: its page holds it and writes it again (grafana/grafana
/// `transformSceneToSaveModelSchemaV2.ts` of 13.1).
fn is_of_v2(facts: &Facts<'_>, pattern: &str) -> bool {
    facts.v2 == [true, true] && matches!(pattern, "layout" | "preferences")
}

/// What the v2 form spells out at the top (`dashboard_spec_gen.go` of 13.1).
fn is_filled(pattern: &str, value: Option<&Value>) -> bool {
    let Some(value) = value else { return false };
    match pattern {
        "timepicker.hidden"
        | "links[].targetBlank"
        | "links[].includeVars"
        | "links[].keepTime"
        | "links[].asDropdown" => value.as_bool() == Some(false),
        "timepicker.nowDelay"
        | "links[].title"
        | "links[].tooltip"
        | "links[].icon"
        | "links[].url"
        | "description" => value.as_str() == Some(""),
        "links[].tags" => value.as_array().is_some_and(Vec::is_empty),
        "timepicker.refresh_intervals" => value.as_array().is_some_and(|list| {
            list.iter()
                .filter_map(Value::as_str)
                .eq(REFRESH_INTERVALS.iter().copied())
        }),
        _ => false,
    }
}

/// Below `min_refresh_interval`, whose default is 5 seconds; the refresh picker offers none of these and saves what it offers.
fn is_too_often(interval: &str) -> bool {
    interval.ends_with("ms") || matches!(interval, "1s" | "2s" | "3s" | "4s")
}

/// At the top of the dashboard.
pub(super) fn dashboard(
    facts: &Facts<'_>,
    pattern: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<&'static Rule> {
    if pattern == "timezone" {
        let blank = |value: Option<&Value>| present(value).is_none_or(|value| value.as_str() == Some(""));
        let browser =
            |value: Option<&Value>, side| value.and_then(Value::as_str) == Some("browser") && is_scene(facts, side);
        return (blank(before) && browser(after, 1) || browser(before, 0) && blank(after)).then_some(&rules::TIME_ZONE);
    }
    let scene = is_scene(facts, 0) || is_scene(facts, 1);
    if scene && one_sided(before, after) && is_filled(pattern, present(before).or(after)) {
        return Some(&rules::SCENE_FILLS);
    }
    if unknown_to_all(facts, pattern, before, after) {
        return Some(&rules::NOT_IN_MODEL);
    }
    if !left_out(facts, before, after) || is_of_v2(facts, pattern) {
        return None;
    }
    let (key, rest) = pattern.split_once('.').unwrap_or((pattern, ""));
    let value = before.or(after)?;
    let unknown = !DASHBOARD.contains(&pattern) && rest.is_empty() && !pattern.contains('[')
        || pattern == "timepicker.hidden" && value.as_bool() == Some(false)
        || key == "timepicker" && !rest.is_empty() && !rest.contains(['.', '[']) && !TIME_PICKER.contains(&rest)
        || matches!(key, "annotations" | "templating") && rest == "enable";
    let default_intervals = || {
        let list = value.as_array().filter(|_| pattern == "timepicker.refresh_intervals");
        let offered = |value: &&Value| !value.as_str().is_some_and(is_too_often);
        list.is_some_and(|list| {
            list.iter()
                .filter(offered)
                .filter_map(Value::as_str)
                .eq(REFRESH_INTERVALS.iter().copied())
        }) || pattern == "timepicker.refresh_intervals[]" && value.as_str().is_some_and(is_too_often)
    };
    (unknown || default_intervals()).then_some(&rules::NOT_IN_SCENE)
}

/// A reference that names a plugin, one that may be the default data source's, and nothing else.
fn is_only_a_type(facts: &Facts<'_>, value: &Value) -> bool {
    let names_one = |source: &serde_json::Map<String, Value>| source.len() == 1 && source.contains_key("type");
    value.as_object().is_some_and(names_one) && facts.sources.is_consistent(value)
}
