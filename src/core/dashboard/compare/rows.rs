//! Dashboards from before Grafana 5 have rows of panels with a `span`; schema step 16 lays them out on a grid.
//!
//! Source: grafana/grafana `DashboardMigrator.ts` (`upgradeToGridLayout`) and `v16.go`. The two agree, but for what happens
//! next: the server leaves the result as it is, the browser gives rows a height of 1 and moves panels that overlap.

use serde_json::{Map, Value, json};

use super::grid::{self, Cell};
use super::same::present;

const COLUMNS: u64 = 24;

/// The rows of an old dashboard, if it has any.
pub(super) fn of(dashboard: &Value) -> Option<&[Value]> {
    let rows = dashboard.get("rows")?.as_array()?;
    (!rows.is_empty() && rows.iter().all(Value::is_object)).then_some(rows)
}

/// The dashboard as step 16 makes it, in the layout of the two that fits `other` better.
pub(super) fn lift(dashboard: &Value, other: &Value) -> Value {
    let mut lifted = dashboard.clone();
    let panels = laid_out(of(dashboard).unwrap_or_default());
    if let Some(map) = lifted.as_object_mut() {
        map.remove("rows");
        let mut all: Vec<Value> = present(map.get("panels"))
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        all.extend(panels);
        renumber(&mut all, other);
        let compacted = compacted(&all);
        let best = if fit(&compacted, other) > fit(&all, other) {
            compacted
        } else {
            all
        };
        map.insert("panels".to_owned(), Value::Array(best));
    }
    lifted
}

/// Row panels get the ids after the highest one. If panels came or went since, all of them are shifted by as much: then
/// that is no news about each row.
fn renumber(panels: &mut [Value], other: &Value) {
    let is_row = |panel: &&Value| panel.get("type").and_then(Value::as_str) == Some("row");
    let others: Vec<&Value> = other
        .get("panels")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(is_row)
        .collect();
    let id = |panel: &Value| panel.get("id").and_then(Value::as_i64);
    // Of rows with one title the first is the first.
    let mut taken = vec![false; others.len()];
    let mut twin_of = |row: &Value| {
        let is_free = |at: &usize| !taken[*at] && others[*at].get("title") == row.get("title");
        let at = (0..others.len()).find(is_free)?;
        taken[at] = true;
        others.get(at)
    };
    let mut offsets: Vec<i64> = panels
        .iter()
        .filter(is_row)
        .filter_map(|row| Some(id(twin_of(row)?)? - id(row)?))
        .collect();
    offsets.sort_unstable();
    // The median: one row that was edited by hand doesn't speak for the others.
    let Some(offset) = offsets.get(offsets.len() / 2).copied().filter(|offset| *offset != 0) else {
        return;
    };
    for row in panels.iter_mut().filter(|panel| is_row(&&**panel)) {
        if let (Some(own), Some(map)) = (id(row), row.as_object_mut()) {
            map.insert("id".to_owned(), (own + offset).into());
        }
    }
}

/// How many panels of a layout are as far below their rows as the other dashboard has them, and then how many are as far below the
/// top of the page: where rows that are one line high were higher before, only the first says something.
fn fit(panels: &[Value], other: &Value) -> [usize; 2] {
    let others = other
        .get("panels")
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let [own, theirs] = [panels, others].map(places);
    let matching = |place: fn(&(Option<&Value>, Cell, i64)) -> Cell| {
        let is_there = |own: &&(_, Cell, i64)| {
            theirs
                .iter()
                .any(|other| other.0 == own.0 && place(other) == place(own))
        };
        own.iter().filter(is_there).count()
    };
    [
        matching(|(_, cell, top)| Cell {
            y: cell.y - top,
            ..*cell
        }),
        matching(|(_, cell, _)| *cell),
    ]
}

/// The panels of a page by their ids, with their places and the lines of the rows above them.
fn places(panels: &[Value]) -> Vec<(Option<&Value>, Cell, i64)> {
    let is_row = |panel: &&Value| panel.get("type").and_then(Value::as_str) == Some("row");
    let mut rows: Vec<i64> = panels.iter().filter(is_row).map(|row| Cell::of(row).y).collect();
    rows.sort_unstable();
    let place = |panel: &'_ Value| {
        let cell = Cell::placed(panel);
        let above = rows.partition_point(|row| *row <= cell.y);
        (cell, above.checked_sub(1).map_or(0, |above| rows[above]))
    };
    panels
        .iter()
        .map(|panel| {
            let (cell, top) = place(panel);
            (panel.get("id"), cell, top)
        })
        .collect()
}

fn laid_out(rows: &[Value]) -> Vec<Value> {
    let highest = rows
        .iter()
        .flat_map(panels_of)
        .filter_map(|panel| panel.get("id")?.as_u64())
        .max()
        .unwrap_or(0);
    let mut next_id = highest + 1;
    let with_titles = rows
        .iter()
        .any(|row| is_true(row, "collapse") || is_true(row, "showTitle") || repeats(row));
    let (mut panels, mut y) = (Vec::new(), 0);
    for row in rows {
        if present(row.get("repeatIteration")).is_some() {
            continue;
        }
        let height = grid_height(row.get("height")).unwrap_or(7);
        let collapsed = is_true(row, "collapse");
        let mut row_panel = None;
        if with_titles {
            row_panel = Some(row_panel_of(row, next_id, y, height));
            next_id += 1;
            y += 1;
        }
        let mut area = Area::new(height, y);
        let inside: Vec<Value> = panels_of(row).map(|panel| placed(panel, &mut area)).collect();
        y = area.y;
        match row_panel {
            Some(mut panel) if collapsed => {
                panel.insert("panels".to_owned(), Value::Array(inside));
                panels.push(Value::Object(panel));
            }
            row_panel => {
                panels.extend(inside);
                panels.extend(row_panel.map(Value::Object));
                y += height;
            }
        }
    }
    panels
}

