//! Which elements of one list are still in the other, in their order?

use std::collections::HashMap;
use std::hash::Hash;

use similar::DiffOp;
use similar::algorithms::{Capture, Compact, Replace, myers};

/// Where the elements that both lists have are in the first, and where in the second, by Myers' algorithm.
pub fn kept<T: Hash + Eq>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let mut known = HashMap::new();
    let mut numbers = old.iter().chain(new).map(|element| {
        let next = known.len();
        *known.entry(element).or_insert(next)
    });
    let old: Vec<usize> = numbers.by_ref().take(old.len()).collect();
    kept_numbers(&old, &numbers.collect::<Vec<_>>())
}

/// Of numbers alone: the algorithm is built for each type that it is asked about.
fn kept_numbers(old: &[usize], new: &[usize]) -> Vec<(usize, usize)> {
    // The crate's own choice by a name would build each of its algorithms.
    let mut hook = Compact::new(Replace::new(Capture::new()), old, new);
    let Ok(()) = myers::diff(&mut hook, old, 0..old.len(), new, 0..new.len());
    let ops = hook.into_inner().into_inner().into_ops();
    let pairs = ops.into_iter().filter_map(|op| match op {
        DiffOp::Equal {
            old_index,
            new_index,
            len,
        } => Some((old_index..old_index + len).zip(new_index..)),
        _ => None,
    });
    pairs.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn what_stays_is_told_with_both_of_its_places() {
        assert_eq!(kept(b"abcd", b"xbyd"), [(1, 1), (3, 3)]);
        assert_eq!(kept(b"ab", b"ab"), [(0, 0), (1, 1)]);
        assert_eq!(kept::<u8>(b"", b"ab"), []);
    }
}
