//! Schemas 33 and 36: data sources are referred to by uid and type, also the default one (`v33.go`, `v36.go`).

use serde_json::{Value, json};

use super::super::Context;
use super::super::fields::{Fields, absent, list, objects, text};

/// Schema 33: panels and targets refer; the default stays unsaid.
pub(super) fn panels_by_reference(dashboard: &mut Fields, context: &Context) {
    let refer = |panel: &mut Fields| {
        let reference = context.reference_unless_default(panel.get("datasource"));
        panel.insert("datasource".into(), reference);
        for target in objects(panel.get_mut("targets")).filter(|target| target.contains_key("datasource")) {
            let reference = context.reference_unless_default(target.get("datasource"));
            if !reference.is_null() {
                target.insert("datasource".into(), reference);
            }
        }
    };
    super::each(dashboard, |panel| {
        refer(panel);
        objects(panel.get_mut("panels")).for_each(refer);
    });
}

/// Schema 36: the default is named wherever it was meant.
pub(super) fn name_the_default(dashboard: &mut Fields, context: &Context) {
    for annotation in objects(list(dashboard, "annotations", "list")) {
        let reference = context.reference_of(annotation.get("datasource"));
        annotation.insert("datasource".into(), reference);
    }
    for variable in objects(list(dashboard, "templating", "list")) {
        if text(variable, "type") == "query" && variable.get("datasource") == Some(&Value::Null) {
            variable.insert("datasource".into(), context.default_reference());
        }
    }
    super::each(dashboard, |panel| {
        if panel.get("targets").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            panel.insert("targets".into(), json!([{ "refId": "A" }]));
        }
        self::panel(panel, context);
        for nested in objects(panel.get_mut("panels")) {
            if nested
                .get("targets")
                .and_then(Value::as_array)
                .is_some_and(|targets| !targets.is_empty())
            {
                self::panel(nested, context);
            }
        }
    });
}

fn panel(panel: &mut Fields, context: &Context) {
    let was_default = absent(panel, "datasource");
    let mut source = match panel.get("datasource") {
        Some(Value::Object(empty)) if empty.is_empty() => json!({}),
        other => context.reference_of(other),
    };
    let mut targets = panel.remove("targets").unwrap_or_default();
    for target in objects(Some(&mut targets)) {
        let own = target.get("datasource");
        let unnamed = match own {
            None | Some(Value::Null) => true,
            Some(Value::Object(own)) => absent(own, "uid"),
            Some(_) => false,
        };
        let mixed = source.get("uid").and_then(Value::as_str) == Some("-- Mixed --");
        let reference = match unnamed && !mixed {
            // Where there is no default data source, the server gives targets an empty reference.
            true if source.is_null() => json!({}),
            true => source.clone(),
            false => context.reference_of(own),
        };
        let uid = reference.get("uid").and_then(Value::as_str).unwrap_or_default();
        if was_default && !uid.is_empty() && uid != "__expr__" {
            source = reference.clone();
        }
        target.insert("datasource".into(), reference);
    }
    panel.insert("targets".into(), targets);
    panel.insert("datasource".into(), source);
}
