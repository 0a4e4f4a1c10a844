//! Graph to time series: `graphToTimeseriesOptions` of grafana/grafana `timeseries/migrations.ts`.

use serde_json::{Map, Number, Value, json};

use super::super::{Panel, at, js_number};
use super::{Settings, field_config, is_truthy, legend_options, truthy};

/// Whether the server sorts no keys that the browser lists: then it makes no difference whether the settings went through it.
pub(super) fn is_sorted(old: &Map<String, Value>) -> bool {
    let series = old
        .get("seriesOverrides")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let listed = ["aliasColors", "legend"]
        .iter()
        .filter_map(|key| old.get(*key))
        .chain(series);
    listed.filter_map(Value::as_object).all(|map| map.keys().is_sorted())
}

/// `sorted`: the settings went through the server, which sorts keys, before the browser listed them.
pub(super) fn settings(panel: &Panel<'_>, sorted: bool) -> Settings {
    let old = panel.old;
    let (own, mut overrides) = field_config(old);
    let axes = old
        .get("yaxes")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let mut y1 = axis(axes.first());
    let mut custom = take_custom(&mut y1);
    let mut defaults = own;
    defaults.remove("custom");
    defaults.extend(y1);

    overrides.extend(alias_colors(old, sorted));
    let dash = line_style(old);
    let series = old
        .get("seriesOverrides")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let y2 = Axis {
        settings: axis(axes.get(1)),
        first: &defaults,
        first_custom: &custom,
    };
    let rules: Vec<Value> = series
        .iter()
        .filter_map(|series| series_override(series.as_object()?, &y2, &dash, sorted))
        .collect();
    let bands = series
        .iter()
        .any(|series| series.get("fillBelowTo").is_some() && series.get("alias").is_some_and(is_truthy));
    overrides.extend(rules);

    drawing(old, &mut custom, &dash, bands);
    stacking(old, &mut custom, &mut defaults);
    let mut options = Map::new();
    options.insert("legend".to_owned(), Value::Object(legend_options(old, sorted)));
    options.insert("tooltip".to_owned(), tooltip(old));
    overrides.extend(hidden_series(old));
    thresholds(old, &mut custom, &mut defaults);
    if at(old, &["xaxis", "show"]) == Some(&Value::Bool(false))
        && at(old, &["xaxis", "mode"]).and_then(Value::as_str) == Some("time")
    {
        overrides.push(json!({
            "matcher": {"id": "byType", "options": "time"},
            "properties": [{"id": "custom.axisPlacement", "value": "hidden"}],
        }));
    }
    custom.retain(|_, value| !value.is_null());
    defaults.insert("custom".to_owned(), Value::Object(custom));
    Settings {
        defaults,
        overrides,
        options,
        transformations: Vec::new(),
    }
}

fn take_custom(axis: &mut Map<String, Value>) -> Map<String, Value> {
    match axis.remove("custom") {
        Some(Value::Object(custom)) => custom,
        _ => Map::new(),
    }
}

/// An axis of the graph as field settings, its own part under `custom` (`getFieldConfigFromOldAxis`).
fn axis(axis: Option<&Value>) -> Map<String, Value> {
    let Some(axis) = axis.and_then(Value::as_object) else {
        return Map::new();
    };
    let mut custom = Map::new();
    let placement = if truthy(axis, "show") { "auto" } else { "hidden" };
    custom.insert("axisPlacement".to_owned(), placement.into());
    if let Some(label) = axis.get("label").filter(|label| is_truthy(label)) {
        custom.insert("axisLabel".to_owned(), label.clone());
    }
    if let Some(log) = axis
        .get("logBase")
        .and_then(Value::as_f64)
        .filter(|log| *log == 2.0 || *log == 10.0)
    {
        custom.insert(
            "scaleDistribution".to_owned(),
            json!({"type": "log", "log": number(log)}),
        );
    }
    let mut settings = Map::new();
    if let Some(unit) = axis.get("format").filter(|unit| !unit.is_null()) {
        settings.insert("unit".to_owned(), unit.clone());
    }
    for key in ["decimals", "min", "max"] {
        if let Some(value) = axis.get(key).and_then(valid_number) {
            settings.insert(key.to_owned(), value);
        }
    }
    settings.insert("custom".to_owned(), Value::Object(custom));
    settings
}

