//! The Angular graph becomes a time series, a bar chart, a histogram or a bar gauge.
//!
//! Up to 11.x the browser does it all (grafana/grafana `PanelModel.ts`, changePlugin); from 12 on the server renames the panel
//! and the browser converts the settings at load. What the settings become is said by the successors' own handlers:
//! `timeseries/migrations.ts`, `barchart/migrations.ts`, `histogram/migrations.ts` and, for the bar gauge,
//! `SingleStatBaseOptions.ts` (migrateFromGraphPanel); read in 11.1.1, 12.4.0 and 13.1.

pub(in crate::dashboard::compare) mod time_regions;
mod timeseries;

use serde_json::{Map, Value, json};

use super::overrides::overrides;
use super::{Panel, Step, at, config, keeps_angular_settings, kind, survives_conversion};
use crate::dashboard::compare::rules;

pub(super) const TO_SUCCESSOR: Step = Step {
    rule: &rules::GRAPH_CONVERSION,
    applies: |panel| {
        SUCCESSORS.contains(&panel.kinds[1])
            && is_graph(panel.old)
            && !keeps_angular_settings(panel.new)
            && mark(panel.new).is_none()
    },
    apply,
};

const SUCCESSORS: &[&str] = &["timeseries", "barchart", "histogram", "bargauge"];

/// Whether a panel is stored as a graph, whatever a server calls it until a page has converted it.
pub(super) fn is_graph(panel: &Map<String, Value>) -> bool {
    kind(panel) == "graph" || mark(panel) == Some("graph")
}

pub(super) fn mark(panel: &Map<String, Value>) -> Option<&str> {
    panel.get("autoMigrateFrom").and_then(Value::as_str)
}

/// The settings of a new panel.
struct Settings {
    defaults: Map<String, Value>,
    overrides: Vec<Value>,
    options: Map<String, Value>,
    transformations: Vec<Value>,
}

impl Settings {
    /// From 12 on the conversion runs whenever the panel is drawn anew, so also for all on the page as somebody comes back from
    /// the editor of one, and adds its overrides each time to those that are there (`angularMigration.ts` and
    /// `timeseries/migrations.ts` of 12.4 and 13.1: `overrides.push`).
    fn repeat_overrides(&mut self, panel: &Panel<'_>) {
        let had = overrides(panel.old).len();
        let made = self.overrides.get(had..).unwrap_or_default().to_vec();
        if made.is_empty() || panel.schemas[1] < 41 {
            return;
        }
        let times = overrides(panel.new).len().saturating_sub(had) / made.len();
        for _ in 1..times {
            self.overrides.extend(made.iter().cloned());
        }
    }
}

fn apply(panel: &Panel<'_>) -> Vec<Map<String, Value>> {
    let cleared;
    let unloaded = unloaded(panel);
    let panel = if panel.schemas[1] < 41 {
        cleared = without_custom(panel.old);
        &Panel {
            old: &cleared,
            ..*panel
        }
    } else {
        panel
    };
    let mode = at(panel.old, &["xaxis", "mode"]).and_then(Value::as_str);
    // A server before 12.1 renamed every graph to a time series; a browser looks at the axis.
    let settings: Vec<Settings> = match (panel.kinds[1], mode) {
        ("timeseries", _) => {
            let orders: &[bool] = if timeseries::is_sorted(panel.old) {
                &[false]
            } else {
                &[false, true]
            };
            orders
                .iter()
                .map(|sorted| timeseries::settings(panel, *sorted))
                .collect()
        }
        ("barchart", Some("series")) => vec![bar_chart(panel.old, true), bar_chart(panel.old, false)],
        ("histogram", Some("histogram")) => vec![histogram(panel.old)],
        ("bargauge", Some("series")) => vec![bar_gauge(panel.old)],
        _ => return vec![panel.old.clone()],
    };
    let mut forms = Vec::new();
    // Onto what is no object the page of 12 can lay nothing (`Object.assign` in `angularMigration.ts`).
    let is_scalar = |options: &Value| !options.is_object() && !options.is_null();
    let nothing_kept = panel.old.get("options").is_some_and(is_scalar);
    for mut settings in settings {
        settings.repeat_overrides(panel);
        if nothing_kept {
            let options = std::mem::take(&mut settings.options);
            forms.push(assemble(panel, &settings, false));
            settings.options = options;
        }
        // Up to 11.x the options are made anew; from 12 on the new ones are laid over the old.
        let may_keep = panel
            .old
            .get("options")
            .is_some_and(|options| options.as_object().is_some_and(|map| !map.is_empty()));
        let ways: &[bool] = match (may_keep, panel.schemas[1] >= 41) {
            (false, _) => &[false],
            (true, true) => &[true, false],
            (true, false) => &[false, true],
        };
        forms.extend(
            ways.iter()
                .map(|keeps_options| assemble(panel, &settings, *keeps_options)),
        );
    }
    forms.push(unloaded);
    forms
}

