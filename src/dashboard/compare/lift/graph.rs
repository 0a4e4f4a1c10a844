//! The graph panel and its successor, the time series.
//!
//! Sources: grafana/grafana `GraphMigrations.ts`, `DashboardMigrator.ts` (steps 30, 35, 37), `v42.go`,
//! `frontend_defaults.go` (`applyPanelAutoMigration`).

use serde_json::{Map, Value, json};

use super::overrides::{self, lists_of_properties, overrides, properties};
use super::{Step, at, object_at};
use crate::dashboard::compare::rules;

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

fn migrated_kinds(panel: &Map<String, Value>, kind: &str) -> &'static [&'static str] {
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

/// Step 30: `tooltipOptions` is called `tooltip`.
pub(super) const TOOLTIP_OPTIONS: Step = Step {
    rule: &rules::TOOLTIP_OPTIONS,
    applies: |panel| {
        panel.crosses(30)
            && at(panel.old, &["options", "tooltipOptions"]).is_some()
            && at(panel.new, &["options", "tooltipOptions"]).is_none()
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
