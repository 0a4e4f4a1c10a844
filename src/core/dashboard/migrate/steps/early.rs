//! The dashboard's own fields, and InfluxDB's first query editor.

use serde_json::{Value, json};

use super::super::fields::{Fields, array, flag, list, object, objects, shift, text};

/// Schema 2: variables and the time were a service.
pub(super) fn services_filter(dashboard: &mut Fields) {
    let Some(Value::Object(mut filter)) = object(dashboard, "services").and_then(|services| services.remove("filter"))
    else {
        return;
    };
    if let Some(time) = filter.remove("time") {
        dashboard.insert("time".into(), time);
    }
    if let Some(variables) = filter.remove("list")
        && let Some(templating) = object(dashboard, "templating")
    {
        templating.insert("list".into(), variables);
    }
    shift(dashboard, "services");
}

/// Schema 6: annotations were a pull-down; variables got a type.
pub(super) fn pulldowns(dashboard: &mut Fields) {
    let pulldown = objects(dashboard.get_mut("pulldowns")).find(|pulldown| text(pulldown, "type") == "annotations");
    if let Some(pulldown) = pulldown {
        let annotations = pulldown.get("annotations").cloned().unwrap_or_else(|| json!([]));
        dashboard.insert("annotations".into(), json!({ "list": annotations }));
    }
    for variable in objects(list(dashboard, "templating", "list")) {
        variable.entry("datasource").or_insert(Value::Null);
        if text(variable, "type") == "filter" || !variable.contains_key("type") {
            variable.insert("type".into(), "query".into());
        }
        if variable.get("allFormat") == Some(&Value::Null) {
            shift(variable, "allFormat");
        }
    }
}

/// Schema 7: the time picker was the first entry of the navigation.
pub(super) fn nav(dashboard: &mut Fields) {
    if let Some(first @ Value::Object(_)) = array(dashboard, "nav").and_then(|nav| nav.first()).cloned() {
        dashboard.insert("timepicker".into(), first);
    }
}

/// Schema 14: the shared crosshair became one of three tooltips.
pub(super) fn crosshair(dashboard: &mut Fields) {
    let shared = flag(dashboard, "sharedCrosshair");
    dashboard.insert("graphTooltip".into(), i64::from(shared).into());
    shift(dashboard, "sharedCrosshair");
}

/// Schema 40: the refresh is a text.
pub(super) fn refresh(dashboard: &mut Fields) {
    let refresh = text(dashboard, "refresh").to_owned();
    dashboard.insert("refresh".into(), refresh.into());
}

/// Schema 41: the relative times to choose from are no longer the dashboard's.
pub(super) fn time_options(dashboard: &mut Fields) {
    if let Some(timepicker) = object(dashboard, "timepicker") {
        shift(timepicker, "time_options");
    }
}

/// Schema 8: InfluxDB's fields became a chain of parts.
pub(super) fn influx_fields(panel: &mut Fields) {
    for target in objects(panel.get_mut("targets")) {
        if !["fields", "tags", "groupBy"]
            .iter()
            .all(|key| target.contains_key(*key))
        {
            continue;
        }
        let fields = shift(target, "fields");
        if flag(target, "rawQuery") {
            shift(target, "fill");
            continue;
        }
        if let Some(Value::Array(fields)) = fields {
            let select: Vec<Value> = fields.iter().filter_map(select_parts).collect();
            target.insert("select".into(), select.into());
        }
        group_by(target);
    }
}

fn select_parts(field: &Value) -> Option<Value> {
    let named = |key| field.get(key).and_then(Value::as_str);
    let parts = [
        named("name").map(|name| json!({ "type": "field", "params": [name] })),
        named("func").map(|function| json!({ "type": function, "params": [] })),
        named("mathExpr").map(|math| json!({ "type": "math", "params": [math] })),
        named("asExpr").map(|alias| json!({ "type": "alias", "params": [alias] })),
    ];
    let parts: Vec<Value> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.into())
}

fn group_by(target: &mut Fields) {
    for part in objects(target.get_mut("groupBy")) {
        let parameter = match text(part, "type") {
            "time" => "interval",
            "tag" => "key",
            _ => continue,
        };
        if let Some(value @ Value::String(_)) = part.get(parameter).cloned() {
            part.insert("params".into(), json!([value]));
            shift(part, parameter);
        }
    }
    let fill = target.get("fill").cloned();
    if let (Some(fill), Some(parts)) = (fill, array(target, "groupBy")) {
        parts.push(json!({ "type": "fill", "params": [fill] }));
        shift(target, "fill");
    }
}
