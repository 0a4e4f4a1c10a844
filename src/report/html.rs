//! A report as one page that needs nothing from elsewhere: neither scripts, styles, fonts nor pictures.
//!
//! It reads, opens and prints without JavaScript; with it, it filters (`#q=pods&state=drift`) and answers to keys.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};
use similar::ChangeTag;

use super::phrase::cut;
use super::picture::svg;
use super::sheet::{Entry, Part, Section, Tone, plain, time};
use super::template;
use super::told::{Described, Line};
use super::{PastDrift, Sheet};

/// How much of what both sides have is shown around what differs, and of a value as a whole.
const AROUND: usize = 300;
const WHOLE: usize = 6000;
/// The most characters of a title, a message or another text: a browser has to lay it out.
const TEXT: usize = 2000;

/// The page. Everything that came from a server is a text in it, and links lead to http and https only.
#[derive(Debug, Clone)]
pub struct Html {
    sheet: Sheet,
    past: Vec<Value>,
}

impl Html {
    /// Of a drift report, or of what else is made a sheet.
    pub fn new(sheet: impl Into<Sheet>) -> Self {
        Self {
            sheet: sheet.into(),
            past: Vec::new(),
        }
    }

    /// With the drifts that a watch has seen so far.
    #[must_use]
    pub fn past(self, drifts: &[PastDrift]) -> Self {
        let one = |drift: &PastDrift| {
            let by: Vec<String> = drift.by.iter().map(|author| plain(author)).collect();
            json!({
                "target": bounded(&plain(&drift.target)), "dashboard": bounded(&plain(&drift.dashboard)),
                "since": time(&drift.since), "until": drift.until.as_deref().map(time), "by": bounded(&by.join(", ")),
                "what": drift.what,
            })
        };
        Self {
            past: drifts.iter().map(one).collect(),
            ..self
        }
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sheet {
            title,
            verdict,
            tone,
            facts,
            sections,
        } = &self.sheet;
        let states = states(sections);
        let values = json!({
            "title": title, "verdict": verdict, "tone": class(*tone), "facts": facts, "bar": bar(&states),
            "states": states.iter().map(|one| json!({
                "state": one.state, "word": one.word, "tone": class(one.tone), "number": one.number,
            })).collect::<Vec<_>>(),
            "past": self.past,
            "sections": sections.iter().enumerate().map(|(at, one)| section(at, one)).collect::<Vec<_>>(),
        });
        template::page(f, values)
    }
}

/// How many entries are in a state.
struct InState<'a> {
    state: &'a str,
    word: &'a str,
    tone: Tone,
    number: usize,
}

/// The states that occur, the worst first.
fn states(sections: &[Section]) -> Vec<InState<'_>> {
    let mut states: BTreeMap<&str, InState<'_>> = BTreeMap::new();
    for entry in sections
        .iter()
        .flat_map(|section| section.entries.iter().chain(&section.quiet))
    {
        let one = states.entry(&entry.state).or_insert(InState {
            state: &entry.state,
            word: &entry.word,
            tone: entry.tone,
            number: 0,
        });
        one.number += 1;
    }
    let mut states: Vec<_> = states.into_values().collect();
    states.sort_by_key(|one| std::cmp::Reverse((one.tone, one.number)));
    states
}

/// The share of each state, as pieces of a bar that is 1000 wide.
fn bar(states: &[InState<'_>]) -> Vec<Value> {
    let all: usize = states.iter().map(|one| one.number).sum();
    let mut at = 0;
    let mut piece = |one: &InState<'_>| {
        let from = 1000 * at / all;
        at += one.number;
        json!({"x": from, "width": 1000 * at / all - from, "tone": class(one.tone)})
    };
    states.iter().map(&mut piece).collect()
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Quiet => "quiet",
        Tone::Pending => "pending",
        Tone::Changed => "changed",
        Tone::Failed => "failed",
    }
}

/// `at` is its place on the page: what is to be linked to has a name that begins with it.
fn section(at: usize, section: &Section) -> Value {
    let entries = section.entries.iter().enumerate();
    json!({
        "name": bounded(&section.name), "link": short(section.link.as_ref()), "sums": section.sums,
        "error": section.error.as_deref().map(bounded),
        "entries": entries.map(|(number, one)| entry(&format!("s{at}e{number}"), one)).collect::<Vec<_>>(),
        "quiet": section.quiet.iter().map(quiet).collect::<Vec<_>>(),
        "quiet_number": section.quiet.len(),
    })
}

fn entry(name: &str, entry: &Entry) -> Value {
    let parts = entry.parts.iter().enumerate();
    let parts = parts.map(|(number, one)| part(&format!("{name}p{number}"), one));
    let edits = entry.edits.iter().map(
        |edit| json!({"version": edit.version, "author": bounded(&edit.author), "when": bounded(&edit.when), "message": bounded(&edit.message)}),
    );
    json!({
        "kind": if entry.kind == "dashboard" { "" } else { entry.kind },
        "state": entry.state, "word": entry.word, "tone": class(entry.tone), "name": bounded(&entry.name),
        "title": bounded(&entry.title), "uid": bounded(&entry.uid), "link": short(entry.link.as_ref()),
        "who": bounded(&entry.who), "when": bounded(&entry.when), "what": bounded(&entry.what),
        "notes": entry.notes.iter().map(|note| bounded(note)).collect::<Vec<_>>(), "edits": edits.collect::<Vec<_>>(),
        "parts": parts.collect::<Vec<_>>(),
    })
}

