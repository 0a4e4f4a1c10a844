//! What differs between two dashboards, and what is only noise?
//!
//! [`compare`] answers with a [`Comparison`]: the [`Change`]s that mean something, the noise that nobody made (each with
//! the [`Rule`] that says so), and what can't be told. It never brings both sides to one common form, because a form that
//! loses something makes a diff that misses something. Instead it pairs what belongs together ([`Place`] says by which keys),
//! derives from an old form what Grafana's own migrations make of it (`lift/`), and holds everything that is left against
//! one table of rules (`rules.rs`), leaf by leaf. A difference that no rule explains is a change.
//!
//! Noise is a relation between two dashboards, not a property of one: `fillGradient: 0` and nothing are alike, 0 and 7 are not.

mod align;
mod change;
mod context;
mod datasource;
mod defaults;
mod explain;
mod fill_ins;
mod form;
mod grid;
mod here;
mod ignore;
mod kin;
mod labels;
mod legacy;
mod lift;
mod moves;
mod number;
mod numbering;
mod page;
mod pairing;
mod panel;
mod panels;
mod place;
mod placing;
mod plugins;
mod query;
mod rows;
mod rules;
mod same;
mod scenes;
mod scope;
mod unify;
mod variables;
mod walk;
mod whole_rows;

pub use change::{Change, ChangeKind, Comparison, Explained};
pub use context::Context;
pub use fill_ins::{FillIn, FillInError, FilledIn};
pub(in crate::dashboard) use grid::Cell;
pub use here::element_name;
pub use ignore::{IgnoreRule, IgnoreRuleError, Ignored};
pub(in crate::dashboard) use kin::{
    Hung, aligned, flat, lifted, on_the_grid_of, pairs, panel_step, rows_of, rows_paired, same,
};
pub use labels::{field_label, spoken, transformation, value_words};
pub use numbering::{FormerIds, give_ids, has_own_ids, highest_id, restore_ids, take_ids};
pub use place::{Place, Printable, Step};
pub use plugins::usual_thresholds;
pub use rules::{RULES, Rule};

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

use datasource::{At, Sources};
use here::Facts;
use panels::Panels;
use walk::Walker;

/// A dashboard in the classic form's words, whichever form it has: where something is looked up, and nothing is written.
pub fn in_classic_words(dashboard: &Value) -> Cow<'_, Value> {
    unify::classic(dashboard)
}

/// Compares two dashboards as Grafana understands them. Both are plain dashboard objects, not the envelope that the API
/// puts around them. Either may be the older one: what matters is which form each part of them has.
pub fn compare(before: &Value, after: &Value, context: &Context) -> Comparison {
    if before == after {
        return Comparison::default();
    }
    let forms = Forms::of(before, after);
    comparing(&forms, context).told(&Place::default())
}

/// Two dashboards in forms that can be compared: in the classic one's words, and on a grid where one of them is.
#[derive(Debug)]
pub(in crate::dashboard) struct Forms<'v> {
    sides: [Cow<'v, Value>; 2],
    v2: [bool; 2],
    /// What each side had for rows, where one was brought on the other's grid.
    rows: Option<[Option<Value>; 2]>,
}

impl<'v> Forms<'v> {
    pub(in crate::dashboard) fn of(before: &'v Value, after: &'v Value) -> Self {
        let v2 = [before, after].map(unify::is_v2);
        let [before, after] = [before, after].map(unify::classic);
        // Dashboards from before Grafana 5 have rows.
        let grids = match (rows::of(&before), rows::of(&after)) {
            (Some(_), None) => [Some(rows::lift(&before, &after)), None],
            (None, Some(_)) => [None, Some(rows::lift(&after, &before))],
            _ => [None, None],
        };
        let is_lifted = grids.iter().any(Option::is_some);
        let had = || [&before, &after].map(|side| side.get("rows").cloned());
        let rows = is_lifted.then(had);
        let [one, other] = grids;
        Self {
            sides: [one.map_or(before, Cow::Owned), other.map_or(after, Cow::Owned)],
            v2,
            rows,
        }
    }
}

/// A comparison of which all is known but what differs: that is told place by place.
#[derive(Debug)]
pub(in crate::dashboard) struct Comparing<'p> {
    sides: [&'p Value; 2],
    rows: Option<&'p [Option<Value>; 2]>,
    panels: Panels<'p>,
    facts: Facts<'p>,
}

