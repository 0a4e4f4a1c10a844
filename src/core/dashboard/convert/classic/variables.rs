//! Variables, kind by kind.

use serde_json::{Value, json};

use super::super::super::migrate::fields::{Fields, flag, text, whole_at};
use super::super::words::{HIDE, REFRESH, SORT, number};
use super::super::{LEGACY_TEXT, objects, only, present};
use super::{data_source, not_empty};

pub(super) fn variables(spec: &Fields) -> Vec<Value> {
    objects(spec.get("variables")).filter_map(classic).collect()
}

fn classic(variable: &Fields) -> Option<Value> {
    let spec = variable.get("spec").and_then(Value::as_object)?;
    let own = match text(variable, "kind") {
        "QueryVariable" => query(spec),
        "DatasourceVariable" => plugin(spec),
        "CustomVariable" => custom(spec),
        "ConstantVariable" => {
            json!({ "type": "constant", "hide": 2, "query": text(spec, "query"), "current": current(spec) })
        }
        "IntervalVariable" => interval(spec),
        "TextVariable" => json!({ "type": "textbox", "query": text(spec, "query"), "current": current(spec) }),
        "GroupByVariable" => group_by(spec),
        "AdhocVariable" => adhoc(spec),
        "SwitchVariable" => switch(spec),
        _ => return None,
    };
    let mut made = json!({
        "name": text(spec, "name"),
        "hide": number(HIDE, spec.get("hide")),
        "skipUrlSync": flag(spec, "skipUrlSync"),
        "label": only(spec, "label", Value::is_string),
        "description": only(spec, "description", Value::is_string),
    });
    if let (Value::Object(made), Value::Object(own)) = (&mut made, own) {
        made.extend(own);
    }
    Some(present(made))
}

fn query(spec: &Fields) -> Value {
    let query = spec.get("query");
    let own = query.and_then(|query| query.get("spec"));
    let kind = query
        .and_then(|query| query.get("kind"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    let asked = match own.and_then(|own| own.get(LEGACY_TEXT)) {
        Some(Value::String(text)) => text.as_str().into(),
        _ => own.filter(|own| own.is_object()).cloned().unwrap_or_else(|| json!({})),
    };
    json!({
        "type": "query",
        "multi": flag(spec, "multi"),
        "includeAll": flag(spec, "includeAll"),
        "refresh": number(REFRESH, spec.get("refresh")),
        "sort": number(SORT, spec.get("sort")),
        "regex": text(spec, "regex"),
        "current": current(spec),
        "options": options(spec.get("options")),
        "allValue": only(spec, "allValue", Value::is_string),
        "definition": only(spec, "definition", Value::is_string),
        "regexApplyTo": only(spec, "regexApplyTo", Value::is_string),
        "allowCustomValue": flag(spec, "allowCustomValue"),
        "staticOptions": only(spec, "staticOptions", not_empty).map(|list| options(Some(&list))),
        "staticOptionsOrder": only(spec, "staticOptionsOrder", Value::is_string),
        "query": asked,
        "datasource": data_source(spec.get("datasource"), kind),
    })
}

fn plugin(spec: &Fields) -> Value {
    json!({
        "type": "datasource",
        "multi": flag(spec, "multi"),
        "includeAll": flag(spec, "includeAll"),
        "refresh": number(REFRESH, spec.get("refresh")),
        "regex": text(spec, "regex"),
        "query": text(spec, "pluginId"),
        "current": current(spec),
        "options": options(spec.get("options")),
        "allValue": only(spec, "allValue", Value::is_string),
        "allowCustomValue": flag(spec, "allowCustomValue"),
    })
}

fn custom(spec: &Fields) -> Value {
    json!({
        "type": "custom",
        "multi": flag(spec, "multi"),
        "includeAll": flag(spec, "includeAll"),
        "query": text(spec, "query"),
        "allowCustomValue": flag(spec, "allowCustomValue"),
        "current": current(spec),
        "options": options(spec.get("options")),
        "allValue": only(spec, "allValue", Value::is_string),
        "valuesFormat": only(spec, "valuesFormat", |format| *format == "json" || *format == "csv"),
    })
}

fn interval(spec: &Fields) -> Value {
    json!({
        "type": "interval",
        "query": text(spec, "query"),
        "auto": flag(spec, "auto"),
        "auto_min": text(spec, "auto_min"),
        "auto_count": whole_at(spec, "auto_count").unwrap_or(0),
        "current": current(spec),
        "options": options(spec.get("options")),
    })
}

fn group_by(spec: &Fields) -> Value {
    let default = spec.get("defaultValue").and_then(Value::as_object);
    json!({
        "type": "groupby",
        "multi": flag(spec, "multi"),
        "current": current(spec),
        "options": options(spec.get("options")),
        "datasource": data_source(spec.get("datasource"), ""),
        "defaultValue": default.map(chosen),
    })
}

fn adhoc(spec: &Fields) -> Value {
    let filters =
        |key: &str| only(spec, key, not_empty).map(|list| objects(Some(&list)).map(filter).collect::<Vec<_>>());
    let key = |key: &Fields| {
        present(json!({
            "text": text(key, "text"),
            "value": key.get("value"),
            "group": key.get("group"),
            "expandable": key.get("expandable"),
        }))
    };
    let keys: Vec<Value> = objects(spec.get("defaultKeys")).map(key).collect();
    json!({
        "type": "adhoc",
        "allowCustomValue": flag(spec, "allowCustomValue"),
        "enableGroupBy": only(spec, "enableGroupBy", Value::is_boolean),
        "datasource": data_source(spec.get("datasource"), ""),
        "filters": filters("filters"),
        "baseFilters": filters("baseFilters"),
        "defaultKeys": (!keys.is_empty()).then_some(keys),
    })
}

fn filter(filter: &Fields) -> Value {
    present(json!({
        "key": text(filter, "key"),
        "operator": text(filter, "operator"),
        "value": text(filter, "value"),
        "keyLabel": only(filter, "keyLabel", Value::is_string),
        "condition": only(filter, "condition", Value::is_string),
        "values": only(filter, "values", not_empty),
        "valueLabels": only(filter, "valueLabels", not_empty),
        "origin": only(filter, "origin", Value::is_string),
    }))
}

fn switch(spec: &Fields) -> Value {
    let now = text(spec, "current");
    let option = |key: &str| {
        let value = text(spec, key);
        json!({ "text": value, "value": value, "selected": now == value })
    };
    json!({
        "type": "switch",
        "query": "",
        "current": { "text": now, "value": now },
        "options": [option("enabledValue"), option("disabledValue")],
    })
}

fn current(spec: &Fields) -> Value {
    let empty = Fields::new();
    chosen(spec.get("current").and_then(Value::as_object).unwrap_or(&empty))
}

fn chosen(option: &Fields) -> Value {
    json!({ "text": text_or_texts(option.get("text")), "value": text_or_texts(option.get("value")) })
}

fn options(list: Option<&Value>) -> Vec<Value> {
    let option = |option: &Fields| {
        let mut made = chosen(option);
        if let Some(selected) = only(option, "selected", Value::is_boolean) {
            made["selected"] = selected;
        }
        made
    };
    objects(list).map(option).collect()
}

/// An empty list is an empty text.
fn text_or_texts(value: Option<&Value>) -> Value {
    match value {
        Some(Value::String(text)) => text.as_str().into(),
        Some(list) if not_empty(list) => list.clone(),
        _ => "".into(),
    }
}
