//! The single edits that Grafana itself ignores or loses: each with the reason and where that is known from.
//!
//! A mutant that lands here need not be reported. Everything else must be.

use dashctl::dashboard::compare::Comparison;
use serde_json::Value;

use crate::inert;
use crate::keyed::Spot;
use crate::mutate::{Family, Mutant};

/// Between which dashboards the mutant stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Between {
    /// The dashboard itself and its mutant.
    Same,
    /// A mutant of the older side and the newer side.
    OldMutant,
    /// The older side and a mutant of the newer side.
    NewMutant,
}

/// What v2 says of itself rather than of the dashboard: kinds of objects, versions, and names of elements.
pub fn of_v2(family: Family, spot: &Spot, mutant: &Mutant) -> bool {
    let last = spot.keys.last().map(String::as_str).unwrap_or_default();
    let removed = family == Family::RemovedKey;
    spot.is_v2()
        && (matches!(last, "kind" | "version" | "id")
            || spot.pattern.starts_with("variables[].spec.options")
            || spot.pattern.ends_with("query.datasource.name")
            || removed && last == "definition" && says_the_query(mutant)
            || last == "collapse" && has_no_header(mutant)
            || removed && last == "sort" && mutant.old == Some("disabled".into())
            || removed && mutant.old.as_ref().is_some_and(is_nothing)
            // Defaults, each row of which a test of the table takes away; and what a reference needn't say.
            || removed && (spot.pattern.contains(".vizConfig.spec") || matches!(last, "group" | "datasource" | "mode" | "refId"))
            || removed && matches!(spot.keys.as_slice(), [.., data] if data == "data")
            // Places say the order, and a query that asks nothing is written into panels that ask none.
            || family == Family::SwappedElements && spot.pattern.ends_with("items[]")
            || removed && last == "query" && mutant.old.as_ref().is_some_and(is_empty_query)
            || removed && matches!(last, "queries" | "spec") && mutant.old.as_ref().is_some_and(asks_no_queries)
            || removed && spot.pattern.ends_with("queries[].spec") && mutant.old.as_ref().is_some_and(asks_nothing_at_all)
            || spot.pattern.ends_with("queries[]") && (is_no_query(mutant.old.as_ref()) || is_no_query(mutant.new.as_ref()))
            || spot.pattern == "annotations[]" && mutant.old.as_ref().is_some_and(|old| old.to_string().contains("\"builtIn\":true")))
}

/// A query of no plugin that asks nothing.
fn is_empty_query(query: &Value) -> bool {
    let spec = query.pointer("/spec").and_then(Value::as_object);
    spec.is_none_or(serde_json::Map::is_empty) && query.pointer("/group").and_then(Value::as_str) == Some("")
}

/// A definition is what lists show of a query; without one they show the query (dashboard-scene/settings/variables/utils.ts,
/// getDefinition, 12 and 13).
fn says_the_query(mutant: &Mutant) -> bool {
    let variable = crate::mutate::get(&mutant.dashboard, &mutant.path[..mutant.path.len() - 1]);
    ["__legacyStringValue", "query"].iter().any(|key| {
        let query = variable.and_then(|spec| spec.pointer("/query/spec")?.get(*key));
        query.is_some() && query == mutant.old.as_ref()
    })
}

/// What asks nothing, or is no query at all.
fn is_no_query(value: Option<&Value>) -> bool {
    value.is_some_and(|value| value.is_string() || value.pointer("/spec/query/spec").is_some_and(is_nothing))
}

/// What a query is without its kind, where it asks nothing.
fn asks_nothing_at_all(spec: &Value) -> bool {
    spec.get("query").is_some_and(is_empty_query)
}

/// Whether a row shows no header, by which alone it could be closed (`RowItemRenderer.tsx` of 13.1).
fn has_no_header(mutant: &Mutant) -> bool {
    let row = crate::mutate::get(&mutant.dashboard, &mutant.path[..mutant.path.len() - 1]);
    row.and_then(|row| row.get("hideHeader")?.as_bool()) == Some(true)
}

/// Queries, or a group of them, none of which asks anything.
fn asks_no_queries(value: &Value) -> bool {
    let queries = value.as_array().or_else(|| value.get("queries")?.as_array());
    queries.is_some_and(|queries| queries.iter().all(|query| is_no_query(Some(query))))
}

