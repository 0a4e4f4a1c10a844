//! Template variables: what migrations and the browser do to them.

use serde_json::Value;

use super::datasource::At;
use super::here::Here;
use super::same::{one_sided, present, same_or_absent};
use super::{Rule, rules};

fn text<'v>(variable: &'v Value, key: &str) -> &'v str {
    variable.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The rule by which a difference inside a variable is noise.
pub(super) fn explain(
    here: &Here<'_>,
    sides: [&Value; 2],
    pattern: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<&'static Rule> {
    let kind = text(sides[1], "type");
    match pattern {
        "datasource" => here.facts.sources.explain(At::Variable, before, after),
        "index" | "error" | "state" | "global" | "rootStateKey" | "initLock" if one_sided(before, after) => {
            Some(&rules::NOT_PERSISTED)
        }
        "current.selected" | "options[].selected" | "staticOptions[].selected" => Some(&rules::SELECTED),
        "options" if matches!(kind, "query" | "datasource") => Some(&rules::VARIABLE_OPTIONS),
        "options" if derived_options(sides, before, after) => Some(&rules::OPTIONS_FROM_QUERY),
        "type" | "current" | "current.text" | "current.value" | "options" | "options[].text" | "options[].value"
            if was_constant(here, sides) =>
        {
            constant(sides, pattern, before, after)
        }
        "current.text" | "current.value" | "options[]"
            if kind == "interval" && is_auto_now(here, sides, before, after) =>
        {
            Some(&rules::AUTO_INTERVAL)
        }
        "current.value" | "options[].value" if kind == "interval" => {
            let wrapped = || in_list(before, after).then_some(&rules::CURRENT_MULTI);
            auto_interval(sides, before, after).or_else(wrapped)
        }
        "current.text" | "current.value" if in_list(before, after) => Some(&rules::CURRENT_MULTI),
        "query" => query(here, sides, before, after),
        "hide" if here.facts.crosses(12) => hidden(here, sides, before, after),
        "definition" => definition(sides, before, after),
        "tags" | "tagsQuery" | "tagValuesQuery" | "useTags" if one_sided(before, after) && here.facts.crosses(28) => {
            Some(&rules::VARIABLE_TAGS)
        }
        "refresh" if here.facts.crosses(12) && kind != "query" => {
            let [old, new] = oldest_first(here, [before, after]);
            was_switch(old, new).then_some(&rules::VARIABLE_REFRESH)
        }
        "refresh" if kind == "query" && here.facts.crosses(29) => {
            let [old, new] = oldest_first(here, [before, after]);
            let to_load = here.facts.crosses(12) && new.and_then(Value::as_u64) == Some(1) && present(old).is_some();
            refresh(old, new).or_else(|| to_load.then_some(&rules::VARIABLE_REFRESH))
        }
        "refresh" if kind == "query" && (30..=40).contains(&here.facts.schemas[1]) => {
            let filled = present(before).is_none() && after.and_then(Value::as_u64) == Some(1);
            filled.then_some(&rules::QUERY_REFRESH)
        }
        _ => None,
    }
}

/// `$__auto_interval` of an interval variable got the variable's name when variables moved to React (7.0).
fn auto_interval(sides: [&Value; 2], before: Option<&Value>, after: Option<&Value>) -> Option<&'static Rule> {
    let named = format!("$__auto_interval_{}", text(sides[1], "name"));
    let (before, after) = (before?.as_str()?, after?.as_str()?);
    let renamed = |old: &str, new: &str| old == "$__auto_interval" && new == named;
    (renamed(before, after) || renamed(after, before)).then_some(&rules::AUTO_INTERVAL)
}

/// Whether the page of 11 and later says its own word for an interval that it works out, and lists none for it
/// (`getCurrentValueForOldIntervalModel` in grafana/grafana `dashboard-scene/utils/utils.ts`, `sceneVariablesSetToVariables.ts`).
fn is_auto_now(here: &Here<'_>, sides: [&Value; 2], before: Option<&Value>, after: Option<&Value>) -> bool {
    const AUTO: &str = "$__auto";
    let is_old = |value: Option<&Value>| {
        let value = value.and_then(Value::as_str).unwrap_or_default();
        value == format!("$__auto_interval_{}", text(sides[0], "name")) || value == "$__auto_interval"
    };
    let of_before = |key: &str| before.and_then(|choice| choice.get(key));
    if here.facts.schemas[1] < 39
        || sides
            .iter()
            .any(|side| side.get("auto").and_then(Value::as_bool) != Some(true))
    {
        return false;
    }
    if after.is_none() {
        return is_old(of_before("value")) && of_before("text").and_then(Value::as_str) == Some("auto");
    }
    let was_auto = is_old(sides[0].pointer("/current/value"));
    let said = before.and_then(Value::as_str);
    was_auto && (is_old(before) || said == Some("auto")) && after.and_then(Value::as_str) == Some(AUTO)
}

