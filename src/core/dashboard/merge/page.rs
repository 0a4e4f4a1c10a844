//! One side's panels as they lie on the page: in which row each is, how far below its top, and in which order.

use std::collections::HashMap;

use crate::dashboard::compare::{Cell, Hung};

/// What holds panels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Section {
    /// The page above its first row.
    Top,
    /// A row, which is a panel itself.
    Row(usize),
    /// A row of a dashboard from before Grafana 5.
    Old(usize),
}

/// Where a panel is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) section: Section,
    /// Whether it is kept inside of a closed row.
    pub(super) nested: bool,
    /// Its cell, counted from the top of its section.
    pub(super) cell: Option<Cell>,
    /// Its turn among all panels of the file.
    pub(super) turn: usize,
}

/// One side's page.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// The panels that aren't rows.
    pub(super) spots: HashMap<usize, Spot>,
    /// The rows' own cells.
    pub(super) rows: HashMap<usize, Cell>,
    /// From top to bottom.
    pub(super) sections: Vec<Section>,
    /// The turn of rows and of panels on the page among all of the file.
    pub(super) turns: HashMap<usize, usize>,
    /// Whether the file has them in the order in which they lie.
    pub(super) is_sorted: bool,
}

impl Sheet {
    /// `kin` says who each panel and each old row is on all sides.
    pub(super) fn of(panels: &[Hung<'_>], kin: &[usize], old_rows: &[usize]) -> Self {
        let is_row = |at: usize| {
            let panel = &panels[at];
            panel.nested_in.is_none()
                && panel.legacy_row.is_none()
                && panel.value.get("type").is_some_and(|kind| kind == "row")
        };
        let mut sheet = Self::default();
        let mut rows: Vec<(i64, usize)> = Vec::new();
        for at in (0..panels.len()).filter(|at| is_row(*at)) {
            let cell = Cell::of(panels[at].value);
            rows.push((cell.y, kin[at]));
            sheet.rows.insert(kin[at], cell);
        }
        rows.sort_by_key(|(y, _)| *y);
        sheet.sections.push(Section::Top);
        sheet.sections.extend(rows.iter().map(|(_, row)| Section::Row(*row)));
        sheet.sections.extend(old_rows.iter().map(|row| Section::Old(*row)));
        let mut lies: Vec<(i64, i64)> = Vec::new();
        for (at, panel) in panels.iter().enumerate() {
            sheet.turns.insert(kin[at], at);
            let own = panel.value.get("gridPos").is_some().then(|| Cell::of(panel.value));
            if panel.nested_in.is_none() {
                lies.extend(own.map(|cell| (cell.y, cell.x)));
            }
            if is_row(at) {
                continue;
            }
            let section = match (panel.legacy_row, panel.section) {
                (Some(row), _) => old_rows.get(row).map_or(Section::Top, |row| Section::Old(*row)),
                (None, Some(row)) => Section::Row(kin[row]),
                (None, None) => Section::Top,
            };
            let top = sheet.top(section);
            let spot = Spot {
                section,
                nested: panel.nested_in.is_some(),
                cell: own.map(|cell| Cell {
                    y: cell.y - top,
                    ..cell
                }),
                turn: at,
            };
            sheet.spots.insert(kin[at], spot);
        }
        sheet.is_sorted = lies.is_sorted();
        sheet
    }

    fn top(&self, section: Section) -> i64 {
        match section {
            Section::Row(row) => self.rows.get(&row).map_or(0, |cell| cell.y),
            Section::Top | Section::Old(_) => 0,
        }
    }

    /// How much room lies between the end of one section and the top of the next; nothing where they aren't neighbours here.
    pub(super) fn gap(&self, section: Section, next: Section) -> Option<i64> {
        let at = self.sections.iter().position(|one| *one == section)?;
        let is_next = self.sections.get(at + 1) == Some(&next);
        is_next.then(|| self.top(next) - self.top(section) - self.height(section))
    }

    fn height(&self, section: Section) -> i64 {
        let inside = self
            .spots
            .values()
            .filter(|spot| spot.section == section && !spot.nested);
        let bottom = inside.filter_map(|spot| spot.cell).map(|cell| cell.y + cell.h).max();
        let own = match section {
            Section::Row(row) => self.rows.get(&row).map_or(1, |cell| cell.h),
            Section::Top | Section::Old(_) => 0,
        };
        own.max(bottom.unwrap_or(0))
    }
}