/// Nothing, no, and nothing in it.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.iter().all(is_nothing),
        Value::Object(map) => map.values().all(is_nothing),
    }
}

/// Whether what was taken away is a default that the next load fills in again.
pub fn is_default(spot: &Spot, found: &Comparison) -> bool {
    const DEFAULTS: &[&str] = &[
        "annotation-default",
        "built-in-annotation",
        "canvas-defaults",
        "dashboard-default",
        "datasource-grafana",
        "first-threshold",
        "panel-default",
        "plugin-default",
        "query-refresh",
        "scene-fills",
        "time-zone",
        "variable-default",
    ];
    // Of the places of a whole pair, the one that was edited.
    let last = spot.keys.last().map(String::as_str).unwrap_or_default();
    let mut noise = found.noise.iter();
    noise.any(|noise| {
        // v2 has other names, and a conversion is told at the key that it rewrites.
        let is_elsewhere = spot.is_v2() || noise.rule.id == "canvas-defaults";
        DEFAULTS.contains(&noise.rule.id) && (is_elsewhere || noise.place.keyed_path().contains(last))
    })
}

/// What brings back what there was before the save, or takes away what the page itself had written.
pub fn by_the_page(family: Family, spot: &Spot, mutant: &Mutant, before: &Value) -> bool {
    let removed = matches!(family, Family::RemovedKey | Family::RemovedElement);
    let is_source = matches!(spot.pattern.as_str(), "panels[].datasource" | "annotations.list[].type");
    let is_swapped = family == Family::SwappedElements && spot.pattern.ends_with("fieldConfig.defaults.mappings[]");
    // Mappings of a singlestat are one for each value: in whatever order they stand, one fits.
    is_swapped && crate::mutate::get(before, &mutant.path[..mutant.path.len() - 1]).is_none()
        || removed && is_source
        || removed && !spot.is_v2() && crate::mutate::get(before, &mutant.path).is_none()
}

/// Why nobody would see this edit; `None` if somebody would.
pub fn reason(family: Family, between: Between, spot: &Spot, mutant: &Mutant, other: &Value) -> Option<&'static str> {
    always(family, spot, mutant)
        .or_else(|| inert::reason(family, spot, mutant))
        .or_else(|| lost(family, between, spot, mutant, other))
}

