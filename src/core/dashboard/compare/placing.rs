//! Where panels are on both sides, and who put them there: a person, or the page that was opened.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::change::ChangeKind;
use super::grid::Cell;
use super::page::{Layout, Page};
use super::panels::{Panels, Tie, step_of};
use super::place::{Place, Step};
use super::scope::noted_version;
use super::walk::Walker;
use super::{Rule, rules, scenes};

impl Panels<'_> {
    /// A page settles everything or nothing: where all panels but one are at their settled places, which are others than in
    /// the file, somebody has moved that one back.
    pub(super) fn moved_back(&self) -> Option<usize> {
        let both: Vec<(usize, usize)> = self.both().collect();
        let is_plain = |one: usize, other: usize| {
            let (old, new) = (self.before.panels[one], self.after.panels[other]);
            old.nested_in.is_none() && new.nested_in.is_none() && !old.repeats() && old.legacy_row.is_none()
        };
        if both.len() != self.pairs.len() || !both.iter().all(|(one, other)| is_plain(*one, *other)) {
            return None;
        }
        let mut back = None;
        let mut settled = 0;
        for (one, other) in both {
            let (old, new) = (
                Cell::placed(self.before.panels[one].value),
                self.after.panels[other].value,
            );
            let there = self.settled[one]?;
            match (Cell::placed(new) == there, there == old) {
                (true, true) => {}
                (true, false) => settled += 1,
                (false, false) if Cell::placed(new) == old && back.is_none() => back = Some(one),
                _ => return None,
            }
        }
        back.filter(|_| settled > 0)
    }

    pub(super) fn tell_moved_back(&self, walker: &mut Walker<'_>, one: usize, after: &Value) {
        let Some(there) = self.settled[one] else { return };
        let place = after.get("gridPos");
        walker.at_key("gridPos", |walker| {
            for (key, y) in [("x", there.x), ("y", there.y)] {
                let found = place.and_then(|place| place.get(key));
                if found.and_then(Value::as_i64) != Some(y) {
                    walker.at_key(key, |walker| walker.change(ChangeKind::Changed, Some(&y.into()), found));
                }
            }
        });
    }

    /// What v2 lists without places on a grid (tabs, rows in them, panels of an automatic grid) lies in the list's order: each list
    /// that has another one is told, by the names of what is in it.
    pub(super) fn orders(
        &self,
        walker: &mut Walker<'_>,
        pairs: &[(usize, usize)],
        tie: impl Fn(&Page<'_>, usize) -> Tie,
    ) {
        let mut lists: BTreeMap<(Tie, Tie), Vec<(usize, usize)>> = BTreeMap::new();
        for (one, other) in pairs {
            let key = (tie(&self.before, *one), tie(&self.after, *other));
            lists.entry(key).or_default().push((*one, *other));
        }
        for (((_, container, _), _), mut list) in lists {
            if list.is_sorted_by_key(|(_, other)| *other) {
                continue;
            }
            let names = |list: &[(usize, usize)]| -> Value {
                let name = |one: usize| Place::new(self.way_to(one)).to_string();
                list.iter().map(|(one, _)| name(*one)).collect()
            };
            let before = names(&list);
            list.sort_by_key(|(_, other)| *other);
            let after = names(&list);
            let way = container.map_or_else(Vec::new, |container| self.way_to(container));
            walker.through(way, |walker| {
                walker.at_key("panels", |walker| {
                    walker.change(ChangeKind::Moved, Some(&before), Some(&after));
                });
            });
        }
    }

    /// The way to a panel of the older side, by its own name.
    fn way_to(&self, one: usize) -> Vec<Step> {
        let step = step_of(&self.before.panels[one], &mut HashMap::new());
        vec![Step::Key("panels".to_owned()), step]
    }

    /// Whether the row, tab or page around a panel of v2 is an automatic grid on one side and a grid with places on the other.
    /// Made of a grid, the automatic one has no places; made of an automatic one, the grid has three panels in each line
    /// (grafana/grafana `DefaultGridLayoutManager.tsx` of 12.4 and 13.1, fromVizPanels). The other layout is what is told.
    pub(super) fn is_placed_by_layout(&self, one: usize, other: usize) -> bool {
        if self.v2 != [true, true] {
            return false;
        }
        let is_automatic = |page: &Page<'_>, at: usize| {
            let around = page.section[at].map(|around| page.panels[around].value);
            around
                .unwrap_or(page.dashboard)
                .pointer("/layout/kind")
                .and_then(Value::as_str)
                == Some("AutoGridLayout")
        };
        match (is_automatic(&self.before, one), is_automatic(&self.after, other)) {
            (true, false) => {
                let place = self.after.panels[other].value.get("gridPos");
                let is_beside = |at: &usize| self.after.section[*at] == self.after.section[other];
                let nth = (0..other)
                    .filter(is_beside)
                    .filter(|at| !self.after.panels[*at].is_container());
                let (line, column) = match i64::try_from(nth.count()) {
                    Ok(nth) => (nth / 3, nth % 3),
                    Err(_) => return false,
                };
                let number = |key: &str| place.and_then(|place| place.get(key)).and_then(Value::as_i64);
                [number("x"), number("w"), number("h")] == [Some(column * 8), Some(8), Some(10)]
                    && self.after.depth[other] == line * 10
            }
            (before, after) => before != after,
        }
    }

    /// The newer panel at the older one's place, where something else than a person put it elsewhere.
    pub(super) fn moved_by_itself(&self, one: usize, other: usize, toggled: bool) -> Option<(&'static Rule, Value)> {
        let (old, new) = (self.before.panels[one].value, self.after.panels[other].value);
        if Cell::of(old) == Cell::of(new) {
            return None;
        }
        let [from, to] = [old, new].map(Cell::of);
        // A row is all over its line, whatever its file says (`DashboardGrid.tsx` and `SceneGridRow`, 7.5 to 13.1).
        let is_row = [&self.before.panels[one], &self.after.panels[other]]
            .iter()
            .all(|panel| panel.is_row());
        if self.left_unplaced.contains(&other) {
            return Some((&rules::NOT_RENDERED, at_place_of(old, new)?));
        }
        let is_whole_line = is_row && Cell::placed(new) == to;
        if is_whole_line && Cell::placed(old) == to {
            return Some((&rules::ROW_LINE, at_place_of(old, new)?));
        }
        let is_wider_only = from.with_width_of(to) == to;
        if !is_wider_only && (self.is_settled(one, other) || self.carried[one]) {
            return Some((&rules::GRID_SETTLES, at_place_of(old, new)?));
        }
        // Rows in a tab, and tabs, have no place of their own, only an order; that is a thing of v2. In the classic form a row
        // without a place is at the top.
        let unplaced = self.is_unplaced(0, one) || self.is_unplaced(1, other);
        if unplaced && self.before.panels[one].is_container() && self.after.panels[other].is_container() {
            return Some((&rules::ROW_TOGGLE, at_place_of(old, new)?));
        }
        let shifted = Cell::of(old).y != Cell::of(new).y
            && (toggled && self.before.depth[one] == self.after.depth[other]
                || (self.v2[1] || !self.left_unplaced.is_empty()) && self.is_below_alike(one, other)
                || self.is_in_tab_alike(one, other));
        if !shifted {
            return None;
        }
        if is_whole_line {
            return Some((&rules::ROW_TOGGLE, at_place_of(old, new)?));
        }
        let mut unmoved = new.clone();
        *unmoved.pointer_mut("/gridPos/y")? = old.pointer("/gridPos/y")?.clone();
        Some((&rules::ROW_TOGGLE, unmoved))
    }

    /// Whether a panel is where the browser puts it when it opens the older page.
    fn is_settled(&self, one: usize, other: usize) -> bool {
        let (old, new) = (self.before.panels[one], self.after.panels[other]);
        let Some(settled) = self.settled[one] else { return false };
        let mut found = Cell::of(new.value);
        match (old.nested_in, new.nested_in) {
            (None, None) => found.y -= self.pushes[one],
            (Some(_), Some(container)) => {
                let container = self.after.panels[container];
                found.y -= if container.is_row() {
                    Cell::of(container.value).y + 1
                } else {
                    0
                };
            }
            (None, Some(row)) if self.is_inside_closed(one, other) => {
                found.y -= Cell::of(self.after.panels[row].value).y + 1;
            }
            // What an open row holds, against the rules, lies below it where it is stored as v2.
            (Some(row), None) if self.layout == Layout::StoredAsV2 => match self.partner_of(row) {
                Some(above) if self.after.section[other] == Some(above) => {
                    found.y -= Cell::of(self.after.panels[above].value).y + 1;
                }
                _ => return false,
            },
            _ => return false,
        }
        let [undrawn, undrawn_after] = [self.undrawn[0][one], self.undrawn[1][other]];
        // What is in a closed row is carried along with it as the copies of a repeating one come and go.
        let is_carried = || {
            let row_moved = |(row, other): (usize, usize)| {
                Cell::of(self.before.panels[row].value).y != Cell::of(self.after.panels[other].value).y
            };
            self.before.has_repeating_row()
                && undrawn == undrawn_after
                && old.nested_in.zip(new.nested_in).is_some_and(row_moved)
        };
        let among_copies = self.among_copies.as_ref().and_then(|cells| cells[one]);
        let is_inside = new.nested_in.is_some();
        settled == found
            || among_copies == Some(found)
            || is_inside && undrawn == Some(found)
            || old.nested_in.is_some() && is_carried()
    }

    /// Whether a panel is as far below its row as before, or a row stands in the order it stood in: what is above it grew, came
    /// or went.
    fn is_below_alike(&self, one: usize, other: usize) -> bool {
        let (old, new) = (&self.before, &self.after);
        if old.panels[one].is_row() {
            return self.rows_in_order.contains(&one) && old.panels[one].nested_in.is_none();
        }
        let same_section = match (old.section[one], new.section[other]) {
            (Some(row), Some(other)) => self.partner_of(row) == Some(other),
            _ => false,
        };
        same_section && old.below_row(one) == new.below_row(other)
    }

    /// Whether a panel is as far below its row as before, and the row is now in a tab, where places are counted from the top
    /// of the row's own grid.
    fn is_in_tab_alike(&self, one: usize, other: usize) -> bool {
        match (self.before.section[one], self.after.section[other]) {
            (Some(row), Some(above)) if self.partner_of(row) == Some(above) => {
                let (old, new) = (self.before.below_row(one), self.after.below_row(other));
                let unplaced = [self.is_unplaced(0, row), self.is_unplaced(1, above)];
                unplaced[0] != unplaced[1] && old - i64::from(!unplaced[0]) == new - i64::from(!unplaced[1])
            }
            _ => false,
        }
    }

    /// Whether a row or tab of one side is one of v2's that have no place.
    fn is_unplaced(&self, side: usize, position: usize) -> bool {
        let panel = [&self.before, &self.after][side].panels[position];
        self.v2[side] && panel.is_container() && panel.value.get("gridPos").is_none()
    }

    /// How far the copies of repeating rows push what lies below them: the same for all panels between two rows, and a
    /// multiple of what one copy takes. How many copies there are depends on data.
    pub(super) fn pushes(&self) -> Vec<i64> {
        let panels = &self.before.panels;
        let mut pushes = vec![0; panels.len()];
        if !self.before.has_repeating_row() {
            return pushes;
        }
        let top = |at: usize| self.settled[at].unwrap_or_else(|| Cell::of(panels[at].value)).y;
        let mut order: Vec<usize> = (0..panels.len()).filter(|at| panels[*at].nested_in.is_none()).collect();
        order.sort_by_key(|at| top(*at));
        let mut pushed = 0;
        let mut repeating: Option<usize> = None;
        for at in order {
            // What follows an open row belongs to it until the next one; below a closed row nothing does.
            let ends = repeating.filter(|row| panels[at].is_row() || panels[*row].is_collapsed());
            if let Some(row) = ends {
                let size = top(at) - top(row);
                let grows = self.grows_in(row);
                pushed += self
                    .shift_of(at, pushed)
                    .filter(|shift| *shift > 0 && size > 0 && is_by_copies(*shift, size, grows))
                    .unwrap_or(0);
                repeating = None;
            }
            if panels[at].is_row() && panels[at].repeats() {
                repeating = Some(at);
            }
            pushes[at] = pushed;
        }
        pushes
    }

    /// How high a panel in a row is that repeats downwards; its copies are part of each copy of the row.
    fn grows_in(&self, row: usize) -> Option<i64> {
        let panels = &self.before.panels;
        let mut inside = (0..panels.len()).filter(|at| self.before.section[*at] == Some(row) && !panels[*at].is_row());
        let downwards = |at: &usize| panels[*at].repeats() && panels[*at].text("repeatDirection") == "v";
        inside.find(downwards).map(|at| Cell::of(panels[at].value).h)
    }

    fn shift_of(&self, one: usize, pushed: i64) -> Option<i64> {
        let other = self.partner_of(one)?;
        Some(Cell::of(self.after.panels[other].value).y - self.settled[one]?.y - pushed)
    }
}

