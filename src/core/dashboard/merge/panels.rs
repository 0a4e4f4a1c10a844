//! The panels of a classic dashboard: which is which, and what becomes of each. Where they lie then: `placement.rs`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::layout::{self, Cells};
use super::lift::in_one_form;
use super::page::{Section, Sheet, Spot};
use super::placement::{assemble, is_nested};
use super::tree::{Kin, Merger, keys, kin_of};
use super::{Conflict, lift};
use crate::dashboard::compare::{
    Cell, Hung, Place, Step, flat, on_the_grid_of, pairs, panel_step, rows_of, rows_paired,
};

/// What is merged apart from a panel's own settings.
const LAYOUT: [&str; 2] = ["gridPos", "panels"];

/// Their side, where the panels that it added have ids of their own: another side may have given the same number to another panel.
/// And which panel is which: other numbers don't change that.
pub(super) fn with_own_ids<'v>(base: &'v Value, ours: &'v Value, theirs: &'v Value) -> (Cow<'v, Value>, Vec<Kin>) {
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
        return (Cow::Borrowed(theirs), kin);
    }
    let mut copy = theirs.clone();
    let mut at = 0;
    renumber(copy.get_mut("panels"), &new, &renumbered, &mut at);
    for row in copy.get_mut("rows").and_then(Value::as_array_mut).into_iter().flatten() {
        renumber(row.get_mut("panels"), &new, &renumbered, &mut at);
    }
    (Cow::Owned(copy), kin)
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
pub(super) type Bodies = BTreeMap<usize, Map<String, Value>>;

/// All panels of the three sides.
pub(super) struct Panels<'v> {
    pub(super) all: [Vec<Hung<'v>>; 3],
    pub(super) kin: Vec<Kin>,
    pub(super) old_rows: [&'v [Value]; 3],
    pub(super) old_kin: Vec<Kin>,
    pub(super) sheets: [Sheet; 3],
    steps: Vec<Step>,
}

impl<'v> Panels<'v> {
    /// Those of the three sides; which is which may be known already.
    fn of(sides: [&'v Value; 3], kin: Option<Vec<Kin>>) -> Self {
        let all = sides.map(flat);
        let kin = kin.unwrap_or_else(|| kin_of_panels(sides, &all));
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

    pub(super) fn panel(&self, which: usize, side: usize) -> Option<&'v Value> {
        Some(self.all[side][self.kin[which][side]?].value)
    }

    pub(super) fn spot(&self, which: usize, side: usize) -> Option<&Spot> {
        self.sheets[side].spots.get(&which)
    }

    pub(super) fn title(&self, section: Section) -> Value {
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
            // On another grid it is found anew.
            let is_lifted = sides
                .iter()
                .zip(self.sides)
                .any(|(side, own)| !std::ptr::eq(*side, own));
            let kin = std::mem::take(&mut self.kin);
            *pages = Some(self.panels(&Panels::of(sides, (!is_lifted).then_some(kin))));
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

    pub(super) fn in_panel<T>(&mut self, panels: &Panels<'_>, which: usize, inside: impl FnOnce(&mut Self) -> T) -> T {
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
        let [base, ours, theirs] = sides.map(Value::as_object);
        let (base, ours, theirs) = (base?, ours?, theirs?);
        if has_same_fields(base, theirs) || has_same_fields(ours, theirs) {
            return Some(own_fields(ours));
        }
        if has_same_fields(base, ours) {
            return Some(own_fields(theirs));
        }
        let schemas = [0, 1, 2].map(|side: usize| self.schema(side));
        let lift::OneForm { sides: formed, old } = in_one_form(sides, schemas);
        if let Some(side) = old {
            self.tell_dead_edits(side, [sides[0], sides[side], sides[3 - side]], |key| {
                !LAYOUT.contains(&key)
            });
        }
        let [Some(base), Some(ours), Some(theirs)] = formed.each_ref().map(|side| side.as_object()) else {
            return None;
        };
        self.lifted = old;
        let mut merged = self.fields_but(&LAYOUT, base, ours, theirs);
        self.lifted = None;
        follow_source(&mut merged, [base, ours, theirs]);
        Some(merged)
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
    let in_rows = rows.iter().map(|row| row.get("panels"));
    (rows.is_empty() || rows_of(side).is_some()) && in_rows.chain([side.get("panels")]).all(are_objects)
}

/// Whether all panels of a list are objects, and all that lie in them.
fn are_objects(panels: Option<&Value>) -> bool {
    let mut panels = panels.and_then(Value::as_array).into_iter().flatten();
    panels.all(|panel| panel.is_object() && are_objects(panel.get("panels")))
}

/// A panel without its place and what is inside of it.
pub(super) fn own_fields(panel: &Map<String, Value>) -> Map<String, Value> {
    let own = panel.iter().filter(|(key, _)| !LAYOUT.contains(&key.as_str()));
    own.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Whether two panels say the same, wherever they lie.
fn has_same_fields(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let own = |panel: &Map<String, Value>| panel.keys().filter(|key| !LAYOUT.contains(&key.as_str())).count();
    let mut fields = one.iter().filter(|(key, _)| !LAYOUT.contains(&key.as_str()));
    own(one) == own(other) && fields.all(|(key, value)| other.get(key) == Some(value))
}

/// Whether a side changed the settings of a panel that the other took out.
fn is_edited(panels: &Panels<'_>, which: usize, side: usize) -> bool {
    let sides = [0, side].map(|side| panels.panel(which, side).and_then(Value::as_object));
    match sides {
        [Some(one), Some(other)] => !has_same_fields(one, other),
        [one, other] => one.is_some() != other.is_some(),
    }
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
