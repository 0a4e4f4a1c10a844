//! Schema 30: value mappings are grouped by kind (`schemaversion/v30.go`).

use serde_json::{Value, json};

use super::super::fields::{Fields, array, object, objects, shift, text, whole_at};

pub(super) fn value_mappings(panel: &mut Fields) {
    if let Some(config) = object(panel, "fieldConfig") {
        if let Some(defaults) = object(config, "defaults") {
            let thresholds = defaults.get("thresholds").cloned();
            if let Some(mappings) = array(defaults, "mappings") {
                regroup(mappings, thresholds.as_ref());
            }
        }
        for custom in objects(config.get_mut("overrides")) {
            for property in objects(custom.get_mut("properties")).filter(|property| text(property, "id") == "mappings")
            {
                if let Some(mappings) = array(property, "value") {
                    regroup(mappings, None);
                }
            }
        }
    }
    tooltip(panel);
}

fn tooltip(panel: &mut Fields) {
    if ["timeseries", "xychart", "xychart2"].contains(&text(panel, "type"))
        && let Some(options) = object(panel, "options")
        && let Some(tooltip) = shift(options, "tooltipOptions")
    {
        options.insert("tooltip".into(), tooltip);
    }
}

/// A mapping in the new form has its kind's name, in the old one a number.
fn is_new(mapping: &Fields) -> bool {
    !text(mapping, "type").is_empty()
}

fn regroup(mappings: &mut Vec<Value>, thresholds: Option<&Value>) {
    if mappings.iter().filter_map(Value::as_object).all(is_new) {
        return;
    }
    let mut values = None;
    let mut others = Vec::new();
    for mapping in mappings.iter().filter_map(Value::as_object) {
        if is_new(mapping) {
            match mapping.get("options") {
                Some(Value::Object(options)) if text(mapping, "type") == "value" => {
                    values.get_or_insert_with(Fields::new).extend(options.clone());
                }
                _ if text(mapping, "type") == "value" => {}
                _ => others.push(Value::Object(mapping.clone())),
            }
            continue;
        }
        let result = result(mapping, thresholds);
        match (whole_at(mapping, "type"), mapping.get("value")) {
            (Some(1), Some(Value::String(null))) if null == "null" => {
                others.push(json!({ "type": "special", "options": { "match": "null", "result": result } }));
            }
            (Some(1), Some(value)) => {
                values.get_or_insert_with(Fields::new).insert(written(value), result);
            }
            (Some(2), _) => others.push(json!({
                "type": "range",
                "options": { "from": bound(mapping, "from"), "to": bound(mapping, "to"), "result": result },
            })),
            _ => {}
        }
    }
    let values = values.map(|options| json!({ "type": "value", "options": options }));
    *mappings = values.into_iter().chain(others).collect();
}

/// The text, in the colour of the threshold that a text of a number reaches.
fn result(mapping: &Fields, thresholds: Option<&Value>) -> Value {
    let mut result = json!({ "text": mapping.get("text") });
    let number = mapping
        .get("text")
        .and_then(Value::as_str)
        .and_then(|text| text.parse().ok());
    let color = number
        .zip(thresholds)
        .and_then(|(number, thresholds)| color(number, thresholds));
    if let Some(color) = color {
        result["color"] = color;
    }
    result
}

fn color(number: f64, thresholds: &Value) -> Option<Value> {
    let mut reached = None;
    for step in thresholds.get("steps").and_then(Value::as_array)? {
        match step.get("value") {
            Some(Value::Null) => reached = Some(step),
            Some(value) => match value.as_f64() {
                // -1 stands for "no number" in the server's code.
                Some(-1.0) => {}
                Some(bound) if number >= bound => reached = Some(step),
                Some(_) => break,
                None => {}
            },
            None => {}
        }
    }
    reached
        .and_then(|step| step.get("color"))
        .filter(|color| !color.is_null())
        .cloned()
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.as_f64().map(|number| number.to_string()).unwrap_or_default(),
        _ => String::new(),
    }
}

fn bound(mapping: &Fields, key: &str) -> Value {
    let number: f64 = mapping
        .get(key)
        .map(written)
        .and_then(|text| text.parse().ok())
        .unwrap_or(0.0);
    number_of(number)
}

/// A number as JSON has it: without a fraction where it has none.
#[expect(clippy::cast_possible_truncation, reason = "only where nothing is lost")]
fn number_of(number: f64) -> Value {
    match number.fract() == 0.0 && number.abs() < 1e15 {
        true => (number as i64).into(),
        false => number.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_mappings_are_grouped_and_coloured() {
        let mut mappings = vec![
            json!({ "type": 1, "value": "null", "text": "N/A" }),
            json!({ "type": 1, "value": "1", "text": "5" }),
            json!({ "type": 2, "from": "10", "to": "20.5", "text": "high" }),
            json!({ "type": "value", "options": { "3": { "text": "three" } } }),
        ];
        let thresholds = json!({ "steps": [{ "color": "green", "value": null }, { "color": "red", "value": 4 }] });
        regroup(&mut mappings, Some(&thresholds));
        let expected = json!([
            { "type": "value", "options": { "1": { "text": "5", "color": "red" }, "3": { "text": "three" } } },
            { "type": "special", "options": { "match": "null", "result": { "text": "N/A" } } },
            { "type": "range", "options": { "from": 10, "to": 20.5, "result": { "text": "high" } } },
        ]);
        assert_eq!(Value::from(mappings), expected);
    }
}
