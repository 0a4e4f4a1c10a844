//! Panels: which is which on both sides, where they hang, and what differs between them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::change::ChangeKind;
use super::datasource::{At, Sources};
use super::fill_ins::Walked;
use super::grid::Cell;
use super::page::{Layout, Page, Panel};
use super::pairing::Pairing;
use super::place::{Place, Step};
use super::placing::{at_place_of, layout_of, left_unplaced};
use super::plugins::Version;
use super::same::present;
use super::scope::noted_version;
use super::walk::Walker;
use super::whole_rows::WholeRows;
use super::{fill_ins, legacy, moves, panel, rows, rules, scenes, whole_rows};

/// The panels of both sides and which belong together.
#[derive(Debug)]
pub(super) struct Panels<'v> {
    pub(super) before: Page<'v>,
    pub(super) after: Page<'v>,
    /// Positions in both lists, in the order of the older side, additions last.
    pub(super) pairs: Vec<(Option<usize>, Option<usize>)>,
    /// The partner of each panel of the newer side.
    partners: Vec<Option<usize>>,
    /// Old-style rows that belong together, where both sides have them.
    legacy_rows: Vec<(Option<usize>, Option<usize>)>,
    /// Where the browser puts the older side's panels when it opens the page.
    pub(super) settled: Vec<Option<Cell>>,
    /// The same with copies beside what repeats to the right, where these are no part of the layout.
    pub(super) among_copies: Option<Vec<Option<Cell>>>,
    /// Where each panel of a closed row is below the top of it, on both sides.
    pub(super) undrawn: [Vec<Option<Cell>>; 2],
    /// How far the copies of repeating rows push each of them down.
    pub(super) pushes: Vec<i64>,
    /// Which of them moved only because another one did.
    pub(super) carried: Vec<bool>,
    /// The one panel that is back where the older file had it, though the page that saved the newer one had put everything
    /// elsewhere.
    moved_back: Option<usize>,
    /// The rows that came or went with all that lay in them, on both sides.
    whole_rows: [WholeRows; 2],
    /// The older side's rows that stand in the order they stood in.
    pub(super) rows_in_order: HashSet<usize>,
    /// Which side is v2. It says places within rows: where the newer one does, only these can be compared.
    pub(super) v2: [bool; 2],
    /// Whether the newer side's rows have the ids that a classic rendering of v2 gives them.
    renumbers_rows: bool,
    /// Who laid out the newer side.
    pub(super) layout: Layout,
    /// The newer side's rows that were left without a place by who laid it out.
    pub(super) left_unplaced: Vec<usize>,
}

impl<'v> Panels<'v> {
    /// Pairs panels by id, then by type and title, then, if they are alike, by position.
    pub(super) fn pair(before: &'v Value, after: &'v Value, v2: [bool; 2]) -> Self {
        let layout = layout_of(after, v2[1]);
        let is_new = scenes::may_have_written(after);
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
        // Rows that were made tabs, and tabs that were made rows, keep what is in them.
        if v2 == [true, true] {
            pairing.by_first_inside([&before, &after], |panel| panel.text("title").to_owned());
        }
        pairing.by(|panel| panel.key());
        pairing.by_first_inside([&before, &after], |panel| panel.text("type").to_owned());
        pairing.by(|panel| {
            let title = panel.text("title");
            (!title.is_empty()).then(|| format!("{}\n{title}", panel.text("type")))
        });
        pairing.by_place(&before);
        pairing.by_position();
        let (pairs, partners) = pairing.finish();
        let renumbers_rows = is_new && !v2[1] && renumbers_rows([&before, &after], &pairs);
        let layout = if renumbers_rows { Layout::StoredAsV2 } else { layout };
        let mut panels = Self {
            settled: before.settled(layout),
            among_copies: (layout == Layout::Earlier).then(|| before.settled(Layout::EarlierWithCopies)),
            undrawn: [before.undrawn(layout), after.undrawn(Layout::Earlier)],
            pushes: Vec::new(),
            moved_back: None,
            carried: moves::carried(&before, &after, &pairs),
            whole_rows: [
                WholeRows::of(&before, |one| pairs.get(one).is_some_and(|(_, other)| other.is_some())),
                WholeRows::of(&after, |other| partners[other].is_some()),
            ],
            rows_in_order: whole_rows::in_order(
                &before,
                &after,
                pairs.iter().filter_map(|(one, other)| (*one).zip(*other)),
            ),
            before,
            after,
            pairs,
            partners,
            legacy_rows,
            v2,
            renumbers_rows,
            layout,
            left_unplaced: Vec::new(),
        };
        if layout == Layout::StoredAsV2 && !v2[1] {
            panels.left_unplaced = left_unplaced(&panels.after);
        }
        panels.pushes = panels.pushes();
        panels.moved_back = panels.moved_back();
        panels
    }

