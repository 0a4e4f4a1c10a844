//! What Grafana's own UI stored, with one edit on top: the re-shaping and the edit are commits of their own.

use dashctl::sandbox::{Options, Version};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::clone::{begin, git};
use super::corpus::{folders, read, shared};
use super::need::unless;
use super::scene::Scene;

pub fn trials() -> Vec<Trial> {
    let Ok(shared) = shared() else {
        return vec![trial("the_genuine_saves_become_commits", None)];
    };
    let folders = folders(&shared.join("ui-saves-9.4")).into_iter();
    folders
        .map(|folder| {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let pair = (read(&folder.join("sent.json")), read(&folder.join("saved.json")));
            trial(&format!("the_genuine_save_of_{name}_becomes_commits"), Some(pair))
        })
        .collect()
}

fn trial(name: &str, pair: Option<(Value, Value)>) -> Trial {
    let reason = "the real dashboards aren't there (DASHCTL_SHARED, default ../shared)";
    let there = pair.is_some() && super::need::program("git").is_some();
    unless(there, name, "shared", reason.to_owned(), move || {
        if let Some((sent, saved)) = pair {
            edited(&sent, &saved);
        }
        Ok::<(), Failed>(())
    })
}

/// The first query of a dashboard, wherever its panel stands.
fn first_query(dashboard: &mut Value) -> &mut Value {
    fn find(panels: &mut Value) -> Option<&mut Value> {
        for panel in panels.as_array_mut()? {
            if panel["targets"][0]["expr"].is_string() {
                return Some(&mut panel["targets"][0]["expr"]);
            }
            if panel["panels"].is_array()
                && let Some(found) = find(&mut panel["panels"])
            {
                return Some(found);
            }
        }
        None
    }
    find(&mut dashboard["panels"]).expect("a dashboard without a query")
}

fn edited(sent: &Value, saved: &Value) {
    let options = Options {
        version: Version::V9_4,
        ..Options::default()
    };
    let mut scene = Scene::new()
        .with_sandbox(options)
        .with_data_source("Prometheus", "prom", true)
        .with_repository();
    scene.set("PATH", &std::env::var("PATH").unwrap());
    let mut file = sent.clone();
    file["uid"] = json!("genuine");
    let schema = |dashboard: &Value| dashboard["schemaVersion"].as_u64().unwrap_or(0);
    for key in ["id", "version"] {
        file.as_object_mut().unwrap().shift_remove(key);
    }
    scene.write("dashboards/genuine.json", &dashctl::dashboard::to_sorted_text(&file));
    scene.run(&["apply"]).exit(0);
    let work = scene.path("work");
    begin(&work);
    let mut live = saved.clone();
    for (key, value) in [
        ("uid", json!("genuine")),
        ("id", Value::Null),
        ("title", file["title"].clone()),
    ] {
        live[key] = value;
    }
    *first_query(&mut live) = json!("sum(an_edit) by (a_person)");
    scene.save_by_hand(&live, "", "one edit");
    scene
        .run(&["pull", "--commit", "--branch", "drift"])
        .exit(0)
        .out("genuine: pulled");
    let log = git(&work, &["log", "--reverse", "--format=%s", "main..drift"]);
    let subjects: Vec<&str> = log.lines().collect();
    let rises = schema(saved) > schema(&file);
    assert_eq!(subjects.len(), 1 + usize::from(rises), "{log}");
    assert_eq!(subjects.last(), Some(&"genuine: one edit"));
    let changed = git(&work, &["diff", "--numstat", "drift~1", "drift", "--", "dashboards"]);
    assert_eq!(changed, "1\t1\tdashboards/genuine.json", "{log}");
    git(&work, &["merge", "--quiet", "--ff-only", "drift"]);
    scene.run(&["drift"]).exit(0);
    scene.run(&["plan"]).exit(0);
}
