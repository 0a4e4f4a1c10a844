//! The graph panel and its successor, the time series.
//!
//! Sources: grafana/grafana `GraphMigrations.ts`, `DashboardMigrator.ts` (steps 12, 13, 30, 35, 37), `v42.go`,
//! `frontend_defaults.go` (`applyPanelAutoMigration`).

use serde_json::{Map, Value, json};

use super::overrides::{self, lists_of_properties, overrides, properties};
use super::{Step, at, object_at};
use crate::dashboard::compare::rules;

/// Steps 12 and 13: what a graph's grid said of its axes and thresholds it says itself.
pub(super) const GRID: Step = Step {
    rule: &rules::GRAPH_GRID,
    applies: |panel| {
        let is_old = |step: u64| panel.crosses(step);
        panel.kinds[0] == "graph"
            && (is_old(12) || is_old(13))
            && at(panel.old, &["grid"]).is_some_and(Value::is_object)
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        if panel.crosses(12) && at(panel.old, &["yaxes"]).is_none() {
            axes_of_grid(&mut lifted);
        }
        if panel.crosses(13) {
            thresholds_of_grid(&mut lifted);
        }
        // Step 4 took out the axes of series, of which there are none.
        if panel.crosses(4)
            && lifted
                .get("aliasYAxis")
                .and_then(Value::as_object)
                .is_some_and(Map::is_empty)
        {
            lifted.remove("aliasYAxis");
        }
        vec![lifted, panel.old.clone()]
    },
};

fn axes_of_grid(panel: &mut Map<String, Value>) {
    let mut grid = panel
        .get("grid")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let formats = panel.remove("y_formats").unwrap_or_default();
    let (x_axis, y_axis) = (panel.remove("x-axis"), panel.remove("y-axis"));
    let axes: Vec<Value> = [("left", 0), ("right", 1)]
        .into_iter()
        .map(|(side, at)| {
            let axis = [
                ("show", y_axis.clone()),
                ("min", grid.remove(&format!("{side}Min"))),
                ("max", grid.remove(&format!("{side}Max"))),
                ("logBase", grid.remove(&format!("{side}LogBase"))),
                ("format", formats.get(at).cloned()),
                ("label", panel.remove(&format!("{side}YAxisLabel"))),
            ];
            let said = axis
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?)));
            Value::Object(said.collect())
        })
        .collect();
    panel.insert("yaxes".to_owned(), Value::Array(axes));
    panel.insert(
        "xaxis".to_owned(),
        x_axis.map_or_else(|| json!({}), |show| json!({"show": show})),
    );
    panel.insert("grid".to_owned(), Value::Object(grid));
}

fn thresholds_of_grid(panel: &mut Map<String, Value>) {
    let Some(grid) = panel.get_mut("grid").and_then(Value::as_object_mut) else {
        return;
    };
    let is_line = grid
        .remove("thresholdLine")
        .is_some_and(|line| line.as_bool() == Some(true));
    let mut found: Vec<Value> = Vec::new();
    for name in ["threshold1", "threshold2"] {
        let (value, color) = (grid.remove(name), grid.remove(&format!("{name}Color")));
        if let Some(value) = value.filter(Value::is_number) {
            found.push(match is_line {
                true => json!({"value": value, "line": true, "lineColor": color, "colorMode": "custom"}),
                false => json!({"value": value, "fill": true, "fillColor": color, "colorMode": "custom"}),
            });
        }
    }
    let number = |threshold: &Value| threshold.get("value").and_then(Value::as_f64);
    let falls = matches!(found.as_slice(), [first, second] if number(first) > number(second));
    for threshold in &mut found {
        threshold["op"] = if falls { "lt" } else { "gt" }.into();
    }
    let mut all = panel
        .get("thresholds")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    all.extend(found);
    panel.insert("thresholds".to_owned(), Value::Array(all));
}

/// What a panel of a plugin that is no more had is kept among its options where it is stored as v2, until a browser converts it
/// (`v1_to_v2alpha1.go` of 13.1, buildVizConfig); the classic rendering says it there, too.
pub(super) const UNRESOLVED: Step = Step {
    rule: &rules::ANGULAR_MIGRATION,
    applies: |panel| at(panel.old, &["options", KEPT]).is_some() && at(panel.new, &["options", KEPT]).is_none(),
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let kept = object_at(&mut lifted, "options").and_then(|options| options.remove(KEPT));
        if let Some(Value::Object(mut kept)) = kept {
            if let Some(Value::Object(settings)) = kept.remove("originalOptions") {
                lifted.extend(settings);
            }
            if let Some(mark) = kept.remove("autoMigrateFrom") {
                lifted.insert("autoMigrateFrom".to_owned(), mark);
            }
        }
        vec![lifted]
    },
};

const KEPT: &str = "__angularMigration";

/// The server only renames a panel and notes what it was; the browser converts it at the first save.
pub(super) const AUTO_MIGRATE: Step = Step {
    rule: &rules::AUTO_MIGRATE,
    applies: |panel| {
        let [old, new] = panel.kinds();
        let mark = panel.new.get("autoMigrateFrom").and_then(Value::as_str);
        mark == Some(old) && !panel.old.contains_key("autoMigrateFrom") && migrated_kinds(panel.old, old).contains(&new)
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let [old, new] = panel.kinds();
        lifted.insert("type".to_owned(), new.into());
        lifted.insert("autoMigrateFrom".to_owned(), old.into());
        vec![lifted]
    },
};

