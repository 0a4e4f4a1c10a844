//! Which element of one list is which of another?

use std::collections::HashMap;

use super::same::{fingerprint, fingerprint_but_for, likeness, same};
use serde_json::Value;

/// How the elements of two lists belong together.
#[derive(Debug, Default)]
pub(super) struct Alignment {
    /// Pairs of positions; an element without a partner was added or removed. In the order of the older list, additions last.
    pub(super) pairs: Vec<(Option<usize>, Option<usize>)>,
    /// Whether the paired elements stand in another order.
    pub(super) reordered: bool,
}

/// Aligns lists whose elements have a key. Equal keys pair in order; what is left pairs if it is the same but for the key, or
/// if it is alike and in the same position among what is left: then the key itself was edited.
pub(super) fn by_key<K: std::hash::Hash + Eq>(
    before: &[&Value],
    after: &[&Value],
    key: impl Fn(&Value) -> Option<K>,
    field: &str,
) -> Alignment {
    let mut positions: HashMap<K, Vec<usize>> = HashMap::new();
    for (position, element) in after.iter().enumerate().rev() {
        if let Some(key) = key(element) {
            positions.entry(key).or_default().push(position);
        }
    }
    let mut partner = vec![None; before.len()];
    let mut left: HashMap<K, Vec<usize>> = HashMap::new();
    for (position, element) in before.iter().enumerate() {
        if let Some(key) = key(element) {
            left.entry(key).or_default().push(position);
        }
    }
    for (key, mut left) in left {
        let Some(right) = positions.get_mut(&key) else { continue };
        // Of several, those that are the same belong together.
        if left.len() != right.len() || left.len() > 1 {
            left.retain(|one| {
                let found = right.iter().rposition(|other| same(before[*one], after[*other]));
                partner[*one] = found.map(|at| right.remove(at));
                found.is_none()
            });
        }
        for one in left {
            partner[one] = right.pop();
        }
    }
    pair_leftovers(before, after, &mut partner, field);
    finish(&partner, after.len())
}

/// Aligns lists whose elements have no key, by what they hold.
pub(super) fn by_value(before: &[&Value], after: &[&Value]) -> Alignment {
    let prefix = before
        .iter()
        .zip(after)
        .take_while(|(left, right)| same(left, right))
        .count();
    let rest = before.len().min(after.len()) - prefix;
    let suffix = before
        .iter()
        .rev()
        .zip(after.iter().rev())
        .take(rest)
        .take_while(|(left, right)| same(left, right))
        .count();
    let mut partner: Vec<Option<usize>> = vec![None; before.len()];
    for (position, partner) in partner.iter_mut().take(prefix).enumerate() {
        *partner = Some(position);
    }
    for back in 1..=suffix {
        partner[before.len() - back] = Some(after.len() - back);
    }
    let (left, right) = (prefix..before.len() - suffix, prefix..after.len() - suffix);
    if left.len() == right.len() {
        let sides = (&before[left.clone()], &after[right.clone()]);
        if let Some(permutation) = permutation(sides.0, sides.1).or_else(|| filled_permutation(sides.0, sides.1)) {
            for (offset, target) in permutation.into_iter().enumerate() {
                partner[left.start + offset] = Some(right.start + target);
            }
        } else {
            for (one, other) in one_by_one_or_in_order(&before[left.clone()], &after[right.clone()]) {
                partner[left.start + one] = Some(right.start + other);
            }
        }
    } else {
        for (one, other) in best_in_order(&before[left.clone()], &after[right.clone()]) {
            partner[left.start + one] = Some(right.start + other);
        }
    }
    finish(&partner, after.len())
}

/// As many on both sides: each was edited where it stands, unless one came and one went and the rest is the same.
fn one_by_one_or_in_order(before: &[&Value], after: &[&Value]) -> Vec<(usize, usize)> {
    let alike = |pairs: &[(usize, usize)]| {
        let is_same = |(one, other): &&(usize, usize)| same(before[*one], after[*other]);
        pairs.iter().filter(is_same).count()
    };
    let one_by_one: Vec<(usize, usize)> = (0..before.len()).map(|position| (position, position)).collect();
    if before.len() < 3 {
        return one_by_one;
    }
    let in_order = best_in_order(before, after);
    match alike(&in_order) > alike(&one_by_one) + 1 {
        true => in_order,
        false => one_by_one,
    }
}

/// If the second list is the first in another order: where each element went.
fn permutation(before: &[&Value], after: &[&Value]) -> Option<Vec<usize>> {
    let mut positions: HashMap<u64, Vec<usize>> = HashMap::new();
    for (position, element) in after.iter().enumerate().rev() {
        positions.entry(fingerprint(element)).or_default().push(position);
    }
    before
        .iter()
        .map(|element| {
            let position = positions.get_mut(&fingerprint(element))?.pop()?;
            same(element, after[position]).then_some(position)
        })
        .collect()
}

