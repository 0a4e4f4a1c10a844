use std::collections::HashSet;

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::folder::{Folder, FolderEdit, Folders};
use super::path::segment;
use super::transport::Allowance;
use super::{Error, ErrorKind, Grafana};

/// The most folders that are asked for in one page.
const PAGE: usize = 1000;

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
            id: wire.id.filter(|id| *id != 0),
            title: wire.title,
            parent: wire.parent_uid.filter(|uid| !uid.is_empty()),
        }
    }
}

impl Grafana {
    /// The folders of the root, where the server has them as objects all of them; else those below are read by
    /// [`Self::read_subfolders`] where a path leads there.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn folders(&self) -> Result<Folders, Error> {
        Ok(match self.folder_apis().await? {
            Some(apis) => Folders {
                all: apis.all().await?,
                whole: true,
            },
            None => Folders {
                all: self.children(None).await?,
                whole: false,
            },
        })
    }

    /// Adds the folders below `parent` to `folders`. A server without nesting answers with the root's again (9.4),
    /// which have no parent and are not taken.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn read_subfolders(&self, folders: &mut Folders, parent: &Folder) -> Result<(), Error> {
        if folders.whole {
            return Ok(());
        }
        let mut children = self.children(Some(&parent.uid)).await?;
        children.retain(|child| child.parent.as_deref() == Some(&parent.uid));
        children.into_iter().for_each(|child| folders.insert(child));
        Ok(())
    }

    /// Adds the folders directly in `parent` that a list of all of them lacks, by the other API: a 13.1 under load was seen to
    /// end a list of objects early, without a word (501 and 207 of 1,001), and a folder that is believed missing is made again.
    ///
    /// # Errors
    ///
    /// The server can't be reached. That the other API may not be used is no error: then the list is all there is.
    pub async fn doubt_level(&self, folders: &mut Folders, parent: &Folder) -> Result<(), Error> {
        if !folders.whole {
            return Ok(());
        }
        let parent = Some(parent.uid.as_str()).filter(|uid| !uid.is_empty());
        let children = match self.children(parent).await {
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::NotAllowed | ErrorKind::NotFound | ErrorKind::Foreign
                ) =>
            {
                return Ok(());
            }
            children => children?,
        };
        let inside = children.into_iter().filter(|child| child.parent.as_deref() == parent);
        inside.for_each(|child| folders.insert(child));
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
        // Wherever folders are objects.
        if folders.whole {
            return Ok(true);
        }
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
        if let Some(apis) = self.folder_apis().await? {
            return apis.create(title, uid, &parent.uid).await;
        }
        let mut body = json!({"title": title});
        if let Some(uid) = uid {
            body["uid"] = uid.into();
        }
        if !parent.uid.is_empty() {
            body["parentUid"] = parent.uid.as_str().into();
        }
        let made: Wire = self.transport.write(Method::POST, "/api/folders", &body).await?;
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
            let read = match self.folder_apis().await? {
                Some(apis) => apis.read(&next).await?,
                None => self.detail(&next).await?,
            };
            let Some((folder, edit)) = read else { break };
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

    async fn detail(&self, uid: &str) -> Result<Option<(Folder, FolderEdit)>, Error> {
        let path = format!("/api/folders/{}", segment(uid));
        match self.transport.find::<Wire>(&path).await {
            // Newer servers hide what may not be seen behind a 403.
            Err(error) if error.kind() == &ErrorKind::NotAllowed => Ok(None),
            Err(error) => Err(error),
            Ok(found) => Ok(found.map(|wire| {
                let edit = FolderEdit {
                    by: wire.updated_by.clone().unwrap_or_default(),
                    when: wire.updated.clone().unwrap_or_default(),
                };
                (Folder::from(wire), edit)
            })),
        }
    }

    /// Gives a folder another title, over whatever title it bears now.
    ///
    /// # Errors
    ///
    /// Not allowed, a title that is taken, or the server can't be reached.
    pub async fn rename_folder(&self, uid: &str, title: &str) -> Result<Folder, Error> {
        if let Some(apis) = self.folder_apis().await? {
            return apis.rename(uid, title).await;
        }
        let body = json!({"title": title, "overwrite": true});
        let path = format!("/api/folders/{}", segment(uid));
        let renamed: Wire = self.transport.write(Method::PUT, &path, &body).await?;
        Ok(renamed.into())
    }

    /// Moves a folder into another one; `""` is the root.
    ///
    /// # Errors
    ///
    /// Not allowed, or the server can't be reached.
    pub async fn move_folder(&self, uid: &str, parent: &str) -> Result<(), Error> {
        if let Some(apis) = self.folder_apis().await? {
            apis.relocate(uid, parent).await?;
            return Ok(());
        }
        let path = format!("/api/folders/{}/move", segment(uid));
        let body = json!({"parentUid": parent});
        let _: serde_json::Value = self.transport.write(Method::POST, &path, &body).await?;
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
                    all.push(wire.into());
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
