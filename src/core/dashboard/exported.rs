//! The inputs of a v2 dashboard that was exported for sharing.
//!
//! A classic export declares `__inputs` and has placeholders where they are used. The page of Grafana 12 and 13 exports v2
//! without any list: each query, ad hoc or group-by variable loses its `datasource` and is given a label instead, such as
//! `prometheus-1`, one for each data source that the dashboard used, beside the plugin in `group`. Constants stay variables of
//! the dashboard. Whoever imports it chooses a data source for each label, and the labels go. Source: grafana/grafana
//! `public/app/features/dashboard-scene/scene/export/exporters.ts` (`makeExportableV2`) and
//! `public/app/features/manage-dashboards/import/utils/inputs.ts` of 13.1.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

const LABEL: &str = "grafana.app/export-label";
const NAME: &str = "grafana.app/export-datasource-name";

/// A data source that whoever imports the dashboard has to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The plugin's id.
    pub plugin: String,
    /// How it was called where the dashboard came from.
    pub name: Option<String>,
}

/// What has to be chosen, by label.
pub(super) fn wanted(dashboard: &Value) -> BTreeMap<String, Wanted> {
    let mut found = BTreeMap::new();
    if dashboard.get("elements").is_some() {
        collect(dashboard, &mut found);
    }
    found
}

fn collect(value: &Value, found: &mut BTreeMap<String, Wanted>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => {
            if let Some(label) = label(fields) {
                let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
                found.entry(label.to_owned()).or_insert_with(|| Wanted {
                    plugin: text(fields.get("group")).unwrap_or_default(),
                    name: text(fields.get("labels").and_then(|labels| labels.get(NAME))),
                });
            }
            fields.values().for_each(|value| collect(value, found));
        }
        _ => {}
    }
}

/// The label of what has one and no data source.
pub(super) fn label(fields: &Map<String, Value>) -> Option<&str> {
    let has_source = fields.get("datasource").is_some_and(|source| !source.is_null());
    let label = fields.get("labels")?.get(LABEL)?.as_str()?;
    (!has_source).then_some(label)
}

/// Gives what has a label the data source that was chosen for it, by its uid.
pub(super) fn choose<'a>(value: &mut Value, chosen: &impl Fn(&str) -> Option<&'a str>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| choose(item, chosen)),
        Value::Object(fields) => {
            if let Some(uid) = label(fields).and_then(chosen) {
                fields.insert("datasource".to_owned(), json!({"name": uid}));
                let labels = fields.get_mut("labels").and_then(Value::as_object_mut);
                let left = labels.map(|labels| {
                    labels.retain(|key, _| key != LABEL && key != NAME);
                    labels.len()
                });
                if left == Some(0) {
                    fields.shift_remove("labels");
                }
            }
            fields.values_mut().for_each(|value| choose(value, chosen));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_label_is_chosen_for_and_goes() {
        let query = |label: &str, more: Value| {
            let mut labels = json!({LABEL: label, NAME: "Theirs"});
            if let (Some(labels), Some(more)) = (labels.as_object_mut(), more.as_object()) {
                labels.extend(more.clone());
            }
            json!({"kind": "DataQuery", "group": "prometheus", "labels": labels, "spec": {"expr": "up"}})
        };
        let mut dashboard = json!({"elements": {"a": {"spec": {"queries": [query("prometheus-1", json!({})),
            query("prometheus-2", json!({"team": "a"}))]}}}, "layout": {},
            "variables": [{"kind": "AdhocVariable", "group": "loki", "labels": {LABEL: "loki-1"}, "spec": {}}]});
        let found = wanted(&dashboard);
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            ["loki-1", "prometheus-1", "prometheus-2"]
        );
        assert_eq!(
            (found["loki-1"].plugin.as_str(), &found["loki-1"].name),
            ("loki", &None)
        );
        assert_eq!(found["prometheus-1"].name.as_deref(), Some("Theirs"));
        choose(&mut dashboard, &|label| (label != "loki-1").then_some("uid"));
        let queries = &dashboard["elements"]["a"]["spec"]["queries"];
        assert_eq!(queries[0]["datasource"], json!({"name": "uid"}));
        assert_eq!(
            (queries[0].get("labels"), &queries[1]["labels"]),
            (None, &json!({"team": "a"}))
        );
        assert_eq!(wanted(&dashboard).keys().collect::<Vec<_>>(), ["loki-1"]);
    }
}