/// What no Grafana shows, whatever the versions.
fn always(family: Family, spot: &Spot, mutant: &Mutant) -> Option<&'static str> {
    let top = spot.pattern.split(['.', '[']).next().unwrap_or_default();
    let removed = matches!(family, Family::RemovedElement | Family::RemovedKey);
    Some(match (top, spot.pattern.as_str()) {
        ("id" | "uid" | "version" | "schemaVersion" | "gnetId" | "revision" | "iteration", _) => {
            "the server's own (grafana-http-api 8.1)"
        }
        ("__inputs" | "__requires" | "__elements", _) => "belongs to the download (migration pairs)",
        (_, pattern) if removed && pattern.ends_with("$$hashKey") => "Angular's own mark (migration pairs)",
        (_, "panels[].id") if family == Family::Leaf && is_taken(mutant) => {
            "of two panels with one id the browser gives the later one another (grafana/grafana DashboardModel.ts)"
        }
        (_, "panels[].pluginVersion") => "set by every save (grafana-http-api 8.1)",
        (_, "templating.list[].current.selected" | "templating.list[].options[].selected") => {
            "the UI's own state (grafana-http-api 8.1)"
        }
        (_, pattern)
            if pattern.starts_with("templating.list[].options")
                && matches!(spot.kind.as_str(), "query" | "datasource") =>
        {
            "the data source's answer (grafana-http-api 8.1)"
        }
        (_, "templating.list[].options[]") if spot.kind == "textbox" => {
            "a text box has one choice, its query (TextBoxVariable of @grafana/scenes)"
        }
        (_, "templating.list[].options[]" | "templating.list[].options") if removed => {
            "said by the variable's query already (grafana/grafana variables/*/actions.ts)"
        }
        (_, pattern) if pattern.ends_with("datasource.apiVersion") => "a form of the same reference (migration-noise)",
        (_, pattern) if pattern.ends_with("datasource.type") && removed => {
            "a reference without a type means any (grafana-http-api 8.1)"
        }
        (_, "panels[].targets[].datasource" | "panels[].targets[].datasource.uid") if removed => {
            "a query without a data source has its panel's (grafana/grafana v36.go)"
        }
        (_, "panels[].targets" | "panels[].targets[]") if removed && asks_nothing(mutant) => {
            "a query that asks nothing is added at the next load (grafana/grafana PanelModel.ts)"
        }
        (_, "panels[].targets[].refId") if removed => {
            "a query without a letter is given the next free one (grafana/grafana PanelModel.ts)"
        }
        (_, "panels[]") if family == Family::SwappedElements => {
            "panels are sorted by position (grafana/grafana DashboardModel.ts)"
        }
        (_, "annotations" | "annotations.list" | "annotations.list[]") if removed && is_built_in(mutant) => {
            "the built-in annotation is inserted again (grafana/grafana DashboardModel.ts)"
        }
        (_, "panels[].id") if family == Family::RemovedKey && is_highest(mutant) => {
            "a panel without an id is given the next one, which it had (grafana/grafana DashboardModel.ts)"
        }
        (_, "panels[].options.spanFilters.tags[].id") => {
            "the random name of a line to be filled in (traces/module.tsx)"
        }
        (_, "panels[].options.dataLinks") if removed && mutant.old.as_ref().is_some_and(is_nothing) => {
            "an empty list of a graph's links, which no other panel has (GraphMigrations.ts)"
        }
        (_, "panels[].tags") if removed && spot.kind == "dashlist" && mutant.old.as_ref().is_some_and(is_nothing) => {
            "no tags are none (dashlist/module.tsx)"
        }
        (_, "panels[].fieldConfig.overrides[].properties")
            if removed && mutant.old.as_ref().is_some_and(is_nothing) =>
        {
            "an override that sets nothing (fieldOverrides.ts)"
        }
        (_, "panels[].options.alertThreshold") if removed && spot.kind == "timeseries" => {
            "a leftover of a graph's, which alone reads it (graph/module.ts)"
        }
        (_, "templating.list[].queryValue") if removed => "no page since 12 knows it (sceneVariablesSetToVariables.ts)",
        (_, "templating.list[].label") if removed && mutant.old == Some("".into()) => {
            "an empty label is none (sceneVariablesSetToVariables.ts of 12)"
        }
        (_, "annotations.list[].datasource.uid") if removed && mutant.old == Some("grafana".into()) => {
            "its type names the built-in data source already (datasource_srv.ts)"
        }
        (_, "templating.list[].definition") if removed => {
            "shows the query once more (grafana/grafana variables/query/reducer.ts)"
        }
        (_, "panels[].id") if spot.kind == "row" => {
            "rows have no id in v2, and nothing names one (dashboard_spec_gen.go of 13.1)"
        }
        (_, "panels[].repeatIteration") => "a counter of the UI's (grafana-http-api 8.1)",
        _ => return None,
    })
}

fn is_built_in(mutant: &Mutant) -> bool {
    mutant
        .old
        .as_ref()
        .is_some_and(|old| old.to_string().contains("\"builtIn\":1"))
}

/// Rows don't count: what 13 renders of v2 gives them ids anew.
fn is_highest(mutant: &Mutant) -> bool {
    let others = panels(mutant).filter(|panel| panel.get("type").and_then(Value::as_str) != Some("row"));
    mutant.old.as_ref().and_then(Value::as_u64) > others.filter_map(|panel| panel.get("id")?.as_u64()).max()
}

/// Whether another panel has the id that was edited into one.
fn is_taken(mutant: &Mutant) -> bool {
    panels(mutant)
        .filter(|panel| panel.get("id") == mutant.new.as_ref())
        .count()
        > 1
}

/// All panels that have a place.
fn panels(mutant: &Mutant) -> impl Iterator<Item = &Value> {
    let paths = crate::mutate::places(Family::MovedPanel, &mutant.dashboard);
    paths
        .into_iter()
        .filter_map(|path| crate::mutate::get(&mutant.dashboard, &path))
}

