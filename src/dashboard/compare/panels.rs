//! Panels: which is which on both sides, where they hang, and what differs between them.
//!
//! Panels are taken out of collapsed rows and old-style rows first, so that a panel is the same panel wherever it hangs;
//! the row it hangs in is compared as one of its properties.

use std::collections::HashMap;

use serde_json::Value;

use super::change::ChangeKind;
use super::datasource::{At, Sources};
use super::grid::Cell;
use super::place::Step;
use super::same::{likeness, present, same_or_absent};
use super::walk::Walker;
use super::{grid, legacy, panel, rows, rules};

/// A panel, wherever it hangs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panel<'v> {
    pub(super) value: &'v Value,
    /// The panel of the collapsed row that it is inside of, as a position in the same list.
    nested_in: Option<usize>,
    /// The old-style row that it is in, counted from 0.
    legacy_row: Option<usize>,
}

impl Panel<'_> {
    fn id(&self) -> Option<String> {
        present(self.value.get("id")).map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned))
    }

    fn number(&self) -> Option<u64> {
        self.value.get("id").and_then(Value::as_u64)
    }

    fn text(&self, key: &str) -> &str {
        self.value.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// What tells panels apart: the id, which rows and tabs have apart from panels.
    fn key(&self) -> Option<String> {
        let id = self.id()?;
        Some(if self.is_container() { format!("row {id}") } else { id })
    }

    fn is_container(&self) -> bool {
        matches!(self.text("type"), "row" | "tab")
    }

    fn is_row(&self) -> bool {
        self.text("type") == "row"
    }

    fn is_collapsed(&self) -> bool {
        self.value.get("collapsed").and_then(Value::as_bool).unwrap_or(false)
    }

    fn is_repeat(&self) -> bool {
        ["repeatPanelId", "repeatedByRow"]
            .iter()
            .any(|key| present(self.value.get(*key)).is_some())
    }
}

/// All panels of a dashboard in the order of the file, each row before what is inside it.
fn flatten(dashboard: &Value) -> Vec<Panel<'_>> {
    let mut panels = Vec::new();
    for value in dashboard.get("panels").and_then(Value::as_array).into_iter().flatten() {
        let position = panels.len();
        panels.push(Panel {
            value,
            nested_in: None,
            legacy_row: None,
        });
        for value in value.get("panels").and_then(Value::as_array).into_iter().flatten() {
            panels.push(Panel {
                value,
                nested_in: Some(position),
                legacy_row: None,
            });
        }
    }
    for (row, value) in dashboard
        .get("rows")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .enumerate()
    {
        for value in value.get("panels").and_then(Value::as_array).into_iter().flatten() {
            panels.push(Panel {
                value,
                nested_in: None,
                legacy_row: Some(row),
            });
        }
    }
    panels
}

/// The panels of both sides and which belong together.
#[derive(Debug)]
pub(super) struct Panels<'v> {
    before: Vec<Panel<'v>>,
    after: Vec<Panel<'v>>,
    /// Positions in both lists, in the order of the older side, additions last.
    pairs: Vec<(Option<usize>, Option<usize>)>,
    /// Old-style rows that belong together, where both sides have them.
    legacy_rows: Vec<(Option<usize>, Option<usize>)>,
    /// Where the browser puts the older side's panels when it opens the page, by position.
    settled: Vec<Option<Cell>>,
    /// How far the copies of repeating rows push each of them down.
    pushes: Vec<i64>,
}

