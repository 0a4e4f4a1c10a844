//! Which rule, if any, says that nobody made a difference?

use serde_json::{Map, Value, json};

use super::datasource::At;
use super::here::Here;
use super::lift::graph_conversion::time_regions;
use super::same::{one_sided, present, same, same_or_absent};
use super::scope::{PanelScope, Scope};
use super::{FillIn, Rule, rules, variables};
use super::{defaults, plugins, scenes};

/// The rule by which a difference at the walk's present place is noise; `None` if it isn't, or not as a whole.
pub(super) fn explain(here: &Here<'_>, before: Option<&Value>, after: Option<&Value>) -> Option<&'static Rule> {
    if present(before).is_none() && present(after).is_none() {
        return Some(&rules::NULL_ABSENT);
    }
    let pattern = here.pattern();
    let kind = match here.scope() {
        Scope::Panel(panel) => panel.kind.as_str(),
        Scope::Variable { after, .. } => after.get("type").and_then(Value::as_str).unwrap_or_default(),
        _ => "",
    };
    if here.facts.schemas[1] >= 42 && is_without_marks(before, after) {
        return Some(&rules::BYTE_ORDER_MARKS);
    }
    if pattern.ends_with("$$hashKey") && one_sided(before, after) {
        return Some(&rules::NOT_PERSISTED);
    }
    let special = match here.scope() {
        Scope::Dashboard => dashboard(here, &pattern, before, after),
        Scope::Panel(panel) => self::panel(here, panel, &pattern, before, after),
        Scope::Variable {
            before: old,
            after: new,
        } => variables::explain(here, [old, new], &pattern, before, after)
            .or_else(|| scenes::variable(here.facts, [old, new], &pattern, before, after)),
        Scope::Annotation => (pattern == "datasource")
            .then(|| here.facts.sources.explain(At::Panel, before, after))
            .flatten()
            .or_else(|| scenes::annotation(here.facts, &pattern, before, after)),
        Scope::LegacyRow => None,
    };
    special
        .or_else(|| scenes::held(here.facts, here.scope(), &pattern, before, after))
        .or_else(|| defaults::explain(here.scope(), kind, &pattern, before, after))
        .or_else(|| filled_in(here, kind, before, after))
}

/// What the user says that a plugin fills in by itself.
fn filled_in(here: &Here<'_>, kind: &str, before: Option<&Value>, after: Option<&Value>) -> Option<&'static Rule> {
    let explains = |fill_in: &FillIn| fill_in.explains(kind, here.steps(), before, after);
    let is_panel = matches!(here.scope(), Scope::Panel(_));
    (is_panel && here.facts.fill_ins.iter().any(explains)).then_some(&rules::FILLED_IN)
}

/// Whether a text lost the byte order marks in it, which came with copied text.
fn is_without_marks(before: Option<&Value>, after: Option<&Value>) -> bool {
    match (before.and_then(Value::as_str), after.and_then(Value::as_str)) {
        (Some(before), Some(after)) => before.contains(MARK) && before.replace(MARK, "") == after,
        _ => false,
    }
}

const MARK: char = '\u{feff}';

fn dashboard(here: &Here<'_>, pattern: &str, before: Option<&Value>, after: Option<&Value>) -> Option<&'static Rule> {
    match pattern {
        "id" | "uid" | "version" => Some(&rules::SERVER_MANAGED),
        "schemaVersion" => Some(&rules::SCHEMA_VERSION),
        "gnetId" | "revision" => Some(&rules::IMPORT_BOOKKEEPING),
        "iteration" => Some(&rules::ITERATION),
        "__inputs" | "__requires" | "__elements" => Some(&rules::DOWNLOAD_PARTS),
        "refresh" if is_off(before) && is_off(after) => Some(&rules::REFRESH_OFF),
        // Step 40 (`DashboardMigrator.ts`, `v40.go`): whatever isn't a text is off.
        "refresh" if here.facts.crosses(40) && old_refresh(here, before, after) => Some(&rules::REFRESH_OFF),
        "timepicker.time_options" if one_sided(before, after) && here.facts.crosses(41) => Some(&rules::TIME_OPTIONS),
        "timeRangeUpdatedDuringEditOrView" | "snapshot" if one_sided(before, after) => Some(&rules::NOT_PERSISTED),
        "sharedCrosshair" if one_sided(before, after) && here.facts.crosses(14) => {
            // One that is there no more is told here: the tooltip that is shared by nobody is the default.
            let [was_shared, is_shared] = here.facts.crosshairs;
            let [old, new] = here.facts.tooltips;
            let lost = was_shared && new == 0 || is_shared && old == 0;
            (!lost).then_some(&rules::SHARED_CROSSHAIR)
        }
        "graphTooltip" if here.facts.crosses(14) => crosshair(here, before, after),
        "annotations.list[]"
            if before.is_none()
                && after.is_some_and(|after| time_regions::is_one_of(after, &here.facts.time_regions)) =>
        {
            Some(&rules::GRAPH_CONVERSION)
        }
        "annotations.list[]" if one_sided(before, after) && here.facts.built_in.contains(&0) => {
            let is_only = here.facts.built_in.iter().sum::<usize>() == 1;
            before
                .or(after)
                .is_some_and(|annotation| is_default_annotation(annotation) && (is_only || !here.is_copy(annotation)))
                .then_some(&rules::BUILT_IN_ANNOTATION)
        }
        _ => scenes::dashboard(here.facts, pattern, before, after),
    }
}

/// Step 14: a shared crosshair is one kind of shared tooltip.
fn crosshair(here: &Here<'_>, before: Option<&Value>, after: Option<&Value>) -> Option<&'static Rule> {
    let derived = |shared: bool, value: Option<&Value>| value.and_then(Value::as_u64) == Some(u64::from(shared));
    let [old, new] = here.facts.crosshairs;
    let explained = match (present(before), present(after)) {
        (None, value) => derived(old, value),
        (value, None) => derived(new, value),
        _ => false,
    };
    explained.then_some(&rules::SHARED_CROSSHAIR)
}

/// Whether the older side's refresh is no text, and the newer side's is off.
fn old_refresh(here: &Here<'_>, before: Option<&Value>, after: Option<&Value>) -> bool {
    let [old, new] = match here.facts.schemas {
        [before_schema, after_schema] if before_schema <= after_schema => [before, after],
        _ => [after, before],
    };
    old.is_some_and(|old| old.is_number() || old.is_boolean()) && is_off(new)
}

/// `refresh` is off in three spellings (grafana/grafana `v40.go`).
fn is_off(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    }
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
    }) && ["builtIn", "datasource", "enable", "hide", "iconColor", "name"]
        .iter()
        .all(|key| map.contains_key(*key))
}

fn panel(
    here: &Here<'_>,
    panel: &PanelScope,
    pattern: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<&'static Rule> {
    let one_sided = one_sided(before, after);
    let special = match pattern {
        "pluginVersion" => Some(&rules::PLUGIN_VERSION),
        // What named no plugin was migrated from a time series, if from any.
        "autoMigrateFrom" if one_sided => {
            let is_own = || after.is_none_or(|mark| mark.as_str() == Some("timeseries"));
            (panel.had_plugin || is_own()).then_some(&rules::AUTO_MIGRATE)
        }
        // grafana/grafana `transformSaveModelToScene.ts` and `PanelModel.ts`: what names no plugin is one.
        "type" if present(before).is_none() && after.and_then(Value::as_str) == Some("timeseries") => {
            Some(&rules::PANEL_DEFAULT)
        }
        "type"
            if one_sided
                && panel.is_library
                && before.or(after).and_then(Value::as_str) == Some("library-panel-ref") =>
        {
            Some(&rules::LIBRARY_PANEL)
        }
        "datasource" => here
            .facts
            .sources
            .explain(At::Panel, before, after)
            .or_else(|| source_of_query(here, panel, before, after)),
        "targets[].datasource" => target_source(here, panel, before, after),
        "targets" => no_targets(here, panel, before, after),
        "repeatIteration" => Some(&rules::REPEATS),
        "yaxes[].format" if panel.kind == "graph" && here.is_first() => {
            (panel.unit.is_some() && panel.unit.as_ref() == after).then_some(&rules::GRAPH_UNIT)
        }
        "yaxes" if panel.kind == "graph" && one_sided => {
            let axis = |format: &Value| json!({"format": format, "logBase": 1, "show": true});
            let filled = |unit: &Value| Value::Array(vec![axis(unit), axis(&"short".into())]);
            let is_filled = |unit| after.is_some_and(|after| same(after, &filled(unit)));
            panel.unit.as_ref().is_some_and(is_filled).then_some(&rules::GRAPH_UNIT)
        }
        "thresholds" if here.facts.schemas[1] <= 37 && panel.alert_thresholds.is_some() => {
            same_or_absent(panel.alert_thresholds.as_ref(), after).then_some(&rules::ALERT_THRESHOLDS)
        }
        "isNew" | "scopedVars" | "cachedPluginOptions" if one_sided => Some(&rules::NOT_PERSISTED),
        "transform" if panel.kind == "table-old" => table_transform(before, after),
        _ if pattern.ends_with("hresholds.mode") && before.and_then(Value::as_str) == Some("") => {
            // grafana/grafana `getPanelOptionsWithDefaults.ts` (fixThresholds)
            (after.and_then(Value::as_str) == Some("absolute")).then_some(&rules::PLUGIN_DEFAULT)
        }
        _ if pattern.ends_with("hresholds.steps[].value") || pattern.ends_with("properties[].value.steps[].value") => {
            first_threshold(here, before, after)
        }
        _ => None,
    };
    let loaded = || one_sided.then(|| loaded(here, panel, pattern, before, after)).flatten();
    special
        .or_else(loaded)
        .or_else(|| scenes::panel(here.facts, panel, pattern, before, after))
}

/// Step 36: a panel without a data source has the last query's, where that names one.
fn source_of_query(
    here: &Here<'_>,
    panel: &PanelScope,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<&'static Rule> {
    let [old, new] = here.facts.schemas;
    let asked = panel
        .asked
        .as_ref()
        .filter(|_| here.facts.crosses(36) && old < new && present(before).is_none());
    let same_source = |asked: &Value| {
        same_or_absent(Some(asked), after) || here.facts.sources.explain(At::Panel, Some(asked), after).is_some()
    };
    asked.is_some_and(same_source).then_some(&rules::SOURCE_OF_QUERY)
}

/// The Angular table takes the transform that fits the data it gets (`table-old/module.ts`, onDataReceived).
fn table_transform(before: Option<&Value>, after: Option<&Value>) -> Option<&'static Rule> {
    let (before, after) = (before?.as_str()?, after?.as_str()?);
    let by_data = |name: &str| matches!(name, "table" | "json");
    let by_series = |name: &str| name.starts_with("timeseries_") || name == "annotations";
    (by_series(before) && by_data(after) || by_data(before) && after == "timeseries_to_rows")
        .then_some(&rules::TABLE_TRANSFORM)
}

