//! From a JSON pointer to the place that a comparison should name.

use serde_json::Value;

use crate::mutate::{Step, get};

/// What the ignored list and the checks know a place by.
#[derive(Debug, Clone)]
pub struct Spot {
    /// `panels[].targets[].expr`; panels inside rows look like all others.
    pub pattern: String,
    /// The id of the panel around it.
    pub panel: Option<String>,
    /// The plugin of the panel around it, or the type of the variable.
    pub kind: String,
    /// The keys from the panel, variable or dashboard on, without positions.
    pub keys: Vec<String>,
}

impl Spot {
    /// Whether it is in a dashboard of the v2 form.
    pub fn is_v2(&self) -> bool {
        ["elements", "layout", "variables", "timeSettings", "cursorSync"]
            .iter()
            .any(|key| self.pattern.starts_with(key))
            || self.pattern.starts_with("annotations[]")
            || self.pattern == "annotations"
    }
}

pub fn spot(dashboard: &Value, path: &[Step]) -> Spot {
    let mut spot = Spot {
        pattern: String::new(),
        panel: None,
        kind: String::new(),
        keys: Vec::new(),
    };
    for (depth, step) in path.iter().enumerate() {
        match step {
            Step::Key(key) => {
                if !spot.pattern.is_empty() {
                    spot.pattern.push('.');
                }
                spot.pattern.push_str(key);
                if spot.keys == ["elements"] {
                    spot.panel = key.strip_prefix("panel-").map(str::to_owned);
                }
                spot.keys.push(key.clone());
            }
            Step::Index(_) => {
                spot.pattern.push_str("[]");
                let element = get(dashboard, &path[..=depth]);
                let text = |key: &str| {
                    element
                        .and_then(|element| element.get(key))
                        .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                };
                let list = spot.keys.last().map(String::as_str);
                if list == Some("panels") || spot.pattern == "templating.list[]" {
                    if list == Some("panels") {
                        spot.pattern = "panels[]".to_owned();
                        spot.panel = text("id");
                    }
                    spot.kind = text("type").unwrap_or_default();
                    spot.keys.clear();
                }
            }
        }
    }
    spot
}
