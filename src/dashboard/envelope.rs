use serde_json::{Map, Value};

use super::Invalid;

/// The start of the `apiVersion` of dashboards, before the version.
const GROUP: &str = "dashboard.grafana.app/";
/// Where an object says which folder it is in.
pub const FOLDER_ANNOTATION: &str = "grafana.app/folder";

/// The dashboard that `value` holds: itself, or what is inside of an envelope, be it that of Grafana's API
/// (`{"dashboard": …}`) or that of a Kubernetes object, whose name is the dashboard's uid.
///
/// # Errors
///
/// An object of another kind, or without a dashboard in it.
pub(super) fn unwrap(value: Value) -> Result<Value, Invalid> {
    let Value::Object(mut fields) = value else {
        return Ok(value);
    };
    if !fields.contains_key("title")
        && let Some(inner) = fields.remove("dashboard")
    {
        return Ok(inner);
    }
    let Some(version) = fields.get("apiVersion").and_then(Value::as_str).map(str::to_owned) else {
        return Ok(Value::Object(fields));
    };
    let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default();
    if !version.starts_with(GROUP) || kind != "Dashboard" {
        return Err(Invalid::OtherKind {
            kind: kind.to_owned(),
            version,
        });
    }
    if version[GROUP.len()..].starts_with("v2") {
        // The v2 form has no place for the uid.
        return fields.remove("spec").ok_or(Invalid::NotADashboard("it has no spec"));
    }
    let uid = fields
        .get("metadata")
        .and_then(|metadata| metadata.get("name"))
        .cloned();
    match (fields.remove("spec"), uid) {
        (Some(Value::Object(mut spec)), Some(uid @ Value::String(_))) => {
            spec.insert("uid".to_owned(), uid);
            Ok(Value::Object(spec))
        }
        (Some(Value::Object(_)), _) => Err(Invalid::NotADashboard("its metadata has no name, which is the uid")),
        _ => Err(Invalid::NotADashboard("it has no spec")),
    }
}

/// A file's content with this dashboard in it, in the envelope that `file` has around its own.
pub fn rewrap(file: &Value, dashboard: &Value) -> Value {
    let has = |key: &str| file.get(key).is_some();
    let mut whole = file.clone();
    if !has("title") && has("dashboard") {
        whole["dashboard"] = dashboard.clone();
        return whole;
    }
    if !has("apiVersion") || !has("spec") {
        return dashboard.clone();
    }
    let mut spec = dashboard.as_object().cloned().unwrap_or_else(Map::new);
    if let Some(uid) = spec.get("uid") {
        whole["metadata"]["name"] = uid.clone();
    }
    for key in ["uid", "id", "version"] {
        match file["spec"].get(key) {
            Some(own) => drop(spec.insert(key.to_owned(), own.clone())),
            None => drop(spec.shift_remove(key)),
        }
    }
    whole["spec"] = Value::Object(spec);
    whole
}

/// The uid of the folder that an object says it is in.
pub fn folder_annotation(file: &Value) -> Option<&str> {
    let folder = file
        .get("metadata")?
        .get("annotations")?
        .get(FOLDER_ANNOTATION)?
        .as_str()?;
    Some(folder).filter(|folder| !folder.is_empty() && *folder != "general")
}

/// A file's content as it stands there: JSON, or YAML where it can't be JSON.
///
/// # Errors
///
/// Neither of the two.
pub fn content(text: &str) -> Result<Value, Invalid> {
    let text = text.trim_start_matches('\u{feff}');
    let json = serde_json::from_str(text).map_err(|error| super::document::not_json(&error));
    match json {
        Err(error) if !text.trim_start().starts_with(['{', '[', '"', '<']) => {
            let yaml = serde_saphyr::from_str::<Value>(text).ok();
            yaml.filter(Value::is_object).ok_or(error)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_comes_out_of_an_envelope_goes_back_into_it() {
        for version in ["v0alpha1", "v1beta1", "v1"] {
            let file = json!({"apiVersion": format!("{GROUP}{version}"), "kind": "Dashboard",
                "metadata": {"name": "u", "annotations": {FOLDER_ANNOTATION: "f"}}, "spec": {"title": "T", "panels": []}});
            let mut dashboard = unwrap(file.clone()).unwrap();
            assert_eq!(dashboard, json!({"title": "T", "panels": [], "uid": "u"}));
            assert_eq!(rewrap(&file, &dashboard), file);
            assert_eq!(folder_annotation(&file), Some("f"));
            dashboard["title"] = "New".into();
            assert_eq!(rewrap(&file, &dashboard)["spec"], json!({"title": "New", "panels": []}));
        }
        let answer = json!({"meta": {}, "dashboard": {"title": "T"}});
        assert_eq!(
            rewrap(&answer, &json!({"title": "N"})),
            json!({"meta": {}, "dashboard": {"title": "N"}})
        );
        let bare = json!({"title": "T"});
        assert_eq!(rewrap(&bare, &bare), bare);
    }

    #[test]
    fn an_object_of_another_kind_is_named() {
        let name = |version: &str, kind: &str| {
            let object =
                json!({"apiVersion": version, "kind": kind, "metadata": {"name": "n"}, "spec": {"title": "T"}});
            unwrap(object).unwrap_err().to_string()
        };
        assert!(name("folder.grafana.app/v1beta1", "Folder").starts_with("a Folder (folder.grafana.app/v1beta1)"));
        assert!(name("playlist.grafana.app/v0alpha1", "Playlist").starts_with("a Playlist"));
        assert!(name("dashboard.grafana.app/v0alpha1", "LibraryPanel").starts_with("a LibraryPanel"));
        assert!(name("v1", "ConfigMap").starts_with("a ConfigMap"));
    }
}
