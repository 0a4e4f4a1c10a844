use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::json;

use super::chromium::FLAGS;
use super::need::{Need, trial};
use super::scene::Scene;

pub const CHROMIUM: Need = Need {
    name: "chromium",
    program: "chromium",
};

pub fn trials() -> Vec<Trial> {
    vec![trial(
        "a_sandbox_dashboard_is_a_plain_page_in_a_browser",
        &CHROMIUM,
        page,
    )]
}

/// What the browser has made of a page, scripts run.
fn dump(url: &str) -> Result<String, Failed> {
    let profile = tempfile::tempdir()?;
    let output = Command::new("chromium")
        .args(FLAGS)
        .arg("--dump-dom")
        .args(["--virtual-time-budget=2000", "--timeout=20000"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(url)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn page() -> Result<(), Failed> {
    let scene = Scene::new().with_grafana();
    let hostile = "</title><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">";
    let dashboard = json!({"uid": "page", "title": hostile, "panels": [
        {"id": 1, "type": "timeseries", "title": "Load of nodes", "targets": [{"refId": "A", "expr": "node_load1 < 5"}]}]});
    scene.save_by_hand(&dashboard, "", "");
    let dom = dump(&format!("{}/d/page/any", scene.sandbox().url()))?;
    for part in ["sandbox", "Load of nodes", "node_load1 &lt; 5"] {
        if !dom.contains(part) {
            return Err(format!("no {part:?} in the page:\n{dom}").into());
        }
    }
    if dom.contains("<title>owned") || dom.contains("<script>document") || dom.contains("<img src=\"x\"") {
        return Err(format!("the title became part of the page:\n{dom}").into());
    }
    Ok(())
}
