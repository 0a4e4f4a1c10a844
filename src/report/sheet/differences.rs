use serde_json::Value;

use super::drift::part;
use super::{Entry, Section, Sheet, Tone, plain};
use crate::dashboard::compare::Comparison;
use crate::dashboard::outline::Outline;
use crate::plan::TemplateLine;
use crate::report::change::changes;
use crate::report::phrase::plural;
use crate::report::semantic::sums;
use crate::report::text::FromTemplate;

/// Two dashboards, and what is between them.
#[derive(Debug, Clone, Copy)]
pub struct Difference<'a> {
    /// What is compared.
    pub name: &'a str,
    /// What the two sides are called.
    pub sides: [&'a str; 2],
    /// Whether the older side isn't there.
    pub new: bool,
    /// The sides themselves.
    pub dashboards: [&'a Value; 2],
    /// What differs.
    pub comparison: &'a Comparison,
    /// How many differences the user's rules cover.
    pub ignored: usize,
    /// Which lines of a template they come from.
    pub template: &'a [TemplateLine],
}

impl From<&[Difference<'_>]> for Sheet {
    fn from(all: &[Difference<'_>]) -> Self {
        let (quiet, entries): (Vec<Entry>, Vec<Entry>) =
            all.iter().map(entry).partition(|entry| entry.tone == Tone::Good);
        let verdict = match entries.len() {
            0 => "Nothing differs".to_owned(),
            1 => "1 dashboard differs".to_owned(),
            more => format!("{} differ", plural(more, "dashboard", "dashboards")),
        };
        Self {
            title: "Dashboard differences".into(),
            verdict,
            tone: if entries.is_empty() { Tone::Good } else { Tone::Pending },
            facts: Vec::new(),
            sections: vec![Section {
                entries,
                quiet,
                ..Section::default()
            }],
        }
    }
}

fn entry(one: &Difference<'_>) -> Entry {
    let changes = changes(one.comparison);
    let (state, tone) = match (one.new, one.comparison.is_same()) {
        (true, _) => ("new", Tone::Pending),
        (false, true) => ("same", Tone::Good),
        (false, false) => ("differs", Tone::Pending),
    };
    let mut notes = vec![format!("from {} to {}", plain(one.sides[0]), plain(one.sides[1]))];
    if one.ignored > 0 {
        let covered = plural(one.ignored, "difference is", "differences are");
        notes.push(format!("{covered} covered by ignore rules"));
    }
    if !one.new {
        notes.extend(FromTemplate(one.template).lines());
    }
    Entry {
        what: if one.new {
            "it is not in Grafana yet".into()
        } else {
            sums(&changes)
        },
        notes,
        parts: match one.new {
            true => Vec::new(),
            false => {
                let sides = one.dashboards.map(Outline::of);
                part("What differs", &changes, Some(sides.each_ref()))
                    .into_iter()
                    .collect()
            }
        },
        ..Entry::new("dashboard", state, tone, one.name)
    }
}