fn valid_number(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) => Some(value.clone()),
        Value::String(text) => js_number(text),
        _ => None,
    }
}

/// A number as JSON writes it: whole ones without a point.
fn number(value: f64) -> Value {
    let text = format!("{value}");
    text.parse::<Number>().map_or(Value::Null, Value::Number)
}

fn times(value: &Value, factor: f64, offset: f64) -> Value {
    value
        .as_f64()
        .map_or(Value::Null, |value| number(value * factor + offset))
}

fn entries(map: &Map<String, Value>, sorted: bool) -> Vec<(&String, &Value)> {
    let mut all: Vec<_> = map.iter().collect();
    if sorted {
        all.sort_by_key(|(key, _)| *key);
    }
    all
}

fn alias_colors(old: &Map<String, Value>, sorted: bool) -> Vec<Value> {
    let colors = old.get("aliasColors").and_then(Value::as_object);
    let one = |(alias, color): (&String, &Value)| {
        is_truthy(color).then(|| {
            json!({
                "matcher": {"id": "byName", "options": alias},
                "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": color}}],
            })
        })
    };
    colors.map_or_else(Vec::new, |colors| {
        entries(colors, sorted).into_iter().filter_map(one).collect()
    })
}

fn line_style(old: &Map<String, Value>) -> Value {
    let fill = if truthy(old, "dashes") { "dash" } else { "solid" };
    let length = |key: &str| {
        old.get(key)
            .filter(|value| !value.is_null())
            .cloned()
            .unwrap_or_else(|| json!(10))
    };
    json!({"fill": fill, "dash": [length("dashLength"), length("spaceLength")]})
}

/// The second axis, and the first one's settings, which it is told apart from.
struct Axis<'a> {
    settings: Map<String, Value>,
    first: &'a Map<String, Value>,
    first_custom: &'a Map<String, Value>,
}

impl Axis<'_> {
    /// `fillY2DynamicValues`: `value !== y1[key]` compares objects by identity, so those always differ.
    fn properties(&self) -> Vec<Value> {
        let differs =
            |value: &Value, first: &Map<String, Value>, key: &str| value.is_object() || first.get(key) != Some(value);
        let mut found = Vec::new();
        for (key, value) in self.settings.iter().filter(|(key, _)| *key != "custom") {
            if differs(value, self.first, key) {
                found.push(json!({"id": key, "value": value}));
            }
        }
        found.push(json!({"id": "custom.axisPlacement", "value": "right"}));
        let custom = self.settings.get("custom").and_then(Value::as_object);
        for (key, value) in custom.into_iter().flatten() {
            if differs(value, self.first_custom, key) {
                found.push(json!({"id": format!("custom.{key}"), "value": value}));
            }
        }
        found
    }
}

