use std::fmt;

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Map, Value};

/// A value as it is written, without a copy of it: some of its outermost keys left out, the keys of every object sorted if so
/// wanted.
#[derive(Debug, Clone, Copy)]
pub struct Text<'v> {
    value: &'v Value,
    without: &'v [&'v str],
    sorted: bool,
}

impl<'v> Text<'v> {
    /// All of it, as it is.
    pub fn of(value: &'v Value) -> Self {
        Self {
            value,
            without: &[],
            sorted: false,
        }
    }

    /// Without these keys of the outermost object.
    #[must_use]
    pub fn without(self, keys: &'v [&'v str]) -> Self {
        Self { without: keys, ..self }
    }

    /// With the keys of every object sorted.
    #[must_use]
    pub fn sorted(self) -> Self {
        Self { sorted: true, ..self }
    }

    /// Its fields, where it is an object.
    pub fn fields(&self) -> impl Iterator<Item = (&'v str, &'v Value)> + use<'v> {
        let without = self.without;
        let fields = self.value.as_object().into_iter().flatten();
        let fields = fields.map(|(key, value)| (key.as_str(), value));
        fields.filter(move |(key, _)| !without.contains(key))
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.value, self.sorted) {
            (Value::Object(_), false) => serializer.collect_map(self.fields()),
            (Value::Object(fields), true) => sorted_map(serializer, fields, self.without),
            (Value::Array(items), true) => serializer.collect_seq(items.iter().map(|item| Text::of(item).sorted())),
            (other, _) => other.serialize(serializer),
        }
    }
}

fn sorted_map<S: Serializer>(serializer: S, fields: &Map<String, Value>, without: &[&str]) -> Result<S::Ok, S::Error> {
    let kept = fields.iter().filter(|(key, _)| !without.contains(&key.as_str()));
    let mut kept: Vec<(&String, &Value)> = kept.collect();
    kept.sort_unstable_by_key(|(key, _)| *key);
    let mut map = serializer.serialize_map(Some(kept.len()))?;
    for (key, value) in kept {
        map.serialize_entry(key, &Text::of(value).sorted())?;
    }
    map.end()
}

/// As JSON on one line, or with `{:#}` on many, indented by two spaces.
impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = match f.alternate() {
            true => serde_json::to_string_pretty(self),
            false => serde_json::to_string(self),
        };
        f.write_str(&written.map_err(|_| fmt::Error)?)
    }
}

/// The text of a file that dashctl creates: sorted keys, two spaces, a newline at the end.
pub fn to_sorted_text(value: &Value) -> String {
    format!("{:#}\n", Text::of(value).sorted())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn what_is_written_is_the_value_with_its_order_and_its_numbers() {
        let value = read(r#"{"b":[{"z":1.50,"a":null}],"a":1.0,"version":7}"#);
        assert_eq!(Text::of(&value).to_string(), value.to_string());
        assert_eq!(format!("{:#}", Text::of(&value)), format!("{value:#}"));
        let sorted = Text::of(&value).sorted().without(&["version", "none"]);
        assert_eq!(sorted.to_string(), r#"{"a":1.0,"b":[{"a":null,"z":1.50}]}"#);
        let kept: Vec<&str> = Text::of(&value).without(&["a"]).fields().map(|(key, _)| key).collect();
        assert_eq!(kept, ["b", "version"]);
    }

    #[test]
    fn only_the_outermost_keys_are_left_out() {
        let value = read(r#"{"panels":[{"id":1}],"id":2}"#);
        assert_eq!(
            Text::of(&value).without(&["id"]).to_string(),
            r#"{"panels":[{"id":1}]}"#
        );
        assert_eq!(
            Text::of(&value).sorted().without(&["id"]).to_string(),
            r#"{"panels":[{"id":1}]}"#
        );
    }

    #[test]
    fn a_written_file_keeps_the_text_of_numbers() {
        let value: Value = serde_json::from_str(r#"{"b":[1.0,1e3],"a":100000000000000000001}"#).unwrap();
        let text = "{\n  \"a\": 100000000000000000001,\n  \"b\": [\n    1.0,\n    1e3\n  ]\n}\n";
        let written = to_sorted_text(&value);
        assert_eq!(written.replace("1e+3", "1e3"), text);
        let again: Value = serde_json::from_str(&written).unwrap();
        assert_eq!(to_sorted_text(&again), written);
    }
}
