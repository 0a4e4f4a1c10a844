//! The forms of Grafana's own panels: what they call their settings, and the choices that they offer.
//!
//! Sources: grafana/grafana 13.1, the names and choices that each plugin's `module.tsx` and editors under
//! `public/app/plugins/panel/` give, `packages/grafana-ui/src/options/builder/`, `packages/grafana-data/src/field/fieldColor.ts`.
//! Only what a key's own words don't say: `options.cellHeight` is cell height by itself.

use std::borrow::Cow;

use serde_json::Value;

use super::labels::Label;

#[rustfmt::skip]
pub(super) const SETTINGS: &[Label] = &[
    ("panel", "fieldConfig.defaults.color", "color scheme"),
    ("panel", "fieldConfig.defaults.custom.cellOptions", "cell type"),
    ("panel", "fieldConfig.defaults.custom.footer.reducers", "calculation of the table footer"),
    ("panel", "fieldConfig.defaults.custom.lineStyle", "line style"),
    ("panel", "fieldConfig.defaults.custom.lineStyle.dash", "dashes of the line style"),
    ("panel", "fieldConfig.defaults.custom.pointSize.fixed", "point size"),
    ("panel", "fieldConfig.defaults.custom.pointSize.max", "max point size"),
    ("panel", "fieldConfig.defaults.custom.pointSize.min", "min point size"),
    ("panel", "fieldConfig.defaults.custom.stacking", "stack series"),
    ("panel", "fieldConfig.defaults.custom.styleField", "styling from field"),
    ("panel", "fieldConfig.defaults.custom.tooltip.field", "tooltip from field"),
    ("panel", "fieldConfig.defaults.custom.tooltip.placement", "tooltip placement"),

    ("panel", "options.alignValue", "align values"),
    ("panel", "options.allowDownload", "display download control"),
    ("panel", "options.annotations.clustering", "annotation clustering"),
    ("panel", "options.annotations.multiLane", "multi-row annotations"),
    ("panel", "options.barShape", "bar style"),
    ("panel", "options.calculate", "calculate from data"),
    ("panel", "options.cellValues.decimals", "decimals of cells"),
    ("panel", "options.cellValues.unit", "unit of cells"),
    ("panel", "options.colWidth", "column width"),
    ("panel", "options.color.exponent", "exponent of the color scale"),
    ("panel", "options.color.fill", "color"),
    ("panel", "options.color.max", "end color scale at value"),
    ("panel", "options.color.min", "start color scale from value"),
    ("panel", "options.color.mode", "color mode"),
    ("panel", "options.color.reverse", "reverse colors"),
    ("panel", "options.color.scale", "color scale"),
    ("panel", "options.color.scheme", "color scheme"),
    ("panel", "options.color.steps", "color steps"),
    ("panel", "options.colors.down", "down color"),
    ("panel", "options.colors.up", "up color"),
    ("panel", "options.combine", "combine series"),
    ("panel", "options.controls", "map controls"),
    ("panel", "options.dashboardAlerts", "alerts linked to this dashboard"),
    ("panel", "options.dedupStrategy", "deduplication"),
    ("panel", "options.detailsMode", "log details panel mode"),
    ("panel", "options.displayLabels", "labels"),
    ("panel", "options.edges.mainStatUnit", "main stat unit of edges"),
    ("panel", "options.edges.secondaryStatUnit", "secondary stat unit of edges"),
    ("panel", "options.exemplars.color", "color of exemplars"),
    ("panel", "options.feedUrl", "URL of the feed"),
    ("panel", "options.filterValues.ge", "hide cells with values >="),
    ("panel", "options.filterValues.le", "hide cells with values <="),
    ("panel", "options.folderUID", "folder"),
    ("panel", "options.frozenColumns.left", "frozen columns"),
    ("panel", "options.fullHighlight", "highlight full area on hover"),
    ("panel", "options.includeAllFields", "additional fields"),
    ("panel", "options.includeVars", "include current template variable values"),
    ("panel", "options.justifyMode", "text alignment"),
    ("panel", "options.keepTime", "include current time range"),
    ("panel", "options.legend.enableFacetedFilter", "legend series visibility"),
    ("panel", "options.legend.limit", "legend limit"),
    ("panel", "options.legend.show", "show legend"),
    ("panel", "options.mapping", "series mapping"),
    ("panel", "options.maxVizHeight", "max height"),
    ("panel", "options.mergeValues", "merge equal consecutive values"),
    ("panel", "options.minVizHeight", "min height"),
    ("panel", "options.minVizWidth", "min width"),
    ("panel", "options.navigateAfter", "time after"),
    ("panel", "options.navigateBefore", "time before"),
    ("panel", "options.navigateToPanel", "link target"),
    ("panel", "options.neutral", "neutral value"),
    ("panel", "options.nodes.arcs", "arc sections of nodes"),
    ("panel", "options.nodes.mainStatUnit", "main stat unit of nodes"),
    ("panel", "options.nodes.secondaryStatUnit", "secondary stat unit of nodes"),
    ("panel", "options.onlyFromThisDashboard", "query filter"),
    ("panel", "options.onlyInTimeRange", "time range"),
    ("panel", "options.panZoom", "pan and zoom"),
    ("panel", "options.perPage", "page size"),
    ("panel", "options.pieType", "pie chart type"),
    ("panel", "options.prettifyLogMessage", "prettify JSON"),
    ("panel", "options.rowsFrame.layout", "tick alignment"),
    ("panel", "options.rowsFrame.value", "value name"),
    ("panel", "options.segmentCount", "segments"),
    ("panel", "options.shape", "style of the gauge"),
    ("panel", "options.showAdvancedTypes", "experimental element types"),
    ("panel", "options.showFieldSelector", "enable field selector"),
    ("panel", "options.showInactiveAlerts", "show alerts with 0 instances"),
    ("panel", "options.showLabels", "unique labels"),
    ("panel", "options.showLevel", "display log level"),
    ("panel", "options.showUnfilled", "show unfilled area"),
    ("panel", "options.showValue", "show values"),
    ("panel", "options.sizing", "size of bars or gauges"),
    ("panel", "options.sort", "slice sorting"),
    ("panel", "options.sparkline", "show sparkline"),
    ("panel", "options.stateFilter", "alert state filter"),
    ("panel", "options.syntaxHighlighting", "logs highlighting"),
    ("panel", "options.text.percentSize", "text size of the percent change"),
    ("panel", "options.text.titleSize", "text size of the title"),
    ("panel", "options.text.valueSize", "text size of the value"),
    ("panel", "options.timezone", "time zone"),
    ("panel", "options.tooltip.disableForOneClick", "disable the tooltip for one-click elements"),
    ("panel", "options.tooltip.hoverProximity", "hover proximity of the tooltip"),
    ("panel", "options.tooltip.maxHeight", "max height of the tooltip"),
    ("panel", "options.tooltip.maxWidth", "max width of the tooltip"),
    ("panel", "options.tooltip.showColorScale", "show color scale in the tooltip"),
    ("panel", "options.tooltip.yHistogram", "show histogram (Y axis) in the tooltip"),
    ("panel", "options.unwrappedColumns", "columns for displayed fields"),
    ("panel", "options.valueMode", "value display"),
    ("panel", "options.view.dashboardVariable", "sync view to dashboard variable"),
    ("panel", "options.view.dashboardVariableName", "variable name of the map view"),
    ("panel", "options.view.noRepeat", "no map repeating"),
    ("panel", "options.view.shared", "share view"),
    ("panel", "options.view", "initial view"),
    ("panel", "options.wrapLogMessage", "wrap lines"),
    ("panel", "options.xField", "X axis field"),
    ("panel", "options.xTickLabelMaxLength", "X axis tick label max length"),
    ("panel", "options.xTickLabelRotation", "rotate X axis tick labels"),
    ("panel", "options.xTickLabelSpacing", "X axis labels minimum spacing"),
    ("panel", "options.yAxis.axisLabel", "Y axis label"),
    ("panel", "options.yAxis.axisPlacement", "Y axis placement"),
    ("panel", "options.yAxis.axisWidth", "Y axis width"),
    ("panel", "options.yAxis.decimals", "Y axis decimals"),
    ("panel", "options.yAxis.max", "Y axis max value"),
    ("panel", "options.yAxis.min", "Y axis min value"),
    ("panel", "options.yAxis.reverse", "reverse Y axis"),
    ("panel", "options.yAxis.unit", "Y axis unit"),
];

