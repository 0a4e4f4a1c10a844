//! Rows that came or went with all that lay in them, and rows that stand in the order they stood in.

use std::collections::{HashMap, HashSet};

use super::page::Page;

/// Open rows that only one side has, each with the panels below it, which only that side has, too: the page takes such a row away, or
/// copies it, as a whole ("Delete row and panels", "Duplicate row"; a closed one holds its panels itself).
#[derive(Debug, Default)]
pub(super) struct WholeRows {
    /// The rows, by their own positions and those of the panels in them.
    rows: HashMap<usize, usize>,
}

impl WholeRows {
    pub(super) fn of(page: &Page<'_>, is_elsewhere: impl Fn(usize) -> bool) -> Self {
        let is_open_row = |at: &usize| {
            let panel = page.panels[*at];
            panel.is_row() && !panel.is_collapsed() && !panel.is_copy && panel.nested_in.is_none()
        };
        let rows = (0..page.panels.len()).filter(is_open_row);
        let mut inside: HashMap<usize, Vec<usize>> = rows
            .filter(|at| !is_elsewhere(*at))
            .map(|at| (at, Vec::new()))
            .collect();
        if inside.is_empty() {
            return Self::default();
        }
        for (at, panel) in page.panels.iter().enumerate() {
            let Some(row) = page.section[at].filter(|_| panel.nested_in.is_none() && !panel.is_container()) else {
                continue;
            };
            if is_elsewhere(at) {
                inside.remove(&row);
            } else if let Some(panels) = inside.get_mut(&row).filter(|_| !panel.is_copy) {
                panels.push(at);
            }
        }
        inside.retain(|_, panels| !panels.is_empty());
        let with_row = |(row, panels): (usize, Vec<usize>)| panels.into_iter().chain([row]).map(move |at| (at, row));
        Self {
            rows: inside.into_iter().flat_map(with_row).collect(),
        }
    }

    /// The row that a panel came or went with, or the row itself.
    pub(super) fn row_of(&self, position: usize) -> Option<usize> {
        self.rows.get(&position).copied()
    }
}

/// The rows of the older side that stand in the order they stood in: as few as can be were moved.
pub(super) fn in_order(
    before: &Page<'_>,
    after: &Page<'_>,
    both: impl Iterator<Item = (usize, usize)>,
) -> HashSet<usize> {
    let is_row = |page: &Page<'_>, at: usize| page.panels[at].is_row() && page.panels[at].nested_in.is_none();
    let mut rows: Vec<(usize, usize)> = both
        .filter(|(one, other)| is_row(before, *one) && is_row(after, *other))
        .collect();
    rows.sort_by_key(|(one, _)| before.depth[*one]);
    // The longest rising sequence: of each length the one that ends lowest, and what stands before each row in it.
    let mut ends: Vec<usize> = Vec::new();
    let mut previous: Vec<Option<usize>> = Vec::with_capacity(rows.len());
    for (at, (_, other)) in rows.iter().enumerate() {
        let length = ends.partition_point(|end| after.depth[rows[*end].1] < after.depth[*other]);
        previous.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut found = HashSet::new();
    let mut next = ends.last().copied();
    while let Some(at) = next {
        found.insert(rows[at].0);
        next = previous[at];
    }
    found
}
