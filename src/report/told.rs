//! A difference as every format shows it: a sign, a headline, and what was there and is there now.
//!
//! The words are made here, once; a format only decides how a line and a marked word look.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::ChangeReport;
use super::parts::Shown;
use super::phrase::cut;
use super::setting;
use crate::dashboard::compare::{ChangeKind, Printable, RULES};

/// Two strings that are longer than this together are told by the words that differ.
const SHORT: usize = 60;
/// What of the values is shown beside a rule.
const BESIDE_RULE: usize = 60;
/// How long words are looked for; after that, longer runs count as different.
const PATIENCE: Duration = Duration::from_millis(100);

/// What kind of difference it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Added,
    Removed,
    Changed,
    Moved,
    /// An edit or a lossy migration.
    Undecidable,
    /// Nobody made it.
    Noise,
}

impl Sign {
    /// As one character.
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Added => "+",
            Self::Removed => "-",
            Self::Changed => "~",
            Self::Moved => "↕",
            Self::Undecidable => "?",
            Self::Noise => "·",
        }
    }

    /// As a word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Moved => "moved",
            Self::Undecidable => "not comparable",
            Self::Noise => "noise",
        }
    }
}

/// One difference. Its texts drive no terminal; what they mean in HTML or Markdown is for these to escape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Described {
    pub(super) sign: Sign,
    pub(super) headline: String,
    /// Where in the file: one place, or all that the headline tells together.
    pub(super) paths: Vec<String>,
    pub(super) detail: Detail,
}

/// What is shown below the headline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Detail {
    /// The headline says it all.
    Nothing,
    /// The value that was there, and the one that is.
    Values(Option<String>, Option<String>),
    /// Both texts in one, word by word.
    Words(Vec<Run>),
    /// Both values at a glance, and the rule that keeps them from being told.
    Rule(String),
}

/// A stretch of text that both sides have, or one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) tag: ChangeTag,
    pub(super) text: String,
}

/// A line of a diff: what was there, or what is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) tag: ChangeTag,
    pub(super) runs: Vec<Run>,
}

impl Line {
    /// `+`, `-`, or nothing.
    pub(super) fn symbol(&self) -> &'static str {
        match self.tag {
            ChangeTag::Delete => "-",
            ChangeTag::Insert => "+",
            ChangeTag::Equal => " ",
        }
    }

    /// The line with no more than `around` characters of what both sides have beside what differs, and no more than `whole`
    /// of a stretch that differs or of a line without one.
    pub(super) fn shortened(&self, around: usize, whole: usize) -> Vec<Run> {
        let last = self.runs.len().saturating_sub(1);
        let text = |(at, run): (usize, &Run)| match run.tag {
            ChangeTag::Equal if last > 0 => {
                let head = if at == 0 { 0 } else { around };
                let tail = if at == last { 0 } else { around };
                without_middle(&run.text, head, tail)
            }
            _ => cut(&run.text, whole),
        };
        let run = |(at, run): (usize, &Run)| Run {
            tag: run.tag,
            text: text((at, run)),
        };
        self.runs.iter().enumerate().map(run).collect()
    }
}

/// The first and the last characters of a text, where there are more.
fn without_middle(text: &str, head: usize, tail: usize) -> String {
    let length = text.chars().count();
    if length <= head + tail + 1 {
        return text.to_owned();
    }
    let start = text.char_indices().nth(head).map_or(0, |(at, _)| at);
    let end = text.char_indices().nth(length - tail).map_or(text.len(), |(at, _)| at);
    format!("{}…{}", &text[..start], &text[end..])
}

/// Differences in words, in their order.
pub(super) fn tell(changes: &[ChangeReport]) -> impl Iterator<Item = Described> {
    distinct(changes).map(|change| match &change.words {
        Some(words) => Described::of(change).at(changes.iter().filter(|other| other.words.as_ref() == Some(words))),
        None => Described::of(change),
    })
}

/// One change for each that is told: not those that one sentence tells together with it, nor what says the same again.
pub(super) fn distinct(changes: &[ChangeReport]) -> impl Iterator<Item = &ChangeReport> {
    // What went and what came may read alike.
    let is = |change: &ChangeReport, kind: ChangeKind| kind_told(change) == Some(kind);
    let came = changes.iter().filter(|change| is(change, ChangeKind::Added));
    let came: HashSet<&str> = came.filter_map(|change| change.words.as_deref()).collect();
    let mut told: HashSet<(&str, bool)> = HashSet::new();
    let paths: HashMap<&str, &ChangeReport> = changes.iter().map(|change| (change.path.as_str(), change)).collect();
    changes
        .iter()
        .filter(move |change| {
            let gone = |words: &str| is(change, ChangeKind::Removed) && came.contains(words);
            change
                .words
                .as_deref()
                .is_none_or(|words| told.insert((words, gone(words))))
        })
        .filter(move |change| !is_said_elsewhere(change, &paths))
}

/// How a change is told. Of one setting that one sentence tells, whatever its parts are, the setting was changed.
pub(super) fn kind_told(change: &ChangeReport) -> Option<ChangeKind> {
    match is_part(change) {
        true => Some(ChangeKind::Changed),
        false => change.kind,
    }
}

