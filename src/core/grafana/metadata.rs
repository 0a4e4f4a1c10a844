use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use crate::dashboard::url_part;

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

    /// What dashctl noted beside the content of its last save: whoever saves over it by a client of objects, such as
    /// Grafana's own pages, keeps it; the legacy API and a restoration drop it.
    pub fn note(&self) -> Option<&str> {
        self.annotations.get(NOTE).map(String::as_str)
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

    /// Whether this client is one of its writers; nothing where the server doesn't know them.
    pub fn ever_written_by_us(&self) -> Option<bool> {
        let fields = &self.managed_fields;
        (!fields.is_empty()).then(|| fields.iter().any(|written| written.manager == "dashctl"))
    }

    /// When the object was made.
    pub fn created(&self) -> Option<jiff::Timestamp> {
        self.creation_timestamp.parse().ok()
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

    /// The page to look at it, from the server's root.
    pub fn page(&self, title: &str) -> String {
        format!("/d/{}/{}", self.name, url_part(title))
    }

    /// The number of the version, as people see it.
    pub fn number(&self) -> u64 {
        self.generation.try_into().unwrap_or_default()
    }

    /// Whether a page that saves v2 made this save: 13's do, 12's don't.
    pub(super) fn written_by_a_page_of_v2(&self) -> bool {
        let version = self.saved_from_ui().and_then(|page| page.strip_prefix("Grafana v"));
        let major = version.and_then(|version| version.split('.').next()?.parse::<u32>().ok());
        major.is_some_and(|major| major >= 13)
    }

    /// Whether this very save was dashctl's own, at a version of v2.
    pub(super) fn written_by_us_as_v2(&self) -> bool {
        let form = self.annotations.get(FORM);
        form.is_some_and(|form| *form == form_of(self.generation))
    }

    pub(super) fn fields_say_v2(&self) -> bool {
        let newest = self.managed_fields.iter().max_by_key(|written| &written.time);
        newest.is_some_and(|written| is_v2(&written.api_version))
    }
}

/// How repositories of dashctl's are called as managers, before their id. Grafana has no kind of its own for them.
pub(super) const OWN: &str = "dashctl:";

/// Where dashctl notes that it wrote v2: nothing else tells it of a dashboard that was classic before.
pub(super) const FORM: &str = "dashctl/form";

/// Where dashctl notes which save is its own, so that a later one of somebody else's doesn't hide it.
pub(super) const NOTE: &str = "dashctl/saved";

/// What it notes for the save that makes this generation.
pub(super) fn form_of(generation: i64) -> String {
    format!("v2@{generation}")
}

/// Whether a version is one of the form with elements and layout.
pub(in crate::grafana) fn is_v2(version: &str) -> bool {
    short(version).starts_with("v2")
}

/// `v2` of `dashboard.grafana.app/v2`.
pub(super) fn short(version: &str) -> &str {
    version.rsplit('/').next().unwrap_or_default()
}
