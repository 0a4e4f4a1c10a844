//! The singlestat panel of Grafana up to 6.x becomes a stat or a gauge.
//!
//! Sources: grafana/grafana `SingleStatBaseOptions.ts` (`migrateFromAngularSinglestat`), `StatMigrations.ts`,
//! `GaugeMigrations.ts`, `PanelModel.ts` (`mustKeepProps`), `DashboardMigrator.ts` (`migrateSinglestat`), `v28.go`.
//! The browser makes a gauge where `gauge.show` is set, the server always a stat; they read `valueName` a little differently.

use serde_json::{Map, Value, json};

use super::{Panel, Step, at, config, js_number, mappings, parse_float};
use crate::dashboard::compare::rules;
use crate::dashboard::compare::same::present;

pub(super) const CONVERSION: Step = Step {
    rule: &rules::SINGLESTAT,
    applies,
    apply,
};

/// What a panel keeps when its plugin changes (`mustKeepProps`); everything else of a singlestat is lost.
pub(super) const KEPT: &[&str] = &[
    "id",
    "gridPos",
    "type",
    "title",
    "scopedVars",
    "repeat",
    "repeatPanelId",
    "repeatDirection",
    "repeatedByRow",
    "repeatIteration",
    "minSpan",
    "maxPerRow",
    "collapsed",
    "panels",
    "targets",
    "datasource",
    "timeFrom",
    "timeShift",
    "hideTimeOverride",
    "description",
    "links",
    "fullscreen",
    "cacheTimeout",
    "queryCachingTTL",
    "transparent",
    "pluginVersion",
    "transformations",
    "maxDataPoints",
    "interval",
    "libraryPanel",
];

fn applies(panel: &Panel<'_>) -> bool {
    let [old, new] = panel.kinds();
    let renamed = panel
        .old
        .get("autoMigrateFrom")
        .and_then(Value::as_str)
        .is_some_and(is_singlestat);
    (is_singlestat(old) && old != new || renamed && (old_form(panel.old) || panel.schemas[1] >= 41))
        // In a closed row the page of 12 keeps neither.
        && (panel.schemas[1] >= 41 || ["options", "fieldConfig"].iter().any(|key| panel.new.contains_key(*key)))
        && !panel.new.contains_key("autoMigrateFrom")
        && !old_form(panel.new)
}

fn is_singlestat(kind: &str) -> bool {
    matches!(kind, "singlestat" | "grafana-singlestat-panel")
}

/// A singlestat's own settings; no stat has any of them.
fn old_form(panel: &Map<String, Value>) -> bool {
    ["valueName", "format", "colors", "valueMaps", "sparkline", "gauge"]
        .iter()
        .any(|key| panel.contains_key(*key))
}

/// Whose migration.
#[derive(Clone, Copy, PartialEq)]
enum Migrator {
    /// The browser's. Up to 10.x it makes a gauge of what showed one; later everything becomes a stat, and mappings stay
    /// one by one.
    /// With `percent_range` the new plugin's own migrations run on what it just made (`VizPanel.tsx` of scenes).
    Browser { gauges: bool, percent_range: bool },
    /// The server's; builds differ in what they do with percent units and with mappings.
    Server {
        percent_range: bool,
        colour_by_value: bool,
        gathered: bool,
    },
}

/// The migrators that may have run, without those that make the same of this panel.
fn migrators(old: &Map<String, Value>) -> Vec<Migrator> {
    let is_gauge = is_true(old, &["gauge", "show"]);
    let is_percent = matches!(text(old, "format"), Some("percent" | "percentunit")) && !is_gauge;
    let entries = |key: &str| old.get(key).and_then(Value::as_array).map_or(0, Vec::len);
    let mapped = entries("valueMaps").max(entries("rangeMaps"));
    // One entry is gathered as it is, and only thresholds give it a colour.
    let (may_gather, may_colour) = (mapped > 1, mapped > 0 && text(old, "thresholds").is_some());
    let both = |differ: bool| [false, true].into_iter().take(if differ { 2 } else { 1 });
    let browser = |gauges, percent_range| Migrator::Browser { gauges, percent_range };
    let mut migrators = vec![browser(true, false)];
    if is_gauge || may_gather {
        migrators.push(browser(false, false));
    }
    if is_percent {
        migrators.push(browser(false, true));
    }
    for percent_range in both(is_percent) {
        for colour_by_value in both(may_colour) {
            migrators.extend(both(may_gather).map(|gathered| Migrator::Server {
                percent_range,
                colour_by_value,
                gathered,
            }));
        }
    }
    migrators
}

