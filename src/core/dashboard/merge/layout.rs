//! Where do the panels of one grid go, after both sides have moved some?
//!
//! A place is one beside its neighbours. What a side moved out of its turn keeps its distance from the panel before it there; what
//! merely made way makes way for both. Then nothing overlaps: what would is pushed down, as the browser's grid does it.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::sequence::places;
use super::tree::Kin;
use crate::dashboard::compare::Cell;

/// Cells of one grid on one side, by who lies there.
pub(super) type Cells = HashMap<usize, Cell>;

/// A grid with both sides' moves.
pub(super) struct Composed {
    pub(super) cells: Cells,
    /// What both sides moved, each to another place; our side's counts.
    pub(super) torn: Vec<usize>,
}

/// Lays out `order`, which is who will be there. Of those in `forced` the side is known whose move counts: 1 is ours, 2 theirs.
pub(super) fn compose(order: &[usize], sides: [&Cells; 3], forced: &HashMap<usize, usize>) -> Composed {
    // To the letter, where only one side lays anything out.
    for side in [1, 2] {
        let here = |which: &usize| sides[side].contains_key(which);
        let other = 3 - side;
        let as_before = |which: &usize| match (sides[other].get(which), sides[0].get(which)) {
            (Some(cell), Some(old)) => cell == old,
            (None, _) => true,
            (Some(_), None) => false,
        };
        if order.iter().all(|which| here(which) && as_before(which)) {
            let cells = order.iter().map(|which| (*which, sides[side][which])).collect();
            return Composed {
                cells,
                torn: Vec::new(),
            };
        }
    }
    let composer = Composer {
        order,
        sides,
        forced,
        reading: sides.map(reading_order),
        moved: [1, 2].map(|side: usize| moved(sides[0], sides[side])),
    };
    let composed = composer.run(1);
    if composed.torn.is_empty() {
        return composed;
    }
    // What both moved to one place stands in the order that does both justice, if one does.
    let other = composer.run(2);
    if other.torn.len() < composed.torn.len() {
        other
    } else {
        composed
    }
}

struct Composer<'a> {
    order: &'a [usize],
    sides: [&'a Cells; 3],
    forced: &'a HashMap<usize, usize>,
    /// Each side's panels from top to bottom.
    reading: [Vec<usize>; 3],
    /// Whom ours and theirs moved past others.
    moved: [HashSet<usize>; 2],
}

impl Composer<'_> {
    /// `first` is the side whose panel comes first where both put one at the same place.
    fn run(&self, first: usize) -> Composed {
        // Who made way by as much on both sides made way for one thing where the same panels are there, and else for two.
        let alike = self.sides[1].keys().all(|which| self.sides[2].contains_key(which))
            && self.sides[1].len() == self.sides[2].len();
        let mut torn = Vec::new();
        let mut cells = Cells::new();
        // Whom a side placed by itself, and which side.
        let mut placed: HashMap<usize, usize> = HashMap::new();
        for which in self.order {
            let [base, ours, theirs] = self.sides.map(|side| side.get(which).copied());
            let (Some(one), Some(other)) = (ours, theirs) else {
                placed.extend(ours.map(|_| (*which, 1)).or(theirs.map(|_| (*which, 2))));
                continue;
            };
            if let Some(side) = self.forced.get(which) {
                placed.insert(*which, *side);
                continue;
            }
            let out_of_turn = [0, 1].map(|side: usize| self.moved[side].contains(which));
            let both = base.and_then(|base| shape(base, one, other, alike));
            match (both, out_of_turn) {
                _ if one == other && (alike || base.is_none()) => drop(placed.insert(*which, 1)),
                (Some(cell), [false, false]) => drop(cells.insert(*which, cell)),
                (Some(cell), [here, there]) if here != there => {
                    // Its turn is the mover's, its size both sides'.
                    let side = if here { 1 } else { 2 };
                    placed.insert(*which, side);
                    cells.insert(*which, Cell { y: i64::MIN, ..cell });
                }
                _ => {
                    torn.push(*which);
                    placed.insert(*which, 1);
                }
            }
        }
        self.anchor(&placed, &mut cells);
        let last: HashSet<usize> = placed
            .iter()
            .filter(|(_, side)| **side != first)
            .map(|(which, _)| *which)
            .collect();
        settle(self.order, &last, &mut cells);
        torn.extend(self.inverted(&cells, &torn));
        Composed { cells, torn }
    }

    /// What a side placed by itself lies as far from the panel before it as it does there.
    fn anchor(&self, placed: &HashMap<usize, usize>, cells: &mut Cells) {
        let fixed: HashMap<usize, i64> = cells
            .iter()
            .filter(|(_, cell)| cell.y != i64::MIN)
            .map(|(which, cell)| (*which, cell.y))
            .collect();
        for side in [1, 2] {
            let mut before: Option<usize> = None;
            for which in &self.reading[side] {
                if placed.get(which) == Some(&side) {
                    let own = self.sides[side][which];
                    let shift = before.map_or(0, |before| fixed[&before] - self.sides[side][&before].y);
                    let shaped = cells.get(which).copied().unwrap_or(own);
                    cells.insert(
                        *which,
                        Cell {
                            y: (own.y + shift).max(0),
                            ..shaped
                        },
                    );
                } else if fixed.contains_key(which) && !self.moved[side - 1].contains(which) {
                    before = Some(*which);
                }
            }
        }
    }

    /// Panels whose order a side turned round, and that don't stand so now.
    fn inverted(&self, cells: &Cells, torn: &[usize]) -> Vec<usize> {
        let known = |which: &usize| torn.contains(which) || self.forced.contains_key(which);
        let mut found: Vec<usize> = Vec::new();
        let [old, sides @ ..] = self.reading.each_ref().map(|order| places(order));
        for (side, now) in sides.iter().enumerate() {
            for which in &self.moved[side] {
                for other in self.order {
                    let before = [&old, now].map(|order| Some(order.get(which)? < order.get(other)?));
                    let [Some(was), Some(is)] = before else { continue };
                    let stands = |which: &usize| cells.get(which).map(|cell| (cell.y, cell.x));
                    let result = stands(which) < stands(other);
                    if was != is && result != is && !known(which) && !known(other) && !found.contains(which) {
                        found.push(*which);
                    }
                }
            }
        }
        found.sort_unstable();
        found
    }
}

