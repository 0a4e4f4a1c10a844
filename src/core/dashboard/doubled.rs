use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::document::parse;
use super::invalid::{Invalid, not_json};
use super::{Document, LibraryPanel, content};

/// Reads a dashboard as [`parse`] does, and refuses an object in which a key stands twice: JSON readers silently keep one
/// of the two values, and which one a person meant can't be told.
///
/// # Errors
///
/// The same as [`parse`]'s; a key that stands twice, with its line.
pub fn parse_strictly(bytes: &[u8]) -> Result<Document, Invalid> {
    // Envelopes are unwrapped, so that the counts may differ without a doubled key: then the second look finds none.
    let document = parse(bytes)?;
    let is_yaml = !bytes.trim_ascii_start().starts_with(b"{") && !bytes.starts_with(b"\xef\xbb\xbf");
    // YAML has no doubled keys to begin with: its parser refuses them.
    if !is_yaml && members_in_text(bytes) != members_in_value(document.content()) {
        let text = std::str::from_utf8(bytes).map_err(|error| Invalid::Encoding(error.valid_up_to()))?;
        let mut reader = serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}'));
        Unique.deserialize(&mut reader).map_err(|error| not_json(&error))?;
    }
    Ok(document)
}

/// Reads a library panel's file in the same way.
///
/// # Errors
///
/// No JSON, a key that stands twice, or something that is no library panel.
pub fn parse_library_panel(bytes: &[u8]) -> Result<LibraryPanel, Invalid> {
    let text = std::str::from_utf8(bytes).map_err(|error| Invalid::Encoding(error.valid_up_to()))?;
    let value = content(text)?;
    if members_in_text(bytes) != members_in_value(&value) {
        let mut reader = serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}'));
        Unique.deserialize(&mut reader).map_err(|error| not_json(&error))?;
    }
    LibraryPanel::of(&value)
}

/// Every member of an object has one colon outside of strings.
fn members_in_text(bytes: &[u8]) -> usize {
    let (mut members, mut at) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_string(bytes, at + 1),
            b':' => members += 1,
            _ => {}
        }
        at += 1;
    }
    members
}

fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at
}

fn members_in_value(value: &Value) -> usize {
    match value {
        Value::Object(fields) => fields.len() + fields.values().map(members_in_value).sum::<usize>(),
        Value::Array(items) => items.iter().map(members_in_value).sum(),
        _ => 0,
    }
}

/// A walk that stops at a key which its object has already.
#[derive(Clone, Copy)]
struct Unique;

impl<'de> DeserializeSeed<'de> for Unique {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            if seen.contains(&key) {
                return Err(A::Error::custom(format_args!(
                    "the key {key:?} stands twice in one object"
                )));
            }
            seen.insert(key);
            map.next_value_seed(self)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_refused_with_its_line() {
        let text = "{\"title\": \"a\",\n\"panels\": [{\"x\": 1,\n\"x\": 2}]}";
        assert_eq!(
            parse_strictly(text.as_bytes()),
            Err(Invalid::Json {
                what: "the key \"x\" stands twice in one object".into(),
                line: 3,
                column: 3
            })
        );
    }

    #[test]
    fn numbers_colons_in_strings_and_envelopes_are_no_doubled_keys() {
        for text in [
            r#"{"title": "a:b\\\":", "panels": [{"x": 1.50, "y": -1e3, "z": null, "b": true}]}"#,
            r#"{"meta": {"slug": "a"}, "dashboard": {"title": "a", "panels": [{"x": 1}]}}"#,
        ] {
            assert!(parse_strictly(text.as_bytes()).is_ok(), "{text}");
        }
        let doubled = r#"{"meta": {"slug": "a"}, "dashboard": {"title": "a", "title": "b", "panels": []}}"#;
        assert!(parse_strictly(doubled.as_bytes()).is_err());
    }
}
