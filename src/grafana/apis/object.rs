//! What an object says about itself.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use crate::dashboard::convert::beyond_classic;

/// The version in which the legacy API stores, and which gives a classic dashboard exactly as it is stored.
pub(in crate::grafana) const LEGACY: &str = "v0alpha1";

/// What stands beside a dashboard's content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metadata {
    /// The dashboard's uid.
    pub name: String,
    /// The object's own uid, another one after a deletion and a new creation.
    pub uid: String,
    /// What a write must send back to be safe.
    pub resource_version: String,
    /// The number of versions; an unchanged save makes none.
    pub generation: i64,
    /// When the dashboard was made (RFC 3339).
    pub creation_timestamp: String,
    /// Everything else that is known: message, folder, authors, manager.
    pub annotations: BTreeMap<String, String>,
    /// Who wrote it last by which version of the API, one entry a writer.
    managed_fields: Vec<Written>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Written {
    manager: String,
    api_version: String,
    time: String,
}

/// Who looks after a dashboard other than people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manager {
    /// `classic-file-provisioning`, `repo`, `terraform`, `kubectl`, …
    pub kind: String,
    /// Its own name.
    pub id: String,
    /// Whether it lets others edit.
    pub allows_edits: bool,
}

impl Manager {
    /// Whether it is a repository of dashctl's, which marks what it writes so that Grafana's pages show where it comes from.
    pub fn is_dashctl(&self) -> bool {
        self.kind == "kubectl" && self.id.starts_with(OWN)
    }
}

impl fmt::Display for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.kind.as_str(), self.id.as_str()) {
            ("classic-file-provisioning", id) => write!(f, "provisioned from a file by {id}"),
            (kind, "") => write!(f, "managed by {kind}"),
            (kind, id) => write!(f, "managed by {kind} ({id})"),
        }
    }
}

impl Metadata {
    fn annotation(&self, key: &str) -> Option<&str> {
        self.annotations.get(&format!("grafana.app/{key}")).map(String::as_str)
    }

    /// The message of this save; `""` is none.
    pub fn message(&self) -> &str {
        self.annotation("message").unwrap_or_default()
    }

    /// The uid of its folder; `""` is the root.
    pub fn folder(&self) -> &str {
        self.annotation("folder").unwrap_or_default()
    }

    /// Who made this save, as `user:<uid>` or `service-account:<uid>`: the creator where nobody has changed it since.
    pub fn author(&self) -> &str {
        self.annotation("updatedBy")
            .or_else(|| self.annotation("createdBy"))
            .unwrap_or_default()
    }

    /// When this save was made (RFC 3339).
    pub fn saved(&self) -> &str {
        self.annotation("updatedTimestamp").unwrap_or(&self.creation_timestamp)
    }

    /// Which Grafana's own page made this save, such as `Grafana v12.4.0 (ebae266a)`; `None` for any other client.
    pub fn saved_from_ui(&self) -> Option<&str> {
        self.annotation("saved-from-ui")
    }

    /// Whether all that is known of its writers is that this client was the last; nothing where the server doesn't know them,
    /// as of a dashboard that ever had the v2 form.
    pub fn last_written_by_us(&self) -> Option<bool> {
        let fields = &self.managed_fields;
        (!fields.is_empty()).then(|| fields.iter().all(|written| written.manager == "dashctl"))
    }

    /// Who manages it. The server lets writes through all the same, so a client must refuse by itself.
    pub fn manager(&self) -> Option<Manager> {
        let kind = self.annotation("managedBy").filter(|kind| !kind.is_empty())?;
        Some(Manager {
            kind: kind.to_owned(),
            id: self.annotation("managerId").unwrap_or_default().to_owned(),
            allows_edits: self.annotation("managerAllowsEdits") == Some("true"),
        })
    }
}

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

/// An object as it arrives.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Arrived {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    spec: Value,
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

impl Metadata {
    /// Whether a page that saves v2 made this save: 13's do, 12's don't.
    fn written_by_a_page_of_v2(&self) -> bool {
        let version = self.saved_from_ui().and_then(|page| page.strip_prefix("Grafana v"));
        let major = version.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
        major.is_some_and(|major| major >= 13)
    }

    /// Whether this very save was dashctl's own, at a version of v2.
    fn written_by_us_as_v2(&self) -> bool {
        let form = self.annotations.get(FORM);
        form.is_some_and(|form| *form == form_of(self.generation))
    }

    fn fields_say_v2(&self) -> bool {
        let newest = self.managed_fields.iter().max_by_key(|written| &written.time);
        newest.is_some_and(|written| is_v2(&written.api_version))
    }
}

/// How repositories of dashctl's are called as managers, before their id. Grafana has no kind of its own for them.
pub(super) const OWN: &str = "dashctl:";

/// Where dashctl notes that it wrote v2: nothing else tells it of a dashboard that was classic before.
pub(super) const FORM: &str = "dashctl/form";

/// What it notes for the save that makes this generation.
pub(super) fn form_of(generation: i64) -> String {
    format!("v2@{generation}")
}

/// Whether a version is one of the form with elements and layout.
pub(in crate::grafana) fn is_v2(version: &str) -> bool {
    short(version).starts_with("v2")
}

/// Whether dashctl knows the form of a version.
pub(super) fn is_known(version: &str) -> bool {
    is_v2(version) || ["v0", "v1"].iter().any(|form| short(version).starts_with(form))
}

/// `v2` of `dashboard.grafana.app/v2`.
fn short(version: &str) -> &str {
    version.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
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
