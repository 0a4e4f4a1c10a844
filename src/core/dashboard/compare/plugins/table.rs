//! The rows: each plugin's settings and their defaults.

use super::Version;

/// A setting: its path, its default as JSON text (empty: none), and the versions that have it so.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) path: &'static str,
    pub(super) default: &'static str,
    pub(super) since: Version,
    pub(super) before: Version,
}

pub(super) const ANY: Version = (u16::MAX, u16::MAX);

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
pub(super) enum Standard {
    All,
    /// These, each from a version on.
    Only(&'static [(&'static str, Version)]),
    /// All but these, each left out from a version on.
    Without(&'static [(&'static str, Version)]),
    /// The plugin has no field settings at all, not even standard ones.
    Nothing,
}

/// One plugin.
pub(super) struct Plugin {
    pub(super) name: &'static str,
    pub(super) options: &'static [&'static [Row]],
    pub(super) custom: &'static [&'static [Row]],
    pub(super) standard: Standard,
    /// The default colour mode of fields; empty where colour is no field setting.
    pub(super) color: &'static str,
}

/// The standard field settings (`public/app/core/components/OptionsUI/registry.tsx`, `getAllOptionEditors` … of 13.1;
/// `unitScale`, `nullValueMode` and `writeable` were ones in between).
pub(super) const STANDARD: &[Row] = &[
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

const HIDE_FROM: &[Row] = &[
    since(
        (8, 0),
        row("hideFrom", r#"{"tooltip":false,"viz":false,"legend":false}"#),
    ),
    // `timeseries/config.ts` of 7.5.
    before(
        (8, 0),
        row("hideFrom", r#"{"tooltip":false,"graph":false,"legend":false}"#),
    ),
];
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
    since((8, 0), row("tooltip.mode", "\"single\"")),
    since((8, 4), row("tooltip.sort", "\"none\"")),
    since((11, 3), row("tooltip.hideZeros", "false")),
];
/// What the tooltip's mode was called in 7.5 (`timeseries/module.tsx`, `xychart/module.tsx`).
const TOOLTIP_OPTIONS: &[Row] = &[before((8, 0), row("tooltipOptions.mode", "\"single\""))];
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
    since((8, 0), row("align", "\"auto\"")),
    before((8, 0), row("align", "")),
    row("cellOptions", r#"{"type":"auto"}"#),
    since((8, 0), before((9, 5), row("displayMode", "\"auto\""))),
    before((8, 0), row("displayMode", "")),
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
pub(super) const PLUGINS: &[Plugin] = &[
    Plugin { name: "timeseries", options: &[LEGEND, CALCS, TOOLTIP, TOOLTIP_OPTIONS, MULTI, &[since((13, 1), row("legend.enableFacetedFilter", "false"))]], custom: &[GRAPH, AXIS, HIDE_FROM], standard: Standard::All, color: "palette-classic" },
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
    Plugin { name: "gauge", options: &[REDUCE, &[
        since((8, 2), row("orientation", "\"auto\"")), row("text", "{}"),
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
        row("pieType", "\"pie\""), since((12, 3), row("sort", "\"desc\"")), since((8, 0), row("displayLabels", "[]")), since((8, 0), row("legend.values", "[]")),
        before((8, 0), row("legend.placement", "\"right\"")), before((8, 0), row("text", "{}")),
    ]], custom: &[&[since((8, 0), HIDE_FROM[0])]], standard: Standard::Without(&[("thresholds", (8, 0))]), color: "palette-classic" },
    Plugin { name: "state-timeline", options: &[LEGEND, TOOLTIP, MULTI, &[
        row("mergeValues", "true"), row("showValue", "\"auto\""), row("alignValue", "\"left\""), row("rowHeight", "0.9"),
    ]], custom: &[TIMELINE, HIDE_FROM_TIMELINE, PLACEMENT, &[row("lineWidth", "0"), row("fillOpacity", "70")]], standard: Standard::All, color: "continuous-GrYlRd" },
    Plugin { name: "status-history", options: &[LEGEND, TOOLTIP, MULTI, &[
        row("showValue", "\"auto\""), row("rowHeight", "0.9"), row("colWidth", "0.9"),
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
    Plugin { name: "xychart", options: &[LEGEND, CALCS, TOOLTIP, TOOLTIP_OPTIONS, &[
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
        since((13, 0), row("showLevel", "true")), row("dedupStrategy", "\"none\""), row("sortOrder", "\"Descending\""),
    ]], custom: &[], standard: Standard::Nothing, color: "" },
    Plugin { name: "text", options: &[&[
        row("mode", "\"markdown\""),
        before((8, 0), row("content", "\"# Title\\n\\nFor markdown syntax help: [commonmark.org/help](https://commonmark.org/help/)\\n         \"")),
        since((8, 0), before((8, 3), row("content", "\"# Title\\n\\n  For markdown syntax help: [commonmark.org/help](https://commonmark.org/help/)\\n           \""))),
        since((8, 3), row("content", "\"# Title\\n\\nFor markdown syntax help: [commonmark.org/help](https://commonmark.org/help/)\"")),
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
    Plugin { name: "graph", options: &[], custom: &[], standard: Standard::Without(&[
        ("noValue", (0, 0)), ("thresholds", (0, 0)), ("max", (0, 0)), ("min", (0, 0)), ("decimals", (0, 0)), ("color", (0, 0)), ("mappings", (0, 0)), ("filterable", (0, 0)),
    ]), color: "" },
    Plugin { name: "gettingstarted", options: &[], custom: &[], standard: Standard::Nothing, color: "" },
    Plugin { name: "welcome", options: &[], custom: &[], standard: Standard::Nothing, color: "" },
];
