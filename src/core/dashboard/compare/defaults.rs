//! Values that Grafana writes where there is nothing, or leaves out when it saves: having them and not having them is the same.
//!
//! Only the default itself is like nothing: `fillGradient: 0` comes and goes with a save, `fillGradient: 7` is somebody's choice.
//! A row stands here only if a save does it by itself; that Grafana would *show* two values alike is not enough.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::same::{present, same};
use super::scope::Scope;
use super::{Rule, rules};

/// Where a default applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Of {
    /// At the top of the dashboard. Sources: grafana/grafana `DashboardModel.ts` (constructor) and `frontend_defaults.go`.
    Dashboard,
    /// In any panel. Source: grafana/grafana `PanelModel.ts` (`defaults`, `getSaveModel`).
    Panel,
    /// In panels of these plugins. Source: the Angular plugins' `module.ts`; those of today's plugins are in `plugins/`.
    Plugin(&'static [&'static str]),
    /// In a template variable. Source: grafana/grafana `public/app/features/variables/*/reducer.ts` (initial states).
    Variable,
    /// In an annotation query. Source: grafana/grafana `DashboardModel.ts` and the saves of 9.4.
    Annotation,
}

const GRAPH: Of = Of::Plugin(&["graph"]);
const TABLE_OLD: Of = Of::Plugin(&["table-old"]);
const ROW: Of = Of::Plugin(&["row"]);
// The Angular panels that 7.5 still has beside these: `singlestat/module.ts` (shallow), `heatmap/heatmap_ctrl.ts` (`defaultsDeep`, up to
// 9.0 and in 9.1 to 9.3 without a conversion) and `alertlist/module.ts` (shallow).
const SINGLESTAT: Of = Of::Plugin(&["singlestat"]);
const HEATMAP: Of = Of::Plugin(&["heatmap"]);
const ALERT_LIST: Of = Of::Plugin(&["alertlist"]);

