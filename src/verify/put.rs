//! Rewritten queries, put where the old ones stand.

use std::collections::BTreeMap;

use serde_json::Value;

use super::rewrite::Rewrite;
use super::texts;
use super::variable_query::VariableQuery;
use crate::promql::{Matching, Query};

/// Puts rewritten queries into a dashboard of either form: wherever the old text stands as a query. Gives how many places
/// there were.
pub fn rewrite_all(document: &mut Value, rewrites: &[Rewrite]) -> usize {
    match document {
        Value::Array(items) => items.iter_mut().map(|item| rewrite_all(item, rewrites)).sum(),
        Value::Object(fields) => {
            let mut count = 0;
            for rewrite in rewrites {
                let is = |fields: &serde_json::Map<String, Value>, key: &str| {
                    fields.get(key).and_then(Value::as_str) == Some(&rewrite.from)
                };
                if is(fields, "expr") {
                    fields.insert("expr".into(), rewrite.to.as_str().into());
                    if let Some(legend) = fields.get_mut("legendFormat") {
                        rename_in_legend(legend, &rewrite.labels());
                    }
                    count += 1;
                    break;
                }
                for key in ["query", "definition", "__legacyStringValue"] {
                    if is(fields, key) {
                        fields.insert(key.into(), rewrite.to.as_str().into());
                        rewrite_editor(fields, &rewrite.to);
                        count += 1;
                    }
                }
            }
            count
                + fields
                    .values_mut()
                    .map(|value| rewrite_all(value, rewrites))
                    .sum::<usize>()
        }
        _ => 0,
    }
}

/// `{{ pod_name }}` names a label.
fn rename_in_legend(legend: &mut Value, labels: &BTreeMap<&str, &str>) {
    let Some(text) = legend.as_str() else { return };
    let mut parts = text.split("{{");
    let mut written = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        written.push_str("{{");
        match part.split_once("}}") {
            Some((name, rest)) => {
                let new = labels.get(name.trim()).map(|new| name.replace(name.trim(), new));
                written.push_str(&new.unwrap_or_else(|| name.to_owned()));
                written.push_str("}}");
                written.push_str(rest);
            }
            None => written.push_str(part),
        }
    }
    *legend = written.into();
}

/// The fields of the newer editor, which say the same as the text.
fn rewrite_editor(fields: &mut serde_json::Map<String, Value>, text: &str) {
    if fields.get("qryType").and_then(Value::as_u64) != Some(1) {
        return;
    }
    let VariableQuery::LabelValues { label, selector } = VariableQuery::read(text) else {
        return;
    };
    fields.insert("label".into(), label.into());
    let selector = selector.unwrap_or_default();
    let Ok(query) = Query::read(&selector, &texts::holes(&selector)) else {
        return;
    };
    if let (Some(selector), true) = (query.selectors.first(), fields.contains_key("metric")) {
        fields.insert("metric".into(), selector.metric.clone().unwrap_or_default().into());
        let filter = |one: &Matching| serde_json::json!({"label": one.label, "op": one.operator, "value": one.value});
        fields.insert("labelFilters".into(), selector.matchings.iter().map(filter).collect());
    }
}

#[cfg(test)]
mod tests {
    use super::super::queries::Place;
    use super::super::renames::Renames;
    use super::super::rewrite::tests::metrics;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_rewrite_is_put_wherever_the_query_stands() {
        let text = "sum(container_cpu_usage_seconds_total{a=\"b\"}) by (pod_name)";
        let rewrite = Renames::with(&[]).rewrite(text, Place::Panel, &metrics()).unwrap();
        let values = "label_values(kube_pod_labels{x=\"y\"}, pod)";
        let variable = Renames::with(&[]).rewrite(values, Place::Variable, &metrics()).unwrap();
        let mut document = json!({
            "panels": [{"targets": [{"expr": text, "legendFormat": "{{ pod_name }} {{other}}"}, {"expr": "up"}]}],
            "list": [{"query": {"qryType": 1, "query": values, "label": "pod", "metric": "kube_pod_labels"}, "definition": values}]});
        assert_eq!(rewrite_all(&mut document, &[rewrite, variable]), 3);
        assert_eq!(
            document,
            json!({
                "panels": [{"targets": [
                    {"expr": "sum(container_cpu_usage_seconds_total{a=\"b\"}) by (pod)", "legendFormat": "{{ pod }} {{other}}"},
                    {"expr": "up"}]}],
                "list": [{
                    "query": {"qryType": 1, "query": "label_values(kube_pod_info{x=\"y\"}, pod)", "label": "pod",
                        "metric": "kube_pod_info", "labelFilters": [{"label": "x", "op": "=", "value": "y"}]},
                    "definition": "label_values(kube_pod_info{x=\"y\"}, pod)"}]})
        );
    }
}
