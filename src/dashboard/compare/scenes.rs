//! What the dashboard page of Grafana 12 and 13 keeps of a classic dashboard, and what it leaves out.
//!
//! That page builds scene objects from the file and, at a save, a new file from these. What no scene object holds is gone,
//! whatever it said: Angular left-overs, settings of older pages, keys that somebody invented. So a key that only the older
//! side has is no edit where the other side was written by this page and the page doesn't know the key.
//!
//! Sources: grafana/grafana `public/app/features/dashboard-scene/serialization/` `transformSceneToSaveModel.ts`,
//! `sceneVariablesSetToVariables.ts`, `dataLayersToAnnotations.ts`, `transformSaveModelToScene.ts`, and of the server
//! `apps/dashboard/pkg/migration/frontend_defaults.go`; 12.4.0 and 13.1.

use serde_json::Value;

use super::datasource;
use super::here::Facts;
use super::plugins;
use super::same::{one_sided, present};
use super::scope::PanelScope;
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

/// The choices of an interval variable that has none (`initialIntervalVariableModelState` in grafana/grafana
/// `features/variables/interval/reducer.ts`).
const INTERVALS: &str = "1m,10m,30m,1h,6h,12h,1d,7d,14d,30d";

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

const VARIABLE: &[&str] = &["description", "hide", "label", "name", "skipUrlSync", "type"];