/// Step 12: what is hidden, the variable or its label, became one setting.
fn hidden(here: &Here<'_>, sides: [&Value; 2], before: Option<&Value>, after: Option<&Value>) -> Option<&'static Rule> {
    let [old, _] = oldest_first(here, sides);
    let [none, set] = oldest_first(here, [before, after]);
    let is = |key: &str| old.get(key).and_then(Value::as_bool) == Some(true);
    let made = if is("hideVariable") {
        2
    } else {
        u64::from(is("hideLabel"))
    };
    (present(none).is_none() && set.and_then(Value::as_u64) == Some(made)).then_some(&rules::VARIABLE_HIDE)
}

/// Step 27: a constant's value is its query; one that can be seen becomes a text box.
fn was_constant(here: &Here<'_>, sides: [&Value; 2]) -> bool {
    let [old, new] = oldest_first(here, sides);
    here.facts.crosses(27) && text(old, "type") == "constant" && matches!(text(new, "type"), "constant" | "textbox")
}

fn oldest_first<T>(here: &Here<'_>, [before, after]: [T; 2]) -> [T; 2] {
    let [old, new] = here.facts.schemas;
    if old <= new { [before, after] } else { [after, before] }
}

fn constant(sides: [&Value; 2], pattern: &str, before: Option<&Value>, after: Option<&Value>) -> Option<&'static Rule> {
    let old = if text(sides[0], "type") == "constant" {
        sides[0]
    } else {
        sides[1]
    };
    let new = if std::ptr::eq(old, sides[0]) {
        sides[1]
    } else {
        sides[0]
    };
    let migrated = if std::ptr::eq(old, sides[0]) { after } else { before };
    let visible = matches!(old.get("hide").and_then(Value::as_u64), Some(0 | 1));
    let derived = match pattern {
        "type" => visible && text(new, "type") == "textbox",
        "current" => present(migrated).is_some_and(|current| is_choice(current, text(old, "query"))),
        "options" => {
            let options = migrated.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            options.iter().all(|option| is_choice(option, text(old, "query"))) && options.len() == 1
        }
        _ => migrated.and_then(Value::as_str) == Some(text(old, "query")),
    };
    derived.then_some(&rules::CONSTANT_TO_TEXTBOX)
}

/// `{selected, text, value}` with one text.
fn is_choice(choice: &Value, expected: &str) -> bool {
    choice.as_object().is_some_and(|map| {
        map.iter().all(|(key, value)| match key.as_str() {
            "selected" => true,
            "text" | "value" => value.as_str() == Some(expected),
            _ => false,
        }) && map.contains_key("text")
            && map.contains_key("value")
    })
}

/// Step 23: the current value of a variable with several is a list, of one with one value it isn't; so it follows that choice, which
/// is told where it is made.
fn in_list(before: Option<&Value>, after: Option<&Value>) -> bool {
    let wraps = |list: Option<&Value>, single: Option<&Value>| match (list, single) {
        (Some(Value::Array(list)), Some(single)) if !single.is_array() => list.as_slice() == [single.clone()],
        _ => false,
    };
    wraps(before, after) || wraps(after, before)
}

/// The choices of a variable whose query spells them out are the query said twice; newer Grafanas store none.
fn derived_options(sides: [&Value; 2], before: Option<&Value>, after: Option<&Value>) -> bool {
    if !same_or_absent(sides[0].get("query"), sides[1].get("query")) {
        return false;
    }
    let empty = |value: Option<&Value>| present(value).is_none_or(|value| value.as_array().is_some_and(Vec::is_empty));
    let listed = match (empty(before), empty(after)) {
        (true, true) => return true,
        (true, false) => after,
        (false, true) => before,
        (false, false) => return false,
    };
    let kind = text(sides[1], "type");
    let query = text(sides[1], "query");
    let known: Vec<&str> = match kind {
        "custom" | "interval" => query.split(',').map(str::trim).collect(),
        "constant" | "textbox" => vec![query],
        _ => return false,
    };
    listed.and_then(Value::as_array).is_some_and(|options| {
        options.iter().all(|option| {
            let value = text(option, "value");
            let shown = text(option, "text");
            (known.contains(&value) && (shown == value || kind == "custom" && query.contains(shown)))
                || value == "$__all"
                || value.starts_with("$__auto_interval")
        })
    })
}

