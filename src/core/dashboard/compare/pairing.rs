//! Which panel of one side is which of the other.

use std::collections::HashMap;

use super::grid::Cell;
use super::page::{Page, Panel};
use super::same::likeness;

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
