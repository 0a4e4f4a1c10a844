//! What is the house's form of a JSON file? Sorted keys, two spaces, a newline at the end, and the text of numbers as it is.

use jsonc_parser::ast::Value;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// The text in the house's form. A file that dashctl creates has it already.
///
/// # Errors
///
/// `text` is no JSON.
pub fn formatted(text: &str) -> Result<String, String> {
    // The strict reader first: comments and trailing commas aren't JSON.
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str::<serde_json::Value>(text).map_err(|error| format!("not JSON: {error}"))?;
    let parsed = parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default());
    let value = parsed.map_err(|error| error.to_string())?.value;
    let value = value.ok_or_else(|| "the file is empty".to_owned())?;
    let mut written = String::with_capacity(text.len());
    write(&value, 0, &mut written);
    written.push('\n');
    Ok(written)
}

fn write(value: &Value<'_>, depth: usize, to: &mut String) {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let line = |depth: usize, to: &mut String| {
        to.push('\n');
        to.push_str(&"  ".repeat(depth));
    };
    match value {
        Value::StringLit(text) => to.push_str(&quoted(&text.value)),
        Value::NumberLit(number) => to.push_str(number.value),
        Value::BooleanLit(flag) => to.push_str(if flag.value { "true" } else { "false" }),
        Value::NullKeyword(_) => to.push_str("null"),
        Value::Array(list) if list.elements.is_empty() => to.push_str("[]"),
        Value::Object(fields) if fields.properties.is_empty() => to.push_str("{}"),
        Value::Array(list) => {
            to.push('[');
            for (at, element) in list.elements.iter().enumerate() {
                to.push_str(if at > 0 { "," } else { "" });
                line(depth + 1, to);
                write(element, depth + 1, to);
            }
            line(depth, to);
            to.push(']');
        }
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.properties.iter().collect();
            sorted.sort_by(|one, other| one.name.as_str().cmp(other.name.as_str()));
            to.push('{');
            for (at, property) in sorted.into_iter().enumerate() {
                to.push_str(if at > 0 { "," } else { "" });
                line(depth + 1, to);
                to.push_str(&quoted(property.name.as_str()));
                to.push_str(": ");
                write(&property.value, depth + 1, to);
            }
            line(depth, to);
            to.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_and_numbers_keep_their_text() {
        let text = "{\"b\":[1.0,1e3,{}], \"a\" : {\"y\":[],\"x\":\"\\u00e9\\n\\/\"}}";
        let wanted = "{\n  \"a\": {\n    \"x\": \"é\\n/\",\n    \"y\": []\n  },\n  \"b\": [\n    1.0,\n    1e3,\n    {}\n  ]\n}\n";
        assert_eq!(formatted(text).unwrap(), wanted);
        assert_eq!(formatted(wanted).unwrap(), wanted, "once is enough");
    }

    #[test]
    fn what_dashctl_creates_has_the_form() {
        let value = serde_json::json!({"z": [1, {"b": null, "a": 1.5}], "a": {}, "é": "\u{7f}\u{1}", "B": true});
        let text = crate::dashboard::to_sorted_text(&value);
        assert_eq!(formatted(&text).unwrap(), text);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in ["", "{", "{\"a\": 1,}", "// a\n{}"] {
            assert!(formatted(text).is_err(), "{text}");
        }
    }
}
