//! Panels on the classic grid as a grid of v2, or as rows of grids where there are row panels.

use serde_json::{Value, json};

use super::super::super::migrate::Context;
use super::super::super::migrate::fields::{Fields, flag, text};
use super::super::{objects, present, text_of};
use super::panels::element;
use super::whole_of;

pub(super) fn elements_and_layout(classic: &Fields, context: &Context) -> (Fields, Value) {
    let mut elements = Fields::new();
    let panels: Vec<&Fields> = objects(classic.get("panels")).collect();
    let layout = match panels.iter().any(|panel| text(panel, "type") == "row") {
        true => rows(&panels, &mut elements, context),
        false => grid(
            panels
                .iter()
                .map(|panel| place(panel, None, &mut elements, context))
                .collect(),
        ),
    };
    (elements, layout)
}

fn grid(items: Vec<Value>) -> Value {
    json!({ "kind": "GridLayout", "spec": { "items": items } })
}

/// A row while it is filled. Panels before the first row get one without a header.
struct Row<'p> {
    panel: Option<&'p Fields>,
    items: Vec<Value>,
}

fn rows(panels: &[&Fields], elements: &mut Fields, context: &Context) -> Value {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut row_y = 0;
    for panel in panels {
        if text(panel, "type") == "row" {
            row_y = grid_position(panel, "y").unwrap_or(row_y);
            let items = objects(panel.get("panels"))
                .map(|inside| place(inside, Some(offset(inside, row_y)), elements, context))
                .collect();
            rows.push(Row {
                panel: Some(panel),
                items,
            });
            continue;
        }
        match rows.last_mut() {
            Some(row) => row
                .items
                .push(place(panel, Some(offset(panel, row_y)), elements, context)),
            None => {
                row_y = -1;
                let items = vec![place(panel, Some(0), elements, context)];
                rows.push(Row { panel: None, items });
            }
        }
    }
    let rows: Vec<Value> = rows.into_iter().map(row).collect();
    json!({ "kind": "RowsLayout", "spec": { "rows": rows } })
}

fn row(row: Row<'_>) -> Value {
    let spec = match row.panel {
        None => json!({ "collapse": false, "title": "", "hideHeader": true, "layout": grid(row.items) }),
        Some(panel) => present(json!({
            "collapse": flag(panel, "collapsed"),
            "title": text(panel, "title"),
            "repeat": text_of(panel, "repeat").map(|variable| json!({ "mode": "variable", "value": variable })),
            "layout": grid(row.items),
        })),
    };
    json!({ "kind": "RowsLayoutRow", "spec": spec })
}

fn grid_position(panel: &Fields, key: &str) -> Option<i64> {
    let position = panel.get("gridPos").and_then(Value::as_object)?;
    Some(whole_of(position, key).unwrap_or(0))
}

/// How far below its row's header a panel stands.
fn offset(panel: &Fields, row_y: i64) -> i64 {
    grid_position(panel, "y").map_or(0, |y| y.saturating_sub(row_y).saturating_sub(1))
}

fn place(panel: &Fields, y: Option<i64>, elements: &mut Fields, context: &Context) -> Value {
    let (name, element) = element(panel, context);
    elements.insert(name.clone(), element);
    let position = panel.get("gridPos").and_then(Value::as_object);
    let at = |key: &str, default: i64| position.and_then(|position| whole_of(position, key)).unwrap_or(default);
    let spec = json!({
        "x": at("x", 0),
        "y": y.unwrap_or_else(|| at("y", 0)),
        "width": at("w", 6),
        "height": at("h", 3),
        "element": { "kind": "ElementReference", "name": name },
        "repeat": repeat(panel),
    });
    json!({ "kind": "GridLayoutItem", "spec": present(spec) })
}

fn repeat(panel: &Fields) -> Option<Value> {
    let variable = text_of(panel, "repeat")?;
    let direction = text_of(panel, "repeatDirection").filter(|direction| direction == "h" || direction == "v");
    Some(present(json!({
        "mode": "variable",
        "value": variable,
        "direction": direction,
        "maxPerRow": whole_of(panel, "maxPerRow").filter(|most| *most > 0),
    })))
}