/// Of thousands that are as they should be, only what is shown.
fn quiet(entry: &Entry) -> Value {
    json!({
        "kind": if entry.kind == "dashboard" { "" } else { entry.kind },
        "state": entry.state, "name": bounded(&entry.name), "title": bounded(&entry.title),
        "link": short(entry.link.as_ref()),
    })
}

fn part(name: &str, part: &Part) -> Value {
    let anchor = |at: usize| format!("{name}c{at}");
    let changes = part.changes.iter().enumerate();
    json!({
        "name": name, "heading": part.heading,
        "picture": part.picture.as_ref().map(|picture| svg(picture, |at| format!("#{}", anchor(at)))),
        "changes": changes.map(|(at, one)| change(&anchor(at), one)).collect::<Vec<_>>(),
    })
}

fn change(anchor: &str, told: &Described) -> Value {
    json!({
        "anchor": anchor,
        "sign": told.sign.symbol(), "word": told.sign.word(), "class": told.sign.word().replace(' ', "-"),
        "headline": bounded(&told.headline), "lines": told.lines().iter().map(line).collect::<Vec<_>>(),
    })
}

fn line(line: &Line) -> Value {
    let runs = line.shortened(AROUND, WHOLE).into_iter().map(
        |run| json!({"removed": run.tag == ChangeTag::Delete, "added": run.tag == ChangeTag::Insert, "text": run.text}),
    );
    let class = match line.tag {
        ChangeTag::Delete => "was",
        ChangeTag::Insert => "is",
        ChangeTag::Equal => "both",
    };
    json!({"class": class, "sign": line.symbol(), "runs": runs.collect::<Vec<_>>()})
}

/// As much of a text as a page shows, and how long it is where that isn't all.
fn bounded(text: &str) -> String {
    let shown = cut(text, TEXT);
    match shown.len() < text.len() {
        true => format!("{shown} (cut: it has {} characters)", text.chars().count()),
        false => shown,
    }
}

/// A link that may be one: half of it would lead elsewhere.
fn short(link: Option<&String>) -> Option<&String> {
    link.filter(|link| link.len() <= TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{DriftReport, filled, hostile, sample};
    use proptest::prelude::*;

    #[test]
    fn hostile_texts_stay_texts() {
        let page = Html::new(&hostile()).to_string();
        for part in [
            "<script>owned",
            "<img",
            "</title></code>",
            "javascript:owned=1\"",
            "\u{1b}",
            "\u{202e}",
        ] {
            assert!(!page.contains(part), "{part:?}:\n{page}");
        }
        assert_eq!(page.matches("<script>").count(), 1);
        assert_eq!(page.matches("</script>").count(), 1);
        assert!(page.contains("&lt;script&gt;owned&#x3D;1"), "{page}");
    }

    #[test]
    fn it_says_who_when_and_what() {
        let page = Html::new(&sample("Pods")).to_string();
        for part in [
            "<h1>1 of 1 dashboard differs</h1>",
            "eve",
            "2026-01-01 00:00:00 UTC",
            "href=\"http://g:3000/d/u1/x\"",
            "data-state=\"drift\"",
            "+</span><code>&quot;Pods&quot;</code>",
        ] {
            assert!(page.contains(part), "{part:?}:\n{page}");
        }
    }

    #[test]
    fn what_has_no_dashboards_is_a_page_too() {
        let mut report: DriftReport = sample("t");
        report.targets[0].dashboards.clear();
        report.targets[0].error = Some("no route to host".into());
        assert!(Html::new(&report).to_string().contains("no route to host"));
        report.targets.clear();
        assert!(Html::new(&report).to_string().contains("There is nothing to check"));
    }

    #[test]
    fn a_text_without_end_is_cut_and_the_page_says_so() {
        let long = "y".repeat(500_000);
        let page = Html::new(&filled(&long)).to_string();
        assert!(page.contains("… (cut: it has 500000 characters)"));
        let longest = page.split(|c: char| c != 'y').map(str::len).max();
        assert!(longest <= Some(WHOLE), "{longest:?}");
        assert!(page.len() < 200_000, "{}", page.len());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Whatever a text is, it adds no sign that begins an element and no quote that ends an attribute.
        #[test]
        fn any_text_leaves_the_pages_elements_as_they_are(text in ".+|[<>&\"'`=/ a-z-]{1,40}") {
            let signs = |page: &str| ['<', '>', '"'].map(|sign| page.matches(sign).count());
            let (page, plain) = (Html::new(&filled(&text)).to_string(), Html::new(&filled("text")).to_string());
            let spans = |page: &str| page.matches("<del>").count() + page.matches("<ins>").count();
            if spans(&page) == spans(&plain) {
                prop_assert_eq!(signs(&page), signs(&plain));
            }
        }
    }
}
