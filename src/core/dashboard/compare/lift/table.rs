//! The table of Grafana up to 6.x: the browser keeps it as `table-old`, the server turns its styles into overrides.
//!
//! Sources: grafana/grafana `DashboardMigrator.ts` (steps 10, 22, 24, 38), `v10.go`, `v24.go`, `v38.go`.

use serde_json::{Map, Value, json};

use super::graph_conversion::mark;
use super::{Panel, Step, at, config, js_number, object_at, survives_conversion};
use crate::dashboard::compare::rules;

/// Step 10: of three and more thresholds the first is one too many.
pub(super) const THRESHOLDS: Step = Step {
    rule: &rules::TABLE_THRESHOLDS,
    applies: |panel| panel.crosses(10) && panel.kinds[0] == "table" && has_styles(panel.old),
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let styles = lifted.get_mut("styles").and_then(Value::as_array_mut);
        for style in styles.into_iter().flatten() {
            if let Some(thresholds) = style.get_mut("thresholds").and_then(Value::as_array_mut)
                && thresholds.len() >= 3
            {
                thresholds.remove(0);
            }
        }
        vec![lifted]
    },
};

pub(super) const TO_TABLE_OLD: Step = Step {
    rule: &rules::TABLE_OLD,
    applies: |panel| {
        panel.kinds() == ["table", "table-old"] && has_styles(panel.old) && has_styles(panel.new) && panel.crosses(24)
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        lifted.insert("type".to_owned(), "table-old".into());
        vec![lifted]
    },
};

pub(super) const STYLE_ALIGN: Step = Step {
    rule: &rules::STYLE_ALIGN,
    applies: |panel| {
        // The server leaves out what lies in closed rows (`v22.go`).
        let is_aligned = |panel: &Map<String, Value>| {
            let styles = panel.get("styles").and_then(Value::as_array);
            styles.is_some_and(|styles| styles.iter().any(|style| style.get("align").is_some()))
        };
        panel.crosses(22) && has_styles(panel.old) && is_aligned(panel.new)
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        for style in lifted
            .get_mut("styles")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            if let Some(style) = style.as_object_mut() {
                style.insert("align".to_owned(), "auto".into());
            }
        }
        vec![lifted]
    },
};

pub(super) const TO_TABLE: Step = Step {
    rule: &rules::TABLE_STYLES,
    applies: |panel| {
        matches!(panel.kinds(), ["table" | "table-old", "table"])
            && has_styles(panel.old)
            && !panel.new.contains_key("styles")
            && !panel.new.contains_key("autoMigrateFrom")
            // In a closed row the page of 12 and later keeps none.
            && (panel.schemas[1] >= 41 || panel.new.contains_key("fieldConfig"))
    },
    apply: |panel| {
        if mark(panel.old) == Some("table") {
            return vec![without_styles(panel.old)];
        }
        let both = [false, true];
        let server = both.into_iter().flat_map(|hides_from_view| {
            both.map(|keeps_unknown| Build {
                hides_from_view,
                keeps_unknown,
                is_browser: false,
                keeps_zero: true,
            })
        });
        let browser = both.into_iter().flat_map(|keeps_unknown| {
            both.map(|keeps_zero| Build {
                hides_from_view: false,
                keeps_unknown,
                is_browser: true,
                keeps_zero,
            })
        });
        let mut forms: Vec<_> = server.chain(browser).map(|build| convert(panel, build)).collect();
        // The page of 12 and later hands the conversion a panel without its transformations, and puts those it gets in their
        // place (`VizPanel.tsx` of scenes, `dashboard-scene/serialization/`).
        if panel.schemas[1] >= 41 && panel.old.contains_key("transformations") {
            forms.extend(forms.clone().into_iter().map(|mut form| {
                let own = transformation(panel.old).into_iter().collect();
                form.insert("transformations".to_owned(), Value::Array(own));
                form
            }));
        }
        // In a closed row the plugin isn't loaded: its settings are left out.
        if panel.schemas[1] >= 41 {
            let lost = |(key, _): &(&String, &Value)| !LOST.contains(&key.as_str()) && survives_conversion(key);
            let kept = panel.old.iter().filter(lost);
            let mut form: Map<String, Value> = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
            form.insert("type".to_owned(), "table".into());
            form.insert("fieldConfig".to_owned(), json!({"defaults": {}, "overrides": []}));
            forms.push(form);
            if panel.kinds[0] == "table" && (panel.schemas[0] >= 24 || panel.old.contains_key("fieldConfig")) {
                forms.push(without_styles(panel.old));
            }
        }
        forms
    },
};