/// Begins a comparison.
pub(in crate::dashboard) fn comparing<'p>(forms: &'p Forms<'_>, context: &'p Context) -> Comparing<'p> {
    let ([before, after], v2) = (forms.sides.each_ref().map(Cow::as_ref), forms.v2);
    let panels = Panels::pair(before, after, v2);
    let schemas = [before, after].map(super::schema_version);
    let mut facts = Facts {
        schemas,
        v2,
        time_regions: lift::graph_conversion::time_regions::annotations(before),
        built_in: [before, after].map(built_in_annotations),
        crosshairs: [before, after].map(|side| side.get("sharedCrosshair").and_then(Value::as_bool).unwrap_or(false)),
        tooltips: [before, after].map(|side| side.get("graphTooltip").and_then(Value::as_u64).unwrap_or(0)),
        sources: Sources::default(),
        saved_by: panels.saved_by(),
        renumbers_rows: panels.renumbers_rows(),
        fill_ins: &context.fill_ins,
    };
    let mut sources = Sources::new(
        context.data_sources.as_deref(),
        [before, after],
        facts.filled(),
        facts.renamed(),
    );
    panels.witness(&mut sources);
    witness_lists(&mut sources, before, after);
    facts.sources = sources;
    Comparing {
        sides: [before, after],
        rows: forms.rows.as_ref(),
        panels,
        facts,
    }
}

impl Comparing<'_> {
    /// What differs at a place, in it and around it; of what lies elsewhere nothing need be told.
    pub(in crate::dashboard) fn told(&self, place: &Place) -> Comparison {
        let [before, after] = self.sides;
        let may_be = |at: usize, step: &Step| place.steps().get(at).is_none_or(|asked| asked.may_be(step));
        let is_asked = |key: &str| may_be(0, &Step::Key(key.to_owned()));
        let mut walker = Walker::new(&self.facts);
        if let Some([one, other]) = self.rows {
            walker.at_key("rows", |walker| {
                walker.noise(&rules::ROWS_TO_GRID, one.as_ref(), other.as_ref())
            });
        }
        match (before, after) {
            (Value::Object(old), Value::Object(new)) => {
                let keys = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key)));
                let nav = self.facts.crosses(7).then(|| first_of_nav(before)).flatten();
                for key in keys.filter(|key| !is_walked_apart(key, before, after) && is_asked(key)) {
                    walker.at_key(key, |walker| match nav.filter(|_| key == "timepicker") {
                        Some(nav) => {
                            walker.noise(&rules::NAV, old.get(key), Some(nav));
                            walker.value(Some(nav), new.get(key));
                        }
                        None => walker.value(old.get(key), new.get(key)),
                    });
                }
                if is_asked("rows") {
                    legacy::walk(&mut walker, before, after);
                }
                if is_asked("panels") {
                    self.panels.walk(&mut walker, &|panel| may_be(1, panel));
                }
            }
            _ => walker.value(Some(before), Some(after)),
        }
        walker.found
    }
}

/// What step 7 makes the time picker of (`DashboardMigrator.ts`, `v7.go`).
fn first_of_nav(before: &Value) -> Option<&Value> {
    before.get("nav")?.get(0).filter(|first| first.is_object())
}

fn built_in_annotations(side: &Value) -> usize {
    let list = side.pointer("/annotations/list").and_then(Value::as_array);
    list.map_or(0, |list| list.iter().filter(|entry| here::is_built_in(entry)).count())
}

/// Rows of panels and panels in lists are paired across the whole dashboard; anything else under these keys is a plain value.
fn is_walked_apart(key: &str, before: &Value, after: &Value) -> bool {
    let listed = |side: &Value| side.get(key).is_none_or(|value| value.is_array() || value.is_null());
    match key {
        "panels" => listed(before) && listed(after) && holds_panels(before, after),
        "rows" => rows::of(before).is_some() && rows::of(after).is_some(),
        _ => false,
    }
}

fn holds_panels(before: &Value, after: &Value) -> bool {
    [before, after].iter().any(|side| {
        side.get("panels")
            .and_then(Value::as_array)
            .is_some_and(|list| !list.is_empty())
    })
}

/// Variables and annotations name data sources, too.
fn witness_lists(sources: &mut Sources<'_>, before: &Value, after: &Value) {
    for (pointer, at) in [("/templating/list", At::Variable), ("/annotations/list", At::Panel)] {
        let [before, after] = [before, after].map(|side| side.pointer(pointer).and_then(Value::as_array));
        let mut others = HashMap::new();
        for entry in after.into_iter().flatten() {
            others.entry(entry.get("name").and_then(Value::as_str)).or_insert(entry);
        }
        for entry in before.into_iter().flatten() {
            if let Some(other) = others.get(&entry.get("name").and_then(Value::as_str)) {
                sources.witness(at, entry.get("datasource"), other.get("datasource"));
            }
        }
    }
}

#[cfg(test)]
mod tests;
