//! Reading JSON as leniently as a server does: what has another type than expected is as if it weren't there.

use serde_json::{Map, Value};

pub(in crate::dashboard) type Fields = Map<String, Value>;

/// Whether there is nothing, or null.
pub(in crate::dashboard) fn absent(fields: &Fields, key: &str) -> bool {
    fields.get(key).is_none_or(Value::is_null)
}

pub(in crate::dashboard) fn text<'f>(fields: &'f Fields, key: &str) -> &'f str {
    fields.get(key).and_then(Value::as_str).unwrap_or_default()
}

pub(in crate::dashboard) fn flag(fields: &Fields, key: &str) -> bool {
    fields.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// A number without its fraction.
#[expect(
    clippy::cast_possible_truncation,
    reason = "out of range it is the nearest number, which no grid holds anyway"
)]
pub(in crate::dashboard) fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().map(|number| number as i64))
}

pub(in crate::dashboard) fn whole_at(fields: &Fields, key: &str) -> Option<i64> {
    fields.get(key).and_then(whole)
}

/// A number, or a text that holds one, with or without `px`.
pub(in crate::dashboard) fn measure(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.strip_suffix("px").unwrap_or(text).parse().ok(),
        other => other.as_f64(),
    }
}

/// Equal as JSON, where 1 and 1.0 are one number.
pub(in crate::dashboard) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(_), Value::Number(_)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        _ => a == b,
    }
}

pub(in crate::dashboard) fn object<'f>(fields: &'f mut Fields, key: &str) -> Option<&'f mut Fields> {
    fields.get_mut(key).and_then(Value::as_object_mut)
}

pub(in crate::dashboard) fn array<'f>(fields: &'f mut Fields, key: &str) -> Option<&'f mut Vec<Value>> {
    fields.get_mut(key).and_then(Value::as_array_mut)
}

/// The value under two keys.
pub(in crate::dashboard) fn list<'f>(fields: &'f mut Fields, outer: &str, inner: &str) -> Option<&'f mut Value> {
    object(fields, outer).and_then(|outer| outer.get_mut(inner))
}

/// The objects of a list.
pub(in crate::dashboard) fn objects(list: Option<&mut Value>) -> impl Iterator<Item = &mut Fields> {
    list.and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
}

/// Takes a field out, and leaves the others in their order.
pub(in crate::dashboard) fn shift(fields: &mut Fields, key: &str) -> Option<Value> {
    fields.shift_remove(key)
}

/// Puts a value where there is nothing, or null.
pub(in crate::dashboard) fn put_default(fields: &mut Fields, key: &str, value: impl Into<Value>) {
    if absent(fields, key) {
        fields.insert(key.to_owned(), value.into());
    }
}