/// What a form shows for the values of a setting, where that isn't the value itself.
type Choices = (&'static str, &'static [(&'static str, &'static str)]);

const SHOWN: &[(&str, &str)] = &[("multi", "All"), ("none", "Hidden"), ("single", "Single")];
const STACKED: &[(&str, &str)] = &[("none", "Off"), ("normal", "Normal"), ("percent", "100%")];
const ORDER: &[(&str, &str)] = &[("none", "None"), ("asc", "Ascending"), ("desc", "Descending")];

#[rustfmt::skip]
const CHOICES: &[Choices] = &[
    ("fieldConfig.defaults.color.mode", &[
        ("fixed", "Single color"), ("shades", "Shades of a color"), ("thresholds", "From thresholds"),
        ("palette-classic", "Classic palette"), ("palette-classic-by-name", "Classic palette (by series name)"),
        ("continuous-viridis", "Viridis"), ("continuous-magma", "Magma"), ("continuous-plasma", "Plasma"),
        ("continuous-inferno", "Inferno"), ("continuous-cividis", "Cividis"), ("continuous-GrYlRd", "Green-Yellow-Red"),
        ("continuous-RdYlGr", "Red-Yellow-Green"), ("continuous-BlYlRd", "Blue-Yellow-Red"), ("continuous-YlRd", "Yellow-Red"),
        ("continuous-BlPu", "Blue-Purple"), ("continuous-YlBl", "Yellow-Blue"), ("continuous-blues", "Blues"),
        ("continuous-reds", "Reds"), ("continuous-greens", "Greens"), ("continuous-purples", "Purples")]),
    ("fieldConfig.defaults.custom.cellOptions.type", &[
        ("auto", "Auto"), ("color-text", "Colored text"), ("color-background", "Colored background"), ("data-links", "Data links"),
        ("gauge", "Gauge"), ("sparkline", "Sparkline"), ("json-view", "JSON View"), ("pill", "Pill"),
        ("markdown", "Markdown + HTML"), ("image", "Image"), ("actions", "Actions")]),
    ("fieldConfig.defaults.custom.scaleDistribution.type", &[
        ("linear", "Linear"), ("log", "Logarithmic"), ("symlog", "Symlog")]),
    ("fieldConfig.defaults.custom.stacking.mode", STACKED),
    ("fieldConfig.defaults.custom.thresholdsStyle.mode", &[
        ("off", "Off"), ("line", "As lines"), ("dashed", "As lines (dashed)"), ("area", "As filled regions"),
        ("line+area", "As filled regions and lines"), ("dashed+area", "As filled regions and lines (dashed)")]),
    ("options.cellHeight", &[("sm", "Small"), ("md", "Medium"), ("lg", "Large")]),
    ("options.colorMode", &[
        ("none", "None"), ("value", "Value"), ("background", "Background Gradient"), ("background_solid", "Background Solid")]),
    ("options.rowsFrame.layout", &[("auto", "Auto"), ("le", "Top (LE)"), ("unknown", "Middle"), ("ge", "Bottom (GE)")]),
    ("options.shape", &[("circle", "Circle"), ("gauge", "Arc")]),
    ("options.sort", ORDER),
    ("options.stacking", STACKED),
    ("options.tooltip.mode", SHOWN),
    ("options.tooltip.sort", ORDER),
    ("options.valueMode", &[("color", "Value color"), ("text", "Text color"), ("hidden", "Hidden")]),
];

