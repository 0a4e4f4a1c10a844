//! What an object says about itself.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

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
    /// The version that it is stored in.
    pub stored: String,
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
        let version = short(&arrived.api_version).to_owned();
        let conversion = arrived.status.conversion;
        let failed = conversion.as_ref().filter(|conversion| conversion.failed);
        let failed = failed.map(|conversion| conversion.error.clone().unwrap_or_else(|| "no reason given".to_owned()));
        let told = conversion.and_then(|conversion| conversion.stored_version);
        // Told at the very version that it names: that isn't what is stored.
        let denied = told.as_deref().filter(|told| *told == version);
        let written = arrived.metadata.written_as(denied);
        let written = written.or(denied.map(|_| LEGACY)).map(str::to_owned);
        Self {
            stored: written.or(told).unwrap_or_else(|| version.clone()),
            version,
            metadata: arrived.metadata,
            spec: arrived.spec,
            failed,
        }
    }
}

impl Metadata {
    /// What was written last is what is stored. The conversion's word is kept with the object and can be an older save's,
    /// so it counts only where nothing else tells. Of two writers in one second it is not the denied one, and else the one of
    /// v2, since a dashboard of v2 is the one that a legacy save would harm.
    fn written_as(&self, denied: Option<&str>) -> Option<&str> {
        let writes = self.managed_fields.iter().map(|written| {
            let version = short(&written.api_version);
            (&written.time, denied != Some(version), is_v2(version), version)
        });
        let (_, _, _, version) = writes.max()?;
        Some(version).filter(|version| !version.is_empty())
    }
}

/// Whether a version is one of the form with elements and layout.
pub(in crate::grafana) fn is_v2(version: &str) -> bool {
    short(version).starts_with("v2")
}

/// `v2` of `dashboard.grafana.app/v2`.
fn short(version: &str) -> &str {
    version.rsplit('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn stored(told: Option<&str>, written: &[&str]) -> String {
        let field = |(at, version)| json!({"apiVersion": format!("dashboard.grafana.app/{version}"), "time": format!("2026-01-0{}T00:00:00Z", at + 1)});
        let arrived = json!({
            "apiVersion": "dashboard.grafana.app/v0alpha1",
            "metadata": {"managedFields": written.iter().enumerate().map(field).collect::<Vec<_>>()},
            "status": told.map_or(json!({}), |told| json!({"conversion": {"storedVersion": told}})),
        });
        Object::from(serde_json::from_value::<Arrived>(arrived).unwrap()).stored
    }

    #[test]
    fn the_stored_form_is_told_by_the_newest_who_wrote_it() {
        assert_eq!(stored(Some("v2"), &["v0alpha1", "v2"]), "v2");
        assert_eq!(stored(Some("v2"), &["v2"]), "v2");
        assert_eq!(stored(Some("v2beta1"), &[]), "v2beta1");
        let why = "a legacy save went over it";
        assert_eq!(stored(Some("v2"), &["v2", "v0alpha1"]), "v0alpha1", "{why}");
        assert_eq!(
            stored(Some("v0alpha1"), &["v0alpha1", "v2"]),
            "v2",
            "a page saved it since"
        );
        assert_eq!(stored(Some("v1"), &["v1"]), "v1");
        assert_eq!(stored(None, &["v0alpha1"]), "v0alpha1");
        assert_eq!(stored(None, &[]), "v0alpha1", "it was read at the one it is stored in");
        assert!(is_v2("dashboard.grafana.app/v2alpha1") && !is_v2("v1beta1"));
    }
}
