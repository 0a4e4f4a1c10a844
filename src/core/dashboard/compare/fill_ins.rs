//! What plugins that aren't Grafana's own fill in by themselves.
//!
//! Their defaults can't be known. Two things can: what the user says (`noise:` in `dashctl.yaml`, a row for each setting:
//! [`FillIn`]), and what looks like it. A loader fills in a default in every panel that lacks it; a person sets it in one.
//! So an addition made alike in all panels of a plugin that lacked it, and in two at least, is marked ([`FilledIn`]): it stays
//! a difference, and is told as what it seems to be.

use std::collections::BTreeMap;
use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ignore::{IgnoreRule, IgnoreRuleError};
use super::place::{Place, Step};
use super::same::{present, same};
use super::{Change, ChangeKind, plugins};

/// So many steps lead from the dashboard to a panel: the list, and the panel in it.
const PANEL: usize = 2;

/// A setting that a plugin fills in by itself: this value, at this place of its panels, where there was none, is no edit.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "FillInRow")]
pub struct FillIn {
    /// The plugin's id.
    pub plugin: String,
    /// Where, from the panel on (`options.layout`); or from the dashboard on, in one panel only (`panels[id=3].options.layout`).
    pub path: IgnoreRule,
    /// The value.
    pub value: Value,
}

/// What one kind of panels fills in by itself, although Grafana doesn't say so.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct FillInRow {
    /// The id of the panel plugin, as `type` of its panels has it: `volkovlabs-form-panel`.
    plugin: String,
    /// The setting, as ignore rules are written, from the panel on: `options.layout.variant`.
    path: String,
    /// The value that is filled in.
    value: Value,
}

impl TryFrom<FillInRow> for FillIn {
    type Error = FillInError;

    fn try_from(row: FillInRow) -> Result<Self, Self::Error> {
        if row.plugin.trim().is_empty() {
            return Err(FillInError::Plugin);
        }
        if row.value.is_null() {
            return Err(FillInError::Value { path: row.path });
        }
        let path: IgnoreRule = row.path.parse().map_err(|source| FillInError::Path {
            path: row.path.clone(),
            source,
        })?;
        Ok(Self {
            plugin: row.plugin.trim().to_owned(),
            path,
            value: row.value,
        })
    }
}

impl JsonSchema for FillIn {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FillIn".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        FillInRow::json_schema(generator)
    }
}

/// Why a row says nothing that a plugin could fill in.
#[derive(Debug, thiserror::Error)]
pub enum FillInError {
    /// No plugin.
    #[error("`plugin` is empty; give the panel's `type`, such as volkovlabs-form-panel")]
    Plugin,
    /// Nothing is filled in.
    #[error("{path:?}: a null fills in nothing; give the value as it stands in the saved panel, or take the row out")]
    Value {
        /// The path.
        path: String,
    },
    /// No path.
    #[error("path {path:?}: {source}; give the setting from the panel on, such as options.layout.variant")]
    Path {
        /// The path.
        path: String,
        /// What is wrong with it.
        source: IgnoreRuleError,
    },
}

impl FillIn {
    /// Whether two rows say the same, in however many ways a number can be written.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.plugin == other.plugin && self.path == other.path && same(&self.value, &other.value)
    }

    /// Whether this is what the plugin puts at a place in one of its panels where nothing was.
    pub(super) fn explains(&self, kind: &str, place: &[Step], before: Option<&Value>, after: Option<&Value>) -> bool {
        let from = if self.path.is_of_dashboard() { 0 } else { PANEL };
        self.plugin == kind
            && present(before).is_none()
            && after.is_some_and(|after| same(&self.value, after))
            && place.get(from..).is_some_and(|steps| self.path.names(steps))
    }
}

/// What an addition seems to be: a default of a plugin that isn't Grafana's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FilledIn {
    /// The plugin's id.
    pub plugin: String,
    /// Where, from the panel on: `options.layout`.
    pub path: String,
}

impl FilledIn {
    /// The rows of `noise:` that would rule an addition out: one for each setting in it.
    pub fn rows(&self, value: &Value) -> Vec<FillIn> {
        let row = |(keys, value): (Vec<&str>, &Value)| {
            let rest = place_of(&keys).keyed_path();
            let dot = if rest.is_empty() || rest.starts_with('[') {
                ""
            } else {
                "."
            };
            Some(FillIn {
                plugin: self.plugin.clone(),
                path: format!("{}{dot}{rest}", self.path).parse().ok()?,
                value: value.clone(),
            })
        };
        settings(value).into_iter().filter_map(row).collect()
    }
}

