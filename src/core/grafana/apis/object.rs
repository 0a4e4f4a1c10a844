//! What an object says about itself.

use serde::Deserialize;
use serde_json::Value;

use super::super::metadata::{Metadata, is_v2, short};
use crate::dashboard::convert::beyond_classic;

/// The version in which the legacy API stores, and which gives a classic dashboard exactly as it is stored.
pub(super) const LEGACY: &str = "v0alpha1";

/// A dashboard at one version of the API.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// The version it was read at: `v2`, `v1`, `v0alpha1`, …
    pub version: String,
    /// What stands beside its content.
    pub metadata: Metadata,
    /// Its content, in that version's form.
    pub spec: Value,
    /// The stored version that its status tells: of little worth, since an update keeps what its predecessor told.
    pub told: Option<String>,
    /// Why the server couldn't give it at this version: then the content is as it is stored.
    pub failed: Option<String>,
}

/// An object as it arrives, with its content or what is made of that.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Arrived<S = Value> {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    pub(super) metadata: Metadata,
    #[serde(default)]
    spec: S,
    #[serde(default)]
    status: Status,
}

#[derive(Default, Deserialize)]
struct Status {
    conversion: Option<Conversion>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Conversion {
    #[serde(default)]
    failed: bool,
    stored_version: Option<String>,
    error: Option<String>,
}

impl<S> Arrived<S> {
    /// Whether it needs no conversion at the version that it arrived at, as far as it tells.
    pub(super) fn is_as_stored(&self) -> bool {
        let conversion = self.status.conversion.as_ref();
        conversion.is_none_or(|conversion| conversion.stored_version.is_none())
    }
}

impl From<Arrived> for Object {
    fn from(arrived: Arrived) -> Self {
        let conversion = arrived.status.conversion;
        let failed = conversion.as_ref().filter(|conversion| conversion.failed);
        let failed = failed.map(|conversion| conversion.error.clone().unwrap_or_else(|| "no reason given".to_owned()));
        Self {
            version: short(&arrived.api_version).to_owned(),
            metadata: arrived.metadata,
            spec: arrived.spec,
            told: conversion.and_then(|conversion| conversion.stored_version),
            failed,
        }
    }
}

impl Object {
    /// Whether this object, read at a version of v2, is stored as v2. Only what needs no conversion tells nothing; where
    /// something is told, it may be what an earlier save was, and the traces of the last one decide.
    pub(super) fn is_stored_as_v2(&self) -> bool {
        self.told.is_none()
            || self.metadata.written_by_a_page_of_v2()
            || self.metadata.written_by_us_as_v2()
            || self.metadata.fields_say_v2()
            // No conversion makes such a layout.
            || !beyond_classic(&self.spec).is_empty()
    }
}

/// Whether dashctl knows the form of a version.
pub(super) fn is_known(version: &str) -> bool {
    is_v2(version) || ["v0", "v1"].iter().any(|form| short(version).starts_with(form))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grafana::metadata::FORM;
    use serde_json::json;

    fn is_v2_stored(told: Option<&str>, annotations: Value, layout: &str) -> bool {
        let arrived = json!({
            "apiVersion": "dashboard.grafana.app/v2",
            "metadata": {"generation": 3, "annotations": annotations,
                "managedFields": [{"apiVersion": "dashboard.grafana.app/v0alpha1", "time": "2026-01-01T00:00:00Z"}]},
            "spec": {"layout": {"kind": layout, "spec": {}}},
            "status": told.map_or(json!({}), |told| json!({"conversion": {"storedVersion": told}})),
        });
        Object::from(serde_json::from_value::<Arrived>(arrived).unwrap()).is_stored_as_v2()
    }

    #[test]
    fn the_traces_of_the_last_save_tell_the_stored_form_where_the_status_is_an_older_ones() {
        let page = |version: &str| json!({"grafana.app/saved-from-ui": format!("Grafana v{version} (ebae266a)")});
        for told in ["v0alpha1", "v1", "v2"] {
            assert!(
                !is_v2_stored(Some(told), json!({}), "GridLayout"),
                "a tool saved classic"
            );
            assert!(!is_v2_stored(Some(told), page("12.4.0"), "GridLayout"));
            assert!(is_v2_stored(Some(told), page("13.1.0-pre"), "GridLayout"));
            assert!(is_v2_stored(Some(told), json!({}), "TabsLayout"));
            assert!(is_v2_stored(Some(told), json!({FORM: "v2@3"}), "GridLayout"));
            assert!(
                !is_v2_stored(Some(told), json!({FORM: "v2@2"}), "GridLayout"),
                "of an older save"
            );
        }
        assert!(is_v2_stored(None, json!({}), "GridLayout"), "no conversion was needed");
        assert!(is_v2("dashboard.grafana.app/v2alpha1") && !is_v2("v1beta1"));
    }
}
