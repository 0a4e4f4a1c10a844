//! How do three sequences become one?

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::ops::Range;

use super::super::kept;

/// What became of a stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Only our side changed it, or nobody.
    Ours,
    /// Only their side changed it.
    Theirs,
    /// Both changed it, each in its own way.
    Both,
}

/// A stretch of all three sequences.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    pub(super) fate: Fate,
    pub(super) base: Range<usize>,
    pub(super) ours: Range<usize>,
    pub(super) theirs: Range<usize>,
}

/// Three sequences in stretches. Between two stretches that different sides changed there is always one that nobody did.
pub(super) fn stretches<T: Hash + Eq + Ord>(base: &[T], ours: &[T], theirs: &[T]) -> Vec<Stretch> {
    let (to_ours, to_theirs) = (partners(base, ours), partners(base, theirs));
    let mut all = Vec::new();
    let (mut b, mut o, mut t) = (0, 0, 0);
    let mut push = |old: Range<usize>, one: Range<usize>, other: Range<usize>| {
        let (was, here, there) = (&base[old.clone()], &ours[one.clone()], &theirs[other.clone()]);
        if was.is_empty() && here.is_empty() && there.is_empty() {
            return;
        }
        let fate = match () {
            () if was == there || here == there => Fate::Ours,
            () if was == here => Fate::Theirs,
            () => Fate::Both,
        };
        all.push(Stretch {
            fate,
            base: old,
            ours: one,
            theirs: other,
        });
    };
    for at in 0..base.len() {
        let (Some(in_ours), Some(in_theirs)) = (to_ours[at], to_theirs[at]) else {
            continue;
        };
        push(b..at, o..in_ours, t..in_theirs);
        push(at..at + 1, in_ours..in_ours + 1, in_theirs..in_theirs + 1);
        (b, o, t) = (at + 1, in_ours + 1, in_theirs + 1);
    }
    push(b..base.len(), o..ours.len(), t..theirs.len());
    all
}

/// Where each element of one sequence is in the other.
fn partners<T: Hash + Eq + Ord>(from: &[T], to: &[T]) -> Vec<Option<usize>> {
    let mut partners = vec![None; from.len()];
    for (at, partner) in kept(from, to) {
        partners[at] = Some(partner);
    }
    partners
}

/// The order of elements that have names: what one side moved is moved, and what it added follows what it follows there.
/// What only one side has, or both, is in the result.
pub(super) fn order<K: Hash + Eq + Ord + Copy>(base: &[K], ours: &[K], theirs: &[K]) -> Vec<K> {
    let (moved_here, moved_there) = (moved(base, ours), moved(base, theirs));
    // Whoever moved nothing gives way: then the other's order is the result, to the letter.
    let (first, second, moved) = match moved_there.is_empty() {
        true => (ours, theirs, moved_there),
        false => (theirs, ours, moved_here),
    };
    let mut merged: Vec<K> = first.iter().copied().filter(|key| !moved.contains(key)).collect();
    let known: HashSet<K> = merged.iter().copied().collect();
    let mut last: Option<K> = None;
    for key in second {
        if !known.contains(key) {
            let after = last.and_then(|last| merged.iter().position(|other| *other == last));
            // What was added at one place by both sides stands in our order first.
            let at = after.map_or(0, |after| after + 1);
            let at = match std::ptr::eq(second, theirs) && !base.contains(key) {
                true => at + merged[at..].iter().take_while(|other| !base.contains(*other)).count(),
                false => at,
            };
            merged.insert(at, *key);
        }
        last = Some(*key);
    }
    merged
}

/// An order in which both sides' moves are, if there is one.
#[derive(Debug)]
pub(super) struct Ordered<K> {
    /// The order; ours, with what they added, where the two can't be had together.
    pub(super) order: Vec<K>,
    /// What they moved and doesn't stand so.
    pub(super) torn: Vec<K>,
}

/// The order of elements, and what can't stand in it as their side has it.
pub(super) fn ordered<K: Hash + Eq + Ord + Copy>(base: &[K], ours: &[K], theirs: &[K]) -> Ordered<K> {
    let stands = |order: &Vec<K>| [ours, theirs].iter().all(|side| lost(base, side, order).is_empty());
    let either = [order(base, ours, theirs), order(base, theirs, ours)];
    if let Some(order) = either.into_iter().find(stands) {
        return Ordered {
            order,
            torn: Vec::new(),
        };
    }
    let order = order(theirs, ours, theirs);
    let torn = lost(base, theirs, &order);
    Ordered { order, torn }
}

/// What a side moved past another one that isn't past it in the result.
fn lost<K: Hash + Eq + Ord + Copy>(base: &[K], side: &[K], result: &[K]) -> Vec<K> {
    let (old, now, then) = (places(base), places(side), places(result));
    let mut lost: Vec<K> = Vec::new();
    for key in moved(base, side) {
        let is_lost = base.iter().any(|other| {
            let before = |places: &HashMap<K, usize>| Some(places.get(&key)? < places.get(other)?);
            match (before(&old), before(&now), before(&then)) {
                (Some(was), Some(is), Some(stands)) => was != is && stands != is,
                _ => false,
            }
        });
        if is_lost {
            lost.push(key);
        }
    }
    lost.sort_unstable();
    lost
}

/// What stands elsewhere among what both have.
fn moved<K: Hash + Eq + Ord + Copy>(base: &[K], side: &[K]) -> HashSet<K> {
    let (in_base, in_side): (HashSet<K>, HashSet<K>) = (base.iter().copied().collect(), side.iter().copied().collect());
    let old: Vec<K> = base.iter().copied().filter(|key| in_side.contains(key)).collect();
    let new: Vec<K> = side.iter().copied().filter(|key| in_base.contains(key)).collect();
    if old == new {
        return HashSet::new();
    }
    let stays = partners(&old, &new);
    let all = old.into_iter().zip(stays);
    all.filter(|(_, stays)| stays.is_none()).map(|(key, _)| key).collect()
}

/// The place of each element.
pub(super) fn places<K: Hash + Eq + Copy>(order: &[K]) -> HashMap<K, usize> {
    order.iter().enumerate().map(|(at, key)| (*key, at)).collect()
}