/// Who was moved past others, as far as it can be told: those who stay where they were stay, and of the others as many as go on in
/// their order.
pub(super) fn moved(base: &Cells, side: &Cells) -> HashSet<usize> {
    let (before, after) = (reading_order(base), reading_order(side));
    let turn = places(&after);
    let both: Vec<usize> = before
        .iter()
        .copied()
        .filter(|which| turn.contains_key(which))
        .collect();
    if both.is_sorted_by_key(|which| turn[which]) {
        return HashSet::new();
    }
    let weight = |which: &usize| match (base[which], side[which]) {
        (old, new) if old == new => 8,
        (old, new) if old.x == new.x => 3,
        _ => 2,
    };
    // The heaviest run that goes on in its order, found from its end.
    let mut runs = Runs::new(after.len());
    let mut before_it: Vec<Option<usize>> = Vec::with_capacity(both.len());
    for (at, which) in both.iter().enumerate() {
        let (heavy, last) = runs.heaviest(turn[which]);
        before_it.push(last);
        runs.enter(turn[which], (heavy + weight(which), Some(at)));
    }
    let mut gone: HashSet<usize> = both.iter().copied().collect();
    let mut at = runs.heaviest(after.len()).1;
    while let Some(here) = at {
        gone.remove(&both[here]);
        at = before_it[here];
    }
    gone
}

/// How much a run weighs, and who is its last.
type Run = (u64, Option<usize>);

/// The heaviest run below each turn: a Fenwick tree of maxima. Of two of one weight it is the one that was entered last.
struct Runs(Vec<Run>);

impl Runs {
    fn new(turns: usize) -> Self {
        Self(vec![(0, None); turns])
    }

    /// The heaviest one whose last has an earlier turn.
    fn heaviest(&self, turn: usize) -> Run {
        let mut heaviest = (0, None);
        let mut end = turn;
        while end > 0 {
            heaviest = heaviest.max(self.0[end - 1]);
            end &= end - 1;
        }
        heaviest
    }

    fn enter(&mut self, turn: usize, run: Run) {
        let mut at = turn;
        while let Some(known) = self.0.get_mut(at) {
            *known = run.max(*known);
            at |= at + 1;
        }
    }
}

/// A cell that neither moved out of its turn; nothing where both gave it another shape.
fn shape(base: Cell, ours: Cell, theirs: Cell, alike: bool) -> Option<Cell> {
    let one = |old: i64, here: i64, there: i64| match () {
        () if here == there || old == there => Some(here),
        () if old == here => Some(there),
        () => None,
    };
    Some(Cell {
        x: one(base.x, ours.x, theirs.x)?,
        w: one(base.w, ours.w, theirs.w)?,
        h: one(base.h, ours.h, theirs.h)?,
        y: match alike && ours.y == theirs.y {
            true => ours.y,
            false => (ours.y + theirs.y - base.y).max(0),
        },
    })
}

/// From top to bottom, from left to right.
fn reading_order(cells: &Cells) -> Vec<usize> {
    let mut order: Vec<(i64, i64, usize)> = cells.iter().map(|(which, cell)| (cell.y, cell.x, *which)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, _, which)| which).collect()
}

/// Pushes down what would overlap; of two at one place, who is among the `last`.
fn settle(order: &[usize], last: &HashSet<usize>, cells: &mut Cells) {
    let turn = places(order);
    let mut all: Vec<usize> = cells.keys().copied().collect();
    all.sort_by_key(|which| {
        (
            cells[which].y,
            cells[which].x,
            last.contains(which),
            turn.get(which).copied(),
        )
    });
    let mut settled: Vec<Cell> = Vec::with_capacity(all.len());
    for which in all {
        let mut cell = cells[&which];
        while let Some(other) = settled.iter().find(|other| other.collides(&cell)) {
            cell.y = other.y + other.h;
        }
        settled.push(cell);
        cells.insert(which, cell);
    }
}

