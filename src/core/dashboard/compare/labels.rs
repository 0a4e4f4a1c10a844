//! Settings as Grafana's forms call them, and values as they stand there to choose from.
//!
//! Sources: grafana/grafana, the names that each plugin's `module.tsx` gives its options, `packages/grafana-ui/src/options/builder/`,
//! `public/app/core/components/OptionsUI/registry.tsx`, `public/app/features/dashboard-scene/settings/`; 11.1 to 13.1. What stands
//! nowhere here is said by its key, with spaces.

use std::borrow::Cow;

use serde_json::Value;

use super::form;

/// What a setting belongs to, where a person looks for it, and its key there.
pub(super) type Label = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
const LABELS: &[Label] = &[
    ("", "annotations", "annotations"),
    ("", "annotations.list", "annotations"),
    ("", "fiscalYearStartMonth", "start of the fiscal year"),
    ("", "graphTooltip", "graph tooltip"),
    ("", "liveNow", "refresh of live dashboards"),
    ("", "refresh", "auto refresh"),
    ("", "templating", "variables"),
    ("", "templating.list", "variables"),
    ("", "time", "time range"),
    ("", "timepicker", "time picker"),
    ("", "timepicker.hidden", "hide time picker"),
    ("", "timepicker.nowDelay", "now delay"),
    ("", "timepicker.quick_ranges", "quick ranges"),
    ("", "timepicker.refresh_intervals", "auto refresh intervals"),
    ("", "timezone", "time zone"),
    ("", "weekStart", "week start"),

    ("panel", "cacheTimeout", "cache timeout"),
    ("", "layout.columnWidth", "min column width"),
    ("", "layout.columnWidthMode", "min column width"),
    ("", "layout.fillScreen", "fill screen"),
    ("", "layout.maxColumnCount", "max columns"),
    ("", "layout.rowHeight", "row height"),
    ("", "layout.rowHeightMode", "row height"),

    ("panel", "layout.columnWidth", "min column width"),
    ("panel", "layout.columnWidthMode", "min column width"),
    ("panel", "layout.fillScreen", "fill screen"),
    ("panel", "layout.maxColumnCount", "max columns"),
    ("panel", "layout.rowHeight", "row height"),
    ("panel", "layout.rowHeightMode", "row height"),
    ("panel", "conditionalRendering", "show / hide rules"),
    ("panel", "conditionalRendering.spec.condition", "match rules"),
    ("panel", "conditionalRendering.spec.visibility", "visibility by rules"),
    ("panel", "fillScreen", "fill screen"),
    ("panel", "hideHeader", "hide row header"),
    ("show / hide rule", "spec.operator", "operator"),
    ("show / hide rule", "spec.value", "value"),
    ("show / hide rule", "spec.variable", "template variable"),

    ("panel", "collapsed", "closed"),
    ("panel", "datasource", "data source"),
    ("panel", "gridPos", "place"),
    ("panel", "hideTimeOverride", "hide time info"),
    ("panel", "interval", "min interval"),
    ("panel", "libraryPanel", "library panel"),
    ("panel", "links", "panel links"),
    ("panel", "maxDataPoints", "max data points"),
    ("panel", "maxPerRow", "max per row"),
    ("panel", "queryCachingTTL", "cache TTL"),
    ("panel", "repeat", "repeat by variable"),
    ("panel", "repeatDirection", "repeat direction"),
    ("panel", "targets", "queries"),
    ("panel", "timeCompare", "time comparison"),
    ("panel", "timeFrom", "relative time"),
    ("panel", "timeShift", "time shift"),
    ("panel", "transparent", "transparent background"),
    ("panel", "type", "visualization"),
    ("panel", "fieldConfig.overrides", "overrides"),

    ("panel", "fieldConfig.defaults.color.fixedColor", "color"),
    ("panel", "fieldConfig.defaults.color.mode", "color scheme"),
    ("panel", "fieldConfig.defaults.color.seriesBy", "color series by"),
    ("panel", "fieldConfig.defaults.fieldMinMax", "field min/max"),
    ("panel", "fieldConfig.defaults.filterable", "column filter"),
    ("panel", "fieldConfig.defaults.links", "data links"),
    ("panel", "fieldConfig.defaults.mappings", "value mappings"),
    ("panel", "fieldConfig.defaults.thresholds.mode", "thresholds mode"),
    ("panel", "fieldConfig.defaults.custom.align", "column alignment"),
    ("panel", "fieldConfig.defaults.custom.axisBorderShow", "show axis border"),
    ("panel", "fieldConfig.defaults.custom.axisCenteredZero", "axis centered at zero"),
    ("panel", "fieldConfig.defaults.custom.axisColorMode", "axis color"),
    ("panel", "fieldConfig.defaults.custom.axisGridShow", "show grid lines"),
    ("panel", "fieldConfig.defaults.custom.axisPlacement", "axis placement"),
    ("panel", "fieldConfig.defaults.custom.axisSoftMax", "axis soft max"),
    ("panel", "fieldConfig.defaults.custom.axisSoftMin", "axis soft min"),
    ("panel", "fieldConfig.defaults.custom.cellOptions.type", "cell type"),
    ("panel", "fieldConfig.defaults.custom.displayMode", "cell display mode"),
    ("panel", "fieldConfig.defaults.custom.drawStyle", "graph style"),
    ("panel", "fieldConfig.defaults.custom.fillBelowTo", "fill below to"),
    ("panel", "fieldConfig.defaults.custom.filterable", "column filter"),
    ("panel", "fieldConfig.defaults.custom.hideFrom", "hide in area"),
    ("panel", "fieldConfig.defaults.custom.insertNulls", "disconnect values"),
    ("panel", "fieldConfig.defaults.custom.inspect", "cell value inspect"),
    ("panel", "fieldConfig.defaults.custom.lineStyle.fill", "line style"),
    ("panel", "fieldConfig.defaults.custom.minWidth", "minimum column width"),
    ("panel", "fieldConfig.defaults.custom.scaleDistribution", "axis scale"),
    ("panel", "fieldConfig.defaults.custom.scaleDistribution.log", "base of the axis scale"),
    ("panel", "fieldConfig.defaults.custom.scaleDistribution.type", "axis scale"),
    ("panel", "fieldConfig.defaults.custom.spanNulls", "connect null values"),
    ("panel", "fieldConfig.defaults.custom.stacking.group", "stacking group"),
    ("panel", "fieldConfig.defaults.custom.stacking.mode", "stack series"),
    ("panel", "fieldConfig.defaults.custom.thresholdsStyle", "show thresholds"),
    ("panel", "fieldConfig.defaults.custom.thresholdsStyle.mode", "show thresholds"),
    ("panel", "fieldConfig.defaults.custom.width", "column width"),

    ("panel", "options.legend.calcs", "legend values"),
    ("panel", "options.legend.displayMode", "legend mode"),
    ("panel", "options.legend.placement", "legend placement"),
    ("panel", "options.legend.showLegend", "legend visibility"),
    ("panel", "options.legend.values", "legend values"),
    ("panel", "options.legend.width", "legend width"),
    ("panel", "options.reduceOptions.calcs", "calculation"),
    ("panel", "options.reduceOptions.fields", "fields"),
    ("panel", "options.reduceOptions.limit", "limit of values"),
    ("panel", "options.reduceOptions.values", "show all values"),
    ("panel", "options.tooltip.hideZeros", "hide zeros in the tooltip"),
    ("panel", "options.tooltip.mode", "tooltip mode"),
    ("panel", "options.tooltip.sort", "values sort order in the tooltip"),
    ("panel", "options.footer.show", "show table footer"),
    ("panel", "options.showHeader", "show table header"),
    ("panel", "options.sortBy", "sort by"),

    ("query", "datasource", "data source"),
    ("query", "editorMode", "editor mode"),
    ("query", "exemplar", "exemplars"),
    ("query", "hide", "hidden"),
    ("query", "interval", "min step"),
    ("query", "intervalFactor", "resolution"),
    ("query", "legendFormat", "legend"),

    ("variable", "allValue", "custom all value"),
    ("variable", "allowCustomValue", "allow custom values"),
    ("variable", "auto", "auto option"),
    ("variable", "auto_count", "step count"),
    ("variable", "auto_min", "min interval"),
    ("variable", "current", "default"),
    ("variable", "datasource", "data source"),
    ("variable", "hide", "shown on the dashboard"),
    ("variable", "includeAll", "include All option"),
    ("variable", "multi", "multi-value"),
    ("variable", "options", "choices"),
    ("variable", "query.query", "query"),
    ("variable", "skipUrlSync", "leave out of the URL"),
    ("variable", "staticOptions", "static choices"),

    ("annotation", "datasource", "data source"),
    ("annotation", "enable", "enabled"),
    ("annotation", "hide", "toggle hidden"),
    ("annotation", "iconColor", "color"),
    ("annotation", "target", "query"),

    ("link", "asDropdown", "show as dropdown"),
    ("link", "includeVars", "include current template variable values"),
    ("link", "keepTime", "include current time range"),
    ("link", "targetBlank", "open in new tab"),
    ("link", "url", "URL"),
];

