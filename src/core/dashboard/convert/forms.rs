//! The forms of v2 that servers serve: what differs is where a query's data source and a visualization's type stand.
//!
//! `v2` and `v2beta1` differ in transformations only; `v2alpha1` has the data source beside the query and no `group`.

use serde_json::{Value, json};

use super::super::migrate::fields::{Fields, text};

/// A version of the v2 `spec`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// `dashboard.grafana.app/v2alpha1`.
    V2alpha1,
    /// `dashboard.grafana.app/v2beta1`.
    V2beta1,
    /// `dashboard.grafana.app/v2`.
    V2,
}

impl Form {
    /// The form that a version of the API has: `v2`, `v2beta1`, `v2alpha1`.
    pub fn of(version: &str) -> Option<Self> {
        match version {
            "v2" => Some(Self::V2),
            "v2beta1" => Some(Self::V2beta1),
            "v2alpha1" => Some(Self::V2alpha1),
            _ => None,
        }
    }
}

/// The same dashboard in another form of v2. On the way through `v2alpha1` a server forgets fields that form has no
/// place for (`fieldMinMax`, `nullValueMode` and `actions` of the field defaults).
pub fn between(spec: &Value, from: Form, to: Form) -> Value {
    let mut spec = spec.clone();
    let steps: &[fn(&mut Value)] = match (from, to) {
        (Form::V2, Form::V2beta1) => &[transformations_to_beta],
        (Form::V2, Form::V2alpha1) => &[transformations_to_beta, to_alpha],
        (Form::V2beta1, Form::V2) => &[transformations_to_v2],
        (Form::V2beta1, Form::V2alpha1) => &[to_alpha],
        (Form::V2alpha1, Form::V2beta1) => &[to_beta],
        (Form::V2alpha1, Form::V2) => &[to_beta, transformations_to_v2],
        _ => &[],
    };
    steps.iter().for_each(|step| step(&mut spec));
    spec
}

fn each_panel(spec: &mut Value, mut visit: impl FnMut(&mut Value)) {
    let elements = spec.get_mut("elements").and_then(Value::as_object_mut);
    let panels = elements.into_iter().flat_map(Fields::values_mut);
    for panel in panels.filter(|element| element.get("kind").and_then(Value::as_str) == Some("Panel")) {
        if let Some(spec) = panel.get_mut("spec") {
            visit(spec);
        }
    }
}

/// Puts a field into what should be an object, and is left alone where it is none.
fn put(holder: &mut Value, key: &str, value: Value) {
    if let Some(fields) = holder.as_object_mut() {
        fields.insert(key.to_owned(), value);
    }
}

fn each_in(holder: &mut Value, pointer: &str, mut visit: impl FnMut(&mut Value)) {
    let list = holder.pointer_mut(pointer).and_then(Value::as_array_mut);
    list.into_iter().flatten().for_each(&mut visit);
}

const TRANSFORMATIONS: &str = "/data/spec/transformations";

fn transformations_to_beta(spec: &mut Value) {
    if let Some(fields) = spec.as_object_mut() {
        fields.shift_remove("preferences");
    }
    each_panel(spec, |panel| {
        each_in(panel, TRANSFORMATIONS, |transformation| {
            let id = transformation.get("group").cloned().unwrap_or_else(|| "".into());
            let mut spec = transformation
                .get_mut("spec")
                .map(Value::take)
                .unwrap_or_else(|| json!({}));
            put(&mut spec, "id", id.clone());
            *transformation = json!({ "kind": id, "spec": spec });
        });
    });
}

fn transformations_to_v2(spec: &mut Value) {
    each_panel(spec, |panel| {
        each_in(panel, TRANSFORMATIONS, |transformation| {
            let id = transformation.get("kind").cloned().unwrap_or_else(|| "".into());
            let mut spec = transformation
                .get_mut("spec")
                .map(Value::take)
                .unwrap_or_else(|| json!({}));
            if let Some(fields) = spec.as_object_mut() {
                fields.shift_remove("id");
            }
            *transformation = json!({ "kind": "Transformation", "group": id, "spec": spec });
        });
    });
}

fn to_alpha(spec: &mut Value) {
    each_panel(spec, |panel| {
        each_in(panel, "/data/spec/queries", |query| query_to_alpha(query, true));
        if let Some(viz) = panel.get_mut("vizConfig") {
            viz_to_alpha(viz);
        }
    });
    each_in(spec, "/annotations", |annotation| query_to_alpha(annotation, false));
    each_in(spec, "/variables", |variable| {
        match variable.get("kind").and_then(Value::as_str) {
            Some("QueryVariable") => query_to_alpha(variable, true),
            Some("AdhocVariable" | "GroupByVariable") => source_to_alpha(variable),
            _ => {}
        }
    });
}