/// What a variable has beside these, by its type.
fn of_variable(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "query" => &[
            "allValue",
            "allowCustomValue",
            "current",
            "datasource",
            "definition",
            "includeAll",
            "multi",
            "options",
            "query",
            "refresh",
            "regex",
            "regexApplyTo",
            "sort",
            "staticOptions",
            "staticOptionsOrder",
        ],
        "custom" => &[
            "allValue",
            "allowCustomValue",
            "current",
            "includeAll",
            "multi",
            "options",
            "query",
            "valuesFormat",
        ],
        "datasource" => &[
            "allValue",
            "allowCustomValue",
            "current",
            "includeAll",
            "multi",
            "options",
            "query",
            "refresh",
            "regex",
        ],
        "constant" => &["current", "query"],
        "interval" => &[
            "auto",
            "auto_count",
            "auto_min",
            "current",
            "options",
            "query",
            "refresh",
        ],
        "textbox" => &["current", "options", "query"],
        "groupby" => &["allowCustomValue", "current", "datasource", "defaultValue", "options"],
        "adhoc" => &[
            "allowCustomValue",
            "baseFilters",
            "datasource",
            "defaultKeys",
            "filters",
        ],
        "switch" => &["current", "options"],
        _ => return None,
    })
}

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
fn is_scene(facts: &Facts<'_>, side: usize) -> bool {
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
    if present(before).is_none() || present(after).is_some() || pattern.contains(['.', '[']) {
        return false;
    }
    let key = pattern;
    // `style` left the model with 10.0.
    let known = DASHBOARD.contains(&key) || OLDER.contains(&key) || key == "style" && facts.schemas[1] < 38;
    !known && facts.schemas[1] >= 16
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
    if !left_out(facts, before, after) {
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

/// In a panel.
pub(super) fn panel(
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
    // DashboardFieldConfig, DashboardThresholdsConfig).
    let of_v2 = match pattern {
        "fieldConfig.defaults.mappings" => value.as_array().is_some_and(Vec::is_empty),
        "fieldConfig.defaults.fieldMinMax" => value.as_bool() == Some(false),
        "fieldConfig.defaults.thresholds.mode" | "fieldConfig.defaults.thresholds.steps[].color" => {
            value.as_str() == Some("")
        }
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
    let known = if panel.kind == "row" { ROW } else { PANEL };
    if !pattern.contains(['.', '[']) && !known.contains(&pattern) {
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
        // The conversion to v2 doesn't know it.
        "transformations[].topic" => !facts.v2[0] && facts.is_stored_as_v2(),
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

/// A constant's choice is its query said twice.
fn is_own_value(choice: &Value, variable: &Value) -> bool {
    let query = variable.get("query");
    query.is_some() && choice.get("text") == query && choice.get("value") == query
}

/// In a template variable.
pub(super) fn variable(
    facts: &Facts<'_>,
    variable: &Value,
    pattern: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<&'static Rule> {
    let kind = variable.get("type").and_then(Value::as_str).unwrap_or_default();
    let key = pattern;
    let only_a_type = |value: &Value| is_only_a_type(facts, value);
    let lists = [before, after].map(|query| query.and_then(Value::as_str));
    if (kind, pattern) == ("interval", "query")
        && is_scene(facts, 1)
        && let [Some(old), Some(new)] = lists
        && !old.contains(['"', '\''])
        && new.split(',').eq(old.split(',').map(str::trim))
    {
        return Some(&rules::INTERVAL_LIST);
    }
    let is_unset = present(before).is_none_or(|query| query.as_str() == Some(""));
    if (kind, pattern) == ("interval", "query") && is_unset && is_scene(facts, 1) {
        return (after.and_then(Value::as_str) == Some(INTERVALS)).then_some(&rules::NO_INTERVALS);
    }
    if one_sided(before, after) {
        let value = present(before).or(after)?;
        let spelled_out = facts.v2 != [false, false] || present(before).is_none() && facts.is_stored_as_v2();
        let filled = match (kind, pattern) {
            ("query", "regexApplyTo") => value.as_str() == Some("value"),
            ("custom", "valuesFormat") => value.as_str() == Some("csv"),
            ("interval", "refresh") => value.as_u64() == Some(2),
            ("datasource", "refresh") => matches!(value.as_u64(), Some(0 | 1)),
            ("constant", "hide") => value.as_u64() == Some(2),
            ("constant", "skipUrlSync") => value.as_bool() == Some(true),
            (_, "current.text" | "current.value") => value.as_str() == Some(""),
            ("constant", "current") if is_own_value(value, variable) => true,
            (_, "current") => *value == serde_json::json!({"text": "", "value": ""}),
            (_, "datasource") => only_a_type(value),
            // v2 spells out what isn't set, and its classic rendering does too (`v2alpha1_to_v1.go` of 13.1).
            ("query", "refresh") | ("interval", "auto_count") if spelled_out => value.as_u64() == Some(0),
            ("interval", "auto_min") if spelled_out => value.as_str() == Some(""),
            ("query", "query") => value.as_object().is_some_and(serde_json::Map::is_empty),
            ("groupby", "multi") => value.as_bool() == Some(true),
            ("adhoc", "enableGroupBy") => value.as_bool() == Some(false),
            ("adhoc", "baseFilters" | "filters" | "defaultKeys") => value.as_array().is_some_and(Vec::is_empty),
            _ => false,
        };
        if filled {
            return Some(&rules::SCENE_FILLS);
        }
        if !left_out(facts, before, after) {
            return None;
        }
        if let Some(part) = pattern.strip_prefix("current.") {
            let is_plain = !part.contains(['.', '[']);
            return (is_plain && !matches!(part, "text" | "value" | "properties")).then_some(&rules::NOT_IN_SCENE);
        }
        let known = of_variable(kind)?;
        let empty = value.as_str() == Some("") && matches!(key, "label" | "description" | "definition" | "allValue");
        let unused = key == "sort" && value.as_u64() == Some(0) || key == "datasource" && value.is_string();
        return (empty || unused || !key.contains(['.', '[']) && !VARIABLE.contains(&key) && !known.contains(&key))
            .then_some(&rules::NOT_IN_SCENE);
    }
    if !is_scene(facts, 1) {
        return None;
    }
    // Of filters that name no data source the page takes the default one (`sceneVariablesSetToVariables.ts` of 13.1).
    let names_none = before.is_some_and(only_a_type);
    let names_one = after.is_some_and(|after| after.get("uid").is_some());
    if pattern == "datasource" && matches!(kind, "adhoc" | "groupby") && names_none && names_one {
        return Some(&rules::SCENE_FILLS);
    }
    // A name that the server doesn't know says nothing; what is left is the type of the default one.
    if pattern == "datasource" && before.is_some_and(Value::is_string) && after.is_some_and(only_a_type) {
        return Some(&rules::NOT_IN_SCENE);
    }
    let forced = match (kind, pattern) {
        // The server knows the orders up to 4; it makes none of the others.
        ("query", "sort") => before.and_then(Value::as_u64) > Some(4) && after.and_then(Value::as_u64) == Some(0),
        ("datasource", "refresh") => after.and_then(Value::as_u64) == Some(1),
        ("constant", "skipUrlSync") => after.and_then(Value::as_bool) == Some(true),
        ("constant", "hide") => {
            (facts.schemas[0] != facts.schemas[1] || !facts.v2[1]) && after.and_then(Value::as_u64) == Some(2)
        }
        _ => false,
    };
    forced.then_some(&rules::SCENE_FILLS)
}

/// A reference that names a plugin, one that may be the default data source's, and nothing else.
fn is_only_a_type(facts: &Facts<'_>, value: &Value) -> bool {
    let names_one = |source: &serde_json::Map<String, Value>| source.len() == 1 && source.contains_key("type");
    value.as_object().is_some_and(names_one) && facts.sources.is_consistent(value)
}

/// In an annotation query.
pub(super) fn annotation(
    facts: &Facts<'_>,
    pattern: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<&'static Rule> {
    // A name instead of a reference is lost; what is left means the built-in data source.
    let only_a_type = |value: &Value| is_only_a_type(facts, value);
    let is_name = |value: &Value| value.as_str().is_some_and(|name| !name.starts_with('$'));
    if pattern == "datasource"
        && is_scene(facts, 1)
        && before.is_some_and(is_name)
        && after.is_some_and(datasource::is_grafana)
    {
        return Some(&rules::NOT_IN_SCENE);
    }
    // The classic rendering of v2 says of a built-in one what that is by definition (`v2alpha1_to_v1.go` of 13.1).
    let built_in = match pattern {
        "type" => after.and_then(Value::as_str) == Some("dashboard"),
        "datasource.type" => after.and_then(Value::as_str) == Some("grafana"),
        _ => false,
    };
    if built_in && before.is_some() && facts.is_stored_as_v2() {
        return Some(&rules::SCENE_FILLS);
    }
    // A name that the server doesn't know is lost; what is left is the type of the default one.
    let is_unknown = |value: &Value| {
        let is_lost = |uid: &Value| is_name(uid) || facts.is_stored_as_v2();
        is_name(value) || value.get("type").is_none() && value.get("uid").is_some_and(is_lost)
    };
    let may_be_unknown = match present(before) {
        None => facts.v2 != [false, false],
        Some(before) => is_unknown(before),
    };
    if pattern == "datasource" && is_scene(facts, 1) && may_be_unknown && after.is_some_and(only_a_type) {
        return Some(&rules::NOT_IN_SCENE);
    }
    // The conversion to v2 keeps none that names no plugin (`v1_to_v2alpha1.go` of 13.1, buildAnnotationQuery).
    let names_no_plugin = |value: &Value| value.get("uid").is_some() && value.get("type").is_none();
    let is_converted = facts.is_stored_as_v2() && !facts.v2[0] && present(after).is_none();
    if pattern == "datasource" && is_converted && before.is_some_and(names_no_plugin) {
        return Some(&rules::NOT_IN_SCENE);
    }
    if !one_sided(before, after) {
        return None;
    }
    let value = before.or(after)?;
    match pattern {
        // What the type was is said by the query; v2 has no place for it.
        "type" => left_out(facts, before, after).then_some(&rules::NOT_IN_SCENE),
        "datasource" if datasource::is_grafana(value) && (is_scene(facts, 0) || is_scene(facts, 1)) => {
            Some(&rules::SCENE_FILLS)
        }
        "filter.exclude" => (value.as_bool() == Some(false)).then_some(&rules::SCENE_FILLS),
        "hide" | "enable" => (value.as_bool() == Some(false)).then_some(&rules::SCENE_FILLS),
        "iconColor" => (value.as_str() == Some("")).then_some(&rules::SCENE_FILLS),
        "datasource" => (left_out(facts, before, after) && value.is_string()).then_some(&rules::NOT_IN_SCENE),
        "builtIn" => {
            let is_not = value.as_u64() == Some(0) || value.as_bool() == Some(false);
            (left_out(facts, before, after) && is_not).then_some(&rules::NOT_IN_SCENE)
        }
        _ => None,
    }
}
