//! Properties that hold for all dashboards.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::{Context, compare};

fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z]{1,8}".prop_map(Value::from),
    ]
}

fn settings() -> impl Strategy<Value = Value> {
    leaf().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Value::from),
            prop::collection::btree_map("k[a-z]{1,5}", inner, 1..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

prop_compose! {
    fn panel()(id in 1_u64..90, title in "[A-Z][a-z]{0,9}", exprs in prop::collection::vec("[a-z]{1,9}", 0..3), own in settings()) -> Value {
        let targets: Vec<Value> = exprs.iter().enumerate().map(|(at, expr)| json!({"refId": format!("R{at}"), "expr": expr})).collect();
        json!({"id": id, "type": "timeseries", "title": title, "own": own, "targets": targets, "gridPos": {"x": 0, "y": id * 8, "w": 24, "h": 8}})
    }
}

prop_compose! {
    fn dashboard()(title in "[A-Z][a-z]{0,9}", panels in prop::collection::vec(panel(), 0..6), names in prop::collection::btree_set("v[a-z]{1,5}", 0..3), own in settings()) -> Value {
        let list: Vec<Value> = names.iter().map(|name| json!({"name": name, "type": "custom", "query": "a,b"})).collect();
        json!({"title": title, "schemaVersion": 39, "own": own, "panels": panels, "templating": {"list": list}})
    }
}

/// The same value with its keys the other way round, numbers in another form and nulls sprinkled in.
fn rewritten(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut turned: Map<String, Value> = map
                .iter()
                .rev()
                .map(|(key, value)| (key.clone(), rewritten(value)))
                .collect();
            turned.insert("nothing".to_owned(), Value::Null);
            Value::Object(turned)
        }
        Value::Array(list) => list.iter().map(rewritten).collect(),
        Value::Number(number) if number.is_i64() => serde_json::from_str(&format!("{number}.0")).unwrap_or(Value::Null),
        other => other.clone(),
    }
}

/// Every leaf's pointer.
fn leaves(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| leaves(value, format!("{at}/{key}"), found)),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(index, value)| leaves(value, format!("{at}/{index}"), found)),
        _ => found.push(at),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_dashboard_is_the_same_as_itself(dashboard in dashboard()) {
        prop_assert!(compare(&dashboard, &dashboard.clone(), &Context::default()).is_empty());
    }

    #[test]
    fn key_order_nulls_and_number_forms_do_not_count(dashboard in dashboard()) {
        let found = compare(&dashboard, &rewritten(&dashboard), &Context::default());
        prop_assert!(found.is_same(), "{:#?}", found.changes);
    }

    #[test]
    fn every_edited_leaf_is_found(dashboard in dashboard(), choice in any::<prop::sample::Index>()) {
        let mut all = Vec::new();
        leaves(&dashboard, String::new(), &mut all);
        // Grafana gives a doubled panel id another number by itself.
        let ids: Vec<&Value> = dashboard["panels"].as_array().into_iter().flatten().map(|panel| &panel["id"]).collect();
        let doubled = |pointer: &String| {
            pointer.strip_prefix("/panels/").is_some_and(|rest| rest.ends_with("/id") && rest.matches('/').count() == 1)
                && dashboard.pointer(pointer).is_some_and(|id| ids.iter().filter(|other| **other == id).count() > 1)
        };
        // Panels of one id lie on each other here: a page moves them apart, to the same places from several.
        let overlap = (1..ids.len()).any(|at| ids[..at].contains(&ids[at]));
        let settled = |pointer: &String| overlap && pointer.starts_with("/panels/") && pointer.ends_with("/gridPos/y");
        all.retain(|pointer| pointer != "/schemaVersion" && !doubled(pointer) && !settled(pointer));
        let pointer = choice.get(&all);
        let mut edited = dashboard.clone();
        let value = edited.pointer_mut(pointer).unwrap();
        *value = match &*value {
            Value::Bool(old) => (!old).into(),
            Value::Number(old) => (old.as_i64().unwrap_or(0) + 7).into(),
            Value::String(old) => format!("{old}Zq").into(),
            _ => "Zq".into(),
        };
        prop_assert!(!compare(&dashboard, &edited, &Context::default()).is_same(), "{pointer}");
        prop_assert!(!compare(&edited, &dashboard, &Context::default()).is_same(), "{pointer}");
    }

    #[test]
    fn added_one_way_is_removed_the_other(before in dashboard(), after in dashboard()) {
        let there = compare(&before, &after, &Context::default());
        let back = compare(&after, &before, &Context::default());
        prop_assert_eq!(there.is_same(), back.is_same());
    }
}