fn asks_nothing(mutant: &Mutant) -> bool {
    let old = mutant.old.clone().unwrap_or_default();
    if old.as_array().is_some_and(Vec::is_empty) {
        return true;
    }
    let target = old.get(0).unwrap_or(&old);
    target
        .as_object()
        .is_some_and(|target| target.keys().all(|key| matches!(key.as_str(), "refId" | "datasource")))
}

/// What a migration between the sides loses of the older side.
fn lost(family: Family, between: Between, spot: &Spot, mutant: &Mutant, other: &Value) -> Option<&'static str> {
    let older = between == Between::OldMutant;
    let schema = |side: &Value| side.get("schemaVersion").and_then(Value::as_u64).unwrap_or(0);
    let crosses = |step: u64| schema(&mutant.dashboard) < step && schema(other) >= step;
    let removed = matches!(family, Family::RemovedElement | Family::RemovedKey);
    let pattern = spot.pattern.as_str();
    let old = panel(&mutant.dashboard, spot);
    let new = panel(other, spot);
    let kind = |panel: Option<&Value>| {
        panel
            .and_then(|panel| panel.get("type"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let converted =
        matches!(kind(new).as_str(), "stat" | "gauge") && new.is_some_and(|panel| panel.get("valueName").is_none());
    if older
        && spot.kind == "singlestat"
        && converted
        && let Some(reason) = of_singlestat(family, spot, old?, &kind(new))
    {
        return Some(reason);
    }
    Some(match pattern {
        _ if older && pattern.starts_with("panels[].gridPos") => {
            "the browser's grid settles it (react-grid-layout utils.js)"
        }
        "panels[].datasource.uid" if older && removed => {
            "a reference without a uid is its plugin's default one, which a save names (datasource_srv.ts)"
        }
        "panels[]" if older && mutant.new.as_ref().is_some_and(Value::is_string) => "a text is no panel",
        _ if older && pattern.ends_with("addedByHand") => "not kept by pages or loaders that don't know it",
        _ if older
            && crosses(36)
            && family == Family::Leaf
            && pattern == "panels[].fieldConfig.defaults.thresholds.steps[].value" =>
        {
            "the first threshold is minus infinity (grafana/grafana getPanelOptionsWithDefaults.ts)"
        }
        _ if older
            && crosses(16)
            && matches!(
                pattern,
                "rows[].titleSize"
                    | "rows[].addedByHand"
                    | "rows[].height"
                    | "rows[].showTitle"
                    | "rows[].collapse"
                    | "rows[].title"
                    | "rows[].editable"
            ) =>
        {
            "not kept by the grid, or with the same effect (grafana/grafana upgradeToGridLayout)"
        }
        "panels[].span" if removed && crosses(16) && mutant.old == Some(4.into()) => {
            "the default width (grafana/grafana upgradeToGridLayout)"
        }
        _ if removed && pattern.starts_with("panels[].options.fieldOptions") => "nothing in two ways",
        _ if family == Family::DuplicatedElement
            && between == Between::NewMutant
            && pattern.ends_with("fieldConfig.overrides[]")
            && new.is_none_or(|panel| kind(new) == "graph" || panel.get("autoMigrateFrom").is_some())
            && is_said_again(mutant) =>
        {
            "a page of 12 and 13 adds all overrides of a graph's conversion again, which changes nothing (timeseries/migrations.ts)"
        }
        "refresh" if older && crosses(40) && !mutant.new.as_ref().is_some_and(Value::is_string) => {
            "whatever isn't a text is off since step 40 (grafana/grafana v40.go)"
        }
        "templating.list[].refresh" if older && crosses(29) => "set by step 29 (grafana/grafana DashboardMigrator.ts)",
        "panels[].options.layers[].name" if removed && is_given_name(mutant) => {
            "a layer without a name is given this one when the map is drawn (grafana/grafana geomap/utils/layers.ts)"
        }
        "panels[].datasource" if removed && spot.kind == "text" => {
            "a panel that asks no query (createPanelDataProvider.ts)"
        }
        "panels[].fieldConfig.defaults.mappings[]"
            if family == Family::SwappedElements
                && new.is_some_and(|new| new.pointer("/fieldConfig/defaults/mappings").is_none()) =>
        {
            "of a singlestat's mappings, one for each value, one fits in whatever order (SingleStatBaseOptions.ts)"
        }
        "templating.list[].datasource.uid" if removed => "the default data source of that plugin (saves of 9.4)",
        "templating.list[].datasource" if removed => "the default data source, which any save writes (saves of 9.4)",
        "panels[].height" if older => "a height that parses alike (grafana/grafana getGridHeight)",
        "timepicker" if removed && !older && schema(&mutant.dashboard) >= 41 && is_plain_picker(mutant) => {
            "nothing in it is chosen: the intervals are the default ones (transformSceneToSaveModel.ts)"
        }
        _ if pattern.starts_with("timepicker.time_options") && crosses(41) => {
            "dropped by step 41 (grafana/grafana v41.go)"
        }
        _ if pattern.starts_with("panels[].scopedVars") || pattern == "panels[].isNew" => {
            "not persisted (grafana/grafana PanelModel.ts)"
        }
        _ if older && crosses(28) && pattern.starts_with("templating.list[].tag") => {
            "dropped by step 28 (grafana/grafana v28.go)"
        }
        "templating.list[].useTags" | "templating.list[].tagsQuery" | "templating.list[].tagValuesQuery" if removed => {
            "tags of variables are gone since step 28 (grafana/grafana v28.go)"
        }
        _ if older
            && crosses(27)
            && spot.kind == "constant"
            && (pattern.starts_with("templating.list[].current")
                || pattern.starts_with("templating.list[].options")) =>
        {
            "made anew from the query by step 27 (grafana/grafana DashboardMigrator.ts)"
        }
        _ if spot.kind == "graph"
            && (pattern.starts_with("panels[].fieldConfig.defaults.thresholds")
                || pattern.starts_with("panels[].fieldConfig.defaults.mappings"))
            && (older || removed) =>
        {
            "a graph has no such settings (grafana/grafana graph/module.ts)"
        }
        _ if older && crosses(30) && pattern.contains("mappings[]") | pattern.contains("properties[].value[]") => {
            return of_mapping(family, spot, mutant);
        }
        "panels[].fieldConfig.defaults.nullValueMode" if older => {
            "dropped by the plugin's loader (saves of 7.5 and 9.4)"
        }
        "panels[].fieldConfig.defaults.custom.axisBorderShow"
        | "panels[].fieldConfig.defaults.custom.insertNulls"
        | "panels[].fieldConfig.defaults.unitScale"
            if older && schema(other) == 37 && lacks(new, spot) =>
        {
            "no setting of 9.4, whose loader removes it (grafana/grafana timeseries/config.ts)"
        }
        "panels[].fieldConfig" | "panels[].fieldConfig.defaults" if removed && spot.kind == "graph" => {
            "a graph has no such settings (grafana/grafana graph/module.ts)"
        }
        "rows[]" if older && family == Family::AddedElement => {
            "a row without panels and title (grafana/grafana upgradeToGridLayout)"
        }
        "panels[].styles[]" if older && family == Family::AddedElement => {
            "a style for no column (grafana/grafana v24.go)"
        }
        _ if older && pattern.starts_with("panels[].options.fieldOptions.") && pattern.ends_with("addedByHand") => {
            "not kept by the plugin's own migration (grafana/grafana SingleStatBaseOptions.ts)"
        }
        _ if older && spot.kind == "table" && kind(new) == "table" && crosses(24) => return of_table(family, spot),
        "panels[].styles[].align" if older && crosses(22) => "set by step 22 (grafana/grafana DashboardMigrator.ts)",
        "panels[].datasource" if older && removed && crosses(36) => {
            "the default data source, which step 36 writes (grafana/grafana v36.go)"
        }
        _ if family == Family::RemovedKey
            && matches!(spot.kind.as_str(), "timeseries" | "stat" | "text" | "row")
            && schema(other).max(schema(&mutant.dashboard)) >= 41
            && is_angular(spot) =>
        {
            "left over from an Angular panel; no page since 12 keeps it (transformSceneToSaveModel.ts)"
        }
        "annotations.list[].datasource" | "annotations.list[].hide" if removed => {
            "means the built-in data source, and shown (dataLayersToAnnotations.ts)"
        }
        _ if pattern.starts_with("panels[].targets[].datasource")
            && matches!(spot.kind.as_str(), "row" | "text" | "dashlist") =>
        {
            "a panel that asks no query (createPanelDataProvider.ts)"
        }
        "panels[].collapsed" if removed => "false is the default",
        _ => return None,
    })
}

/// Whether a name is one that the map gives: `Layer 1`.
fn is_given_name(mutant: &Mutant) -> bool {
    let name = mutant.old.as_ref().and_then(Value::as_str);
    name.is_some_and(|name| name.starts_with("Layer "))
}

/// A time picker with the default intervals, and with keys that no page since 12 knows.
fn is_plain_picker(mutant: &Mutant) -> bool {
    let default = ["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h", "2h", "1d"];
    let picker = mutant.old.as_ref().and_then(Value::as_object);
    picker.is_some_and(|picker| {
        picker.iter().all(|(key, value)| match key.as_str() {
            "refresh_intervals" => *value == serde_json::json!(default),
            "hidden" => value.as_bool() == Some(false),
            "nowDelay" | "quick_ranges" => false,
            _ => true,
        })
    })
}

/// Whether a panel has nothing at a place.
fn lacks(panel: Option<&Value>, spot: &Spot) -> bool {
    let keys = spot.keys.iter().map(String::as_str);
    let found = panel.and_then(|panel| keys.into_iter().try_fold(panel, |value, key| value.get(key)));
    found.is_none()
}

/// Settings at the top of a panel that only Angular panels have.
fn is_angular(spot: &Spot) -> bool {
    let [key] = spot.keys.as_slice() else { return false };
    !matches!(
        key.as_str(),
        "datasource"
            | "description"
            | "fieldConfig"
            | "gridPos"
            | "id"
            | "options"
            | "targets"
            | "title"
            | "transformations"
            | "type"
            | "repeat"
    ) || spot.kind == "row" && matches!(key.as_str(), "datasource" | "targets")
}

fn panel<'v>(dashboard: &'v Value, spot: &Spot) -> Option<&'v Value> {
    let wanted = spot.panel.as_ref()?;
    let list = |value: &'v Value, key: &str| value.get(key).and_then(Value::as_array).into_iter().flatten();
    let inside = list(dashboard, "rows")
        .chain(list(dashboard, "panels"))
        .flat_map(move |outer| list(outer, "panels"));
    list(dashboard, "panels")
        .chain(inside)
        .find(|panel| panel.get("id").is_some_and(|id| id.to_string().as_str() == wanted))
}