/// What a setting is called in the form of what it belongs to (`""`: the dashboard), and how many of the keys say that.
pub(super) fn label(of: &str, keys: &[&str]) -> Option<(&'static str, usize)> {
    let fits = |path: &str, length: usize| path.split('.').eq(keys[..length].iter().copied());
    (1..=keys.len()).rev().find_map(|length| {
        let found = LABELS
            .iter()
            .chain(form::SETTINGS)
            .find(|(owner, path, _)| *owner == of && fits(path, length));
        found.map(|(_, _, words)| (*words, length))
    })
}

/// What a transformation is called where one is chosen, by its id; a second one of a kind is known by its number (`merge#2`).
///
/// Source: grafana/grafana `public/app/features/transformers/standardTransformers.tsx` (13.1), and older versions for the ids that
/// it doesn't have.
pub fn transformation(value: &str) -> String {
    let (id, number) = value
        .split_once('#')
        .map_or((value, None), |(id, number)| (id, Some(number)));
    let name = TRANSFORMATIONS
        .iter()
        .find_map(|(known, name)| (*known == id).then_some(*name))
        .unwrap_or(id);
    match number {
        Some(number) => format!("{name}#{number}"),
        None => name.to_owned(),
    }
}

#[rustfmt::skip]
const TRANSFORMATIONS: &[(&str, &str)] = &[
    ("calculateField", "Add field from calculation"),
    ("concatenate", "Concatenate fields"),
    ("configFromData", "Config from query results"),
    ("convertFieldType", "Convert field type"),
    ("extractFields", "Extract fields"),
    ("fieldLookup", "Lookup fields from resource"),
    ("filterByRefId", "Filter data by query"),
    ("filterByValue", "Filter data by values"),
    ("filterFieldsByName", "Filter fields by name"),
    ("formatString", "Format string"),
    ("formatTime", "Format time"),
    ("groupBy", "Group by"),
    ("groupToNestedTable", "Group to nested tables"),
    ("groupingToMatrix", "Grouping to matrix"),
    ("heatmap", "Create heatmap"),
    ("histogram", "Histogram"),
    ("joinByField", "Join by field"),
    ("joinByLabels", "Join by labels"),
    ("labelsToFields", "Labels to fields"),
    ("limit", "Limit"),
    ("merge", "Merge series/tables"),
    ("organize", "Organize fields by name"),
    ("partitionByValues", "Partition by values"),
    ("prepareTimeSeries", "Prepare time series"),
    ("reduce", "Reduce"),
    ("regression", "Trendline"),
    ("renameByRegex", "Rename fields by regex"),
    ("rowsToFields", "Rows to fields"),
    ("seriesToColumns", "Join by field"),
    ("seriesToRows", "Series to rows"),
    ("smoothing", "Smoothing"),
    ("sortBy", "Sort by"),
    ("spatial", "Spatial operations"),
    ("timeSeriesTable", "Time series to table"),
    ("transpose", "Transpose"),
];