fn series_override(series: &Map<String, Value>, y2: &Axis<'_>, dash: &Value, sorted: bool) -> Option<Value> {
    let alias = series.get("alias").filter(|alias| is_truthy(alias))?;
    let matcher = if alias.as_str().is_some_and(is_regular_expression) {
        "byRegexp"
    } else {
        "byName"
    };
    let mut properties: Vec<Value> = Vec::new();
    let mut dashes: Option<Value> = None;
    for (key, value) in entries(series, sorted) {
        let mut add = |id: &str, value: Value| properties.push(json!({"id": id, "value": value}));
        match key.as_str() {
            "yaxis" if value.as_f64() == Some(2.0) => properties.extend(y2.properties()),
            "fill" => add("custom.fillOpacity", times(value, 10.0, 0.0)),
            "fillBelowTo" => add("custom.fillBelowTo", value.clone()),
            "fillGradient" if is_truthy(value) => {
                add("custom.fillGradient", "opacity".into());
                add("custom.fillOpacity", times(value, 10.0, 0.0));
            }
            "points" => add(
                "custom.showPoints",
                if is_truthy(value) { "always" } else { "never" }.into(),
            ),
            "bars" if is_truthy(value) => {
                add("custom.drawStyle", "bars".into());
                add("custom.fillOpacity", 100.into());
            }
            "bars" => add("custom.drawStyle", "line".into()),
            "lines" if is_truthy(value) => add("custom.drawStyle", "line".into()),
            "lines" => add("custom.lineWidth", 0.into()),
            "linewidth" => add("custom.lineWidth", value.clone()),
            "pointradius" => add("custom.pointSize", times(value, 2.0, 2.0)),
            "dashLength" | "spaceLength" | "dashes" => {
                let style = dashes.get_or_insert_with(|| dash.clone());
                match key.as_str() {
                    "dashLength" => style["dash"][0] = value.clone(),
                    "spaceLength" => style["dash"][1] = value.clone(),
                    _ => style["fill"] = if is_truthy(value) { "dash" } else { "solid" }.into(),
                }
            }
            "stack" => {
                let group = value.as_str().unwrap_or("A");
                let mode = if is_truthy(value) { "normal" } else { "none" };
                add("custom.stacking", json!({"mode": mode, "group": group}));
            }
            "color" => add("color", json!({"fixedColor": value, "mode": "fixed"})),
            "transform" => {
                let transform = if value.as_str() == Some("negative-Y") {
                    "negative-Y"
                } else {
                    "constant"
                };
                add("custom.transform", transform.into());
            }
            _ => {}
        }
    }
    if let Some(style) = dashes {
        properties.push(json!({"id": "custom.lineStyle", "value": style}));
    }
    // JSON leaves out what has no value; a property without one stays.
    for property in properties.iter_mut().filter_map(Value::as_object_mut) {
        if property.get("value").is_some_and(Value::is_null) {
            property.remove("value");
        }
    }
    (!properties.is_empty()).then(|| json!({"matcher": {"id": matcher, "options": alias}, "properties": properties}))
}

/// `/^([/~@;%#'])(.*?)\1([gimsuy]*)$/`
fn is_regular_expression(alias: &str) -> bool {
    let Some(first) = alias.chars().next().filter(|first| "/~@;%#'".contains(*first)) else {
        return false;
    };
    let flags = alias.rsplit(first).next().unwrap_or_default();
    alias.matches(first).count() >= 2 && flags.chars().all(|flag| "gimsuy".contains(flag))
}

fn drawing(old: &Map<String, Value>, custom: &mut Map<String, Value>, dash: &Value, bands: bool) {
    let mut set = |key: &str, value: Value| {
        custom.insert(key.to_owned(), value);
    };
    let is_number = |key: &str| old.get(key).filter(|value| value.is_number());
    let style = if truthy(old, "bars") {
        "bars"
    } else if truthy(old, "lines") {
        "line"
    } else {
        "points"
    };
    set("drawStyle", style.into());
    if truthy(old, "points") {
        set("showPoints", "always".into());
        if let Some(radius) = is_number("pointradius") {
            set("pointSize", times(radius, 2.0, 2.0));
        }
    } else if style != "points" {
        set("showPoints", "never".into());
    }
    set("lineWidth", old.get("linewidth").cloned().unwrap_or(Value::Null));
    if dash["fill"] != "solid" {
        set("lineStyle", dash.clone());
    }
    if bands {
        set("fillOpacity", 35.into());
    } else if let Some(fill) = is_number("fill") {
        set("fillOpacity", times(fill, 10.0, 0.0));
    }
    if let Some(gradient) = is_number("fillGradient").filter(|value| value.as_f64() > Some(0.0)) {
        set("gradientMode", "opacity".into());
        set("fillOpacity", times(gradient, 10.0, 0.0));
    }
    set(
        "spanNulls",
        (old.get("nullPointMode").and_then(Value::as_str) == Some("connected")).into(),
    );
    if truthy(old, "steppedLine") {
        set("lineInterpolation", "stepAfter".into());
    }
    if style == "bars" {
        set("fillOpacity", 100.into());
    }
}

