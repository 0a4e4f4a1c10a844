//! YAML of JSON values, as people read it: text of several lines stays text of several lines.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// A value on its way to YAML. `serde_json` would hand over numbers as maps, because it keeps their text.
struct Node<'a>(&'a Value);

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(truth) => serializer.serialize_bool(*truth),
            Value::String(text) => serializer.serialize_str(text),
            Value::Array(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| seq.serialize_element(&Node(item)))?;
                seq.end()
            }
            Value::Object(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                fields
                    .iter()
                    .try_for_each(|(key, value)| map.serialize_entry(key, &Node(value)))?;
                map.end()
            }
            Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
                (Some(whole), ..) => serializer.serialize_i64(whole),
                (None, Some(whole), _) => serializer.serialize_u64(whole),
                (None, None, Some(float)) => serializer.serialize_f64(float),
                (None, None, None) => Err(serde::ser::Error::custom(format!("{number} is out of range"))),
            },
        }
    }
}

/// A YAML document of a value.
///
/// # Errors
///
/// A number that no program could read.
pub fn to_yaml(value: &Value) -> Result<String, String> {
    let options = serde_saphyr::ser_options! {
        // A folded line is harder to compare than a long one.
        folded_wrap_chars: usize::MAX,
        compact_list_indent: true,
    };
    serde_saphyr::to_string_with_options(&Node(value), options).map_err(|error| error.to_string())
}

/// The documents of a YAML text.
///
/// # Errors
///
/// It isn't YAML; the message has the line.
pub(super) fn from_yaml(text: &str) -> Result<Vec<Value>, String> {
    serde_saphyr::from_multiple(text).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_looks_like_something_else_stays_text() {
        let value = json!({
            "text": ["yes", "on", "y", "null", "~", "1e3", "0x1F", "0600", "1_000", "12:30", "2026-01-01", "", " a ", "- b", "a: b",
                "# c", "{{x}}", "%d", "@e", "`f`", "*g", "&h", "!i", "|", ">", "'j'", "\"k\"", "true", "1.0", "a #b", "=", "<<"],
            "number": [1, -5, 0.25, 18446744073709551615_u64], "truth": true, "nothing": null, "empty": {}, "none": [],
            "lines": "a: 1\n  b: 2\n\n# c\n", "no_end": "a\nb", "two_ends": "a\n\n", "tab": "a\tb\n\tc\n", "space": " a\nb\n",
        });
        let text = to_yaml(&value).unwrap();
        assert_eq!(from_yaml(&text).unwrap(), [value], "{text}");
        assert!(text.contains("lines: |\n"), "{text}");
    }

    proptest! {
        #[test]
        fn any_text_survives(texts in proptest::collection::vec(any::<String>(), 1..6), lines in "[ -~\n\t]{0,200}") {
            let value = json!({"a": texts, "b": {"c": lines}});
            let yaml = to_yaml(&value).unwrap();
            prop_assert_eq!(from_yaml(&yaml).unwrap(), vec![value], "{}", yaml);
        }
    }
}