fn place_of(keys: &[&str]) -> Place {
    Place::new(keys.iter().map(|key| Step::Key((*key).to_owned())).collect())
}

/// Two panels that belong together, and which of all changes lie in them.
pub(super) struct Walked<'v> {
    pub(super) before: &'v Value,
    pub(super) after: &'v Value,
    pub(super) changes: Range<usize>,
}

/// Marks the additions that look like what a plugin's loader does.
pub(super) fn mark(changes: &mut [Change], panels: Vec<Walked<'_>>) {
    let mut by_plugin: BTreeMap<&str, Vec<Walked<'_>>> = BTreeMap::new();
    for panel in panels {
        if panel.before.get("type") == panel.after.get("type")
            && let Some(kind) = panel.after.get("type").and_then(Value::as_str)
            && !plugins::is_grafanas_own(kind)
        {
            by_plugin.entry(kind).or_default().push(panel);
        }
    }
    for (plugin, panels) in by_plugin.iter().filter(|(_, panels)| panels.len() > 1) {
        for change in panels.iter().flat_map(|panel| panel.changes.clone()) {
            if let Some(inside) = setting_of(&changes[change])
                && looks_filled_in(&inside, changes[change].after.as_ref(), panels)
            {
                let path = place_of(&inside).keyed_path();
                let plugin = (*plugin).to_owned();
                changes[change].filled_in = Some(FilledIn { plugin, path });
            }
        }
    }
}

/// The keys from the panel to an addition, if it is one that a loader could make: among the options and the settings of
/// fields.
fn setting_of(change: &Change) -> Option<Vec<&str>> {
    let inside = change.place.steps().get(PANEL..)?.iter();
    let keys: Option<Vec<&str>> = inside.map(Step::key).collect();
    let keys = keys.filter(|_| change.kind == ChangeKind::Added)?;
    matches!(keys.as_slice(), ["options", ..] | ["fieldConfig", "defaults", ..]).then_some(keys)
}

/// Whether every setting in an addition came alike in all panels that lacked it.
fn looks_filled_in(inside: &[&str], value: Option<&Value>, panels: &[Walked<'_>]) -> bool {
    let Some(value) = value else { return false };
    settings(value).into_iter().all(|(rest, value)| {
        let path: Vec<&str> = inside.iter().copied().chain(rest).collect();
        let mut lacking = panels.iter().filter(|panel| at(panel.before, &path).is_none());
        let alike = |panel: &Walked<'_>| at(panel.after, &path).is_some_and(|other| same(value, other));
        lacking.clone().count() > 1 && lacking.all(alike)
    })
}

fn at<'v>(panel: &'v Value, path: &[&str]) -> Option<&'v Value> {
    let found = path.iter().try_fold(panel, |value, key| value.get(key));
    present(found)
}

