//! A comparison in the words of the person who made the edits.
//!
//! The reader wants to know what somebody did, not where it stands in a file: `~ panel "CPU" (id 3) › query A › expr`, then
//! the old and the new value with the words that differ marked, a panel that came or went in one line, and a summary.

use std::fmt;

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::dashboard::compare::{Change, ChangeKind, Comparison, Place, Printable, Rule, Step};

const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const CHANGED: Style = AnsiColor::Yellow.on_default();
const DIM: Style = Style::new().dimmed();
/// A value longer than this is cut when it stands for something that came or went as a whole.
const GLANCE: usize = 160;

/// Renders a comparison for people. `Display` writes lines, each ending in a newline.
#[derive(Debug, Clone, Copy)]
pub struct Semantic<'a> {
    comparison: &'a Comparison,
    colour: bool,
    noise: bool,
}

impl<'a> Semantic<'a> {
    /// Without colour and without noise.
    pub fn new(comparison: &'a Comparison) -> Self {
        Self {
            comparison,
            colour: false,
            noise: false,
        }
    }

    /// Whether to use colours; without them, words that differ are marked `[-old-]{+new+}`.
    #[must_use]
    pub fn colour(mut self, colour: bool) -> Self {
        self.colour = colour;
        self
    }

    /// Whether to list what was suppressed, with its rule.
    #[must_use]
    pub fn noise(mut self, noise: bool) -> Self {
        self.noise = noise;
        self
    }

    fn paint(self, style: Style, text: impl fmt::Display) -> String {
        if self.colour {
            format!("{style}{text}{style:#}")
        } else {
            text.to_string()
        }
    }

    fn change(self, f: &mut fmt::Formatter<'_>, change: &Change) -> fmt::Result {
        let (sign, style) = match change.kind {
            ChangeKind::Added => ("+", ADDED),
            ChangeKind::Removed => ("-", REMOVED),
            ChangeKind::Changed => ("~", CHANGED),
            ChangeKind::Moved => ("↕", CHANGED),
        };
        let sign = self.paint(style, sign);
        let whole = change.after.as_ref().or(change.before.as_ref());
        if let (ChangeKind::Added | ChangeKind::Removed, Some(value), true) =
            (change.kind, whole, is_item(&change.place))
        {
            return writeln!(f, "{sign} {}{}", change.place, described(&change.place, value));
        }
        if let Some(sentence) = sentence(change) {
            return writeln!(f, "{sign} {sentence}");
        }
        writeln!(f, "{sign} {}", change.place)?;
        self.values(f, change.before.as_ref(), change.after.as_ref())
    }

    fn values(self, f: &mut fmt::Formatter<'_>, before: Option<&Value>, after: Option<&Value>) -> fmt::Result {
        match (before, after) {
            (Some(Value::String(old)), Some(Value::String(new))) if old.len() + new.len() > 60 => {
                self.words(f, old, new)
            }
            _ => {
                if let Some(before) = before.filter(|value| !value.is_null()) {
                    writeln!(f, "    {}", self.paint(REMOVED, format_args!("- {}", Shown(before))))?;
                }
                if let Some(after) = after.filter(|value| !value.is_null()) {
                    writeln!(f, "    {}", self.paint(ADDED, format_args!("+ {}", Shown(after))))?;
                }
                Ok(())
            }
        }
    }

    /// Long strings: both with the words that differ marked, or one line with both.
    fn words(self, f: &mut fmt::Formatter<'_>, old: &str, new: &str) -> fmt::Result {
        let diff = TextDiff::from_unicode_words(old, new);
        if !self.colour {
            let mut line = String::new();
            let mut last = ChangeTag::Equal;
            let close = |tag: ChangeTag| match tag {
                ChangeTag::Equal => "",
                ChangeTag::Delete => "-]",
                ChangeTag::Insert => "+}",
            };
            for change in diff.iter_all_changes() {
                if change.tag() != last {
                    line.push_str(close(last));
                    line.push_str(match change.tag() {
                        ChangeTag::Equal => "",
                        ChangeTag::Delete => "[-",
                        ChangeTag::Insert => "{+",
                    });
                    last = change.tag();
                }
                line.push_str(&Printable(change.value()).to_string());
            }
            line.push_str(close(last));
            return writeln!(f, "    {line}");
        }
        for (tag, style, sign) in [(ChangeTag::Delete, REMOVED, '-'), (ChangeTag::Insert, ADDED, '+')] {
            write!(f, "    {style}{sign} {style:#}")?;
            let mut run = String::new();
            let mut marked = false;
            let paint = |marked: bool| if marked { style.bold().underline() } else { style };
            for change in diff
                .iter_all_changes()
                .filter(|change| [ChangeTag::Equal, tag].contains(&change.tag()))
            {
                if marked != (change.tag() == tag) && !run.is_empty() {
                    write!(f, "{0}{run}{0:#}", paint(marked))?;
                    run.clear();
                }
                marked = change.tag() == tag;
                run.push_str(&Printable(change.value()).to_string());
            }
            writeln!(f, "{0}{run}{0:#}", paint(marked))?;
        }
        Ok(())
    }

