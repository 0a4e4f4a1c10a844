//! The panels of a classic dashboard: which is which, what becomes of each, and where it lies then.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::layout::{self, Cells};
use super::lift::in_one_form;
use super::page::{Section, Sheet, Spot};
use super::sequence::{self, places};
use super::tree::{Kin, Merger, keys, kin_of, on_side};
use super::{Conflict, lift};
use crate::dashboard::compare::{
    Cell, Hung, Place, Step, flat, on_the_grid_of, pairs, panel_step, rows_of, rows_paired,
};

/// What is merged apart from a panel's own settings.
const LAYOUT: [&str; 2] = ["gridPos", "panels"];

/// Their side, where the panels that it added have ids of their own: another side may have given the same number to another panel.
pub(super) fn with_own_ids<'v>(base: &'v Value, ours: &'v Value, theirs: &'v Value) -> Cow<'v, Value> {
    let all = [base, ours, theirs].map(flat);
    let kin = kin_of_panels([base, ours, theirs], &all);
    let id = |panel: &Hung<'_>| panel.value.get("id").and_then(Value::as_u64);
    let here: HashMap<u64, usize> = (0..all[1].len())
        .rev()
        .filter_map(|at| Some((id(&all[1][at])?, at)))
        .collect();
    let mut next = all.iter().flatten().filter_map(id).max().unwrap_or(0);
    let mut new: BTreeMap<usize, u64> = BTreeMap::new();
    let mut renumbered: HashMap<u64, u64> = HashMap::new();
    for kin in &kin {
        let was = kin[0].and_then(|at| id(&all[0][at]));
        let is_taken = |id: &u64| Some(*id) != was && here.get(id).is_some_and(|at| Some(*at) != kin[1]);
        if let [_, _, Some(at)] = kin
            && let Some(old) = id(&all[2][*at]).filter(is_taken)
        {
            next += 1;
            new.insert(*at, next);
            renumbered.insert(old, next);
        }
    }
    if new.is_empty() {
        return Cow::Borrowed(theirs);
    }
    let mut copy = theirs.clone();
    let mut at = 0;
    renumber(copy.get_mut("panels"), &new, &renumbered, &mut at);
    for row in copy.get_mut("rows").and_then(Value::as_array_mut).into_iter().flatten() {
        renumber(row.get_mut("panels"), &new, &renumbered, &mut at);
    }
    Cow::Owned(copy)
}

/// Gives panels their new ids, and queries that show another panel's data that one's.
fn renumber(list: Option<&mut Value>, new: &BTreeMap<usize, u64>, ids: &HashMap<u64, u64>, at: &mut usize) {
    for panel in list.and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(id) = new.get(at) {
            panel["id"] = json!(id);
        }
        *at += 1;
        for target in panel
            .get_mut("targets")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            let shown = target.get("panelId").and_then(Value::as_u64);
            if let Some(id) = shown.and_then(|shown| ids.get(&shown)) {
                target["panelId"] = json!(id);
            }
        }
        renumber(panel.get_mut("panels"), new, ids, at);
    }
}

fn kin_of_panels([base, ours, theirs]: [&Value; 3], all: &[Vec<Hung<'_>>; 3]) -> Vec<Kin> {
    let own = |panel: &Hung<'_>| {
        let mut fields = panel.value.as_object().cloned().unwrap_or_default();
        for key in ["id", "gridPos", "panels"] {
            fields.shift_remove(key);
        }
        fields
    };
    let alike = |one: usize, other: usize| own(&all[1][one]) == own(&all[2][other]);
    kin_of([&pairs(base, ours), &pairs(base, theirs)], all[0].len(), alike)
}

/// What panels, or old rows, say besides what is inside of them.
type Bodies = BTreeMap<usize, Map<String, Value>>;