/// Who laid out a dashboard: v2 and what 13 renders of it note the plugins' versions of 13.
pub(super) fn layout_of(dashboard: &Value, v2: bool) -> Layout {
    let list = |value: &Value| {
        value
            .get("panels")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let by_thirteen = |panel: &Value| panel.as_object().and_then(noted_version) >= Some((13, 0));
    if v2 || list(dashboard).iter().any(by_thirteen) {
        Layout::StoredAsV2
    } else if scenes::may_have_written(dashboard) {
        Layout::Scenes
    } else {
        Layout::Earlier
    }
}

/// Open rows without panels, which the classic rendering of v2 gives no place; what follows is counted from the top again
/// (`v2alpha1_to_v1.go` of 13.1, processRowItem and extractExpandedPanels).
pub(super) fn left_unplaced(page: &Page<'_>) -> Vec<usize> {
    let holds = |row: usize| (0..page.panels.len()).any(|at| at != row && page.section[at] == Some(row));
    let is_bare = |at: &usize| {
        let panel = page.panels[*at];
        let is_open = panel.is_row() && !panel.is_collapsed() && panel.nested_in.is_none();
        is_open && panel.value.get("gridPos").is_none() && !holds(*at)
    };
    (0..page.panels.len()).filter(is_bare).collect()
}

/// Whether copies of a row of this size push what is below them so far: a multiple of it, or of it with some more copies of a
/// panel of this height in it.
fn is_by_copies(shift: i64, size: i64, grows: Option<i64>) -> bool {
    let most = if grows.is_some() { 50 } else { 0 };
    (0..=most).any(|copies| {
        let grown = size + copies * grows.unwrap_or(0);
        (shift + size) % grown == 0
    })
}

/// The newer panel at the older one's place. Whatever else the newer place says stays: no page writes that; nor does one leave
/// out a part of it.
pub(super) fn at_place_of(old: &Value, new: &Value) -> Option<Value> {
    let mut unmoved = new.clone();
    let fields = unmoved.as_object_mut()?;
    let (own, place) = (old.get("gridPos"), fields.get("gridPos").and_then(Value::as_object));
    let is_number = |key: &str| matches!(key, "x" | "y" | "w" | "h");
    let numbers = |place: &'_ Value| place.as_object().cloned().unwrap_or_default();
    let mut there = own.map(numbers).unwrap_or_default();
    there.retain(|key, _| is_number(key) && place.is_none_or(|place| place.contains_key(key)));
    let others = place.into_iter().flatten().filter(|(key, _)| !is_number(key));
    there.extend(others.map(|(key, value)| (key.clone(), value.clone())));
    match own.is_none() && there.is_empty() {
        true => drop(fields.remove("gridPos")),
        false => drop(fields.insert("gridPos".to_owned(), Value::Object(there))),
    }
    Some(unmoved)
}
