//! The browser's grid: what overlaps moves down, what floats moves up.
//!
//! Source: react-grid-layout `utils.js` (`compact`, `compactItem`), which Grafana's `DashboardGrid.tsx` uses.

use serde_json::{Value, json};

const COLUMNS: i64 = 24;

/// A panel's place on the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dashboard) struct Cell {
    pub(in crate::dashboard) x: i64,
    pub(in crate::dashboard) y: i64,
    pub(in crate::dashboard) w: i64,
    pub(in crate::dashboard) h: i64,
}

impl Cell {
    /// Where the browser puts a panel before it settles the page: within the columns, a row all over its line
    /// (`DashboardGrid.tsx` buildLayout, react-grid-layout `correctBounds`).
    pub(super) fn placed(panel: &Value) -> Self {
        let mut cell = Self::of(panel);
        if panel.get("type").and_then(Value::as_str) == Some("row") {
            return Self {
                x: 0,
                w: COLUMNS,
                h: 1,
                ..cell
            };
        }
        if cell.x + cell.w > COLUMNS {
            cell.x = COLUMNS - cell.w;
        }
        if cell.x < 0 {
            cell.x = 0;
            cell.w = COLUMNS;
        }
        cell
    }

    /// A panel's `gridPos`, with Grafana's own defaults.
    pub(in crate::dashboard) fn of(panel: &Value) -> Self {
        super::same::work::step();
        // Of places between lines, which some generators write, the grid knows the line.
        #[expect(clippy::cast_possible_truncation, reason = "that is what is meant")]
        let whole = |value: &Value| value.as_i64().or_else(|| value.as_f64().map(|place| place as i64));
        let mut cell = Self { x: 0, y: 0, w: 6, h: 3 };
        // A handful of keys is read sooner than looked up.
        let place = panel.get("gridPos").and_then(Value::as_object);
        for (key, value) in place.into_iter().flatten() {
            let number = match key.as_str() {
                "x" => &mut cell.x,
                "y" => &mut cell.y,
                "w" => &mut cell.w,
                "h" => &mut cell.h,
                _ => continue,
            };
            *number = whole(value).unwrap_or(*number);
        }
        cell
    }

    pub(super) fn with_width_of(self, other: Self) -> Self {
        Self { w: other.w, ..self }
    }

    pub(super) fn as_wide_as_the_page(self) -> Self {
        Self {
            x: 0,
            w: COLUMNS,
            ..self
        }
    }

    pub(super) fn to_value(self) -> Value {
        json!({"x": self.x, "y": self.y, "w": self.w, "h": self.h})
    }

    pub(in crate::dashboard) fn collides(&self, other: &Self) -> bool {
        self.x < other.x + other.w
            && other.x < self.x + self.w
            && self.y < other.y + other.h
            && other.y < self.y + self.h
    }
}

/// Compacts a layout vertically, in reading order: what is in the way of a panel it goes below, else it goes up as far as it can.
pub(super) fn compact(cells: &mut [Cell]) {
    let mut order: Vec<usize> = (0..cells.len()).collect();
    order.sort_by_key(|position| (cells[*position].y, cells[*position].x));
    let is_on_the_grid = |cell: &Cell| cell.x >= 0 && cell.w > 0 && cell.x + cell.w <= COLUMNS && cell.h > 0;
    if !cells.iter().all(is_on_the_grid) {
        return compact_any(cells, &order);
    }
    let mut columns: Vec<Column> = (0..COLUMNS).map(|_| Column::default()).collect();
    for position in order {
        let mut cell = cells[position];
        let own = usize::try_from(cell.x).unwrap_or(0)..usize::try_from(cell.x + cell.w).unwrap_or(0);
        let in_the_way = |y: i64| {
            columns[own.clone()]
                .iter()
                .find_map(|column| column.taken(y, y + cell.h))
        };
        match in_the_way(cell.y) {
            Some(mut below) => {
                while let Some(further) = in_the_way(below) {
                    below = further;
                }
                cell.y = below;
            }
            None if cell.y > 0 => {
                let above = columns[own.clone()]
                    .iter()
                    .filter_map(|column| column.end_above(cell.y));
                cell.y = above.max().unwrap_or(0).max(0);
            }
            None => {}
        }
        for column in &mut columns[own] {
            column.take(cell.y, cell.y + cell.h);
        }
        cells[position] = cell;
    }
}

/// What is taken of a column, from the top: where each begins and ends; what touches is one.
#[derive(Debug, Default)]
struct Column(Vec<(i64, i64)>);

impl Column {
    /// Where what is in the way of something ends.
    fn taken(&self, from: i64, to: i64) -> Option<i64> {
        super::same::work::step();
        let first = self.0.partition_point(|(_, end)| *end <= from);
        self.0.get(first).filter(|(begin, _)| *begin < to).map(|(_, end)| *end)
    }

    /// Where the nearest above a line ends.
    fn end_above(&self, line: i64) -> Option<i64> {
        let next = self.0.partition_point(|(_, end)| *end <= line);
        next.checked_sub(1).map(|nearest| self.0[nearest].1)
    }

    /// Takes what is free.
    fn take(&mut self, from: i64, to: i64) {
        let first = self.0.partition_point(|(_, end)| *end < from);
        let last = self.0.partition_point(|(begin, _)| *begin <= to);
        let touching = &self.0[first..last];
        let begin = touching.first().map_or(from, |(begin, _)| from.min(*begin));
        let end = touching.last().map_or(to, |(_, end)| to.max(*end));
        self.0.splice(first..last, [(begin, end)]);
    }
}

/// The same of panels that aren't all on the grid, or have no size.
fn compact_any(cells: &mut [Cell], order: &[usize]) {
    let mut settled: Vec<Cell> = Vec::with_capacity(cells.len());
    for position in order {
        let mut cell = cells[*position];
        let bottom = settled.iter().map(|other| other.y + other.h).max().unwrap_or(0);
        cell.y = cell.y.min(bottom);
        while cell.y > 0 && !settled.iter().any(|other| other.collides(&cell)) {
            cell.y -= 1;
        }
        while let Some(other) = settled.iter().find(|other| other.collides(&cell)) {
            cell.y = other.y + other.h;
        }
        settled.push(cell);
        cells[*position] = cell;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Column by column is what panel by panel is.
        #[test]
        fn columns_settle_as_react_grid_layout_does(places in proptest::collection::vec((0..24_i64, -1..40_i64, 1..24_i64, 1..9_i64), 0..40)) {
            let cell = |(x, y, w, h): (i64, i64, i64, i64)| Cell { x: x.min(COLUMNS - w), y, w, h };
            let mut cells: Vec<Cell> = places.into_iter().map(cell).collect();
            let mut order: Vec<usize> = (0..cells.len()).collect();
            order.sort_by_key(|position| (cells[*position].y, cells[*position].x));
            let mut others = cells.clone();
            compact(&mut cells);
            compact_any(&mut others, &order);
            prop_assert_eq!(cells, others);
        }
    }

    #[test]
    fn what_overlaps_moves_down_and_what_floats_moves_up() {
        let cell = |x, y, w, h| Cell { x, y, w, h };
        let mut cells = [cell(0, 0, 12, 4), cell(0, 2, 12, 4), cell(12, 9, 12, 1)];
        compact(&mut cells);
        assert_eq!(cells, [cell(0, 0, 12, 4), cell(0, 4, 12, 4), cell(12, 0, 12, 1)]);
    }
}
