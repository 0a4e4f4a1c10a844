//! A comparison in the words of the person who made the edits.
//!
//! The reader wants to know what somebody did, not where it stands in a file: `~ panel "CPU" (id 3) › query A › expr`, then
//! the old and the new value with the words that differ marked, a panel that came or went in one line, and a summary.

use std::fmt;

use anstyle::{AnsiColor, Style};
use similar::ChangeTag;

use super::change::{ChangeReport, changes};
use super::told::{Described, Detail, Line, Run, Sign, distinct, kind_told, tell};
use crate::dashboard::compare::{ChangeKind, Comparison};

const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const CHANGED: Style = AnsiColor::Yellow.on_default();
const DIM: Style = Style::new().dimmed();

/// Renders a comparison for people. `Display` writes lines, each ending in a newline.
#[derive(Debug, Clone, Copy)]
pub struct Semantic<'a> {
    comparison: &'a Comparison,
    colour: bool,
    noise: bool,
    paths: bool,
}

impl<'a> Semantic<'a> {
    /// Without colour and without noise.
    pub fn new(comparison: &'a Comparison) -> Self {
        Self {
            comparison,
            colour: false,
            noise: false,
            paths: false,
        }
    }

    /// Whether to use colours; without them, words that differ are marked `[-old-]{+new+}`.
    #[must_use]
    pub fn colour(mut self, colour: bool) -> Self {
        self.colour = colour;
        self
    }

    /// Whether to say where in the file each difference is, in the language of ignore rules.
    #[must_use]
    pub fn paths(mut self, paths: bool) -> Self {
        self.paths = paths;
        self
    }

    /// Whether to list what was suppressed, with its rule.
    #[must_use]
    pub fn noise(mut self, noise: bool) -> Self {
        self.noise = noise;
        self
    }
}

impl fmt::Display for Semantic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = changes(self.comparison);
        for told in tell(&found) {
            lines(f, &told, self.colour, self.paths)?;
        }
        if self.noise {
            let noise: Vec<ChangeReport> = self.comparison.noise.iter().map(ChangeReport::from).collect();
            for told in tell(&noise) {
                let told = Described {
                    sign: Sign::Noise,
                    ..told
                };
                lines(f, &told, self.colour, self.paths)?;
            }
        }
        writeln!(
            f,
            "{}{}",
            Count(&found),
            Suppressed(self.comparison.noise.len(), self.noise)
        )
    }
}

/// Renders what a report holds of a comparison, in the same way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Changes<'a> {
    pub(super) changes: &'a [ChangeReport],
    pub(super) colour: bool,
    pub(super) paths: bool,
}

impl fmt::Display for Changes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for told in tell(self.changes) {
            lines(f, &told, self.colour, self.paths)?;
        }
        writeln!(f, "{}", Count(self.changes))
    }
}

fn lines(f: &mut fmt::Formatter<'_>, told: &Described, colour: bool, paths: bool) -> fmt::Result {
    let style = match told.sign {
        Sign::Added => ADDED,
        Sign::Removed => REMOVED,
        Sign::Changed | Sign::Moved | Sign::Undecidable => CHANGED,
        Sign::Noise => DIM,
    };
    writeln!(f, "{} {}", Painted(style, told.sign.symbol(), colour), told.headline)?;
    if paths {
        told.paths
            .iter()
            .try_for_each(|path| writeln!(f, "    {}", Painted(DIM, path, colour)))?;
    }
    match &told.detail {
        Detail::Nothing => Ok(()),
        Detail::Rule(text) => writeln!(f, "    {}", Painted(DIM, text, colour)),
        Detail::Words(runs) if !colour => writeln!(f, "    {}", marked(runs)),
        Detail::Words(_) | Detail::Values(..) => told.lines().iter().try_for_each(|line| side(f, line, colour)),
    }
}

fn side(f: &mut fmt::Formatter<'_>, line: &Line, colour: bool) -> fmt::Result {
    let style = if line.tag == ChangeTag::Delete { REMOVED } else { ADDED };
    let sign = format!("{} ", line.symbol());
    write!(f, "    {}", Painted(style, &sign, colour))?;
    for run in &line.runs {
        let style = match run.tag {
            ChangeTag::Equal => style,
            _ => style.bold().underline(),
        };
        write!(f, "{}", Painted(style, &run.text, colour))?;
    }
    writeln!(f)
}