/// What the form shows for a panel's setting of this value. How long a gap may be before it is left open is a duration there.
pub(super) fn choice(setting: &str, value: &Value) -> Option<Cow<'static, str>> {
    let nulls = matches!(
        setting,
        "fieldConfig.defaults.custom.spanNulls" | "fieldConfig.defaults.custom.insertNulls"
    );
    match value {
        Value::Bool(on) if nulls => Some(if *on { "Always" } else { "Never" }.into()),
        Value::Number(milliseconds) if nulls => Some(format!("Threshold {}", duration(milliseconds.as_u64()?)).into()),
        Value::String(text) => {
            let (_, choices) = CHOICES.iter().find(|(of, _)| *of == setting)?;
            let (_, words) = choices.iter().find(|(value, _)| value == text)?;
            Some((*words).into())
        }
        _ => None,
    }
}

/// Milliseconds in the largest unit that they are whole in: `1h`.
fn duration(milliseconds: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let whole = UNITS
        .iter()
        .find(|(unit, _)| milliseconds > 0 && milliseconds.is_multiple_of(*unit));
    match whole {
        Some((unit, name)) => format!("{}{name}", milliseconds / unit),
        None => format!("{milliseconds}ms"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_choice_is_said_as_the_form_shows_it() {
        let said = |setting: &str, value: Value| choice(setting, &value).map(Cow::into_owned);
        assert_eq!(said("options.tooltip.mode", json!("multi")).as_deref(), Some("All"));
        assert_eq!(said("options.tooltip.mode", json!("other")), None);
        assert_eq!(said("options.mode", json!("multi")), None);
        let nulls = "fieldConfig.defaults.custom.spanNulls";
        assert_eq!(said(nulls, json!(true)).as_deref(), Some("Always"));
        assert_eq!(said(nulls, json!(5_400_000)).as_deref(), Some("Threshold 90m"));
        assert_eq!(said(nulls, json!(1500)).as_deref(), Some("Threshold 1500ms"));
    }

    #[test]
    fn no_two_values_of_a_setting_read_alike() {
        for (setting, choices) in CHOICES {
            for (at, (value, words)) in choices.iter().enumerate() {
                let twice = choices[..at]
                    .iter()
                    .any(|(other, same)| other == value || same == words);
                assert!(!twice, "{setting} {value}");
            }
        }
    }
}
