//! One side's panels as they lie on the page: which hangs in which row or tab, and where the browser's grid puts it.
//!
//! Panels are taken out of closed rows, tabs and old-style rows first, so that a panel is the same panel wherever it hangs.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;

use serde_json::Value;

use super::grid::{self, Cell};
use super::same::present;

/// A panel, wherever it hangs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panel<'v> {
    pub(super) value: &'v Value,
    /// The closed row or the tab that it is inside of, as a position in the same list.
    pub(super) nested_in: Option<usize>,
    /// The old-style row that it is in, counted from 0.
    pub(super) legacy_row: Option<usize>,
    /// Whether it is a copy that a repeating panel or row leaves, which is made anew at every load.
    pub(super) is_copy: bool,
}

impl Panel<'_> {
    pub(super) fn id(&self) -> Option<String> {
        present(self.value.get("id")).map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned))
    }

    /// What tells panels apart: the id, which rows and tabs have apart from panels.
    pub(super) fn key(&self) -> Option<String> {
        let id = self.id()?;
        Some(if self.is_container() { format!("row {id}") } else { id })
    }

    pub(super) fn number(&self) -> Option<u64> {
        self.value.get("id").and_then(Value::as_u64)
    }

    pub(super) fn text(&self, key: &str) -> &str {
        self.value.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn is_container(&self) -> bool {
        matches!(self.text("type"), "row" | "tab")
    }

    pub(super) fn is_row(&self) -> bool {
        self.text("type") == "row"
    }

    pub(super) fn is_collapsed(&self) -> bool {
        self.value.get("collapsed").and_then(Value::as_bool).unwrap_or(false)
    }

    pub(super) fn repeats(&self) -> bool {
        !self.text("repeat").is_empty()
    }
}

/// Whose page lays the panels out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Grafana's up to 11.
    Earlier,
    /// The same where something repeats to the right: its copies lie beside it while the page is open, and in the way of what
    /// floats up (`repeatPanel` in grafana/grafana `DashboardModel.ts`, 7.5 to 11.1). How many there are depends on data.
    EarlierWithCopies,
    /// That of 12: what repeats to the right, or says no direction, is as wide as the page (`buildGridItemForPanel` of
    /// grafana/grafana `transformSaveModelToScene.ts`, 12.4).
    Scenes,
    /// That of 13: what says that it repeats to the right is as wide as the page, and what follows a closed row is part of it
    /// (`v1_to_v2alpha1.go` of 13.1, convertToRowsLayout).
    StoredAsV2,
}

/// All panels of one side.
#[derive(Debug)]
pub(super) struct Page<'v> {
    /// All of it.
    pub(super) dashboard: &'v Value,
    /// In the order of the file, each row before what is inside it.
    pub(super) panels: Vec<Panel<'v>>,
    /// The row above each panel on the page, or the container that it is inside of.
    pub(super) section: Vec<Option<usize>>,
    /// How far below the top of its section each panel is; of a row, how many rows are above it.
    pub(super) depth: Vec<i64>,
    /// The highest id.
    pub(super) highest: Option<u64>,
    /// The same without rows, which old dashboards have no ids for.
    pub(super) highest_panel: Option<u64>,
    /// The highest id that a page which opens this gives to a panel.
    pub(super) highest_given: Option<u64>,
    /// The ids that it gives to copies.
    of_copies: RangeInclusive<u64>,
    /// The first panel of each id.
    first: HashMap<u64, usize>,
}