/// The lists with the items of a v2 grid at their new places, on all three sides alike; nothing where it is no grid. Those that
/// both moved to places of their own stay as they are, and collide key by key.
pub(super) fn on_grids(lists: [&[Value]; 3], kin: &[Kin]) -> Option<[Vec<Value>; 3]> {
    let cell = |item: &Value| {
        let spec = item.get("spec")?;
        let number = |key: &str| spec.get(key)?.as_i64();
        spec.get("element")?;
        Some(Cell {
            x: number("x")?,
            y: number("y")?,
            w: number("width")?,
            h: number("height")?,
        })
    };
    let is_grid = lists.iter().all(|list| list.iter().all(|item| cell(item).is_some()));
    if !is_grid || lists[1].is_empty() || lists[2].is_empty() {
        return None;
    }
    let cells = |side: usize| -> Cells {
        let all = kin.iter().enumerate();
        all.filter_map(|(which, kin)| Some((which, cell(lists[side].get(kin[side]?)?)?)))
            .collect()
    };
    let sides = [cells(0), cells(1), cells(2)];
    // Who is taken out by one side leaves its place.
    let stays = |which: &usize| {
        let [base, ours, theirs] = &kin[*which];
        base.is_none() || ours.is_some() && theirs.is_some()
    };
    let order: Vec<usize> = (0..kin.len()).filter(stays).collect();
    let composed = compose(&order, [&sides[0], &sides[1], &sides[2]], &HashMap::new());
    let mut placed = lists.map(<[Value]>::to_vec);
    for (which, cell) in &composed.cells {
        if composed.torn.contains(which) {
            continue;
        }
        for (side, list) in placed.iter_mut().enumerate() {
            let item = kin[*which][side].and_then(|at| list.get_mut(at)?.get_mut("spec"));
            if let Some(spec) = item {
                for (key, value) in [("x", cell.x), ("y", cell.y), ("width", cell.w), ("height", cell.h)] {
                    if spec[key] != json!(value) {
                        spec[key] = json!(value);
                    }
                }
            }
        }
    }
    Some(placed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(all: &[(usize, i64, i64, i64, i64)]) -> Cells {
        let cell = |(which, x, y, w, h): &(usize, i64, i64, i64, i64)| {
            (
                *which,
                Cell {
                    x: *x,
                    y: *y,
                    w: *w,
                    h: *h,
                },
            )
        };
        all.iter().map(cell).collect()
    }

    #[test]
    fn both_sides_additions_push_what_is_below_them() {
        let base = cells(&[(0, 0, 0, 24, 8), (1, 0, 8, 24, 8)]);
        let ours = cells(&[(0, 0, 0, 24, 8), (2, 0, 8, 24, 4), (1, 0, 12, 24, 8)]);
        let theirs = cells(&[(3, 0, 0, 24, 2), (0, 0, 2, 24, 8), (1, 0, 10, 24, 8)]);
        let done = compose(&[3, 0, 2, 1], [&base, &ours, &theirs], &HashMap::new());
        assert_eq!(done.torn, [0; 0]);
        let wanted = cells(&[(3, 0, 0, 24, 2), (0, 0, 2, 24, 8), (2, 0, 10, 24, 4), (1, 0, 14, 24, 8)]);
        assert_eq!(done.cells, wanted);
    }

    #[test]
    fn what_one_side_moved_up_stands_up_there_though_the_other_added_something() {
        let base = cells(&[(0, 0, 0, 24, 8), (1, 0, 8, 24, 8), (2, 0, 16, 24, 8)]);
        let ours = cells(&[(2, 0, 0, 24, 8), (0, 0, 8, 24, 8), (1, 0, 16, 24, 8)]);
        let theirs = cells(&[(0, 0, 0, 24, 8), (3, 0, 8, 24, 4), (1, 0, 12, 24, 8), (2, 0, 20, 24, 8)]);
        let done = compose(&[2, 0, 3, 1], [&base, &ours, &theirs], &HashMap::new());
        assert_eq!(done.torn, [0; 0]);
        let wanted = cells(&[(2, 0, 0, 24, 8), (0, 0, 8, 24, 8), (3, 0, 16, 24, 4), (1, 0, 20, 24, 8)]);
        assert_eq!(done.cells, wanted);
    }

    #[test]
    fn what_both_sized_otherwise_is_torn_and_ours_until_it_is_settled() {
        let base = cells(&[(0, 0, 0, 12, 8)]);
        let (ours, theirs) = (cells(&[(0, 0, 0, 6, 8)]), cells(&[(0, 0, 0, 24, 8)]));
        let done = compose(&[0], [&base, &ours, &theirs], &HashMap::new());
        assert_eq!((done.torn, done.cells[&0].w), (vec![0], 6));
        let done = compose(&[0], [&base, &ours, &theirs], &HashMap::from([(0, 2)]));
        assert_eq!((done.torn, done.cells[&0].w), (vec![], 24));
    }
}
