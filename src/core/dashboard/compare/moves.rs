//! Which panels moved only because another one did?
//!
//! The browser's grid has no gaps: what a person moves, enlarges, adds or takes away pushes others down or lets them up
//! (react-grid-layout `utils.js`, `compact`). So where the rest of two layouts settles alike once that one panel is taken out of
//! both, nothing else was moved by hand.

use super::grid::{self, Cell};
use super::page::Page;

/// Beyond these the question costs more than the answer is worth; then every move is told.
const MOST_PANELS: usize = 200;
const MOST_MOVES: usize = 40;

/// For each panel of the older side, whether it was only carried along.
pub(super) fn carried(before: &Page<'_>, after: &Page<'_>, pairs: &[(Option<usize>, Option<usize>)]) -> Vec<bool> {
    let mut carried = vec![false; before.panels.len()];
    let on_page = |page: &Page<'_>, at: usize| {
        let panel = page.panels[at];
        panel.nested_in.is_none() && panel.legacy_row.is_none() && panel.value.get("gridPos").is_some()
    };
    let both: Vec<(usize, Cell, Cell)> = pairs
        .iter()
        .filter_map(|(one, other)| Some(((*one)?, (*other)?)))
        .filter(|(one, other)| on_page(before, *one) && on_page(after, *other))
        .map(|(one, other)| {
            // What sticks out of the page wasn't put there by a browser.
            (
                one,
                Cell::placed(before.panels[one].value),
                Cell::of(after.panels[other].value),
            )
        })
        .collect();
    let moved: Vec<usize> = (0..both.len()).filter(|at| both[*at].1 != both[*at].2).collect();
    let in_part = pairs.iter().any(|(one, other)| one.is_none() || other.is_none());
    if both.len() > MOST_PANELS || moved.len() > MOST_MOVES || moved.len() + usize::from(in_part) < 2 {
        return carried;
    }
    // Only a browser's grid carries anything along, and it leaves no gaps.
    let placed = (0..after.panels.len())
        .filter(|at| on_page(after, *at))
        .map(|at| Cell::of(after.panels[at].value));
    let found: Vec<Cell> = placed.collect();
    let mut settled = found.clone();
    grid::compact(&mut settled);
    if settled != found {
        return carried;
    }
    let alike_without = |taken: Option<usize>| {
        let settled = |side: fn(&(usize, Cell, Cell)) -> Cell| {
            let rest = both.iter().enumerate().filter(|(at, _)| Some(*at) != taken);
            let mut cells: Vec<Cell> = rest.map(|(_, entry)| side(entry)).collect();
            grid::compact(&mut cells);
            cells
        };
        settled(|entry| entry.1) == settled(|entry| entry.2)
    };
    // What a new panel is laid on makes way, and may end beside it (`compactItem`): that only the page's own way there tells.
    let added: Vec<Cell> = pairs
        .iter()
        .filter_map(|(one, other)| other.filter(|other| one.is_none() && on_page(after, *other)))
        .map(|other| Cell::of(after.panels[other].value))
        .collect();
    let makes_way_for = |taken: Option<usize>| {
        let mut cells = added.clone();
        let own = |(at, entry): (usize, &(usize, Cell, Cell))| if Some(at) == taken { entry.2 } else { entry.1 };
        cells.extend(both.iter().enumerate().map(own));
        grid::compact(&mut cells);
        cells[added.len()..].iter().eq(both.iter().map(|entry| &entry.2))
    };
    let nobody = in_part.then_some(None);
    let somebody = moved.iter().map(|at| Some(*at));
    if let Some(taken) = nobody
        .into_iter()
        .chain(somebody)
        .find(|taken| alike_without(*taken) || makes_way_for(*taken))
    {
        for at in moved.iter().filter(|at| Some(**at) != taken) {
            carried[both[*at].0] = true;
        }
    }
    carried
}