/// What the plugin's loader does: it fills in defaults and removes field settings that the plugin doesn't have.
fn loaded(
    here: &Here<'_>,
    panel: &PanelScope,
    pattern: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<&'static Rule> {
    let (value, side) = match present(before) {
        Some(value) => (value, 0),
        None => (after?, 1),
    };
    let saved = |side: usize| here.facts.saved_by.filter(|_| side == 1);
    let written = |side: usize| plugins::written_by(panel.versions[side], here.facts.schemas[side], saved(side));
    // What a migration of the newer side makes of the older one has that side's defaults.
    let spans = [written(side), written(1)];
    if spans
        .iter()
        .any(|span| plugins::is_default(&panel.kind, pattern, value, *span))
    {
        return Some(&rules::PLUGIN_DEFAULT);
    }
    let dropped = |id: &str| plugins::drops_field(&panel.kind, id, value, written(1 - side));
    let dropped_property = |property: &Value| {
        let id = property.get("id").and_then(Value::as_str);
        id.is_some_and(|id| plugins::drops_property(&panel.kind, id, written(1 - side)))
    };
    // What a loader does happens on the way from the older to the newer side: who adds a setting that the plugin doesn't have has
    // made an edit, if a useless one.
    if side == 1 {
        return None;
    }
    let gone = match pattern {
        "fieldConfig.overrides[].properties[]" => dropped_property(value),
        "fieldConfig.overrides[]" => {
            let properties = value.get("properties").and_then(Value::as_array);
            // One that sets nothing goes, too, up to 10.2 (`filterFieldConfigOverrides`); 11.1 keeps it.
            let keeps_empty = here.facts.schemas[1] > 39;
            !keeps_empty && properties.is_some_and(|properties| properties.iter().all(dropped_property))
        }
        _ => pattern
            .strip_prefix("fieldConfig.defaults.")
            .filter(|id| !id.contains('['))
            // An empty object has no setting that could be found.
            .is_some_and(|id| dropped(id) || id.starts_with("custom.") && value.as_object().is_some_and(Map::is_empty)),
    };
    if gone {
        return Some(&rules::FIELD_DROPPED);
    }
    let missing =
        pattern.starts_with("fieldConfig.") && panel.loses_fields && plugins::may_be_missing(&panel.kind, written(1));
    missing.then_some(&rules::PLUGIN_MISSING)
}

