//! The ways in which Grafana writes a variable's value.
//!
//! Without a format the data source decides: `packages/grafana-prometheus/src/escaping.ts` (`interpolateQueryExpr`, 12.4;
//! the same since 9.4). Formats are those of `formatRegistry.ts` (9.4, since then in `@grafana/scenes`).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// A value, with what decides how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// A text that is written as it is: macros, and the custom "all" of a variable.
    Plain(String),
    /// One value.
    One {
        value: String,
        text: String,
        /// Whether the variable may have several: then it is escaped for a regular expression.
        several: bool,
    },
    /// The values of a variable of which several were chosen.
    Many { values: Vec<String>, texts: Vec<String> },
}

/// What RFC 3986 leaves as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The value in a query that says no format.
pub(super) fn for_prometheus(shown: &Shown) -> String {
    match shown {
        Shown::Plain(text) => text.clone(),
        Shown::One {
            value, several: false, ..
        } => value.replace('\\', "\\\\").replace('\'', "\\\\'"),
        Shown::One { value, .. } => escaped(value),
        Shown::Many { values, .. } => match &values[..] {
            [only] => escaped(only),
            several => {
                let escaped: Vec<String> = several.iter().map(|value| escaped(value)).collect();
                format!("({})", escaped.join("|"))
            }
        },
    }
}

/// Within a regular expression within a quoted text: two backslashes each.
fn escaped(value: &str) -> String {
    let value = value.replace('\\', "\\\\\\\\");
    let mut written = String::new();
    for letter in value.chars() {
        if "$^*{}[]+?.()|".contains(letter) {
            written.push_str("\\\\");
        }
        written.push(letter);
    }
    written
}

/// The value in a format; one that Grafana doesn't know is `glob`.
pub(super) fn formatted(name: &str, shown: &Shown, format: &str) -> String {
    let (values, texts): (&[String], &[String]) = match shown {
        // The custom "all" is written as it is, whatever the format.
        Shown::Plain(text) => return text.clone(),
        Shown::One { value, text, .. } => (std::slice::from_ref(value), std::slice::from_ref(text)),
        Shown::Many { values, texts } => (values, texts),
    };
    let is_list = matches!(shown, Shown::Many { .. });
    let join = |write: &dyn Fn(&str) -> String, with: &str| {
        let written: Vec<String> = values.iter().map(|value| write(value)).collect();
        written.join(with)
    };
    let format = format.split(':').next().unwrap_or_default();
    match format {
        "raw" | "csv" => values.join(","),
        "pipe" => values.join("|"),
        "regex" => match values {
            [only] => regex_escaped(only),
            _ => format!("({})", join(&regex_escaped, "|")),
        },
        "text" => texts.join(" + "),
        "json" if is_list => Value::from(values.to_vec()).to_string(),
        "json" => Value::from(values.concat()).to_string(),
        "singlequote" => join(&|value| format!("'{}'", value.replace('\'', "\\'")), ","),
        "doublequote" => join(&|value| format!("\"{}\"", value.replace('"', "\\\"")), ","),
        "sqlstring" => join(&|value| format!("'{}'", value.replace('\'', "''")), ","),
        "percentencode" if is_list => utf8_percent_encode(&format!("{{{}}}", values.join(",")), ENCODED).to_string(),
        "percentencode" => utf8_percent_encode(&values.concat(), ENCODED).to_string(),
        "queryparam" => join(
            &|value| format!("var-{name}={}", utf8_percent_encode(value, ENCODED)),
            "&",
        ),
        "distributed" => values.join(&format!(",{name}=")),
        _ if values.len() > 1 => format!("{{{}}}", values.join(",")),
        _ => values.concat(),
    }
}

fn regex_escaped(value: &str) -> String {
    let mut written = String::new();
    for letter in value.chars() {
        // `escapeRegex` of `@grafana/data`.
        if "\\^$*+?.()|[]{}/".contains(letter) {
            written.push('\\');
        }
        written.push(letter);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_is_written() {
        let values: Vec<String> = ["a'b", "c/d"].map(String::from).into();
        let many = Shown::Many {
            texts: vec!["A".into(), "C".into()],
            values,
        };
        for (format, expected) in [
            ("csv", "a'b,c/d"),
            ("text", "A + C"),
            ("glob", "{a'b,c/d}"),
            ("nonsense", "{a'b,c/d}"),
            ("singlequote", "'a\\'b','c/d'"),
            ("sqlstring", "'a''b','c/d'"),
            ("doublequote", "\"a'b\",\"c/d\""),
            ("percentencode", "%7Ba%27b%2Cc%2Fd%7D"),
            ("queryparam", "var-v=a%27b&var-v=c%2Fd"),
            ("distributed", "a'b,v=c/d"),
            ("regex", "(a'b|c\\/d)"),
        ] {
            assert_eq!(formatted("v", &many, format), expected, "{format}");
        }
        let one = Shown::One {
            value: "it's\\".into(),
            text: "x".into(),
            several: false,
        };
        assert_eq!(for_prometheus(&one), "it\\\\'s\\\\");
    }
}
