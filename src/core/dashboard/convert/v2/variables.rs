//! Variables, kind by kind.

use serde_json::{Value, json};

use super::super::super::migrate::Context;
use super::super::super::migrate::fields::{Fields, flag, text};
use super::super::words::{HIDE, REFRESH, SORT, SORT_BY_NUMBER, word};
use super::super::{LEGACY_TEXT, filled, objects, only, present, text_of, texts};
use super::sources::{Source, default_kind, of_group_by, of_variable};
use super::whole_of;

pub(super) fn variables(classic: &Fields, context: &Context) -> Vec<Value> {
    let list = classic.get("templating").and_then(|templating| templating.get("list"));
    objects(list)
        .filter_map(|variable| convert(variable, context))
        .collect()
}

/// A kind that v2 doesn't know is left out.
fn convert(variable: &Fields, context: &Context) -> Option<Value> {
    let (kind, own) = match text(variable, "type") {
        "query" => ("QueryVariable", query(variable, context)),
        "datasource" => ("DatasourceVariable", data_source(variable, context)),
        "custom" => ("CustomVariable", custom(variable)),
        "adhoc" => {
            return Some(with_source(
                "AdhocVariable",
                variable,
                adhoc(variable),
                &of_variable(context, variable),
            ));
        }
        "constant" => ("ConstantVariable", constant(variable)),
        "interval" => ("IntervalVariable", interval(variable)),
        "textbox" => ("TextVariable", text_box(variable)),
        "switch" => ("SwitchVariable", switch(variable)),
        "groupby" => {
            let source = of_group_by(context, variable);
            return Some(with_source("GroupByVariable", variable, group_by(variable), &source));
        }
        _ => return None,
    };
    Some(json!({ "kind": kind, "spec": spec(variable, own) }))
}

fn with_source(kind: &str, variable: &Fields, own: Value, source: &Source) -> Value {
    let name = (!source.uid.is_empty()).then_some(&source.uid);
    // Where no uid is known, the group is lost with the reference.
    let group = name.map_or("", |_| source.kind.as_str());
    json!({
        "kind": kind,
        "group": group,
        "datasource": present(json!({ "name": name })),
        "spec": spec(variable, own),
    })
}

/// What all kinds have, and a kind's own.
fn spec(variable: &Fields, own: Value) -> Value {
    let mut spec = json!({
        "name": text(variable, "name"),
        "label": text_of(variable, "label"),
        "description": text_of(variable, "description"),
        "hide": word(HIDE, HIDE.len(), variable.get("hide")),
        "skipUrlSync": flag(variable, "skipUrlSync"),
    });
    if let (Value::Object(spec), Value::Object(own)) = (&mut spec, own) {
        spec.extend(own);
    }
    present(spec)
}

fn query(variable: &Fields, context: &Context) -> Value {
    let query = match variable.get("query") {
        Some(Value::String(text)) if !text.is_empty() => json!({ LEGACY_TEXT: text }),
        Some(Value::Object(query)) => Value::Object(query.clone()),
        _ => json!({}),
    };
    let order =
        text_of(variable, "staticOptionsOrder").filter(|order| ["before", "after", "sorted"].contains(&order.as_str()));
    json!({
        "current": current(variable.get("current")),
        "multi": flag(variable, "multi"),
        "includeAll": flag(variable, "includeAll"),
        "refresh": word(REFRESH, REFRESH.len(), variable.get("refresh")),
        "sort": word(SORT, SORT_BY_NUMBER, variable.get("sort")),
        "regex": text(variable, "regex"),
        "regexApplyTo": text_of(variable, "regexApplyTo"),
        "query": of_variable(context, variable).query(query),
        "allowCustomValue": allows_custom(variable),
        "definition": only(variable, "definition", Value::is_string),
        "options": options(variable.get("options")),
        "staticOptions": filled(options(variable.get("staticOptions"))),
        "staticOptionsOrder": order,
        "allValue": text_of(variable, "allValue"),
    })
}

fn data_source(variable: &Fields, context: &Context) -> Value {
    let plugin = variable.get("query").and_then(Value::as_str).map(str::to_owned);
    json!({
        "pluginId": plugin.unwrap_or_else(|| default_kind(context)),
        "current": current(variable.get("current")),
        "multi": flag(variable, "multi"),
        "includeAll": flag(variable, "includeAll"),
        "refresh": word(REFRESH, REFRESH.len(), variable.get("refresh")),
        "regex": text(variable, "regex"),
        "allowCustomValue": allows_custom(variable),
        "options": options(variable.get("options")),
        "allValue": text_of(variable, "allValue"),
    })
}

fn custom(variable: &Fields) -> Value {
    json!({
        "query": text(variable, "query"),
        "current": current(variable.get("current")),
        "multi": flag(variable, "multi"),
        "includeAll": flag(variable, "includeAll"),
        "allowCustomValue": allows_custom(variable),
        "options": options(variable.get("options")),
        "allValue": text_of(variable, "allValue"),
        "valuesFormat": text_of(variable, "valuesFormat").filter(|format| format == "json" || format == "csv"),
    })
}

