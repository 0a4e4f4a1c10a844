use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Action, Permissions, State};
use crate::dashboard::FolderPath;
use crate::dashboard::compare::{Change, Comparison, Printable};
use crate::dashboard::outline::Outlines;
use crate::grafana::LiveRevision;

/// One dashboard of a plan or a drift check: what it is in, and what that is made of. Holds no document, so that the
/// memory of a check doesn't grow with the dashboards that are in sync.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    /// Its name in the repository.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Its title, as the repository has it.
    pub title: String,
    /// Its folder, as the repository has it; `General` is the root.
    pub folder: FolderPath,
    /// In one word.
    pub state: State,
    /// Where it is in Grafana, if that is another folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_from: Option<FolderPath>,
    /// Whether it is where it was, and its folder itself bears another name, or lies elsewhere.
    #[serde(skip)]
    pub folder_renamed: bool,
    /// What else there is to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The version of base, the newest one that the repository knows, where it was looked for and found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<u64>,
    /// What an apply would change: from live to desired.
    pub changes: Comparison,
    /// What others changed: from base to live.
    pub drift: Comparison,
    /// Differences that the user's rules cover; an apply keeps live's side of them.
    pub ignored: Vec<Change>,
    /// The versions that others saved since base, newest first.
    pub edits: Vec<Edit>,
    /// What Grafana has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<Live>,
    /// What Grafana has and a save of the classic dashboard would lose, in the words of Grafana's pages.
    #[serde(skip)]
    pub flattens: Vec<&'static str>,
    /// Where the panels lie on each side, where the sides differ.
    #[serde(skip)]
    pub outlines: Option<Arc<Outlines>>,
    /// Ignore rules (by their place among the dashboard's rules) that name nothing in it, here or in Grafana.
    #[serde(skip)]
    pub idle_rules: Vec<usize>,
    /// The uid of the folder that its file says it is in, where the file is an object with such an annotation.
    #[serde(skip)]
    pub annotated_folder: Option<String>,
    /// Which line of its template each change comes from, where a template makes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub template: Vec<TemplateLine>,
    /// The uids of the repository's library panels that it uses.
    #[serde(skip)]
    pub library: Vec<String>,
    /// 12 hex digits that tell the desired content from others; empty where nothing is to be done.
    pub content: String,
}

/// Which line of a template a change comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TemplateLine {
    /// Where the change is, for people.
    pub place: String,
    /// Where it is, for machines.
    pub path: String,
    /// File and line, in words: `templates/service.json.hbs:12`; of what a template has no more, and of what an overlay changed,
    /// that is said.
    pub line: String,
}

/// What Grafana has of a dashboard, without the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Live {
    /// Its version.
    pub version: u64,
    /// The page to look at it.
    pub url: String,
    /// When it was saved last.
    pub updated: String,
    /// Who saved it last.
    pub updated_by: String,
    /// Its title there.
    #[serde(skip)]
    pub title: String,
    /// What a write has to send back.
    #[serde(skip)]
    pub revision: LiveRevision,
}

/// A version that somebody else saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Edit {
    /// Its number.
    pub version: u64,
    /// Who saved it.
    pub author: String,
    /// When (RFC 3339).
    pub when: String,
    /// With which message.
    pub message: String,
    /// Which Grafana's own page it was saved in, such as `Grafana v13.1.0 (4b129b8f)`, where the server tells; other clients
    /// leave no such trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved_from_ui: Option<String>,
}

impl fmt::Display for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (author, when) = (Printable(&self.author), Printable(&self.when));
        write!(f, "version {} by {author} at {when}", self.version)?;
        if let Some(page) = &self.saved_from_ui {
            write!(f, " in the page of {}", Printable(page))?;
        }
        match self.message.is_empty() {
            true => Ok(()),
            false => write!(f, ": {}", Printable(&self.message)),
        }
    }
}

impl Item {
    /// What is to be done with it.
    pub fn action(&self, permissions: Permissions) -> Action {
        let only_moved = self.moved_from.is_some() && self.changes.is_same();
        Action::of(self.state, only_moved, permissions)
    }

    /// Whether it counts as a difference: everything that isn't in sync but what belongs to other tools.
    pub fn differs(&self) -> bool {
        self.state.differs()
    }
}