/// Whether the list ends with what stands right before it once more.
fn is_said_again(mutant: &Mutant) -> bool {
    let list = crate::mutate::get(&mutant.dashboard, &mutant.path[..mutant.path.len() - 1]);
    let list = list.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    (1..=list.len() / 2).any(|length| {
        let (rest, last) = list.split_at(list.len() - length);
        rest.ends_with(last)
    })
}

/// A singlestat that became a stat or a gauge (grafana/grafana `SingleStatBaseOptions.ts`, `PanelModel.ts`).
fn of_singlestat(family: Family, spot: &Spot, old: &Value, new: &str) -> Option<&'static str> {
    let is = |pointer: &str| old.pointer(pointer).and_then(Value::as_bool).unwrap_or(false);
    let thresholds = old.get("thresholds").and_then(Value::as_str).unwrap_or_default();
    let keys: Vec<&str> = spot.keys.iter().map(String::as_str).collect();
    Some(match keys.as_slice() {
        [
            "prefix" | "postfix" | "prefixFontSize" | "postfixFontSize" | "valueFontSize",
            ..,
        ] => "stats have no prefix and no font sizes of their own",
        [
            "nullPointMode" | "editable" | "error" | "height" | "hideTimeOverride",
            ..,
        ] => "not kept when the plugin changes",
        ["addedByHand"] => "not kept when the plugin changes",
        ["mappingTypes", ..] => "what the editor offered, not what was chosen",
        ["mappingType"] if family == Family::RemovedKey => "guessed from the maps that there are",
        ["rangeMaps", ..] => "only the maps of the chosen type count",
        ["valueMaps", "op"] | ["valueMaps", "addedByHand"] => "there is only one operator",
        ["valueMaps"] if family == Family::AddedElement => "a mapping without a value maps nothing",
        ["valueMaps"] if matches!(family, Family::SwappedElements | Family::DuplicatedElement) => {
            "single values become one map, without order or copies"
        }
        ["valueName"] if matches!(family, Family::Leaf | Family::RemovedKey) => {
            "what is no statistic is read as the mean, which may be what it was"
        }
        ["gauge", "thresholdLabels" | "thresholdMarkers" | "addedByHand"] | ["gauge"] if new == "stat" => {
            "a stat is no gauge"
        }
        ["gauge", "addedByHand"] => "not kept when the plugin changes",
        ["gauge", "minValue" | "maxValue"] if !is("/gauge/show") => "a range that wasn't shown",
        ["gauge", "show"]
            if new == "stat"
                && old
                    .get("format")
                    .is_some_and(|format| format == "percent" || format == "percentunit") =>
        {
            "the server writes a range for percent units, too (grafana/grafana v28.go)"
        }
        ["gauge", "thresholdLabels" | "thresholdMarkers"] if family == Family::RemovedKey => "false is the default",
        ["gauge", "show"] if family == Family::RemovedKey && new == "stat" => "false is the default",
        ["sparkline", "fillColor" | "full" | "addedByHand"] => "a stat's graph has no such setting",
        ["sparkline", ..] if new == "gauge" => "a gauge has no sparkline",
        ["sparkline", "lineColor"] if !is("/sparkline/show") || is("/colorValue") || is("/colorBackground") => {
            "a colour that wasn't used"
        }
        ["sparkline", "show"] if family == Family::RemovedKey && !is("/sparkline/show") => "false is the default",
        ["sparkline"] if family == Family::RemovedKey => "false is the default",
        ["colors", ..] if thresholds.is_empty() => "colours without thresholds",
        ["colorBackground" | "colorValue"] if new == "gauge" => "a gauge is always coloured",
        ["colorValue"] if is("/colorBackground") => "a coloured background comes first",
        ["colorBackground" | "colorValue"] if family == Family::RemovedKey => "false is the default",
        ["thresholds"] if family == Family::RemovedKey && thresholds.is_empty() => "no thresholds in two ways",
        ["tableColumn"] if family == Family::RemovedKey => "no column in two ways",
        _ => return None,
    })
}

