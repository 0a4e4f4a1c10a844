//! Variables.

use serde_json::{Value, json};

use super::super::fields::{Fields, flag, object, shift, text, whole_at};

/// Schema 12: refresh and hide are numbers.
pub(super) fn refresh_and_hide(variable: &mut Fields) {
    if variable.contains_key("refresh") {
        let refresh = i64::from(flag(variable, "refresh"));
        variable.insert("refresh".into(), refresh.into());
    }
    if flag(variable, "hideVariable") {
        variable.insert("hide".into(), 2.into());
    } else if flag(variable, "hideLabel") {
        variable.insert("hide".into(), 1.into());
    }
}

/// Schema 23: where several values can be chosen, the chosen ones are a list, and elsewhere they aren't.
pub(super) fn current_by_multi(variable: &mut Fields) {
    let Some(multi) = variable.get("multi").and_then(Value::as_bool) else {
        return;
    };
    let Some(current) = object(variable, "current") else {
        return;
    };
    match multi {
        true => to_lists(current),
        false => ["value", "text"].iter().for_each(|key| to_first(current, key)),
    }
}

fn to_lists(current: &mut Fields) {
    if current.get("value").is_none_or(Value::is_array) {
        return;
    }
    for key in ["value", "text"] {
        if let Some(single) = current.get_mut(key).filter(|value| !value.is_array()) {
            *single = json!([single.take()]);
        }
    }
}

fn to_first(current: &mut Fields, key: &str) {
    if let Some(Value::Array(items)) = current.get(key) {
        let first = items.first().cloned().unwrap_or_else(|| "".into());
        current.insert(key.to_owned(), first);
    }
}

/// Schema 27: a constant that is shown is a text box.
pub(super) fn constant(variable: &mut Fields) {
    if text(variable, "type") != "constant" {
        return;
    }
    let query = text(variable, "query").to_owned();
    let current = json!({ "selected": true, "text": query, "value": query });
    variable.insert("options".into(), json!([current]));
    variable.insert("current".into(), current);
    variable.insert("query".into(), query.into());
    if matches!(whole_at(variable, "hide"), Some(0 | 1)) {
        variable.insert("type".into(), "textbox".into());
    }
}

/// Schema 28: variables have no tags.
pub(super) fn tags(variable: &mut Fields) {
    shift(variable, "tags");
    for key in ["tagsQuery", "tagValuesQuery"] {
        if !text(variable, key).is_empty() {
            shift(variable, key);
        }
    }
    if flag(variable, "useTags") {
        shift(variable, "useTags");
    }
}

/// Schema 29: a query is always asked anew, so its options aren't kept.
pub(super) fn query_refresh(variable: &mut Fields) {
    if text(variable, "type") != "query" {
        return;
    }
    if !matches!(whole_at(variable, "refresh"), Some(1 | 2)) {
        variable.insert("refresh".into(), 1.into());
    }
    if let Some(Value::Array(options)) = variable.get_mut("options") {
        options.clear();
    }
}
