//! What the page keeps of a panel, and what the conversion to v2 and back does to one.

use serde_json::Value;

use super::super::here::Facts;
use super::super::same::{one_sided, present};
use super::super::scope::PanelScope;
use super::super::{Rule, datasource, plugins, rules};
use super::{is_scene, left_out};

const PANEL: &[&str] = &[
    "cacheTimeout",
    "collapsed",
    "datasource",
    "description",
    "fieldConfig",
    "gridPos",
    "hideTimeOverride",
    "id",
    "interval",
    "libraryPanel",
    "links",
    "maxDataPoints",
    "maxPerRow",
    "options",
    "panels",
    "pluginVersion",
    "queryCachingTTL",
    "repeat",
    "repeatDirection",
    "targets",
    "timeCompare",
    "timeFrom",
    "timeShift",
    "title",
    "transformations",
    "transparent",
    "type",
];

const ROW: &[&str] = &["collapsed", "gridPos", "id", "panels", "repeat", "title", "type"];

/// What v2 says beside these of a row, a tab and an item of a grid. Its page holds all of it and writes it again (grafana/grafana
/// `dashboard-scene/serialization/layoutSerializers/` of 12.4 and 13.1; variables since 13.1): what went was taken out.
const LAYOUT: &[&str] = &[
    "conditionalRendering",
    "fillScreen",
    "hideHeader",
    "layout",
    "variables",
];