/// What a field setting is called, by its id as overrides have it: `custom.lineWidth`.
pub fn field_label(id: &str) -> String {
    let keys: Vec<&str> = ["fieldConfig", "defaults"].into_iter().chain(id.split('.')).collect();
    setting_words("panel", &keys).join(" › ")
}

/// A setting in the words of the form: by its label, else without the scaffolding around a field's settings, which says nothing
/// to a person.
pub(super) fn setting_words(of: &str, keys: &[&str]) -> Vec<String> {
    if let Some((label, length)) = label(of, keys) {
        return std::iter::once(label.to_owned())
            .chain(all_spoken(&keys[length..]))
            .collect();
    }
    match keys {
        ["fieldConfig", "defaults", "custom", rest @ ..]
        | ["fieldConfig", "defaults", rest @ ..]
        | ["options", rest @ ..]
            if !rest.is_empty() =>
        {
            all_spoken(rest)
        }
        all => all.iter().map(|key| (*key).to_owned()).collect(),
    }
}

/// Settings whose keys are fields' names, as the data source gives them.
const BY_FIELD: &[&str] = &["excludeByName", "includeByName", "indexByName", "renameByName"];

fn all_spoken(keys: &[&str]) -> Vec<String> {
    let is_field = |at: usize| at > 0 && BY_FIELD.contains(&keys[at - 1]);
    let said = keys.iter().enumerate().map(|(at, key)| match is_field(at) {
        true => format!("\"{key}\""),
        false => spoken(key),
    });
    said.collect()
}

/// A setting's key as the form says it: `fillOpacity` is fill opacity. `-v` shows the key.
pub fn spoken(key: &str) -> String {
    let is_word = key.chars().all(|character| character.is_ascii_alphanumeric());
    if !is_word {
        return key.to_owned();
    }
    let mut words = String::with_capacity(key.len() + 4);
    let mut before = 'A';
    for character in key.chars() {
        if character.is_ascii_uppercase() && !before.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(character.to_ascii_lowercase());
        before = character;
    }
    words
}

