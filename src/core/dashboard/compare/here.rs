//! Where a walk is, and what is known before it begins.

use std::borrow::Cow;

use serde_json::Value;

use super::datasource::Sources;
use super::fill_ins::FillIn;
use super::place::Step;
use super::plugins::Version;
use super::scope::Scope;
use crate::dashboard::Text;

/// What is known before the walk begins.
#[derive(Debug, Default)]
pub(super) struct Facts<'a> {
    /// The schema versions of both sides; 0 where there is none.
    pub(super) schemas: [u64; 2],
    /// Which side is of the v2 form.
    pub(super) v2: [bool; 2],
    /// The annotations that a conversion of the older side's graphs leaves.
    pub(super) time_regions: Vec<Value>,
    /// How many built-in annotations each side has.
    pub(super) built_in: [usize; 2],
    /// Whether both sides share a crosshair the way it was said before schema step 14.
    pub(super) crosshairs: [bool; 2],
    /// Which tooltip they share, by its number.
    pub(super) tooltips: [u64; 2],
    /// What is known about data sources.
    pub(super) sources: Sources<'a>,
    /// The version of Grafana that saved the newer side, where it noted it in panels.
    pub(super) saved_by: Option<Version>,
    /// Whether the newer side's rows have the ids that a classic rendering of v2 gives them.
    pub(super) renumbers_rows: bool,
    /// What plugins fill in by themselves, as the user says.
    pub(super) fill_ins: &'a [FillIn],
}

impl Facts<'_> {
    /// On which sides a panel, and a variable, may lack the default data source that the other side's save wrote down.
    pub(super) fn filled(&self) -> [[bool; 2]; 2] {
        let [before, after] = self.schemas;
        let crossed = self.crosses(36);
        [
            [crossed && before < after, crossed && after < before],
            [before != after; 2],
        ]
    }

    /// On which sides a data source's name may stand for the reference that step 33 made of it.
    pub(super) fn renamed(&self) -> [bool; 2] {
        let [before, after] = self.schemas;
        let crossed = self.crosses(33);
        [crossed && before < after, crossed && after < before]
    }

    /// Whether the newer side is stored as v2: it is that, or it is what Grafana 13 renders of it.
    pub(super) fn is_stored_as_v2(&self) -> bool {
        self.v2[1] || self.schemas[1] >= 42 && (self.saved_by >= Some((13, 0)) || self.renumbers_rows)
    }

    /// Whether the migration to this schema version ran between the sides.
    pub(super) fn crosses(&self, version: u64) -> bool {
        let [before, after] = self.schemas;
        before.min(after) < version && before.max(after) >= version
    }
}

/// A place in both dashboards.
#[derive(Clone)]
pub(super) struct Here<'a> {
    pub(super) facts: &'a Facts<'a>,
    pub(super) steps: Vec<Step>,
    pub(super) scopes: Vec<(Scope, usize)>,
}

impl<'a> Here<'a> {
    pub(super) fn new(facts: &'a Facts<'a>) -> Self {
        Self {
            facts,
            steps: Vec::new(),
            scopes: vec![(Scope::Dashboard, 0)],
        }
    }

    pub(super) fn scope(&self) -> &Scope {
        self.scopes.last().map_or(&Scope::Dashboard, |(scope, _)| scope)
    }

    /// The way from the dashboard to here.
    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The path from the scope to here as tables know it: `fieldConfig.overrides[].properties[].value`.
    pub(super) fn pattern(&self) -> String {
        let start = self.scopes.last().map_or(0, |(_, start)| *start);
        let mut pattern = String::new();
        for step in &self.steps[start..] {
            match step {
                Step::Key(key) => {
                    if !pattern.is_empty() {
                        pattern.push('.');
                    }
                    pattern.push_str(key);
                }
                Step::Item { .. } | Step::Index(_) => pattern.push_str("[]"),
            }
        }
        pattern
    }

    /// Whether this element is a second one with the same key: then its place has a number beside its name.
    pub(super) fn is_copy(&self, element: &Value) -> bool {
        match self.steps.last() {
            Some(Step::Item { field, value, .. }) => element_name(field, element).is_some_and(|name| name != *value),
            _ => false,
        }
    }

    /// Whether the walk is inside of the first element of the nearest list without keys.
    pub(super) fn is_first(&self) -> bool {
        let nearest = self.steps.iter().rev().find(|step| !matches!(step, Step::Key(_)));
        matches!(nearest, Some(Step::Index(0)))
    }
}

/// Whether an annotation is the one that Grafana inserts into every dashboard.
pub(super) fn is_built_in(annotation: &Value) -> bool {
    annotation.get("builtIn").and_then(Value::as_u64) == Some(1)
}

/// What a list's element is known by.
pub fn element_name(field: &str, element: &Value) -> Option<String> {
    let key = element.get(field)?;
    match key {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        Value::Object(matcher) => {
            let text = |key: &str| match matcher.get(key) {
                None | Some(Value::Null) => Cow::Borrowed(""),
                Some(Value::String(text)) => Cow::Borrowed(text.as_str()),
                // A server and a browser order keys differently.
                Some(options @ Value::Object(_)) => Cow::Owned(Text::of(options).sorted().to_string()),
                Some(other) => Cow::Owned(other.to_string()),
            };
            Some(format!("{}:{}", text("id"), text("options")))
        }
        other => Some(other.to_string()),
    }
}
