//! What does a Prometheus have?

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// A series' labels; its metric is `__name__`.
pub type Labels = BTreeMap<String, String>;

/// The label that a metric's name is.
pub(super) const NAME: &str = "__name__";

/// Names of metrics, and the series of some of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metrics {
    names: BTreeSet<String>,
    series: BTreeMap<String, Vec<Labels>>,
    /// Metrics of which there are too many series to look at one by one: their labels, and some values of them.
    summaries: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// The names of labels, where they were asked for.
    label_names: BTreeSet<String>,
    /// Whether these are all.
    complete: bool,
}

/// A file that holds no metrics.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unread(String);

impl Metrics {
    /// Those of a file: a saved answer of `/api/v1/series`, or what an exporter exposes as text.
    ///
    /// # Errors
    ///
    /// It is neither.
    pub fn read(text: &str) -> Result<Self, Unread> {
        let series = match text.trim_start().starts_with(['{', '[']) {
            true => of_json(text)?,
            false => of_exposition(text)?,
        };
        if series.is_empty() {
            return Err(Unread("there is no series in it".into()));
        }
        let mut metrics = Self {
            complete: true,
            ..Self::default()
        };
        metrics.add(series);
        Ok(metrics)
    }

    /// The answer of `/api/v1/series` that holds these.
    pub fn to_json(&self) -> String {
        let all: Vec<&Labels> = self.series.values().flatten().collect();
        let mut text = String::from("{\"status\":\"success\",\"data\":[");
        for (at, labels) in all.iter().enumerate() {
            text.push_str(if at == 0 { "\n" } else { ",\n" });
            text.push_str(&json!(labels).to_string());
        }
        text + "\n]}\n"
    }

    /// More series.
    pub fn add(&mut self, series: impl IntoIterator<Item = Labels>) {
        for labels in series {
            if self.complete {
                self.label_names.extend(labels.keys().cloned());
            }
            if let Some(name) = labels.get(NAME) {
                self.names.insert(name.clone());
                self.series.entry(name.clone()).or_default().push(labels);
            }
        }
    }

    /// Names of metrics of which nothing more is known.
    pub fn add_names(&mut self, names: impl IntoIterator<Item = String>) {
        self.names.extend(names);
    }

    /// The names of all labels.
    pub fn add_label_names(&mut self, names: impl IntoIterator<Item = String>) {
        self.label_names.extend(names);
    }

    /// The names of all labels; none where they were not asked for.
    pub fn label_names(&self) -> &BTreeSet<String> {
        &self.label_names
    }

    /// A metric that was asked for: it has no more series than those that are known.
    pub fn asked(&mut self, name: &str) {
        self.series.entry(name.to_owned()).or_default();
    }

    /// The labels of a metric with too many series.
    pub fn summarize(&mut self, name: &str, labels: BTreeMap<String, BTreeSet<String>>) {
        self.summaries.insert(name.to_owned(), labels);
    }

    /// Whether there is such a metric.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The names of all.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// How many series are known.
    pub fn count(&self) -> usize {
        self.series.values().map(Vec::len).sum()
    }

    /// A metric's series; nothing where they were not looked at.
    pub fn series(&self, name: &str) -> Option<&[Labels]> {
        if self.summaries.contains_key(name) {
            return None;
        }
        let none: &[Labels] = &[];
        let absent = (self.complete || !self.names.contains(name)).then_some(none);
        self.series.get(name).map(Vec::as_slice).or(absent)
    }

    /// All series, where all are known.
    pub fn all(&self) -> Option<impl Iterator<Item = &Labels>> {
        self.complete.then(|| self.series.values().flatten())
    }

    /// The labels of a metric, each with values that it has; nothing where they were not looked at.
    pub fn labels(&self, name: &str) -> Option<BTreeMap<&str, BTreeSet<&str>>> {
        if let Some(summary) = self.summaries.get(name) {
            let pairs = summary.iter();
            return Some(
                pairs
                    .map(|(label, values)| (label.as_str(), values.iter().map(String::as_str).collect()))
                    .collect(),
            );
        }
        let mut labels: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for one in self.series(name)? {
            for (label, value) in one.iter().filter(|(label, _)| *label != NAME) {
                labels.entry(label).or_default().insert(value);
            }
        }
        Some(labels)
    }

    /// The series that are known, one by one.
    pub(super) fn every(&self) -> impl Iterator<Item = &Labels> {
        self.series.values().flatten()
    }

    /// Names that look like this one: closest first.
    pub fn like(&self, name: &str) -> Vec<String> {
        let mut near: Vec<(f64, &String)> = self
            .names
            .iter()
            .map(|other| (likeness(name, other), other))
            .filter(|(likeness, _)| *likeness > 0.8)
            .collect();
        near.sort_by(|(one, a), (other, b)| other.total_cmp(one).then(a.cmp(b)));
        near.into_iter().take(3).map(|(_, name)| name.clone()).collect()
    }
}

