//! `dashctl verify`: which panels show data, and why the others don't.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dashctl::sandbox::{Options, Version};
use serde_json::{Value, json};

use super::catalog::Catalog;
use super::scene::Scene;
use super::watch::Watching;

/// How the Prometheus of a test behaves.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Fine,
    /// Answers every query with 422.
    Refuses,
    /// Has parts of it missing, and says so.
    Partial,
    /// Takes longer than anybody waits.
    Slow,
    /// Is none.
    WebPage,
    /// Has more series of a metric than anybody reads.
    Huge,
}

/// A server that answers as a Prometheus does: a query finds something where it names no metric that isn't there.
struct Fake {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

const SERIES: &str = r#"[{"__name__":"up","job":"a","node":"n1"},{"__name__":"up","job":"b","node":"n2"},
    {"__name__":"node_cpu_seconds_total","mode":"idle","node":"n1"}]"#;

impl Fake {
    fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let log = log.clone();
                std::thread::spawn(move || serve(&stream, mood, &log));
            }
        });
        Self { address, asked }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, mood: Mood, log: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if lines.read_line(&mut first).unwrap_or(0) == 0 {
            return;
        }
        let (mut line, mut length) = (String::new(), 0);
        while lines.read_line(&mut line).is_ok_and(|read| read > 2) {
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
        }
        let mut body = vec![0; length];
        lines.read_exact(&mut body).unwrap();
        let target = first.split_whitespace().nth(1).unwrap_or_default();
        let url: url::Url = format!("http://x{target}").parse().unwrap();
        let form = String::from_utf8(body).unwrap();
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .into_owned()
            .chain(url::form_urlencoded::parse(form.as_bytes()).into_owned())
            .collect();
        log.lock().unwrap().push(format!("{}?{pairs:?}", url.path()));
        if mood == Mood::Slow {
            std::thread::sleep(Duration::from_secs(20));
        }
        let (status, text) = answer(url.path(), &pairs, mood);
        let head = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            text.len()
        );
        let mut out = stream;
        if out
            .write_all(head.as_bytes())
            .and_then(|()| out.write_all(text.as_bytes()))
            .is_err()
        {
            return;
        }
    }
}

fn answer(path: &str, pairs: &[(String, String)], mood: Mood) -> (u16, String) {
    if mood == Mood::WebPage {
        return (200, "<html>".into());
    }
    let given = |key: &str| {
        pairs
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    };
    let success = |data: Value| (200, json!({"status": "success", "data": data}).to_string());
    let path = path.strip_prefix("/api/v1/").unwrap_or(path);
    let query = given("query");
    match path {
        "query" | "query_range" if mood == Mood::Refuses || query.contains("sort_by_label") => {
            let error = match query.contains("sort_by_label") {
                true => "1:1: parse error: unknown function with name \"sort_by_label\"",
                false => "query processing would load too many samples into memory",
            };
            (
                422,
                json!({"status": "error", "errorType": "execution", "error": error}).to_string(),
            )
        }
        "query" if query.starts_with("count by (__name__)") && mood == Mood::Huge => {
            success(json!({"resultType": "vector", "result": [{"metric": {"__name__": "up"}, "value": [1, "30000"]}]}))
        }
        "query" if query.starts_with("count by (__name__)") => success(json!({"resultType": "vector", "result": [
            {"metric": {"__name__": "up"}, "value": [1, "2"]}]})),
        "query" if query.starts_with("max(count_over_time") => {
            success(json!({"resultType": "vector", "result": [{"metric": {}, "value": [1, "10"]}]}))
        }
        "query" | "query_range" => {
            let empty = ["node_cpu{", "node_cpu["].iter().any(|old| query.contains(old))
                || query.contains("missing")
                || query.contains("zone")
                || query.contains("[30s]");
            let result = if empty {
                json!([])
            } else {
                json!([{"metric": {}, "value": [1, "1"], "values": [[1, "1"]]}])
            };
            let data = json!({"resultType": "vector", "result": result});
            match mood {
                Mood::Partial => (
                    200,
                    json!({"status": "success", "data": data, "warnings": ["a store is down"]}).to_string(),
                ),
                _ => success(data),
            }
        }
        "label/__name__/values" => success(json!(["up", "node_cpu_seconds_total"])),
        "label/node/values" => success(json!(["n1", "n2"])),
        "labels" => success(json!(["__name__", "job", "node", "mode"])),
        "series" => success(serde_json::from_str(SERIES).unwrap()),
        "status/buildinfo" => success(json!({"version": "2.42.0"})),
        _ => success(json!([])),
    }
}