fn panels_of(row: &Value) -> impl Iterator<Item = &Value> {
    row.get("panels").and_then(Value::as_array).into_iter().flatten()
}

fn is_true(row: &Value, key: &str) -> bool {
    row.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn repeats(row: &Value) -> bool {
    row.get("repeat")
        .and_then(Value::as_str)
        .is_some_and(|variable| !variable.is_empty())
}

fn row_panel_of(row: &Value, id: u64, y: u64, height: u64) -> Map<String, Value> {
    let mut panel = Map::new();
    panel.insert("id".to_owned(), id.into());
    panel.insert("type".to_owned(), "row".into());
    panel.insert("gridPos".to_owned(), json!({"x": 0, "y": y, "w": COLUMNS, "h": height}));
    for (from, to) in [("title", "title"), ("collapse", "collapsed"), ("repeat", "repeat")] {
        if let Some(value) = present(row.get(from)) {
            panel.insert(to.to_owned(), value.clone());
        }
    }
    panel
}

fn placed(panel: &Value, area: &mut Area) -> Value {
    let mut panel = panel.clone();
    let Some(map) = panel.as_object_mut() else { return panel };
    let span = map
        .remove("span")
        .and_then(|span| span.as_f64())
        .filter(|span| *span != 0.0)
        .unwrap_or(4.0);
    // Spans are from 1 to 12; what is wider than the grid stays so, as the migration does it.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let width = (span.clamp(0.0, 1000.0).floor() as u64) * 2;
    let own = map.get("height").filter(|height| height.as_str() != Some(""));
    let height = own.and_then(|height| grid_height(Some(height))).unwrap_or(area.height);
    let (x, y) = area.place(width, height);
    map.insert("gridPos".to_owned(), json!({"x": x, "y": y, "w": width, "h": height}));
    if let Some(min) = map.get("minSpan").and_then(Value::as_u64) {
        map.insert("minSpan".to_owned(), (min * 2).min(COLUMNS).into());
    }
    panel
}

/// Pixels to grid cells of 30 pixels with 8 between, at least 90 pixels: `"250px"` is 7.
fn grid_height(height: Option<&Value>) -> Option<u64> {
    let pixels = match height? {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => {
            let digits: String = text.trim_start().chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()?
        }
        _ => return None,
    };
    if pixels == 0.0 && height?.is_number() {
        return None;
    }
    // A height in pixels is far below 2^53.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    Some((pixels.max(90.0) / 38.0).ceil() as u64)
}

/// The part of the grid that one row fills: how high each column is filled so far.
struct Area {
    filled: Vec<u64>,
    y: u64,
    height: u64,
}

impl Area {
    fn new(height: u64, y: u64) -> Self {
        Self {
            filled: vec![0; 24],
            y,
            height,
        }
    }

    fn place(&mut self, width: u64, height: u64) -> (u64, u64) {
        let (x, inside) = match self.free(width) {
            Some(found) => found,
            None => {
                self.y += self.height;
                self.filled.fill(0);
                self.free(width).unwrap_or((0, 0))
            }
        };
        let bottom = inside + height;
        for column in x..(x + width).min(COLUMNS) {
            if let Some(filled) = usize::try_from(column)
                .ok()
                .and_then(|column| self.filled.get_mut(column))
            {
                *filled = bottom.max(*filled);
            }
        }
        (x, self.y + inside)
    }

    /// The free columns at the right end, as the migration looks for them: from the right, while the filling doesn't rise.
    fn free(&self, width: u64) -> Option<(u64, u64)> {
        let (mut start, mut end) = (None, None);
        for column in (0..self.filled.len()).rev() {
            if self.filled[column] >= self.height {
                break;
            }
            if end.is_none() {
                end = Some(column);
            } else if self.filled[column] <= self.filled[column + 1] {
                start = Some(column);
            } else {
                break;
            }
        }
        let (start, end) = (start?, end?);
        let room = u64::try_from(end - start).ok()? + 1;
        let top = self.filled[start..].iter().max().copied().unwrap_or(0);
        (room >= width).then_some((u64::try_from(start).ok()?, top))
    }
}

/// The layout that the browser makes of it: rows are one cell high, what overlaps moves down, what floats moves up.
fn compacted(panels: &[Value]) -> Vec<Value> {
    let mut panels = panels.to_vec();
    let mut cells: Vec<Cell> = panels
        .iter()
        .map(|panel| {
            let mut cell = Cell::of(panel);
            if panel.get("type").and_then(Value::as_str) == Some("row") {
                cell.h = 1;
            }
            cell
        })
        .collect();
    grid::compact(&mut cells);
    for (panel, cell) in panels.iter_mut().zip(&cells) {
        if let Some(map) = panel.as_object_mut() {
            map.insert("gridPos".to_owned(), cell.to_value());
        }
    }
    panels
}