/// Both texts in one line: `sum([-old-]{+new+})`.
fn marked(runs: &[Run]) -> String {
    let mut line = String::new();
    for Run { tag, text } in runs {
        match tag {
            ChangeTag::Equal => line.push_str(text),
            ChangeTag::Delete => line.push_str(&format!("[-{text}-]")),
            ChangeTag::Insert => line.push_str(&format!("{{+{text}+}}")),
        }
    }
    // No sign stands before it, and a CI system takes a line that begins so for a command.
    match line.starts_with("::") {
        true => format!("\\{line}"),
        false => line,
    }
}

struct Painted<'a>(Style, &'a str, bool);

impl fmt::Display for Painted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(style, text, true) => write!(f, "{style}{text}{style:#}"),
            Self(_, text, false) => f.write_str(text),
        }
    }
}

/// `1 added, 2 changed`
pub(super) fn sums(changes: &[ChangeReport]) -> String {
    Count(changes).to_string().trim_end_matches('.').to_owned()
}

/// How many differences of which kind: `1 added, 3 changed.`
pub(super) struct Count<'a>(pub(super) &'a [ChangeReport]);

impl fmt::Display for Count<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [
            (Some(ChangeKind::Added), "added"),
            (Some(ChangeKind::Removed), "removed"),
            (Some(ChangeKind::Changed), "changed"),
            (Some(ChangeKind::Moved), "moved"),
            (None, "not comparable"),
        ];
        // What is told together counts once, and what plugins filled in by themselves apart.
        let (filled_in, own): (Vec<_>, Vec<_>) = distinct(self.0).partition(|change| change.filled_in.is_some());
        let count = |kind: Option<ChangeKind>| own.iter().filter(|change| kind_told(change) == kind).count();
        let parts: Vec<String> = kinds
            .iter()
            .map(|(kind, what)| (count(*kind), *what))
            .chain([(filled_in.len(), "filled in by a plugin")])
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{number} {what}"))
            .collect();
        match parts.is_empty() {
            true => f.write_str("The same."),
            false => write!(f, "{}.", parts.join(", ")),
        }
    }
}

/// How much was noise, and whether it was listed.
struct Suppressed(usize, bool);

