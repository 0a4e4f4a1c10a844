use std::collections::BTreeMap;

use serde_json::Value;

use super::title;

/// Every panel of a dashboard, those of legacy rows and of collapsed rows too, in the file's order.
pub fn panels(dashboard: &Value) -> Vec<&Value> {
    let mut all = Vec::new();
    for row in list(dashboard, "rows") {
        collect(row, &mut all);
    }
    collect(dashboard, &mut all);
    all
}

fn collect<'a>(holder: &'a Value, all: &mut Vec<&'a Value>) {
    for panel in list(holder, "panels") {
        all.push(panel);
        collect(panel, all);
    }
}

fn list<'a>(holder: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    holder.get(key).and_then(Value::as_array).into_iter().flatten()
}

/// The panel plugins that a dashboard uses, each with the titles of the panels that use it. Rows, tabs and references to
/// library panels need no plugin of their own.
pub fn panel_types(dashboard: &Value) -> BTreeMap<&str, Vec<&str>> {
    let mut types: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for panel in panels(dashboard) {
        if panel.get("libraryPanel").is_some() {
            continue;
        }
        if let Some(kind) = panel
            .get("type")
            .and_then(Value::as_str)
            .filter(|kind| !matches!(*kind, "row" | "tab"))
        {
            types.entry(kind).or_default().push(title(panel));
        }
    }
    types
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn panels_are_found_wherever_they_are() {
        let dashboard = json!({
            "rows": [{"panels": [{"type": "graph", "title": "in a legacy row"}]}],
            "panels": [
                {"type": "row", "panels": [{"type": "btplc-status-dot-panel", "title": "in a collapsed row"}]},
                {"type": "text", "title": "outside"},
                {"libraryPanel": {"uid": "x"}}
            ]
        });
        assert_eq!(panels(&dashboard).len(), 5);
        let types: Vec<_> = panel_types(&dashboard).into_iter().collect();
        assert_eq!(
            types,
            [
                ("btplc-status-dot-panel", vec!["in a collapsed row"]),
                ("graph", vec!["in a legacy row"]),
                ("text", vec!["outside"]),
            ]
        );
    }
}