/// The query of a holder's `spec`, and its data source beside it. An empty one without a data source is none.
fn query_to_alpha(holder: &mut Value, keep_empty: bool) {
    let Some(spec) = holder.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    let Some(Value::Object(query)) = spec.shift_remove("query") else {
        return;
    };
    let group = text(&query, "group").to_owned();
    let uid = query
        .get("datasource")
        .and_then(|source| source.get("name"))
        .and_then(Value::as_str);
    let own = query.get("spec").cloned().unwrap_or_else(|| json!({}));
    let empty = own.as_object().is_some_and(Fields::is_empty);
    if keep_empty || !empty || uid.is_some() {
        spec.insert("query".into(), json!({ "kind": group, "spec": own }));
    }
    if let Some(uid) = uid {
        spec.insert("datasource".into(), json!({ "type": group, "uid": uid }));
    }
}

fn source_to_alpha(variable: &mut Value) {
    let Some(fields) = variable.as_object_mut() else {
        return;
    };
    let group = fields
        .shift_remove("group")
        .filter(|group| group.as_str().is_some_and(|group| !group.is_empty()));
    let uid = fields
        .shift_remove("datasource")
        .and_then(|source| source.get("name").cloned());
    if let Some(spec) = fields.get_mut("spec").filter(|_| group.is_some() || uid.is_some()) {
        let source = super::present(json!({ "type": group, "uid": uid }));
        put(spec, "datasource", source);
    }
}

fn viz_to_alpha(viz: &mut Value) {
    let mut spec = viz.get_mut("spec").map(Value::take).unwrap_or_else(|| json!({}));
    let version = viz.get("version").cloned().unwrap_or_else(|| "".into());
    put(&mut spec, "pluginVersion", version);
    if let Some(defaults) = spec.pointer_mut("/fieldConfig/defaults").and_then(Value::as_object_mut) {
        for forgotten in ["fieldMinMax", "nullValueMode", "actions"] {
            defaults.shift_remove(forgotten);
        }
    }
    *viz = json!({ "kind": viz.get("group"), "spec": spec });
}

fn to_beta(spec: &mut Value) {
    each_panel(spec, |panel| {
        each_in(panel, "/data/spec/queries", query_to_beta);
        if let Some(viz) = panel.get_mut("vizConfig") {
            viz_to_beta(viz);
        }
    });
    each_in(spec, "/annotations", query_to_beta);
    each_in(spec, "/variables", |variable| {
        match variable.get("kind").and_then(Value::as_str) {
            Some("QueryVariable") => query_to_beta(variable),
            Some("AdhocVariable" | "GroupByVariable") => source_to_beta(variable),
            _ => {}
        }
    });
}

fn query_to_beta(holder: &mut Value) {
    let Some(spec) = holder.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    let query = spec.shift_remove("query").unwrap_or_default();
    let source = spec.shift_remove("datasource").unwrap_or_default();
    let named = |key: &str| source.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let group = named("type")
        .or_else(|| query.get("kind").and_then(Value::as_str))
        .unwrap_or_default();
    let own = query.get("spec").cloned().unwrap_or_else(|| json!({}));
    let mut made = json!({ "kind": "DataQuery", "group": group, "version": "v0", "spec": own });
    if source.is_object() {
        made["datasource"] = super::present(json!({ "name": source.get("uid") }));
    }
    spec.insert("query".into(), made);
}

fn source_to_beta(variable: &mut Value) {
    let source = variable
        .get_mut("spec")
        .and_then(Value::as_object_mut)
        .and_then(|spec| spec.shift_remove("datasource"))
        .unwrap_or_default();
    let group = source.get("type").cloned().unwrap_or_else(|| "".into());
    put(variable, "group", group);
    put(
        variable,
        "datasource",
        super::present(json!({ "name": source.get("uid") })),
    );
}

fn viz_to_beta(viz: &mut Value) {
    let mut spec = viz.get_mut("spec").map(Value::take).unwrap_or_else(|| json!({}));
    let version = spec.as_object_mut().and_then(|spec| spec.shift_remove("pluginVersion"));
    *viz = json!({
        "kind": "VizConfig",
        "group": viz.get("kind"),
        "version": version.unwrap_or_else(|| "".into()),
        "spec": spec,
    });
}
