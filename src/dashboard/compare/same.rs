//! Do two values mean the same, before any rule about dashboards?

use serde_json::{Map, Value};

use super::number::same_number;

/// Whether two values are the same: key order and number form don't matter, and in an object a null is an absent key.
/// In an array a null is an element like any other.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => same_objects(left, right),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Number(left), Value::Number(right)) => same_number(left, right),
        _ => left == right,
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

/// As [`same`], where nothing and null are one.
pub(super) fn same_or_absent(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (present(left), present(right)) {
        (Some(left), Some(right)) => same(left, right),
        (None, None) => true,
        _ => false,
    }
}

/// The value, unless it is null.
pub(super) fn present(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}

/// How alike two values are, from 0 (nothing in common) to 1 (the same): used to pair the elements of lists.
pub(super) fn likeness(left: &Value, right: &Value) -> f64 {
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
}