    fn explained(
        self,
        f: &mut fmt::Formatter<'_>,
        sign: &str,
        place: &Place,
        rule: &Rule,
        values: [Option<&Value>; 2],
    ) -> fmt::Result {
        let glance = |value: Option<&Value>| {
            value.map_or_else(|| "nothing".to_owned(), |value| cut(&Shown(value).to_string(), 60))
        };
        writeln!(f, "{sign} {place}")?;
        let line = format!(
            "    {} -> {}  ({}: {})",
            glance(values[0]),
            glance(values[1]),
            rule.id,
            rule.says
        );
        writeln!(f, "{}", self.paint(DIM, line))
    }
}

impl fmt::Display for Semantic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut changes = self.comparison.changes.iter().peekable();
        while let Some(change) = changes.next() {
            let mut together = vec![change];
            if let Some(panel) = placed_panel(change) {
                while let Some(next) = changes.next_if(|next| placed_panel(next).as_ref() == Some(&panel)) {
                    together.push(next);
                }
                writeln!(f, "{} {panel}: {}", self.paint(CHANGED, "~"), moves(&together))?;
            } else {
                self.change(f, change)?;
            }
        }
        for entry in &self.comparison.undecidable {
            let sign = self.paint(CHANGED, "?");
            self.explained(
                f,
                &sign,
                &entry.place,
                entry.rule,
                [entry.before.as_ref(), entry.after.as_ref()],
            )?;
        }
        if self.noise {
            for entry in &self.comparison.noise {
                let sign = self.paint(DIM, "·");
                self.explained(
                    f,
                    &sign,
                    &entry.place,
                    entry.rule,
                    [entry.before.as_ref(), entry.after.as_ref()],
                )?;
            }
        }
        writeln!(
            f,
            "{}",
            Summary {
                comparison: self.comparison,
                shown: self.noise
            }
        )
    }
}

/// The last line: how many differences of which kind, and how much was noise.
#[derive(Debug)]
struct Summary<'a> {
    comparison: &'a Comparison,
    /// Whether the noise was listed above.
    shown: bool,
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |kind: ChangeKind| {
            self.comparison
                .changes
                .iter()
                .filter(|change| change.kind == kind)
                .count()
        };
        let parts: Vec<String> = [
            (count(ChangeKind::Added), "added"),
            (count(ChangeKind::Removed), "removed"),
            (count(ChangeKind::Changed), "changed"),
            (count(ChangeKind::Moved), "moved"),
            (self.comparison.undecidable.len(), "not comparable"),
        ]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
        let noise = match (self.comparison.noise.len(), self.shown) {
            (0, _) => String::new(),
            (1, true) => " (1 difference that nobody made)".to_owned(),
            (1, false) => " (1 difference that nobody made; `dashctl diff --all` shows it)".to_owned(),
            (more, true) => format!(" ({more} differences that nobody made)"),
            (more, false) => format!(" ({more} differences that nobody made; `dashctl diff --all` shows them)"),
        };
        if parts.is_empty() {
            write!(f, "The same.{noise}")
        } else {
            write!(f, "{}.{noise}", parts.join(", "))
        }
    }
}

fn is_item(place: &Place) -> bool {
    matches!(place.steps().last(), Some(Step::Item { .. } | Step::Index(_)))
}

/// What came or went, in a few words.
fn described(place: &Place, value: &Value) -> String {
    let Value::Object(map) = value else {
        return format!(": {}", cut(&Shown(value).to_string(), GLANCE));
    };
    let text = |key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default();
    let count = |key: &str| map.get(key).and_then(Value::as_array).map_or(0, Vec::len);
    let plural = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let list = match place.steps() {
        [.., Step::Key(list), _] => list.as_str(),
        _ => "",
    };
    match list {
        "panels" if text("type") == "row" => match count("panels") {
            0 => ", row".to_owned(),
            panels => format!(", row with {}", plural(panels, "panel", "panels")),
        },
        "panels" => format!(
            ", {}, {}",
            Printable(text("type")),
            plural(count("targets"), "query", "queries")
        ),
        "targets" if !text("expr").is_empty() => format!(": {}", cut(&Printable(text("expr")).to_string(), GLANCE)),
        "list" => format!(", {}", Printable(text("type"))),
        _ => format!(": {}", cut(&Shown(value).to_string(), GLANCE)),
    }
}

/// What a person did, where there is a word for it.
fn sentence(change: &Change) -> Option<String> {
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    let parent = Place::new(change.place.steps().split_last()?.1.to_vec());
    match (change.place.last_key()?, change.kind) {
        ("row", ChangeKind::Moved) => {
            let name = |row: Option<&Value>| match row {
                Some(Value::String(title)) => format!("row \"{}\"", Printable(title)),
                Some(Value::Number(row)) => format!("row {row}"),
                _ => "no row".to_owned(),
            };
            Some(format!("{parent}: moved from {} to {}", name(before), name(after)))
        }
        (_, ChangeKind::Moved) => Some(format!(
            "{}: in another order, {} -> {}",
            change.place,
            Shown(before?),
            Shown(after?)
        )),
        ("collapsed", ChangeKind::Changed | ChangeKind::Added | ChangeKind::Removed) => {
            let open = after.and_then(Value::as_bool) != Some(true);
            Some(format!("{parent}: {}", if open { "opened" } else { "closed" }))
        }
        _ => None,
    }
}