/// What the browser's grid makes of a page, and of what lies in a closed row or a tab, counted from its top.
fn settle(panels: &[Panel<'_>]) -> Vec<Option<Cell>> {
    let mut settled = vec![None; panels.len()];
    let mut groups: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
    for (position, panel) in panels.iter().enumerate() {
        if panel.legacy_row.is_none() && !panel.is_repeat() {
            groups.entry(panel.nested_in).or_default().push(position);
        }
    }
    for (container, positions) in groups {
        let mut cells: Vec<Cell> = positions.iter().map(|at| Cell::placed(panels[*at].value)).collect();
        if container.is_some() {
            let top = cells.iter().map(|cell| cell.y).min().unwrap_or(0);
            cells.iter_mut().for_each(|cell| cell.y -= top);
        }
        grid::compact(&mut cells);
        for (at, cell) in positions.into_iter().zip(cells) {
            settled[at] = Some(cell);
        }
    }
    settled
}

impl<'v> Panels<'v> {
    /// Pairs panels by id, then by type and title, then, if they are alike, by position.
    pub(super) fn pair(before: &'v Value, after: &'v Value) -> Self {
        let legacy_rows = match (rows::of(before), rows::of(after)) {
            (Some(before), Some(after)) => legacy::align(before, after).pairs,
            _ => Vec::new(),
        };
        let (before, after) = (flatten(before), flatten(after));
        let mut partner: Vec<Option<usize>> = vec![None; before.len()];
        let mut taken = vec![false; after.len()];
        // Where an id stands for two panels, the title tells them apart.
        pair_by(&before, &after, &mut partner, &mut taken, |panel| {
            Some(format!("{}\n{}", panel.key()?, panel.text("title")))
        });
        // The v2 form has no ids of rows; a server that says one in the classic form makes new ones.
        pair_by(&before, &after, &mut partner, &mut taken, |panel| {
            panel
                .is_container()
                .then(|| format!("{}\n{}", panel.text("type"), panel.text("title")))
        });
        pair_by(&before, &after, &mut partner, &mut taken, |panel| panel.key());
        pair_by(&before, &after, &mut partner, &mut taken, |panel| {
            let title = panel.text("title");
            (!title.is_empty()).then(|| format!("{}\n{title}", panel.text("type")))
        });
        let open: Vec<usize> = (0..before.len())
            .filter(|position| partner[*position].is_none())
            .collect();
        let free: Vec<usize> = (0..after.len()).filter(|position| !taken[*position]).collect();
        for (one, other) in open.into_iter().zip(free) {
            if likeness(before[one].value, after[other].value) >= 0.5 {
                partner[one] = Some(other);
                taken[other] = true;
            }
        }
        let mut pairs: Vec<_> = partner
            .iter()
            .enumerate()
            .map(|(one, other)| (Some(one), *other))
            .collect();
        pairs.extend(
            (0..after.len())
                .filter(|other| !taken[*other])
                .map(|other| (None, Some(other))),
        );
        let mut panels = Self {
            settled: settle(&before),
            pushes: Vec::new(),
            before,
            after,
            pairs,
            legacy_rows,
        };
        panels.pushes = panels.pushes();
        panels
    }

    /// Shows the data sources of paired panels and queries to whoever works out an assignment of names.
    pub(super) fn witness(&self, sources: &mut Sources<'_>) {
        for (one, other) in self.both() {
            let (before, after) = (self.before[one].value, self.after[other].value);
            let own = [before.get("datasource"), after.get("datasource")];
            if own[0] != own[1] {
                sources.witness(At::Panel, own[0], own[1]);
            }
            let targets = |panel: &'v Value| {
                panel
                    .get("targets")
                    .and_then(Value::as_array)
                    .map_or(&[][..], Vec::as_slice)
            };
            for (old, new) in targets(before).iter().zip(targets(after)) {
                let inherited = |target: &'v Value, side: usize| present(target.get("datasource")).or(own[side]);
                let pair = [inherited(old, 0), inherited(new, 1)];
                if pair[0] != pair[1] {
                    sources.witness(At::Panel, pair[0], pair[1]);
                }
            }
        }
    }

    fn both(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.pairs.iter().filter_map(|(one, other)| Some(((*one)?, (*other)?)))
    }

    fn partner_of(&self, one: usize) -> Option<usize> {
        self.pairs.get(one).and_then(|(_, other)| *other)
    }

    /// Compares all panels, their order and the rows that they hang in.
    pub(super) fn walk(&self, walker: &mut Walker<'_>) {
        self.order(walker);
        let toggled = self.toggled();
        let mut seen: HashMap<String, usize> = HashMap::new();
        for (one, other) in &self.pairs {
            let sample = match (one, other) {
                (Some(one), _) => self.before[*one],
                (None, Some(other)) => self.after[*other],
                (None, None) => continue,
            };
            let step = step_of(&sample, &mut seen);
            walker.at_key("panels", |walker| {
                walker.at(step, |walker| match (*one, *other) {
                    (Some(one), Some(other)) => self.both_sides(walker, one, other, &toggled),
                    (Some(one), None) => self.one_side(walker, one, true),
                    (None, Some(other)) => self.one_side(walker, other, false),
                    (None, None) => {}
                });
            });
        }
    }

    fn one_side(&self, walker: &mut Walker<'_>, position: usize, removed: bool) {
        let panels = if removed { &self.before } else { &self.after };
        let panel = panels[position];
        let whole = |walker: &mut Walker<'_>, value: &Value| {
            let (before, after) = if removed {
                (Some(value), None)
            } else {
                (None, Some(value))
            };
            if panel.is_repeat() {
                walker.noise(&rules::REPEATS, before, after);
            } else {
                walker.change(
                    if removed {
                        ChangeKind::Removed
                    } else {
                        ChangeKind::Added
                    },
                    before,
                    after,
                );
            }
        };
        // What was in a row that is gone as well is part of the row.
        let alone = |row: usize| {
            self.pairs.iter().any(|(one, other)| {
                if removed {
                    *one == Some(row) && other.is_none()
                } else {
                    *other == Some(row) && one.is_none()
                }
            })
        };
        if panel.nested_in.is_some_and(alone) {
            return;
        }
        let stays = |nested: &Value| {
            panels.iter().enumerate().any(|(at, other)| {
                std::ptr::eq(other.value, nested)
                    && self.pairs.iter().any(|(one, other)| {
                        one.is_some() && other.is_some() && (if removed { *one } else { *other }) == Some(at)
                    })
            })
        };
        let nested = panel.value.get("panels").and_then(Value::as_array);
        match nested {
            Some(nested) if nested.iter().any(stays) => {
                let mut value = panel.value.clone();
                if let Some(list) = value.get_mut("panels") {
                    *list = nested.iter().filter(|panel| !stays(panel)).cloned().collect();
                }
                whole(walker, &value);
            }
            _ => whole(walker, panel.value),
        }
    }

    fn both_sides(&self, walker: &mut Walker<'_>, one: usize, other: usize, toggled: &[(usize, usize)]) {
        self.membership(walker, one, other, toggled);
        let (before, after) = (self.before[one].value, self.after[other].value);
        if before == after {
            return;
        }
        if let Some(settled) = self.settled_only(one, other) {
            walker.at_key("gridPos", |walker| {
                walker.noise(&rules::GRID_SETTLES, before.get("gridPos"), after.get("gridPos"))
            });
            return panel::compare(walker, before, &settled, self.is_renumbered(one, other));
        }
        if !toggled.is_empty()
            && let Some(shifted) = self.shifted_only(one, other)
        {
            walker.at_key("gridPos", |walker| {
                walker.at_key("y", |walker| {
                    walker.noise(
                        &rules::ROW_TOGGLE,
                        before.pointer("/gridPos/y"),
                        after.pointer("/gridPos/y"),
                    );
                });
            });
            return panel::compare(walker, before, &shifted, self.is_renumbered(one, other));
        }
        panel::compare(walker, before, after, self.is_renumbered(one, other));
    }

    /// Whether a row's id differs because one of the sides went through the v2 form, which has none.
    fn is_renamed_row(&self, one: usize, other: usize) -> bool {
        self.before[one].is_container() && self.after[other].is_container()
    }

    /// Whether an id differs because the browser gave a new one to a panel whose id was taken or missing.
    fn is_renumbered(&self, one: usize, other: usize) -> bool {
        if self.is_renamed_row(one, other) {
            return true;
        }
        let unusable = |panels: &[Panel<'_>], position: usize, given: Option<u64>| {
            let id = panels[position].number();
            let highest = panels.iter().filter_map(Panel::number).max();
            (id.is_none() || panels[..position].iter().any(|panel| panel.number() == id)) && given > highest
        };
        unusable(&self.before, one, self.after[other].number())
            || unusable(&self.after, other, self.before[one].number())
    }

    /// Whether a panel that lies below a closed row became part of it: rows of v2 hold all that follows.
    fn is_inside_closed(&self, one: usize, other: usize) -> bool {
        let (above, row) = (section(&self.before, one), self.after[other].nested_in);
        match (above, row) {
            (Some(above), Some(row)) => self.before[one].nested_in.is_none() && self.partner_of(above) == Some(row),
            _ => false,
        }
    }

    /// How far the copies of repeating rows push what lies below them: the same for all panels between two such rows, and a
    /// multiple of what one copy takes. How many copies there are depends on data.
    fn pushes(&self) -> Vec<i64> {
        let mut pushes = vec![0; self.before.len()];
        let repeats = |panel: &Panel<'_>| panel.is_row() && !panel.text("repeat").is_empty();
        let mut order: Vec<usize> = (0..self.before.len())
            .filter(|at| self.before[*at].nested_in.is_none())
            .collect();
        let top = |at: usize| self.settled[at].unwrap_or_else(|| Cell::of(self.before[at].value));
        order.sort_by_key(|at| (top(*at).y, top(*at).x));
        let (mut pushed, mut height, mut start) = (0, None, 0);
        for position in 0..order.len() {
            let panel = self.before[order[position]];
            if panel.is_row() && height.is_some() {
                let begin: i64 = top(order[start]).y;
                let size = top(order[position]).y - begin;
                if let Some(shift) = self
                    .shift_of(order[position], pushed)
                    .filter(|shift| *shift > 0 && size > 0 && shift % size == 0)
                {
                    pushed += shift;
                }
                height = None;
            }
            if repeats(&panel) {
                (height, start) = (Some(()), position);
            } else if height.is_some() && panel.is_row() {
                height = None;
            } else if height.is_some() && self.before[order[start]].is_collapsed() && start + 1 == position {
                // Below a closed row nothing belongs to it.
                if let Some(shift) = self.shift_of(order[position], pushed).filter(|shift| *shift > 0) {
                    pushed += shift;
                }
                height = None;
            }
            pushes[order[position]] = pushed;
        }
        pushes
    }

    fn shift_of(&self, one: usize, pushed: i64) -> Option<i64> {
        let other = self.partner_of(one)?;
        Some(Cell::of(self.after[other].value).y - self.settled[one]?.y - pushed)
    }

    /// Whether the panel hangs in another row.
    fn membership(&self, walker: &mut Walker<'_>, one: usize, other: usize, toggled: &[(usize, usize)]) {
        let (old, new) = (self.before[one], self.after[other]);
        let same_row = match (old.nested_in, new.nested_in) {
            (None, None) => true,
            (Some(row), Some(other)) => self.partner_of(row) == Some(other),
            // A row that was opened or closed takes its panels out or in; they still belong to it.
            (Some(row), None) => toggled
                .iter()
                .any(|(before, after)| *before == row && section(&self.after, other) == Some(*after)),
            (None, Some(row)) => {
                let above = section(&self.before, one);
                toggled
                    .iter()
                    .any(|(before, after)| *after == row && above == Some(*before))
                    || walker.facts.v2[1] && self.is_inside_closed(one, other)
            }
        };
        let same_legacy = match (old.legacy_row, new.legacy_row) {
            (Some(row), Some(other)) => self.legacy_rows.contains(&(Some(row), Some(other))),
            _ => true,
        };
        if same_row && same_legacy {
            return;
        }
        let name = |panels: &[Panel<'_>], panel: Panel<'_>| match (panel.nested_in, panel.legacy_row) {
            (Some(row), _) => Value::from(panels[row].text("title")),
            (None, Some(row)) => Value::from(row),
            (None, None) => Value::Null,
        };
        let (from, to) = (name(&self.before, old), name(&self.after, new));
        walker.at_key("row", |walker| walker.change(ChangeKind::Moved, Some(&from), Some(&to)));
    }

    /// The rows that were opened or closed.
    fn toggled(&self) -> Vec<(usize, usize)> {
        self.both()
            .filter(|(one, other)| {
                let (old, new) = (self.before[*one], self.after[*other]);
                old.is_row() && new.is_row() && old.is_collapsed() != new.is_collapsed()
            })
            .collect()
    }

    /// The newer panel at the older one's place, if it is where the browser puts that when it opens the page.
    fn settled_only(&self, one: usize, other: usize) -> Option<Value> {
        let (old, new) = (self.before[one], self.after[other]);
        let (was, is) = (old.value.get("gridPos"), new.value.get("gridPos"));
        if same_or_absent(was, is) {
            return None;
        }
        let mut found = Cell::of(new.value);
        if old.nested_in.is_none() && new.nested_in.is_some() && self.is_inside_closed(one, other) {
            found.y = self.settled[one]?.y;
        } else if old.nested_in.is_some() != new.nested_in.is_some() {
            return None;
        } else if old.nested_in.is_none() {
            found.y -= self.pushes[one];
        }
        if let (Some(container), true) = (new.nested_in, old.nested_in.is_some()) {
            let container = self.after[container];
            found.y -= if container.is_row() {
                Cell::of(container.value).y + 1
            } else {
                0
            };
        }
        if self.settled[one]? != found {
            return None;
        }
        let mut settled = new.value.clone();
        let place = was.cloned().unwrap_or(Value::Null);
        settled.as_object_mut()?.insert("gridPos".to_owned(), place);
        Some(settled)
    }

    /// The newer panel at the older one's height on the page, if opening or closing rows explains the difference.
    fn shifted_only(&self, one: usize, other: usize) -> Option<Value> {
        let (old, new) = (self.before[one], self.after[other]);
        let (before, after) = (Cell::of(old.value), Cell::of(new.value));
        if before.y == after.y || relative_y(&self.before, one) != relative_y(&self.after, other) {
            return None;
        }
        let mut shifted = new.value.clone();
        *shifted.pointer_mut("/gridPos/y")? = old.value.pointer("/gridPos/y")?.clone();
        Some(shifted)
    }

    /// The order of panels in the file means nothing where their positions give one: the browser sorts by position.
    fn order(&self, walker: &mut Walker<'_>) {
        let mut last = None;
        let raw_differs = self
            .both()
            .any(|(_, other)| last.replace(other).is_some_and(|last| last > other));
        if !raw_differs {
            return;
        }
        let undecided = |(one, other): (usize, usize), (next, next_other): (usize, usize)| {
            let tie = |panels: &[Panel<'_>], a: usize, b: usize| {
                let (a, b) = (panels[a], panels[b]);
                let (first, second) = (Cell::of(a.value), Cell::of(b.value));
                a.legacy_row == b.legacy_row
                    && a.nested_in == b.nested_in
                    && (a.legacy_row.is_some() || (first.x, first.y) == (second.x, second.y))
            };
            one < next && other > next_other && tie(&self.before, one, next) && tie(&self.after, other, next_other)
        };
        let pairs: Vec<(usize, usize)> = self.both().collect();
        let moved = pairs
            .iter()
            .any(|pair| pairs.iter().any(|next| undecided(*pair, *next)));
        let ids = |panels: &[Panel<'_>], order: Vec<usize>| -> Value {
            order
                .into_iter()
                .map(|position| panels[position].value.get("id").cloned().unwrap_or(Value::Null))
                .collect()
        };
        let before = ids(&self.before, pairs.iter().map(|(one, _)| *one).collect());
        let mut positions: Vec<usize> = pairs.iter().map(|(_, other)| *other).collect();
        positions.sort_unstable();
        let after = ids(&self.after, positions);
        walker.at_key("panels", |walker| {
            if moved {
                walker.change(ChangeKind::Moved, Some(&before), Some(&after));
            } else {
                walker.noise(&rules::PANEL_ORDER, Some(&before), Some(&after));
            }
        });
    }
}