/// In a panel.
pub(in crate::dashboard::compare) fn panel(
    facts: &Facts<'_>,
    panel: &PanelScope,
    pattern: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<&'static Rule> {
    if pattern == "gridPos.w"
        && panel.repeats
        && is_scene(facts, 1)
        && after.and_then(Value::as_u64) == Some(24)
        && panel.repeats_right
    {
        return Some(&rules::REPEAT_WIDTH);
    }
    // Mixed, and what names no uid, is said by the queries' own data sources.
    let is_vague = |value: &Value| {
        let uid = value.get("uid").and_then(Value::as_str);
        value.is_object() && (uid.is_none() || uid == Some("-- Mixed --"))
    };
    let is_told = present(after).is_none_or(|after| after.get("uid").is_some())
        || before.is_some_and(|before| before.get("uid").is_some() || before.get("type").is_none());
    let is_reference = |source: &Value| {
        let is_plain =
            |parts: &serde_json::Map<String, Value>| parts.keys().all(|key| matches!(key.as_str(), "type" | "uid"));
        let kind = source.get("type").filter(|_| panel.kind_asked.is_some());
        source.as_object().is_some_and(is_plain) && kind.is_none_or(|kind| Some(kind) == panel.kind_asked.as_ref())
    };
    // What the classic form says instead of a vague one is what the first query asks, or that they ask several.
    let is_asked = |source: &Value| is_reference(source) || panel.mixes && datasource::is_mixed(source);
    let says_asked = facts.v2[1] || present(after).is_none_or(is_asked);
    if pattern == "datasource"
        && is_told
        && says_asked
        && before.is_some_and(|before| facts.v2[1] || facts.schemas[1] >= 42 && is_vague(before))
    {
        return Some(&rules::PANEL_SOURCE);
    }
    // The classic rendering of v2 works a panel's data source out from its queries (`v2alpha1_to_v1.go` of 13.1,
    // getPanelDatasource).
    let by_thirteen = facts.saved_by >= Some((13, 0));
    let is_rendered = facts.schemas[1] >= 42 && (by_thirteen || facts.saved_by.is_none());
    if pattern == "datasource" && is_rendered && panel.mixes && after.is_some_and(datasource::is_mixed) {
        return Some(&rules::PANEL_SOURCE);
    }
    if pattern == "datasource" && by_thirteen && present(before).is_none() {
        let uid = after.and_then(|after| after.get("uid"));
        let is_uid_asked = || panel.uid_asked.is_some() && uid == panel.uid_asked.as_ref();
        let is_plugin_asked = || {
            let kind = after.and_then(|after| after.get("type"));
            facts.v2[0] && uid.is_none() && kind.is_some() && kind == panel.kind_asked.as_ref()
        };
        if after.is_some_and(is_reference) && (is_uid_asked() || is_plugin_asked()) {
            return Some(&rules::PANEL_SOURCE);
        }
    }
    // Of a query that names no plugin the conversion to v2 takes the default data source's; the panel's own isn't asked.
    let named = |value: Option<&Value>| value.and_then(|value| value.get("uid")).cloned();
    if pattern == "datasource" && by_thirteen && panel.uid_asked_before.is_some() {
        let alike = named(before) == panel.uid_asked_before && named(after) == panel.uid_asked_before;
        let is_asked = after.and_then(|after| after.get("type")) == panel.kind_asked.as_ref();
        if alike && is_asked && after.is_some_and(is_reference) {
            return Some(&rules::PANEL_SOURCE);
        }
    }
    let unrendered = matches!(
        pattern,
        "fieldConfig.defaults.actions" | "fieldConfig.defaults.fieldMinMax"
    );
    if unrendered && by_thirteen && !facts.v2[1] && present(after).is_none() {
        return Some(&rules::NOT_RENDERED);
    }
    // A place is a whole number (`v1_to_v2alpha1.go` of 13.1, getIntField).
    if pattern.starts_with("gridPos.") && facts.is_stored_as_v2() && is_cut_off(before, after) {
        return Some(&rules::WHOLE_PLACE);
    }
    // A text that is a number (`initPanelState` in grafana/grafana `features/panel/state/actions.ts` of 11.1, not of 10.2.3;
    // `v1_to_v2alpha1.go` of 13.1, getIntField; `PanelQueryRunner` reads it so).
    let as_text = before.and_then(Value::as_str).and_then(|text| text.parse::<u64>().ok());
    let is_read = facts.schemas[1] >= 39 && as_text.is_some();
    if pattern == "maxDataPoints" && is_read && as_text == after.and_then(Value::as_u64) {
        return Some(&rules::NUMBER_FORM);
    }
    // Settings that are no object are none (`v1_to_v2alpha1.go` of 13.1, buildVizConfig).
    let is_empty = |value: &Value| value.as_object().is_some_and(serde_json::Map::is_empty);
    if pattern == "options" && facts.v2[1] && before.is_some_and(Value::is_boolean) && after.is_none_or(is_empty) {
        return Some(&rules::NOT_IN_SCENE);
    }
    if !one_sided(before, after) {
        return None;
    }
    let value = present(before).or(after)?;
    // What v2 leaves out because it is empty, and spells out though it isn't set (`dashboard_spec_gen.go` of 13.1:
    // DashboardFieldConfig, DashboardThresholdsConfig, DashboardSpecialValueMap, DashboardRegexMap).
    let of_v2 = match pattern {
        "fieldConfig.defaults.mappings" => value.as_array().is_some_and(Vec::is_empty),
        "fieldConfig.defaults.fieldMinMax" => value.as_bool() == Some(false),
        "fieldConfig.defaults.thresholds.mode"
        | "fieldConfig.defaults.thresholds.steps[].color"
        | "fieldConfig.defaults.mappings[].options.match"
        | "fieldConfig.defaults.mappings[].options.pattern" => value.as_str() == Some(""),
        "fieldConfig.defaults.mappings[].options.result" => is_empty(value),
        _ => false,
    };
    if of_v2 && (facts.v2 != [false, false] || facts.is_stored_as_v2()) {
        return Some(&rules::V2_SPELLS_OUT);
    }
    // A migration from 6.x takes it out, and v2 has no place for it; other saves keep it.
    let is_migrated = || panel.versions[0].is_none_or(|version| version < (7, 0));
    if pattern.ends_with("hresholds.steps[].index")
        && before.is_some()
        && (facts.is_stored_as_v2() && !facts.v2[0] || is_migrated())
    {
        return Some(&rules::THRESHOLD_INDEX);
    }
    if pattern == "fieldConfig.defaults.color.fixedColor" && panel.by_palette && after.is_some() {
        return Some(&rules::PALETTE_COLOR);
    }
    if pattern == "description" && value.as_str() == Some("") && (is_scene(facts, 0) || is_scene(facts, 1)) {
        return Some(&rules::SCENE_FILLS);
    }
    if pattern == "repeatDirection" && panel.repeats && value.as_str() == Some("h") {
        return Some(&rules::SCENE_FILLS);
    }
    if !left_out(facts, before, after) {
        return None;
    }
    // Of what is still an Angular panel the page has written nothing: it writes its successor.
    let known = if panel.kind == "row" { ROW } else { PANEL };
    let is_written = !matches!(panel.kind.as_str(), "graph" | "singlestat" | "table-old");
    let is_held = known.contains(&pattern) || facts.v2 == [true, true] && LAYOUT.contains(&pattern);
    if is_written && !pattern.contains(['.', '[']) && !is_held {
        return Some(&rules::NOT_IN_SCENE);
    }
    let empty = value.as_str() == Some("");
    let gone = match pattern {
        // Mappings of the form before schema step 30, which v2 has no kind for.
        "fieldConfig.defaults.mappings" => {
            let old = |entry: &Value| entry.get("type").is_some_and(Value::is_number);
            facts.schemas[1] >= 42
                && value
                    .as_array()
                    .is_some_and(|list| !list.is_empty() && list.iter().all(old))
        }
        "fieldConfig.defaults.mappings[]" => {
            // What 6.x wrote is converted when the panel is opened, and has no kind then.
            let is_old = panel.versions[0].is_some_and(|version| version < (7, 0));
            facts.is_stored_as_v2() && !facts.v2[0] && (is_old && is_uncounted(value) || is_endless(value))
        }
        _ if pattern.starts_with("fieldConfig.defaults.actions[].") => {
            value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(serde_json::Map::is_empty)
        }
        "targets[].hide" => value.as_bool() == Some(false),
        // v2 knows a data source by its type and uid (`v1_to_v2alpha1.go` of 13.1, transformSingleQuery).
        _ if pattern
            .strip_prefix("targets[].")
            .unwrap_or(pattern)
            .strip_prefix("datasource.")
            .is_some_and(|key| !matches!(key, "type" | "uid")) =>
        {
            facts.schemas[1] >= 42
        }
        "description" | "cacheTimeout" | "interval" | "timeFrom" | "timeShift" | "repeat" => empty,
        "hideTimeOverride" => !panel.has_time_override || value.as_bool() == Some(false),
        "repeatDirection" => !panel.repeats,
        "targets[]" => plugins::asks_nothing(&panel.kind),
        "targets" | "datasource" | "maxDataPoints" => {
            plugins::asks_nothing(&panel.kind) || pattern == "datasource" && !panel.has_queries
        }
        "transformations" => plugins::asks_nothing(&panel.kind),
        "maxPerRow" => !panel.repeats,
        "queryCachingTTL" => value.as_u64() == Some(0),
        // Rules of when something is shown are written only where there is one (`layoutSerializers/` of 13.1).
        "conditionalRendering" => {
            let rules = value.pointer("/spec/items").and_then(Value::as_array);
            rules.is_none_or(Vec::is_empty)
        }
        // So are a row's and a tab's own variables (`sectionVariables.ts` of 13.1).
        "variables" => value.as_array().is_some_and(Vec::is_empty),
        _ => false,
    };
    gone.then_some(&rules::NOT_IN_SCENE)
}

/// Whether a number lost what comes after its point.
fn is_cut_off(before: Option<&Value>, after: Option<&Value>) -> bool {
    let number = |value: Option<&Value>| value.and_then(Value::as_f64);
    match (number(before), number(after)) {
        (Some(before), Some(after)) => before.fract() != 0.0 && before.trunc() == after,
        _ => false,
    }
}

/// A range that has no end, which the conversion to v2 leaves out (`v1_to_v2alpha1.go` of 13.1).
fn is_endless(mapping: &Value) -> bool {
    let end = |key: &str| {
        mapping
            .pointer(&format!("/options/{key}"))
            .is_some_and(Value::is_number)
    };
    mapping.get("type").and_then(Value::as_str) == Some("range") && !end("from") && !end("to")
}

/// A mapping without the number that today's editor gives each.
fn is_uncounted(mapping: &Value) -> bool {
    match mapping.get("options").and_then(Value::as_object) {
        Some(options) => match options.get("result") {
            Some(result) => result.get("index").is_none(),
            None => options.values().all(|result| result.get("index").is_none()),
        },
        None => false,
    }
}