/// The settings in a value, each with its keys: an object is as many as it holds, anything else is one.
pub(super) fn settings(value: &Value) -> Vec<(Vec<&str>, &Value)> {
    match value {
        Value::Object(parts) if !parts.is_empty() => {
            let inside = parts
                .iter()
                .filter(|(_, part)| !part.is_null())
                .flat_map(|(key, part)| {
                    settings(part).into_iter().map(move |(mut path, value)| {
                        path.insert(0, key.as_str());
                        (path, value)
                    })
                });
            inside.collect()
        }
        _ => vec![(Vec::new(), value)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::compare::{Comparison, Context, compare};
    use serde_json::json;

    /// A dashboard with panels of one plugin, each with these options.
    fn page(kind: &str, options: &[Value]) -> Value {
        let panel =
            |(at, options): (usize, &Value)| json!({"id": at + 1, "type": kind, "title": "P", "options": options});
        json!({"schemaVersion": 42, "panels": options.iter().enumerate().map(panel).collect::<Vec<_>>()})
    }

    fn found(kind: &str, before: &[Value], after: &[Value]) -> Comparison {
        compare(&page(kind, before), &page(kind, after), &Context::default())
    }

    fn marked(found: &Comparison) -> Vec<bool> {
        found.changes.iter().map(|change| change.filled_in.is_some()).collect()
    }

    const FORM: &str = "someones-form-panel";

    #[test]
    fn an_addition_made_alike_in_every_panel_that_lacked_it_is_the_plugins() {
        let before = [json!({"x": 1}), json!({"x": 2}), json!({"x": 3, "sync": false})];
        let after = [
            json!({"x": 1, "sync": true, "layout": {"a": 1, "b": "c"}}),
            json!({"x": 2, "sync": true, "layout": {"a": 1, "b": "c"}}),
            json!({"x": 3, "sync": false, "layout": {"a": 1, "b": "c"}}),
        ];
        let found = found(FORM, &before, &after);
        assert_eq!(marked(&found), [true; 5], "{:#?}", found.changes);
        let rows: Vec<String> = found.changes[..2]
            .iter()
            .flat_map(|change| change.filled_in.as_ref().unwrap().rows(change.after.as_ref().unwrap()))
            .map(|row| format!("{} {}", row.path, row.value))
            .collect();
        assert_eq!(
            rows,
            ["options.sync true", "options.layout.a 1", r#"options.layout.b "c""#]
        );
    }

    #[test]
    fn what_a_person_may_have_done_is_a_change_of_its_own() {
        let lacking = [json!({"x": 1}), json!({"x": 2})];
        let set = |one: Value, other: Value| [json!({"x": 1, "y": one}), json!({"x": 2, "y": other})];
        // In one panel, differently in two, in the only panel, in a plugin of Grafana's own, or not an addition.
        let not_marked = |found: Comparison| {
            assert!(
                !found.changes.is_empty() && !marked(&found).contains(&true),
                "{:#?}",
                found.changes
            );
        };
        not_marked(found(FORM, &lacking, &[json!({"x": 1, "y": 1}), json!({"x": 2})]));
        not_marked(found(FORM, &lacking, &set(1.into(), 2.into())));
        not_marked(found(FORM, &lacking[..1], &set(1.into(), 1.into())[..1]));
        not_marked(found("canvas", &lacking, &set(1.into(), 1.into())));
        not_marked(found("datagrid", &lacking, &set(1.into(), 1.into())));
        not_marked(found(FORM, &set(1.into(), 1.into()), &set(2.into(), 2.into())));
        not_marked(found(FORM, &set(1.into(), 1.into()), &lacking));
    }

    #[test]
    fn a_hand_made_change_beside_a_fill_in_stays_apart() {
        let before = [json!({"x": 1}), json!({"x": 2}), json!({"x": 3})];
        let mut after = [1, 2, 3].map(|x| json!({"x": x, "y": "d"}));
        after[2]["z"] = "by hand".into();
        let found = found(FORM, &before, &after);
        assert_eq!(marked(&found), [true, true, true, false]);
    }

    #[test]
    fn a_row_rules_out_just_what_it_says() {
        let row = |row: Value| Context::default().with_fill_ins(&[serde_json::from_value(row).unwrap()]);
        let context = row(json!({"plugin": FORM, "path": "options.y", "value": 1.0}));
        let same = |before: Value, after: Value, kind: &str, context: &Context| {
            compare(&page(kind, &[before]), &page(kind, &[after]), context).is_same()
        };
        let (none, one, two) = (json!({"x": 1}), json!({"x": 1, "y": 1}), json!({"x": 1, "y": 2}));
        assert!(same(none.clone(), one.clone(), FORM, &context));
        // Another value, another plugin, a value that was there, and one that goes.
        assert!(!same(none.clone(), two.clone(), FORM, &context));
        assert!(!same(none.clone(), one.clone(), "someones-other-panel", &context));
        assert!(!same(two, one.clone(), FORM, &context));
        assert!(!same(one.clone(), none.clone(), FORM, &context));
        // From the dashboard on, a path is of one panel.
        let here = row(json!({"plugin": FORM, "path": "panels[id=1].options.y", "value": 1}));
        let elsewhere = row(json!({"plugin": FORM, "path": "panels[id=2].options.y", "value": 1}));
        assert!(same(none.clone(), one.clone(), FORM, &here));
        assert!(!same(none, one, FORM, &elsewhere));
    }

    #[test]
    fn rows_rule_out_a_whole_object_that_came() {
        let rows: Vec<FillIn> = serde_json::from_value(json!([
            {"plugin": FORM, "path": "options.a.b", "value": 1},
            {"plugin": FORM, "path": "options.a.c", "value": []},
        ]))
        .unwrap();
        let context = Context::default().with_fill_ins(&rows);
        let before = json!({"schemaVersion": 42, "panels": [{"id": 1, "type": FORM, "title": "P"}]});
        assert!(compare(&before, &page(FORM, &[json!({"a": {"b": 1, "c": []}})]), &context).is_same());
        let with_more = compare(
            &before,
            &page(FORM, &[json!({"a": {"b": 1, "c": [], "d": 1}})]),
            &context,
        );
        assert_eq!(with_more.changes.len(), 1);
    }
}
