//! What the page keeps of an annotation query, and what it writes by itself.

use serde_json::Value;

use super::super::here::Facts;
use super::super::same::{one_sided, present};
use super::super::{Rule, datasource, rules};
use super::{is_only_a_type, is_scene, left_out};

/// In an annotation query.
pub(in crate::dashboard::compare) fn annotation(
    facts: &Facts<'_>,
    pattern: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) -> Option<&'static Rule> {
    // A name instead of a reference is lost; what is left means the built-in data source.
    let only_a_type = |value: &Value| is_only_a_type(facts, value);
    let is_name = |value: &Value| value.as_str().is_some_and(|name| !name.starts_with('$'));
    if pattern == "datasource"
        && is_scene(facts, 1)
        && before.is_some_and(is_name)
        && after.is_some_and(datasource::is_grafana)
    {
        return Some(&rules::NOT_IN_SCENE);
    }
    // The classic rendering of v2 says of a built-in one what that is by definition (`v2alpha1_to_v1.go` of 13.1).
    let built_in = match pattern {
        "type" => after.and_then(Value::as_str) == Some("dashboard"),
        "datasource.type" => after.and_then(Value::as_str) == Some("grafana"),
        _ => false,
    };
    if built_in && before.is_some() && facts.is_stored_as_v2() {
        return Some(&rules::SCENE_FILLS);
    }
    // A name that the server doesn't know is lost; what is left is the type of the default one.
    let is_unknown = |value: &Value| {
        let is_lost = |uid: &Value| is_name(uid) || facts.is_stored_as_v2();
        is_name(value) || value.get("type").is_none() && value.get("uid").is_some_and(is_lost)
    };
    let may_be_unknown = match present(before) {
        None => facts.v2 != [false, false],
        Some(before) => is_unknown(before),
    };
    if pattern == "datasource" && is_scene(facts, 1) && may_be_unknown && after.is_some_and(only_a_type) {
        return Some(&rules::NOT_IN_SCENE);
    }
    // The conversion to v2 keeps none that names no plugin (`v1_to_v2alpha1.go` of 13.1, buildAnnotationQuery).
    let names_no_plugin = |value: &Value| value.get("uid").is_some() && value.get("type").is_none();
    let is_converted = facts.is_stored_as_v2() && !facts.v2[0] && present(after).is_none();
    if pattern == "datasource" && is_converted && before.is_some_and(names_no_plugin) {
        return Some(&rules::NOT_IN_SCENE);
    }
    if !one_sided(before, after) {
        return None;
    }
    let value = before.or(after)?;
    match pattern {
        // What the type was is said by the query; v2 has no place for it.
        "type" => left_out(facts, before, after).then_some(&rules::NOT_IN_SCENE),
        "datasource" if datasource::is_grafana(value) && (is_scene(facts, 0) || is_scene(facts, 1)) => {
            Some(&rules::SCENE_FILLS)
        }
        "filter.exclude" => (value.as_bool() == Some(false)).then_some(&rules::SCENE_FILLS),
        "hide" | "enable" => (value.as_bool() == Some(false)).then_some(&rules::SCENE_FILLS),
        "iconColor" => (value.as_str() == Some("")).then_some(&rules::SCENE_FILLS),
        "datasource" => (left_out(facts, before, after) && value.is_string()).then_some(&rules::NOT_IN_SCENE),
        "builtIn" => {
            let is_not = value.as_u64() == Some(0) || value.as_bool() == Some(false);
            (left_out(facts, before, after) && is_not).then_some(&rules::NOT_IN_SCENE)
        }
        _ => None,
    }
}