fn apply(panel: &Panel<'_>) -> Vec<Map<String, Value>> {
    let mut forms: Vec<Map<String, Value>> = migrators(panel.old)
        .into_iter()
        .map(|migrator| convert(panel.old, migrator))
        .collect();
    // From 12 on the new options are laid over the ones that there were (`angularMigration.ts` of 13.1).
    if panel.schemas[1] >= 41
        && let Some(Value::Object(kept)) = panel.old.get("options").filter(|options| !is_empty(options))
    {
        let over = |form: &Map<String, Value>| {
            let mut form = form.clone();
            let mut options = kept.clone();
            options.extend(
                form.get("options")
                    .and_then(Value::as_object)
                    .cloned()
                    .unwrap_or_default(),
            );
            form.insert("options".to_owned(), Value::Object(options));
            form
        };
        let laid_over: Vec<Map<String, Value>> = forms.iter().map(over).collect();
        forms.extend(laid_over);
    }
    // In a closed row the plugin isn't loaded: the panel is renamed, its settings are left out.
    forms.push(
        panel
            .old
            .iter()
            .filter(|(key, _)| KEPT.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    );
    if let Some(form) = forms.last_mut() {
        form.insert("type".to_owned(), "stat".into());
    }
    let [old, new] = panel.kinds();
    if !matches!(new, "stat" | "gauge") {
        // Somebody chose another plugin afterwards: that is the edit to show, from what there was.
        for form in &mut forms {
            form.insert("type".to_owned(), old.into());
        }
    }
    for form in &mut forms {
        // The new plugin notes its version when it takes over; its own migrations don't run on what it just made.
        if let Some(version) = panel.new.get("pluginVersion") {
            form.insert("pluginVersion".to_owned(), version.clone());
        }
        // The browsers up to 11.x don't keep it.
        if let (Some(most), true) = (panel.old.get("maxPerRow"), panel.new.contains_key("maxPerRow")) {
            form.insert("maxPerRow".to_owned(), most.clone());
        }
    }
    forms
}

fn convert(old: &Map<String, Value>, migrator: Migrator) -> Map<String, Value> {
    let mut panel: Map<String, Value> = old
        .iter()
        .filter(|(key, _)| KEPT.contains(&key.as_str()) && *key != "maxPerRow")
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let is_gauge = matches!(migrator, Migrator::Browser { gauges: true, .. }) && is_true(old, &["gauge", "show"]);
    panel.insert("type".to_owned(), if is_gauge { "gauge" } else { "stat" }.into());
    let defaults = field_defaults(old, migrator, is_gauge);
    let overrides = at(old, &["fieldConfig", "overrides"])
        .cloned()
        .unwrap_or_else(|| json!([]));
    panel.insert("fieldConfig".to_owned(), config(defaults, overrides));
    panel.insert("options".to_owned(), options(old, migrator, is_gauge));
    panel
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

fn is_true(panel: &Map<String, Value>, path: &[&str]) -> bool {
    at(panel, path).and_then(Value::as_bool).unwrap_or(false)
}

fn text<'v>(panel: &'v Map<String, Value>, key: &str) -> Option<&'v str> {
    panel.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn field_defaults(old: &Map<String, Value>, migrator: Migrator, is_gauge: bool) -> Map<String, Value> {
    let mut defaults = Map::new();
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            defaults.insert(key.to_owned(), value);
        }
    };
    let unit = text(old, "format");
    set("unit", unit.map(Value::from));
    set("noValue", text(old, "nullText").map(Value::from));
    set(
        "decimals",
        present(old.get("decimals"))
            .filter(|decimals| decimals.is_number())
            .cloned(),
    );
    if is_true(old, &["gauge", "show"]) {
        set("min", at(old, &["gauge", "minValue"]).cloned());
        set("max", at(old, &["gauge", "maxValue"]).cloned());
    } else if let (
        Migrator::Server {
            percent_range: true, ..
        }
        | Migrator::Browser {
            percent_range: true, ..
        },
        Some(unit @ ("percent" | "percentunit")),
    ) = (migrator, unit)
    {
        set("min", Some(0.into()));
        set("max", Some(if unit == "percent" { 100 } else { 1 }.into()));
    }
    let steps = threshold_steps(old);
    let found = angular_mappings(old, steps.as_deref(), migrator);
    if !found.is_empty() {
        set("mappings", Some(Value::Array(found)));
    }
    let steps = steps.unwrap_or_else(|| {
        vec![
            json!({"color": "green", "value": null}),
            json!({"color": "red", "value": 80}),
        ]
    });
    set("thresholds", Some(json!({"mode": "absolute", "steps": steps})));
    set("color", Some(colour(old, migrator, is_gauge)));
    defaults
}

/// A sparkline's colour becomes the stat's, where the browser finds no other colouring.
fn colour(old: &Map<String, Value>, migrator: Migrator, is_gauge: bool) -> Value {
    let uncoloured = matches!(migrator, Migrator::Server { .. })
        || !is_true(old, &["colorBackground"]) && !is_true(old, &["colorValue"]);
    match at(old, &["sparkline", "lineColor"]).and_then(Value::as_str) {
        Some(line) if !is_gauge && uncoloured && is_true(old, &["sparkline", "show"]) => {
            json!({"mode": "fixed", "fixedColor": line})
        }
        _ => json!({"mode": "thresholds"}),
    }
}