/// Old value mappings (grafana/grafana `DashboardMigrator.ts`, `upgradeValueMappings`).
fn of_mapping(family: Family, spot: &Spot, mutant: &Mutant) -> Option<&'static str> {
    let last = spot.keys.last().map(String::as_str).unwrap_or_default();
    Some(match last {
        "id" | "operator" | "op" | "addedByHand" => "not kept by step 30",
        "from" | "to" => "only of a range",
        _ if matches!(family, Family::SwappedElements | Family::DuplicatedElement) => {
            "single values become one map, without order or copies"
        }
        "mappings" if family == Family::AddedElement => "a mapping of nothing",
        "mappings"
            if family == Family::RemovedElement
                && mutant
                    .old
                    .as_ref()
                    .is_some_and(|old| old.get("value").is_none_or(|value| value == "")) =>
        {
            "a mapping of nothing"
        }
        _ => return None,
    })
}

/// An old table whose styles became overrides (grafana/grafana `v24.go`).
fn of_table(family: Family, spot: &Spot) -> Option<&'static str> {
    let keys: Vec<&str> = spot.keys.iter().map(String::as_str).collect();
    Some(match keys.as_slice() {
        [
            "columns" | "fontSize" | "pageSize" | "scroll" | "showHeader" | "sort",
            ..,
        ] => "the new table has no such setting",
        [
            "styles",
            "addedByHand" | "dateFormat" | "link" | "type" | "align" | "mappingType" | "linkTargetBlank"
            | "linkTooltip" | "linkUrl",
        ] => "only of columns of another type",
        ["styles", "colors"] if family == Family::AddedElement => "a colour without a threshold",
        ["styles", "alias"] => "no alias in two ways",
        _ => return None,
    })
}
