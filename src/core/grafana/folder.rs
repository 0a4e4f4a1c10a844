//! The folders of a server, as far as they were asked for.

use crate::dashboard::{FolderPath, url_part};

/// A folder; the one with the empty uid is General, the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Its uid, `""` for General.
    pub uid: String,
    /// Its numeric id, where the server still tells: 7.5 takes nothing else.
    pub id: Option<u64>,
    /// Its title.
    pub title: String,
    /// The uid of the folder it is in, where folders can be nested.
    pub parent: Option<String>,
}

impl Folder {
    /// The root, called General (or Dashboards in newer UIs).
    pub fn general() -> Self {
        Self {
            uid: String::new(),
            id: Some(0),
            title: "General".into(),
            parent: None,
        }
    }
}

/// Who changed a folder last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderEdit {
    /// Who; empty where the server doesn't say.
    pub by: String,
    /// When (RFC 3339).
    pub when: String,
}

/// The folders of a server, as far as they were asked for.
#[derive(Debug, Clone, Default)]
pub struct Folders {
    pub(super) all: Vec<Folder>,
    /// Whether those below the root were read as well.
    pub(super) whole: bool,
}

impl Folders {
    /// The folder with this uid; `""` and `general` are the root.
    pub fn by_uid(&self, uid: &str) -> Option<Folder> {
        if uid.is_empty() || uid == "general" {
            return Some(Folder::general());
        }
        self.all.iter().find(|folder| folder.uid == uid).cloned()
    }

    /// The folder that a path of titles leads to.
    pub fn by_path(&self, path: &FolderPath) -> Option<Folder> {
        let mut here = Folder::general();
        for title in path.titles() {
            here = self.child(&here, title)?.clone();
        }
        Some(here)
    }

    /// The folder of this title directly in `parent`.
    pub fn child(&self, parent: &Folder, title: &str) -> Option<&Folder> {
        let parent = Some(parent.uid.as_str()).filter(|uid| !uid.is_empty());
        self.all
            .iter()
            .find(|folder| folder.parent.as_deref() == parent && folder.title == title)
    }

    /// The titles of all folders that are known.
    pub fn titles(&self) -> Vec<String> {
        self.all.iter().map(|folder| folder.title.clone()).collect()
    }

    /// A folder directly in `parent` whose title is the same to servers that compare titles as parts of a URL.
    pub fn like(&self, parent: &Folder, title: &str) -> Option<&Folder> {
        let parent = Some(parent.uid.as_str()).filter(|uid| !uid.is_empty());
        let part = url_part(title);
        let mut inside = self.all.iter().filter(|folder| folder.parent.as_deref() == parent);
        inside.find(|folder| url_part(&folder.title) == part)
    }

    /// Where the folder with this uid is; nothing where it isn't known.
    pub fn path_of(&self, uid: &str) -> Option<FolderPath> {
        if uid.is_empty() || uid == "general" {
            return Some(FolderPath::General);
        }
        let mut path = Vec::new();
        let mut here = uid.to_owned();
        // A server that makes a ring of folders must not hang us.
        for _ in 0..64 {
            let Some(folder) = self.all.iter().find(|folder| folder.uid == here) else {
                break;
            };
            path.push(folder.title.clone());
            match &folder.parent {
                Some(parent) => here.clone_from(parent),
                None => break,
            }
        }
        path.reverse();
        (!path.is_empty()).then(|| FolderPath::of(path))
    }

    /// Whether all folders on the way to this one are known.
    pub fn knows_way_to(&self, uid: &str) -> bool {
        let mut here = uid;
        // A ring is as good as known: nothing more is to be learnt of it.
        for _ in 0..64 {
            if here.is_empty() || here == "general" {
                return true;
            }
            match self.all.iter().find(|folder| folder.uid == here) {
                Some(folder) => here = folder.parent.as_deref().unwrap_or_default(),
                None => return false,
            }
        }
        true
    }

    /// Adds a folder, or takes the place of what was known of it.
    pub fn insert(&mut self, folder: Folder) {
        self.all.retain(|known| known.uid != folder.uid);
        self.all.push(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders() -> Folders {
        let folder = |uid: &str, title: &str, parent: Option<&str>| Folder {
            uid: uid.into(),
            id: None,
            title: title.into(),
            parent: parent.map(Into::into),
        };
        Folders {
            all: vec![
                folder("a", "A", None),
                folder("b", "B", Some("a")),
                folder("b2", "B", None),
            ],
            whole: true,
        }
    }

    #[test]
    fn a_path_leads_through_parents() {
        let folders = folders();
        let uid = |titles: &[&str]| {
            let folder = folders.by_path(&FolderPath::of(titles.iter().copied()));
            folder.map(|folder| folder.uid)
        };
        assert_eq!(uid(&["A", "B"]), Some("b".into()));
        assert_eq!(uid(&["B"]), Some("b2".into()));
        assert_eq!(uid(&[]), Some(String::new()));
        assert_eq!(uid(&["A", "C"]), None);
        assert_eq!(folders.path_of("b"), Some(FolderPath::of(["A", "B"])));
        assert!(folders.knows_way_to("b") && folders.knows_way_to("") && !folders.knows_way_to("x"));
        assert_eq!(
            (folders.path_of(""), folders.path_of("x")),
            (Some(FolderPath::General), None)
        );
    }
}
