//! The words of a query, with their places: what the parser's tree doesn't keep.

use std::ops::Range;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Word,
    /// A number or a duration.
    Number,
    /// A quoted text.
    Text,
    /// An operator or a bracket.
    Sign,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub at: Range<usize>,
}

/// The tokens of a text; whitespace and comments are none. Of what PromQL doesn't know each character is a sign.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let (mut found, mut at, mut brackets) = (Vec::new(), 0, 0_usize);
    while at < bytes.len() {
        let start = at;
        let kind = match bytes[at] {
            byte if byte.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'#' => {
                at += line(&bytes[at..]);
                continue;
            }
            quote @ (b'"' | b'\'' | b'`') => {
                at += quoted(&bytes[at..], quote);
                Kind::Text
            }
            byte if byte.is_ascii_digit() || (byte == b'.' && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)) => {
                at += number(&bytes[at..]);
                Kind::Number
            }
            // Between brackets a colon stands before a subquery's step.
            byte if is_word(byte) && (byte != b':' || brackets == 0) => {
                at += bytes[at..]
                    .iter()
                    .take_while(|byte| (is_word(**byte) && (brackets == 0 || **byte != b':')) || byte.is_ascii_digit())
                    .count();
                Kind::Word
            }
            byte => {
                brackets = match byte {
                    b'[' => brackets + 1,
                    b']' => brackets.saturating_sub(1),
                    _ => brackets,
                };
                at += sign(&text[at..]);
                Kind::Sign
            }
        };
        found.push(Token { kind, at: start..at });
    }
    found
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b':'
}

fn line(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len())
}

/// The length of a quoted text, its quotes too. Between backticks nothing is escaped.
fn quoted(bytes: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote != b'`' => at += 1,
            byte if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// `1`, `0x1f`, `.5`, `1e-3`, `5m`, `1h30m`.
fn number(bytes: &[u8]) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        let exponent = matches!(bytes[at], b'+' | b'-')
            && matches!(bytes[at - 1], b'e' | b'E')
            && !bytes.starts_with(b"0x")
            && bytes[..at - 1]
                .iter()
                .all(|byte| byte.is_ascii_digit() || *byte == b'.');
        if !(bytes[at].is_ascii_alphanumeric() || matches!(bytes[at], b'.' | b'_') || exponent) {
            break;
        }
        at += 1;
    }
    at
}

fn sign(text: &str) -> usize {
    let two = ["=~", "!~", "!=", "==", ">=", "<="];
    match two.iter().any(|sign| text.starts_with(sign)) {
        true => 2,
        false => text.chars().next().map_or(1, char::len_utf8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text).into_iter().map(|token| &text[token.at]).collect()
    }

    #[test]
    fn a_query_falls_into_words() {
        assert_eq!(
            words("sum by(a) (rate(x:y{b=~\"c\\\"}\"}[5m:30s] offset -1h)) >= 1e-3 # [c]\n + .5"),
            [
                "sum",
                "by",
                "(",
                "a",
                ")",
                "(",
                "rate",
                "(",
                "x:y",
                "{",
                "b",
                "=~",
                "\"c\\\"}\"",
                "}",
                "[",
                "5m",
                ":",
                "30s",
                "]",
                "offset",
                "-",
                "1h",
                ")",
                ")",
                ">=",
                "1e-3",
                "+",
                ".5"
            ]
        );
        assert_eq!(
            words("a{b='ü'}[x:y] 0x1e-1"),
            [
                "a", "{", "b", "=", "'ü'", "}", "[", "x", ":", "y", "]", "0x1e", "-", "1"
            ]
        );
        assert_eq!(words("\"open"), ["\"open"]);
    }
}
