//! The dashboards that are edited.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// A dashboard with rows, one of them closed, queries, overrides, variables and prose.
pub fn small() -> Value {
    let panel = |id: u64, title: &str, y: u64, x: u64| {
        json!({"id": id, "type": "timeseries", "title": title, "description": "",
            "datasource": {"type": "prometheus", "uid": "${DS_PROMETHEUS}"},
            "gridPos": {"h": 8, "w": 12, "x": x, "y": y},
            "fieldConfig": {"defaults": {"unit": "short", "decimals": 2, "custom": {"lineWidth": 1},
                "thresholds": {"mode": "absolute", "steps": [{"color": "green", "value": null}, {"color": "red", "value": 80}]}},
                "overrides": [{"matcher": {"id": "byName", "options": format!("limit {id}")}, "properties": [{"id": "color", "value": "blue"}]}]},
            "options": {"legend": {"calcs": ["mean"], "displayMode": "list"}, "tooltip": {"mode": "single"}},
            "targets": [
                {"refId": "A", "expr": format!("sum(rate(container_cpu_usage_seconds_total{{pod=~\"p{id}.*\"}}[5m])) by (pod)"), "legendFormat": "{{pod}}"},
                {"refId": "B", "expr": format!("kube_pod_container_resource_limits{{pod=~\"p{id}.*\"}}"), "legendFormat": "limit"}]})
    };
    let row = |id: u64, title: &str, y: u64, collapsed: bool, panels: Vec<Value>| {
        json!({"id": id, "type": "row", "title": title, "collapsed": collapsed,
            "gridPos": {"h": 1, "w": 24, "x": 0, "y": y}, "panels": panels})
    };
    json!({"title": "Pods", "uid": "pods", "schemaVersion": 39, "version": 3, "id": null, "tags": ["kubernetes"],
    "time": {"from": "now-1h", "to": "now"}, "refresh": "30s", "timezone": "browser",
    "annotations": {"list": [{"name": "Deploys", "expr": "changes(deploy[5m]) > 0", "enable": true, "datasource": "${DS_PROMETHEUS}"}]},
    "links": [{"title": "Docs", "url": "https://example.com/docs", "type": "link"}],
    "templating": {"list": [
        {"name": "namespace", "type": "query", "query": "label_values(kube_pod_info, namespace)", "current": {"text": "All", "value": "$__all"}},
        {"name": "pod", "type": "query", "query": "label_values(kube_pod_info{namespace=\"$namespace\"}, pod)", "current": {}}]},
    "panels": [
        {"id": 1, "type": "text", "title": "About", "gridPos": {"h": 4, "w": 24, "x": 0, "y": 0},
            "options": {"mode": "markdown", "content": "# Pods\n\nWhat pods use.\n\nSee the docs.\n\nOwner: platform.\n"}},
        panel(2, "CPU", 4, 0), panel(3, "Memory", 4, 12),
        row(10, "Network", 12, false, vec![]),
        panel(4, "Received", 13, 0), panel(5, "Sent", 13, 12), panel(6, "Dropped", 21, 0),
        row(11, "Disk", 29, true, vec![panel(7, "Reads", 30, 0), panel(8, "Writes", 30, 12)]),
        row(12, "Limits", 30, false, vec![]),
        panel(9, "CPU limits", 31, 0),
    ]})
}

/// Where the real dashboards are; nothing where they aren't.
pub fn shared() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let path = std::env::var_os("DASHCTL_SHARED").map_or(default, PathBuf::from);
    path.is_dir().then_some(path)
}

fn read(path: &Path) -> Option<Value> {
    serde_json::from_slice(&std::fs::read(path).ok()?).ok()
}

/// All JSON dashboards below a folder.
fn below(folder: &Path, found: &mut Vec<Value>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|item| item.path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            below(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            let is_dashboard = |value: &Value| {
                value.get("panels").is_some_and(Value::is_array) || value.get("rows").is_some_and(Value::is_array)
            };
            found.extend(read(&path).filter(is_dashboard));
        }
    }
}

/// What is edited: the small one, and the real ones.
pub fn all() -> Vec<Value> {
    let mut found = vec![small()];
    if let Some(shared) = shared() {
        below(&shared.join("catalog"), &mut found);
        below(&shared.join("revision-chains"), &mut found);
    }
    found
}

/// The revisions of authors, oldest first: name and dashboards.
pub fn chains() -> Vec<(String, Vec<Value>)> {
    let Some(shared) = shared() else { return Vec::new() };
    let folders = std::fs::read_dir(shared.join("revision-chains"))
        .into_iter()
        .flatten()
        .flatten();
    let chain = |folder: PathBuf| {
        let revisions = ["oldest", "average", "newest"].map(|age| read(&folder.join(format!("{age}.json"))));
        let name = folder.file_name()?.to_string_lossy().into_owned();
        Some((name, revisions.into_iter().flatten().collect()))
    };
    let mut chains: Vec<_> = folders
        .map(|item| item.path())
        .filter(|path| path.is_dir())
        .filter_map(chain)
        .collect();
    chains.sort_by(|one: &(String, Vec<Value>), other| one.0.cmp(&other.0));
    chains
}
