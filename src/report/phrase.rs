//! Numbers of things, long texts and texts of several lines, as they stand in a sentence.

use crate::dashboard::compare::Printable;

/// A value longer than this is cut when it stands for something that came or went as a whole.
pub(super) const GLANCE: usize = 160;

/// `1 panel`, `3 panels`.
pub(super) fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A message of several lines in one.
pub(super) fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    Printable(&lines.join(" ")).to_string()
}

/// The beginning of a text, and a sign where there was more.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
