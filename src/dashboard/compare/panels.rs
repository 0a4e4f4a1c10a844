//! Panels: which is which on both sides, where they hang, and what differs between them.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

use super::change::ChangeKind;
use super::datasource::{At, Sources};
use super::fill_ins::Walked;
use super::grid::Cell;
use super::page::{Layout, Page, Panel};
use super::place::{Place, Step};
use super::plugins::Version;
use super::same::{likeness, present};
use super::scope::noted_version;
use super::walk::Walker;
use super::{Rule, fill_ins, legacy, moves, panel, rows, rules, scenes};

/// The panels of both sides and which belong together.
#[derive(Debug)]
pub(super) struct Panels<'v> {
    before: Page<'v>,
    after: Page<'v>,
    /// Positions in both lists, in the order of the older side, additions last.
    pairs: Vec<(Option<usize>, Option<usize>)>,
    /// The partner of each panel of the newer side.
    partners: Vec<Option<usize>>,
    /// Old-style rows that belong together, where both sides have them.
    legacy_rows: Vec<(Option<usize>, Option<usize>)>,
    /// Where the browser puts the older side's panels when it opens the page.
    settled: Vec<Option<Cell>>,
    /// The same with copies beside what repeats to the right, where these are no part of the layout.
    among_copies: Option<Vec<Option<Cell>>>,
    /// Where each panel of a closed row is below the top of it, on both sides.
    undrawn: [Vec<Option<Cell>>; 2],
    /// How far the copies of repeating rows push each of them down.
    pushes: Vec<i64>,
    /// Which of them moved only because another one did.
    carried: Vec<bool>,
    /// The one panel that is back where the older file had it, though the page that saved the newer one had put everything
    /// elsewhere.
    moved_back: Option<usize>,
    /// Which side is v2. It says places within rows: where the newer one does, only these can be compared.
    v2: [bool; 2],
}

impl<'v> Panels<'v> {
    /// Pairs panels by id, then by type and title, then, if they are alike, by position.
    pub(super) fn pair(before: &'v Value, after: &'v Value, v2: [bool; 2]) -> Self {
        let layout = layout_of(after, v2[1]);
        let legacy_rows = match (rows::of(before), rows::of(after)) {
            (Some(before), Some(after)) => legacy::align(before, after).pairs,
            _ => Vec::new(),
        };
        let (before, after) = (Page::of(before), Page::of(after));
        let mut pairing = Pairing::new(&before.panels, &after.panels);
        // Where an id stands for two panels, the title tells them apart.
        pairing.by(|panel| Some(format!("{}\n{}", panel.key()?, panel.text("title"))));
        // The v2 form has no ids of rows; a server that says one in the classic form makes new ones. Of several with one title,
        // or none, what lies in them tells them apart.
        pairing.by_first_inside([&before, &after], |panel| {
            format!("{}\n{}", panel.text("type"), panel.text("title"))
        });
        pairing.by(|panel| {
            panel
                .is_container()
                .then(|| format!("{}\n{}", panel.text("type"), panel.text("title")))
        });
        pairing.by(|panel| panel.key());
        pairing.by_first_inside([&before, &after], |panel| panel.text("type").to_owned());
        pairing.by(|panel| {
            let title = panel.text("title");
            (!title.is_empty()).then(|| format!("{}\n{title}", panel.text("type")))
        });
        pairing.by_place(&before);
        pairing.by_position();
        let (pairs, partners) = pairing.finish();
        let mut panels = Self {
            settled: before.settled(layout),
            among_copies: (layout == Layout::Earlier).then(|| before.settled(Layout::EarlierWithCopies)),
            undrawn: [before.undrawn(layout), after.undrawn(Layout::Earlier)],
            pushes: Vec::new(),
            moved_back: None,
            carried: moves::carried(&before, &after, &pairs),
            before,
            after,
            pairs,
            partners,
            legacy_rows,
            v2,
        };
        panels.pushes = panels.pushes();
        panels.moved_back = panels.moved_back();
        panels
    }

