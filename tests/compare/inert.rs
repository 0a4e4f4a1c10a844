//! Keys whose removal changes nothing, because Grafana writes the very same value at the next load.

use serde_json::Value;

use crate::keyed::Spot;
use crate::mutate::{Family, Mutant};

/// The plugin (empty: any panel, variable or the dashboard), the key, and the value that is no different from none.
#[rustfmt::skip]
const INERT: &[(&str, &str, &str)] = &[
    ("", "annotations.list", "[]"),
    // 7.5 to 13: without a place a panel is at 0, 0 (`PanelModel.ts`, which the scenes' pages of 10 to 13 read a dashboard
    // by as well: `transformSaveModelToScene.ts`; `v1_to_v2alpha1.go` of 13: `getIntField(gridPos, "y", 0)`), and a row is
    // always 24 by 1 (`DashboardGrid.tsx`, `SceneGridRow`).
    ("row", "panels[].gridPos", r#"{"h":1,"w":24,"x":0,"y":0}"#),
    ("stat gauge bargauge timeseries table", "panels[].fieldConfig.defaults.thresholds", r#"{"mode":"absolute","steps":[{"color":"green"},{"color":"red","value":80}]}"#),
    ("graph", "panels[].legend", r#"{"avg":false,"current":false,"max":false,"min":false,"show":true,"total":false,"values":false}"#),
    ("graph", "panels[].yaxes", r#"[{"format":"short","logBase":1,"show":true},{"format":"short","logBase":1,"show":true}]"#),
    ("gauge", "panels[].options.sizing", "\"auto\""),
    ("stat gauge bargauge timeseries table heatmap state-timeline barchart piechart", "panels[].fieldConfig.defaults.thresholds.mode", "\"absolute\""),
    ("stat gauge bargauge timeseries table", "panels[].fieldConfig.defaults.thresholds.steps", r#"[{"color":"green"},{"color":"red","value":80}]"#),
    ("timeseries heatmap barchart", "panels[].fieldConfig.defaults.custom.hideFrom.legend", "false"),
    ("timeseries heatmap barchart", "panels[].fieldConfig.defaults.custom.hideFrom.tooltip", "false"),
    ("timeseries heatmap barchart", "panels[].fieldConfig.defaults.custom.hideFrom.viz", "false"),
    ("timeseries", "panels[].fieldConfig.defaults.custom.stacking.group", "\"A\""),
    ("timeseries", "panels[].fieldConfig.defaults.custom.stacking.mode", "\"none\""),
    ("timeseries", "panels[].fieldConfig.defaults.custom.scaleDistribution.type", "\"linear\""),
    ("heatmap", "panels[].fieldConfig.defaults.custom.scaleDistribution.type", "\"linear\""),
    ("heatmap", "panels[].fieldConfig.defaults.custom.scaleDistribution", r#"{"type":"linear"}"#),
    ("timeseries", "panels[].fieldConfig.defaults.custom.thresholdsStyle.mode", "\"off\""),
    ("stat timeseries", "panels[].fieldConfig.defaults.color.mode", "\"palette-classic\""),
    ("gauge stat table", "panels[].fieldConfig.defaults.color.mode", "\"thresholds\""),
    ("timeseries", "panels[].type", "\"timeseries\""),
    ("", "annotations.list[].hide", "false"),
    ("heatmap", "panels[].options.calculate", "false"),
    ("heatmap", "panels[].options.cellGap", "1"),
    ("heatmap", "panels[].options.color.exponent", "0.5"),
    ("heatmap", "panels[].options.color.fill", "\"dark-orange\""),
    ("heatmap", "panels[].options.color.mode", "\"scheme\""),
    ("heatmap", "panels[].options.color.reverse", "false"),
    ("heatmap", "panels[].options.color.scale", "\"exponential\""),
    ("heatmap", "panels[].options.color.scheme", "\"Oranges\""),
    ("heatmap", "panels[].options.color.steps", "64"),
    ("heatmap", "panels[].options.exemplars", r#"{"color":"rgba(255,0,255,0.7)"}"#),
    ("heatmap", "panels[].options.exemplars.color", "\"rgba(255,0,255,0.7)\""),
    ("heatmap", "panels[].options.filterValues", r#"{"le":1e-9}"#),
    ("heatmap", "panels[].options.filterValues.le", "1e-9"),
    ("heatmap", "panels[].options.legend", r#"{"show":true}"#),
    ("heatmap", "panels[].options.legend.show", "true"),
    ("heatmap", "panels[].options.rowsFrame", r#"{"layout":"auto"}"#),
    ("heatmap", "panels[].options.rowsFrame.layout", "\"auto\""),
    ("heatmap", "panels[].options.tooltip.show", "true"),
    ("heatmap", "panels[].options.tooltip.yHistogram", "false"),
    ("heatmap", "panels[].options.yAxis.axisPlacement", "\"left\""),
    ("heatmap", "panels[].options.yAxis.reverse", "false"),
    ("heatmap", "panels[].options.tooltip.showColorScale", "false"),
    ("text", "panels[].options.mode", "\"markdown\""),
    ("text", "panels[].options.code.language", "\"plaintext\""),
    ("text", "panels[].options.code.showLineNumbers", "false"),
    ("text", "panels[].options.code.showMiniMap", "false"),
    ("", "editable", "true"),
    ("", "fiscalYearStartMonth", "0"),
    ("", "graphTooltip", "0"),
    ("", "hideControls", "false"),
    ("", "links", "[]"),
    ("", "liveNow", "false"),
    ("", "refresh", r#""""#),
    ("", "refresh", "false"),
    ("", "rows", "[]"),
    ("", "style", r#""dark""#),
    ("", "tags", "[]"),
    ("", "templating", r#"{"list":[]}"#),
    ("", "templating.list", "[]"),
    ("", "time", r#"{"from":"now-6h","to":"now"}"#),
    ("", "timepicker", "{}"),
    ("", "timezone", r#""""#),
    ("", "weekStart", r#""""#),
    ("", "annotations.list[].target", r#"{"limit":100,"matchAny":false,"tags":[],"type":"dashboard"}"#),
    ("graph", "panels[].aliasColors", "{}"),
    ("graph", "panels[].bars", "false"),
    ("graph", "panels[].dashLength", "10"),
    ("graph", "panels[].dashes", "false"),
    ("timeseries", "panels[].fieldConfig.defaults.color", r#"{"mode":"palette-classic"}"#),
    ("gauge stat table", "panels[].fieldConfig.defaults.color", r#"{"mode":"thresholds"}"#),
    ("", "panels[].fieldConfig.defaults.custom", r#"{"align":"auto","displayMode":"auto"}"#),
    ("", "panels[].fieldConfig.defaults.custom", r#"{"displayMode":"auto","inspect":false}"#),
    ("", "panels[].fieldConfig.defaults.custom", "{}"),
    ("table", "panels[].fieldConfig.defaults.custom.align", r#""auto""#),
    ("timeseries", "panels[].fieldConfig.defaults.custom.axisBorderShow", "false"),
    ("timeseries", "panels[].fieldConfig.defaults.custom.axisCenteredZero", "false"),
    ("timeseries", "panels[].fieldConfig.defaults.custom.axisColorMode", r#""text""#),
    ("timeseries", "panels[].fieldConfig.defaults.custom.axisLabel", r#""""#),
    ("timeseries", "panels[].fieldConfig.defaults.custom.axisPlacement", r#""auto""#),
    ("timeseries", "panels[].fieldConfig.defaults.custom.barAlignment", "0"),
    ("table", "panels[].fieldConfig.defaults.custom.cellOptions", r#"{"type":"auto"}"#),
    ("table", "panels[].fieldConfig.defaults.custom.displayMode", r#""auto""#),
    ("timeseries", "panels[].fieldConfig.defaults.custom.drawStyle", r#""line""#),
    ("timeseries", "panels[].fieldConfig.defaults.custom.hideFrom", r#"{"legend":false,"tooltip":false,"viz":false}"#),
    ("timeseries", "panels[].fieldConfig.defaults.custom.insertNulls", "false"),
    ("table", "panels[].fieldConfig.defaults.custom.inspect", "false"),
    ("timeseries", "panels[].fieldConfig.defaults.custom.pointSize", "5"),
    ("timeseries", "panels[].fieldConfig.defaults.custom.scaleDistribution", r#"{"type":"linear"}"#),
    ("timeseries", "panels[].fieldConfig.defaults.custom.spanNulls", "false"),
    ("timeseries", "panels[].fieldConfig.defaults.custom.stacking", r#"{"group":"A","mode":"none"}"#),
    ("timeseries", "panels[].fieldConfig.defaults.custom.thresholdsStyle", r#"{"mode":"off"}"#),
    ("graph", "panels[].fieldConfig.defaults.links", "[]"),
    ("gauge stat table timeseries", "panels[].fieldConfig.defaults.mappings", "[]"),
    ("gauge graph stat", "panels[].fieldConfig.defaults.unitScale", "true"),
    ("", "panels[].fieldConfig.overrides", "[]"),
    ("graph", "panels[].fill", "1"),
    ("graph", "panels[].fillGradient", "0"),
    ("graph", "panels[].hiddenSeries", "false"),
    ("graph", "panels[].legend.avg", "false"),
    ("graph", "panels[].legend.current", "false"),
    ("graph", "panels[].legend.max", "false"),
    ("graph", "panels[].legend.min", "false"),
    ("graph", "panels[].legend.show", "true"),
    ("graph", "panels[].legend.total", "false"),
    ("graph", "panels[].legend.values", "false"),
    ("graph", "panels[].lines", "true"),
    ("graph", "panels[].linewidth", "1"),
    ("", "panels[].links", "[]"),
    ("graph", "panels[].nullPointMode", r#""null""#),
    ("graph", "panels[].options.alertThreshold", "true"),
    ("stat", "panels[].options.colorMode", r#""value""#),
    ("graph", "panels[].options.dataLinks", "[]"),
    ("table", "panels[].options.footer.fields", r#""""#),
    ("table", "panels[].options.frameIndex", "0"),
    ("stat", "panels[].options.graphMode", r#""area""#),
    ("stat", "panels[].options.justifyMode", r#""auto""#),
    ("timeseries", "panels[].options.legend", r#"{"calcs":[],"displayMode":"list","placement":"bottom"}"#),
    ("timeseries", "panels[].options.legend.calcs", "[]"),
    ("timeseries", "panels[].options.legend.displayMode", r#""list""#),
    ("timeseries", "panels[].options.legend.placement", r#""bottom""#),
    ("timeseries", "panels[].options.legend.showLegend", "true"),
    ("gauge", "panels[].options.minVizHeight", "75"),
    ("gauge", "panels[].options.minVizWidth", "75"),
    ("gauge stat", "panels[].options.orientation", r#""auto""#),
    ("stat", "panels[].options.percentChangeColorMode", r#""standard""#),
    ("gauge stat", "panels[].options.reduceOptions", r#"{"calcs":["lastNotNull"],"fields":"","values":false}"#),
    ("gauge stat", "panels[].options.reduceOptions.calcs", r#"["lastNotNull"]"#),
    ("bargauge gauge stat", "panels[].options.reduceOptions.fields", r#""""#),
    ("bargauge gauge stat", "panels[].options.reduceOptions.values", "false"),
    ("table", "panels[].options.showHeader", "true"),
    ("stat", "panels[].options.showPercentChange", "false"),
    ("gauge", "panels[].options.showThresholdLabels", "false"),
    ("gauge", "panels[].options.showThresholdMarkers", "true"),
    ("bargauge", "panels[].options.showUnfilled", "true"),
    ("gauge stat", "panels[].options.text", "{}"),
    ("stat", "panels[].options.textMode", r#""auto""#),
    ("timeseries", "panels[].options.tooltip", r#"{"mode":"single","sort":"none"}"#),
    ("timeseries", "panels[].options.tooltip", r#"{"mode":"single"}"#),
    ("timeseries", "panels[].options.tooltip.mode", r#""single""#),
    ("timeseries", "panels[].options.tooltip.sort", r#""none""#),
    ("stat", "panels[].options.wideLayout", "true"),
    ("row", "panels[].panels", "[]"),
    ("graph", "panels[].percentage", "false"),
    ("graph", "panels[].pointradius", "2"),
    ("graph", "panels[].points", "false"),
    ("graph", "panels[].renderer", r#""flot""#),
    ("graph", "panels[].seriesOverrides", "[]"),
    ("graph", "panels[].spaceLength", "10"),
    ("graph", "panels[].stack", "false"),
    ("graph", "panels[].steppedLine", "false"),
    ("graph", "panels[].thresholds", "[]"),
    ("graph", "panels[].timeRegions", "[]"),
    ("graph", "panels[].tooltip", r#"{"shared":true,"sort":0,"value_type":"individual"}"#),
    ("graph", "panels[].tooltip.shared", "true"),
    ("graph", "panels[].tooltip.sort", "0"),
    ("graph", "panels[].tooltip.value_type", r#""individual""#),
    ("", "panels[].transformations", "[]"),
    ("", "panels[].transparent", "false"),
    ("graph", "panels[].xaxis", r#"{"mode":"time","show":true,"values":[]}"#),
    ("graph", "panels[].xaxis.mode", r#""time""#),
    ("graph", "panels[].xaxis.show", "true"),
    ("graph", "panels[].xaxis.values", "[]"),
    ("graph", "panels[].yaxis", r#"{"align":false}"#),
    ("graph", "panels[].yaxis.align", "false"),
    ("", "templating.list[].auto", "false"),
    ("", "templating.list[].auto_count", "30"),
    ("", "templating.list[].auto_min", r#""10s""#),
    ("", "templating.list[].current", "{}"),
    ("", "templating.list[].hide", "0"),
    ("", "templating.list[].includeAll", "false"),
    ("", "templating.list[].multi", "false"),
    ("interval", "templating.list[].refresh", "2"),
    ("", "templating.list[].regex", r#""""#),
    ("", "templating.list[].skipUrlSync", "false"),
    ("", "templating.list[].sort", "0"),
    ("", "templating.list[].tags", "[]"),
];

/// Why the removal of this key changes nothing.
pub fn reason(family: Family, spot: &Spot, mutant: &Mutant) -> Option<&'static str> {
    let inert = family == Family::RemovedKey && is_inert(&spot.kind, &spot.pattern, mutant.old.as_ref()?);
    inert.then_some(
        "the default, written again at the next load (DashboardModel.ts, PanelModel.ts, the plugin's module.ts)",
    )
}

/// Whether a value is no different from none: it is in the table, or everything in it is.
fn is_inert(kind: &str, pattern: &str, value: &Value) -> bool {
    let listed = INERT.iter().any(|(kinds, place, text)| {
        *place == pattern
            && (kinds.is_empty() || kinds.split(' ').any(|one| one == kind))
            && serde_json::from_str::<Value>(text).is_ok_and(|expected| expected == plain(value))
    });
    let container = pattern.starts_with("panels[].") && !pattern.ends_with("[]");
    listed
        || value.is_null()
        || container
            && value.as_object().is_some_and(|map| {
                let known = matches!(
                    pattern,
                    "panels[].fieldConfig"
                        | "panels[].fieldConfig.defaults"
                        | "panels[].fieldConfig.defaults.custom"
                        | "panels[].options"
                );
                (known || !map.is_empty())
                    && map
                        .iter()
                        .all(|(key, value)| is_inert(kind, &format!("{pattern}.{key}"), value))
            })
}

/// Without nulls, which are the same as nothing.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key.clone(), plain(value)))
                .collect(),
        ),
        Value::Array(list) => list.iter().map(plain).collect(),
        other => other.clone(),
    }
}