fn constant(variable: &Fields) -> Value {
    let query = text(variable, "query");
    let current = match variable.get("current") {
        None | Some(Value::Null) => json!({ "text": query, "value": query }),
        chosen => current(chosen),
    };
    json!({ "query": query, "current": current })
}

fn interval(variable: &Fields) -> Value {
    let steps = |option: &Fields| match option.contains_key("value") {
        true => text_of(option, "value"),
        false => text_of(option, "text"),
    };
    let query = text_of(variable, "query").unwrap_or_else(|| {
        objects(variable.get("options"))
            .filter_map(steps)
            .collect::<Vec<_>>()
            .join(",")
    });
    json!({
        "query": query,
        "current": current(variable.get("current")),
        "refresh": "onTimeRangeChanged",
        "auto": flag(variable, "auto"),
        "auto_min": text(variable, "auto_min"),
        "auto_count": whole_of(variable, "auto_count").unwrap_or(0),
        "options": options(variable.get("options")),
    })
}

fn text_box(variable: &Fields) -> Value {
    json!({ "query": text(variable, "query"), "current": current(variable.get("current")) })
}

fn switch(variable: &Fields) -> Value {
    let value = |option: &Fields| text_of(option, "value").or_else(|| text_of(option, "text"));
    let options: Vec<Option<String>> = variable
        .get("options")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|option| option.as_object().and_then(value))
        .collect();
    let option = |index: usize, default: &str| {
        options
            .get(index)
            .cloned()
            .flatten()
            .unwrap_or_else(|| default.to_owned())
    };
    let (enabled, disabled) = (option(0, "true"), option(1, "false"));
    let current = variable.get("current").and_then(Value::as_object).and_then(value);
    json!({
        "current": current.unwrap_or_else(|| disabled.clone()),
        "enabledValue": enabled,
        "disabledValue": disabled,
    })
}

fn adhoc(variable: &Fields) -> Value {
    json!({
        "allowCustomValue": allows_custom(variable),
        "enableGroupBy": only(variable, "enableGroupBy", Value::is_boolean),
        "baseFilters": objects(variable.get("baseFilters")).filter_map(filter).collect::<Vec<_>>(),
        "filters": objects(variable.get("filters")).filter_map(filter).collect::<Vec<_>>(),
        "defaultKeys": keys(variable.get("defaultKeys")),
    })
}

/// A filter that comes from elsewhere than the dashboard isn't kept.
fn filter(filter: &Fields) -> Option<Value> {
    let origin = text_of(filter, "origin");
    if origin.as_deref().is_some_and(|origin| origin != "dashboard") {
        return None;
    }
    Some(present(json!({
        "key": text(filter, "key"),
        "operator": filter.get("operator").and_then(Value::as_str).unwrap_or("="),
        "value": text(filter, "value"),
        "origin": origin,
        "keyLabel": text_of(filter, "keyLabel"),
        "condition": text_of(filter, "condition"),
        "values": filled(texts(filter.get("values"))),
        "valueLabels": filled(texts(filter.get("valueLabels"))),
    })))
}

fn keys(list: Option<&Value>) -> Vec<Value> {
    let text = |key: &Value| match key {
        Value::Object(key) => text_of(key, "text"),
        other => other.as_str().map(str::to_owned),
    };
    let keys = list.and_then(Value::as_array).into_iter().flatten().filter_map(text);
    keys.map(|key| json!({ "text": key, "value": key })).collect()
}

fn group_by(variable: &Fields) -> Value {
    json!({
        "current": current(variable.get("current")),
        "multi": variable.get("multi").and_then(Value::as_bool).unwrap_or(true),
        "options": options(variable.get("options")),
        "defaultValue": only(variable, "defaultValue", Value::is_object).as_ref().map(|value| current(Some(value))),
    })
}

fn allows_custom(variable: &Fields) -> bool {
    variable
        .get("allowCustomValue")
        .and_then(Value::as_bool)
        .unwrap_or(true)
}

fn current(value: Option<&Value>) -> Value {
    let part = |key: &str| value.and_then(|value| value.get(key));
    json!({ "text": text_or_texts(part("text")), "value": text_or_texts(part("value")) })
}

fn options(list: Option<&Value>) -> Vec<Value> {
    let option = |option: &Fields| {
        json!({
            "text": text_or_texts(option.get("text")),
            "value": text_or_texts(option.get("value")),
            "selected": flag(option, "selected"),
        })
    };
    objects(list).map(option).collect()
}

/// A text or a list of texts; anything else is an empty text.
fn text_or_texts(value: Option<&Value>) -> Value {
    match value {
        Some(Value::String(text)) => text.as_str().into(),
        Some(list @ Value::Array(_)) => texts(Some(list)).into(),
        Some(Value::Object(fields)) => text(fields, LEGACY_TEXT).into(),
        _ => "".into(),
    }
}
