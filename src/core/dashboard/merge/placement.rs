//! Where the panels of a merged dashboard lie: in which row, at which place, and in which turn in the file.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::Conflict;
use super::layout::{self, Cells};
use super::page::Section;
use super::panels::{Bodies, Panels, own_fields};
use super::sequence::{self, places};
use super::tree::{Merger, on_side};
use crate::dashboard::compare::Cell;

impl Merger<'_> {
    /// The rows, from top to bottom.
    pub(super) fn sections(&mut self, panels: &Panels<'_>, bodies: &Bodies, rows: &Bodies) -> Vec<Section> {
        let [base, ours, theirs] = panels.sheets.each_ref().map(|sheet| sheet.sections.as_slice());
        let is_home = |row: usize| {
            let in_row = |which: &usize| {
                let homes = (1..3).filter_map(|side| panels.spot(*which, side));
                let mut homes = homes.map(|spot| spot.section).peekable();
                homes.peek().is_some() && homes.all(|home| home == Section::Old(row))
            };
            bodies.keys().any(in_row)
        };
        let sequence::Ordered { mut order, torn } = sequence::ordered(base, ours, theirs);
        for section in torn {
            let Section::Row(row) = section else { continue };
            if self.torn(panels, row) {
                order = sequence::order(ours, ours, theirs);
            }
        }
        order.retain(|section| match section {
            Section::Top => false,
            Section::Row(row) => bodies.contains_key(row),
            // An old row stays for as long as something is in it.
            Section::Old(row) => rows.contains_key(row) || is_home(*row),
        });
        // The page begins above its rows, whatever was moved.
        order.insert(0, Section::Top);
        order
    }

    /// In which row each panel is.
    pub(super) fn homes(
        &mut self,
        panels: &Panels<'_>,
        bodies: &Bodies,
        sections: &[Section],
    ) -> HashMap<usize, Section> {
        let mut homes = HashMap::new();
        for which in bodies.keys().copied() {
            let [base, ours, theirs] = [0, 1, 2].map(|side| panels.spot(which, side).map(|spot| spot.section));
            let wanted = match (base, ours, theirs) {
                (_, None, None) => continue,
                (_, Some(one), None) => one,
                (_, None, Some(other)) => other,
                (base, Some(one), Some(other)) if one == other || base == Some(other) => one,
                (base, Some(one), Some(other)) if base == Some(one) => other,
                // A row that one side took out lets its panels go; where the other moved them to is where they are.
                (_, Some(one), Some(other)) if !sections.contains(&one) => other,
                (base, Some(one), Some(other)) => {
                    let said =
                        [base, Some(one), Some(other)].map(|section| section.map(|section| panels.title(section)));
                    let chosen = self.in_panel(panels, which, |merger| {
                        merger.at_key("row", |merger| {
                            merger.clash(said[0].as_ref(), said[1].as_ref(), said[2].as_ref())
                        })
                    });
                    if chosen == said[2] && chosen != said[1] {
                        other
                    } else {
                        one
                    }
                }
            };
            homes.insert(which, there_or_above(panels, wanted, sections));
        }
        homes
    }

    /// Gives each panel its place.
    pub(super) fn lay_out(
        &mut self,
        panels: &Panels<'_>,
        bodies: &mut Bodies,
        (sections, homes, inside): (&[Section], &HashMap<usize, Section>, &HashSet<usize>),
    ) {
        let mut top = 0;
        let mut above: Option<(Section, i64)> = None;
        for section in sections
            .iter()
            .copied()
            .filter(|section| !matches!(section, Section::Old(_)))
        {
            let cells = self.in_section(panels, section, homes);
            if let Some((before, height)) = above {
                top += height + gap(panels, before, section);
            }
            let bottom = cells
                .iter()
                .filter(|(which, _)| !inside.contains(which))
                .map(|(_, cell)| cell.y + cell.h)
                .max();
            let mut height = bottom.unwrap_or(0);
            if let Section::Row(row) = section {
                let own = self.row_cell(panels, row);
                height = height.max(own.h);
                put_cell(panels, bodies, row, Cell { y: top, ..own });
            }
            for (which, cell) in cells {
                put_cell(
                    panels,
                    bodies,
                    which,
                    Cell {
                        y: cell.y + top,
                        ..cell
                    },
                );
            }
            above = Some((section, height));
        }
    }

    /// The cells of a section's panels, counted from its top.
    fn in_section(&mut self, panels: &Panels<'_>, section: Section, homes: &HashMap<usize, Section>) -> Cells {
        let cells = [0, 1, 2].map(|side: usize| -> Cells {
            let here = homes.iter().filter(|(_, home)| **home == section);
            here.filter_map(|(which, _)| {
                let spot = panels.spot(*which, side)?;
                // A row that went leaves its panels to the one above, where they have no place yet.
                let is_here = spot.section == section || !homes.values().any(|home| *home == spot.section) && side > 0;
                Some((*which, spot.cell.filter(|_| is_here)?))
            })
            .collect()
        });
        let turns = [0, 1, 2].map(|side: usize| {
            let mut turns: Vec<usize> = cells[side].keys().copied().collect();
            turns.sort_by_key(|which| panels.spot(*which, side).map(|spot| spot.turn));
            turns
        });
        let order = sequence::order(&turns[0], &turns[1], &turns[2]);
        let order: Vec<usize> = order
            .into_iter()
            .filter(|which| cells[1].contains_key(which) || cells[2].contains_key(which))
            .collect();
        let mut forced: HashMap<usize, usize> = HashMap::new();
        loop {
            let composed = layout::compose(&order, [&cells[0], &cells[1], &cells[2]], &forced);
            if composed.torn.is_empty() {
                return composed.cells;
            }
            for which in composed.torn {
                let chosen = self.torn(panels, which);
                forced.insert(which, if chosen { 2 } else { 1 });
            }
        }
    }

    /// Both moved a panel or a row, each to another place. Says whether theirs counts.
    fn torn(&mut self, panels: &Panels<'_>, which: usize) -> bool {
        let place = |side: usize| {
            panels
                .panel(which, side)
                .and_then(|panel| panel.get("gridPos"))
                .cloned()
        };
        let (ours, theirs) = (place(1), place(2));
        let chosen = self.in_panel(panels, which, |merger| {
            merger.at_key("gridPos", |merger| {
                merger.conflict(Conflict {
                    place: merger.place(),
                    base: place(0),
                    ours: ours.clone(),
                    theirs: theirs.clone(),
                })
            })
        });
        chosen == theirs && chosen != ours
    }

    /// A row's own cell, but for where it is.
    fn row_cell(&self, panels: &Panels<'_>, row: usize) -> Cell {
        let [base, ours, theirs] = panels.sheets.each_ref().map(|sheet| sheet.rows.get(&row).copied());
        let fallback = Cell {
            x: 0,
            y: 0,
            w: 24,
            h: 1,
        };
        let (ours, theirs) = match (ours, theirs) {
            (Some(one), Some(other)) => (one, other),
            (one, other) => return one.or(other).unwrap_or(fallback),
        };
        let pick = |of: fn(Cell) -> i64| match base.map(of) {
            Some(old) if old == of(ours) => of(theirs),
            _ => of(ours),
        };
        Cell {
            x: pick(|cell| cell.x),
            y: 0,
            w: pick(|cell| cell.w),
            h: pick(|cell| cell.h),
        }
    }
}

