//! The names in a PromQL expression, read without a parser: Prometheus's own checks the grammar (`tests/promql.rs`), this
//! only says which name plays which part.

/// What a name in an expression is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// A metric.
    Metric(String),
    /// A label in a metric's braces.
    Matcher {
        /// The metric in front of the braces.
        metric: String,
        /// The label.
        label: String,
    },
    /// A label in `by (…)`, `on (…)`, `group_left (…)`.
    Grouping(String),
    /// What stands in square brackets.
    Range(String),
}

const GROUPINGS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];
const OPERATORS: [&str; 5] = ["and", "or", "unless", "bool", "offset"];

/// All names but functions' and operators'.
pub fn words(expression: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut metric = String::new();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        match first {
            '"' => rest = &rest[1 + string(&rest[1..])..],
            '[' => {
                let (range, after) = rest[1..].split_once(']').unwrap_or((&rest[1..], ""));
                found.push(Word::Range(range.to_owned()));
                rest = after;
            }
            '{' => {
                let end = braces(rest);
                let matchers = matchers(&rest[1..end - 1]);
                found.extend(matchers.into_iter().map(|label| Word::Matcher {
                    metric: metric.clone(),
                    label,
                }));
                rest = &rest[end..];
            }
            '$' => rest = &rest[1 + name(&rest[1..]).len()..],
            _ if is_start(first) => {
                let word = name(rest);
                rest = rest[word.len()..].trim_start();
                if GROUPINGS.contains(&word) {
                    let end = rest.find(')').map_or(rest.len(), |at| at + 1);
                    let labels = rest[..end].trim_matches(['(', ')']).split(',').map(str::trim);
                    found.extend(
                        labels
                            .filter(|label| !label.is_empty())
                            .map(|label| Word::Grouping(label.to_owned())),
                    );
                    rest = &rest[end..];
                } else if !OPERATORS.contains(&word) && !rest.starts_with('(') && !is_grouped(rest) {
                    metric = word.to_owned();
                    found.push(Word::Metric(metric.clone()));
                }
            }
            _ if first.is_ascii_digit() => {
                rest = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '.');
            }
            _ => rest = &rest[first.len_utf8()..],
        }
    }
    found
}

/// `sum by (…) (…)`: the name in front is an aggregation.
fn is_grouped(rest: &str) -> bool {
    ["by", "without"].contains(&name(rest))
}

fn is_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || c == ':'
}

fn name(text: &str) -> &str {
    let end = text.find(|c: char| !is_start(c) && !c.is_ascii_digit());
    &text[..end.unwrap_or(text.len())]
}

/// The length of a string's inside and its closing quote.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// The length of `{…}`.
fn braces(text: &str) -> usize {
    let mut at = 1;
    while let Some(c) = text[at..].chars().next() {
        at += match c {
            '"' => 1 + string(&text[at + 1..]),
            '}' => return at + 1,
            other => other.len_utf8(),
        };
    }
    at
}

fn matchers(inside: &str) -> Vec<String> {
    let mut labels = Vec::new();
    let mut rest = inside;
    while let Some(first) = rest.chars().next() {
        rest = match first {
            '"' => &rest[1 + string(&rest[1..])..],
            _ if is_start(first) => {
                labels.push(name(rest).to_owned());
                &rest[name(rest).len()..]
            }
            _ => &rest[first.len_utf8()..],
        };
    }
    labels
}

#[test]
fn words_play_their_parts() {
    let metric = |name: &str| Word::Metric(name.into());
    let matcher = |metric: &str, label: &str| Word::Matcher {
        metric: metric.into(),
        label: label.into(),
    };
    let grouping = |label: &str| Word::Grouping(label.into());
    assert_eq!(
        words(
            r#"topk(5, sum by (a, b) (rate(m{x=~"$v|by}\"", y!=""}[$__range])) * on (a) group_left () n > bool 1e3) or vector(0)"#
        ),
        [
            grouping("a"),
            grouping("b"),
            metric("m"),
            matcher("m", "x"),
            matcher("m", "y"),
            Word::Range("$__range".into()),
            grouping("a"),
            metric("n"),
        ]
    );
    assert_eq!(words("1 - sum (up) / (1 - $slo / 100)"), [metric("up")]);
    assert_eq!(words("count(up) by (job)"), [metric("up"), grouping("job")]);
}
