//! What each verb prints, whole, so that its wording is read by whoever changes it: `cargo insta review`, or
//! `INSTA_UPDATE=always`, takes a new one.

use serde_json::json;

use super::apply::{dashboard, edit, scene};
use super::import;
use super::scene::Scene;

/// What a verb prints, without what differs from run to run.
fn shown(scene: &Scene, args: &[&str]) -> String {
    let ran = scene.run(args);
    let code = ran.code();
    let text = format!(
        "$ dashctl {}\n[exit {code}]\n{}\n--- stderr\n{}",
        args.join(" "),
        ran.stdout,
        ran.stderr
    );
    let work = scene.path("work").display().to_string();
    let text = text
        .replace(scene.sandbox().url(), "http://GRAFANA")
        .replace(&work, "WORK")
        .replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let plain: Vec<String> = text.lines().filter(|line| !is_request(line)).map(timeless).collect();
    plain.join("\n")
}

/// Whether a line of `-v` tells of a request: some of them are under way at once, in no order.
fn is_request(line: &str) -> bool {
    ["GET /", "POST /", "PUT /", "DELETE /"]
        .iter()
        .any(|method| line.starts_with(method))
}

/// A line with `TIME` for each point in time (RFC 3339).
fn timeless(line: &str) -> String {
    let is_time =
        |part: &str| part.len() >= 20 && part.get(..2) == Some("20") && part.contains("T") && part.contains("Z");
    line.split(' ')
        .map(|word| {
            let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            match is_time(bare) {
                true => word.replace(bare, "TIME"),
                false => word.to_owned(),
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
        .trim_end()
        .to_owned()
}

/// Each test has its own scene, since one verb's work is the next one's.
macro_rules! outputs {
    ($scene:expr, $($name:literal => $args:expr),+ $(,)?) => {{
        let scene = $scene;
        $( insta::assert_snapshot!($name, shown(scene, &$args)); )+
    }};
}

#[test]
fn a_repository_from_plan_to_prune() {
    let scene = scene();
    outputs!(&scene,
        "plan" => ["plan"],
        "apply" => ["apply"],
        "apply_again" => ["apply"],
        "drift_in_sync" => ["drift"],
    );
    edit(&scene, "pods", "/panels/0/title", &json!("Renamed"));
    scene.write(
        "dashboards/K/nodes.json",
        &dashboard("nodes", "Nodes of ours", "node_load1"),
    );
    outputs!(&scene,
        "drift" => ["drift"],
        "drift_verbose" => ["drift", "pods", "-v"],
        "diff" => ["diff"],
        "apply_refused" => ["apply"],
        "history" => ["history", "pods"],
        "pull" => ["pull"],
        "rollback" => ["rollback", "pods", "--to", "1", "--yes"],
        "remove" => ["remove", "K/nodes"],
        "apply_prune" => ["apply", "--prune", "--overwrite-drift"],
    );
}

#[test]
fn dashboards_from_a_catalog() {
    let scene = import::scene();
    outputs!(&scene,
        "import" => ["import", "6417", "--folder", "Kubernetes"],
        "import_again" => ["import", "6417", "--folder", "Kubernetes"],
        "import_unknown" => ["import", "1"],
        "import_input_unknown" => ["import", "6417", "--input", "NOTHING=x"],
        "status" => ["status"],
        "datasource_list" => ["datasource", "list"],
        "no_such_dashboard" => ["plan", "nothing"],
    );
}