pub(super) fn migrated_kinds(panel: &Map<String, Value>, kind: &str) -> &'static [&'static str] {
    match kind {
        "graph" => match at(panel, &["xaxis", "mode"]).and_then(Value::as_str) {
            Some("series") if at(panel, &["legend", "values"]).and_then(Value::as_bool) == Some(true) => &["bargauge"],
            Some("series") => &["barchart"],
            Some("histogram") => &["histogram"],
            _ => &["timeseries"],
        },
        "table-old" => &["table"],
        "singlestat" | "grafana-singlestat-panel" => &["stat"],
        "grafana-piechart-panel" => &["piechart"],
        "grafana-worldmap-panel" => &["geomap"],
        "natel-discrete-panel" => &["state-timeline"],
        "heatmap-new" => &["heatmap"],
        _ => &[],
    }
}

/// From 7.1 on the graph's data links are field settings.
pub(super) const DATA_LINKS: Step = Step {
    rule: &rules::GRAPH_DATA_LINKS,
    applies: |panel| {
        panel.kinds() == ["graph", "graph"]
            && at(panel.old, &["options", "dataLinks"]).is_some()
            && at(panel.new, &["options", "dataLinks"]).is_none()
            && at(panel.new, &["fieldConfig"]).is_some()
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let links = object_at(&mut lifted, "options").and_then(|options| options.remove("dataLinks"));
        if let (Some(links), Some(config)) = (links, object_at(&mut lifted, "fieldConfig"))
            && let Some(defaults) = object_at(config, "defaults")
        {
            defaults.insert("links".to_owned(), links);
        }
        vec![lifted]
    },
};

/// Step 37: of two ways to hide a legend one is left.
pub(super) const SHOW_LEGEND: Step = Step {
    rule: &rules::SHOW_LEGEND,
    applies: |panel| {
        panel.crosses(37)
            && at(panel.old, &["options", "legend"]).is_some_and(Value::is_object)
            && at(panel.new, &["options", "legend", "showLegend"]).is_some()
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let legend = object_at(&mut lifted, "options").and_then(|options| object_at(options, "legend"));
        if let Some(legend) = legend {
            let hidden = legend.get("displayMode").and_then(Value::as_str) == Some("hidden")
                || legend.get("showLegend").and_then(Value::as_bool) == Some(false);
            if hidden {
                legend.insert("displayMode".to_owned(), "list".into());
            }
            legend.insert("showLegend".to_owned(), (!hidden).into());
        }
        vec![lifted]
    },
};

/// Step 30: `tooltipOptions` is called `tooltip`. Who saves a newer file in 7.5 has both: that page fills in the one and keeps the other.
pub(super) const TOOLTIP_OPTIONS: Step = Step {
    rule: &rules::TOOLTIP_OPTIONS,
    applies: |panel| {
        panel.crosses(30)
            && at(panel.old, &["options", "tooltipOptions"]).is_some()
            && at(panel.new, &["options", "tooltipOptions"]).is_none()
            && (panel.in_order || at(panel.old, &["options", "tooltip"]).is_none())
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        if let Some(options) = object_at(&mut lifted, "options")
            && let Some(tooltip) = options.remove("tooltipOptions")
        {
            options.insert("tooltip".to_owned(), tooltip);
        }
        vec![lifted]
    },
};

/// Step 35: where all axes were hidden, the time axis was not; an override keeps it.
pub(super) const X_AXIS: Step = Step {
    rule: &rules::X_AXIS,
    applies: |panel| {
        panel.crosses(35)
            && panel.kinds() == ["timeseries", "timeseries"]
            && at(panel.old, &["fieldConfig", "defaults", "custom", "axisPlacement"]).and_then(Value::as_str)
                == Some("hidden")
            && overrides(panel.new).len() > overrides(panel.old).len()
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        if let Some(config) = object_at(&mut lifted, "fieldConfig") {
            let added = json!({
                "matcher": {"id": "byType", "options": "time"},
                "properties": [{"id": "custom.axisPlacement", "value": "auto"}],
            });
            overrides::add(config, added);
        }
        vec![lifted]
    },
};

/// Step 42: what is hidden in the picture is hidden in the tooltip, too.
pub(super) const HIDE_FROM: Step = Step {
    rule: &rules::HIDE_FROM,
    applies: |panel| panel.crosses(42) && hidden(panel.old, false) && hidden(panel.new, true),
    apply: |panel| {
        let mut lifted = panel.old.clone();
        let config = lifted.get_mut("fieldConfig").and_then(Value::as_object_mut);
        for property in config.into_iter().flat_map(lists_of_properties).flatten() {
            if is_hidden(property)
                && let Some(value) = property.get_mut("value").and_then(Value::as_object_mut)
            {
                value.insert("tooltip".to_owned(), true.into());
            }
        }
        vec![lifted]
    },
};

fn is_hidden(property: &Value) -> bool {
    property.get("id").and_then(Value::as_str) == Some("custom.hideFrom")
        && property.pointer("/value/viz").and_then(Value::as_bool) == Some(true)
}

fn hidden(panel: &Map<String, Value>, tooltip: bool) -> bool {
    let is_on = |property: &Value| {
        property
            .pointer("/value/tooltip")
            .and_then(Value::as_bool)
            .unwrap_or(false)
    };
    properties(panel).any(|property| is_hidden(property) && is_on(property) == tooltip)
}