/// The panel whose place on the page a change is about.
fn placed_panel(change: &Change) -> Option<Place> {
    match change.place.steps() {
        [panel @ .., Step::Key(position), Step::Key(side)]
            if position == "gridPos"
                && matches!(side.as_str(), "x" | "y" | "w" | "h")
                && change.kind == ChangeKind::Changed =>
        {
            Some(Place::new(panel.to_vec()))
        }
        _ => None,
    }
}

/// `moved from x0 y8 to x12 y0, resized from w6 to w12`
fn moves(changes: &[&Change]) -> String {
    let part = |verb: &str, sides: [&str; 2]| {
        let mut found: Vec<&&Change> = changes
            .iter()
            .filter(|change| change.place.last_key().is_some_and(|key| sides.contains(&key)))
            .collect();
        found.sort_by_key(|change| change.place.last_key() != Some(sides[0]));
        let said = |value: fn(&Change) -> Option<&Value>| -> String {
            let words: Vec<String> = found
                .iter()
                .filter_map(|change| Some(format!("{}{}", change.place.last_key()?, Shown(value(change)?))))
                .collect();
            words.join(" ")
        };
        let (from, to) = (
            said(|change| change.before.as_ref()),
            said(|change| change.after.as_ref()),
        );
        (!found.is_empty()).then(|| format!("{verb} from {from} to {to}"))
    };
    let parts: Vec<String> = [part("moved", ["x", "y"]), part("resized", ["w", "h"])]
        .into_iter()
        .flatten()
        .collect();
    parts.join(", ")
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A value as people read it: strings in quotes only where that matters, the rest as JSON, nothing that drives a terminal.
struct Shown<'a>(&'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::String(text) => write!(f, "\"{}\"", Printable(text)),
            other => write!(f, "{}", Printable(&other.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::compare::{Context, compare};
    use serde_json::json;

    fn side(after: bool) -> Value {
        let expr = |metric: &str| format!("sum(rate({metric}{{job=\"api\",code=~\"5..\"}}[5m])) by (pod)");
        let mut panels = vec![json!({
            "id": 3, "type": "timeseries", "title": "CPU", "gridPos": {"x": 0, "y": if after { 8 } else { 0 }, "w": if after { 24 } else { 12 }, "h": 8},
            "fieldConfig": {"defaults": {"unit": if after { "percentunit" } else { "percent" }}, "overrides": []},
            "targets": [{"refId": "A", "expr": expr(if after { "http_requests_total" } else { "requests_total" })}],
        })];
        let other = match after {
            true => {
                json!({"id": 7, "type": "timeseries", "title": "Memory", "targets": [{"refId": "A"}, {"refId": "B"}]})
            }
            false => {
                json!({"id": 5, "type": "row", "title": "Old \u{1b}[31mred", "panels": [{"id": 6, "type": "text"}]})
            }
        };
        panels.push(other);
        json!({"title": "Cluster", "version": u8::from(after), "panels": panels, "tags": if after { json!(["b", "a"]) } else { json!(["a", "b"]) }})
    }

    #[test]
    fn it_reads_like_what_somebody_did() {
        let found = compare(&side(false), &side(true), &Context::default());
        insta::assert_snapshot!(Semantic::new(&found).noise(true), @r###"
        ↕ tags: in another order, ["a","b"] -> ["b","a"]
        ~ panel "CPU" (id 3): moved from y0 to y8, resized from w12 to w24
        ~ panel "CPU" (id 3) › unit
            - "percent"
            + "percentunit"
        ~ panel "CPU" (id 3) › query A › expr
            sum(rate([-requests_total-]{+http_requests_total+}{job="api",code=~"5.."}[5m])) by (pod)
        - panel "Old \u{1b}[31mred" (id 5), row with 1 panel
        + panel "Memory" (id 7), timeseries, 2 queries
        · version
            0 -> 1  (server-managed: id, uid and version belong to the server)
        1 added, 1 removed, 4 changed, 1 moved. (1 difference that nobody made)
        "###);
    }

    #[test]
    fn colours_mark_the_words_that_differ() {
        let found = compare(&side(false), &side(true), &Context::default());
        let text = Semantic::new(&found).colour(true).to_string();
        assert!(text.contains("\u{1b}[4m"), "{text}");
        assert!(!text.contains("\u{1b}[31mred"), "a title must not drive the terminal");
    }

    #[test]
    fn nothing_to_say_is_said() {
        let found = compare(&json!({"version": 1}), &json!({"version": 2}), &Context::default());
        assert_eq!(
            Semantic::new(&found).to_string(),
            "The same. (1 difference that nobody made; `dashctl diff --all` shows it)\n"
        );
        assert_eq!(Semantic::new(&Comparison::default()).to_string(), "The same.\n");
    }
}