/// The section, or the nearest one above it that is still there.
fn there_or_above(panels: &Panels<'_>, section: Section, sections: &[Section]) -> Section {
    if sections.contains(&section) {
        return section;
    }
    let above = panels.sheets.iter().rev().find_map(|sheet| {
        let at = sheet.sections.iter().position(|one| *one == section)?;
        sheet.sections[..at].iter().rev().find(|one| sections.contains(one))
    });
    above.copied().unwrap_or(Section::Top)
}

/// Whether a panel is kept inside of its row, which is closed then.
pub(super) fn is_nested(panels: &Panels<'_>, which: usize, home: Section, bodies: &Bodies) -> bool {
    let Section::Row(row) = home else { return false };
    let [base, ours, theirs] = [0, 1, 2].map(|side| {
        let spot = panels.spot(which, side)?;
        (spot.section == home).then_some(spot.nested)
    });
    let is_closed = |row: &Map<String, Value>| row.get("collapsed").and_then(Value::as_bool).unwrap_or(false);
    let closed = bodies.get(&row).is_some_and(is_closed);
    let was_closed = |side: usize| {
        panels
            .panel(row, side)
            .and_then(Value::as_object)
            .is_some_and(is_closed)
    };
    match (base, ours, theirs) {
        (_, Some(one), Some(other)) if one == other => one,
        (Some(base), Some(one), Some(other)) => {
            if base == one {
                other
            } else {
                one
            }
        }
        // Who came goes where the others of the row are.
        (_, Some(own), None) if was_closed(1) == closed => own,
        (_, None, Some(own)) if was_closed(2) == closed => own,
        _ => closed,
    }
}

