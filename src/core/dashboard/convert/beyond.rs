//! What the classic form has no word for.

use std::collections::BTreeSet;

use serde_json::Value;

/// The parts of a v2 dashboard that a classic one can't hold, in the words of Grafana's pages; empty where it can hold
/// everything that it shows.
pub fn beyond_classic(spec: &Value) -> Vec<&'static str> {
    let mut found = BTreeSet::new();
    if let Some(layout) = spec.get("layout") {
        look(layout, false, &mut found);
    }
    found.into_iter().collect()
}

fn look(value: &Value, in_container: bool, found: &mut BTreeSet<&'static str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| look(item, in_container, found)),
        Value::Object(fields) => {
            let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default();
            match kind {
                "TabsLayout" => drop(found.insert("tabs")),
                "AutoGridLayout" => drop(found.insert("an auto grid")),
                "RowsLayout" if in_container => drop(found.insert("rows inside of rows or tabs")),
                _ => {}
            }
            if fields
                .get("conditionalRendering")
                .is_some_and(|rendering| !rendering.is_null())
            {
                found.insert("conditional rendering");
            }
            let list = fields.get("variables").and_then(Value::as_array);
            if list.is_some_and(|variables| !variables.is_empty()) {
                found.insert("variables of a row or tab");
            }
            let inside = in_container || matches!(kind, "RowsLayout" | "TabsLayout");
            fields.values().for_each(|value| look(value, inside, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_classic_has_no_word_for_is_named() {
        let of = |layout: Value| beyond_classic(&json!({"layout": layout}));
        let grid = json!({"kind": "GridLayout", "spec": {"items": []}});
        let rows =
            json!({"kind": "RowsLayout", "spec": {"rows": [{"kind": "RowsLayoutRow", "spec": {"layout": grid}}]}});
        assert!(of(grid.clone()).is_empty() && of(rows.clone()).is_empty());
        let tabs = |inside: &Value| json!({"kind": "TabsLayout", "spec": {"tabs": [{"kind": "TabsLayoutTab", "spec": {"layout": inside}}]}});
        assert_eq!(of(tabs(&grid)), ["tabs"]);
        assert_eq!(of(tabs(&rows)), ["rows inside of rows or tabs", "tabs"]);
        let mut rendering = rows;
        rendering["spec"]["rows"][0]["spec"]["conditionalRendering"] = json!({"kind": "ConditionalRenderingGroup"});
        rendering["spec"]["rows"][0]["spec"]["layout"] = json!({"kind": "AutoGridLayout", "spec": {}});
        assert_eq!(of(rendering), ["an auto grid", "conditional rendering"]);
    }
}
