//! Which rule, if any, says that nobody made a difference?

use serde_json::Value;

use super::datasource::At;
use super::defaults;
use super::same::{present, same, same_or_absent};
use super::scope::{PanelScope, Scope};
use super::walk::Walker;
use super::{Rule, rules, variables};

/// The rule by which a difference at the walk's present place is noise; `None` if it isn't, or not as a whole.
pub(super) fn explain(walker: &Walker<'_>, before: Option<&Value>, after: Option<&Value>) -> Option<&'static Rule> {
    if present(before).is_none() && present(after).is_none() {
        return Some(&rules::NULL_ABSENT);
    }
    let pattern = walker.pattern();
    let kind = match walker.scope() {
        Scope::Panel(panel) => panel.kind.as_str(),
        Scope::Variable { after, .. } => after.get("type").and_then(Value::as_str).unwrap_or_default(),
        _ => "",
    };
    let special = match walker.scope() {
        Scope::Dashboard => dashboard(walker, &pattern, before, after),
        Scope::Panel(panel) => self::panel(walker, panel, &pattern, before, after),
        Scope::Variable {
            before: old,
            after: new,
        } => variables::explain(walker, [old, new], &pattern, before, after),
        Scope::Annotation if pattern == "datasource" => walker.facts.sources.explain(At::Panel, before, after),
        Scope::Annotation | Scope::LegacyRow => None,
    };
    special.or_else(|| defaults::explain(walker.scope(), kind, &pattern, before, after))
}

fn dashboard(
    walker: &Walker<'_>,
    pattern: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<&'static Rule> {
    match pattern {
        "id" | "uid" | "version" => Some(&rules::SERVER_MANAGED),
        "schemaVersion" => Some(&rules::SCHEMA_VERSION),
        "gnetId" | "revision" => Some(&rules::IMPORT_BOOKKEEPING),
        "iteration" => Some(&rules::ITERATION),
        "__inputs" | "__requires" | "__elements" => Some(&rules::DOWNLOAD_PARTS),
        "refresh" if is_off(before) && is_off(after) => Some(&rules::REFRESH_OFF),
        "timepicker.time_options" if one_sided(before, after) && walker.facts.crosses(41) => Some(&rules::TIME_OPTIONS),
        "sharedCrosshair" if one_sided(before, after) && walker.facts.crosses(14) => Some(&rules::SHARED_CROSSHAIR),
        "graphTooltip" if walker.facts.crosses(14) => crosshair(walker, before, after),
        "annotations.list[]"
            if one_sided(before, after) && walker.facts.built_in != [true, true] && !walker.is_copy() =>
        {
            before
                .or(after)
                .is_some_and(is_default_annotation)
                .then_some(&rules::BUILT_IN_ANNOTATION)
        }
        _ => None,
    }
}

/// Step 14: a shared crosshair is one kind of shared tooltip.
fn crosshair(walker: &Walker<'_>, before: Option<&Value>, after: Option<&Value>) -> Option<&'static Rule> {
    let derived = |shared: bool, value: Option<&Value>| value.and_then(Value::as_u64) == Some(u64::from(shared));
    let [old, new] = walker.facts.crosshairs;
    let explained = match (present(before), present(after)) {
        (None, value) => derived(old, value),
        (value, None) => derived(new, value),
        _ => false,
    };
    explained.then_some(&rules::SHARED_CROSSHAIR)
}

/// `refresh` is off in three spellings (grafana/grafana `v40.go`).
fn is_off(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    }
}

pub(super) fn one_sided(before: Option<&Value>, after: Option<&Value>) -> bool {
    present(before).is_some() != present(after).is_some()
}

/// The entry that Grafana inserts into every dashboard without one, in any of the forms it gets later.
fn is_default_annotation(entry: &Value) -> bool {
    let Some(map) = entry.as_object() else { return false };
    map.iter().all(|(key, value)| match key.as_str() {
        "builtIn" => value.as_i64() == Some(1),
        "datasource" => super::datasource::is_grafana(value),
        "enable" | "hide" => value.as_bool() == Some(true),
        "iconColor" => value.as_str() == Some("rgba(0, 211, 255, 1)"),
        "name" => value.as_str() == Some("Annotations & Alerts"),
        "type" => value.as_str() == Some("dashboard"),
        "target" => same(value, &defaults::annotation_target()),
        _ => value.is_null(),
    }) && ["builtIn", "datasource", "enable", "hide", "iconColor", "name", "type"]
        .iter()
        .all(|key| map.contains_key(*key))
}

fn panel(
    walker: &Walker<'_>,
    panel: &PanelScope,
    pattern: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<&'static Rule> {
    let one_sided = one_sided(before, after);
    match pattern {
        "pluginVersion" => Some(&rules::PLUGIN_VERSION),
        "datasource" => walker.facts.sources.explain(At::Panel, before, after),
        "targets[].datasource" => target_source(walker, panel, before, after),
        "targets" => no_targets(walker, panel, before, after),
        "repeatIteration" => Some(&rules::REPEATS),
        "isNew" | "scopedVars" | "cachedPluginOptions" if one_sided => Some(&rules::NOT_PERSISTED),
        _ if one_sided && panel.resaved => dropped_setting(&panel.kind, pattern),
        _ => None,
    }
}

/// A query without a data source has its panel's.
fn target_source(
    walker: &Walker<'_>,
    panel: &PanelScope,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<&'static Rule> {
    let sources = &walker.facts.sources;
    if let Some(rule) = sources.explain(At::Panel, before, after) {
        return Some(rule);
    }
    let [old, new] = [panel.sources[0].as_ref(), panel.sources[1].as_ref()];
    let inherits = match (present(before), present(after)) {
        (None, Some(own)) => same_or_absent(Some(own), new) || sources.explain(At::Panel, old, Some(own)).is_some(),
        (Some(own), None) => same_or_absent(Some(own), old) || sources.explain(At::Panel, Some(own), new).is_some(),
        _ => false,
    };
    inherits.then_some(&rules::TARGET_DATASOURCE)
}

/// A panel without queries is given one that asks nothing: `[{"refId": "A"}]`, with the panel's data source.
fn no_targets(
    walker: &Walker<'_>,
    panel: &PanelScope,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<&'static Rule> {
    let none = |value: Option<&Value>| present(value).is_none_or(|value| value.as_array().is_some_and(Vec::is_empty));
    let (list, sources) = match (none(before), none(after)) {
        (true, true) => return Some(&rules::NO_TARGETS),
        (true, false) => (after?, [panel.sources[1].as_ref(), panel.sources[0].as_ref()]),
        (false, true) => (before?, [panel.sources[0].as_ref(), panel.sources[1].as_ref()]),
        (false, false) => return None,
    };
    let [only] = list.as_array()?.as_slice() else {
        return None;
    };
    let only = only.as_object()?;
    let asks_nothing = only.iter().all(|(key, value)| match key.as_str() {
        "refId" => value.as_str() == Some("A"),
        "datasource" => {
            let own = Some(value);
            same_or_absent(own, sources[0])
                || sources
                    .iter()
                    .any(|source| walker.facts.sources.explain(At::Panel, own, *source).is_some())
        }
        _ => value.is_null(),
    });
    asks_nothing.then_some(&rules::NO_TARGETS)
}

/// Settings that a plugin's loader removes because the plugin doesn't have them, whatever they say.
fn dropped_setting(kind: &str, pattern: &str) -> Option<&'static Rule> {
    let key = pattern.strip_prefix("fieldConfig.defaults.")?;
    match (kind, key) {
        ("graph", "thresholds" | "mappings" | "noValue" | "max" | "min" | "decimals" | "color") => {
            Some(&rules::GRAPH_FIELD_CONFIG)
        }
        ("stat" | "gauge" | "bargauge", "nullValueMode") => Some(&rules::NULL_VALUE_MODE),
        _ => None,
    }
}
