//! What Grafana's own panels know about their settings: one table, a block for each plugin.
//!
//! When a browser opens a dashboard it loads every panel's plugin, and the loader (grafana/grafana
//! `packages/grafana-data/src/panel/getPanelOptionsWithDefaults.ts`, the same from 7.5 to 13.1)
//!
//! * fills in every setting that the plugin has a default for and the panel lacks,
//! * removes every field setting that the plugin doesn't have (`cleanProperties`), and of overrides the properties it
//!   doesn't have (`filterFieldConfigOverrides`), and
//! * a later save writes the result down.
//!
//! So a block says what a plugin has: the defaults of its options, its own field settings with theirs, and which of the
//! standard field settings it leaves out. Each was read in `public/app/plugins/panel/<plugin>/module.tsx`, `config.ts` and
//! `panelcfg.gen.ts` of 10.2.3, 11.1.1, 12.4.0 and 13.1, and the shared groups in `packages/grafana-ui/src/options/builder/`.
//! A default that differs between versions names its range. Adding a version is adding rows.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::same::same;

/// A version of a plugin as its panels carry it: major and minor.
pub(super) type Version = (u16, u16);

/// A setting: its path, its default as JSON text (empty: none), and the versions that have it so.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    path: &'static str,
    default: &'static str,
    since: Version,
    before: Version,
}

const ANY: Version = (u16::MAX, u16::MAX);

const fn row(path: &'static str, default: &'static str) -> Row {
    Row {
        path,
        default,
        since: (0, 0),
        before: ANY,
    }
}

/// A row that holds from a version on.
const fn since(version: Version, row: Row) -> Row {
    Row { since: version, ..row }
}

/// A row that held before a version.
const fn before(version: Version, row: Row) -> Row {
    Row { before: version, ..row }
}

/// Which of the standard field settings a plugin has.
#[derive(Debug, Clone, Copy)]
enum Standard {
    All,
    /// These, each from a version on.
    Only(&'static [(&'static str, Version)]),
    Without(&'static [&'static str]),
    /// The plugin has no field settings at all, not even standard ones.
    Nothing,
}

/// One plugin.
struct Plugin {
    name: &'static str,
    options: &'static [&'static [Row]],
    custom: &'static [&'static [Row]],
    standard: Standard,
    /// The default colour mode of fields; empty where colour is no field setting.
    color: &'static str,
}

/// The standard field settings (`public/app/core/components/OptionsUI/registry.tsx`, `getAllOptionEditors` … of 13.1;
/// `unitScale`, `nullValueMode` and `writeable` were ones in between).
const STANDARD: &[Row] = &[
    row("displayName", ""),
    row("unit", ""),
    since((10, 2), row("fieldMinMax", "")),
    row("min", ""),
    row("max", ""),
    row("decimals", ""),
    row("noValue", ""),
    row("links", "[]"),
    since((11, 2), row("actions", "[]")),
    row("color", ""),
    row("mappings", "[]"),
    row(
        "thresholds",
        r#"{"mode":"absolute","steps":[{"color":"green"},{"color":"red","value":80}]}"#,
    ),
    since((10, 0), row("filterable", "")),
];

