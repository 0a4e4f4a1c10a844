//! How do two edits of one text come together?
//!
//! Queries by their words and signs, prose by lines, long lines by words. Two edits that touch are a conflict, and so is a result
//! whose brackets don't match though those of all three texts do.

use super::sequence::{Fate, stretches};

/// From this length on a single line that is no query is merged by words: of a title, two edits are two opinions.
const LONG: usize = 60;

/// Both edits in one text; nothing where they touch.
pub(super) fn merge(is_query: bool, base: &str, ours: &str, theirs: &str) -> Option<String> {
    let is_prose = base.contains('\n') && !is_query;
    if !is_prose && !is_query && base.len() < LONG {
        return None;
    }
    let pieces = if is_prose { lines } else { words };
    let (old, here, there) = (pieces(base), pieces(ours), pieces(theirs));
    let mut text = String::new();
    for stretch in stretches(&old, &here, &there) {
        match stretch.fate {
            Fate::Ours => text.push_str(&here[stretch.ours].concat()),
            Fate::Theirs => text.push_str(&there[stretch.theirs].concat()),
            Fate::Both => return None,
        }
    }
    let was_balanced = [base, ours, theirs].into_iter().all(is_balanced);
    (!is_query || !was_balanced || is_balanced(&text)).then_some(text)
}

/// Whether a key holds a query in some language.
pub(super) fn is_query(key: &str) -> bool {
    matches!(
        key,
        "expr" | "query" | "definition" | "rawSql" | "rawQuery" | "target" | "expression" | "regex" | "queryText"
    )
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Words, runs of white space, and signs one by one.
fn words(text: &str) -> Vec<&str> {
    #[derive(PartialEq)]
    enum Kind {
        Word,
        Space,
        Sign,
    }
    let kind = |character: char| match character {
        c if c.is_alphanumeric() || c == '_' => Kind::Word,
        c if c.is_whitespace() => Kind::Space,
        _ => Kind::Sign,
    };
    let mut words = Vec::new();
    let mut start = 0;
    let mut before: Option<Kind> = None;
    for (at, character) in text.char_indices() {
        let now = kind(character);
        let goes_on = now != Kind::Sign && before.as_ref() == Some(&now);
        if at > start && !goes_on {
            words.push(&text[start..at]);
            start = at;
        }
        before = Some(now);
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

/// Whether all brackets outside of quotes have a partner.
fn is_balanced(text: &str) -> bool {
    let mut open = Vec::new();
    let mut quote = None;
    let mut escaped = false;
    for character in text.chars() {
        match (quote, character) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(mark), other) if mark == other => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(character),
            (None, '(' | '[' | '{') => open.push(character),
            (None, ')' | ']' | '}') => {
                let partner = match character {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                if open.pop() != Some(partner) {
                    return false;
                }
            }
            (None, _) => {}
        }
    }
    open.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_of_a_query_come_together_word_by_word() {
        let base = "sum(rate(http_requests_total{job=\"api\"}[5m])) by (code)";
        let ours = "sum(rate(http_requests_total{job=\"api\"}[1m])) by (code)";
        let theirs = "sum(rate(http_requests_total{job=\"web\"}[5m])) by (code, method)";
        assert_eq!(
            merge(true, base, ours, theirs).unwrap(),
            "sum(rate(http_requests_total{job=\"web\"}[1m])) by (code, method)"
        );
        assert_eq!(merge(true, base, ours, &base.replace("5m", "10m")), None, "one place");
    }

    #[test]
    fn a_query_whose_brackets_would_not_match_is_a_conflict() {
        let base = "a + (b * c) - d";
        assert_eq!(merge(true, base, "a + b * c - d", "a + (b * c - d)"), None);
    }

    #[test]
    fn prose_comes_together_by_lines_and_a_title_does_not() {
        let base = "# Title\n\nOne.\n\nTwo.\n";
        let ours = "# Title\n\nOne, edited.\n\nTwo.\n";
        let theirs = "# Title\n\nOne.\n\nTwo.\n\nThree.\n";
        let both = "# Title\n\nOne, edited.\n\nTwo.\n\nThree.\n";
        assert_eq!(merge(false, base, ours, theirs).unwrap(), both);
        assert_eq!(merge(false, "CPU of a node", "CPU of a pod", "The CPU of a node"), None);
    }
}
