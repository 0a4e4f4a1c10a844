//! The numbers of the classic form and the words of v2 that stand for the same.

use serde_json::Value;

/// A list of words, each in the place of its number.
pub(in crate::dashboard) type Words = &'static [&'static str];

pub(super) const CURSOR_SYNC: Words = &["Off", "Crosshair", "Tooltip"];
pub(in crate::dashboard) const HIDE: Words = &["dontHide", "hideLabel", "hideVariable", "inControlsMenu"];
pub(in crate::dashboard) const REFRESH: Words = &["never", "onDashboardLoad", "onTimeRangeChanged"];
pub(in crate::dashboard) const SORT: Words = &[
    "disabled",
    "alphabeticalAsc",
    "alphabeticalDesc",
    "numericalAsc",
    "numericalDesc",
    "alphabeticalCaseInsensitiveAsc",
    "alphabeticalCaseInsensitiveDesc",
    "naturalAsc",
    "naturalDesc",
];
/// Numbers above 4 were never given words on the way to v2: only the way back knows them.
pub(super) const SORT_BY_NUMBER: usize = 5;

/// The word for a number, or the word itself where it is one; the first where it is neither.
pub(super) fn word(words: Words, numbers: usize, value: Option<&Value>) -> &'static str {
    let found = match value {
        Some(Value::String(text)) => words.iter().find(|word| *word == text),
        Some(Value::Number(number)) => number
            .as_f64()
            .filter(|number| *number >= 0.0)
            .and_then(|number| words.iter().take(numbers).nth(number as usize)),
        _ => None,
    };
    found.copied().unwrap_or(words[0])
}

/// The number for a word; 0 where it is none.
pub(super) fn number(words: Words, value: Option<&Value>) -> usize {
    let text = value.and_then(Value::as_str).unwrap_or_default();
    words.iter().position(|word| *word == text).unwrap_or(0)
}