/// Up to 11.x a panel that changes its plugin loses the field settings that are the old plugin's own (grafana/grafana
/// `PanelModel.ts`, clearPropertiesBeforePluginChange).
pub(super) fn without_custom(old: &Map<String, Value>) -> Map<String, Value> {
    let mut cleared = old.clone();
    let Some(config) = cleared.get_mut("fieldConfig").and_then(Value::as_object_mut) else {
        return cleared;
    };
    if let Some(defaults) = config.get_mut("defaults").and_then(Value::as_object_mut) {
        defaults.remove("custom");
    }
    if let Some(overrides) = config.get_mut("overrides").and_then(Value::as_array_mut) {
        let is_custom = |property: &Value| {
            let id = property.get("id").and_then(Value::as_str);
            id.is_some_and(|id| id.starts_with("custom."))
        };
        for entry in overrides {
            if let Some(properties) = entry.get_mut("properties").and_then(Value::as_array_mut) {
                properties.retain(|property| !is_custom(property));
            }
        }
    }
    cleared
}

/// A panel in a closed row is renamed, but its plugin isn't loaded: nothing is converted, and from 12 on the settings that the
/// page doesn't know are lost.
pub(super) fn unloaded(panel: &Panel<'_>) -> Map<String, Value> {
    let (defaults, overrides) = field_config(panel.old);
    let settings = Settings {
        defaults,
        overrides,
        options: Map::new(),
        transformations: Vec::new(),
    };
    assemble(panel, &settings, true)
}

