use serde_json::Value;

use crate::dashboard::compare::IgnoreRule;
use crate::dashboard::{Document, FolderPath, Uid};

/// What one dashboard shall be on one target.
#[derive(Debug, Clone)]
pub struct Desired {
    /// How it is called in messages: its name in the repository, or what it was imported from.
    pub label: String,
    /// Its uid.
    pub uid: Uid,
    /// The dashboard as it is sent: inputs answered, uid in it.
    pub dashboard: Document,
    /// Its folder.
    pub folder: FolderPath,
    /// The library panels that it brings along.
    pub elements: Vec<Value>,
    /// The checksum ([`pulled_hash`](super::pulled_hash)) of the live content that a pull took last.
    pub pulled: Option<String>,
    /// The uids of its folder, as the repository saw them last under this path.
    pub folder_uids: Vec<String>,
    /// Differences that the user doesn't want to see.
    pub ignore: Vec<IgnoreRule>,
}

impl Desired {
    /// Its title.
    pub fn title(&self) -> &str {
        self.dashboard.title()
    }
}