/// Values that stand for words, by the path without what is in brackets.
const VALUES: &[(&str, &[&str])] = &[
    ("graphTooltip", &["default", "shared crosshair", "shared tooltip"]),
    (
        "templating.list.hide",
        &["label and value", "value only", "nothing", "controls menu"],
    ),
    (
        "templating.list.refresh",
        &["never", "on dashboard load", "on time range change"],
    ),
    (
        "templating.list.sort",
        &[
            "disabled",
            "alphabetical (asc)",
            "alphabetical (desc)",
            "numerical (asc)",
            "numerical (desc)",
            "alphabetical, no case (asc)",
            "alphabetical, no case (desc)",
            "natural (asc)",
            "natural (desc)",
        ],
    ),
];

/// How the form says a value that stands for words: `templating.list[name=node].refresh` 2 is "on time range change".
pub fn value_words(path: &str, value: &Value) -> Option<Cow<'static, str>> {
    if let Some(setting) = setting_of_panel(path) {
        return form::choice(&setting, value);
    }
    let path = &of_dashboard(path);
    if path == "refresh" && value.as_str() == Some("") {
        return Some("off".into());
    }
    let (_, words) = VALUES.iter().find(|(of, _)| *of == without_brackets(path))?;
    let words = words.get(usize::try_from(value.as_u64()?).ok()?)?;
    Some((*words).into())
}

/// The setting of a panel that a path leads to, whether the panel has it for all its fields or for those of an override.
fn setting_of_panel(path: &str) -> Option<String> {
    let plain = without_brackets(path);
    let inside = plain.strip_prefix("panels.").filter(|_| path.starts_with("panels["))?;
    match inside.strip_prefix("fieldConfig.overrides.properties.value") {
        Some(rest) => {
            let (_, property) = path.rsplit_once(".properties[id=")?;
            let (id, _) = property.split_once(']')?;
            Some(format!("fieldConfig.defaults.{id}{rest}"))
        }
        None if inside.starts_with("fieldConfig.defaults.") || inside.starts_with("options.") => {
            Some(inside.to_owned())
        }
        None => None,
    }
}

/// The path of a variable of a row's or a tab's own as one of the dashboard's.
fn of_dashboard(path: &str) -> Cow<'_, str> {
    match path.split_once("].variables[").filter(|_| path.starts_with("panels[")) {
        Some((_, variable)) => Cow::Owned(format!("templating.list[{variable}")),
        None => Cow::Borrowed(path),
    }
}

/// A keyed path without what tells elements of lists apart.
fn without_brackets(path: &str) -> String {
    let mut plain = String::new();
    let (mut inside, mut escaped) = (false, false);
    for character in path.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' => inside = true,
            ']' => inside = false,
            _ if !inside => plain.push(character),
            _ => {}
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_called_as_its_form_calls_it() {
        let keys = ["options", "legend", "placement"];
        assert_eq!(label("panel", &keys), Some(("legend placement", 3)));
        assert_eq!(label("variable", &["current", "text"]), Some(("default", 1)));
        assert_eq!(label("query", &["expr"]), None);
        assert_eq!(field_label("custom.spanNulls"), "connect null values");
        assert_eq!(field_label("custom.lineWidth"), "line width");
    }

    #[test]
    fn a_number_that_stands_for_words_is_said_in_words() {
        let words = |path: &str, value: Value| value_words(path, &value).map(Cow::into_owned);
        let hide = words("templating.list[name=a\\].b].hide", 2.into());
        assert_eq!(hide.as_deref(), Some("nothing"));
        assert_eq!(words("graphTooltip", 1.into()).as_deref(), Some("shared crosshair"));
        assert_eq!(words("graphTooltip", 7.into()), None);
        assert_eq!(words("panels[id=1].hide", 1.into()), None);
        assert_eq!(words("refresh", "".into()).as_deref(), Some("off"));
    }

    #[test]
    fn a_choice_in_a_panels_form_is_said_in_words_for_all_fields_and_for_those_of_an_override() {
        let words = |path: &str, value: &str| value_words(path, &value.into()).map(Cow::into_owned);
        let stacking = "panels[id=1].fieldConfig.defaults.custom.stacking.mode";
        assert_eq!(words(stacking, "percent").as_deref(), Some("100%"));
        let of_override =
            "panels[id=1].fieldConfig.overrides[matcher=byName:a].properties[id=custom.stacking].value.mode";
        assert_eq!(words(of_override, "percent").as_deref(), Some("100%"));
        assert_eq!(words("panels[id=1].targets[refId=A].options.sort", "asc"), None);
    }

    #[test]
    fn no_setting_has_two_names() {
        let all: Vec<&Label> = LABELS.iter().chain(form::SETTINGS).collect();
        for (at, (of, path, _)) in all.iter().enumerate() {
            assert!(
                !all[..at].iter().any(|(other, there, _)| (other, there) == (of, path)),
                "{of} {path}"
            );
        }
    }
}
