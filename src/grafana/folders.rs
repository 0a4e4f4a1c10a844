use std::collections::HashSet;

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::path::segment;
use super::transport::Allowance;
use super::{Error, ErrorKind, Grafana};
use crate::dashboard::{FolderPath, url_part};

/// The most folders that are asked for in one page.
const PAGE: usize = 1000;

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
    all: Vec<Folder>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    uid: String,
    title: String,
    #[serde(default)]
    id: Option<u64>,
    #[serde(default)]
    parent_uid: Option<String>,
    #[serde(default)]
    updated_by: Option<String>,
    #[serde(default)]
    updated: Option<String>,
}

impl From<Wire> for Folder {
    fn from(wire: Wire) -> Self {
        Self {
            uid: wire.uid,
            id: wire.id,
            title: wire.title,
            parent: wire.parent_uid.filter(|uid| !uid.is_empty()),
        }
    }
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

    /// Adds a folder, or takes the place of what was known of it.
    pub fn insert(&mut self, folder: Folder) {
        self.all.retain(|known| known.uid != folder.uid);
        self.all.push(folder);
    }
}

impl Grafana {
    /// The folders of the root; those below them are read by [`Self::read_subfolders`] where a path leads there.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn folders(&self) -> Result<Folders, Error> {
        Ok(Folders {
            all: self.children(None).await?,
        })
    }

    /// Adds the folders below `parent` to `folders`. A server without nesting answers with the root's again (9.4),
    /// which have no parent and are not taken.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn read_subfolders(&self, folders: &mut Folders, parent: &Folder) -> Result<(), Error> {
        let mut children = self.children(Some(&parent.uid)).await?;
        children.retain(|child| child.parent.as_deref() == Some(&parent.uid));
        children.into_iter().for_each(|child| folders.insert(child));
        Ok(())
    }

    /// Whether folders can lie inside of folders here. A server without nesting ignores `parentUid` and lists the root
    /// again; where the root is empty, the version is all there is to go by: 9.4 and before have none, and from then on it is a
    /// setting.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn nests(&self, folders: &Folders) -> Result<bool, Error> {
        if let Some(root) = folders.all.iter().find(|folder| folder.parent.is_none()) {
            let children = self.children(Some(&root.uid)).await?;
            return Ok(children.iter().all(|child| child.parent.as_deref() == Some(&root.uid)));
        }
        Ok(self.version_numbers().await?.is_none_or(|version| version > (9, 4)))
    }

    /// The first two numbers of the server's version, where it tells them.
    ///
    /// # Errors
    ///
    /// The server can't be reached.
    pub async fn version_numbers(&self) -> Result<Option<(u32, u32)>, Error> {
        let version = self.health().await?.version.unwrap_or_default();
        let mut numbers = version.split('.').map_while(|number| number.parse::<u32>().ok());
        Ok(numbers.next().zip(numbers.next()))
    }

    /// Makes a folder in `parent` and gives it as the server made it: its parent shows whether the server nests.
    ///
    /// # Errors
    ///
    /// Not allowed, a title that is taken, or the server can't be reached.
    pub async fn create_folder(&self, title: &str, uid: Option<&str>, parent: &Folder) -> Result<Folder, Error> {
        let mut body = json!({"title": title});
        if let Some(uid) = uid {
            body["uid"] = uid.into();
        }
        if !parent.uid.is_empty() {
            body["parentUid"] = parent.uid.as_str().into();
        }
        let made: Wire = self.transport.write(Method::POST, "/api/folders", Some(&body)).await?;
        Ok(made.into())
    }

    /// Deletes a folder with all that is in it. dashctl does so only with one that it has just made, empty.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn delete_folder(&self, uid: &str) -> Result<(), Error> {
        self.transport.delete(&format!("/api/folders/{}", segment(uid))).await
    }

    /// The folder with this uid and who changed it last; the folders that it lies in are added to `folders` with it.
    ///
    /// # Errors
    ///
    /// The server can't be reached.
    pub async fn read_folder(&self, folders: &mut Folders, uid: &str) -> Result<Option<(Folder, FolderEdit)>, Error> {
        let mut found = None;
        let mut next = uid.to_owned();
        // A server that makes a ring of folders must not hang us.
        for _ in 0..64 {
            let Some(wire) = self.detail(&next).await? else { break };
            let edit = FolderEdit {
                by: wire.updated_by.clone().unwrap_or_default(),
                when: wire.updated.clone().unwrap_or_default(),
            };
            let mut folder = Folder::from(wire);
            folder.id = folder.id.filter(|id| *id != 0);
            folders.insert(folder.clone());
            let parent = folder.parent.clone();
            found.get_or_insert((folder, edit));
            match parent {
                Some(parent) if folders.by_uid(&parent).is_none() => next = parent,
                _ => break,
            }
        }
        Ok(found)
    }

    async fn detail(&self, uid: &str) -> Result<Option<Wire>, Error> {
        match self.transport.find(&format!("/api/folders/{}", segment(uid))).await {
            // Newer servers hide what may not be seen behind a 403.
            Err(error) if error.kind() == &ErrorKind::NotAllowed => Ok(None),
            found => found,
        }
    }

    /// Gives a folder another title, over whatever title it bears now.
    ///
    /// # Errors
    ///
    /// Not allowed, a title that is taken, or the server can't be reached.
    pub async fn rename_folder(&self, uid: &str, title: &str) -> Result<Folder, Error> {
        let body = json!({"title": title, "overwrite": true});
        let path = format!("/api/folders/{}", segment(uid));
        let renamed: Wire = self.transport.write(Method::PUT, &path, Some(&body)).await?;
        Ok(renamed.into())
    }

    /// Moves a folder into another one; `""` is the root.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn move_folder(&self, uid: &str, parent: &str) -> Result<(), Error> {
        let path = format!("/api/folders/{}/move", segment(uid));
        let body = json!({"parentUid": parent});
        let _: serde_json::Value = self.transport.write(Method::POST, &path, Some(&body)).await?;
        Ok(())
    }

    async fn children(&self, parent: Option<&str>) -> Result<Vec<Folder>, Error> {
        let mut all: Vec<Folder> = Vec::new();
        let mut seen = HashSet::new();
        let mut allowance = Allowance::default();
        let parent = parent
            .map(|uid| format!("&parentUid={}", segment(uid)))
            .unwrap_or_default();
        for page in 1.. {
            let path = format!("/api/folders?limit={PAGE}&page={page}{parent}");
            let found: Vec<Wire> = self.transport.get_page(&path, None, &mut allowance).await?;
            let full = found.len() >= PAGE;
            let before = all.len();
            for wire in found {
                if seen.insert(wire.uid.clone()) {
                    let mut folder = Folder::from(wire);
                    folder.id = folder.id.filter(|id| *id != 0);
                    all.push(folder);
                }
            }
            // 7.5 knows no pages and gives the same ones again.
            if !full || all.len() == before {
                break;
            }
        }
        Ok(all)
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
        assert_eq!(
            (folders.path_of(""), folders.path_of("x")),
            (Some(FolderPath::General), None)
        );
    }
}