/// As [`permutation`], where a save wrote defaults into the elements of one side: each says what its partner does, and more.
fn filled_permutation(before: &[&Value], after: &[&Value]) -> Option<Vec<usize>> {
    let fills = |by: fn(&Value, &Value) -> bool| {
        let mut partner: Vec<Option<usize>> = (0..before.len())
            .map(|at| by(before[at], after[at]).then_some(at))
            .collect();
        let mut free: Vec<usize> = (0..after.len()).filter(|at| partner[*at].is_none()).collect();
        for at in 0..before.len() {
            if partner[at].is_none() {
                let found = free.iter().position(|other| by(before[at], after[*other]))?;
                partner[at] = Some(free.remove(found));
            }
        }
        partner.into_iter().collect::<Option<Vec<usize>>>()
    };
    fills(is_part_of).or_else(|| fills(|before, after| is_part_of(after, before)))
}

/// Whether an object says something, and another one says all of it.
fn is_part_of(part: &Value, whole: &Value) -> bool {
    let (Value::Object(part), Value::Object(whole)) = (part, whole) else {
        return false;
    };
    let is_said =
        |(key, value): (&String, &Value)| value.is_null() || whole.get(key).is_some_and(|other| same(value, other));
    part.values().any(|value| !value.is_null()) && part.iter().all(is_said)
}

