//! Do two values mean the same, before any rule about dashboards?

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value};

use super::number::{hash_number, same_number};

/// Whether two values are the same: key order and number form don't matter, and in an object a null is an absent key.
/// In an array a null is an element like any other.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    work::step();
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => same_objects(left, right),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Number(left), Value::Number(right)) => same_number(left, right),
        _ => left == right,
    }
}

/// As `==`. Objects that are equal mostly have their keys in the same order, too: so none is looked up that needn't be.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let is_equal = |((key, value), (beside, other)): ((&String, &Value), (&String, &Value))| match key == beside
            {
                true => equal(value, other),
                false => right.get(key).is_some_and(|other| equal(value, other)),
            };
            left.len() == right.len() && left.iter().zip(right).all(is_equal)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        _ => left == right,
    }
}

/// As [`equal`], of what may not be there.
pub(super) fn both_equal(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => equal(left, right),
        (None, None) => true,
        _ => false,
    }
}

/// How far ahead of where the last one stood a key is looked for before it is looked up.
const AHEAD: usize = 4;

/// Tells of each key of either object what both have at it: those of the first in their order, then what only the second has.
pub(super) fn each_key<'v>(
    before: &'v Map<String, Value>,
    after: &'v Map<String, Value>,
    mut tell: impl FnMut(&'v str, Option<&'v Value>, Option<&'v Value>),
) {
    let mut beside = after.iter();
    let mut shared = 0;
    for (key, value) in before {
        let mut ahead = beside.clone();
        let other = match ahead.by_ref().take(AHEAD).find(|(other, _)| *other == key) {
            Some((_, other)) => {
                beside = ahead;
                Some(other)
            }
            None => after.get(key),
        };
        shared += usize::from(other.is_some());
        tell(key, Some(value), other);
    }
    if shared < after.len() {
        for (key, value) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
            tell(key, None, Some(value));
        }
    }
}

fn same_objects(left: &Map<String, Value>, right: &Map<String, Value>) -> bool {
    let covered = |one: &Map<String, Value>, other: &Map<String, Value>| {
        one.iter().all(|(key, value)| match other.get(key) {
            Some(other) => same(value, other),
            None => value.is_null(),
        })
    };
    covered(left, right)
        && right
            .iter()
            .all(|(key, value)| value.is_null() || left.contains_key(key))
}

/// A hash that values which are [`same`] have in common.
pub(super) fn fingerprint(value: &Value) -> u64 {
    fingerprint_but_for(value, None)
}

/// As [`fingerprint`], without one key of an object.
pub(super) fn fingerprint_but_for(value: &Value, left_out: Option<&str>) -> u64 {
    work::step();
    let mut state = DefaultHasher::new();
    std::mem::discriminant(value).hash(&mut state);
    match value {
        Value::Null => {}
        Value::Bool(value) => value.hash(&mut state),
        Value::Number(number) => hash_number(number, &mut state),
        Value::String(text) => text.hash(&mut state),
        Value::Array(list) => list.iter().for_each(|element| fingerprint(element).hash(&mut state)),
        // The order of keys doesn't matter, and a null is an absent key.
        Value::Object(map) => map
            .iter()
            .filter(|(key, value)| !value.is_null() && Some(key.as_str()) != left_out)
            .map(|(key, value)| {
                let mut entry = DefaultHasher::new();
                (key, fingerprint(value)).hash(&mut entry);
                entry.finish()
            })
            .fold(0_u64, u64::wrapping_add)
            .hash(&mut state),
    }
    state.finish()
}

/// As [`same`], where nothing and null are one.
pub(super) fn same_or_absent(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (present(left), present(right)) {
        (Some(left), Some(right)) => same(left, right),
        (None, None) => true,
        _ => false,
    }
}

pub(super) fn one_sided(before: Option<&Value>, after: Option<&Value>) -> bool {
    present(before).is_some() != present(after).is_some()
}

/// The value, unless it is null.
pub(super) fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}

/// How alike two values are, from 0 (nothing in common) to 1 (the same): used to pair the elements of lists.
pub(super) fn likeness(left: &Value, right: &Value) -> f64 {
    work::step();
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let all = left.len().max(right.len());
            if all == 0 {
                return 1.0;
            }
            let alike: f64 = left
                .iter()
                .filter_map(|(key, value)| right.get(key).map(|other| likeness(value, other)))
                .sum();
            // Small lengths: nothing is lost in the conversion.
            #[allow(clippy::cast_precision_loss)]
            let all = all as f64;
            alike / all
        }
        _ => f64::from(u8::from(same(left, right))),
    }
}

/// How much a comparison does, counted while tests run: how that grows is a promise, and no clock tells it reliably.
pub(super) mod work {
    #[cfg(test)]
    thread_local! {
        static STEPS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
    }

    /// A value was looked at.
    #[inline]
    pub fn step() {
        #[cfg(test)]
        STEPS.set(STEPS.get() + 1);
    }

    /// How many values `work` looks at.
    #[cfg(test)]
    pub fn of<T>(work: impl FnOnce() -> T) -> u64 {
        let before = STEPS.get();
        drop(work());
        STEPS.get() - before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn null_is_absent_in_objects_only() {
        assert!(same(&json!({"a": null, "b": [1.0]}), &json!({"b": [1]})));
        assert!(same(&json!({"b": 1}), &json!({"a": null, "b": 1})));
        assert!(!same(&json!([null]), &json!([])));
        assert!(!same(&json!({"a": 0}), &json!({})));
    }

    #[test]
    fn what_is_the_same_has_one_fingerprint() {
        let pair = (
            json!({"b": [1.0, {"c": "x"}], "a": null}),
            json!({"b": [1, {"c": "x", "d": null}]}),
        );
        assert!(same(&pair.0, &pair.1));
        assert_eq!(fingerprint(&pair.0), fingerprint(&pair.1));
        assert_ne!(fingerprint(&json!([1, 2])), fingerprint(&json!([2, 1])));
    }
}