impl fmt::Display for Suppressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(0, _) => Ok(()),
            Self(1, true) => f.write_str(" (1 difference that nobody made)"),
            Self(1, false) => f.write_str(" (1 difference that nobody made; `dashctl diff --all` shows it)"),
            Self(more, true) => write!(f, " ({more} differences that nobody made)"),
            Self(more, false) => write!(
                f,
                " ({more} differences that nobody made; `dashctl diff --all` shows them)"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::compare::{Context, compare};
    use serde_json::{Value, json};

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
    fn one_change_in_many_panels_is_one_sentence() {
        let page = |unit: &str| {
            let panels = (1..=7).map(|id| json!({"id": id, "type": "stat", "title": format!("P{id}"), "fieldConfig": {"defaults": {"unit": unit}}}));
            json!({"panels": panels.collect::<Vec<_>>()})
        };
        let found = compare(&page("short"), &page("bytes"), &Context::default());
        let told = Semantic::new(&found).to_string();
        let expected = "~ unit: short -> bytes in 7 panels: \"P1\", \"P2\", \"P3\", \"P4\", \"P5\", …\n";
        assert!(told.starts_with(expected), "{told}");
        assert!(told.contains("1 changed."), "{told}");
    }

    #[test]
    fn another_data_source_of_a_panel_s_queries_is_one_sentence() {
        let page = |uids: [&str; 3]| {
            let query = |(at, uid): (usize, &str)| json!({"refId": (["A", "B", "C"][at]), "expr": "up", "datasource": {"type": "prometheus", "uid": uid}});
            let queries: Vec<Value> = uids.into_iter().enumerate().map(query).collect();
            json!({"schemaVersion": 42, "panels": [{"id": 1, "type": "stat", "title": "P", "datasource": {"uid": "-- Mixed --"}, "targets": queries}]})
        };
        let report = |after: [&str; 3]| {
            Semantic::new(&compare(&page(["a", "a", "a"]), &page(after), &Context::default())).to_string()
        };
        assert_eq!(
            report(["b", "a", "b"]),
            "~ panel \"P\" (id 1) › data source of queries A, C: a -> b\n1 changed.\n"
        );
        assert!(
            report(["b", "c", "a"]).ends_with("\n2 changed.\n"),
            "{}",
            report(["b", "c", "a"])
        );
    }

    #[test]
    fn one_setting_in_several_parts_is_one_sentence() {
        let told =
            |before: Value, after: Value| Semantic::new(&compare(&before, &after, &Context::default())).to_string();
        let intervals = |list: Value| json!({"schemaVersion": 38, "timepicker": {"refresh_intervals": list}});
        assert_eq!(
            told(intervals(json!(["5s", "1m", "1h"])), intervals(json!(["1m", "7m"]))),
            "~ auto refresh intervals: 5s, 1h taken out; 7m added\n1 changed.\n"
        );
        let range = |from: &str, to: &str| json!({"time": {"from": from, "to": to}});
        assert_eq!(
            told(range("now-6h", "now"), range("now-2d", "now-1d")),
            "~ time range: now-6h to now -> now-2d to now-1d\n1 changed.\n"
        );
        let source = |kind: &str, uid: &str| json!({"panels": [{"id": 1, "type": "stat", "title": "P", "datasource": {"type": kind, "uid": uid}}]});
        assert_eq!(
            told(source("loki", "a"), source("prometheus", "b")),
            "~ panel \"P\" (id 1) › data source: loki a -> prometheus b\n1 changed.\n"
        );
        let variable = |text: &str, values: Value| json!({"templating": {"list": [{"name": "v", "type": "custom", "multi": true, "query": "a,b,c", "current": {"text": text, "value": values}}]}});
        assert_eq!(
            told(variable("a + b", json!(["a", "b"])), variable("c", json!(["c"]))),
            "~ default of variable `v`: a + b -> c\n1 changed.\n"
        );
    }

    #[test]
    fn it_reads_like_what_somebody_did() {
        let found = compare(&side(false), &side(true), &Context::default());
        insta::assert_snapshot!(Semantic::new(&found).noise(true), @r###"
        ↕ tag "a" and tag "b" changed places
        ~ panel "CPU" (id 3): moved from line 0 to line 8, resized from 12 columns to 24 columns
        ~ panel "CPU" (id 3) › unit
            - "percent"
            + "percentunit"
        ~ panel "CPU" (id 3) › query A › expr
            sum(rate([-requests_total-]{+http_requests_total+}{job="api",code=~"5.."}[5m])) by (pod)
        - row "Old \u{1b}[31mred" with 1 panel
        + panel "Memory" (id 7), timeseries, 2 queries
        · version
            0 -> 1  (server-managed: id, uid and version belong to the server)
        1 added, 1 removed, 3 changed, 1 moved. (1 difference that nobody made)
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

    #[test]
    fn a_report_says_what_the_comparison_says() {
        let found = compare(&side(false), &side(true), &Context::default());
        for colour in [false, true] {
            let own: String = serde_json::to_string(&changes(&found)).unwrap();
            let read: Vec<ChangeReport> = serde_json::from_str(&own).unwrap();
            let text = Changes {
                changes: &read,
                colour,
                paths: false,
            }
            .to_string();
            let said = Semantic::new(&found).colour(colour).to_string();
            assert!(said.starts_with(text.trim_end_matches('\n')), "{text}\n{said}");
        }
    }

    #[test]
    fn a_long_text_does_not_begin_a_line_as_a_command() {
        let side = |word: &str| json!({"description": format!("::stop-commands::{word} {}", "x".repeat(60))});
        let found = compare(&side("a"), &side("b"), &Context::default());
        let text = Semantic::new(&found).to_string();
        assert!(text.contains("    \\::stop-commands::"), "{text}");
    }
}
