use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A dashboard's JSON as text, with sorted keys as Grafana prints them, cut where the server puts in its own values.
///
/// `id`, `uid` and `version` belong to the row, not to the text, so a read joins strings and parses nothing. Numbers stay
/// written as they were sent, except that serde_json gives an exponent without a sign one: `1e3` becomes `1e+3`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The members before `id`, between `id` and `uid`, between `uid` and `version`, and after `version`.
    members: [String; 4],
}

/// The keys that the server answers from the row.
const OWN: [&str; 3] = ["id", "uid", "version"];

impl Body {
    /// Takes the members of a dashboard.
    pub fn new(dashboard: &Map<String, Value>) -> Self {
        let mut body = Self::default();
        for (key, value) in sorted(dashboard) {
            if OWN.contains(&key.as_str()) {
                continue;
            }
            let place = OWN.iter().filter(|own| key.as_str() > **own).count();
            let members = &mut body.members[place];
            if !members.is_empty() {
                members.push(',');
            }
            write_member(members, key, value);
        }
        body.members.iter_mut().for_each(String::shrink_to_fit);
        body
    }

    /// Writes the whole dashboard; `id` is JSON text and left out when there is none.
    pub fn write(&self, out: &mut String, id: Option<&str>, uid: &str, version: i64) {
        out.reserve(self.members.iter().map(String::len).sum::<usize>() + 96);
        out.push('{');
        let start = out.len();
        let [before, between, middle, after] = &self.members;
        join(out, start, before);
        if let Some(id) = id {
            comma(out, start);
            out.push_str("\"id\":");
            out.push_str(id);
        }
        join(out, start, between);
        comma(out, start);
        out.push_str("\"uid\":");
        write_string(out, uid);
        join(out, start, middle);
        comma(out, start);
        // Writing to a string can't fail.
        let _ = write!(out, "\"version\":{version}");
        join(out, start, after);
        out.push('}');
    }

    /// Writes it as it is stored: without `id`, `uid` and `version`.
    pub fn write_plain(&self, out: &mut String) {
        out.reserve(self.len() + 8);
        out.push('{');
        let start = out.len();
        for members in &self.members {
            join(out, start, members);
        }
        out.push('}');
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.members.iter().map(String::len).sum()
    }

    /// The members as a value again, without `id`, `uid` and `version`.
    pub fn value(&self) -> Map<String, Value> {
        let mut text = String::new();
        self.write_plain(&mut text);
        serde_json::from_str(&text).unwrap_or_default()
    }
}

fn join(out: &mut String, start: usize, members: &str) {
    if !members.is_empty() {
        comma(out, start);
        out.push_str(members);
    }
}

fn comma(out: &mut String, start: usize) {
    if out.len() > start {
        out.push(',');
    }
}

/// Writes a value with sorted keys.
pub fn write_sorted(out: &mut String, value: &Value) {
    match value {
        Value::Object(object) => {
            out.push('{');
            for (index, (key, value)) in sorted(object).into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_member(out, key, value);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_sorted(out, item);
            }
            out.push(']');
        }
        Value::String(text) => write_string(out, text),
        Value::Number(number) => out.push_str(number.as_str()),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Null => out.push_str("null"),
    }
}

fn sorted(object: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = object.iter().collect();
    members.sort_unstable_by_key(|(key, _)| *key);
    members
}

fn write_member(out: &mut String, key: &str, value: &Value) {
    write_string(out, key);
    out.push(':');
    write_sorted(out, value);
}

/// Writes a JSON string.
pub fn write_string(out: &mut String, text: &str) {
    // Most texts hold nothing that has to be escaped.
    match text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        true => out.push_str(&Value::from(text).to_string()),
        false => {
            out.push('"');
            out.push_str(text);
            out.push('"');
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::Body;

    fn body(text: &str) -> Body {
        let map: Map<String, Value> = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}"));
        Body::new(&map)
    }

    fn written(text: &str, id: Option<&str>) -> String {
        let mut out = String::new();
        body(text).write(&mut out, id, "u", 7);
        out
    }

    #[test]
    fn the_servers_values_stand_at_their_sorted_places() {
        assert_eq!(
            written(
                r#"{"z":1,"version":3,"title":"T","uid":"x","ie":0,"a":{"d":1,"c":2}}"#,
                Some("5")
            ),
            r#"{"a":{"c":2,"d":1},"id":5,"ie":0,"title":"T","uid":"u","version":7,"z":1}"#
        );
        assert_eq!(written("{}", None), r#"{"uid":"u","version":7}"#);
        assert_eq!(written("{}", Some("1")), r#"{"id":1,"uid":"u","version":7}"#);
    }

    #[test]
    fn numbers_stay_as_they_were_written() {
        assert_eq!(
            written(r#"{"a":1.0,"b":1e3,"c":100000000000000000001,"d":-0}"#, None),
            r#"{"a":1.0,"b":1e+3,"c":100000000000000000001,"d":-0,"uid":"u","version":7}"#
        );
    }

    #[test]
    fn texts_are_written_as_serde_json_does() {
        for text in ["", "plain", "ü\u{2028}\u{7f}", "a\"b", "a\\b", "a\nb", "\u{1}"] {
            let mut out = String::new();
            super::write_string(&mut out, text);
            assert_eq!(out, Value::from(text).to_string());
        }
    }

    #[test]
    fn the_value_comes_back_without_the_servers_members() {
        let value = Value::Object(body(r#"{"id":1,"uid":"x","version":2,"title":"T","panels":[]}"#).value());
        assert_eq!(value.to_string(), r#"{"panels":[],"title":"T"}"#);
    }
}