    /// Shows the data sources of paired panels and queries to whoever works out an assignment of names.
    pub(super) fn witness(&self, sources: &mut Sources<'_>) {
        for (one, other) in self.both() {
            let (before, after) = (self.before.panels[one].value, self.after.panels[other].value);
            let own = [before.get("datasource"), after.get("datasource")];
            // What a query names instead (`v36.go`) says nothing of the default one.
            let is_asked = |panel: &Value| {
                let named = |target: &Value| present(target.get("datasource")).is_some();
                panel
                    .get("targets")
                    .and_then(Value::as_array)
                    .is_some_and(|targets| targets.iter().any(named))
            };
            if own[0] != own[1] && (present(own[0]).is_some() || !is_asked(before)) {
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

    /// Whether the newer side's rows have the ids that a classic rendering of v2 gives them.
    pub(super) fn renumbers_rows(&self) -> bool {
        self.renumbers_rows
    }

    /// The positions of panels that belong together.
    pub(super) fn both(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.pairs.iter().filter_map(|(one, other)| Some(((*one)?, (*other)?)))
    }

    pub(super) fn partner_of(&self, one: usize) -> Option<usize> {
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
            if panel.is_copy || is_old_copy() {
                walker.noise(&rules::REPEATS, Some(&value), None);
            } else if self.is_overlooked(walker, one) {
                walker.noise(&rules::NOT_IN_SCENE, Some(&value), None);
            } else {
                walker.change(ChangeKind::Removed, Some(&value), None);
                if let Some(change) = walker.found.changes.last_mut() {
                    change.together = self.whole_rows[0].row_of(one);
                }
            }
        }
    }

    /// Whether a panel is inside of an open row, where the page of 12 looks for none (`createRowFromPanelModel` in grafana/grafana
    /// `transformSaveModelToScene.ts`, 12.4); the conversion to v2 finds it.
    fn is_overlooked(&self, walker: &Walker<'_>, one: usize) -> bool {
        let Some(row) = self.before.panels[one].nested_in else {
            return false;
        };
        let facts = walker.here.facts;
        let is_open = self.before.panels[row].is_row() && !self.before.panels[row].is_collapsed();
        let is_by_scenes = scenes::is_scene(facts, 1) && !facts.is_stored_as_v2();
        let stays_open = |other: usize| !self.after.panels[other].is_collapsed();
        is_open && is_by_scenes && !self.v2[0] && self.partner_of(row).is_some_and(stays_open)
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
                        change.together = self.whole_rows[1].row_of(other);
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
            .find(|panel| is_alike(panel))
            // The save that a copy came with may have written both anew.
            .or_else(|| {
                let stayed = (0..self.after.panels.len()).filter(|at| self.partners[*at].is_some());
                let mut stayed = stayed.map(|at| &self.after.panels[at]);
                stayed.find(|panel| is_named_alike(panel) && is_alike(panel))
            });
        let step = step_of(original.filter(|_| !copy.is_container())?, &mut HashMap::new());
        Some(Place::new(vec![Step::Key("panels".to_owned()), step]))
    }

    fn both_sides(&self, walker: &mut Walker<'_>, one: usize, other: usize, toggled: &Toggled) {
        let moved = self.membership(walker, one, other, toggled);
        let (before, after) = (self.before.panels[one].value, self.after.panels[other].value);
        if before == after && self.moved_back != Some(one) {
            return;
        }
        // What is in tabs is a tab, and what is in rows a row: the layout around them tells that.
        if let Some(alike) = of_one_kind(before, after) {
            return self.both_values(walker, one, other, [before, &alike], moved, toggled);
        }
        self.both_values(walker, one, other, [before, after], moved, toggled);
    }

    fn both_values(
        &self,
        walker: &mut Walker<'_>,
        one: usize,
        other: usize,
        [before, after]: [&Value; 2],
        moved: bool,
        toggled: &Toggled,
    ) {
        let renumbered = self.is_renumbered(one, other);
        if self.moved_back == Some(one) {
            self.tell_moved_back(walker, one, after);
        }
        // Another row or tab is another place, and another kind of layout places all in it anew: that is told already.
        let is_placed_anew = || self.is_placed_by_layout(one, other);
        if (moved || is_placed_anew())
            && let Some(unmoved) = at_place_of(before, after)
        {
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

    /// Whether an id differs because the browser gave a new one to a panel whose id was taken or missing, or because one side
    /// went through the v2 form, in which rows have none, or because a copy was made anew.
    fn is_renumbered(&self, one: usize, other: usize) -> bool {
        let (old, new) = (self.before.panels[one], self.after.panels[other]);
        let renumbered = |page: &Page<'_>, position: usize, given: Option<u64>| {
            page.lacks_id(position) && given > page.highest_panel && given <= page.highest_given
        };
        let remade = || {
            let source = present(new.value.get("repeatPanelId"));
            old.is_copy
                && new.is_copy
                && source == present(old.value.get("repeatPanelId"))
                && self.after.numbers_copies(other)
        };
        old.is_container() && new.is_container()
            || remade()
            || renumbered(&self.before, one, new.number())
            || renumbered(&self.after, other, old.number())
    }

    /// Whether a panel that lies below a closed row became part of it: rows of v2 hold all that follows.
    pub(super) fn is_inside_closed(&self, one: usize, other: usize) -> bool {
        match (self.before.section[one], self.after.panels[other].nested_in) {
            (Some(above), Some(row)) => {
                let was_below = self.before.panels[one].nested_in.is_none() && self.before.panels[above].is_collapsed();
                was_below && self.partner_of(above) == Some(row)
            }
            _ => false,
        }
    }

    /// Whether the panel hangs in another row.
    fn membership(&self, walker: &mut Walker<'_>, one: usize, other: usize, toggled: &Toggled) -> bool {
        let (old, new) = (self.before.panels[one], self.after.panels[other]);
        let (above, above_after) = (self.before.section[one], self.after.section[other]);
        let same_row = match (old.nested_in, new.nested_in) {
            // In v2 a panel is part of a row or of none, open or closed.
            _ if self.v2 == [true, true] => match (above, above_after) {
                (Some(row), Some(other)) => self.partner_of(row) == Some(other),
                (above, above_after) => above == above_after || old.is_container() && new.nested_in.is_none(),
            },
            (None, None) => true,
            (Some(row), Some(other)) => self.partner_of(row) == Some(other),
            // A row that was opened or closed takes its panels out or in; they still belong to it.
            (Some(row), None) => {
                let is_open = !self.before.panels[row].is_collapsed();
                toggled.get(&row).is_some_and(|after| above_after == Some(*after))
                    // What an open row holds, against the rules, follows it.
                    || walker.here.facts.is_stored_as_v2() && is_open && above_after.is_some() && above_after == self.partner_of(row)
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
        let in_v2 = self.v2 == [true, true];
        let name = |page: &Page<'_>, at: usize| {
            let panel = page.panels[at];
            let container = panel.nested_in.or(page.section[at].filter(|_| in_v2));
            match (container, panel.legacy_row) {
                (Some(tab), _) if page.panels[tab].text("type") == "tab" => {
                    json!({"tab": page.panels[tab].text("title")})
                }
                (Some(row), _) => Value::from(page.panels[row].text("title")),
                (None, Some(row)) => Value::from(row),
                (None, None) => Value::Null,
            }
        };
        let (from, to) = (name(&self.before, one), name(&self.after, other));
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
        if self.v2 == [true, true] {
            return self.orders(walker, &pairs, tie);
        }
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

/// A row or tab as the other of both, where the older side has that; a tab is never closed.
fn of_one_kind(before: &Value, after: &Value) -> Option<Value> {
    let is_either = |value: &Value| matches!(value.get("type").and_then(Value::as_str), Some("row" | "tab"));
    if !is_either(before) || !is_either(after) || before.get("type") == after.get("type") {
        return None;
    }
    let mut alike = after.as_object()?.clone();
    for key in ["type", "collapsed"] {
        match before.get(key) {
            Some(value) => drop(alike.insert(key.to_owned(), value.clone())),
            None => drop(alike.remove(key)),
        }
    }
    Some(Value::Object(alike))
}

/// Where a panel of v2 is that no place on a grid tells from its neighbours.
pub(super) type Tie = (Option<usize>, Option<usize>, Option<(i64, i64)>);

/// Whether rows have new ids, counted on from the highest one of a panel: v2 has none, so who says it in the classic form counts
/// them (`v2alpha1_to_v1.go` of 13.1, getMaxPanelIDFromElements and processRowItem).
fn renumbers_rows([before, after]: [&Page<'_>; 2], pairs: &[(Option<usize>, Option<usize>)]) -> bool {
    let ids = after.panels.iter().filter(|panel| panel.is_row()).map(Panel::number);
    let counted = (after.highest_panel.unwrap_or(0) + 1..).map(Some);
    let is_renumbered = |(one, other): &(Option<usize>, Option<usize>)| {
        let (Some(one), Some(other)) = (*one, *other) else {
            return false;
        };
        let (old, new) = (before.panels[one], after.panels[other]);
        old.is_row() && old.number().is_some() && old.number() != new.number()
    };
    ids.zip(counted).all(|(id, counted)| id == counted) && pairs.iter().any(is_renumbered)
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
    let mut inside = (position + 1..panels.len())
        .take_while(|at| panels[*at].nested_in.is_some_and(|container| container >= position));
    if !inside.any(&is_elsewhere) {
        return Some(Cow::Borrowed(panel.value));
    }
    Some(Cow::Owned(without(panels, position, &is_elsewhere)))
}

/// A panel without the panels inside of it, at any depth, that the other side has elsewhere.
fn without(panels: &[Panel<'_>], position: usize, is_elsewhere: &dyn Fn(usize) -> bool) -> Value {
    let mut value = panels[position].value.clone();
    if let Some(list) = value.get_mut("panels") {
        let inside = (position + 1..panels.len()).filter(|at| panels[*at].nested_in == Some(position));
        *list = inside
            .filter(|at| !is_elsewhere(*at))
            .map(|at| without(panels, at, is_elsewhere))
            .collect();
    }
    value
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