pub(super) const CELL_OPTIONS: Step = Step {
    rule: &rules::CELL_OPTIONS,
    applies: |panel| {
        panel.crosses(38)
            && panel.kinds() == ["table", "table"]
            && (has_display_mode(panel.old) && !has_display_mode(panel.new))
    },
    apply: |panel| vec![with_cell_options(panel.old)],
};

fn has_styles(panel: &Map<String, Value>) -> bool {
    panel.get("styles").is_some_and(Value::is_array)
}

/// A table of today in which somebody left styles: neither a file of step 24 and later nor a panel in a closed row, where the
/// server's step doesn't look (`v24.go`), is taken for the old table. Converting to v2 the server only says that there are keys
/// which no panel has (`autoMigrateFrom` is then the panel's own type, `v1_to_v2alpha1.go`), and the page of 13 drops them:
/// the plugin converts only what was a `table-old` (`table/migrations.ts`, `tablePanelChangedHandler`).
fn without_styles(panel: &Map<String, Value>) -> Map<String, Value> {
    let kept = |(key, _): &(&String, &Value)| !LOST.contains(&key.as_str()) && *key != "autoMigrateFrom";
    panel
        .iter()
        .filter(kept)
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// What the builds of the server's migrator disagree about.
#[derive(Clone, Copy)]
struct Build {
    /// A hidden column is `custom.hideFrom.viz` instead of `custom.hidden`.
    hides_from_view: bool,
    /// Keys that no panel has are kept.
    keeps_unknown: bool,
    /// The browser's own conversion (`table/migrations.ts`): thresholds are whole numbers (`parseInt`), and an empty alias of
    /// all columns is a name.
    is_browser: bool,
    /// Up to 11.x the browser takes 0 decimals for none.
    keeps_zero: bool,
}

/// What only the old table has; nothing of it is kept.
const LOST: &[&str] = &[
    "styles",
    "transform",
    "columns",
    "fontSize",
    "pageSize",
    "scroll",
    "showHeader",
    "sort",
];

fn convert(panel: &Panel<'_>, build: Build) -> Map<String, Value> {
    let mut lifted: Map<String, Value> = panel
        .old
        .iter()
        .filter(|(key, _)| !LOST.contains(&key.as_str()) && (build.keeps_unknown || survives_conversion(key)))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let styles = panel
        .old
        .get("styles")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let aligned = panel.crosses(22);
    let is_default = |style: &&Value| style.get("pattern").and_then(Value::as_str) == Some("/.*/");
    // The browser makes an override of a style for no column, too.
    let keeps_nameless = at(panel.new, &["fieldConfig", "overrides"])
        .and_then(Value::as_array)
        .is_some_and(|overrides| {
            overrides
                .iter()
                .any(|entry| entry.pointer("/matcher/options").is_none_or(Value::is_null))
        });
    let overrides: Vec<Value> = styles
        .iter()
        .filter(|style| !is_default(style) && (keeps_nameless || style.get("pattern").is_some_and(Value::is_string)))
        .map(|style| override_of(style, aligned, build))
        .collect();
    let mut defaults = Map::new();
    if let Some(style) = styles.iter().find(is_default) {
        for property in properties(style, aligned, build) {
            if !build.is_browser || is_browsers_default(&property) {
                set_default(&mut defaults, &property);
            }
        }
        let alias = style.get("alias").and_then(Value::as_str);
        if build.is_browser && alias == Some("") {
            defaults.insert("displayName".to_owned(), "".into());
        }
    }
    lifted.insert("type".to_owned(), "table".into());
    lifted.insert("fieldConfig".to_owned(), config(defaults, overrides));
    if let Some(transformation) = transformation(panel.old) {
        let mut all = at(panel.old, &["transformations"])
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        all.push(transformation);
        lifted.insert("transformations".to_owned(), Value::Array(all));
    }
    lifted
}

/// Of a style of all columns the browser takes these only (`migrateDefaults`).
fn is_browsers_default(property: &Value) -> bool {
    let id = property.get("id").and_then(Value::as_str).unwrap_or_default();
    let is_date = property
        .get("value")
        .and_then(Value::as_str)
        .is_some_and(|unit| unit.starts_with("time: "));
    matches!(
        id,
        "displayName" | "decimals" | "custom.align" | "custom.cellOptions" | "thresholds"
    ) || id == "unit" && !is_date
}

fn set_default(defaults: &mut Map<String, Value>, property: &Value) {
    let (Some(id), Some(value)) = (property.get("id").and_then(Value::as_str), property.get("value")) else {
        return;
    };
    match id.strip_prefix("custom.") {
        Some(key) => {
            if let Some(custom) = object_at(defaults, "custom") {
                custom.insert(key.to_owned(), value.clone());
            }
        }
        None => {
            defaults.insert(id.to_owned(), value.clone());
        }
    }
}

fn override_of(style: &Value, aligned: bool, build: Build) -> Value {
    let pattern = style.get("pattern").and_then(Value::as_str);
    let regular = pattern.is_some_and(|text| text.len() >= 2 && text.starts_with('/') && text.ends_with('/'));
    let matcher = if regular { "byRegexp" } else { "byName" };
    json!({"matcher": {"id": matcher, "options": pattern}, "properties": properties(style, aligned, build)})
}

fn properties(style: &Value, aligned: bool, build: Build) -> Vec<Value> {
    let text = |key: &str| style.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let mut found = Vec::new();
    let mut add = |id: &str, value: Value| found.push(json!({"id": id, "value": value}));
    if let Some(alias) = text("alias") {
        add("displayName", alias.into());
    }
    if let Some(unit) = text("unit") {
        add("unit", unit.into());
    }
    if let Some(decimals) = style
        .get("decimals")
        .filter(|decimals| decimals.is_number() && (build.keeps_zero || decimals.as_f64() != Some(0.0)))
    {
        add("decimals", decimals.clone());
    }
    if let (Some("date"), Some(format)) = (text("type"), text("dateFormat")) {
        add("unit", format!("time: {format}").into());
    }
    if text("type") == Some("hidden") {
        add(
            if build.hides_from_view {
                "custom.hideFrom.viz"
            } else {
                "custom.hidden"
            },
            true.into(),
        );
    }
    if style.get("link").and_then(Value::as_bool) == Some(true) {
        let blank = style.get("linkTargetBlank").and_then(Value::as_bool).unwrap_or(false);
        let link = json!({"title": text("linkTooltip").unwrap_or(""), "url": text("linkUrl").unwrap_or(""), "targetBlank": blank});
        add("links", json!([link]));
    }
    match text("colorMode") {
        Some("cell" | "row") => add("custom.cellOptions", json!({"type": "color-background"})),
        Some("value") => add("custom.cellOptions", json!({"type": "color-text"})),
        _ => {}
    }
    match if aligned { Some("auto") } else { text("align") } {
        Some("auto") => add("custom.align", Value::Null),
        Some(align) => add("custom.align", align.into()),
        None => {}
    }
    if let Some(steps) = threshold_steps(style, build) {
        add("thresholds", json!({"mode": "absolute", "steps": steps}));
    }
    found
}

/// The first colour from minus infinity, then one per number; a number without a colour has none.
fn threshold_steps(style: &Value, build: Build) -> Option<Vec<Value>> {
    let list = |key: &str| style.get(key).and_then(Value::as_array).filter(|list| !list.is_empty());
    let (thresholds, colours) = (list("thresholds")?, list("colors")?);
    let mut steps = vec![json!({"color": colours[0], "value": null})];
    for (position, threshold) in thresholds.iter().enumerate() {
        let value = match threshold {
            Value::String(text) if build.is_browser => whole_number(text),
            Value::String(text) => js_number(text).unwrap_or(Value::Null),
            other => other.clone(),
        };
        let mut step = Map::new();
        if let Some(colour) = colours.get(position + 1) {
            step.insert("color".to_owned(), colour.clone());
        }
        step.insert("value".to_owned(), value);
        steps.push(Value::Object(step));
    }
    Some(steps)
}

/// JavaScript's `parseInt(text, 10)`.
fn whole_number(text: &str) -> Value {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits
        .find(|character: char| !character.is_ascii_digit())
        .unwrap_or(digits.len());
    digits[..end]
        .parse::<i64>()
        .map_or(Value::Null, |number| (sign * number).into())
}

fn transformation(old: &Map<String, Value>) -> Option<Value> {
    let transform = old.get("transform").and_then(Value::as_str)?;
    let id = match transform {
        "timeseries_to_rows" => "seriesToRows",
        "timeseries_to_columns" => "seriesToColumns",
        "timeseries_aggregations" => "reduce",
        "table" => "merge",
        _ => return None,
    };
    if id != "reduce" {
        return Some(json!({"id": id, "options": {"reducers": []}}));
    }
    let columns = old
        .get("columns")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let reducers: Vec<&str> = columns
        .iter()
        .filter_map(|column| {
            Some(match column.get("value").and_then(Value::as_str)? {
                "avg" => "mean",
                "total" => "sum",
                "current" => "lastNotNull",
                "min" => "min",
                "max" => "max",
                "count" => "count",
                _ => return None,
            })
        })
        .collect();
    Some(json!({"id": id, "options": {"includeTimeField": false, "reducers": reducers}}))
}

fn override_properties(panel: &Map<String, Value>) -> impl Iterator<Item = &Value> {
    at(panel, &["fieldConfig", "overrides"])
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.get("properties")?.as_array())
        .flatten()
}