/// A series as text: `name{label="value"}`.
pub fn series_text(labels: &Value) -> String {
    let name = labels.get(NAME).and_then(Value::as_str).unwrap_or_default();
    let pairs = labels
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(label, _)| *label != NAME);
    let pairs = pairs.map(|(label, value)| format!("{label}=\"{}\"", value.as_str().unwrap_or_default()));
    format!("{name}{{{}}}", pairs.collect::<Vec<_>>().join(","))
}

/// How alike two names are: by their words in any order, and by their letters.
fn likeness(one: &str, other: &str) -> f64 {
    let words = |name: &str| -> BTreeSet<String> { name.split(['_', ':']).map(str::to_owned).collect() };
    let (a, b) = (words(one), words(other));
    #[expect(clippy::cast_precision_loss, reason = "a name has few words")]
    let shared = 2.0 * a.intersection(&b).count() as f64 / (a.len() + b.len()) as f64;
    let letters = strsim::normalized_damerau_levenshtein(one, other);
    shared.max(letters)
}

fn of_json(text: &str) -> Result<Vec<Labels>, Unread> {
    let value: Value = serde_json::from_str(text).map_err(|error| Unread(format!("not JSON: {error}")))?;
    let list = value.get("data").unwrap_or(&value);
    let wrong = || Unread("JSON, but not an answer of /api/v1/series: a list of objects with __name__".into());
    let list = list.as_array().ok_or_else(wrong)?;
    let one = |item: &Value| -> Result<Labels, Unread> {
        let labels: Labels = serde_json::from_value(item.clone()).map_err(|_| wrong())?;
        labels.contains_key(NAME).then_some(labels).ok_or_else(wrong)
    };
    list.iter().map(one).collect()
}

/// The text format that exporters expose, and OpenMetrics.
fn of_exposition(text: &str) -> Result<Vec<Labels>, Unread> {
    let mut all = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = || {
            Unread(format!(
                "line {}: neither a series of an exposition nor JSON: {line:?}",
                at + 1
            ))
        };
        all.push(sample(line).ok_or_else(wrong)?);
    }
    Ok(all)
}

fn sample(line: &str) -> Option<Labels> {
    let end = line.find(|letter: char| letter == '{' || letter.is_whitespace())?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = Labels::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            rest = rest.trim_start_matches([' ', ',']);
            if let Some(after) = rest.strip_prefix('}') {
                rest = after;
                break;
            }
            let (label, after) = rest.split_once('=')?;
            let (value, after) = quoted(after.trim_start().strip_prefix('"')?)?;
            // An empty label is no label.
            if !value.is_empty() {
                labels.insert(label.trim().to_owned(), value);
            }
            rest = after;
        }
    }
    let value = rest.split_whitespace().next()?;
    let number = value.parse::<f64>().is_ok() || matches!(value, "+Inf" | "-Inf" | "NaN");
    let is_name = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_' || letter == ':');
    (number && is_name).then(|| {
        labels.insert(NAME.to_owned(), name.to_owned());
        labels
    })
}

/// The text up to the closing quote, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match letters.next()?.1 {
                'n' => value.push('\n'),
                other => value.push(other),
            },
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_read_from_both_forms_and_written() {
        let text = "# HELP a A.\n# TYPE a counter\na{b=\"c\\\"d\",e=\"\"} 1 1700000000\nx:y 2.5\nup{job=\"j\"} NaN # {t=\"1\"} 1\n";
        let metrics = Metrics::read(text).unwrap();
        assert_eq!(metrics.names().collect::<Vec<_>>(), ["a", "up", "x:y"]);
        assert_eq!(
            metrics.labels("a").unwrap()["b"].iter().copied().collect::<Vec<_>>(),
            ["c\"d"]
        );
        assert_eq!(Metrics::read(&metrics.to_json()).unwrap(), metrics);
        for (text, what) in [
            ("{\"a\": 1", "not JSON"),
            ("{\"data\": [1]}", "/api/v1/series"),
            ("<html>", "line 1"),
            ("\n", "no series"),
            ("[{\"a\":\"b\"}]", "__name__"),
        ] {
            assert!(Metrics::read(text).unwrap_err().to_string().contains(what), "{text}");
        }
    }

    #[test]
    fn names_that_look_alike_are_found() {
        let mut metrics = Metrics::default();
        metrics.add_names(
            [
                "node_cpu_seconds_total",
                "node_memory_MemTotal_bytes",
                "kubelet_running_pods",
            ]
            .map(String::from),
        );
        assert_eq!(metrics.like("node_memory_MemTotal"), ["node_memory_MemTotal_bytes"]);
        assert_eq!(metrics.like("nothing_of_it"), [""; 0]);
    }
}