impl<'v> Page<'v> {
    pub(super) fn of(dashboard: &'v Value) -> Self {
        let panels = flatten(dashboard);
        let section = sections(&panels);
        let depth = depths(&panels, &section);
        let mut first = HashMap::new();
        for (position, panel) in panels.iter().enumerate() {
            if let Some(id) = panel.number() {
                first.entry(id).or_insert(position);
            }
        }
        let highest = |of: fn(&&Panel<'_>) -> bool| panels.iter().filter(of).filter_map(Panel::number).max();
        let copies = panels.iter().filter(|panel| panel.is_copy).count();
        let last = highest(|panel| !panel.is_copy).unwrap_or(0);
        let mut page = Self {
            dashboard,
            highest_panel: highest(|panel| !panel.is_container()),
            highest: highest(|_| true),
            highest_given: None,
            of_copies: last.saturating_add(1)..=last.saturating_add(u64::try_from(copies).unwrap_or(u64::MAX)),
            panels,
            section,
            depth,
            first,
        };
        page.highest_given = page.given();
        page
    }

    /// Whether a panel has no id of its own: none, 0, which counts as none (`ensurePanelsHaveUniqueIds` in grafana/grafana
    /// `DashboardModel.ts` and `frontend_defaults.go`), or one that an earlier panel has.
    pub(super) fn lacks_id(&self, position: usize) -> bool {
        super::same::work::step();
        let id = self.panels[position].number();
        id.is_none_or(|id| id == 0 || self.first.get(&id).is_some_and(|first| *first < position))
    }

    /// The highest id that a page which opens this gives to a panel: each panel and row without one of its own gets the next
    /// (`ensurePanelsHaveUniqueIds` and `upgradeToGridLayout` in grafana/grafana). One that was taken out since may have had one
    /// before it: for each panel that lacks an id, one more may be gone.
    fn given(&self) -> Option<u64> {
        let lacking = (0..self.panels.len())
            .filter(|position| self.lacks_id(*position))
            .count();
        let legacy_rows = self
            .panels
            .iter()
            .filter_map(|panel| panel.legacy_row)
            .max()
            .map_or(0, |last| last + 1);
        let new = u64::try_from(2 * lacking + legacy_rows).ok()?;
        Some(self.highest.unwrap_or(0).saturating_add(new))
    }

    /// Whether a copy has an id that the page gives to copies: it takes them all out and makes them anew, each with the next id
    /// after those that are left (`cleanUpRepeats` and `repeatPanel` in grafana/grafana `DashboardModel.ts`; 7.5 saves them).
    pub(super) fn numbers_copies(&self, position: usize) -> bool {
        self.of_copies.contains(&self.panels[position].number().unwrap_or(0))
    }

    /// The id of the panel that each row or tab begins with.
    pub(super) fn first_inside(&self) -> HashMap<usize, u64> {
        let mut found = HashMap::new();
        for (position, panel) in self.panels.iter().enumerate() {
            let Some(id) = panel.number().filter(|_| !panel.is_container()) else {
                continue;
            };
            // A tab of v2 may begin with a row, and a row with tabs.
            let mut around = self.section[position];
            while let Some(container) = around {
                found.entry(container).or_insert(id);
                around = self.panels[container].nested_in;
            }
        }
        found
    }

    pub(super) fn has_repeating_row(&self) -> bool {
        self.panels.iter().any(|panel| panel.is_row() && panel.repeats())
    }

    /// How far below its row a panel is.
    pub(super) fn below_row(&self, position: usize) -> i64 {
        let own = Cell::of(self.panels[position].value).y;
        match self.section[position] {
            Some(row) if self.panels[row].is_row() => own - Cell::of(self.panels[row].value).y,
            _ => own,
        }
    }

    /// Where the browser's grid puts everything when it opens the page; what lies in a closed row or a tab is counted from
    /// the top of that.
    pub(super) fn settled(&self, by: Layout) -> Vec<Option<Cell>> {
        self.laid_out(by, grid::compact)
    }

    /// The same of a closed row, whose grid no browser draws: only the top of it is known.
    pub(super) fn undrawn(&self, by: Layout) -> Vec<Option<Cell>> {
        self.laid_out(by, |_| {})
    }

    /// The closed row that a panel on the page becomes part of where it is stored as v2.
    fn absorbed_by(&self, position: usize) -> Option<usize> {
        let row = self.section[position].filter(|_| !self.panels[position].is_row())?;
        self.panels[row].is_collapsed().then_some(row)
    }

    fn laid_out(&self, by: Layout, settle: fn(&mut [Cell])) -> Vec<Option<Cell>> {
        let mut settled = vec![None; self.panels.len()];
        let mut groups: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        for (position, panel) in self.panels.iter().enumerate() {
            if panel.legacy_row.is_none() && !panel.is_copy {
                let absorbed = || self.absorbed_by(position).filter(|_| by == Layout::StoredAsV2);
                groups
                    .entry(panel.nested_in.or_else(absorbed))
                    .or_default()
                    .push(position);
            }
        }
        for (container, positions) in groups {
            let mut cells: Vec<Cell> = positions
                .iter()
                .map(|at| {
                    let panel = &self.panels[*at];
                    let cell = Cell::placed(panel.value);
                    let to_the_right = match (by, panel.text("repeatDirection")) {
                        (Layout::Earlier, _) => false,
                        (Layout::EarlierWithCopies, direction) => direction != "v",
                        (Layout::StoredAsV2, direction) => direction == "h",
                        (Layout::Scenes, direction) => matches!(direction, "h" | ""),
                    };
                    if panel.repeats() && to_the_right {
                        return cell.as_wide_as_the_page();
                    }
                    cell
                })
                .collect();
            if container.is_some() {
                let top = cells.iter().map(|cell| cell.y).min().unwrap_or(0);
                cells.iter_mut().for_each(|cell| cell.y -= top);
            }
            settle(&mut cells);
            for (at, cell) in positions.into_iter().zip(cells) {
                settled[at] = Some(cell);
            }
        }
        settled
    }
}

fn flatten(dashboard: &Value) -> Vec<Panel<'_>> {
    let mut panels = Vec::new();
    nest(dashboard.get("panels"), None, &mut panels);
    let rows = dashboard.get("rows").and_then(Value::as_array);
    for (row, value) in rows.into_iter().flatten().enumerate() {
        let begin = panels.len();
        nest(value.get("panels"), None, &mut panels);
        panels[begin..]
            .iter_mut()
            .for_each(|panel: &mut Panel<'_>| panel.legacy_row = Some(row));
    }
    let repeating: HashSet<u64> = panels
        .iter()
        .filter(|panel| panel.repeats())
        .filter_map(Panel::number)
        .collect();
    let rows_repeat = panels.iter().any(|panel| panel.is_row() && panel.repeats());
    for panel in &mut panels {
        panel.is_copy = match present(panel.value.get("repeatPanelId")) {
            // A copy whose source no longer repeats is a panel of its own (`cleanUpRepeats` in grafana/grafana `DashboardModel.ts`).
            Some(source) => {
                source.as_u64().is_some_and(|source| repeating.contains(&source)) || rows_repeat && is_by_row(panel)
            }
            None => rows_repeat && is_by_row(panel),
        };
    }
    panels
}

fn is_by_row(panel: &Panel<'_>) -> bool {
    panel.value.get("repeatedByRow").and_then(Value::as_bool) == Some(true)
}

fn nest<'v>(list: Option<&'v Value>, nested_in: Option<usize>, panels: &mut Vec<Panel<'v>>) {
    for value in list.and_then(Value::as_array).into_iter().flatten() {
        let position = panels.len();
        panels.push(Panel {
            value,
            nested_in,
            legacy_row: None,
            is_copy: false,
        });
        nest(value.get("panels"), Some(position), panels);
    }
}