/// A panel with one query.
fn panel(id: u64, title: &str, target: Value) -> Value {
    json!({"id": id, "title": title, "type": "timeseries", "gridPos": {"w": 12, "h": 8, "x": 0, "y": 0},
        "datasource": {"type": "prometheus", "uid": "p"}, "targets": [target]})
}

fn dashboard() -> Value {
    let query = |expr: &str| json!({"refId": "A", "expr": expr});
    json!({"title": "Mine", "uid": "mine", "panels": [
        panel(1, "Up", query("up{node=~\"$node\"}")),
        panel(2, "CPU", query("sum(rate(node_cpu{mode=\"idle\"}[$__rate_interval]))")),
        panel(3, "Zone", query("up{zone=\"z\"}")),
        panel(4, "Short", query("rate(up[30s])")),
        panel(5, "New", query("sort_by_label(up, \"a\")")),
        panel(6, "Logs", json!({"refId": "A", "expr": "{app=\"x\"}"})),
        {"id": 7, "type": "text", "title": "Words"}],
        "templating": {"list": [
            {"name": "node", "type": "query", "datasource": {"type": "prometheus", "uid": "p"}, "multi": true, "includeAll": true,
                "query": {"query": "label_values(up, node)", "refId": "x"}},
            {"name": "none", "type": "query", "datasource": {"type": "prometheus", "uid": "p"}, "query": "label_values(missing, a)"}]}})
}

/// A repository with the dashboard, and a Grafana with a data source for a Prometheus.
fn scene(version: Version, prometheus: &str, dashboard: &Value) -> Scene {
    let mut dashboard = dashboard.clone();
    if let Some(logs) = dashboard["panels"].as_array_mut().and_then(|panels| panels.get_mut(5)) {
        logs["datasource"] = json!({"type": "loki", "uid": "l"});
    }
    let config = format!(
        "version: 1\nrepository: r-test\ndatasources:\n  - {{name: P, uid: p, type: prometheus, url: '{prometheus}', default: true}}\n\
         \x20 - {{name: L, uid: l, type: loki, url: 'http://127.0.0.1:9'}}\n"
    );
    let options = Options {
        version,
        ..Options::default()
    };
    let scene = Scene::new()
        .with_sandbox(options)
        .file("dashctl.yaml", &config)
        .file("dashboards/mine.json", &format!("{dashboard:#}\n"));
    scene.run(&["datasource", "apply"]).exit(0);
    scene
}