fn stacking(old: &Map<String, Value>, custom: &mut Map<String, Value>, defaults: &mut Map<String, Value>) {
    if !truthy(old, "stack") {
        return;
    }
    let percent = truthy(old, "percentage");
    let mode = if percent { "percent" } else { "normal" };
    custom.insert("stacking".to_owned(), json!({"mode": mode, "group": "A"}));
    if percent && truthy(old, "yaxis") {
        defaults.remove("min");
        defaults.remove("max");
        if defaults.get("decimals").and_then(Value::as_f64) == Some(0.0) {
            defaults.remove("decimals");
        }
    }
}

fn tooltip(old: &Map<String, Value>) -> Value {
    let shared = at(old, &["tooltip", "shared"]).map(is_truthy);
    let mode = if shared == Some(true) { "multi" } else { "single" };
    let sort = match at(old, &["tooltip", "sort"]).and_then(Value::as_f64) {
        Some(1.0) if shared == Some(true) => "asc",
        Some(2.0) if shared == Some(true) => "desc",
        _ => "none",
    };
    json!({"mode": mode, "sort": sort})
}

fn hidden_series(old: &Map<String, Value>) -> Vec<Value> {
    let legend = old.get("legend").and_then(Value::as_object);
    let one = |reducer: &str| {
        json!({
            "matcher": {"id": "byValue", "options": {"reducer": reducer, "op": "gte", "value": 0}},
            "properties": [{"id": "custom.hideFrom", "value": {"tooltip": true, "viz": false, "legend": true}}],
        })
    };
    let wanted = |key: &str| legend.is_some_and(|legend| truthy(legend, key));
    [("hideZero", "allIsZero"), ("hideEmpty", "allIsNull")]
        .into_iter()
        .filter(|(key, _)| wanted(key))
        .map(|(_, reducer)| one(reducer))
        .collect()
}

fn thresholds(old: &Map<String, Value>, custom: &mut Map<String, Value>, defaults: &mut Map<String, Value>) {
    let mut sorted: Vec<&Map<String, Value>> = match old.get("thresholds").and_then(Value::as_array) {
        Some(list) if !list.is_empty() => list.iter().filter_map(Value::as_object).collect(),
        _ => return,
    };
    let level = |threshold: &Map<String, Value>| threshold.get("value").and_then(Value::as_f64).unwrap_or(f64::NAN);
    sorted.sort_by(|one, other| level(one).total_cmp(&level(other)));
    let (mut area, mut line) = (false, false);
    let mut steps: Vec<Value> = Vec::new();
    let step = |value: Option<&Value>, color: Value| match value {
        Some(value) => json!({"value": value, "color": color}),
        None => json!({"color": color}),
    };
    let op = |threshold: &Map<String, Value>| {
        threshold
            .get("op")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    for (position, threshold) in sorted.iter().enumerate() {
        area |= truthy(threshold, "fill");
        line |= truthy(threshold, "line");
        let value = Some(threshold.get("value").unwrap_or(&Value::Null));
        let next = sorted.get(position + 1);
        match op(threshold).as_str() {
            "gt" => steps.push(step(value, color(threshold))),
            "lt" => {
                if steps.is_empty() {
                    steps.push(step(None, color(threshold)));
                }
                let follows = match next {
                    Some(next) if op(next) == "lt" => color(next),
                    _ => "transparent".into(),
                };
                steps.push(step(value, follows));
            }
            _ => {}
        }
    }
    if steps.first().is_some_and(|first| first.get("value").is_some()) {
        steps.insert(0, step(None, "transparent".into()));
    }
    let mode = match (line, area) {
        (true, true) => "line+area",
        (_, true) => "area",
        _ => "line",
    };
    custom.insert("thresholdsStyle".to_owned(), json!({"mode": mode}));
    defaults.insert("thresholds".to_owned(), json!({"mode": "absolute", "steps": steps}));
}

fn color(threshold: &Map<String, Value>) -> Value {
    match threshold.get("colorMode").and_then(Value::as_str) {
        Some("warning") => "orange".into(),
        Some("custom") => {
            let fill = threshold.get("fillColor").filter(|color| is_truthy(color));
            fill.or_else(|| threshold.get("lineColor"))
                .cloned()
                .unwrap_or(Value::Null)
        }
        _ => "red".into(),
    }
}