/// From 7.x on the query of a query variable is an object that holds the old text.
fn query(here: &Here<'_>, sides: [&Value; 2], before: Option<&Value>, after: Option<&Value>) -> Option<&'static Rule> {
    let (text_form, object) = match (before?, after?) {
        (Value::String(query), Value::Object(object)) | (Value::Object(object), Value::String(query)) => {
            (query, object)
        }
        _ => return None,
    };
    let name = text(sides[1], "name");
    let known_source = |source: &str| match here.facts.sources.names() {
        Some(mut names) => names.any(|name| name == source),
        None => !source.is_empty(),
    };
    let wrapped = object.get("query").and_then(Value::as_str) == Some(text_form)
        && object.contains_key("refId")
        && object.iter().all(|(key, value)| match key.as_str() {
            "query" => true,
            "refId" => value.as_str().is_some_and(|id| {
                matches!(
                    id,
                    "StandardVariableQuery" | "PrometheusVariableQueryEditor-VariableQuery"
                ) || id
                    .strip_suffix(&format!("-{name}-Variable-Query"))
                    .is_some_and(known_source)
            }),
            "qryType" => value.as_i64() == Some(query_type(text_form)),
            _ => false,
        });
    wrapped.then_some(&rules::VARIABLE_QUERY_OBJECT)
}

/// grafana/grafana `prometheus/src/types.ts`, `PrometheusVariableQueryType`.
fn query_type(query: &str) -> i64 {
    let call = query.trim_start().split('(').next().unwrap_or_default();
    match call {
        "label_names" => 0,
        "label_values" => 1,
        "metrics" => 2,
        "query_result" => 3,
        _ => 5,
    }
}

/// `definition` shows the query in lists: empty, absent or the query itself. The editor writes it with each query that it is given
/// (`QueryVariableEditor.tsx` and `variables/query/actions.ts` of grafana/grafana).
fn definition(sides: [&Value; 2], before: Option<&Value>, after: Option<&Value>) -> Option<&'static Rule> {
    let query = |side: &Value| {
        side.get("query")
            .and_then(Value::as_str)
            .or_else(|| side.pointer("/query/query").and_then(Value::as_str))
            .map(str::to_owned)
    };
    let fits = |value: Option<&Value>, side: &Value| match present(value) {
        None => true,
        Some(value) => value
            .as_str()
            .is_some_and(|shown| shown.is_empty() || Some(shown) == query(side).as_deref()),
    };
    let says_query = present(after).and_then(Value::as_str).filter(|shown| !shown.is_empty());
    let is_told = query(sides[0]) == query(sides[1]) || says_query.is_some();
    let one_empty = [before, after]
        .iter()
        .any(|value| present(*value).is_none_or(|value| value.as_str() == Some("")));
    (is_told && one_empty && fits(before, sides[0]) && fits(after, sides[1])).then_some(&rules::VARIABLE_DEFINITION)
}

/// Step 12: whether to refresh was a switch; what is a number already is on to the browser, and off to the server, which reads no
/// other switch than `true`.
fn was_switch(old: Option<&Value>, new: Option<&Value>) -> bool {
    let Some(old) = present(old) else { return false };
    let is_on = [
        Some(old.as_u64() != Some(0) && old.as_bool() != Some(false)),
        old.as_bool(),
    ];
    let made = |on: Option<bool>| new.and_then(Value::as_u64) == Some(u64::from(on == Some(true)));
    is_on.into_iter().any(made)
}

/// Step 29: a query variable that refreshed in no known way now refreshes when the dashboard is loaded.
fn refresh(old: Option<&Value>, new: Option<&Value>) -> Option<&'static Rule> {
    let number = |value: Option<&Value>| value.and_then(Value::as_i64);
    (!matches!(number(old), Some(1 | 2)) && number(new) == Some(1)).then_some(&rules::VARIABLE_REFRESH)
}