const FOUND: &str = "mine (Mine): 1 of 5 panels have data (1 not checked)
  variable none: no data
    label_values(missing, a)
    there is no metric missing
  panel 2 \"CPU\": no data
    A: no data
      sum(rate(node_cpu{mode=\"idle\"}[$__rate_interval]))
      there is no metric node_cpu
      --fix: node_cpu -> node_cpu_seconds_total (node-exporter 0.16)
  panel 3 \"Zone\": no data
    A: no data
      up{zone=\"z\"}
      up has no label zone; it has job and node
  panel 4 \"Short\": no data
    A: no data
      rate(up[30s])
      a range of 30s holds less than two samples: it is scraped every 60s
  panel 5 \"New\": error
    A: error
      sort_by_label(up, \"a\")
      sort_by_label needs Prometheus 2.49, and this is 2.42.0
";

#[test]
fn each_panel_has_a_verdict_and_what_is_empty_a_reason() {
    for version in [Version::V7_5, Version::V9_4] {
        let prometheus = Fake::start(Mood::Fine);
        let scene = scene(version, &prometheus.url(), &dashboard());
        let ran = scene.run(&["verify"]).exit(2);
        assert_eq!(ran.stdout, FOUND);
        let asked = prometheus.asked();
        let values = "(n1|n2)";
        assert!(asked.iter().any(|one| one.contains(values)), "{asked:#?}");
        // Two variables, five queries, and what explains them: version, names, counts, series, one interval.
        assert!(asked.len() <= 2 + 5 + 5, "{asked:#?}");
        scene.run(&["verify", "--exit-code", "0"]).exit(0);
    }
}

#[test]
fn without_a_grafana_the_prometheus_is_asked_itself() {
    let prometheus = Fake::start(Mood::Fine);
    let scene = Scene::new().file("mine.json", &dashboard().to_string());
    let ran = scene
        .run(&["verify", "mine.json", "--prometheus", &prometheus.url(), "-o", "json"])
        .exit(2);
    let found = ran.json();
    assert_eq!(found["dashboards"][0]["with_data"], 2);
    assert_eq!(found["requests"], prometheus.asked().len());
    assert_eq!(
        found["dashboards"][0]["panels"][2]["queries"][0]["reason"]["kind"],
        "label-unknown"
    );
}

#[test]
fn a_fix_is_shown_written_and_kept_in_the_lock() {
    let prometheus = Fake::start(Mood::Fine);
    let scene = scene(Version::V9_4, &prometheus.url(), &dashboard());
    scene.run(&["apply", "--yes"]).exit(0);
    let before = scene.files()["dashboards/mine.json"].clone();
    scene
        .run(&["verify", "--fix"])
        .exit(64)
        .err("Write this into the file?");
    scene
        .run(&["verify", "--fix", "--dry-run"])
        .exit(2)
        .out("1 query would be rewritten");
    assert_eq!(scene.files()["dashboards/mine.json"], before);
    scene
        .run(&["verify", "--fix", "--yes"])
        .exit(2)
        .out("+ sum(rate(node_cpu_seconds_total{mode=\"idle\"}[$__rate_interval]))")
        .out("node_cpu -> node_cpu_seconds_total: node-exporter-units, since node-exporter 0.16")
        .out("2 of 5 panels have data");
    let after = scene.files()["dashboards/mine.json"].clone();
    assert_eq!(after, before.replace("node_cpu{", "node_cpu_seconds_total{"));
}

#[test]
fn an_import_rewrites_on_the_way_in_and_says_how_many_panels_have_data() {
    let prometheus = Fake::start(Mood::Fine);
    let mut other = dashboard();
    other["uid"] = "other".into();
    other["title"] = "Other".into();
    let scene = scene(Version::V9_4, &prometheus.url(), &dashboard()).file("other.json", &format!("{other:#}\n"));
    scene
        .run(&["import", "other.json", "--fix", "--yes"])
        .exit(0)
        .out("node_cpu -> node_cpu_seconds_total")
        .err("3 of 6 panels have data; dashctl verify other says why the others don't");
    let files = scene.files();
    let lock = &files["dashctl.lock"];
    assert!(
        lock.contains("rewritten:") && lock.contains("node-exporter-units"),
        "{lock}"
    );
    let saved = scene.dashboard("other").unwrap().to_string();
    assert!(
        saved.contains("node_cpu_seconds_total{") && !saved.contains("node_cpu{"),
        "{saved}"
    );
    scene.run(&["drift"]).exit(2).no_out("other: drift");
    let again = scene.run(&["import", "other.json", "--yes", "--no-verify"]).exit(0);
    assert!(!again.stderr.contains("panels have data"), "{}", again.stderr);
}

#[test]
fn an_upgrade_rewrites_again_what_was_rewritten() {
    let prometheus = Fake::start(Mood::Fine);
    let revision = |title: &str| {
        let mut revision = dashboard();
        revision["uid"] = "other".into();
        revision["title"] = title.into();
        revision.to_string()
    };
    let catalog = Catalog::default()
        .with(9999, 1, revision("First"))
        .with(9999, 2, revision("Second"));
    let scene = scene(Version::V9_4, &prometheus.url(), &dashboard()).with_catalog(catalog);
    scene.run(&["import", "9999@1", "--yes", "--no-verify"]).exit(0);
    let name = "dashboards/first.json";
    assert!(scene.files()[name].contains("node_cpu{"), "{:#?}", scene.files().keys());
    scene
        .run(&["verify", "first", "--fix", "--yes"])
        .exit(2)
        .err("`dashctl apply` puts them into Grafana");
    assert!(scene.files()[name].contains("node_cpu_seconds_total{"));
    scene.run(&["import", "9999@2", "--yes", "--no-verify"]).exit(0);
    let text = &scene.files()[name];
    assert!(
        text.contains("\"Second\"") && text.contains("node_cpu_seconds_total{"),
        "{text}"
    );
    assert!(scene.files()["dashctl.lock"].contains("rewritten:"));
    let live = scene.dashboard("other").unwrap().to_string();
    assert!(live.contains("node_cpu_seconds_total{"), "{live}");
}

#[test]
fn a_watch_tells_which_panel_went_empty() {
    let prometheus = Fake::start(Mood::Fine);
    let scene = scene(Version::V9_4, &prometheus.url(), &dashboard());
    scene.run(&["apply", "--yes"]).exit(0);
    let watching = Watching::start(&scene, &["--every", "1s", "--verify"]);
    let kept = scene.path("work").join(".dashctl/verify-default.json");
    watching.wait_for("a first look at the panels", |_| kept.exists().then_some(()));
    let text = scene
        .read("dashboards/mine.json")
        .replace("up{node=~", "missing{node=~");
    scene.write("dashboards/mine.json", &text);
    watching.wait_for("the panel that went empty", |one| {
        one.said()
            .contains("mine: panel 1 \"Up\" went empty since the last check")
            .then_some(())
    });
}

#[test]
fn of_a_metric_with_very_many_series_only_the_labels_are_read() {
    let prometheus = Fake::start(Mood::Huge);
    let scene = Scene::new().file("mine.json", &dashboard().to_string());
    scene
        .run(&["verify", "mine.json", "--prometheus", &prometheus.url()])
        .exit(2)
        .out("up has no label zone; it has job, mode and node");
    let series_of_up = |one: &String| one.starts_with("/api/v1/series?") && one.contains("\\\"up\\\"");
    let asked = prometheus.asked();
    assert!(!asked.iter().any(series_of_up), "{asked:#?}");
}

#[test]
fn a_library_panel_is_looked_at_in_the_dashboard_that_shows_it() {
    let prometheus = Fake::start(Mood::Fine);
    let mut shows = dashboard();
    shows["panels"] = json!([{"id": 1, "title": "", "libraryPanel": {"uid": "lib", "name": "Shared"}, "gridPos": {"w": 12, "h": 8, "x": 0, "y": 0}}]);
    shows["templating"] = json!({"list": []});
    let scene = scene(Version::V9_4, &prometheus.url(), &shows);
    scene
        .run(&["verify"])
        .exit(0)
        .out("no panel asks a Prometheus (1 not checked)");
    let model = panel(9, "Shared", json!({"refId": "A", "expr": "up{zone=\"z\"}"}));
    let body = json!({"uid": "lib", "name": "Shared", "kind": 1, "model": model});
    assert_eq!(scene.api("POST", "/api/library-elements", Some(&body)).0, 200);
    scene
        .run(&["verify"])
        .exit(2)
        .out("panel 1 \"Shared\": no data")
        .out("up has no label zone");
}

#[test]
fn a_panel_that_shows_anothers_results_has_data_where_that_one_has() {
    let prometheus = Fake::start(Mood::Fine);
    let query = |expr: &str| json!({"refId": "A", "expr": expr});
    let shows = |id: u64, of: u64| {
        json!({"id": id, "type": "stat", "title": "Shared", "datasource": {"type": "datasource", "uid": "-- Dashboard --"},
            "targets": [{"refId": "A", "panelId": of}]})
    };
    let shared = json!({"title": "S", "uid": "s", "panels": [
        panel(1, "Up", query("up")), panel(2, "Gone", query("missing")), shows(3, 1), shows(4, 2)]});
    let scene = Scene::new().file("s.json", &shared.to_string());
    scene
        .run(&["verify", "s.json", "--prometheus", &prometheus.url()])
        .exit(2)
        .out("2 of 4 panels have data");
}

#[test]
fn a_check_tells_which_panel_went_empty() {
    let prometheus = Fake::start(Mood::Fine);
    let scene = scene(Version::V9_4, &prometheus.url(), &dashboard());
    scene.run(&["apply", "--yes"]).exit(0);
    let quiet = scene.run(&["drift", "--verify"]).exit(0);
    assert!(!quiet.stderr.contains("went empty"), "{}", quiet.stderr);
    let text = scene.files()["dashboards/mine.json"].replace("up{node=~", "missing{node=~");
    let scene = scene.file("dashboards/mine.json", &text);
    scene
        .run(&["drift", "--verify", "--exit-code", "2"])
        .exit(2)
        .err("mine: panel 1 \"Up\" went empty since the last check: there is no metric missing");
    let again = scene.run(&["drift", "--verify"]);
    assert!(!again.stderr.contains("went empty"), "{}", again.stderr);
}

#[test]
fn where_no_prometheus_answers_an_import_says_nothing_of_it() {
    let scene = scene(Version::V9_4, "http://127.0.0.1:9", &dashboard())
        .file("other.json", &dashboard().to_string().replace("mine", "other"));
    let ran = scene
        .run(&["import", "other.json", "--title", "Other", "--yes"])
        .exit(0);
    assert!(!ran.stderr.contains("panels have data"), "{}", ran.stderr);
}

#[test]
fn a_rule_of_the_repository_comes_first() {
    let prometheus = Fake::start(Mood::Fine);
    let scene = scene(Version::V9_4, &prometheus.url(), &dashboard());
    let config = scene.files()["dashctl.yaml"].clone();
    let rule = "renames:\n  - {name: ours, since: May, labels: {zone: job}, on: up}\n";
    let scene = scene.file("dashctl.yaml", &(config.clone() + rule));
    scene.run(&["verify"]).exit(2).out("--fix: zone -> job (May)");
    let scene = scene.file("dashctl.yaml", &(config + "renames:\n  - {name: ours}\n"));
    scene
        .run(&["verify"])
        .exit(1)
        .err("renames: the rule \"ours\" renames nothing");
}

#[test]
fn a_file_of_metrics_stands_for_a_prometheus() {
    let prometheus = Fake::start(Mood::Fine);
    let scene = scene(Version::V9_4, &prometheus.url(), &dashboard());
    scene
        .run(&["verify", "--save-metrics", "m.json"])
        .exit(0)
        .err("3 series are in m.json");
    let ran = scene.run(&["verify", "--offline", "--metrics", "m.json"]).exit(2);
    assert!(ran.stdout.contains("up has no label zone"), "{}", ran.stdout);
    assert!(ran.stdout.contains("there is no metric node_cpu"), "{}", ran.stdout);
    let text = "up{job=\"a\",node=\"n1\"} 1\n";
    let scene = scene.file("m.txt", text);
    scene
        .run(&["verify", "--offline", "--metrics", "m.txt"])
        .exit(2)
        .out("no label zone");
    let scene = scene.file("m.txt", "not metrics");
    scene
        .run(&["verify", "--offline", "--metrics", "m.txt"])
        .exit(1)
        .err("m.txt: line 1")
        .err("--save-metrics");
    scene.run(&["verify", "--offline"]).exit(64).err("--metrics");
    scene
        .run(&["verify", "--offline", "--metrics", "gone"])
        .exit(1)
        .err("gone: ");
}

#[test]
fn without_a_grafana_a_variable_that_chooses_a_data_source_is_no_error() {
    let mut chooses = dashboard();
    chooses["panels"] = json!([panel(1, "Up", json!({"refId": "A", "expr": "up"}))]);
    chooses["panels"][0]["datasource"] = json!({"type": "prometheus", "uid": "$source"});
    chooses["templating"] = json!({"list": [
        {"name": "source", "type": "datasource", "query": "prometheus", "regex": "/^prod-/", "current": {}}]});
    let scene = Scene::new()
        .with_repository()
        .file("in.json", &chooses.to_string())
        .file("m.txt", "up{job=\"a\"} 1\n");
    let ran = scene
        .run(&["verify", "--offline", "--metrics", "m.txt", "in.json"])
        .exit(0);
    assert!(ran.stdout.contains("1 of 1 panel has data"), "{}", ran.stdout);
}

#[test]
fn variables_that_wait_for_each_other_are_told() {
    let prometheus = Fake::start(Mood::Fine);
    let mut looping = dashboard();
    looping["panels"] = json!([panel(1, "Loop", json!({"refId": "A", "expr": "missing{a=\"$a\"}"}))]);
    let variable = |name: &str, query: &str| json!({"name": name, "type": "query", "query": query});
    looping["templating"]["list"] = json!([
        variable("a", "label_values(up{b=\"$b\"}, a)"),
        variable("b", "label_values(up{a=\"$a\"}, b)")
    ]);
    let scene = scene(Version::V9_4, &prometheus.url(), &looping);
    scene
        .run(&["verify"])
        .exit(2)
        .out("the variables a and b wait for each other");
}

#[test]
fn a_v2_dashboard_is_looked_at_like_any_other() {
    let prometheus = Fake::start(Mood::Fine);
    let query = |expr: &str| {
        json!({"kind": "PanelQuery", "spec": {"refId": "A", "hidden": false, "query": {
            "kind": "DataQuery", "group": "prometheus", "version": "v0", "datasource": {"name": "p"}, "spec": {"expr": expr}}}})
    };
    let element = |id: u64, expr: &str| {
        json!({"kind": "Panel", "spec": {"id": id, "title": "T", "description": "", "links": [],
            "data": {"kind": "QueryGroup", "spec": {"queries": [query(expr)], "transformations": [], "queryOptions": {}}},
            "vizConfig": {"kind": "VizConfig", "group": "timeseries", "version": "", "spec": {"options": {}, "fieldConfig": {"defaults": {}, "overrides": []}}}}})
    };
    let item = |name: &str| json!({"kind": "GridLayoutItem", "spec": {"x": 0, "y": 0, "width": 12, "height": 8, "element": {"kind": "ElementReference", "name": name}}});
    let v2 = json!({"apiVersion": "dashboard.grafana.app/v2", "kind": "Dashboard", "metadata": {"name": "second"}, "spec": {
        "title": "Second", "elements": {"panel-1": element(1, "up"), "panel-2": element(2, "sum(rate(node_cpu[5m]))")},
        "layout": {"kind": "GridLayout", "spec": {"items": [item("panel-1"), item("panel-2")]}}, "variables": [], "annotations": []}});
    let scene = Scene::new().file("second.json", &format!("{v2:#}\n"));
    let url = prometheus.url();
    scene
        .run(&["verify", "second.json", "--prometheus", &url])
        .exit(2)
        .out("1 of 2 panels have data");
    scene
        .run(&["verify", "second.json", "--prometheus", &url, "--fix", "--yes"])
        .exit(0)
        .out("2 of 2 panels have data");
    assert_eq!(
        scene.files()["second.json"],
        format!("{v2:#}\n").replace("rate(node_cpu[", "rate(node_cpu_seconds_total[")
    );
}

#[test]
fn a_prometheus_that_cant_be_reached_is_an_error_and_no_verdict() {
    let scene_of = |url: &str| scene(Version::V9_4, url, &dashboard());
    scene_of("http://127.0.0.1:9")
        .run(&["verify"])
        .exit(1)
        .err("asking Prometheus: P: Grafana can't reach it")
        .err("datasource check");
    let scene = Scene::new().file("mine.json", &dashboard().to_string());
    scene
        .run(&["verify", "mine.json", "--prometheus", "http://127.0.0.1:9"])
        .exit(1)
        .err("asking Prometheus: http://127.0.0.1:9/: ");
    let page = Fake::start(Mood::WebPage);
    scene
        .run(&["verify", "mine.json", "--prometheus", &page.url()])
        .exit(1)
        .err("what answers is no Prometheus");
    let slow = Fake::start(Mood::Slow);
    let ran = scene
        .run(&["verify", "mine.json", "--prometheus", &slow.url(), "--timeout", "1"])
        .exit(1);
    assert!(
        ran.stderr.contains("in time") || ran.stderr.contains("timed out"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_prometheus_refuses_or_warns_of_is_told() {
    let scene = Scene::new().file("mine.json", &dashboard().to_string());
    let refuses = Fake::start(Mood::Refuses);
    scene
        .run(&["verify", "mine.json", "--prometheus", &refuses.url()])
        .exit(2)
        .out("Prometheus refuses it: query processing would load too many samples into memory");
    let partial = Fake::start(Mood::Partial);
    scene
        .run(&["verify", "mine.json", "--prometheus", &partial.url()])
        .exit(2)
        .out("Prometheus warns: a store is down");
}

#[test]
fn a_word_that_means_nothing_says_what_there_may_be() {
    let scene = Scene::new();
    scene
        .run(&["verify", "--prometheus", "http://127.0.0.1:9"])
        .exit(64)
        .err("nothing was named");
    scene
        .run(&["verify", "nothing", "--prometheus", "http://127.0.0.1:9"])
        .exit(64)
        .err("no dashboard answers to");
    scene
        .run(&["verify", "gone.json", "--prometheus", "http://127.0.0.1:9"])
        .exit(1)
        .err("gone.json: ");
}
