use serde_json::{Map, Value, json};

use super::{Document, Invalid};

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
pub(super) fn unwrap(value: Value) -> Result<Document, Invalid> {
    let Value::Object(mut fields) = value else {
        return Ok(Document::Classic(value));
    };
    if !fields.contains_key("title")
        && let Some(inner) = fields.remove("dashboard")
    {
        return Ok(bare(inner));
    }
    let Some(version) = fields.get("apiVersion").and_then(Value::as_str).map(str::to_owned) else {
        return Ok(bare(Value::Object(fields)));
    };
    let kind = fields.get("kind").and_then(Value::as_str).unwrap_or_default();
    if !version.starts_with(GROUP) || kind != "Dashboard" {
        return Err(Invalid::OtherKind {
            kind: kind.to_owned(),
            version,
        });
    }
    let version = &version[GROUP.len()..];
    let uid = fields.get("metadata").and_then(|metadata| metadata.get("name"));
    let uid = uid.and_then(Value::as_str).map(str::to_owned);
    match (fields.remove("spec"), uid) {
        (Some(spec @ Value::Object(_)), uid) if version.starts_with("v2") => {
            Ok(Document::v2(version, &uid.unwrap_or_default(), spec))
        }
        (Some(Value::Object(mut spec)), Some(uid)) => {
            spec.insert("uid".to_owned(), Value::from(uid));
            Ok(Document::Classic(Value::Object(spec)))
        }
        (Some(Value::Object(_)), _) => Err(Invalid::NotADashboard("its metadata has no name, which is the uid")),
        _ => Err(Invalid::NotADashboard("it has no spec")),
    }
}

/// A dashboard that stands alone. One of the v2 form doesn't say its version then, but its panels do.
fn bare(dashboard: Value) -> Document {
    let Some(elements) = dashboard.get("elements").and_then(Value::as_object) else {
        return Document::Classic(dashboard);
    };
    let kind = |element: &Value| Some(element.pointer("/spec/vizConfig/kind")?.as_str()? != "VizConfig");
    let version = match elements.values().find_map(kind) {
        Some(true) => "v2alpha1",
        _ => "v2beta1",
    };
    Document::v2(version, "", dashboard)
}

/// What a file of this dashboard holds where there is no other file whose form it keeps: a dashboard of the v2 form has the
/// envelope that says its version and uid, a classic one needs none.
pub fn wrap(dashboard: &Document) -> Value {
    match dashboard {
        Document::Classic(dashboard) => dashboard.clone(),
        Document::V2(v2) => json!({
            "apiVersion": format!("{GROUP}{}", v2.version),
            "kind": "Dashboard",
            "metadata": {"name": v2.uid},
            "spec": v2.spec,
        }),
    }
}

/// A file's content with this dashboard in it, in the envelope that `file` has around its own.
pub fn rewrap(file: &Value, dashboard: &Document) -> Value {
    let has = |key: &str| file.get(key).is_some();
    let is_object = has("apiVersion") && has("spec");
    let dashboard = match dashboard {
        Document::V2(v2) => {
            if !is_object {
                return wrap(dashboard);
            }
            let mut whole = file.clone();
            whole["apiVersion"] = format!("{GROUP}{}", v2.version).into();
            whole["metadata"]["name"] = v2.uid.as_str().into();
            whole["spec"] = v2.spec.clone();
            return whole;
        }
        Document::Classic(dashboard) => dashboard,
    };
    let of_v2 = |version: &Value| {
        version
            .as_str()
            .is_some_and(|version| version.starts_with("dashboard.grafana.app/v2"))
    };
    if file.get("apiVersion").is_some_and(of_v2) {
        return dashboard.clone();
    }
    let mut whole = file.clone();
    if !has("title") && has("dashboard") {
        whole["dashboard"] = dashboard.clone();
        return whole;
    }
    if !is_object {
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

/// The same of a file's bytes, which are read as a whole only where it is named in them: most files have none.
pub fn annotated_folder(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    if !text.contains(FOLDER_ANNOTATION) {
        return None;
    }
    folder_annotation(&content(text).ok()?).map(str::to_owned)
}

/// A file's content as it stands there: JSON, or YAML where it can't be JSON.
///
/// # Errors
///
/// Neither of the two.
pub fn content(text: &str) -> Result<Value, Invalid> {
    let text = text.trim_start_matches('\u{feff}');
    let json = serde_json::from_str(text).map_err(|error| super::invalid::not_json(&error));
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
            assert_eq!(*dashboard.content(), json!({"title": "T", "panels": [], "uid": "u"}));
            assert_eq!(rewrap(&file, &dashboard), file);
            assert_eq!(folder_annotation(&file), Some("f"));
            dashboard.content_mut()["title"] = "New".into();
            assert_eq!(rewrap(&file, &dashboard)["spec"], json!({"title": "New", "panels": []}));
        }
        let answer = json!({"meta": {}, "dashboard": {"title": "T"}});
        assert_eq!(
            rewrap(&answer, &Document::Classic(json!({"title": "N"}))),
            json!({"meta": {}, "dashboard": {"title": "N"}})
        );
        let bare = json!({"title": "T"});
        assert_eq!(rewrap(&bare, &Document::Classic(bare.clone())), bare);
    }

    #[test]
    fn a_v2_dashboard_says_its_version_and_uid_beside_its_content() {
        let spec = json!({"title": "T", "elements": {}, "layout": {"kind": "GridLayout", "spec": {"items": []}}});
        let file = json!({"apiVersion": "dashboard.grafana.app/v2beta1", "kind": "Dashboard",
            "metadata": {"name": "u", "annotations": {FOLDER_ANNOTATION: "f"}}, "spec": spec});
        let dashboard = unwrap(file.clone()).unwrap();
        assert_eq!(dashboard, Document::v2("v2beta1", "u", spec.clone()));
        assert_eq!(rewrap(&file, &dashboard), file);
        let newer = rewrap(&file, &Document::v2("v2", "u", spec.clone()));
        assert_eq!(newer["apiVersion"], "dashboard.grafana.app/v2");
        assert_eq!(newer["metadata"], file["metadata"]);
        // A classic file becomes one, and the other way round.
        let classic = json!({"title": "T", "panels": [], "uid": "u"});
        assert_eq!(rewrap(&classic, &dashboard), wrap(&dashboard));
        assert_eq!(rewrap(&file, &Document::Classic(classic.clone())), classic);
        // Bare, as Grafana's pages export it as well.
        let element = |kind: &str| json!({"kind": "Panel", "spec": {"vizConfig": {"kind": kind}}});
        for (kind, version) in [("VizConfig", "v2beta1"), ("timeseries", "v2alpha1")] {
            let spec = json!({"title": "T", "elements": {"panel-1": element(kind)}, "layout": {}});
            assert_eq!(unwrap(spec.clone()).unwrap(), Document::v2(version, "", spec));
        }
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
