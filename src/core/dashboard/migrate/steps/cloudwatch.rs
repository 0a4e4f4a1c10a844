//! Schema 34: a CloudWatch query asks for one statistic (`schemaversion/v34.go`).

use serde_json::Value;

use super::super::fields::{Fields, array, list, objects, shift, text, whole_at};

pub(super) fn statistics(dashboard: &mut Fields) {
    super::with_nested(dashboard, panel);
    annotations(dashboard);
}

fn panel(panel: &mut Fields) {
    let Some(targets) = array(panel, "targets") else {
        return;
    };
    let used: Vec<String> = targets
        .iter()
        .filter_map(|target| target.get("refId").and_then(Value::as_str).map(str::to_owned))
        .collect();
    let mut own = Vec::with_capacity(targets.len());
    let mut more: Vec<Value> = Vec::new();
    for target in targets.drain(..) {
        match target {
            Value::Object(mut target) if is_query(&target) => {
                editor_mode(&mut target);
                let mut each = one_statistic_each(target).into_iter();
                own.extend(each.next().map(Value::Object));
                for mut copy in each {
                    let free = next_letters(|letters| {
                        let taken = |target: &Value| target.get("refId").and_then(Value::as_str) == Some(letters);
                        used.iter().any(|used| used == letters) || more.iter().any(taken)
                    });
                    copy.insert("refId".into(), free.into());
                    more.push(Value::Object(copy));
                }
            }
            other => own.push(other),
        }
    }
    own.append(&mut more);
    *targets = own;
}

fn is_query(target: &Fields) -> bool {
    let keys = ["dimensions", "namespace", "region", "metricName"];
    keys.iter().all(|key| target.contains_key(*key))
}

fn editor_mode(target: &mut Fields) {
    target.entry("metricQueryType").or_insert_with(|| 0.into());
    if !target.contains_key("metricEditorMode") {
        let code = whole_at(target, "metricQueryType") == Some(1) || !text(target, "expression").is_empty();
        target.insert("metricEditorMode".into(), i64::from(code).into());
    }
}

/// A copy for every statistic, or the query itself where it names none.
fn one_statistic_each(mut query: Fields) -> Vec<Fields> {
    let statistics = match shift(&mut query, "statistics") {
        Some(Value::Array(statistics)) if !statistics.is_empty() => statistics,
        _ => return vec![query],
    };
    let copy = |statistic: Value| {
        let mut copy = query.clone();
        if !statistic.is_null() {
            copy.insert("statistic".into(), statistic);
        }
        copy
    };
    statistics.into_iter().map(copy).collect()
}

fn next_letters(taken: impl Fn(&str) -> bool) -> String {
    let single = ('A'..='Z').map(String::from);
    let double = ('A'..='Z').flat_map(|first| ('A'..='Z').map(move |second| format!("{first}{second}")));
    single
        .chain(double)
        .find(|letters| !taken(letters))
        .unwrap_or_else(|| "X".to_owned())
}

fn annotations(dashboard: &mut Fields) {
    let keys = ["dimensions", "namespace", "region", "prefixMatching", "statistics"];
    let mut more = Vec::new();
    for annotation in objects(list(dashboard, "annotations", "list")) {
        if !keys.iter().all(|key| annotation.contains_key(*key)) {
            continue;
        }
        let mut each = one_statistic_each(std::mem::take(annotation));
        if each.len() > 1 {
            each.iter_mut().for_each(name_after_statistic);
        }
        let mut each = each.into_iter();
        *annotation = each.next().unwrap_or_default();
        more.extend(each.map(Value::Object));
    }
    if let Some(Value::Array(annotations)) = list(dashboard, "annotations", "list") {
        annotations.append(&mut more);
    }
}

fn name_after_statistic(annotation: &mut Fields) {
    let name = text(annotation, "name");
    if !name.is_empty() {
        let statistic = match annotation.get("statistic") {
            None => "null".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Object(_)) => "[object Object]".to_owned(),
            Some(Value::Array(_)) => String::new(),
            Some(other) => other.to_string(),
        };
        let name = format!("{name} - {statistic}");
        annotation.insert("name".into(), name.into());
    }
}
