//! Panels, each schema version's step in one function.

use serde_json::{Value, json};

use super::super::fields::{Fields, array, flag, measure, object, objects, shift, text};

/// Schema 17: the least width of a repeated panel became the most panels in a row.
pub(super) fn max_per_row(panel: &mut Fields) {
    const FACTORS: [u8; 8] = [1, 2, 3, 4, 6, 8, 12, 24];
    let Some(least) = shift(panel, "minSpan")
        .as_ref()
        .and_then(measure)
        .filter(|least| *least > 0.0)
    else {
        return;
    };
    let most = 24.0 / least;
    let larger = FACTORS.iter().position(|factor| f64::from(*factor) > most);
    if let Some(larger) = larger {
        panel.insert("maxPerRow".into(), FACTORS[larger.saturating_sub(1)].into());
    }
}

/// Schema 18: the first gauge's options were named after it.
pub(super) fn gauge_options(panel: &mut Fields) {
    const VALUE: [&str; 5] = ["unit", "stat", "decimals", "prefix", "suffix"];
    let Some(Value::Object(mut old)) = panel.get("options-gauge").cloned() else {
        return;
    };
    shift(panel, "options-gauge");
    let mut value_options = Fields::new();
    for key in VALUE {
        if let Some(value) = shift(&mut old, key) {
            value_options.insert(key.into(), value);
        }
    }
    let mut options = Fields::new();
    options.insert("valueOptions".into(), Value::Object(value_options));
    if let Some(Value::Array(mut thresholds)) = shift(&mut old, "thresholds")
        && !thresholds.is_empty()
    {
        thresholds.reverse();
        options.insert("thresholds".into(), thresholds.into());
    }
    shift(&mut old, "options");
    options.extend(old);
    panel.insert("options".into(), Value::Object(options));
}

/// Schema 26: `text2` is the text panel.
pub(super) fn text2(panel: &mut Fields) {
    if text(panel, "type") == "text2" {
        panel.insert("type".into(), "text".into());
        if let Some(options) = object(panel, "options") {
            shift(options, "angular");
        }
    }
}

/// Schema 27: copies that a repetition made aren't kept.
pub(super) fn drop_repeated(dashboard: &mut Fields) {
    let Some(panels) = array(dashboard, "panels") else {
        return;
    };
    panels.retain(|panel| {
        panel.is_object() && panel.get("repeatPanelId").is_none() && panel.get("repeatByRow").is_none()
    });
    for row in objects(dashboard.get_mut("panels")).filter(|panel| text(panel, "type") == "row") {
        if let Some(nested) = array(row, "panels") {
            nested.retain(|panel| panel.is_object() && panel.get("repeatPanelId").is_none());
        }
    }
}

/// Schema 31: labels that became fields are merged.
pub(super) fn labels_to_fields(panel: &mut Fields) {
    let Some(transformations) = array(panel, "transformations") else {
        return;
    };
    let mut merged = Vec::with_capacity(transformations.len());
    for transformation in transformations.drain(..) {
        let labels = transformation.get("id").and_then(Value::as_str) == Some("labelsToFields");
        merged.push(transformation);
        if labels {
            merged.push(json!({ "id": "merge", "options": {} }));
        }
    }
    *transformations = merged;
}

/// Schema 35: a hidden axis hid the time's as well, which now has to be shown by itself.
pub(super) fn x_axis(panel: &mut Fields) {
    if text(panel, "type") != "timeseries" {
        return;
    }
    let Some(config) = object(panel, "fieldConfig") else {
        return;
    };
    let placement = config
        .get("defaults")
        .and_then(|defaults| defaults.pointer("/custom/axisPlacement"));
    if placement.and_then(Value::as_str) != Some("hidden") {
        return;
    }
    let time = json!({
        "matcher": { "id": "byType", "options": "time" },
        "properties": [{ "id": "custom.axisPlacement", "value": "auto" }],
    });
    match array(config, "overrides") {
        Some(overrides) => overrides.push(time),
        None => {
            config.insert("overrides".into(), json!([time]));
        }
    }
}

/// Schema 37: whether a legend is shown has a field of its own.
pub(super) fn legend(panel: &mut Fields) {
    let Some(legend) = object(panel, "options").and_then(|options| object(options, "legend")) else {
        return;
    };
    let hidden = text(legend, "displayMode") == "hidden" || legend.get("showLegend") == Some(&Value::Bool(false));
    if hidden {
        legend.insert("displayMode".into(), "list".into());
    }
    legend.insert("showLegend".into(), (!hidden).into());
}

/// Schema 39: the statistic of a query is one of its options.
pub(super) fn time_series_table(panel: &mut Fields) {
    for transformation in objects(panel.get_mut("transformations")) {
        if text(transformation, "id") != "timeSeriesTable" {
            continue;
        }
        let by_query = object(transformation, "options").and_then(|options| object(options, "refIdToStat"));
        if let Some(by_query) = by_query {
            let options: Fields = by_query
                .iter()
                .map(|(query, stat)| (query.clone(), json!({ "stat": stat })))
                .collect();
            transformation.insert("options".into(), Value::Object(options));
        }
    }
}

/// Schema 42: what is hidden from the graph is hidden from its tooltip.
pub(super) fn hide_from(panel: &mut Fields) {
    let Some(config) = object(panel, "fieldConfig") else {
        return;
    };
    for custom in objects(config.get_mut("overrides")) {
        for property in objects(custom.get_mut("properties")) {
            if text(property, "id") == "custom.hideFrom"
                && let Some(value) = object(property, "value")
                && flag(value, "viz")
            {
                value.insert("tooltip".into(), true.into());
            }
        }
    }
}