/// Whether a change is a part of one setting that one sentence tells.
fn is_part(change: &ChangeReport) -> bool {
    let path = change.path.as_str();
    let is_variable = path.starts_with("templating.list[") || path.contains("].variables[");
    let is_default = is_variable && path.contains("].current.");
    let is_interval = path.starts_with("timepicker.refresh_intervals[");
    let is_source = path.ends_with(".datasource.type") || path.ends_with(".datasource.uid");
    let is_layout = path == "layout" || path.ends_with("].layout");
    let is_size = ["columnWidth", "rowHeight"]
        .iter()
        .any(|size| path.ends_with(&format!("layout.{size}")));
    let is_setting = setting::is_part(path);
    change.words.is_some() && (is_default || is_interval || is_source || is_layout || is_size || is_setting)
}

/// Whether a change says again what another one says: a query's data source that changed with the panel's, the text of a
/// variable's query as lists show it, and its choices where the query spells them out.
fn is_said_elsewhere(change: &ChangeReport, changes: &HashMap<&str, &ChangeReport>) -> bool {
    let alike = |path: String| {
        changes
            .get(path.as_str())
            .is_some_and(|other| (&other.before, &other.after) == (&change.before, &change.after))
    };
    if let Some((panel, query)) = change.path.split_once(".targets[")
        && let Some((_, source)) = query.split_once("].datasource")
    {
        return alike(format!("{panel}.datasource{source}"));
    }
    if let Some(variable) = change.path.strip_suffix(".definition") {
        return alike(format!("{variable}.query")) || alike(format!("{variable}.query.query"));
    }
    let choices = change
        .path
        .split_once("].options")
        .filter(|_| change.path.starts_with("templating.list[") || change.path.contains("].variables["));
    choices.is_some_and(|(variable, _)| changes.contains_key(format!("{variable}].query").as_str()))
}

impl Described {
    fn of(change: &ChangeReport) -> Self {
        let sign = match kind_told(change) {
            Some(ChangeKind::Added) => Sign::Added,
            Some(ChangeKind::Removed) => Sign::Removed,
            Some(ChangeKind::Changed) => Sign::Changed,
            Some(ChangeKind::Moved) => Sign::Moved,
            None => Sign::Undecidable,
        };
        let (before, after) = (change.before.as_ref(), change.after.as_ref());
        let detail = match (&change.words, &change.rule) {
            (_, Some(rule)) => Detail::Rule(beside_rule(before, after, rule)),
            (Some(_), None) => Detail::Nothing,
            (None, None) => values(&change.path, before, after),
        };
        let headline = change.words.as_ref().unwrap_or(&change.place);
        Self {
            sign,
            headline: Printable(headline).to_string(),
            paths: vec![Printable(&change.path).to_string()],
            detail,
        }
    }

    fn at<'c>(self, changes: impl Iterator<Item = &'c ChangeReport>) -> Self {
        Self {
            paths: changes.map(|change| Printable(&change.path).to_string()).collect(),
            ..self
        }
    }

    /// What is below the headline, line by line.
    pub(super) fn lines(&self) -> Vec<Line> {
        let whole = |tag: ChangeTag, text: &String| Line {
            tag,
            runs: vec![Run {
                tag: ChangeTag::Equal,
                text: text.clone(),
            }],
        };
        match &self.detail {
            Detail::Nothing => Vec::new(),
            Detail::Rule(text) => vec![whole(ChangeTag::Equal, text)],
            Detail::Values(before, after) => {
                let before = before.iter().map(|text| whole(ChangeTag::Delete, text));
                let after = after.iter().map(|text| whole(ChangeTag::Insert, text));
                before.chain(after).collect()
            }
            Detail::Words(runs) => [ChangeTag::Delete, ChangeTag::Insert]
                .map(|tag| Line {
                    tag,
                    runs: side(runs, tag),
                })
                .into(),
        }
    }
}

/// One side of two texts; of a run that both have, neighbours come together.
fn side(runs: &[Run], tag: ChangeTag) -> Vec<Run> {
    let mut side: Vec<Run> = Vec::new();
    for run in runs.iter().filter(|run| [ChangeTag::Equal, tag].contains(&run.tag)) {
        match side.last_mut() {
            Some(last) if last.tag == run.tag => last.text.push_str(&run.text),
            _ => side.push(run.clone()),
        }
    }
    side
}

fn beside_rule(before: Option<&Value>, after: Option<&Value>, rule: &str) -> String {
    let glance = |value: Option<&Value>| {
        value.map_or_else(
            || "nothing".to_owned(),
            |value| cut(&Shown(value).to_string(), BESIDE_RULE),
        )
    };
    // A report that another version made may name a rule that this one doesn't have.
    let says = RULES.iter().find(|known| known.id == rule);
    let says = says.map_or_else(String::new, |known| format!(": {}", known.says));
    format!("{} -> {}  ({}{says})", glance(before), glance(after), Printable(rule))
}

fn values(path: &str, before: Option<&Value>, after: Option<&Value>) -> Detail {
    match (before, after) {
        (Some(Value::String(old)), Some(Value::String(new))) if old.len() + new.len() > SHORT => {
            Detail::Words(words(old, new))
        }
        _ => {
            let shown = |value: Option<&Value>| {
                let value = value.filter(|value| !value.is_null())?;
                Some(setting::shown(path, value))
            };
            Detail::Values(shown(before), shown(after))
        }
    }
}

fn words(old: &str, new: &str) -> Vec<Run> {
    let diff = TextDiff::configure().timeout(PATIENCE).diff_unicode_words(old, new);
    let mut runs: Vec<Run> = Vec::new();
    for change in diff.iter_all_changes() {
        let text = Printable(change.value()).to_string();
        match runs.last_mut() {
            Some(last) if last.tag == change.tag() => last.text.push_str(&text),
            _ => runs.push(Run {
                tag: change.tag(),
                text,
            }),
        }
    }
    runs
}