#[rustfmt::skip]
const DEFAULTS: &[(Of, &str, &str)] = &[
    (Of::Dashboard, "annotations.list", "[]"),
    (Of::Dashboard, "editable", "true"),
    (Of::Dashboard, "fiscalYearStartMonth", "0"),
    (Of::Dashboard, "graphTooltip", "0"),
    (Of::Dashboard, "hideControls", "false"),
    (Of::Dashboard, "links", "[]"),
    (Of::Dashboard, "liveNow", "false"),
    (Of::Dashboard, "panels", "[]"),
    (Of::Dashboard, "preload", "false"),
    (Of::Dashboard, "rows", "[]"),
    (Of::Dashboard, "sharedCrosshair", "false"),
    (Of::Dashboard, "style", "\"dark\""),
    (Of::Dashboard, "tags", "[]"),
    (Of::Dashboard, "templating", "{}"),
    (Of::Dashboard, "templating.enable", "true"),
    (Of::Dashboard, "templating.list", "[]"),
    (Of::Dashboard, "time", r#"{"from":"now-6h","to":"now"}"#),
    (Of::Dashboard, "timepicker", "{}"),
    (Of::Dashboard, "timezone", "\"\""),
    (Of::Dashboard, "weekStart", "\"\""),

    (Of::Panel, "fieldConfig", r#"{"defaults":{},"overrides":[]}"#),
    (Of::Panel, "fieldConfig", "{}"),
    (Of::Panel, "fieldConfig.defaults", "{}"),
    (Of::Panel, "fieldConfig.overrides", "[]"),
    (Of::Panel, "fieldConfig.defaults.custom", "{}"),
    // v2 spells it out (`dashboard_spec_gen.go` of 13.1, DashboardFieldColor).
    (Of::Panel, "fieldConfig.defaults.color.mode", "\"\""),
    // A colour without a mode is none (grafana/grafana `fieldColor.ts`, getFieldColorMode).
    (Of::Panel, "fieldConfig.defaults.color", "{}"),
    (Of::Panel, "fieldConfig.defaults.unitScale", "true"),
    (Of::Panel, "gridPos", r#"{"h":3,"w":6,"x":0,"y":0}"#),
    (Of::Panel, "links", "[]"),
    (Of::Panel, "options", "{}"),
    (Of::Panel, "title", "\"\""),
    (Of::Panel, "transformations", "[]"),
    (Of::Panel, "transparent", "false"),

    (ROW, "collapsed", "false"),
    (ROW, "repeat", "\"\""),

    (GRAPH, "aliasColors", "{}"),
    (GRAPH, "bars", "false"),
    (GRAPH, "dashLength", "10"),
    (GRAPH, "dashes", "false"),
    (GRAPH, "fill", "1"),
    (GRAPH, "fillGradient", "0"),
    (GRAPH, "hiddenSeries", "false"),
    (GRAPH, "legend", r#"{"avg":false,"current":false,"max":false,"min":false,"show":true,"total":false,"values":false}"#),
    (GRAPH, "legend.avg", "false"),
    (GRAPH, "legend.current", "false"),
    (GRAPH, "legend.max", "false"),
    (GRAPH, "legend.min", "false"),
    (GRAPH, "legend.show", "true"),
    (GRAPH, "legend.total", "false"),
    (GRAPH, "legend.values", "false"),
    (GRAPH, "lines", "true"),
    (GRAPH, "linewidth", "1"),
    (GRAPH, "nullPointMode", "\"null\""),
    (GRAPH, "options.alertThreshold", "true"),
    (GRAPH, "options.dataLinks", "[]"),
    (GRAPH, "percentage", "false"),
    (GRAPH, "pointradius", "2"),
    (GRAPH, "points", "false"),
    (GRAPH, "renderer", "\"flot\""),
    (GRAPH, "seriesOverrides", "[]"),
    (GRAPH, "spaceLength", "10"),
    (GRAPH, "stack", "false"),
    (GRAPH, "steppedLine", "false"),
    (GRAPH, "thresholds", "[]"),
    (GRAPH, "timeRegions", "[]"),
    (GRAPH, "tooltip", r#"{"shared":true,"sort":0,"value_type":"individual"}"#),
    (GRAPH, "tooltip.shared", "true"),
    (GRAPH, "tooltip.sort", "0"),
    (GRAPH, "tooltip.value_type", "\"individual\""),
    (GRAPH, "xaxis", r#"{"mode":"time","show":true,"values":[]}"#),
    (GRAPH, "xaxis.mode", "\"time\""),
    (GRAPH, "xaxis.show", "true"),
    (GRAPH, "xaxis.values", "[]"),
    (GRAPH, "yaxes", r#"[{"format":"short","logBase":1,"show":true},{"format":"short","logBase":1,"show":true}]"#),
    (GRAPH, "yaxis", r#"{"align":false}"#),
    (GRAPH, "yaxis.align", "false"),

    (TABLE_OLD, "columns", "[]"),
    (TABLE_OLD, "fontSize", "\"100%\""),
    (TABLE_OLD, "showHeader", "true"),
    (TABLE_OLD, "sort", r#"{"col":0,"desc":true}"#),
    (TABLE_OLD, "styles", r#"[{"alias":"Time","align":"auto","dateFormat":"YYYY-MM-DD HH:mm:ss","pattern":"Time","type":"date"},{"alias":"","align":"right","colorMode":null,"colors":["rgba(245, 54, 54, 0.9)","rgba(237, 129, 40, 0.89)","rgba(50, 172, 45, 0.97)"],"decimals":2,"pattern":"/.*/","thresholds":[],"type":"number","unit":"short"}]"#),
    (TABLE_OLD, "transform", "\"timeseries_to_columns\""),

    (SINGLESTAT, "colorBackground", "false"),
    (SINGLESTAT, "colorValue", "false"),
    (SINGLESTAT, "colors", r##"["#299c46","rgba(237, 129, 40, 0.89)","#d44a3a"]"##),
    (SINGLESTAT, "format", "\"none\""),
    (SINGLESTAT, "gauge", r#"{"maxValue":100,"minValue":0,"show":false,"thresholdLabels":false,"thresholdMarkers":true}"#),
    (SINGLESTAT, "mappingType", "1"),
    (SINGLESTAT, "mappingTypes", r#"[{"name":"value to text","value":1},{"name":"range to text","value":2}]"#),
    (SINGLESTAT, "maxDataPoints", "100"),
    (SINGLESTAT, "nullPointMode", "\"connected\""),
    (SINGLESTAT, "postfix", "\"\""),
    (SINGLESTAT, "postfixFontSize", "\"50%\""),
    (SINGLESTAT, "prefix", "\"\""),
    (SINGLESTAT, "prefixFontSize", "\"50%\""),
    (SINGLESTAT, "rangeMaps", r#"[{"from":"null","text":"N/A","to":"null"}]"#),
    (SINGLESTAT, "sparkline", r#"{"fillColor":"rgba(31, 118, 189, 0.18)","full":false,"lineColor":"rgb(31, 120, 193)","show":false}"#),
    (SINGLESTAT, "tableColumn", "\"\""),
    (SINGLESTAT, "thresholds", "\"\""),
    (SINGLESTAT, "valueFontSize", "\"80%\""),
    (SINGLESTAT, "valueMaps", r#"[{"op":"=","text":"N/A","value":"null"}]"#),
    (SINGLESTAT, "valueName", "\"avg\""),

    (HEATMAP, "cards", "{}"),
    (HEATMAP, "color", r##"{"cardColor":"#b4ff00","colorScale":"sqrt","colorScheme":"interpolateOranges","exponent":0.5,"mode":"spectrum"}"##),
    (HEATMAP, "color.cardColor", "\"#b4ff00\""),
    (HEATMAP, "color.colorScale", "\"sqrt\""),
    (HEATMAP, "color.colorScheme", "\"interpolateOranges\""),
    (HEATMAP, "color.exponent", "0.5"),
    (HEATMAP, "color.mode", "\"spectrum\""),
    (HEATMAP, "dataFormat", "\"timeseries\""),
    (HEATMAP, "heatmap", "{}"),
    (HEATMAP, "hideZeroBuckets", "false"),
    (HEATMAP, "highlightCards", "true"),
    (HEATMAP, "legend", r#"{"show":false}"#),
    (HEATMAP, "legend.show", "false"),
    (HEATMAP, "reverseYBuckets", "false"),
    (HEATMAP, "tooltip", r#"{"show":true,"showHistogram":false}"#),
    (HEATMAP, "tooltip.show", "true"),
    (HEATMAP, "tooltip.showHistogram", "false"),
    (HEATMAP, "xAxis", r#"{"show":true}"#),
    (HEATMAP, "xAxis.show", "true"),
    (HEATMAP, "yAxis", r#"{"format":"short","logBase":1,"show":true}"#),
    (HEATMAP, "yAxis.format", "\"short\""),
    (HEATMAP, "yAxis.logBase", "1"),
    (HEATMAP, "yAxis.show", "true"),
    (HEATMAP, "yBucketBound", "\"auto\""),

    (ALERT_LIST, "dashboardFilter", "\"\""),
    (ALERT_LIST, "limit", "10"),
    (ALERT_LIST, "nameFilter", "\"\""),
    (ALERT_LIST, "onlyAlertsOnDashboard", "false"),
    (ALERT_LIST, "show", "\"current\""),
    (ALERT_LIST, "sortOrder", "1"),
    (ALERT_LIST, "stateFilter", "[]"),

    (Of::Variable, "allowCustomValue", "true"),
    (Of::Variable, "auto", "false"),
    (Of::Variable, "auto_count", "30"),
    (Of::Variable, "auto_min", "\"10s\""),
    (Of::Variable, "current", "{}"),
    (Of::Variable, "hide", "0"),
    (Of::Variable, "includeAll", "false"),
    (Of::Variable, "multi", "false"),
    (Of::Variable, "options", "[]"),
    (Of::Variable, "query", "\"\""),
    (Of::Variable, "regex", "\"\""),
    (Of::Variable, "skipUrlSync", "false"),
    (Of::Variable, "sort", "0"),
    (Of::Variable, "tags", "[]"),

    (Of::Annotation, "target", "{}"),
    (Of::Annotation, "target", r#"{"limit":100,"matchAny":false,"tags":[],"type":"dashboard"}"#),
];

struct Default {
    of: Of,
    value: Value,
}

static TABLE_BY_PATH: LazyLock<HashMap<&'static str, Vec<Default>>> = LazyLock::new(|| {
    let mut table: HashMap<&'static str, Vec<Default>> = HashMap::new();
    for (of, path, text) in DEFAULTS {
        // A test below parses every row, so that none is lost here.
        if let Ok(value) = serde_json::from_str(text) {
            table.entry(path).or_default().push(Default { of: *of, value });
        }
    }
    table
});

/// The rule by which a value on one side is what Grafana puts where the other side has nothing.
pub(super) fn explain(
    scope: &Scope,
    kind: &str,
    pattern: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<&'static Rule> {
    let value = match (present(before), present(after)) {
        (Some(value), None) | (None, Some(value)) => value,
        _ => return None,
    };
    let found = TABLE_BY_PATH
        .get(pattern)?
        .iter()
        .find(|default| default.of.covers(scope, kind) && same(&default.value, value))?;
    Some(found.of.rule())
}

impl Of {
    fn covers(self, scope: &Scope, kind: &str) -> bool {
        match (self, scope) {
            (Self::Dashboard, Scope::Dashboard)
            | (Self::Panel, Scope::Panel(_))
            | (Self::Variable, Scope::Variable { .. })
            | (Self::Annotation, Scope::Annotation) => true,
            (Self::Plugin(kinds), Scope::Panel(_)) => kinds.contains(&kind),
            _ => false,
        }
    }

    fn rule(self) -> &'static Rule {
        match self {
            Self::Dashboard => &rules::DASHBOARD_DEFAULT,
            Self::Panel => &rules::PANEL_DEFAULT,
            Self::Plugin(_) => &rules::PLUGIN_DEFAULT,
            Self::Variable => &rules::VARIABLE_DEFAULT,
            Self::Annotation => &rules::ANNOTATION_DEFAULT,
        }
    }
}

/// What the browser adds to the built-in annotation.
pub(super) fn annotation_target() -> Value {
    serde_json::json!({"limit": 100, "matchAny": false, "tags": [], "type": "dashboard"})
}

/// The annotation that every dashboard has, in the form in which somebody's edit of it has it
/// (`DashboardModel.ts`, addBuiltInAnnotationQuery, and `dashboard-scene/serialization/transformSaveModelToScene.ts`).
pub(super) fn built_in_annotation(edited: &Value) -> Value {
    let mut all = serde_json::json!({
        "builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "enable": true, "hide": true,
        "iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts", "type": "dashboard", "target": annotation_target(),
    });
    if let Some(settings) = all.as_object_mut() {
        settings.retain(|key, _| matches!(key.as_str(), "enable" | "hide") || edited.get(key).is_some());
    }
    let target = all.get_mut("target").and_then(Value::as_object_mut);
    if let (Some(target), Some(edited)) = (target, edited.get("target").and_then(Value::as_object)) {
        target.retain(|key, _| edited.contains_key(key));
    }
    let source = edited
        .get("datasource")
        .filter(|source| super::datasource::is_grafana(source));
    if let Some(source) = source {
        all["datasource"] = source.clone();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::compare::{Context, compare};
    use serde_json::json;

    /// A dashboard with one value at a path of the table; `None`: without it.
    fn with(of: Of, path: &str, value: Option<&Value>) -> Value {
        let kind = match of {
            Of::Plugin(kinds) => kinds[0],
            _ => "any",
        };
        let inner = value.map_or_else(
            || json!({}),
            |value| path.rsplit('.').fold(value.clone(), |inner, key| json!({key: inner})),
        );
        let merged = |base: Value| {
            let mut base = base;
            if let (Some(base), Value::Object(inner)) = (base.as_object_mut(), inner.clone()) {
                base.extend(inner);
            }
            base
        };
        match of {
            Of::Dashboard => merged(json!({"title": "A"})),
            Of::Panel | Of::Plugin(_) => json!({"panels": [merged(json!({"id": 1, "type": kind}))]}),
            Of::Variable => json!({"templating": {"list": [merged(json!({"name": "v", "type": "adhoc"}))]}}),
            Of::Annotation => json!({"annotations": {"list": [merged(json!({"name": "a", "enable": true}))]}}),
        }
    }

    fn other(value: &Value) -> Value {
        match value {
            Value::Bool(value) => (!value).into(),
            Value::Number(number) => (number.as_i64().unwrap_or(0) + 7).into(),
            Value::String(text) => format!("{text}Zq").into(),
            Value::Array(list) => list.iter().cloned().chain(["Zq".into()]).collect(),
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (key.clone(), other(value)))
                .chain([("zq".to_owned(), 1.into())])
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Value::Null => 1.into(),
        }
    }

    #[test]
    fn every_default_is_like_nothing_and_every_other_value_is_not() {
        for (of, path, text) in DEFAULTS {
            let value: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"));
            let without = with(*of, path, None);
            let found = compare(&without, &with(*of, path, Some(&value)), &Context::default());
            assert!(found.is_same(), "{path}: {:#?}", found.changes);
            let edited = compare(&without, &with(*of, path, Some(&other(&value))), &Context::default());
            assert!(!edited.is_same(), "{path} hides {}", other(&value));
        }
    }
}
