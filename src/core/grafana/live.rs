//! What a server has of a dashboard, now and in its history, and what a save says. The same by both APIs.

use std::sync::Arc;

use serde::Deserialize;

use super::folder::Folder;
use super::metadata::Metadata;
use crate::dashboard::{Document, Unreadable};

/// A dashboard as the server has it now.
#[derive(Debug, Clone)]
pub struct LiveDashboard {
    /// The dashboard in the form in which it is stored; a classic one has the server's `uid` in it.
    pub document: Result<Document, Unreadable>,
    /// What to send back with a save.
    pub revision: LiveRevision,
    /// The numeric id, for servers whose history is asked for by id.
    pub id: Option<u64>,
    /// The uid of its folder; `""` is General.
    pub folder_uid: String,
    /// The title of its folder.
    pub folder_title: String,
    /// The page to look at it, from the server's root.
    pub url: String,
    /// Who saved it last.
    pub updated_by: String,
    /// When it was saved last (RFC 3339).
    pub updated: String,
    /// Why dashctl must not write it: provisioned from a file, or managed by another tool.
    pub foreign: Option<String>,
}

/// Which state of a dashboard was read. A save sends it back, and fails where there is another one by now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveRevision {
    /// The version's number, as people see it.
    pub version: u64,
    /// What stands beside the content, where the server has objects: with its resource version.
    pub object: Option<Arc<Metadata>>,
}

impl LiveRevision {
    /// A version that is known by its number alone.
    pub fn numbered(version: u64) -> Self {
        Self { version, object: None }
    }

    /// Whether anything was written between the two, be it the very same content.
    pub fn is_other(&self, than: &Self) -> bool {
        match (&self.object, &than.object) {
            (Some(one), Some(other)) => one.resource_version != other.resource_version,
            _ => self.version != than.version,
        }
    }
}

impl LiveDashboard {
    /// The dashboard in the form in which it is stored.
    ///
    /// # Errors
    ///
    /// The server doesn't give it in that form.
    pub fn document(&self) -> Result<&Document, Unreadable> {
        self.document.as_ref().map_err(Clone::clone)
    }

    /// Its title, as far as it can be told.
    pub fn title(&self) -> &str {
        match &self.document {
            Ok(document) => document.title(),
            Err(unreadable) => &unreadable.title,
        }
    }
}

/// A dashboard to save.
#[derive(Debug)]
pub struct Save<'a> {
    /// The dashboard, with its uid; `id` and `version` in a classic one are replaced.
    pub dashboard: &'a Document,
    /// Where it goes: always said, since a save without a folder moves it to General.
    pub folder: &'a Folder,
    /// What was read, `None` when there was none: the save fails if anything else is there by now.
    pub read: Option<&'a LiveRevision>,
    /// What the history shows.
    pub message: &'a str,
    /// What stays beside the content when others save over it; nothing where the server has no objects.
    pub note: &'a str,
    /// What Grafana's pages say about where it comes from; nothing where the server has no objects.
    pub managed: &'a Managed,
}

/// What Grafana's pages say about where a dashboard comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Managed {
    /// What they said before.
    #[default]
    AsBefore,
    /// Not from a repository of dashctl's.
    Not,
    /// From one.
    From {
        /// The repository's id.
        repository: String,
        /// The file in it.
        path: String,
        /// The checksum of what the file says.
        checksum: String,
    },
}

/// What the server says about a save.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Saved {
    /// The dashboard's uid.
    pub uid: String,
    /// The page to look at it.
    #[serde(default)]
    pub url: String,
    /// The version that the save made.
    #[serde(default)]
    pub version: u64,
}

/// Who saved a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Author {
    /// A user, by login name.
    User(String),
    /// A key or token: Grafana says "Anonymous".
    Token,
    /// The list gave only a number; the single version has the name.
    Unknown,
}

impl std::fmt::Display for Author {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(login) => f.write_str(login),
            Self::Token => f.write_str("a token"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// One line of a dashboard's list of versions.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VersionEntry {
    /// The version's number.
    pub version: u64,
    /// The version that it was made from.
    #[serde(default)]
    pub parent_version: u64,
    /// The version whose content it restored, 0 for none.
    #[serde(default)]
    pub restored_from: u64,
    /// When it was saved (RFC 3339).
    #[serde(default)]
    pub created: String,
    /// The message; the legacy API has "Initial save" for version 1, whatever was sent.
    #[serde(default)]
    pub message: String,
    /// What stands beside this version, where the server has objects.
    #[serde(skip)]
    pub object: Option<Arc<Metadata>>,
}

/// One version of a dashboard, whole.
#[derive(Debug, Clone)]
pub struct Version {
    /// The version's number.
    pub version: u64,
    /// When it was saved (RFC 3339).
    pub created: String,
    /// Who saved it.
    pub author: Author,
    /// The message that was really sent.
    pub message: String,
    /// The dashboard, in the form in which it was stored.
    pub dashboard: Document,
}