fn gap(panels: &Panels<'_>, before: Section, section: Section) -> i64 {
    let [base, ours, theirs] = panels.sheets.each_ref().map(|sheet| sheet.gap(before, section));
    match (base, ours, theirs) {
        (Some(base), Some(one), Some(other)) => {
            if base == one {
                other
            } else {
                one
            }
        }
        (_, one, other) => one.or(other).unwrap_or(0),
    }
}

/// Writes a place into a panel, as the side has it that has it so.
fn put_cell(panels: &Panels<'_>, bodies: &mut Bodies, which: usize, cell: Cell) {
    let places = [1, 2].map(|side: usize| panels.panel(which, side).filter(|panel| panel.get("gridPos").is_some()));
    let as_it_is = places.iter().flatten().find(|panel| Cell::of(panel) == cell);
    let place = match as_it_is {
        Some(panel) => panel.get("gridPos").cloned(),
        None => places.iter().flatten().next().and_then(|panel| {
            let mut place = panel.get("gridPos")?.as_object()?.clone();
            for (key, value) in [("x", cell.x), ("y", cell.y), ("w", cell.w), ("h", cell.h)] {
                place.insert(key.to_owned(), json!(value));
            }
            Some(Value::Object(place))
        }),
    };
    if let (Some(body), Some(place)) = (bodies.get_mut(&which), place) {
        body.insert("gridPos".into(), place);
    }
}

/// The lists of the file: of the page, and of the old rows.
pub(super) fn assemble(
    panels: &Panels<'_>,
    (mut bodies, mut old): (Bodies, Bodies),
    (sections, homes, inside): (&[Section], &HashMap<usize, Section>, &HashSet<usize>),
) -> [Vec<Value>; 2] {
    let order = order_of_file(panels);
    let turn = places(&order);
    let is_sorted = panels.sheets[1].is_sorted && panels.sheets[2].is_sorted;
    let lies = |body: &Map<String, Value>| {
        let at = |key: &str| {
            body.get("gridPos")
                .and_then(|place| place.get(key))
                .and_then(Value::as_i64)
        };
        at("y").zip(at("x"))
    };
    let mut in_rows: HashMap<Section, Vec<usize>> = HashMap::new();
    let mut top: Vec<usize> = Vec::new();
    for which in bodies.keys().copied() {
        match homes.get(&which) {
            Some(home @ Section::Old(_)) => in_rows.entry(*home).or_default().push(which),
            Some(home) if inside.contains(&which) => in_rows.entry(*home).or_default().push(which),
            _ => top.push(which),
        }
    }
    let sort = |list: &mut Vec<usize>, bodies: &Bodies| {
        list.sort_by_key(|which| turn.get(which).copied());
        if is_sorted && list.iter().all(|which| lies(&bodies[which]).is_some()) {
            list.sort_by_cached_key(|which| lies(&bodies[which]));
        }
    };
    let mut lists: HashMap<Section, Vec<Value>> = HashMap::new();
    for (section, mut list) in in_rows {
        sort(&mut list, &bodies);
        let taken = list
            .into_iter()
            .filter_map(|which| bodies.remove(&which).map(Value::Object));
        lists.insert(section, taken.collect());
    }
    sort(&mut top, &bodies);
    let page = top.into_iter().filter_map(|which| {
        let mut body = bodies.remove(&which)?;
        let had_list = (1..3).any(|side| {
            panels
                .panel(which, side)
                .is_some_and(|panel| panel.get("panels").is_some())
        });
        match lists.remove(&Section::Row(which)) {
            Some(list) => drop(body.insert("panels".into(), list.into())),
            None if had_list => drop(body.insert("panels".into(), json!([]))),
            None => {}
        }
        Some(Value::Object(body))
    });
    let page = page.collect();
    let rows = sections.iter().filter_map(|section| {
        let Section::Old(row) = section else { return None };
        let kin = panels.old_kin[*row];
        let as_it_was = || {
            let sides = (1..3).chain([0]);
            let mut sides = sides.filter_map(|side: usize| panels.old_rows[side][kin[side]?].as_object());
            sides.next().map(own_fields)
        };
        let mut body = old.remove(row).or_else(as_it_was)?;
        body.insert("panels".into(), lists.remove(section).unwrap_or_default().into());
        Some(Value::Object(body))
    });
    [page, rows.collect()]
}

/// The order of all panels in the file.
fn order_of_file(panels: &Panels<'_>) -> Vec<usize> {
    let order = |side: usize| on_side(&panels.kin, side);
    sequence::order(&order(0), &order(1), &order(2))
}
