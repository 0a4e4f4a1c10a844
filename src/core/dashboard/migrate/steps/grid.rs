//! Schema 16: rows of panels with spans become a grid of 24 columns (`schemaversion/v16.go`).

use serde_json::{Value, json};

use super::super::Error;
use super::super::fields::{Fields, array, flag, measure, objects, shift, text, whole_at};
use super::super::fill::rows_are_shown;

/// Marks a panel whose place was computed here; it lives only while a dashboard is migrated.
pub(in super::super) const ON_NEW_GRID: &str = "_onNewGrid";

const COLUMNS: usize = 24;
const DEFAULT_SPAN: f64 = 4.0;
const DEFAULT_ROW_HEIGHT: f64 = 250.0;
/// A cell of 30 pixels and the 8 between two.
const STEP: f64 = 38.0;
const MIN_HEIGHT: f64 = 90.0;

pub(super) fn rows_to_grid(dashboard: &mut Fields) -> Result<(), Error> {
    let Some(Value::Array(_)) = dashboard.get("rows") else {
        return Ok(());
    };
    let shown = rows_are_shown(dashboard);
    let mut next_id = largest_id(dashboard).saturating_add(1);
    let Some(Value::Array(rows)) = shift(dashboard, "rows") else {
        return Ok(());
    };
    if rows.is_empty() {
        return Ok(());
    }
    let mut panels = array(dashboard, "panels").map(std::mem::take).unwrap_or_default();
    let mut y = 0;
    for row in rows {
        if let Value::Object(row) = row
            && row.get("repeatIteration").is_none_or(Value::is_null)
        {
            lay_out(row, shown, &mut next_id, &mut y, &mut panels)?;
        }
    }
    dashboard.insert("panels".into(), panels.into());
    Ok(())
}

fn largest_id(dashboard: &mut Fields) -> i64 {
    let mut largest = 0;
    let mut see = |panel: &mut Fields| largest = largest.max(whole_at(panel, "id").unwrap_or(0));
    objects(dashboard.get_mut("panels")).for_each(&mut see);
    for row in objects(dashboard.get_mut("rows")) {
        objects(row.get_mut("panels")).for_each(&mut see);
    }
    largest
}

fn lay_out(mut row: Fields, shown: bool, next_id: &mut i64, y: &mut i64, panels: &mut Vec<Value>) -> Result<(), Error> {
    let height = grid_height(row.get("height").and_then(measure).unwrap_or(DEFAULT_ROW_HEIGHT));
    let collapsed = flag(&row, "collapse");
    let mut own = array(&mut row, "panels").map(std::mem::take).unwrap_or_default();
    for panel in own.iter_mut().filter_map(Value::as_object_mut) {
        if !panel.contains_key("id") {
            panel.insert("id".into(), (*next_id).into());
            *next_id = next_id.saturating_add(1);
        }
    }
    let mut row_panel = shown.then(|| row_panel(&row, *next_id, *y, height));
    if row_panel.is_some() {
        *next_id = next_id.saturating_add(1);
        *y = y.saturating_add(1);
    }
    let mut area = Area::new(height, *y);
    let mut inside = Vec::new();
    for panel in own.iter_mut().filter_map(Value::as_object_mut) {
        place(panel, height, &mut area)?;
        *y = area.y;
        let panel = Value::Object(std::mem::take(panel));
        match row_panel.is_some() && collapsed {
            true => inside.push(panel),
            false => panels.push(panel),
        }
    }
    if let Some(mut row_panel) = row_panel.take() {
        row_panel.insert("panels".into(), inside.into());
        panels.push(Value::Object(row_panel));
        if collapsed {
            return Ok(());
        }
    }
    *y = y.saturating_add(height);
    Ok(())
}

fn row_panel(row: &Fields, id: i64, y: i64, height: i64) -> Fields {
    let mut panel = Fields::new();
    panel.insert("id".into(), id.into());
    panel.insert("type".into(), "row".into());
    panel.insert("title".into(), text(row, "title").into());
    panel.insert("repeat".into(), text(row, "repeat").into());
    panel.insert("gridPos".into(), json!({ "x": 0, "y": y, "w": COLUMNS, "h": height }));
    panel.insert(ON_NEW_GRID.into(), true.into());
    if row.contains_key("collapse") {
        panel.insert("collapsed".into(), flag(row, "collapse").into());
    }
    panel
}

#[expect(clippy::cast_possible_truncation, reason = "a height in cells")]
fn grid_height(pixels: f64) -> i64 {
    (pixels.max(MIN_HEIGHT) / STEP).ceil() as i64
}

#[expect(clippy::cast_possible_truncation, reason = "a span of 12 columns")]
fn place(panel: &mut Fields, row_height: i64, area: &mut Area) -> Result<(), Error> {
    let span = panel
        .get("span")
        .and_then(measure)
        .filter(|span| *span != 0.0)
        .unwrap_or(DEFAULT_SPAN);
    if let Some(least) = panel.get("minSpan").and_then(measure).filter(|least| *least > 0.0) {
        panel.insert("minSpan".into(), ((2.0 * least).min(24.0) as i64).into());
    }
    let width = (span.floor() as i64).saturating_mul(2);
    let height = panel.get("height").and_then(measure).map_or(row_height, grid_height);
    let (x, y) = area.find(width).ok_or(Error::TooWide(width / 2))?;
    let y = area.y.saturating_add(y);
    panel.insert("gridPos".into(), json!({ "x": x, "y": y, "w": width, "h": height }));
    panel.insert(ON_NEW_GRID.into(), true.into());
    area.fill(x, y, width, height);
    shift(panel, "span");
    Ok(())
}

/// How far each column of a row is filled.
struct Area {
    columns: [i64; COLUMNS],
    y: i64,
    height: i64,
}

impl Area {
    fn new(height: i64, y: i64) -> Self {
        Self {
            columns: [0; COLUMNS],
            y,
            height,
        }
    }

    fn fill(&mut self, x: usize, y: i64, width: i64, height: i64) {
        let end = usize::try_from(width).map_or(x, |width| x.saturating_add(width).min(COLUMNS));
        for column in &mut self.columns[x..end.max(x)] {
            *column = (*column).max(y.saturating_add(height).saturating_sub(self.y));
        }
    }

    /// The first column and the line of a place that is wide enough, here or one row's height further down.
    fn find(&mut self, width: i64) -> Option<(usize, i64)> {
        if let Some(place) = self.free(width) {
            return Some(place);
        }
        self.y = self.y.saturating_add(self.height);
        self.columns = [0; COLUMNS];
        self.free(width)
    }

    /// Looks from the right end of the row to the left, as long as the columns don't get higher.
    fn free(&self, width: i64) -> Option<(usize, i64)> {
        let last = COLUMNS - 1;
        if self.columns[last] >= self.height {
            return None;
        }
        // Where only the last column is free, Grafana takes the place to begin at the left edge.
        let first = (0..last)
            .rev()
            .take_while(|column| {
                self.columns[*column] < self.height && self.columns[*column] <= self.columns[column + 1]
            })
            .last()
            .unwrap_or(0);
        let wide = i64::try_from(last - first).is_ok_and(|wide| wide >= width.saturating_sub(1));
        wide.then(|| (first, self.columns[first..].iter().copied().max().unwrap_or(0)))
    }
}
