//! CloudWatch queries with several statistics became several queries (schema step 34).
//!
//! Source: grafana/grafana `v34.go`, `cloudwatch/migrations/dashboardMigrations.ts`.

use serde_json::{Map, Value};

use super::Step;
use crate::dashboard::compare::rules;

pub(super) const STATISTICS: Step = Step {
    rule: &rules::CLOUDWATCH,
    applies: |panel| {
        let old = |target: &Value| is_cloudwatch(target) && target.get("statistics").is_some_and(Value::is_array);
        panel.crosses(34)
            && targets(panel.old).iter().any(old)
            && targets(panel.new)
                .iter()
                .any(|target| is_cloudwatch(target) && target.get("statistics").is_none())
    },
    apply: |panel| {
        let mut lifted = panel.old.clone();
        lifted.insert("targets".to_owned(), Value::Array(split(targets(panel.old))));
        vec![lifted]
    },
};

fn targets(panel: &Map<String, Value>) -> &[Value] {
    panel
        .get("targets")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn is_cloudwatch(target: &Value) -> bool {
    ["dimensions", "namespace", "region", "metricName"]
        .iter()
        .all(|key| target.get(*key).is_some())
}

fn split(targets: &[Value]) -> Vec<Value> {
    let mut all = targets.to_vec();
    let mut added: Vec<Value> = Vec::new();
    for position in 0..all.len() {
        if !is_cloudwatch(&all[position]) {
            continue;
        }
        let Some(target) = all[position].as_object_mut() else {
            continue;
        };
        // `migrateCloudWatchQuery`: a query with an expression was made in the code editor.
        let expression = target
            .get("expression")
            .and_then(Value::as_str)
            .is_some_and(|text| !text.is_empty());
        target.entry("metricQueryType".to_owned()).or_insert_with(|| 0.into());
        target
            .entry("metricEditorMode".to_owned())
            .or_insert_with(|| u8::from(expression).into());
        let Some(Value::Array(statistics)) = target.remove("statistics") else {
            continue;
        };
        let bare = target.clone();
        for (number, statistic) in statistics.iter().enumerate() {
            if number == 0 {
                if let Some(target) = all[position].as_object_mut() {
                    target.insert("statistic".to_owned(), statistic.clone());
                }
                continue;
            }
            let mut copy = bare.clone();
            copy.insert("statistic".to_owned(), statistic.clone());
            copy.insert("refId".to_owned(), next_ref_id(all.iter().chain(&added)).into());
            added.push(Value::Object(copy));
        }
    }
    all.extend(added);
    all
}

fn next_ref_id<'v>(targets: impl Iterator<Item = &'v Value>) -> String {
    let used: Vec<&str> = targets.filter_map(|target| target.get("refId")?.as_str()).collect();
    ('A'..='Z')
        .map(String::from)
        .find(|letter| !used.contains(&letter.as_str()))
        .unwrap_or_else(|| "AA".to_owned())
}