/// Whether rows are known by their order in the file only: one has no place.
fn is_in_file_order(panels: &[Panel<'_>]) -> bool {
    let is_unplaced =
        |panel: &Panel<'_>| panel.is_row() && panel.nested_in.is_none() && panel.value.get("gridPos").is_none();
    panels.iter().any(is_unplaced)
}

fn sections(panels: &[Panel<'_>]) -> Vec<Option<usize>> {
    if is_in_file_order(panels) {
        let mut above = None;
        return (0..panels.len())
            .map(|position| {
                let panel = panels[position];
                if panel.is_row() && panel.nested_in.is_none() {
                    above = Some(position);
                }
                panel.nested_in.or(above)
            })
            .collect();
    }
    let mut rows: Vec<(i64, usize)> = panels
        .iter()
        .enumerate()
        .filter(|(_, panel)| panel.is_row() && panel.nested_in.is_none())
        .map(|(position, panel)| (Cell::of(panel.value).y, position))
        .collect();
    rows.sort_unstable();
    // What stands before a row in the file and on its line is above it: a page keeps the order of what it finds on one line.
    let above = |place: (i64, usize)| {
        let above = rows.partition_point(|row| *row <= place);
        above.checked_sub(1).map(|last| rows[last].1)
    };
    let places = panels.iter().enumerate();
    places
        .map(|(position, panel)| panel.nested_in.or_else(|| above((Cell::of(panel.value).y, position))))
        .collect()
}

fn depths(panels: &[Panel<'_>], section: &[Option<usize>]) -> Vec<i64> {
    let y = |position: usize| Cell::of(panels[position].value).y;
    let mut tops: HashMap<Option<usize>, i64> = HashMap::new();
    let mut rows: Vec<(i64, usize)> = Vec::new();
    for (position, panel) in panels.iter().enumerate() {
        if panel.is_row() {
            if panel.nested_in.is_none() {
                rows.push((y(position), position));
            }
        } else {
            let top = tops.entry(section[position]).or_insert(i64::MAX);
            *top = (*top).min(y(position));
        }
    }
    rows.sort_unstable();
    let in_file_order = is_in_file_order(panels);
    (0..panels.len())
        .map(|position| {
            if panels[position].is_row() && in_file_order {
                let above = panels[..position]
                    .iter()
                    .filter(|panel| panel.is_row() && panel.nested_in.is_none());
                return i64::try_from(above.count()).unwrap_or(i64::MAX);
            }
            if panels[position].is_row() {
                // Of rows at one line the first in the file is above (`sortPanelsByGridPosition` in grafana/grafana
                // `frontend_defaults.go`, which keeps the order of what it finds alike).
                let above = rows.partition_point(|row| *row < (y(position), position));
                return i64::try_from(above).unwrap_or(i64::MAX);
            }
            y(position) - tops.get(&section[position]).copied().unwrap_or(0)
        })
        .collect()
}