fn has_display_mode(panel: &Map<String, Value>) -> bool {
    at(panel, &["fieldConfig", "defaults", "custom", "displayMode"]).is_some()
        || override_properties(panel)
            .any(|property| property.get("id").and_then(Value::as_str) == Some("custom.displayMode"))
}

fn with_cell_options(old: &Map<String, Value>) -> Map<String, Value> {
    let mut lifted = old.clone();
    let Some(config) = object_at(&mut lifted, "fieldConfig") else {
        return lifted;
    };
    if let Some(custom) = config
        .get_mut("defaults")
        .and_then(|defaults| defaults.get_mut("custom")?.as_object_mut())
        && let Some(mode) = custom.remove("displayMode")
    {
        custom.insert("cellOptions".to_owned(), cell_options(&mode));
    }
    let properties = config
        .get_mut("overrides")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.get_mut("properties")?.as_array_mut())
        .flatten()
        .filter_map(Value::as_object_mut);
    for property in properties {
        if property.get("id").and_then(Value::as_str) == Some("custom.displayMode") {
            property.insert("id".to_owned(), "custom.cellOptions".into());
            let options = property
                .get("value")
                .filter(|mode| !mode.is_null())
                .map_or_else(|| json!({}), cell_options);
            property.insert("value".to_owned(), options);
        }
    }
    lifted
}

/// grafana/grafana `Table/utils.ts` (`migrateTableDisplayModeToCellOptions`).
fn cell_options(mode: &Value) -> Value {
    match mode.as_str() {
        Some("basic") => json!({"type": "gauge", "mode": "basic"}),
        Some("gradient-gauge") => json!({"type": "gauge", "mode": "gradient"}),
        Some("lcd-gauge") => json!({"type": "gauge", "mode": "lcd"}),
        Some("color-background") => json!({"type": "color-background", "mode": "gradient"}),
        Some("color-background-solid") => json!({"type": "color-background", "mode": "basic"}),
        _ => json!({"type": mode}),
    }
}
