use serde_json::{Value, json};

use super::*;

fn target(expr: &str) -> Value {
    json!({"refId": "A", "expr": expr})
}

fn panel(more: Value) -> Value {
    let mut panel = json!({"id": 1, "title": "T", "type": "timeseries", "fieldConfig": {"defaults": {"unit": "s"}}});
    for (key, value) in more.as_object().unwrap() {
        panel[key] = value.clone();
    }
    panel
}

/// What is found in a dashboard of these panels: rule and place.
fn found(panels: Value) -> Vec<String> {
    let dashboard = json!({"title": "D", "panels": panels,
        "templating": {"list": [{"name": "node", "type": "query", "query": "label_values(up{a=\"$gone\"}, node)"}]}});
    let all = lint(&dashboard, "d", &LintSettings::default());
    let ours = all.iter().filter(|finding| !finding.path.starts_with("templating"));
    ours.map(|finding| format!("{} {}", finding.rule, finding.path))
        .collect()
}

#[test]
fn each_rule_finds_what_it_is_about_and_not_what_is_right_beside_it() {
    let none: &[&str] = &[];
    let with = |more: Value| json!([panel(more)]);
    for (panels, expected) in [
        (
            with(json!({"targets": [target("sum(rate(up[$__rate_interval])")]})),
            &["promql-syntax panels[0].targets[0].expr"][..],
        ),
        (
            with(json!({"targets": [target("sum(rate(up{n=~\"$node\"}[$__rate_interval])) by ([[node]])")]})),
            none,
        ),
        (
            with(json!({"targets": [target("{app=\"x\"} |= \"y\"")], "datasource": {"type": "loki", "uid": "$l"}})),
            none,
        ),
        (
            with(json!({"targets": [target("up{a=\"$other\"}")]})),
            &["unknown-variable panels[0].targets[0].expr"],
        ),
        (
            with(json!({"targets": [target("label_replace(up, \"a\", \"$1\", \"b\", \"(.*)\")")]})),
            none,
        ),
        (
            with(json!({"datasource": {"type": "prometheus", "uid": "abc"}})),
            &["hard-coded-data-source panels[0].datasource"],
        ),
        (
            with(json!({"datasource": {"type": "prometheus", "uid": "${DS}"}})),
            none,
        ),
        (
            json!([panel(json!({})), panel(json!({}))]),
            &["duplicate-panel-id panels[1].id"],
        ),
        (
            with(json!({"targets": [target("up"), target("up")]})),
            &["duplicate-ref-id panels[0].targets[1].refId"],
        ),
        (
            json!([
                panel(json!({"gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}})),
                panel(json!({"id": 2, "gridPos": {"x": 11, "y": 7, "w": 12, "h": 8}}))
            ]),
            &["overlapping-panels panels[1].gridPos"],
        ),
        (
            json!([
                panel(json!({"gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}})),
                panel(json!({"id": 2, "gridPos": {"x": 12, "y": 0, "w": 12, "h": 8}}))
            ]),
            none,
        ),
        (with(json!({"fieldConfig": {}})), &["missing-unit panels[0]"]),
        (
            with(json!({"title": "", "targets": [target("up")]})),
            &["missing-title panels[0]"],
        ),
        (
            with(json!({"targets": [target("rate(up[1m])")]})),
            &["fixed-rate-range panels[0].targets[0].expr"],
        ),
        (
            with(json!({"targets": [target("rate(up[5m]) + avg_over_time(up[1m])")]})),
            none,
        ),
        (
            with(json!({"type": "graph", "yaxes": [{"format": "s"}]})),
            &["deprecated-panel panels[0].type"],
        ),
        (
            with(json!({"type": "text", "options": {"content": "<SCRIPT>x</SCRIPT>"}})),
            &["panel-scripts panels[0].options.content"],
        ),
        (
            with(json!({"type": "text", "options": {"content": "about javascript"}})),
            none,
        ),
        (
            json!([{"type": "row", "panels": [panel(json!({"targets": [target("(")]}))]}]),
            &["promql-syntax panels[0].panels[0].targets[0].expr"],
        ),
    ] {
        assert_eq!(found(panels.clone()), expected, "{panels}");
    }
}

#[test]
fn a_rule_is_turned_off_everywhere_in_a_dashboard_or_in_a_panel() {
    let dashboard = json!({"title": "D", "panels": [panel(json!({"fieldConfig": {}})), panel(json!({"id": 2, "fieldConfig": {}}))]});
    let left = |off: &str| {
        let off: Off = serde_saphyr::from_str(off).unwrap();
        let settings = LintSettings { off: vec![off] };
        settings.check().unwrap();
        lint(&dashboard, "d", &settings).len()
    };
    assert_eq!(left("{rule: missing-title}"), 2);
    assert_eq!(left("{rule: missing-unit}"), 0);
    assert_eq!(left("{rule: missing-unit, panel: 2}"), 1);
    assert_eq!(left("{rule: missing-unit, dashboard: other}"), 2);
    let unknown = LintSettings {
        off: vec![Off {
            rule: "nothing".into(),
            ..Off::default()
        }],
    };
    assert!(unknown.check().unwrap_err().contains("there are promql-syntax, "));
}