fn pair_by(
    before: &[Panel<'_>],
    after: &[Panel<'_>],
    partner: &mut [Option<usize>],
    taken: &mut [bool],
    key: impl Fn(&Panel<'_>) -> Option<String>,
) {
    let mut positions: HashMap<String, Vec<usize>> = HashMap::new();
    for position in (0..after.len()).rev().filter(|position| !taken[*position]) {
        if let Some(key) = key(&after[position]) {
            positions.entry(key).or_default().push(position);
        }
    }
    for (position, panel) in before.iter().enumerate() {
        if partner[position].is_some() {
            continue;
        }
        if let Some(found) = key(panel).and_then(|key| positions.get_mut(&key)?.pop()) {
            partner[position] = Some(found);
            taken[found] = true;
        }
    }
}

fn step_of(panel: &Panel<'_>, seen: &mut HashMap<String, usize>) -> Step {
    let title = panel.text("title").to_owned();
    let (field, key, label) = match panel.id() {
        Some(id) => ("id", id, Some(title)),
        None => ("title", title, None),
    };
    let copies = seen.entry(key.clone()).or_insert(0);
    *copies += 1;
    let value = if *copies == 1 { key } else { format!("{key}#{copies}") };
    Step::Item { field, value, label }
}

/// The row above a panel that hangs in none, by position on the page.
fn section(panels: &[Panel<'_>], position: usize) -> Option<usize> {
    if let Some(row) = panels[position].nested_in {
        return Some(row);
    }
    let own = Cell::of(panels[position].value);
    panels
        .iter()
        .enumerate()
        .filter(|(_, panel)| panel.is_row() && panel.nested_in.is_none())
        .map(|(row, panel)| (Cell::of(panel.value).y, row))
        .filter(|(y, _)| *y <= own.y)
        .max()
        .map(|(_, row)| row)
}

/// How far below the top of its section a panel is; of a row, how many rows are above it.
fn relative_y(panels: &[Panel<'_>], position: usize) -> i64 {
    let own = Cell::of(panels[position].value);
    let top_level = |panel: &&Panel<'_>| panel.is_row() && panel.nested_in.is_none();
    if panels[position].is_row() {
        let above = panels
            .iter()
            .filter(top_level)
            .filter(|row| Cell::of(row.value).y < own.y)
            .count();
        return i64::try_from(above).unwrap_or(i64::MAX);
    }
    let home = section(panels, position);
    let top = (0..panels.len())
        .filter(|other| !panels[*other].is_row() && section(panels, *other) == home)
        .map(|other| Cell::of(panels[other].value).y)
        .min();
    own.y - top.unwrap_or(own.y)
}