const HIDE_FROM: &[Row] = &[row("hideFrom", r#"{"tooltip":false,"viz":false,"legend":false}"#)];
const AXIS: &[Row] = &[
    row("axisPlacement", "\"auto\""),
    row("axisLabel", "\"\""),
    row("axisWidth", ""),
    since((8, 2), row("axisGridShow", "")),
    since((9, 1), row("axisColorMode", "\"text\"")),
    since((10, 2), row("axisBorderShow", "false")),
    row("scaleDistribution", r#"{"type":"linear"}"#),
    since((9, 1), row("axisCenteredZero", "false")),
    row("axisSoftMin", ""),
    row("axisSoftMax", ""),
];
const GRAPH: &[Row] = &[
    row("drawStyle", "\"line\""),
    row("lineInterpolation", "\"linear\""),
    row("barAlignment", "0"),
    // Neither 10.2.3 nor 11.1.1 has it, 12.4.0 does.
    since((11, 2), row("barWidthFactor", "0.6")),
    row("lineWidth", "1"),
    row("fillOpacity", "0"),
    row("gradientMode", "\"none\""),
    row("fillBelowTo", ""),
    row("lineStyle", ""),
    row("spanNulls", "false"),
    since((10, 1), row("insertNulls", "false")),
    row("showPoints", "\"auto\""),
    since((12, 2), row("showValues", "false")),
    row("pointSize", "5"),
    since((8, 0), row("stacking", r#"{"mode":"none","group":"A"}"#)),
    since((8, 4), row("transform", "")),
    since((8, 0), row("thresholdsStyle", r#"{"mode":"off"}"#)),
];
const LEGEND: &[Row] = &[
    since((9, 1), row("legend.showLegend", "true")),
    row("legend.displayMode", "\"list\""),
    row("legend.placement", "\"bottom\""),
];
const CALCS: &[Row] = &[row("legend.calcs", "[]")];
const TOOLTIP: &[Row] = &[
    row("tooltip.mode", "\"single\""),
    since((8, 4), row("tooltip.sort", "\"none\"")),
    since((11, 3), row("tooltip.hideZeros", "false")),
];
const REDUCE: &[Row] = &[
    row("reduceOptions.values", "false"),
    row("reduceOptions.calcs", r#"["lastNotNull"]"#),
    row("reduceOptions.fields", "\"\""),
];
/// `text` is an empty object in what 7.x and 8.x wrote.
const ORIENTATION: &[Row] = &[row("orientation", "\"auto\""), row("text", "{}")];
/// `app/features/panel/options/builder/annotations.ts`
const MULTI: &[Row] = &[
    since((13, 0), row("annotations.multiLane", "false")),
    since((13, 0), row("annotations.clustering", "-1")),
];
const TIMELINE: &[Row] = &[
    since((8, 4), row("spanNulls", "false")),
    since((10, 1), row("insertNulls", "false")),
];
/// Timelines can hide series since 10.1.
const HIDE_FROM_TIMELINE: &[Row] = &[since((10, 1), HIDE_FROM[0])];
const PLACEMENT: &[Row] = &[
    since((11, 3), row("axisPlacement", "\"auto\"")),
    since((11, 3), row("axisWidth", "")),
];
const TABLE_FIELDS: &[Row] = &[
    since((8, 1), row("minWidth", "")),
    row("width", ""),
    row("align", "\"auto\""),
    row("cellOptions", r#"{"type":"auto"}"#),
    before((9, 5), row("displayMode", "\"auto\"")),
    row("filterable", "false"),
    since((8, 5), row("inspect", "false")),
    since((8, 3), before((12, 0), row("hidden", ""))),
    since((12, 1), row("wrapText", "")),
    since((12, 1), row("wrapHeaderText", "")),
    since((12, 1), row("footer.reducers", "[]")),
    since((12, 1), row("tooltip.field", "")),
    since((12, 1), row("tooltip.placement", "\"auto\"")),
    since((12, 2), row("styleField", "")),
    since((12, 1), row("hideFrom.viz", "")),
];

/// Grafana's own panels.
#[rustfmt::skip]
const PLUGINS: &[Plugin] = &[
    Plugin { name: "timeseries", options: &[LEGEND, CALCS, TOOLTIP, MULTI, &[since((13, 1), row("legend.enableFacetedFilter", "false"))]], custom: &[GRAPH, AXIS, HIDE_FROM], standard: Standard::All, color: "palette-classic" },
    Plugin { name: "trend", options: &[LEGEND, CALCS, TOOLTIP], custom: &[GRAPH, AXIS, HIDE_FROM], standard: Standard::All, color: "palette-classic" },
    Plugin { name: "candlestick", options: &[LEGEND, CALCS, TOOLTIP, MULTI, &[
        row("mode", "\"candles+volume\""), row("candleStyle", "\"candles\""), row("colorStrategy", "\"open-close\""),
        row("colors.up", "\"green\""), row("colors.down", "\"red\""), row("colors.flat", "\"gray\""), row("fields", "{}"), row("includeAllFields", "false"),
        before((12, 0), row("tooltip.mode", "\"multi\"")),
    ]], custom: &[GRAPH, AXIS, HIDE_FROM], standard: Standard::All, color: "palette-classic" },
    Plugin { name: "barchart", options: &[LEGEND, CALCS, TOOLTIP, &[
        row("orientation", "\"auto\""), since((8, 3), row("xTickLabelRotation", "0")), since((8, 4), row("xTickLabelSpacing", "0")), row("showValue", "\"auto\""), row("stacking", "\"none\""),
        row("groupWidth", "0.7"), row("barWidth", "0.97"), since((8, 4), row("barRadius", "0")), since((9, 4), row("fullHighlight", "false")), row("text", "{}"),
    ]], custom: &[AXIS, HIDE_FROM, &[
        row("lineWidth", "1"), row("fillOpacity", "80"), row("gradientMode", "\"none\""), since((9, 1), row("transform", "")), since((9, 3), row("thresholdsStyle", r#"{"mode":"off"}"#)),
    ]], standard: Standard::All, color: "palette-classic" },
    Plugin { name: "histogram", options: &[LEGEND, CALCS, TOOLTIP, &[row("bucketOffset", "0"), since((11, 0), row("bucketCount", "30")), row("combine", "false")]],
        custom: &[HIDE_FROM, &[since((10, 3), row("stacking", r#"{"mode":"none","group":"A"}"#)), row("lineWidth", "1"), row("fillOpacity", "80"), row("gradientMode", "\"none\"")]],
        standard: Standard::All, color: "palette-classic" },
    Plugin { name: "stat", options: &[REDUCE, ORIENTATION, &[
        row("textMode", "\"auto\""), since((10, 2), row("wideLayout", "true")), row("colorMode", "\"value\""), row("graphMode", "\"area\""), row("justifyMode", "\"auto\""),
        since((10, 3), row("showPercentChange", "false")), since((11, 0), row("percentChangeColorMode", "\"standard\"")),
    ]], custom: &[], standard: Standard::All, color: "thresholds" },
    Plugin { name: "gauge", options: &[REDUCE, ORIENTATION, &[
        row("showThresholdLabels", "false"), row("showThresholdMarkers", "true"), since((10, 2), row("sizing", "\"auto\"")),
        since((10, 2), before((10, 3), row("minVizWidth", "200"))), since((10, 2), before((10, 3), row("minVizHeight", "200"))),
        since((10, 2), row("minVizWidth", "75")), since((10, 2), row("minVizHeight", "75")),
        since((13, 0), row("shape", "\"gauge\"")), since((13, 0), row("barWidthFactor", "0.5")), since((13, 0), row("segmentCount", "1")),
        since((13, 0), row("segmentSpacing", "0.3")), since((13, 0), row("barShape", "\"flat\"")), since((13, 0), row("endpointMarker", "\"point\"")),
        since((13, 0), row("textMode", "\"auto\"")), since((13, 0), row("sparkline", "true")),
        since((13, 0), row("effects.barGlow", "false")), since((13, 0), row("effects.centerGlow", "false")), since((13, 0), row("effects.gradient", "true")),
    ]], custom: &[&[since((9, 3), row("neutral", ""))]], standard: Standard::All, color: "thresholds" },
    Plugin { name: "radialbar", options: &[REDUCE, ORIENTATION], custom: &[], standard: Standard::All, color: "thresholds" },
    Plugin { name: "bargauge", options: &[REDUCE, ORIENTATION, &[
        row("displayMode", "\"gradient\""), since((10, 0), row("valueMode", "\"color\"")), since((10, 2), row("namePlacement", "\"auto\"")), row("showUnfilled", "true"), since((10, 2), row("sizing", "\"auto\"")),
        since((8, 5), before((10, 2), row("minVizWidth", "0"))), since((8, 5), before((10, 2), row("minVizHeight", "10"))),
        since((10, 2), before((10, 3), row("minVizWidth", "75"))), since((10, 2), before((10, 3), row("minVizHeight", "75"))),
        since((10, 2), row("minVizWidth", "8")), since((10, 2), row("minVizHeight", "16")), since((10, 2), row("maxVizHeight", "300")),
        since((11, 3), row("legend.showLegend", "false")), since((11, 3), row("legend.displayMode", "\"list\"")), since((11, 3), row("legend.placement", "\"bottom\"")), since((11, 3), row("legend.calcs", "[]")),
    ]], custom: &[], standard: Standard::All, color: "thresholds" },
    Plugin { name: "piechart", options: &[REDUCE, LEGEND, TOOLTIP, &[
        row("pieType", "\"pie\""), since((12, 3), row("sort", "\"desc\"")), row("displayLabels", "[]"), row("legend.values", "[]"),
    ]], custom: &[HIDE_FROM], standard: Standard::Without(&["thresholds"]), color: "palette-classic" },
    Plugin { name: "state-timeline", options: &[LEGEND, TOOLTIP, MULTI, &[
        row("mergeValues", "true"), row("showValue", "\"auto\""), row("alignValue", "\"left\""), row("rowHeight", "0.9"), since((11, 2), row("perPage", "20")),
    ]], custom: &[TIMELINE, HIDE_FROM_TIMELINE, PLACEMENT, &[row("lineWidth", "0"), row("fillOpacity", "70")]], standard: Standard::All, color: "continuous-GrYlRd" },
    Plugin { name: "status-history", options: &[LEGEND, TOOLTIP, MULTI, &[
        row("showValue", "\"auto\""), row("rowHeight", "0.9"), row("colWidth", "0.9"), since((11, 2), row("perPage", "20")),
    ]], custom: &[HIDE_FROM_TIMELINE, PLACEMENT, &[row("lineWidth", "1"), row("fillOpacity", "70")]], standard: Standard::All, color: "thresholds" },
    Plugin { name: "table", options: &[&[
        row("showHeader", "true"), since((10, 0), row("cellHeight", "\"sm\"")), row("frameIndex", "0"), row("showTypeIcons", "false"),
        since((8, 3), before((12, 1), row("footer", r#"{"show":false,"reducer":["sum"],"countRows":false,"fields":""}"#))), since((8, 5), before((12, 1), row("footer.enablePagination", "false"))),
    ]], custom: &[TABLE_FIELDS], standard: Standard::All, color: "thresholds" },
    Plugin { name: "logstable", options: &[&[
        row("showHeader", "true"), row("cellHeight", "\"sm\""), row("enableLogDetails", "true"), row("showCopyLogLink", "false"), row("showControls", "true"), row("showInspectLogLine", "true"),
    ]], custom: &[TABLE_FIELDS], standard: Standard::All, color: "thresholds" },
    Plugin { name: "heatmap", options: &[MULTI, &[
        row("calculate", "false"), row("yAxis.axisPlacement", "\"left\""), row("yAxis.reverse", "false"), row("rowsFrame.layout", "\"auto\""),
        row("color.mode", "\"scheme\""), row("color.fill", "\"dark-orange\""), row("color.scale", "\"exponential\""), row("color.exponent", "0.5"),
        row("color.scheme", "\"Oranges\""), row("color.steps", "64"), row("color.reverse", "false"), row("cellGap", "1"), row("filterValues.le", "1e-9"),
        row("legend.show", "true"), row("exemplars.color", "\"rgba(255,0,255,0.7)\""),
        before((10, 3), row("tooltip.show", "true")), since((10, 3), row("tooltip.mode", "\"single\"")), row("tooltip.yHistogram", "false"), row("tooltip.showColorScale", "false"),
    ]], custom: &[HIDE_FROM, &[row("scaleDistribution", r#"{"type":"linear"}"#)]], standard: Standard::Only(&[("links", (0, 0)), ("unit", (11, 2))]), color: "" },
    Plugin { name: "xychart", options: &[LEGEND, CALCS, TOOLTIP, &[
        before((11, 2), row("seriesMapping", "\"auto\"")), before((11, 2), row("series", "[]")), since((11, 2), row("mapping", "\"auto\"")), since((11, 2), row("series", "[{}]")),
    ]], custom: &[AXIS, HIDE_FROM, &[
        row("show", "\"points\""), row("pointSize.fixed", "5"), since((11, 2), row("pointSize.min", "")), since((11, 2), row("pointSize.max", "")), row("lineStyle", ""), row("lineWidth", "1"),
        since((11, 2), row("pointShape", "\"circle\"")), since((11, 2), row("pointStrokeWidth", "1")), since((11, 2), row("fillOpacity", "50")),
    ]], standard: Standard::All, color: "palette-classic" },
    Plugin { name: "geomap", options: &[&[
        row("view", r#"{"id":"zero","lat":0,"lon":0,"zoom":1,"allLayers":true}"#), since((12, 2), row("view.noRepeat", "false")), since((13, 0), row("view.dashboardVariable", "false")),
        row("controls.showZoom", "true"), row("controls.mouseWheelZoom", "true"), row("controls.showAttribution", "true"), row("controls.showScale", "false"),
        row("controls.showMeasure", "false"), row("controls.showDebug", "false"), row("tooltip.mode", "\"details\""),
    ]], custom: &[&[since((8, 4), HIDE_FROM[0])]], standard: Standard::All, color: "thresholds" },
    Plugin { name: "canvas", options: &[&[
        row("inlineEditing", "true"), since((10, 0), row("showAdvancedTypes", "true")), since((9, 1), before((10, 0), row("showAdvancedTypes", "false"))), since((10, 3), row("panZoom", "false")), since((10, 3), before((12, 0), row("infinitePan", "false"))),
        since((12, 0), row("zoomToContent", "false")), since((12, 1), row("tooltip.mode", "\"single\"")), since((12, 1), row("tooltip.disableForOneClick", "false")),
    ]], custom: &[], standard: Standard::All, color: "thresholds" },
    Plugin { name: "nodeGraph", options: &[&[
        since((11, 5), row("zoomMode", "\"cooperative\"")), since((12, 0), row("layoutAlgorithm", "\"layered\"")), row("nodes", "{}"), row("edges", "{}"),
    ]], custom: &[], standard: Standard::Only(&[("links", (11, 2))]), color: "" },
    Plugin { name: "flamegraph", options: &[], custom: &[], standard: Standard::Only(&[("unit", (11, 2)), ("decimals", (11, 2))]), color: "" },
    Plugin { name: "logs", options: &[&[
        row("showTime", "false"), since((12, 1), row("timestampResolution", "\"ms\"")), row("showCommonLabels", "false"), row("showLabels", "false"), row("wrapLogMessage", "false"),
        since((12, 4), row("unwrappedColumns", "false")), before((13, 0), row("prettifyLogMessage", "false")), since((13, 0), row("prettifyLogMessage", "true")), row("enableLogDetails", "true"), since((12, 4), row("showFieldSelector", "false")),
        since((12, 0), row("enableInfiniteScrolling", "false")), since((12, 4), row("showLogAttributes", "true")), since((12, 1), row("showControls", "false")),
        since((12, 1), row("syntaxHighlighting", "true")), since((12, 1), row("fontSize", "\"default\"")), since((12, 1), row("detailsMode", "\"inline\"")),
        since((13, 0), row("showLevel", "true")), row("dedupStrategy", "\"none\""), row("sortOrder", "\"Descending\""),
    ]], custom: &[], standard: Standard::Nothing, color: "" },
    Plugin { name: "text", options: &[&[
        row("mode", "\"markdown\""), row("content", "\"# Title\\n\\nFor markdown syntax help: [commonmark.org/help](https://commonmark.org/help/)\""),
        row("code.language", "\"plaintext\""), row("code.showLineNumbers", "false"), row("code.showMiniMap", "false"),
    ]], custom: &[], standard: Standard::Nothing, color: "" },
    Plugin { name: "dashlist", options: &[&[
        since((10, 0), row("keepTime", "false")), since((10, 0), row("includeVars", "false")), row("showStarred", "true"), row("showRecentlyViewed", "false"), row("showSearch", "false"),
        row("showHeadings", "true"), since((10, 3), row("showFolderNames", "true")), row("maxItems", "10"), row("query", "\"\""), row("tags", "[]"),
    ]], custom: &[], standard: Standard::Nothing, color: "" },
    Plugin { name: "alertlist", options: &[&[
        row("viewMode", "\"list\""), row("groupMode", "\"default\""), row("groupBy", "[]"), since((9, 0), row("maxItems", "20")), row("sortOrder", "1"), row("dashboardAlerts", "false"),
        row("alertName", "\"\""), row("alertInstanceLabelFilter", "\"\""), row("showInstances", "false"), since((12, 0), row("showInactiveAlerts", "false")),
        row("stateFilter.firing", "true"), since((9, 0), row("stateFilter.pending", "true")), since((12, 0), row("stateFilter.recovering", "true")),
        row("stateFilter.noData", "false"), row("stateFilter.normal", "false"), row("stateFilter.error", "true"),
        since((13, 0), row("statColorMode", "\"none\"")), since((13, 0), row("statValueMappings", "[]")),
        since((13, 0), row("statThresholds", r#"{"mode":"absolute","steps":[{"color":"green"},{"color":"red","value":80}]}"#)),
        before((9, 0), row("showOptions", "\"current\"")), before((9, 0), row("maxItems", "10")), before((9, 0), row("dashboardTitle", "\"\"")), before((9, 0), row("tags", "[]")),
        before((9, 0), row("stateFilter.ok", "false")), before((9, 0), row("stateFilter.paused", "false")), before((9, 0), row("stateFilter.no_data", "false")),
        before((9, 0), row("stateFilter.execution_error", "false")), before((9, 0), row("stateFilter.alerting", "false")), before((9, 0), row("stateFilter.pending", "false")),
    ]], custom: &[], standard: Standard::Nothing, color: "" },
    Plugin { name: "annolist", options: &[&[
        row("onlyFromThisDashboard", "false"), row("onlyInTimeRange", "false"), row("tags", "[]"), row("limit", "10"), row("showUser", "true"), row("showTime", "true"),
        row("showTags", "true"), row("navigateToPanel", "true"), row("navigateBefore", "\"10m\""), row("navigateAfter", "\"10m\""),
    ]], custom: &[], standard: Standard::Nothing, color: "" },
    Plugin { name: "news", options: &[&[row("feedUrl", "\"https://grafana.com/blog/news.xml\""), row("showImage", "true")]], custom: &[], standard: Standard::Nothing, color: "" },
    Plugin { name: "live", options: &[&[
        row("channel", "{}"), row("display", "\"json\""), since((11, 0), row("publish", "\"none\"")), before((11, 0), row("publish", "false")), row("message", "\"none\""),
    ]], custom: &[], standard: Standard::Nothing, color: "" },
    Plugin { name: "traces", options: &[&[since((12, 2), row("spanFilters.matchesOnly", "false")), since((12, 2), row("spanFilters.criticalPathOnly", "false"))]], custom: &[], standard: Standard::Nothing, color: "" },
    Plugin { name: "datagrid", options: &[&[row("selectedSeries", "0")]], custom: &[], standard: Standard::Nothing, color: "" },
    Plugin { name: "alertGroups", options: &[&[row("alertmanager", "\"grafana\""), row("expandAll", "false")]], custom: &[], standard: Standard::Nothing, color: "" },
    Plugin { name: "debug", options: &[&[
        row("mode", "\"render\""), row("stateView", "\"\""), row("counters.render", "true"), row("counters.dataChanged", "true"), row("counters.schemaChanged", "true"),
    ]], custom: &[], standard: Standard::All, color: "thresholds" },
    // The Angular graph of 7.x to 10.x (`graph/module.ts`, disableStandardOptions).
    Plugin { name: "graph", options: &[], custom: &[], standard: Standard::Without(&["noValue", "thresholds", "max", "min", "decimals", "color", "mappings", "filterable"]), color: "" },
    Plugin { name: "gettingstarted", options: &[], custom: &[], standard: Standard::Nothing, color: "" },
    Plugin { name: "welcome", options: &[], custom: &[], standard: Standard::Nothing, color: "" },
];

/// Panels that ask nothing: their queries and data source are not kept (`skipDataQuery` in their `plugin.json`, read by
/// `createPanelDataProvider.ts` from 11.3 on).
const WITHOUT_QUERIES: &[&str] = &[
    "alertlist",
    "annolist",
    "dashlist",
    "gettingstarted",
    "live",
    "news",
    "text",
    "welcome",
    "row",
    "pluginlist",
];

/// Whether panels of this plugin ask no queries.
pub(super) fn asks_nothing(kind: &str) -> bool {
    WITHOUT_QUERIES.contains(&kind)
}

struct Known {
    /// Defaults by the path in the panel, every part of an object under its own path, too.
    defaults: HashMap<String, Vec<(Value, Version, Version)>>,
    /// Ids of field settings, as overrides name them.
    fields: Vec<(String, Version, Version)>,
}

static KNOWN: LazyLock<HashMap<&'static str, Known>> =
    LazyLock::new(|| PLUGINS.iter().map(|plugin| (plugin.name, Known::of(plugin))).collect());

impl Known {
    fn of(plugin: &Plugin) -> Self {
        let mut known = Self {
            defaults: HashMap::new(),
            fields: Vec::new(),
        };
        for row in plugin.options.iter().flat_map(|group| group.iter()) {
            known.default(&format!("options.{}", row.path), row);
        }
        for row in plugin.custom.iter().flat_map(|group| group.iter()) {
            known.default(&format!("fieldConfig.defaults.custom.{}", row.path), row);
            known
                .fields
                .push((format!("custom.{}", row.path), row.since, row.before));
        }
        let has = |row: &Row| match plugin.standard {
            Standard::All => Some(*row),
            Standard::Only(names) => {
                let (_, since) = names.iter().find(|(name, _)| *name == row.path)?;
                Some(Row {
                    since: row.since.max(*since),
                    ..*row
                })
            }
            Standard::Without(names) => (!names.contains(&row.path)).then_some(*row),
            Standard::Nothing => None,
        };
        for row in &STANDARD.iter().filter_map(has).collect::<Vec<Row>>() {
            let path = format!("fieldConfig.defaults.{}", row.path);
            known.default(&path, row);
            if row.path == "color" && !plugin.color.is_empty() {
                known.spread(&path, serde_json::json!({"mode": plugin.color}), row);
            }
            known.fields.push((row.path.to_owned(), row.since, row.before));
        }
        known
    }

    fn default(&mut self, path: &str, row: &Row) {
        // A row without a default has no text; a test below parses all others.
        if let Ok(value) = serde_json::from_str::<Value>(row.default) {
            self.spread(path, value, row);
        }
    }

    /// A default object fills in each of its parts by itself (`mergeWith`).
    fn spread(&mut self, path: &str, value: Value, row: &Row) {
        if let Value::Object(parts) = &value {
            for (key, part) in parts {
                self.spread(&format!("{path}.{key}"), part.clone(), row);
            }
        }
        self.defaults
            .entry(path.to_owned())
            .or_default()
            .push((value, row.since, row.before));
    }

    /// Whether the newest version that may have written a panel has a field setting that is `like` one of this table.
    fn has_field(&self, span: Span, like: impl Fn(&str) -> bool) -> bool {
        self.fields.iter().any(|(known, since, before)| {
            like(known) && span.is_none_or(|(_, newest)| *since <= newest && newest < *before)
        })
    }
}

/// Whether a path is another one or a part of it.
fn within(path: &str, whole: &str) -> bool {
    path.strip_prefix(whole)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Whether a value is what this plugin's loader fills in at this path of a panel. `span` says by which versions the
/// panel with the value may have been written: a default of other versions is somebody's choice there.
pub(super) fn is_default(kind: &str, path: &str, value: &Value, span: Span) -> bool {
    let Some(rows) = KNOWN.get(kind).and_then(|known| known.defaults.get(path)) else {
        return false;
    };
    rows.iter().any(|(default, since, before)| {
        span.is_none_or(|(oldest, newest)| *since <= newest && oldest < *before) && alike(path, default, value)
    })
}

/// As [`same`]; the first threshold is minus infinity, however it is written.
fn alike(path: &str, default: &Value, value: &Value) -> bool {
    if !path.to_ascii_lowercase().ends_with("thresholds") {
        return same(default, value);
    }
    let mut value = value.clone();
    if let Some(first) = value.pointer_mut("/steps/0").and_then(Value::as_object_mut)
        && first
            .get("value")
            .is_some_and(|value| value.is_null() || value.as_f64() == Some(0.0))
    {
        first.remove("value");
    }
    same(default, &value)
}

/// Whether a plugin is one of Grafana's own that this table knows.
pub(super) fn is_core(kind: &str) -> bool {
    KNOWN.contains_key(kind)
}

/// Panels of Grafana's own that the table above doesn't have: gone ones and ones without settings (folders of
/// `public/app/plugins/panel` of 7.5 to 13.1).
const ALSO_OWN: &[&str] = &[
    "heatmap-new",
    "homelinks",
    "icon",
    "market-trend",
    "pluginlist",
    "row",
    "singlestat",
    "table-old",
    "text2",
];

/// Whether a plugin comes with Grafana.
pub(super) fn is_grafanas_own(kind: &str) -> bool {
    is_core(kind) || ALSO_OWN.contains(&kind)
}

/// Which versions of Grafana may have written a panel: the oldest and the newest. `None`: nothing is known.
pub(super) type Span = Option<(Version, Version)>;

/// A panel notes the version of its plugin, but up to 11.x only plugins with migrations of their own renew the note; the schema
/// version of the dashboard says how new the last writer can be (`DASHBOARD_SCHEMA_VERSION` of grafana/grafana
/// `DashboardMigrator.ts`).
///
/// Where a save renewed notes, these say who `saved`.
pub(super) fn written_by(noted: Option<Version>, schema: u64, saved: Option<Version>) -> Span {
    if let Some(saved) = saved {
        return Some((noted.map_or((0, 0), |noted| noted.min(saved)), saved));
    }
    let newest = match schema {
        27..=30 => (8, 1),
        31..=36 => (9, 0),
        37 => (9, 4),
        38 => (10, 1),
        39 => (11, 1),
        40 => (11, 6),
        _ => return noted.map(|noted| (noted, noted)),
    };
    // A note that is newer than the schema came with the file.
    Some((noted.map_or((0, 0), |noted| noted.min(newest)), newest))
}

/// Whether a field setting (`custom.lineWidth`, `unit`) is none of this plugin's in this version, so that its loader removes it
/// (`cleanProperties`): a value that is no setting nor inside of one; an object stays where it holds one.
/// Never said of plugins that are not Grafana's own.
pub(super) fn drops_field(kind: &str, id: &str, value: &Value, span: Span) -> bool {
    let like = |known: &str| within(id, known) || value.is_object() && within(known, id);
    KNOWN.get(kind).is_some_and(|known| !known.has_field(span, like))
}

/// Whether an override's property is no setting of this plugin's in this version, so that its loader removes it
/// (`filterFieldConfigOverrides`): it names a setting as a whole, `color` and not `color.mode`.
/// Never said of plugins that are not Grafana's own.
pub(super) fn drops_property(kind: &str, id: &str, span: Span) -> bool {
    KNOWN
        .get(kind)
        .is_some_and(|known| !known.has_field(span, |known| known == id))
}

/// Grafana's own panels that are there only where somebody asked for them, each before a version: `"state": "alpha"` in their
/// `plugin.json`, which `enable_alpha` shows.
const ALPHA: &[(&str, Version)] = &[
    ("alertGroups", ANY),
    ("annolist", (8, 1)),
    ("barchart", (8, 0)),
    ("canvas", (9, 2)),
    ("debug", ANY),
    ("live", ANY),
    ("logstable", ANY),
    ("xychart", (9, 2)),
];

/// Whether a Grafana may not have a plugin: it isn't Grafana's own, or not in every Grafana of that version.
pub(super) fn may_be_missing(kind: &str, span: Span) -> bool {
    let is_alpha = |(name, before): &(&str, Version)| {
        *name == kind && (*before == ANY || span.is_some_and(|(_, newest)| newest < *before))
    };
    !is_core(kind) || ALPHA.iter().any(is_alpha)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_json() {
        for plugin in PLUGINS {
            for row in plugin
                .options
                .iter()
                .chain(plugin.custom)
                .flat_map(|group| group.iter())
            {
                assert!(
                    row.default.is_empty() || serde_json::from_str::<Value>(row.default).is_ok(),
                    "{} {}: {}",
                    plugin.name,
                    row.path,
                    row.default
                );
            }
        }
    }

    #[test]
    fn a_default_belongs_to_one_plugin_and_its_versions() {
        let is = |kind, path, value: i64, version: Option<Version>| {
            is_default(kind, path, &value.into(), version.map(|version| (version, version)))
        };
        assert!(is("bargauge", "options.minVizHeight", 16, Some((11, 1))));
        assert!(!is("bargauge", "options.minVizHeight", 10, Some((11, 1))));
        assert!(is("bargauge", "options.minVizHeight", 10, Some((9, 4))));
        assert!(!is("stat", "options.minVizHeight", 16, None));
    }

    /// A panel of a plugin with one value in it, of a version that may have written it.
    fn panel(kind: &str, version: Version, path: &str, value: Option<&Value>) -> Value {
        let mut inner = value.cloned();
        for key in path.rsplit('.') {
            inner = inner.map(|inner| serde_json::json!({ key: inner }));
        }
        let mut panel =
            serde_json::json!({"id": 1, "type": kind, "pluginVersion": format!("{}.{}.0", version.0, version.1)});
        if let (Some(panel), Some(Value::Object(inner))) = (panel.as_object_mut(), inner) {
            panel.extend(inner);
        }
        serde_json::json!({"schemaVersion": 42, "panels": [panel]})
    }

    fn beside(value: &Value) -> Value {
        match value {
            Value::Bool(value) => (!value).into(),
            Value::Number(number) => (number.as_f64().unwrap_or(0.0) + 7.5).into(),
            Value::String(text) => format!("{text}Zq").into(),
            Value::Array(list) => list.iter().cloned().chain(["Zq".into()]).collect(),
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (key.clone(), beside(value)))
                .chain([("zq".to_owned(), 1.into())])
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Value::Null => 1.into(),
        }
    }

    /// Every row of every plugin: its default is like nothing, the value beside it is an edit, and so is the default in a
    /// plugin that has none there.
    #[test]
    fn every_row_of_every_plugin_hides_its_default_and_nothing_beside_it() {
        use crate::dashboard::compare::{Context, compare};
        let same = |before: &Value, after: &Value| compare(before, after, &Context::default()).is_same();
        let mut rows = 0;
        for plugin in PLUGINS {
            let known = &KNOWN[plugin.name];
            for (path, defaults) in &known.defaults {
                // The gauge of 13 is told by its shape; a shape alone says that the loader converted an older one.
                if plugin.name == "gauge" && path == "options.shape" {
                    continue;
                }
                for (value, since, before) in defaults {
                    rows += 1;
                    let version = if *since > (0, 0) { *since } else { (before.0 - 1, 0) };
                    let version = version.min((13, 1));
                    let without = panel(plugin.name, version, path, None);
                    let with = |value: &Value| panel(plugin.name, version, path, Some(value));
                    assert!(same(&without, &with(value)), "{} {path} {value}", plugin.name);
                    let edited = beside(value);
                    assert!(!same(&without, &with(&edited)), "{} {path} hides {edited}", plugin.name);
                    assert!(
                        !same(&with(value), &with(&edited)),
                        "{} {path} hides {value} -> {edited}",
                        plugin.name
                    );
                    let neighbour = PLUGINS.iter().find(|other| {
                        let has = |path: &str| KNOWN[other.name].defaults.contains_key(path);
                        !path
                            .split('.')
                            .scan(String::new(), |prefix, key| {
                                if !prefix.is_empty() {
                                    prefix.push('.');
                                }
                                prefix.push_str(key);
                                Some(prefix.clone())
                            })
                            .any(|prefix| has(&prefix))
                    });
                    let empty = value.as_object().is_some_and(serde_json::Map::is_empty);
                    if let Some(other) = neighbour.filter(|_| !empty) {
                        let foreign = [None, Some(value)].map(|value| panel(other.name, version, path, value));
                        assert!(
                            !same(&foreign[0], &foreign[1]),
                            "{} hides {path} {value} of {}",
                            other.name,
                            plugin.name
                        );
                    }
                }
            }
        }
        assert!(rows > 400, "{rows}");
    }

    /// Outside of its range a default is somebody's choice.
    #[test]
    fn a_default_of_other_versions_is_an_edit() {
        use crate::dashboard::compare::{Context, compare};
        let earlier = |version: Version| match version {
            (major, 0) => (major - 1, 9),
            (major, minor) => (major, minor - 1),
        };
        let mut outside = 0;
        for plugin in PLUGINS {
            for (path, defaults) in &KNOWN[plugin.name].defaults {
                // A table of 12.1 and later takes the footer of older ones apart.
                if plugin.name == "table" && path.starts_with("options.footer") {
                    continue;
                }
                for (value, since, before) in defaults {
                    let versions = [
                        (*since > (0, 0)).then(|| earlier(*since)),
                        (*before < (20, 0)).then_some(*before),
                    ];
                    for version in versions.into_iter().flatten() {
                        let span = Some((version, version));
                        let without = panel(plugin.name, version, path, None);
                        let with = panel(plugin.name, version, path, Some(value));
                        if !is_default(plugin.name, path, value, span) && !is_empty(value) {
                            outside += 1;
                            assert!(
                                !compare(&without, &with, &Context::default()).is_same(),
                                "{} {path} {value} in {version:?}",
                                plugin.name
                            );
                        }
                    }
                }
            }
        }
        assert!(outside > 60, "{outside}");
    }

    fn is_empty(value: &Value) -> bool {
        value.as_object().is_some_and(serde_json::Map::is_empty)
    }

    #[test]
    fn an_alpha_plugin_may_be_missing_until_it_is_none() {
        let span = |version| Some((version, version));
        assert!(may_be_missing("canvas", span((9, 0))));
        assert!(!may_be_missing("canvas", span((9, 4))));
        assert!(!may_be_missing("canvas", None));
        assert!(may_be_missing("debug", span((13, 1))));
        assert!(may_be_missing("someone-else-panel", None));
        assert!(!may_be_missing("timeseries", None));
    }

    #[test]
    fn a_plugin_keeps_its_own_field_settings_and_drops_others() {
        let dropped = |kind, id, value: Value| drops_field(kind, id, &value, None);
        assert!(!dropped("timeseries", "custom.hideFrom.viz", true.into()));
        assert!(dropped("stat", "custom.lineWidth", 1.into()));
        assert!(dropped("text", "unit", "s".into()));
        assert!(!dropped("someone-else-panel", "custom.anything", 1.into()));
        // A time series has a size of points; a scatter plot has settings in an object of that name.
        assert!(!dropped("timeseries", "custom.pointSize", 9.into()));
        assert!(dropped("xychart", "custom.pointSize", 9.into()));
        assert!(!dropped("xychart", "custom.pointSize", serde_json::json!({"fixed": 9})));
        assert!(drops_property("xychart", "custom.pointSize", None));
        assert!(!drops_property("xychart", "custom.pointSize.fixed", None));
        assert!(drops_property("timeseries", "color.mode", None));
        let of = |kind, id, version| drops_field(kind, id, &Value::Bool(true), Some((version, version)));
        assert!(of("stat", "actions", (10, 2)));
        assert!(!of("stat", "actions", (12, 4)));
        // `useCustomConfig` of 9.4.0 and 10.2.3 (and 10.0.7, 10.1.6 between them).
        for (kind, id) in [
            ("timeseries", "custom.axisBorderShow"),
            ("timeseries", "custom.insertNulls"),
            ("state-timeline", "custom.hideFrom"),
            ("stat", "fieldMinMax"),
        ] {
            assert!(of(kind, id, (9, 4)), "{kind} {id}");
            assert!(!of(kind, id, (10, 2)), "{kind} {id}");
        }
        // `useFieldConfig` and its `disableStandardOptions` in 10.2.3, 11.1.1 and 12.4.0.
        for (kind, id) in [
            ("heatmap", "unit"),
            ("nodeGraph", "links"),
            ("flamegraph", "unit"),
            ("timeseries", "custom.barWidthFactor"),
        ] {
            assert!(of(kind, id, (11, 1)), "{kind} {id}");
            assert!(!of(kind, id, (12, 4)), "{kind} {id}");
        }
    }
}
