//! Which panel replaces an Angular one (`schemaversion/migration_utils.go`).

use serde_json::Value;

use super::super::fields::Fields;

/// The type that Grafana shows in place of an Angular panel's; `None` where it is none.
pub(in crate::dashboard) fn successor(kind: &str, panel: &Fields) -> Option<&'static str> {
    match kind {
        "graph" | "graphite" => Some(graph_successor(panel)),
        "table-old" => Some("table"),
        "singlestat" | "grafana-singlestat-panel" => Some("stat"),
        "grafana-piechart-panel" => Some("piechart"),
        "grafana-worldmap-panel" => Some("geomap"),
        "natel-discrete-panel" => Some("state-timeline"),
        _ => None,
    }
}

fn graph_successor(panel: &Fields) -> &'static str {
    let mode = panel
        .get("xaxis")
        .and_then(|axis| axis.get("mode"))
        .and_then(Value::as_str);
    let values = panel.get("legend").and_then(|legend| legend.get("values"));
    match mode {
        Some("series") if values == Some(&Value::Bool(true)) => "bargauge",
        Some("series") => "barchart",
        Some("histogram") => "histogram",
        _ => "timeseries",
    }
}