/// `"65, 90"` and three colours: one more colour than numbers, the first from minus infinity.
fn threshold_steps(old: &Map<String, Value>) -> Option<Vec<Value>> {
    let levels: Vec<Option<Value>> = text(old, "thresholds")?.split(',').map(js_number).collect();
    let colours = old.get("colors")?.as_array()?;
    let step = |(position, colour): (usize, &Value)| match position.checked_sub(1) {
        None => json!({"color": colour, "value": null}),
        Some(level) => match levels.get(level).cloned().flatten() {
            Some(value) => json!({"color": colour, "value": value}),
            None => json!({"color": colour}),
        },
    };
    Some(colours.iter().enumerate().map(step).collect())
}

/// `valueMaps` and `rangeMaps`, of which `mappingType` says which counts.
fn angular_mappings(old: &Map<String, Value>, steps: Option<&[Value]>, migrator: Migrator) -> Vec<Value> {
    let list = |key: &str| old.get(key).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let kind = match old.get("mappingType").and_then(Value::as_u64) {
        Some(kind) if kind != 0 => kind,
        _ if !list("valueMaps").is_empty() => 1,
        _ => 2,
    };
    let maps = match kind {
        1 => list("valueMaps"),
        2 => list("rangeMaps"),
        _ => return Vec::new(),
    };
    let mut converted = mappings::Converted::default();
    for map in maps {
        let by_value = matches!(
            migrator,
            Migrator::Server {
                colour_by_value: true,
                ..
            }
        );
        let shown = map.get(if by_value { "value" } else { "text" }).and_then(Value::as_str);
        let colour = steps.and_then(|steps| mappings::active_colour(steps, shown.and_then(parse_float)?));
        let bound = |key: &str| map.get(key).and_then(Value::as_str);
        if kind == 1 {
            converted.value(map, colour);
        } else if bound("from") == Some("null") || bound("to") == Some("null") {
            converted.special_null(map, colour);
        } else {
            converted.range(map, colour);
        }
    }
    match migrator {
        Migrator::Server { gathered: false, .. } | Migrator::Browser { gauges: false, .. } => converted.one_by_one(),
        _ => converted.gathered(),
    }
}

fn options(old: &Map<String, Value>, migrator: Migrator, is_gauge: bool) -> Value {
    let name = old.get("valueName").and_then(Value::as_str);
    let mut options = Map::new();
    let fields = text(old, "tableColumn").map_or_else(String::new, |column| format!("/^{column}$/"));
    let calcs = json!([reducer(name.unwrap_or_default(), migrator)]);
    options.insert(
        "reduceOptions".to_owned(),
        json!({"calcs": calcs, "fields": fields, "values": false}),
    );
    options.insert("orientation".to_owned(), "horizontal".into());
    if is_gauge {
        for (from, to) in [
            ("thresholdMarkers", "showThresholdMarkers"),
            ("thresholdLabels", "showThresholdLabels"),
        ] {
            if let Some(value) = at(old, &["gauge", from]) {
                options.insert(to.to_owned(), value.clone());
            }
        }
        return Value::Object(options);
    }
    let graph = if is_true(old, &["sparkline", "show"]) {
        "area"
    } else {
        "none"
    };
    let colour = match (is_true(old, &["colorBackground"]), is_true(old, &["colorValue"])) {
        (true, _) => "background",
        (false, true) => "value",
        (false, false) => "none",
    };
    options.insert("graphMode".to_owned(), graph.into());
    options.insert("colorMode".to_owned(), colour.into());
    if name == Some("name") {
        options.insert("textMode".to_owned(), "name".into());
    }
    Value::Object(options)
}

/// grafana/grafana `fieldReducer.ts` (ids and aliases) and `v28.go` (`getReducerForValueName`).
fn reducer(name: &str, migrator: Migrator) -> &str {
    match (name, migrator) {
        ("current", _) => "lastNotNull",
        ("avg", _) => "mean",
        ("total", _) => "sum",
        ("first", Migrator::Server { .. }) => "firstNotNull",
        ("last" | "name", Migrator::Server { .. }) => "lastNotNull",
        ("min" | "max" | "mean" | "median" | "sum" | "count", _) => name,
        (
            "first" | "last" | "firstNotNull" | "lastNotNull" | "range" | "delta" | "step" | "diff" | "logmin"
            | "allIsZero" | "allIsNull" | "changeCount" | "distinctCount" | "diffperc",
            Migrator::Browser { .. },
        ) => name,
        _ => "mean",
    }
}