/// Nothing, null and 0 as the value of the first of all thresholds; and whatever it was before it became one of these.
fn first_threshold(here: &Here<'_>, before: Option<&Value>, after: Option<&Value>) -> Option<&'static Rule> {
    let least = |value: Option<&Value>| present(value).is_none_or(|value| value.as_f64() == Some(0.0));
    (here.is_first() && least(after) && (least(before) || before.is_some_and(Value::is_number)))
        .then_some(&rules::FIRST_THRESHOLD)
}

/// A query without a data source has its panel's.
fn target_source(
    here: &Here<'_>,
    panel: &PanelScope,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<&'static Rule> {
    let sources = &here.facts.sources;
    if let Some(rule) = sources.explain(At::Panel, before, after) {
        return Some(rule);
    }
    let [old, new] = [panel.sources[0].as_ref(), panel.sources[1].as_ref()];
    let inherits = match (present(before), present(after)) {
        // What it asks is what it asked; another data source of the panel is told there.
        (None, Some(own)) => {
            same_or_absent(Some(own), new)
                || old.is_some_and(|old| old == own)
                || sources.explain(At::Panel, old, Some(own)).is_some()
        }
        (Some(own), None) => same_or_absent(Some(own), old) || sources.explain(At::Panel, Some(own), new).is_some(),
        _ => false,
    };
    if inherits || present(before).is_none() && is_spelled(new, after) {
        return Some(&rules::TARGET_DATASOURCE);
    }
    // Where the panel has a data source of its own, that one is asked, whatever other one a query says, since 13
    // (`v1_to_v2alpha1.go` of 13.1, transformSingleQuery). A query that names the same uid keeps the plugin that it says.
    let own = old.filter(|own| own.get("uid").and_then(Value::as_str) != Some("-- Mixed --"));
    let plain = own.map(without_other_keys);
    let own = plain.as_ref();
    let asked = own.is_some() && (same_or_absent(own, after) || sources.explain(At::Panel, own, after).is_some());
    let by_thirteen = here.facts.schemas[1] >= 42 && here.facts.saved_by.is_none_or(|version| version >= (13, 0));
    (asked && by_thirteen && names_another(before, own)).then_some(&rules::PANEL_SOURCE)
}

/// Whether a query names another data source than its panel, and computes nothing itself.
fn names_another(source: Option<&Value>, own: Option<&Value>) -> bool {
    let part =
        |source: Option<&Value>, key: &str| source.and_then(|source| source.get(key)?.as_str().map(str::to_owned));
    let uid = part(source, "uid");
    let computes = [&uid, &part(source, "type")]
        .iter()
        .any(|part| part.as_deref() == Some("__expr__"));
    !computes && (uid.is_none() || uid != part(own, "uid"))
}

/// Whether a reference is a name letter by letter: what step 36 of a browser makes of a panel's name that no server knows
/// (`{ ...panel.datasource }` in grafana/grafana `DashboardMigrator.ts`, 8.4 to 11.1).
fn is_spelled(name: Option<&Value>, source: Option<&Value>) -> bool {
    let (Some(Value::String(name)), Some(Value::Object(letters))) = (name, source) else {
        return false;
    };
    let units: Vec<u16> = name.encode_utf16().collect();
    let letter = |at: usize| letters.get(&at.to_string()).and_then(Value::as_str);
    letters.len() == units.len()
        && (0..units.len()).all(|at| letter(at).is_some_and(|text| text.encode_utf16().eq([units[at]])))
}

/// A reference as v2 keeps it: the plugin and the uid (`v1_to_v2alpha1.go` of 13.1, transformSingleQuery).
fn without_other_keys(source: &Value) -> Value {
    match source {
        Value::Object(parts) => {
            let kept = parts
                .iter()
                .filter(|(key, _)| matches!(key.as_str(), "type" | "uid" | "apiVersion"));
            Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
        }
        other => other.clone(),
    }
}

/// A panel without queries is given one that asks nothing: `[{"refId": "A"}]`, with the panel's data source.
fn no_targets(
    here: &Here<'_>,
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
            let agrees = |source: &Option<&Value>| {
                same_or_absent(own, *source) || here.facts.sources.explain(At::Panel, own, *source).is_some()
            };
            // The conversion to v2 writes the default one into a query that asks nothing; the page of 13.1 names none in v2
            // (`layoutSerializers/utils.ts`, createPanelDataProvider, and saves of 13.1). That of 12 writes its panel's.
            let may_be_default = here.facts.is_stored_as_v2() || here.facts.v2[0] || sources[0].is_none();
            here.facts.v2 != [true, true]
                && (sources.iter().any(agrees)
                    || may_be_default && here.facts.schemas[1] >= 42 && here.facts.sources.is_consistent(value))
        }
        _ => value.is_null(),
    });
    asks_nothing.then_some(&rules::NO_TARGETS)
}