/// All panels of the three sides.
struct Panels<'v> {
    all: [Vec<Hung<'v>>; 3],
    kin: Vec<Kin>,
    old_rows: [&'v [Value]; 3],
    old_kin: Vec<Kin>,
    sheets: [Sheet; 3],
    steps: Vec<Step>,
}

impl<'v> Panels<'v> {
    fn of(sides: [&'v Value; 3]) -> Self {
        let all = sides.map(flat);
        let kin = kin_of_panels(sides, &all);
        let old_rows = sides.map(|side| rows_of(side).unwrap_or_default());
        let paired = [1, 2].map(|side: usize| rows_paired(old_rows[0], old_rows[side]));
        let old_kin = kin_of([&paired[0], &paired[1]], old_rows[0].len(), |one, other| {
            old_rows[1][one] == old_rows[2][other]
        });
        let who = |kin: &[Kin], side: usize, many: usize| {
            let mut who = vec![0; many];
            for (which, kin) in kin.iter().enumerate() {
                if let Some(at) = kin[side] {
                    who[at] = which;
                }
            }
            who
        };
        let sheets = [0, 1, 2].map(|side: usize| {
            Sheet::of(
                &all[side],
                &who(&kin, side, all[side].len()),
                &who(&old_kin, side, old_rows[side].len()),
            )
        });
        let mut seen = HashMap::new();
        let steps = kin.iter().map(|kin| {
            let sample = (0..3).find_map(|side: usize| Some(all[side][kin[side]?].value));
            panel_step(sample.unwrap_or(&Value::Null), &mut seen)
        });
        Self {
            steps: steps.collect(),
            all,
            kin,
            old_rows,
            old_kin,
            sheets,
        }
    }

    fn panel(&self, which: usize, side: usize) -> Option<&'v Value> {
        Some(self.all[side][self.kin[which][side]?].value)
    }

    fn spot(&self, which: usize, side: usize) -> Option<&Spot> {
        self.sheets[side].spots.get(&which)
    }

    fn title(&self, section: Section) -> Value {
        match section {
            Section::Top => Value::Null,
            Section::Row(row) => {
                let title = (0..3).find_map(|side| self.panel(row, side)?.get("title"));
                title.cloned().unwrap_or_default()
            }
            Section::Old(row) => row.into(),
        }
    }
}

impl Merger<'_> {
    /// The whole dashboard.
    pub(super) fn dashboard(&mut self) -> Value {
        let [base, ours, theirs] = self.sides;
        let grid = [2, 1, 0]
            .into_iter()
            .find(|side: &usize| rows_of(self.sides[*side]).is_none());
        let lifted = match grid {
            Some(grid) => self.sides.map(|side| on_the_grid_of(side, self.sides[grid])),
            None => self.sides.map(Cow::Borrowed),
        };
        if let Some(grid) = grid {
            self.tell_dead_rows(grid);
        }
        let sides = [&*lifted[0], &*lifted[1], &*lifted[2]];
        let [Some(old), Some(one), Some(other)] = sides.map(Value::as_object) else {
            return self.value(Some(base), Some(ours), Some(theirs)).unwrap_or_default();
        };
        let is_page = sides.iter().all(|side| is_page(side));
        let apart = |key: &str| is_page && matches!(key, "panels" | "rows");
        let mut pages: Option<[Vec<Value>; 2]> = None;
        let mut merged = Map::new();
        for key in keys(one, other) {
            let (old, one, other) = (old.get(key), one.get(key), other.get(key));
            let value = if !apart(key) {
                self.at_key(key, |merger| merger.value(old, one, other))
            } else if one == other || old == other || old == one {
                // One side's list to the letter; where it is only one of two, they are merged together.
                let both = |key: &str| {
                    (
                        sides[0].get(key) == sides[2].get(key),
                        sides[0].get(key) == sides[1].get(key),
                    )
                };
                match (both("panels"), both("rows")) {
                    ((true, _), (true, _)) => one.cloned(),
                    ((_, true), (_, true)) => other.cloned(),
                    _ => self.page(sides, &mut pages, key, one.or(other)),
                }
            } else {
                self.page(sides, &mut pages, key, one.or(other))
            };
            if let Some(value) = value {
                merged.insert(key.to_owned(), value);
            }
        }
        Value::Object(merged)
    }

    /// One of the two lists of panels; both are made at once.
    fn page(
        &mut self,
        sides: [&Value; 3],
        pages: &mut Option<[Vec<Value>; 2]>,
        key: &str,
        was: Option<&Value>,
    ) -> Option<Value> {
        if pages.is_none() {
            *pages = Some(self.panels(&Panels::of(sides)));
        }
        let list = &mut pages.as_mut()?[usize::from(key == "rows")];
        was.map(|_| std::mem::take(list).into())
    }

    /// Edits of old rows that make no difference on the grid.
    fn tell_dead_rows(&mut self, grid: usize) {
        let sides = self.sides;
        let Some(base) = rows_of(sides[0]) else { return };
        let onto = |side: &Value| on_the_grid_of(side, sides[grid]).into_owned();
        for side in [1, 2] {
            let Some(edited) = rows_of(sides[side]).filter(|rows| rows.len() == base.len()) else {
                continue;
            };
            let was = onto(sides[0]);
            let dead: Vec<(usize, Value, Value)> = (0..base.len())
                .filter_map(|at| {
                    let own = |row: &Value| {
                        let mut own = row.clone();
                        own.as_object_mut()?.shift_remove("panels");
                        Some(own)
                    };
                    let (old, new) = (own(&base[at])?, own(&edited[at])?);
                    let mut alone = sides[0].clone();
                    let mut row = new.clone();
                    row["panels"] = base[at].get("panels").cloned().unwrap_or_else(|| json!([]));
                    *alone.pointer_mut(&format!("/rows/{at}"))? = row;
                    (old != new && onto(&alone) == was).then_some((at, old, new))
                })
                .collect();
            for (at, old, new) in dead {
                let place = Place::new(vec![Step::Key("rows".into()), Step::Index(at)]);
                if !self.is_edit(side, &place) {
                    continue;
                }
                let (ours, theirs) = if side == 1 {
                    (Some(new), None)
                } else {
                    (None, Some(new))
                };
                self.dead(
                    side,
                    Conflict {
                        place,
                        base: Some(old),
                        ours,
                        theirs,
                    },
                );
            }
        }
    }

    /// The panels of the page, and the old rows.
    fn panels(&mut self, panels: &Panels<'_>) -> [Vec<Value>; 2] {
        let mut bodies: Bodies = BTreeMap::new();
        for which in 0..panels.kin.len() {
            let body = self.in_panel(panels, which, |merger| merger.body(panels, which));
            bodies.extend(body.map(|body| (which, body)));
        }
        let rows = self.old_rows(panels);
        let sections = self.sections(panels, &bodies, &rows);
        let homes = self.homes(panels, &bodies, &sections);
        let nested = |which: usize, bodies: &Bodies| is_nested(panels, which, homes[&which], bodies);
        let inside: HashSet<usize> = homes.keys().copied().filter(|which| nested(*which, &bodies)).collect();
        self.lay_out(panels, &mut bodies, (&sections, &homes, &inside));
        assemble(panels, (bodies, rows), (&sections, &homes, &inside))
    }

    /// What old rows say besides their panels.
    fn old_rows(&mut self, panels: &Panels<'_>) -> Bodies {
        let mut rows = BTreeMap::new();
        for (which, kin) in panels.old_kin.iter().enumerate() {
            let sides = [0, 1, 2].map(|side: usize| Some(own_fields(panels.old_rows[side][kin[side]?].as_object()?)));
            let whole = sides.each_ref().map(|side| side.clone().map(Value::Object));
            let step = Step::Index(kin[0].or(kin[1]).or(kin[2]).unwrap_or_default());
            let row = self.at_key("rows", |merger| {
                merger.at(step, |merger| match sides {
                    [_, None, None] => None,
                    [Some(base), Some(ours), Some(theirs)] => Some(merger.fields(&base, &ours, &theirs)),
                    [Some(base), Some(one), _] | [Some(base), _, Some(one)] if base == one => None,
                    [None, one, other] => one.or(other),
                    _ => {
                        let left = merger.clash(whole[0].as_ref(), whole[1].as_ref(), whole[2].as_ref());
                        left.and_then(|row| row.as_object().cloned())
                    }
                })
            });
            rows.extend(row.map(|row| (which, row)));
        }
        rows
    }

    fn in_panel<T>(&mut self, panels: &Panels<'_>, which: usize, inside: impl FnOnce(&mut Self) -> T) -> T {
        let step = panels.steps[which].clone();
        self.at_key("panels", |merger| merger.at(step, inside))
    }

    /// A panel's own settings; nothing where it is taken out.
    fn body(&mut self, panels: &Panels<'_>, which: usize) -> Option<Map<String, Value>> {
        let sides = [0, 1, 2].map(|side: usize| panels.panel(which, side));
        let whole = |value: Option<Value>| value.and_then(|value| value.as_object().map(own_fields));
        match sides {
            [_, None, None] => None,
            [None, one, other] => one.or(other)?.as_object().map(own_fields),
            [Some(base), Some(ours), Some(theirs)] => self.settings([base, ours, theirs]),
            [Some(_), one, _] => {
                let side = if one.is_some() { 1 } else { 2 };
                if is_edited(panels, which, side) {
                    return whole(self.clash(sides[0], sides[1], sides[2]));
                }
                if !is_moved(panels, which, side) {
                    return None;
                }
                let [base, ours, theirs] = sides.map(|side| side.cloned());
                whole(self.conflict(Conflict {
                    place: self.place(),
                    base,
                    ours,
                    theirs,
                }))
            }
        }
    }

    fn settings(&mut self, sides: [&Value; 3]) -> Option<Map<String, Value>> {
        let [base, ours, theirs] = sides.map(|panel| panel.as_object().map(own_fields));
        let (base, ours, theirs) = (base?, ours?, theirs?);
        if base == theirs || ours == theirs {
            return Some(ours);
        }
        if base == ours {
            return Some(theirs);
        }
        let whole = [base, ours, theirs].map(Value::Object);
        let schemas = [0, 1, 2].map(|side: usize| self.schema(side));
        let lift::OneForm { sides: formed, old } = in_one_form([&whole[0], &whole[1], &whole[2]], schemas);
        if let Some(side) = old {
            self.tell_dead_edits(side, [&whole[0], &whole[side], &whole[3 - side]], |key| {
                !LAYOUT.contains(&key)
            });
        }
        let [Some(base), Some(ours), Some(theirs)] = formed.each_ref().map(|side| side.as_object()) else {
            return None;
        };
        self.lifted = old;
        let mut merged = self.fields(base, ours, theirs);
        self.lifted = None;
        follow_source(&mut merged, [base, ours, theirs]);
        Some(merged)
    }

    /// The rows, from top to bottom.
    fn sections(&mut self, panels: &Panels<'_>, bodies: &Bodies, rows: &Bodies) -> Vec<Section> {
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
    fn homes(&mut self, panels: &Panels<'_>, bodies: &Bodies, sections: &[Section]) -> HashMap<usize, Section> {
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
    fn lay_out(
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

/// Whether a dashboard's panels, and its old rows, are what they should be; anything else is a plain value.
fn is_page(side: &Value) -> bool {
    let list = |key: &str| match side.get(key) {
        None => Some(&[][..]),
        Some(value) => value.as_array().map(Vec::as_slice),
    };
    let (Some(_), Some(rows)) = (list("panels"), list("rows")) else {
        return false;
    };
    (rows.is_empty() || rows_of(side).is_some()) && flat(side).iter().all(|panel| panel.value.is_object())
}

/// A panel without its place and what is inside of it.
fn own_fields(panel: &Map<String, Value>) -> Map<String, Value> {
    let own = panel.iter().filter(|(key, _)| !LAYOUT.contains(&key.as_str()));
    own.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Whether a side changed the settings of a panel that the other took out.
fn is_edited(panels: &Panels<'_>, which: usize, side: usize) -> bool {
    let own = |side: usize| panels.panel(which, side).and_then(Value::as_object).map(own_fields);
    own(0) != own(side)
}

/// Whether a side gave a panel that the other took out another size, row, or turn among its neighbours.
fn is_moved(panels: &Panels<'_>, which: usize, side: usize) -> bool {
    let size = |side: usize| panels.panel(which, side).map(Cell::of).map(|cell| (cell.w, cell.h));
    if size(0) != size(side) {
        return true;
    }
    let (Some(old), Some(new)) = (panels.spot(which, 0), panels.spot(which, side)) else {
        return false;
    };
    if old.section != new.section {
        // Not where its row is gone.
        return panels.sheets[side].sections.contains(&old.section);
    }
    let neighbours = |on: usize| -> Cells {
        let here = panels.sheets[on]
            .spots
            .iter()
            .filter(|(_, spot)| spot.section == old.section);
        here.filter_map(|(one, spot)| Some((*one, spot.cell?))).collect()
    };
    layout::moved(&neighbours(0), &neighbours(side)).contains(&which)
}

/// Where a migration wrote down each query's data source, the panel's is meant: an edit of that on the other side is one of all of
/// them.
fn follow_source(merged: &mut Map<String, Value>, [base, ours, theirs]: [&Map<String, Value>; 3]) {
    let says = |side: &Map<String, Value>| {
        let targets = side.get("targets").and_then(Value::as_array);
        targets.is_some_and(|targets| targets.iter().any(|target| target.get("datasource").is_some()))
    };
    let sayer = match (says(base), says(ours), says(theirs)) {
        (false, true, false) => ours,
        (false, false, true) => theirs,
        _ => return,
    };
    let (old, new) = (sayer.get("datasource").cloned(), merged.get("datasource").cloned());
    let (Some(old), Some(new)) = (old, new) else { return };
    for target in merged
        .get_mut("targets")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if target.get("datasource") == Some(&old) {
            target["datasource"] = new.clone();
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
fn is_nested(panels: &Panels<'_>, which: usize, home: Section, bodies: &Bodies) -> bool {
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
fn assemble(
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
            list.sort_by_key(|which| lies(&bodies[which]));
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