/// The pairing that keeps the order and makes the pairs as alike as possible (dynamic programming; the lists are short).
fn best_in_order(before: &[&Value], after: &[&Value]) -> Vec<(usize, usize)> {
    let (rows, columns) = (before.len(), after.len());
    // Beyond this the table would cost more than a worse pairing does.
    if rows * columns > 40_000 {
        return (0..rows.min(columns)).map(|position| (position, position)).collect();
    }
    let mut best = vec![vec![0.0_f64; columns + 1]; rows + 1];
    let mut alike = vec![vec![0.0_f64; columns]; rows];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            alike[row][column] = likeness(before[row], after[column]);
            let pair = alike[row][column] + best[row + 1][column + 1];
            best[row][column] = best[row + 1][column].max(best[row][column + 1]).max(pair);
        }
    }
    let (mut row, mut column, mut pairs) = (0, 0, Vec::new());
    while row < rows && column < columns {
        let pair = alike[row][column] + best[row + 1][column + 1];
        if alike[row][column] > 0.0 && pair >= best[row][column] {
            pairs.push((row, column));
            row += 1;
            column += 1;
        } else if best[row + 1][column] >= best[row][column + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

fn pair_leftovers(before: &[&Value], after: &[&Value], partner: &mut [Option<usize>], field: &str) {
    let mut taken = vec![false; after.len()];
    partner.iter().flatten().for_each(|position| taken[*position] = true);
    let mut alike: HashMap<u64, Vec<usize>> = HashMap::new();
    for position in (0..after.len()).rev().filter(|position| !taken[*position]) {
        alike
            .entry(fingerprint_but_for(after[position], Some(field)))
            .or_default()
            .push(position);
    }
    let open: Vec<usize> = (0..before.len())
        .filter(|position| partner[*position].is_none())
        .collect();
    for position in &open {
        let found = alike.get_mut(&fingerprint_but_for(before[*position], Some(field)));
        if let Some(free) = found
            && let Some(other) = free
                .last()
                .copied()
                .filter(|other| same_but_for(before[*position], after[*other], field))
        {
            free.pop();
            taken[other] = true;
            partner[*position] = Some(other);
        }
    }
    let free: Vec<usize> = (0..after.len()).filter(|position| !taken[*position]).collect();
    let open: Vec<usize> = open
        .into_iter()
        .filter(|position| partner[*position].is_none())
        .collect();
    let left: Vec<&Value> = open.iter().map(|position| before[*position]).collect();
    let right: Vec<&Value> = free.iter().map(|position| after[*position]).collect();
    for (one, other) in best_in_order(&left, &right) {
        if likeness(left[one], right[other]) >= 0.5 || is_filled_but_for(left[one], right[other], field) {
            partner[open[one]] = Some(free[other]);
        }
    }
}

/// Whether one says all that the other does but for its key, and some things more, as a save writes them: two at least.
fn is_filled_but_for(left: &Value, right: &Value, field: &str) -> bool {
    let (Value::Object(left), Value::Object(right)) = (left, right) else {
        return false;
    };
    let fills = |part: &serde_json::Map<String, Value>, whole: &serde_json::Map<String, Value>| {
        let mut said = part.iter().filter(|(key, value)| *key != field && !value.is_null());
        said.clone().count() >= 2 && said.all(|(key, value)| whole.get(key).is_some_and(|other| same(value, other)))
    };
    fills(left, right) || fills(right, left)
}

fn same_but_for(left: &Value, right: &Value, field: &str) -> bool {
    let (Value::Object(left), Value::Object(right)) = (left, right) else {
        return false;
    };
    let covered = |one: &serde_json::Map<String, Value>, other: &serde_json::Map<String, Value>| {
        one.iter()
            .all(|(key, value)| key == field || other.get(key).map_or(value.is_null(), |other| same(value, other)))
    };
    // Elements that hold nothing but their key have nothing in common.
    left.len() > 1 && covered(left, right) && covered(right, left)
}

fn finish(partner: &[Option<usize>], after: usize) -> Alignment {
    let mut pairs: Vec<_> = partner
        .iter()
        .enumerate()
        .map(|(position, other)| (Some(position), *other))
        .collect();
    let mut taken = vec![false; after];
    let mut reordered = false;
    let mut last = None;
    for other in partner.iter().flatten() {
        taken[*other] = true;
        reordered |= last.is_some_and(|last| last > *other);
        last = Some(*other);
    }
    pairs.extend(
        (0..after)
            .filter(|position| !taken[*position])
            .map(|position| (None, Some(position))),
    );
    Alignment { pairs, reordered }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refs(list: &[Value]) -> Vec<&Value> {
        list.iter().collect()
    }

    fn ref_id(value: &Value) -> Option<String> {
        value.get("refId").and_then(Value::as_str).map(str::to_owned)
    }

    #[test]
    fn a_duplicate_key_is_one_addition() {
        let (before, after) = ([json!({"refId": "A"})], [json!({"refId": "A"}), json!({"refId": "A"})]);
        let alignment = by_key(&refs(&before), &refs(&after), ref_id, "refId");
        assert_eq!(alignment.pairs, [(Some(0), Some(0)), (None, Some(1))]);
    }

    #[test]
    fn of_several_with_one_key_those_that_are_the_same_belong_together() {
        let of = |id: &str, options: u64| json!({"refId": id, "options": options});
        let (before, after) = ([of("A", 1), of("A", 2)], [of("B", 1), of("A", 2)]);
        let alignment = by_key(&refs(&before), &refs(&after), ref_id, "refId");
        assert_eq!(alignment.pairs, [(Some(0), Some(0)), (Some(1), Some(1))]);
    }

    #[test]
    fn an_edited_key_is_one_also_where_a_save_filled_in_the_rest() {
        let before = [json!({"refId": "A", "expr": "up", "type": "x"})];
        let filled = |expr: &str| {
            [json!({"refId": "B", "expr": expr, "type": "x", "a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6})]
        };
        let alignment = |after: &[Value]| by_key(&refs(&before), &refs(after), ref_id, "refId").pairs;
        assert_eq!(alignment(&filled("up")), [(Some(0), Some(0))]);
        assert_eq!(alignment(&filled("down")), [(Some(0), None), (None, Some(0))]);
    }

    #[test]
    fn an_edited_key_is_not_a_removal_and_an_addition() {
        let (before, after) = (
            [json!({"refId": "A", "expr": "up"})],
            [json!({"refId": "B", "expr": "up"})],
        );
        let alignment = by_key(&refs(&before), &refs(&after), ref_id, "refId");
        assert_eq!(alignment.pairs, [(Some(0), Some(0))]);
    }

    #[test]
    fn an_insertion_does_not_shift_the_rest() {
        let (before, after) = ([json!(1), json!(2), json!(3)], [json!(1), json!(9), json!(2), json!(3)]);
        let alignment = by_value(&refs(&before), &refs(&after));
        assert_eq!(
            alignment.pairs,
            [
                (Some(0), Some(0)),
                (Some(1), Some(2)),
                (Some(2), Some(3)),
                (None, Some(1))
            ]
        );
        assert!(!alignment.reordered);
    }

    #[test]
    fn one_that_goes_and_one_that_comes_leave_the_rest_where_it_is() {
        let (before, after) = (
            [json!("a"), json!("b"), json!("c"), json!("d")],
            [json!("b"), json!("c"), json!("d"), json!("e")],
        );
        let alignment = by_value(&refs(&before), &refs(&after));
        let alone = alignment
            .pairs
            .iter()
            .filter(|(one, other)| one.is_none() || other.is_none());
        assert_eq!(alone.count(), 2, "{:?}", alignment.pairs);
        let edited = [json!("a"), json!("x"), json!("c"), json!("d")];
        assert!(
            by_value(&refs(&before), &refs(&edited))
                .pairs
                .contains(&(Some(1), Some(1)))
        );
    }

    #[test]
    fn a_swap_is_one_also_where_defaults_were_filled_in() {
        let link = |title: &str| json!({"title": title, "type": "link"});
        let filled = |title: &str| json!({"title": title, "type": "link", "icon": "", "tags": []});
        let (before, after) = ([link("a"), link("b")], [filled("b"), filled("a")]);
        assert_eq!(
            by_value(&refs(&before), &refs(&after)).pairs,
            [(Some(0), Some(1)), (Some(1), Some(0))]
        );
        assert!(by_value(&refs(&after), &refs(&before)).reordered);
        // One that was edited, too, is no part of any.
        let after = [filled("b"), filled("c")];
        assert!(!by_value(&refs(&before), &refs(&after)).reordered);
        // What could be its own partner is.
        let after = [filled("a"), filled("a")];
        assert!(!by_value(&refs(&[link("a"), link("a")]), &refs(&after)).reordered);
    }

    #[test]
    fn a_swap_is_a_new_order_not_two_edits() {
        let (before, after) = (
            [json!("a"), json!("b"), json!("c")],
            [json!("b"), json!("a"), json!("c")],
        );
        assert!(by_value(&refs(&before), &refs(&after)).reordered);
    }
}
