//! What the page keeps of a template variable, and what it writes by itself.

use serde_json::Value;

use super::super::here::Facts;
use super::super::same::{one_sided, present};
use super::super::{Rule, rules};
use super::{is_only_a_type, is_scene, left_out};

/// The choices of an interval variable that has none (`initialIntervalVariableModelState` in grafana/grafana
/// `features/variables/interval/reducer.ts`).
const INTERVALS: &str = "1m,10m,30m,1h,6h,12h,1d,7d,14d,30d";

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

/// A constant's choice is its query said twice.
fn is_own_value(choice: &Value, variable: &Value) -> bool {
    let query = variable.get("query");
    query.is_some() && choice.get("text") == query && choice.get("value") == query
}

/// Whether a text is the value of one of a switch's choices, or of its current one.
fn is_a_choice(text: &Value, variable: &Value) -> bool {
    let choices = variable.get("options").and_then(Value::as_array).into_iter().flatten();
    let mut all = choices.chain(variable.get("current"));
    all.any(|choice| choice.get("value") == Some(text))
}

/// In a template variable.
pub(in crate::dashboard::compare) fn variable(
    facts: &Facts<'_>,
    [old, variable]: [&Value; 2],
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
    let is_chosen = kind == "interval" && matches!(pattern, "current.text" | "current.value");
    if is_chosen
        && is_scene(facts, 1)
        && offered_instead(old).is_some_and(|first| after.is_some_and(|new| new == first))
    {
        return Some(&rules::FIRST_INTERVAL);
    }
    // Of filters that name no data source the page takes one of their plugin, or the default one (`transformSaveModelSchemaV2ToScene.ts`
    // and `layoutSerializers/utils.ts` of 13.1, getDataSourceForQuery); the conversion to v2 keeps no plugin without a data source.
    let names_none = match present(before) {
        None => facts.v2[0],
        Some(before) => only_a_type(before),
    };
    let plugin = before.and_then(|before| before.get("type")?.as_str());
    let names_one = after.is_some_and(|after| facts.sources.may_be_chosen(plugin, after));
    if pattern == "datasource" && matches!(kind, "adhoc" | "groupby") && is_scene(facts, 1) && names_none && names_one {
        return Some(&rules::SCENE_FILLS);
    }
    let is_text = kind == "switch" && matches!(pattern, "current.text" | "options[].text");
    if is_text && after.is_some_and(|text| is_a_choice(text, variable)) {
        return Some(&rules::SWITCH_TEXT);
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
        if kind == "adhoc" && facts.is_stored_as_v2() && !facts.v2[0] && loses_of_filter(pattern, value) {
            return Some(&rules::NOT_IN_SCENE);
        }
        // v2 has no choices of these (`v1_to_v2alpha1.go` of 13.1, buildTextVariable and buildConstantVariable).
        if facts.is_stored_as_v2() && !facts.v2[0] && (kind, pattern) == ("textbox", "options") {
            return Some(&rules::NOT_IN_SCENE);
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

/// The interval that the page shows instead of one that the variable doesn't offer: its first (`getCurrentValueForOldIntervalModel` in
/// grafana/grafana `dashboard-scene/utils/utils.ts` of 12.4 and 13.1). The automatic one is known by its name and an underscore.
fn offered_instead(variable: &Value) -> Option<&str> {
    let chosen = variable.pointer("/current/value");
    let chosen = chosen
        .and_then(|value| value.get(0).or(Some(value))?.as_str())
        .unwrap_or_default();
    let query = variable
        .get("query")?
        .as_str()
        .filter(|query| !query.contains(['"', '\'']))?;
    let is_automatic = chosen == "$__auto" || chosen.starts_with("$__auto_interval_");
    let mut offered = query.split(',').map(str::trim);
    let first = offered.clone().next().filter(|first| !first.is_empty())?;
    (!is_automatic && offered.all(|interval| interval != chosen)).then_some(first)
}

/// What a filter, or a key that it offers, has that the conversion to v2 doesn't know (`v1_to_v2alpha1.go` of 13.1,
/// transformAdHocFilters and transformMetricFindValues).
fn loses_of_filter(pattern: &str, value: &Value) -> bool {
    let filter = ["filters[].", "baseFilters[]."]
        .iter()
        .find_map(|list| pattern.strip_prefix(list));
    match (filter, pattern.strip_prefix("defaultKeys[].")) {
        (Some("condition"), _) => value.as_str() == Some(""),
        (Some(key), _) => !key.contains(['.', '[']) && !FILTER.contains(&key),
        (None, Some(key)) => !key.contains(['.', '[']) && !matches!(key, "text" | "value"),
        (None, None) => false,
    }
}

const FILTER: &[&str] = &[
    "condition",
    "key",
    "keyLabel",
    "operator",
    "origin",
    "value",
    "valueLabels",
    "values",
];
