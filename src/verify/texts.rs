//! How do Grafana's variables become text?
//!
//! `$x`, `${x}`, `${x.field:format}` and `[[x:format]]`, as the expression in Grafana's
//! `public/app/features/variables/utils.ts` (`variableRegex`, 9.4 to 13.1) finds them. What nothing is known of stays.

use std::collections::BTreeMap;
use std::ops::Range;

use super::formats::{self, Shown};

/// What a variable has for a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    values: BTreeMap<String, Shown>,
}

impl Scope {
    /// A macro's text.
    pub fn set(&mut self, name: &str, text: impl Into<String>) {
        self.values.insert(name.to_owned(), Shown::Plain(text.into()));
    }

    /// One value of a variable of which several could be chosen: what a repeated panel has.
    pub fn set_one_of_several(&mut self, name: &str, value: &str) {
        let one = Shown::One {
            value: value.to_owned(),
            text: value.to_owned(),
            several: true,
        };
        self.values.insert(name.to_owned(), one);
    }

    pub(super) fn insert(&mut self, name: &str, shown: Shown) {
        self.values.insert(name.to_owned(), shown);
    }

    /// The values of a variable, for repeating panels by it.
    pub fn values(&self, name: &str) -> Vec<String> {
        match self.values.get(name) {
            Some(Shown::Many { values, .. }) => values.clone(),
            Some(Shown::One { value, .. } | Shown::Plain(value)) => vec![value.clone()],
            None => Vec::new(),
        }
    }

    /// The same with what `other` has over it.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let mut values = self.values.clone();
        values.extend(other.values.clone());
        Self { values }
    }
}

/// The text with the variables' values, written as the data source for Prometheus writes them.
pub fn expand(text: &str, scope: &Scope) -> String {
    replace(text, |found| {
        let shown = scope.values.get(found.name)?;
        Some(match found.format {
            Some(format) => formats::formatted(found.name, shown, format),
            None => formats::for_prometheus(shown),
        })
    })
}

/// The text with values as they are, as titles and data sources have them.
pub fn expand_raw(text: &str, scope: &Scope) -> String {
    replace(text, |found| {
        let shown = scope.values.get(found.name)?;
        Some(formats::formatted(found.name, shown, found.format.unwrap_or("glob")))
    })
}

/// Where the variables are.
pub fn holes(text: &str) -> Vec<Range<usize>> {
    found(text).into_iter().map(|found| found.at).collect()
}

/// The names of the variables, in the text's order.
pub fn names(text: &str) -> Vec<&str> {
    found(text).into_iter().map(|found| found.name).collect()
}

struct FoundVariable<'t> {
    at: Range<usize>,
    name: &'t str,
    format: Option<&'t str>,
}

fn replace(text: &str, value: impl Fn(&FoundVariable<'_>) -> Option<String>) -> String {
    let (mut written, mut done) = (String::new(), 0);
    for found in found(text) {
        written.push_str(&text[done..found.at.start]);
        match value(&found) {
            Some(value) => written.push_str(&value),
            None => written.push_str(&text[found.at.clone()]),
        }
        done = found.at.end;
    }
    written + &text[done..]
}

fn found(text: &str) -> Vec<FoundVariable<'_>> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find(['$', '[']) {
        let start = at + next;
        match read(text, start) {
            Some(found) => {
                at = found.at.end;
                all.push(found);
            }
            None => at = start + 1,
        }
    }
    all
}

fn read(text: &str, start: usize) -> Option<FoundVariable<'_>> {
    let rest = &text[start..];
    if let Some(inside) = rest.strip_prefix("[[") {
        let name = word(inside)?;
        let after = &inside[name.len()..];
        let format = after.strip_prefix(':').and_then(word);
        let length = format.map_or(0, |format| format.len() + 1);
        return after[length..].starts_with("]]").then(|| FoundVariable {
            at: start..start + 4 + name.len() + length,
            name,
            format,
        });
    }
    if let Some(inside) = rest.strip_prefix("${") {
        let name = word(inside)?;
        let after = &inside[name.len()..];
        let end = after.find('}')?;
        let (field, format) = after[..end]
            .split_once(':')
            .map_or((&after[..end], None), |(field, format)| (field, Some(format)));
        let known = field.is_empty() || (field.starts_with('.') && field.len() > 1);
        return (known && format != Some("")).then(|| FoundVariable {
            at: start..start + 3 + name.len() + end,
            name,
            format,
        });
    }
    let name = word(rest.strip_prefix('$')?)?;
    Some(FoundVariable {
        at: start..start + 1 + name.len(),
        name,
        format: None,
    })
}

/// The letters, digits and underscores that a text begins with, if there are any.
fn word(text: &str) -> Option<&str> {
    let length = text
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        .count();
    (length > 0).then(|| &text[..length])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        let mut scope = Scope::default();
        let one = |value: &str, several| Shown::One {
            value: value.into(),
            text: value.into(),
            several,
        };
        scope.insert("one", one("a.b", false));
        scope.insert("multi", one("a.b", true));
        let values: Vec<String> = ["a.b", "c"].map(String::from).into();
        scope.insert(
            "many",
            Shown::Many {
                texts: values.clone(),
                values,
            },
        );
        scope.insert("all", Shown::Plain(".*".into()));
        scope.set("__interval", "15s");
        scope
    }

    #[test]
    fn variables_are_written_as_the_data_source_for_prometheus_does() {
        for (text, expected) in [
            ("{a=\"$one\"}", "{a=\"a.b\"}"),
            ("{a=~\"$multi\"}", "{a=~\"a\\\\.b\"}"),
            ("{a=~\"[[many]]\"}", "{a=~\"(a\\\\.b|c)\"}"),
            ("{a=~\"$all\"}", "{a=~\".*\"}"),
            ("rate(a[$__interval])", "rate(a[15s])"),
            (
                "${many:csv} ${many:pipe} ${many:regex} [[many:json]]",
                "a.b,c a.b|c (a\\.b|c) [\"a.b\",\"c\"]",
            ),
            (
                "$unknown ${unknown:csv} ${} $ [[ [[x",
                "$unknown ${unknown:csv} ${} $ [[ [[x",
            ),
            ("${one.x:raw}y$one-", "a.bya.b-"),
        ] {
            assert_eq!(expand(text, &scope()), expected, "{text}");
        }
        assert_eq!(names("$a ${b:csv} [[c]] $1"), ["a", "b", "c", "1"]);
    }
}
