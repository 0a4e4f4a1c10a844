//! Somebody chose another visualization: what was set for the one before goes with it.
//!
//! The edit is the choice; that the options of the former plugin and its own field settings are gone is what the page does then.
//! Sources: grafana/grafana `PanelModel.ts` (clearPropertiesBeforePluginChange) of 7.5 to 10.2, `VizPanelManager.tsx`
//! (changePluginType) of 11.1, `PanelOptionsPane.tsx` (onChangePanel) of 12.4 and 13.1; `getPanelOptionsWithDefaults.ts`
//! (adaptFieldColorMode) and `SingleStatBaseOptions.ts` (sharedSingleStatPanelChangedHandler) of 7.5 to 13.1.

use serde_json::{Map, Value, json};

use super::graph_conversion::{is_graph, of_one_number, without_custom};
use super::{at, kind, object_at, survives_conversion};
use crate::dashboard::compare::plugins;

/// Whether somebody chose another visualization between two panels, rather than a migration its successor.
pub(super) fn applies(old: &Map<String, Value>, new: &Map<String, Value>) -> bool {
    let is_panel = |kind: &str| !matches!(kind, "" | "row" | "tab" | "library-panel-ref");
    let (from, to) = (kind(old), kind(new));
    from != to && is_panel(from) && is_panel(to)
}

/// What the page makes of a panel as another visualization is chosen, by what is stored and by what migrations made of that; the
/// panel still says the one before.
pub(super) fn forms(stored: &Map<String, Value>, old: &Map<String, Value>, chosen: &str) -> Vec<Map<String, Value>> {
    let mut cleared = without_custom(old);
    cleared.retain(|key, _| survives_conversion(key) || key == "fieldConfig");
    let mut options = Map::new();
    if KEEP_CALCULATION.contains(&chosen) {
        let kept = ["reduceOptions", "orientation"];
        let found = kept.iter().filter_map(|key| Some((*key, at(old, &["options", key])?)));
        options.extend(found.map(|(key, value)| (key.to_owned(), value.clone())));
    }
    cleared.insert("options".to_owned(), Value::Object(options));
    // A visualization that colors by value and has no palette is given the thresholds', whatever its own is (adaptFieldColorMode).
    let own = plugins::default_color(chosen);
    let adapted = own.filter(|mode| !mode.starts_with("palette") && *mode != "thresholds");
    let colors = own.into_iter().chain(adapted.map(|_| "thresholds"));
    let colored = colors.map(|mode| {
        let mut colored = cleared.clone();
        let defaults = object_at(&mut colored, "fieldConfig").and_then(|config| object_at(config, "defaults"));
        if let Some(defaults) = defaults {
            defaults.insert("color".to_owned(), json!({"mode": mode}));
        }
        colored
    });
    let mut forms: Vec<Map<String, Value>> = std::iter::once(cleared.clone()).chain(colored).collect();
    // `SingleStatBaseOptions.ts` (migrateFromGraphPanel) of 11.1 to 13.1.
    if KEEP_CALCULATION.contains(&chosen) && is_graph(stored) {
        let options = of_one_number(stored);
        let of_graph = |form: &Map<String, Value>| {
            let mut form = form.clone();
            form.insert("options".to_owned(), Value::Object(options.clone()));
            form
        };
        let of_graphs: Vec<_> = forms.iter().map(of_graph).collect();
        forms.extend(of_graphs);
    }
    forms
}

/// Visualizations of one number for each field: they take over how that is computed.
const KEEP_CALCULATION: &[&str] = &["bargauge", "gauge", "piechart", "stat"];