    /// A page settles everything or nothing: where all panels but one are at their settled places, which are others than in
    /// the file, somebody has moved that one back.
    fn moved_back(&self) -> Option<usize> {
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

    fn tell_moved_back(&self, walker: &mut Walker<'_>, one: usize, after: &Value) {
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

    /// Shows the data sources of paired panels and queries to whoever works out an assignment of names.
    pub(super) fn witness(&self, sources: &mut Sources<'_>) {
        for (one, other) in self.both() {
            let (before, after) = (self.before.panels[one].value, self.after.panels[other].value);
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

    /// The version of Grafana that saved the newer side, if the notes that it renewed agree on one.
    pub(super) fn saved_by(&self) -> Option<Version> {
        let noted = |panel: Panel<'v>| noted_version(panel.value.as_object()?);
        let renewed = self.both().filter_map(|(one, other)| {
            let [old, new] = [noted(self.before.panels[one]), noted(self.after.panels[other])];
            new.filter(|new| Some(*new) != old)
        });
        let mut renewed = renewed.collect::<Vec<Version>>().into_iter();
        let first = renewed.next()?;
        renewed.all(|other| other == first).then_some(first)
    }

    /// The positions of panels that belong together.
    pub(super) fn both(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.pairs.iter().filter_map(|(one, other)| Some(((*one)?, (*other)?)))
    }

    fn partner_of(&self, one: usize) -> Option<usize> {
        self.pairs.get(one).and_then(|(_, other)| *other)
    }

    /// Compares the panels that are asked for, the order of all and the rows that they hang in.
    pub(super) fn walk(&self, walker: &mut Walker<'_>, is_asked: &dyn Fn(&Step) -> bool) {
        self.order(walker);
        let toggled = self.toggled();
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut walked = Vec::new();
        for (one, other) in &self.pairs {
            let sample = match (one, other) {
                (Some(one), _) => self.before.panels[*one],
                (None, Some(other)) => self.after.panels[*other],
                (None, None) => continue,
            };
            let step = step_of(&sample, &mut seen);
            if !is_asked(&step) {
                continue;
            }
            let first = walker.found.changes.len();
            walker.at_key("panels", |walker| {
                walker.at(step, |walker| match (*one, *other) {
                    (Some(one), Some(other)) => self.both_sides(walker, one, other, &toggled),
                    (Some(one), None) => self.removed(walker, one),
                    (None, Some(other)) => self.added(walker, other),
                    (None, None) => {}
                });
            });
            if let (Some(one), Some(other)) = (*one, *other) {
                walked.push(Walked {
                    before: self.before.panels[one].value,
                    after: self.after.panels[other].value,
                    changes: first..walker.found.changes.len(),
                });
            }
        }
        fill_ins::mark(&mut walker.found.changes, walked);
    }

    fn removed(&self, walker: &mut Walker<'_>, one: usize) {
        let stays = |position: usize| self.partner_of(position).is_some();
        if let Some(value) = own_part(&self.before.panels, one, stays) {
            let panel = self.before.panels[one];
            // Step 27 took out every copy that a file holds (`DashboardMigrator.ts`, `v27.go`).
            let is_old_copy = || walker.here.facts.crosses(27) && present(panel.value.get("repeatPanelId")).is_some();
            match panel.is_copy || is_old_copy() {
                true => walker.noise(&rules::REPEATS, Some(&value), None),
                false => walker.change(ChangeKind::Removed, Some(&value), None),
            }
        }
    }

    fn added(&self, walker: &mut Walker<'_>, other: usize) {
        let was_there = |position: usize| self.partners[position].is_some();
        if let Some(value) = own_part(&self.after.panels, other, was_there) {
            match self.after.panels[other].is_copy {
                true => walker.noise(&rules::REPEATS, None, Some(&value)),
                false => {
                    walker.change(ChangeKind::Added, None, Some(&value));
                    if let Some(change) = walker.found.changes.last_mut() {
                        change.copy_of = self.original_of(other);
                    }
                }
            }
        }
    }

    /// The panel that was there before and that a new one repeats in all but its id and its place.
    fn original_of(&self, other: usize) -> Option<Place> {
        let copy = self.after.panels[other];
        let is_alike = |panel: &Panel<'v>| {
            let (Value::Object(one), Value::Object(other)) = (panel.value, copy.value) else {
                return false;
            };
            let own = |key: &&String| !matches!(key.as_str(), "id" | "gridPos");
            one.len() == other.len() && one.keys().filter(own).all(|key| one.get(key) == other.get(key))
        };
        let is_named_alike = |panel: &&Panel<'v>| panel.text("title") == copy.text("title") && !panel.is_container();
        let original = self
            .before
            .panels
            .iter()
            .filter(is_named_alike)
            .find(|panel| is_alike(panel));
        let step = step_of(original.filter(|_| !copy.is_container())?, &mut HashMap::new());
        Some(Place::new(vec![Step::Key("panels".to_owned()), step]))
    }

    fn both_sides(&self, walker: &mut Walker<'_>, one: usize, other: usize, toggled: &Toggled) {
        let moved = self.membership(walker, one, other, toggled);
        let (before, after) = (self.before.panels[one].value, self.after.panels[other].value);
        if before == after && self.moved_back != Some(one) {
            return;
        }
        let renumbered = self.is_renumbered(one, other);
        if self.moved_back == Some(one) {
            self.tell_moved_back(walker, one, after);
        }
        // Another row or tab is another place: that is told already.
        if moved && let Some(unmoved) = at_place_of(before, after) {
            return panel::compare(walker, before, &unmoved, renumbered);
        }
        match self.moved_by_itself(one, other, !toggled.is_empty()) {
            Some((rule, unmoved)) => {
                let places = [before.get("gridPos"), after.get("gridPos")];
                walker.at_key("gridPos", |walker| walker.noise(rule, places[0], places[1]));
                panel::compare(walker, before, &unmoved, renumbered);
            }
            None => panel::compare(walker, before, after, renumbered),
        }
    }

    /// The newer panel at the older one's place, where something else than a person put it elsewhere.
    fn moved_by_itself(&self, one: usize, other: usize, toggled: bool) -> Option<(&'static Rule, Value)> {
        let (old, new) = (self.before.panels[one].value, self.after.panels[other].value);
        if Cell::of(old) == Cell::of(new) {
            return None;
        }
        let [from, to] = [old, new].map(Cell::of);
        // A row is all over its line, whatever its file says (`DashboardGrid.tsx` and `SceneGridRow`, 7.5 to 13.1).
        let is_row = [&self.before.panels[one], &self.after.panels[other]]
            .iter()
            .all(|panel| panel.is_row());
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
                || self.v2[1] && self.is_below_alike(one, other)
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

    /// Whether a panel is as far below its row as before, or a row comes as many rows after the first: what is above it grew.
    fn is_below_alike(&self, one: usize, other: usize) -> bool {
        let (old, new) = (&self.before, &self.after);
        if old.panels[one].is_row() {
            return old.depth[one] == new.depth[other] && old.panels[one].nested_in.is_none();
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

    /// Whether an id differs because the browser gave a new one to a panel whose id was taken or missing, or because one side
    /// went through the v2 form, in which rows have none.
    fn is_renumbered(&self, one: usize, other: usize) -> bool {
        let (old, new) = (self.before.panels[one], self.after.panels[other]);
        let renumbered = |page: &Page<'_>, position: usize, given: Option<u64>| {
            page.lacks_id(position) && given > page.highest_panel && given <= page.highest_given()
        };
        old.is_container() && new.is_container()
            || renumbered(&self.before, one, new.number())
            || renumbered(&self.after, other, old.number())
    }

    /// Whether a panel that lies below a closed row became part of it: rows of v2 hold all that follows.
    fn is_inside_closed(&self, one: usize, other: usize) -> bool {
        match (self.before.section[one], self.after.panels[other].nested_in) {
            (Some(above), Some(row)) => {
                let was_below = self.before.panels[one].nested_in.is_none() && self.before.panels[above].is_collapsed();
                was_below && self.partner_of(above) == Some(row)
            }
            _ => false,
        }
    }

    /// How far the copies of repeating rows push what lies below them: the same for all panels between two rows, and a
    /// multiple of what one copy takes. How many copies there are depends on data.
    fn pushes(&self) -> Vec<i64> {
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

    /// Whether the panel hangs in another row.
    fn membership(&self, walker: &mut Walker<'_>, one: usize, other: usize, toggled: &Toggled) -> bool {
        let (old, new) = (self.before.panels[one], self.after.panels[other]);
        let (above, above_after) = (self.before.section[one], self.after.section[other]);
        let same_row = match (old.nested_in, new.nested_in) {
            (None, None) => true,
            (Some(row), Some(other)) => self.partner_of(row) == Some(other),
            // A row that was opened or closed takes its panels out or in; they still belong to it.
            (Some(row), None) => {
                let is_open = !self.before.panels[row].is_collapsed();
                toggled.get(&row).is_some_and(|after| above_after == Some(*after))
                    // What an open row holds, against the rules, follows it.
                    || walker.here.facts.v2[1] && is_open && above_after.is_some() && above_after == self.partner_of(row)
            }
            (None, Some(row)) => {
                above.is_some_and(|above| toggled.get(&above) == Some(&row))
                    || walker.here.facts.is_stored_as_v2() && self.is_inside_closed(one, other)
            }
        };
        let same_legacy = match (old.legacy_row, new.legacy_row) {
            (Some(row), Some(other)) => self.legacy_rows.contains(&(Some(row), Some(other))),
            _ => true,
        };
        if same_row && same_legacy {
            return false;
        }
        let name = |page: &Page<'_>, panel: Panel<'_>| match (panel.nested_in, panel.legacy_row) {
            (Some(row), _) => Value::from(page.panels[row].text("title")),
            (None, Some(row)) => Value::from(row),
            (None, None) => Value::Null,
        };
        let (from, to) = (name(&self.before, old), name(&self.after, new));
        walker.at_key("row", |walker| walker.change(ChangeKind::Moved, Some(&from), Some(&to)));
        true
    }

    /// The rows that were opened or closed.
    fn toggled(&self) -> Toggled {
        self.both()
            .filter(|(one, other)| {
                let (old, new) = (self.before.panels[*one], self.after.panels[*other]);
                old.is_row() && new.is_row() && old.is_collapsed() != new.is_collapsed()
            })
            .collect()
    }

    /// The order of panels in the file means nothing where their positions give one: the browser sorts by position.
    fn order(&self, walker: &mut Walker<'_>) {
        let pairs: Vec<(usize, usize)> = self.both().collect();
        if pairs.is_sorted_by_key(|(_, other)| *other) {
            return;
        }
        // Of panels that lie at one place on both sides, the order of the file decides.
        let tie = |page: &Page<'_>, position: usize| {
            let panel = page.panels[position];
            let cell = Cell::of(panel.value);
            let place = panel.legacy_row.is_none().then_some((cell.x, cell.y));
            (panel.legacy_row, panel.nested_in, place)
        };
        let mut last: HashMap<_, usize> = HashMap::new();
        let moved = pairs.iter().any(|(one, other)| {
            let key = (tie(&self.before, *one), tie(&self.after, *other));
            last.insert(key, *other).is_some_and(|last| last > *other)
        });
        let ids = |page: &Page<'_>, order: Vec<usize>| -> Value {
            order
                .into_iter()
                .map(|position| page.panels[position].value.get("id").cloned().unwrap_or(Value::Null))
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

/// Who laid out a dashboard: v2 and what 13 renders of it note the plugins' versions of 13.
fn layout_of(dashboard: &Value, v2: bool) -> Layout {
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
fn at_place_of(old: &Value, new: &Value) -> Option<Value> {
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

/// Rows that were opened or closed, by position: the older side's and the newer side's.
type Toggled = HashMap<usize, usize>;

/// A panel that only one side has, without the panels inside of it that the other side has elsewhere. `None`: it is part of a
/// row or tab that is gone, or came, as a whole.
fn own_part<'v>(panels: &[Panel<'v>], position: usize, is_elsewhere: impl Fn(usize) -> bool) -> Option<Cow<'v, Value>> {
    let panel = panels[position];
    if panel.nested_in.is_some_and(|container| !is_elsewhere(container)) {
        return None;
    }
    let inside: Vec<usize> = (position + 1..panels.len())
        .take_while(|at| panels[*at].nested_in.is_some_and(|container| container >= position))
        .filter(|at| panels[*at].nested_in == Some(position))
        .collect();
    if !inside.iter().any(|at| is_elsewhere(*at)) {
        return Some(Cow::Borrowed(panel.value));
    }
    let mut value = panel.value.clone();
    if let Some(list) = value.get_mut("panels") {
        *list = inside
            .into_iter()
            .filter(|at| !is_elsewhere(*at))
            .map(|at| panels[at].value.clone())
            .collect();
    }
    Some(Cow::Owned(value))
}

/// Pairs in the making.
pub(super) struct Pairing<'a, 'v> {
    before: &'a [Panel<'v>],
    after: &'a [Panel<'v>],
    partner: Vec<Option<usize>>,
    taken: Vec<Option<usize>>,
}

/// Positions on both sides, and the partner of each panel of the newer one.
pub(super) type Pairs = (Vec<(Option<usize>, Option<usize>)>, Vec<Option<usize>>);

impl<'a, 'v> Pairing<'a, 'v> {
    pub(super) fn new(before: &'a [Panel<'v>], after: &'a [Panel<'v>]) -> Self {
        Self {
            before,
            after,
            partner: vec![None; before.len()],
            taken: vec![None; after.len()],
        }
    }

    fn set(&mut self, one: usize, other: usize) {
        self.partner[one] = Some(other);
        self.taken[other] = Some(one);
    }

    /// Panels of one key belong together, in their order.
    pub(super) fn by(&mut self, key: impl Fn(&Panel<'v>) -> Option<String>) {
        let mut positions: HashMap<String, Vec<usize>> = HashMap::new();
        for position in (0..self.after.len())
            .rev()
            .filter(|position| self.taken[*position].is_none())
        {
            if let Some(key) = key(&self.after[position]) {
                positions.entry(key).or_default().push(position);
            }
        }
        if positions.is_empty() {
            return;
        }
        for one in 0..self.before.len() {
            if self.partner[one].is_none()
                && let Some(other) = key(&self.before[one]).and_then(|key| positions.get_mut(&key)?.pop())
            {
                self.set(one, other);
            }
        }
    }

    /// Rows and tabs of one key that begin with the same panel belong together.
    pub(super) fn by_first_inside(&mut self, pages: [&Page<'_>; 2], key: impl Fn(&Panel<'v>) -> String) {
        let firsts = pages.map(Page::first_inside);
        let name = |side: usize, position: usize, panel: &Panel<'v>| {
            let first = firsts[side].get(&position)?;
            Some(format!("{}\n{first}", key(panel)))
        };
        let open = |other: &usize| self.taken[*other].is_none() && self.after[*other].is_container();
        let mut positions: HashMap<String, usize> = HashMap::new();
        for other in (0..self.after.len()).rev().filter(open) {
            if let Some(name) = name(1, other, &self.after[other]) {
                positions.insert(name, other);
            }
        }
        for one in 0..self.before.len() {
            if self.partner[one].is_none()
                && let Some(other) = name(0, one, &self.before[one]).and_then(|name| positions.remove(&name))
            {
                self.set(one, other);
            }
        }
    }

    /// A panel without an id of its own is known by its title, or by its type and its place.
    pub(super) fn by_place(&mut self, page: &Page<'_>) {
        for one in 0..self.before.len() {
            let old = self.before[one];
            if self.partner[one].is_some() || !page.lacks_id(one) || old.value.get("gridPos").is_none() {
                continue;
            }
            let title = old.text("title");
            let alike = |new: &Panel<'_>| {
                let is_there = Cell::of(new.value) == Cell::of(old.value);
                is_there && new.text("type") == old.text("type") || !title.is_empty() && new.text("title") == title
            };
            let other = (0..self.after.len()).find(|other| self.taken[*other].is_none() && alike(&self.after[*other]));
            if let Some(other) = other {
                self.set(one, other);
            }
        }
    }

    /// What is left belongs together where it is alike.
    pub(super) fn by_position(&mut self) {
        let open: Vec<usize> = (0..self.before.len())
            .filter(|one| self.partner[*one].is_none())
            .collect();
        let free: Vec<usize> = (0..self.after.len())
            .filter(|other| self.taken[*other].is_none())
            .collect();
        for (one, other) in open.into_iter().zip(free) {
            if likeness(self.before[one].value, self.after[other].value) >= 0.5 {
                self.set(one, other);
            }
        }
    }

    pub(super) fn finish(self) -> Pairs {
        let mut pairs: Vec<_> = self
            .partner
            .iter()
            .enumerate()
            .map(|(one, other)| (Some(one), *other))
            .collect();
        let added = self.taken.iter().enumerate().filter(|(_, one)| one.is_none());
        pairs.extend(added.map(|(other, _)| (None, Some(other))));
        (pairs, self.taken)
    }
}

pub(super) fn step_of(panel: &Panel<'_>, seen: &mut HashMap<String, usize>) -> Step {
    let title = panel.text("title").to_owned();
    let (field, key, label) = match panel.id() {
        Some(id) => ("id", id, Some(title)),
        None => ("title", title, None),
    };
    let copies = seen.entry(key.clone()).or_insert(0);
    *copies += 1;
    let value = if *copies == 1 { key } else { format!("{key}#{copies}") };
    Step::Item {
        field,
        value,
        label,
        noun: match panel.text("type") {
            "row" => Some("row"),
            "tab" => Some("tab"),
            _ => None,
        },
    }
}
