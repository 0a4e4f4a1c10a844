//! What v2 has a place for, as values of which kind.
//!
//! The server's conversion reads a classic dashboard key by key, and each value as one of the kind that v2 has for it. A value of
//! another kind is left out, or becomes the default; a key that isn't read is left out. Who saves the dashboard then has edited
//! nothing of that.
//!
//! Source: grafana/grafana `apps/dashboard/pkg/migration/conversion/v1_to_v2alpha1.go` of 13.1, function by function: named at the
//! tables.

use serde_json::Value;

use super::super::here::Facts;
use super::super::same::present;
use super::super::scope::Scope;
use super::super::{Rule, rules};

/// The kind of a value in v2, and what stands there where the classic one is none.
#[derive(Debug, Clone, Copy)]
enum Kind {
    /// `GetStringValue`, `extractStringField`: nothing, or an empty text.
    Text,
    /// A text with a default of its own.
    Word(&'static str),
    /// `extractFloat64Field`: nothing.
    Number,
    /// `getIntField`: a number without what comes after its point, also one that is a text; else this one.
    Whole(i64),
    /// `getBoolField`: else this one, or nothing where it is that.
    Switch(bool),
    /// `buildStringOrArrayOfString`: else an empty text.
    Texts,
    /// `transformVariable…ToEnum`: one of so many, by its number; else the first.
    Choice(u64),
    /// Whatever it is.
    Any,
}

use Kind::{Any, Choice, Number, Switch, Text, Texts, Whole, Word};

type Row = (&'static str, Kind);

/// `convertDashboardSpec_V1_to_V2alpha1`, `transformTimeSettings`, `transformLinks`.
const DASHBOARD: &[Row] = &[
    ("title", Text),
    ("description", Text),
    ("tags[]", Text),
    ("graphTooltip", Choice(2)),
    ("preload", Switch(false)),
    ("liveNow", Switch(false)),
    ("editable", Switch(true)),
    ("time.from", Word("now-6h")),
    ("time.to", Word("now")),
    ("timezone", Word("browser")),
    ("refresh", Text),
    ("fiscalYearStartMonth", Whole(0)),
    ("weekStart", Text),
    ("timepicker.hidden", Switch(false)),
    ("timepicker.nowDelay", Text),
    ("timepicker.refresh_intervals[]", Text),
    ("timepicker.quick_ranges[].display", Text),
    ("timepicker.quick_ranges[].from", Text),
    ("timepicker.quick_ranges[].to", Text),
    ("links[].title", Text),
    ("links[].type", Word("link")),
    ("links[].icon", Text),
    ("links[].tooltip", Text),
    ("links[].url", Text),
    ("links[].placement", Text),
    ("links[].tags[]", Text),
    ("links[].asDropdown", Switch(false)),
    ("links[].targetBlank", Switch(false)),
    ("links[].includeVars", Switch(false)),
    ("links[].keepTime", Switch(false)),
];

/// `buildPanelKind`, `buildRowKind`, `buildGridItemKind` (of both, the panel's own), `getRepeatOptionsFromPanel`, `transformSingleQuery`,
/// `transformPanelTransformations`, `buildQueryOptions`, `transformDataLinks`, `extractFieldConfigDefaults`, `buildFieldColor`,
/// `buildValueMappings`, `buildThresholdsConfig`, `extractFieldConfigOverrides`, `buildMatcherConfig`.
const PANEL: &[Row] = &[
    ("title", Text),
    ("description", Text),
    ("transparent", Switch(false)),
    ("collapsed", Switch(false)),
    ("gridPos.x", Whole(0)),
    ("gridPos.y", Whole(0)),
    ("gridPos.w", Whole(6)),
    ("gridPos.h", Whole(3)),
    ("repeat", Text),
    ("repeatDirection", Text),
    ("maxPerRow", Whole(0)),
    ("targets[].refId", Text),
    ("targets[].hide", Switch(false)),
    ("transformations[].id", Text),
    ("transformations[].options", Any),
    ("transformations[].disabled", Switch(false)),
    ("transformations[].filter.id", Text),
    ("transformations[].filter.options", Any),
    ("transformations[].filter.scope", Text),
    ("cacheTimeout", Text),
    ("maxDataPoints", Whole(0)),
    ("interval", Text),
    ("hideTimeOverride", Switch(false)),
    ("timeFrom", Text),
    ("timeShift", Text),
    ("links[].title", Text),
    ("links[].url", Text),
    ("links[].targetBlank", Switch(false)),
    ("fieldConfig.defaults", Any),
    ("fieldConfig.overrides", Any),
    ("fieldConfig.defaults.color.mode", Text),
    ("fieldConfig.defaults.color.fixedColor", Text),
    ("fieldConfig.defaults.color.seriesBy", Text),
    ("fieldConfig.defaults.custom", Any),
    ("fieldConfig.defaults.decimals", Number),
    ("fieldConfig.defaults.max", Number),
    ("fieldConfig.defaults.min", Number),
    ("fieldConfig.defaults.description", Text),
    ("fieldConfig.defaults.displayName", Text),
    ("fieldConfig.defaults.displayNameFromDS", Text),
    ("fieldConfig.defaults.noValue", Text),
    ("fieldConfig.defaults.path", Text),
    ("fieldConfig.defaults.unit", Text),
    ("fieldConfig.defaults.nullValueMode", Text),
    ("fieldConfig.defaults.filterable", Switch(false)),
    ("fieldConfig.defaults.writeable", Switch(false)),
    ("fieldConfig.defaults.fieldMinMax", Switch(false)),
    ("fieldConfig.defaults.links", Any),
    ("fieldConfig.defaults.actions", Any),
    ("fieldConfig.defaults.mappings[].type", Text),
    ("fieldConfig.defaults.mappings[].options", Any),
    ("fieldConfig.defaults.thresholds.mode", Text),
    ("fieldConfig.defaults.thresholds.steps[].value", Number),
    ("fieldConfig.defaults.thresholds.steps[].color", Text),
    ("fieldConfig.overrides[].__systemRef", Text),
    ("fieldConfig.overrides[].matcher.id", Text),
    ("fieldConfig.overrides[].matcher.options", Any),
    ("fieldConfig.overrides[].matcher.scope", Text),
    ("fieldConfig.overrides[].properties[].id", Text),
    ("fieldConfig.overrides[].properties[].value", Any),
];

/// `extractCommonVariableProperties`, `build…Variable`, `buildVariableCurrent`, `buildVariableOptions`.
const VARIABLE: &[Row] = &[
    ("name", Text),
    ("label", Text),
    ("description", Text),
    ("hide", Choice(3)),
    ("skipUrlSync", Switch(false)),
    ("multi", Switch(false)),
    ("includeAll", Switch(false)),
    ("allowCustomValue", Switch(true)),
    ("refresh", Choice(2)),
    ("sort", Choice(4)),
    ("regex", Text),
    ("regexApplyTo", Text),
    ("definition", Text),
    ("allValue", Text),
    ("valuesFormat", Text),
    ("auto", Switch(false)),
    ("auto_min", Text),
    ("auto_count", Whole(0)),
    ("current.text", Texts),
    ("current.text[]", Text),
    ("current.value", Texts),
    ("current.value[]", Text),
    ("options[].text", Texts),
    ("options[].value", Texts),
    ("options[].selected", Any),
    ("staticOptions[].text", Texts),
    ("staticOptions[].value", Texts),
    ("staticOptions[].selected", Any),
];

/// `buildAnnotationQuery`, `buildAnnotationFilter`; what else an annotation has, v2 keeps as it is.
const ANNOTATION: &[Row] = &[
    ("name", Text),
    ("enable", Switch(false)),
    ("hide", Switch(false)),
    ("iconColor", Text),
    ("filter.exclude", Switch(false)),
    ("filter.ids", Any),
];

/// What a value means that a mapping finds (`buildValueMappingResult`); in a mapping of values it stands under each value, which
/// may be any text.
const RESULT: &[Row] = &[("text", Text), ("color", Text), ("icon", Text), ("index", Number)];

/// Where these stand, and the keys beside them: `buildRangeMap`, `buildRegexMap`, `buildSpecialValueMap`.
const MAPPED: &str = "fieldConfig.defaults.mappings[].options.";
const MAPPING: &[Row] = &[("from", Number), ("to", Number), ("pattern", Text), ("match", Text)];

/// The table of what a value is in.
fn rows(scope: &Scope) -> &'static [Row] {
    match scope {
        Scope::Dashboard => DASHBOARD,
        Scope::Panel(_) => PANEL,
        Scope::Variable { .. } => VARIABLE,
        Scope::Annotation => ANNOTATION,
        Scope::LegacyRow => &[],
    }
}

/// The rule by which the conversion left a value out, or made a default of it.
pub(in crate::dashboard::compare) fn explain(
    facts: &Facts<'_>,
    scope: &Scope,
    pattern: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<&'static Rule> {
    if !facts.is_stored_as_v2() || facts.v2[0] {
        return None;
    }
    match kind(scope, pattern) {
        Some(kind) => kind
            .makes(present(before), present(after))
            .then_some(&rules::OTHER_KIND),
        None => {
            let is_lost = present(before).is_some() && present(after).is_none() && is_unread(scope, pattern);
            is_lost.then_some(&rules::NOT_IN_SCENE)
        }
    }
}

fn kind(scope: &Scope, pattern: &str) -> Option<Kind> {
    let find = |rows: &[Row], key: &str| rows.iter().find(|(row, _)| *row == key).map(|(_, kind)| *kind);
    let mapped = pattern
        .strip_prefix(MAPPED)
        .filter(|_| matches!(scope, Scope::Panel(_)));
    match mapped.map(|rest| rest.rsplit_once('.').map_or(rest, |(_, key)| key)) {
        Some(key) => find(RESULT, key).or_else(|| find(MAPPING, key)),
        None => find(rows(scope), pattern),
    }
}

/// Whether v2 reads some keys of the object that a key is in, and not this one. At the top of each it does so by rules of its own.
fn is_unread(scope: &Scope, pattern: &str) -> bool {
    let Some((object, key)) = pattern.rsplit_once('.') else {
        return false;
    };
    let reads = |path: &str| {
        let is_in = |row: &str| {
            let rest = row.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        rows(scope).iter().any(|(row, _)| is_in(row))
    };
    let is_object = rows(scope)
        .iter()
        .any(|(row, _)| row.rsplit_once('.').is_some_and(|(of, _)| of == object));
    // Of a query and of a place everything is kept, and the time picker has rules of its own.
    let is_whole = matches!(object, "targets[]" | "gridPos" | "timepicker" | "time" | "filter");
    is_object && !is_whole && !key.ends_with(']') && !reads(pattern)
}

impl Kind {
    /// Whether the conversion makes this of that.
    fn makes(self, before: Option<&Value>, after: Option<&Value>) -> bool {
        let is_empty = after.is_none_or(|after| after.as_str() == Some(""));
        match (self, before) {
            (Any, _) => false,
            // Of a place that says only a part, the rest is filled in.
            (Whole(default), None) => after.and_then(Value::as_i64) == Some(default),
            (_, None) => false,
            (Text, Some(before)) => !before.is_string() && is_empty,
            (Word(default), Some(before)) => {
                !before.is_string() && after.is_none_or(|after| after.as_str() == Some(default))
            }
            (Texts, Some(before)) => !before.is_string() && !before.is_array() && is_empty,
            (Number, Some(before)) => !before.is_number() && after.is_none(),
            (Switch(default), Some(before)) => !before.is_boolean() && after.is_none_or(|after| *after == default),
            (Whole(default), Some(before)) => {
                let read = match before {
                    Value::Number(_) => return false,
                    Value::String(text) => text.parse().unwrap_or(default),
                    _ => default,
                };
                after.map_or(read == default, |after| after.as_i64() == Some(read))
            }
            (Choice(last), Some(before)) => {
                let is_one = before
                    .as_f64()
                    .is_some_and(|number| (0.0..=last as f64).contains(&number.trunc()));
                !is_one && after.is_none_or(|after| after.as_u64() == Some(0))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::scope::PanelScope;
    use super::*;
    use serde_json::json;

    fn in_a_panel() -> Scope {
        let empty = serde_json::Map::new();
        Scope::Panel(Box::new(PanelScope::of(&empty, &empty)))
    }

    fn in_a_variable() -> Scope {
        Scope::Variable {
            before: Value::Null,
            after: Value::Null,
        }
    }

    fn explained(of: &Scope, pattern: &str, before: Option<&Value>, after: Option<&Value>) -> bool {
        let facts = Facts {
            schemas: [36, 42],
            saved_by: Some((13, 1)),
            ..Facts::default()
        };
        explain(&facts, of, pattern, before, after).is_some()
    }

    /// A value of a kind that isn't its default, one beside it, and values of other kinds.
    fn values(kind: Kind) -> (Value, Value, Vec<Value>) {
        let others = [json!("x"), json!(7), json!(true), json!({"a": 1}), json!([1])];
        let without = |is_own: fn(&Value) -> bool| others.iter().filter(|value| !is_own(value)).cloned().collect();
        match kind {
            Text | Word(_) => (json!("x"), json!("y"), without(Value::is_string)),
            Texts => (
                json!("x"),
                json!("y"),
                without(|value| value.is_string() || value.is_array()),
            ),
            Number => (json!(7), json!(8), without(Value::is_number)),
            Whole(_) => (json!(7), json!(8), without(Value::is_number)),
            Switch(default) => (json!(!default), json!(default), without(Value::is_boolean)),
            Choice(_) => (json!(1), json!(2), vec![json!("x"), json!(true), json!(7)]),
            Any => (json!("x"), json!("y"), Vec::new()),
        }
    }

    /// Where the rows stand, with those of mappings.
    fn all_rows(of: &Scope) -> Vec<(String, Kind)> {
        let own = rows(of).iter().map(|(row, kind)| ((*row).to_owned(), *kind));
        let mapped = RESULT.iter().map(|(key, kind)| (format!("{MAPPED}1.5.{key}"), *kind));
        let mapping = MAPPING.iter().map(|(key, kind)| (format!("{MAPPED}{key}"), *kind));
        match of {
            Scope::Panel(_) => own.chain(mapped).chain(mapping).collect(),
            _ => own.collect(),
        }
    }

    #[test]
    fn a_value_of_its_kind_is_never_lost_and_one_of_another_is() {
        for of in &[Scope::Dashboard, in_a_panel(), in_a_variable(), Scope::Annotation] {
            for (row, kind) in all_rows(of) {
                let (own, beside, others) = values(kind);
                for after in [None, Some(&beside)] {
                    assert!(
                        !explained(of, &row, Some(&own), after),
                        "{of:?} {row}: {own} -> {after:?}"
                    );
                }
                assert!(!explained(of, &row, None, Some(&own)), "{of:?} {row}: nothing -> {own}");
                for other in others {
                    assert!(
                        explained(of, &row, Some(&other), None),
                        "{of:?} {row}: {other} -> nothing"
                    );
                    assert!(
                        !explained(of, &row, Some(&other), Some(&own)),
                        "{of:?} {row}: {other} -> {own}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_key_that_is_not_read_is_left_out_where_others_of_its_object_are_read() {
        let gone = |pattern: &str| explained(&in_a_panel(), pattern, Some(&json!(1)), None);
        assert!(gone("fieldConfig.defaults.mappings[].id"));
        assert!(gone("fieldConfig.overrides[].matcher.unit"));
        assert!(gone("transformations[].topic"));
        assert!(!gone("fieldConfig.defaults.custom.lineWidth"));
        assert!(!gone("targets[].expr") && !gone("options.legend") && !gone("transformations[].options.x"));
        assert!(!explained(
            &in_a_panel(),
            "fieldConfig.defaults.mappings[].id",
            None,
            Some(&json!(1))
        ));
    }

    #[test]
    fn nothing_is_lost_where_nothing_is_converted() {
        let facts = Facts {
            schemas: [36, 39],
            ..Facts::default()
        };
        let pattern = "fieldConfig.defaults.noValue";
        assert!(explain(&facts, &in_a_panel(), pattern, Some(&json!(0)), None).is_none());
        let stored = Facts {
            schemas: [42, 42],
            v2: [true, true],
            ..Facts::default()
        };
        assert!(explain(&stored, &in_a_panel(), pattern, Some(&json!(0)), None).is_none());
    }

    #[test]
    fn a_whole_number_is_read_from_a_text() {
        let count =
            |before: Value, after: Value| explained(&in_a_variable(), "auto_count", Some(&before), Some(&after));
        assert!(count(json!("200"), json!(200)));
        assert!(!count(json!("200"), json!(201)));
        let refresh = |before: Value, after: Value| explained(&in_a_variable(), "refresh", Some(&before), Some(&after));
        assert!(refresh(json!("time"), json!(0)) && !refresh(json!("time"), json!(2)));
    }
}
