//! `dashctl lint`: what is wrong with dashboards, without any server.

use serde_json::{Value, json};

use super::scene::Scene;

fn dashboard() -> Value {
    json!({"title": "Mine", "uid": "mine", "panels": [
        {"id": 1, "title": "CPU", "type": "graph", "yaxes": [{"format": "s"}],
            "targets": [{"refId": "A", "expr": "sum(rate(up[1m])"}, {"refId": "B", "expr": "rate(up{a=\"$gone\"}[1m])"}]},
        {"id": 2, "title": "Fine", "type": "timeseries", "fieldConfig": {"defaults": {"unit": "s"}},
            "targets": [{"refId": "A", "expr": "rate(up[$__rate_interval])"}]}]})
}

fn scene(settings: &str) -> Scene {
    Scene::new()
        .file("dashctl.yaml", &format!("version: 1\nrepository: r-test\n{settings}"))
        .file("dashboards/mine.json", &format!("{:#}\n", dashboard()))
}

#[test]
fn findings_are_listed_with_their_places() {
    let ran = scene("").run(&["lint"]).exit(2);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(
        lines[0].starts_with(
            "dashboards/mine.json: panels[0].targets[0].expr (panel \"CPU\"): error: the query doesn't parse: "
        ) && lines[0].ends_with("[promql-syntax]"),
        "{}",
        ran.stdout
    );
    assert_eq!(
        lines[1..],
        [
            "dashboards/mine.json: panels[0].targets[1].expr (panel \"CPU\"): error: there is no variable gone; define it, or take it out [unknown-variable]",
            "dashboards/mine.json: panels[0].targets[1].expr (panel \"CPU\"): warning: a rate over 60 seconds needs scrapes twice as often; use $__rate_interval [fixed-rate-range]",
            "dashboards/mine.json: panels[0].type (panel \"CPU\"): warning: Grafana 12 has no graph any more; it shows a timeseries instead [deprecated-panel]",
            "4 findings in 1 dashboard."
        ]
    );
    scene("").run(&["lint", "--exit-code", "0"]).exit(0);
}

#[test]
fn rules_are_turned_off_in_the_repositorys_settings() {
    let off = "lint:\n  off:\n    - {rule: promql-syntax}\n    - {rule: unknown-variable, dashboard: mine}\n    - {rule: fixed-rate-range, panel: 1}\n    - {rule: deprecated-panel, dashboard: mine, panel: 1}\n";
    scene(off).run(&["lint"]).exit(0).out("No findings in 1 dashboard.");
    scene("lint:\n  off:\n    - {rule: nothing}\n")
        .run(&["lint"])
        .exit(1)
        .err("lint.off: there is no rule \"nothing\"; there are promql-syntax, ");
    Scene::new().run(&["lint", "--rules"]).exit(0).out("panel-scripts");
}

#[test]
fn code_review_reads_sarif() {
    let scene = scene("");
    scene.run(&["lint", "-o", "sarif=lint.sarif"]).exit(2);
    let report: Value = serde_json::from_str(&scene.read("lint.sarif")).unwrap();
    let results = report["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 4);
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "dashboards/mine.json");
    let line = usize::try_from(place["region"]["startLine"].as_u64().unwrap()).unwrap();
    let text = scene.read("dashboards/mine.json");
    assert!(
        text.lines().nth(line - 1).unwrap().contains("sum(rate(up[1m])"),
        "{line}\n{text}"
    );
}

#[test]
fn files_are_looked_at_anywhere_and_broken_ones_are_told() {
    let scene = Scene::new()
        .file("mine.json", &dashboard().to_string())
        .file("broken.json", "{");
    scene.run(&["lint", "mine.json"]).exit(2).out("mine.json: panels[0]");
    scene.run(&["lint", "broken.json"]).exit(4).err("broken.json: not JSON");
    scene.run(&["lint"]).exit(64).err("no dashctl repository");
}

#[test]
fn library_panels_are_looked_at_without_a_dashboard_around_them() {
    let panel = json!({"uid": "lib", "name": "Load", "model": {"type": "graph", "title": "Load of $instance",
        "targets": [{"refId": "A", "expr": "rate(up{instance=\"$instance\"}[1m]"}]}});
    let scene = scene("")
        .file(
            "dashboards/mine.json",
            "{\"title\": \"Mine\", \"uid\": \"mine\", \"panels\": []}",
        )
        .file("library/K/load.json", &format!("{panel:#}\n"));
    let ran = scene.run(&["lint"]).exit(2).no_out("unknown-variable");
    let place =
        "library/K/load.json: model.targets[0].expr (panel \"Load of $instance\"): error: the query doesn't parse";
    assert!(ran.stdout.starts_with(place), "{}", ran.stdout);
    assert!(
        ran.stdout.ends_with("in 1 dashboard and 1 library panel.\n"),
        "{}",
        ran.stdout
    );
    scene.run(&["lint", "library/K", "-o", "sarif=lint.sarif"]).exit(2);
    let report: Value = serde_json::from_str(&scene.read("lint.sarif")).unwrap();
    let region = &report["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    let line = usize::try_from(region["startLine"].as_u64().unwrap()).unwrap();
    let text = scene.read("library/K/load.json");
    assert!(
        text.lines().nth(line - 1).unwrap().contains("rate(up"),
        "{line}\n{text}"
    );
    let off = ["promql-syntax", "fixed-rate-range", "deprecated-panel"]
        .map(|rule| format!("    - {{rule: {rule}, dashboard: library/K/load}}\n"));
    scene.write(
        "dashctl.yaml",
        &format!("version: 1\nrepository: r-test\nlint:\n  off:\n{}", off.concat()),
    );
    scene.run(&["lint", "library/K/load.json"]).exit(2);
    scene.run(&["lint"]).exit(0);
}
