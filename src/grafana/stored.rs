//! In which form does a server store a dashboard?
//!
//! The legacy API converts, and doesn't tell. Where the server has the newer one (12 and later), that one knows:
//! `status.conversion.storedVersion`, absent in an object that is read at the version it is stored at. It can be an older
//! save's word – after a legacy save over a v2 dashboard it still says v2 –, so the newest of `managedFields` tells first
//! (both seen on a real 13.1).

use serde_json::Value;

use super::path::segment;
use super::{Error, ErrorKind, Grafana};

/// The API that gives a classic dashboard exactly as it is stored.
const API: &str = "/apis/dashboard.grafana.app/v0alpha1";

impl Grafana {
    /// The version of the form that a dashboard is stored in, such as `v1` or `v2`; nothing where the server has no such
    /// API, and so knows classic dashboards only.
    pub(super) async fn stored_version(&self, uid: &str) -> Result<Option<String>, Error> {
        let namespace = self.namespace().await?;
        let path = format!("{API}/namespaces/{}/dashboards/{}", segment(&namespace), segment(uid));
        let object: Option<Value> = self.transport.find(&path).await?;
        Ok(object.map(|object| stored_version(&object)))
    }

    /// A dashboard's content at a version of the newer API.
    pub(super) async fn spec_at(&self, version: &str, uid: &str) -> Result<Option<Value>, Error> {
        let namespace = self.namespace().await?;
        let version = version.rsplit('/').next().unwrap_or(version);
        let path = format!(
            "/apis/dashboard.grafana.app/{}/namespaces/{}/dashboards/{}",
            segment(version),
            segment(&namespace),
            segment(uid)
        );
        let object: Option<Value> = self.transport.find(&path).await?;
        Ok(object
            .and_then(|mut object| object.get_mut("spec").map(Value::take))
            .filter(Value::is_object))
    }

    /// How the newer API calls the organisation.
    pub(super) async fn namespace(&self) -> Result<String, Error> {
        let found = self.namespace.get_or_try_init(async || {
            let settings = self.transport.get::<Value>("/api/frontend/settings").await;
            let named = match &settings {
                Ok(settings) => settings.get("namespace").and_then(Value::as_str),
                Err(error) if matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::Lost) => {
                    return settings.map(|_| String::new());
                }
                Err(_) => None,
            };
            if let Some(name) = named.filter(|name| !name.is_empty()) {
                return Ok(name.to_owned());
            }
            Ok(match self.identity().await?.org_id {
                1 => "default".to_owned(),
                id => format!("org-{id}"),
            })
        });
        found.await.cloned()
    }
}

/// What was written last is what is stored. The conversion's word is kept with the object and can be an older save's, so it
/// counts only where nothing else tells; of two writers in one second the one of v2 does, since that is left alone.
fn stored_version(object: &Value) -> String {
    let converted = object
        .pointer("/status/conversion/storedVersion")
        .and_then(Value::as_str);
    let fields = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    let writes = fields.into_iter().flatten().filter_map(|entry| {
        let version = entry.get("apiVersion")?.as_str()?.rsplit('/').next()?;
        let time = entry.get("time").and_then(Value::as_str).unwrap_or_default();
        Some((time, is_v2(version), version))
    });
    let written = writes.max().map(|(_, _, version)| version);
    written.or(converted).unwrap_or("v0alpha1").to_owned()
}

/// Whether a version is one of the form with elements and layout.
pub(super) fn is_v2(version: &str) -> bool {
    version
        .rsplit('/')
        .next()
        .is_some_and(|version| version.starts_with("v2"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(stored: Option<&str>, written: &[&str]) -> Value {
        let fields = written.iter().enumerate();
        let field = |(at, version)| json!({"apiVersion": format!("dashboard.grafana.app/{version}"), "time": format!("2026-01-0{}T00:00:00Z", at + 1)});
        json!({"metadata": {"managedFields": fields.map(field).collect::<Vec<_>>()},
               "status": stored.map(|stored| json!({"conversion": {"storedVersion": stored}}))})
    }

    #[test]
    fn the_stored_form_is_told_by_the_newest_who_wrote_it() {
        let of = |stored, written: &[&str]| stored_version(&object(stored, written));
        assert_eq!(of(Some("v2"), &["v0alpha1", "v2"]), "v2");
        assert_eq!(of(Some("v2"), &["v2"]), "v2");
        assert_eq!(of(Some("v2beta1"), &[]), "v2beta1");
        assert_eq!(
            of(Some("v2"), &["v2", "v0alpha1"]),
            "v0alpha1",
            "a legacy save went over it"
        );
        assert_eq!(of(Some("v0alpha1"), &["v0alpha1", "v2"]), "v2", "a page saved it since");
        assert_eq!(of(Some("v1"), &["v1"]), "v1");
        assert_eq!(of(None, &["v0alpha1"]), "v0alpha1");
        assert_eq!(of(None, &[]), "v0alpha1");
        assert!(is_v2("dashboard.grafana.app/v2alpha1") && !is_v2("v1beta1"));
    }
}