fn assemble(panel: &Panel<'_>, settings: &Settings, keeps_options: bool) -> Map<String, Value> {
    let mut made: Map<String, Value> = panel
        .old
        .iter()
        .filter(|(key, _)| survives_conversion(key) || *key == "alert" && panel.new.contains_key("alert"))
        // Up to 11.x it isn't kept.
        .filter(|(key, _)| *key != "maxPerRow" || panel.new.contains_key("maxPerRow"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let mut options = Map::new();
    if keeps_options && let Some(Value::Object(old)) = panel.old.get("options") {
        options.extend(old.clone());
    }
    options.extend(settings.options.clone());
    made.insert("type".to_owned(), panel.kinds[1].into());
    made.insert(
        "fieldConfig".to_owned(),
        config(settings.defaults.clone(), settings.overrides.clone()),
    );
    made.insert("options".to_owned(), Value::Object(options));
    if !settings.transformations.is_empty() {
        let mut all = panel
            .old
            .get("transformations")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        all.extend(settings.transformations.iter().cloned());
        made.insert("transformations".to_owned(), Value::Array(all));
    }
    made
}

/// The field settings that the old panel has beside its own.
fn field_config(old: &Map<String, Value>) -> (Map<String, Value>, Vec<Value>) {
    let defaults = at(old, &["fieldConfig", "defaults"])
        .and_then(Value::as_object)
        .cloned();
    (defaults.unwrap_or_default(), overrides(old).to_vec())
}

/// `transposed`: from 12.0 on there is a second step, and the names on the axis are hidden.
fn bar_chart(old: &Map<String, Value>, transposed: bool) -> Settings {
    let (defaults, mut overrides) = field_config(old);
    let values = at(old, &["xaxis", "values"]).and_then(Value::as_array);
    let mut transformations = vec![json!({
        "id": "reduce",
        "options": {"reducers": match values {
            Some(values) if transposed => Value::from(reducers(values)),
            Some(values) => Value::Array(values.clone()),
            None => json!(["sum"]),
        }},
    })];
    let mut options = Map::new();
    if transposed {
        transformations.push(json!({"id": "transpose", "options": {}}));
        overrides.push(json!({
            "matcher": {"id": "byName", "options": "Field"},
            "properties": [{"id": "custom.axisPlacement", "value": "hidden"}],
        }));
        options.insert("groupWidth".to_owned(), 1.into());
    }
    Settings {
        defaults,
        overrides,
        options,
        transformations,
    }
}

/// `getReducer`: what is no reducer today, nor was one under another name, is left out.
fn reducers(names: &[Value]) -> Vec<Value> {
    names
        .iter()
        .filter_map(|name| match name.as_str()? {
            "current" => Some("lastNotNull"),
            "total" => Some("sum"),
            "avg" => Some("mean"),
            known if REDUCERS.contains(&known) => Some(known),
            _ => None,
        })
        .map(Value::from)
        .collect()
}

/// grafana/grafana `fieldReducer.ts` (ReducerID).
const REDUCERS: &[&str] = &[
    "sum",
    "max",
    "min",
    "logmin",
    "mean",
    "variance",
    "stdDev",
    "median",
    "last",
    "first",
    "count",
    "range",
    "diff",
    "diffperc",
    "delta",
    "step",
    "firstNotNull",
    "lastNotNull",
    "changeCount",
    "distinctCount",
    "allIsZero",
    "allIsNull",
    "allValues",
    "uniqueValues",
];

/// A legend's switched-on values as reducers, in the order of its keys (`getReducersFromLegend`).
fn legend_calculations(legend: &Map<String, Value>, sorted: bool) -> Vec<Value> {
    let mut keys: Vec<&String> = legend
        .iter()
        .filter(|(_, value)| is_truthy(value))
        .map(|(key, _)| key)
        .collect();
    if sorted {
        keys.sort();
    }
    let names: Vec<Value> = keys.into_iter().map(|key| Value::from(key.as_str())).collect();
    reducers(&names)
}

/// JavaScript's idea of true.
fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

fn truthy(map: &Map<String, Value>, key: &str) -> bool {
    map.get(key).is_some_and(is_truthy)
}

fn legend_options(old: &Map<String, Value>, sorted: bool) -> Map<String, Value> {
    let mut options = Map::new();
    options.insert("displayMode".to_owned(), "list".into());
    options.insert("showLegend".to_owned(), true.into());
    options.insert("placement".to_owned(), "bottom".into());
    options.insert("calcs".to_owned(), json!([]));
    let Some(legend) = old.get("legend").and_then(Value::as_object) else {
        return options;
    };
    if !truthy(legend, "show") {
        options.insert("showLegend".to_owned(), false.into());
    } else if truthy(legend, "alignAsTable") {
        options.insert("displayMode".to_owned(), "table".into());
    }
    if truthy(legend, "rightSide") {
        options.insert("placement".to_owned(), "right".into());
    }
    if truthy(legend, "values") {
        options.insert("calcs".to_owned(), legend_calculations(legend, sorted).into());
    }
    if let Some(width) = legend.get("sideWidth").filter(|width| is_truthy(width)) {
        options.insert("width".to_owned(), width.clone());
    }
    options
}

fn histogram(old: &Map<String, Value>) -> Settings {
    let mut custom = Map::new();
    if truthy(old, "stack") {
        let mode = if truthy(old, "percentage") { "percent" } else { "normal" };
        custom.insert("stacking".to_owned(), json!({"mode": mode, "group": "A"}));
    }
    let options = json!({
        "legend": {"displayMode": "list", "showLegend": true, "placement": "bottom", "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
        "combine": false,
    });
    Settings {
        defaults: Map::from_iter([("custom".to_owned(), Value::Object(custom))]),
        overrides: Vec::new(),
        options: options.as_object().cloned().unwrap_or_default(),
        transformations: Vec::new(),
    }
}

/// The options of a visualization of one number for each field that somebody chose for a graph which is still stored as one.
pub(super) fn of_one_number(old: &Map<String, Value>) -> Map<String, Value> {
    if at(old, &["xaxis", "mode"]).and_then(Value::as_str) == Some("series") {
        return bar_gauge(old).options;
    }
    let mut options = Map::new();
    options.insert("orientation".to_owned(), "auto".into());
    options.insert("reduceOptions".to_owned(), json!({"values": false, "calcs": []}));
    options.insert("legend".to_owned(), Value::Object(legend_options(&Map::new(), true)));
    options
}

fn bar_gauge(old: &Map<String, Value>) -> Settings {
    let (mut defaults, overrides) = field_config(old);
    defaults.insert("color".to_owned(), json!({"mode": "palette-classic"}));
    let values = at(old, &["xaxis", "values"]).and_then(Value::as_array);
    let calcs = values.map_or_else(Vec::new, |values| reducers(values));
    let mut options = Map::new();
    options.insert("orientation".to_owned(), "auto".into());
    options.insert("reduceOptions".to_owned(), json!({"values": false, "calcs": calcs}));
    options.insert("legend".to_owned(), Value::Object(legend_options(old, true)));
    Settings {
        defaults,
        overrides,
        options,
        transformations: Vec::new(),
    }
}
