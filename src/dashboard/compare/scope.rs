//! What the walk is inside of: rules ask about the panel, variable or annotation around a value.

use serde_json::{Map, Value};

use super::same::present;

/// The nearest thing around a value that rules know.
#[derive(Debug, Clone)]
pub(super) enum Scope {
    /// The dashboard itself.
    Dashboard,
    /// A panel, a target being inside its panel.
    Panel(PanelScope),
    /// A template variable, both sides whole.
    Variable { before: Value, after: Value },
    /// An annotation query.
    Annotation,
    /// One row of an old dashboard, without its panels.
    LegacyRow,
}

/// What rules ask about a panel.
#[derive(Debug, Clone)]
pub(super) struct PanelScope {
    /// The plugin, on the newer side.
    pub(super) kind: String,
    /// Whether both sides were written by different versions of the plugin: somebody's browser saved in between.
    pub(super) resaved: bool,
    /// The panel's data sources, which queries without one of their own inherit.
    pub(super) sources: [Option<Value>; 2],
}

impl PanelScope {
    pub(super) fn of(before: &Map<String, Value>, after: &Map<String, Value>) -> Self {
        let version = |panel: &Map<String, Value>| present(panel.get("pluginVersion")).cloned();
        Self {
            kind: after.get("type").and_then(Value::as_str).unwrap_or_default().to_owned(),
            resaved: version(before) != version(after),
            sources: [
                present(before.get("datasource")).cloned(),
                present(after.get("datasource")).cloned(),
            ],
        }
    }
}
