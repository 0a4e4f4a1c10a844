use std::collections::{BTreeMap, BTreeSet};

use super::Error;
use super::titles::takes_each_title_once;
use crate::dashboard::FolderPath;
use crate::grafana::{Folder, FolderEdit, Folders, Grafana};

/// Finds the folders that paths of titles lead to, and makes those that are missing, parents first.
#[derive(Debug)]
pub struct FolderMaker<'a> {
    grafana: &'a Grafana,
    folders: Folders,
    read: Vec<String>,
    /// The folders below which a missing one was looked for by the other API as well.
    doubted: BTreeSet<String>,
    /// The uids that the repository has seen, and where; those of other targets among them.
    pins: BTreeMap<String, FolderPath>,
    /// What became of a pinned uid here.
    looked_up: BTreeMap<String, Option<FolderEdit>>,
    /// Whether the server nests folders; asked for only where it matters.
    nests: Option<bool>,
}

/// A folder that somebody renamed or moved.
#[derive(Debug, Clone)]
pub struct Renamed {
    /// Where it is now.
    pub now: FolderPath,
    /// Its uid.
    pub uid: String,
    /// Who changed it last, where the server says so.
    pub edit: Option<FolderEdit>,
}

impl<'a> FolderMaker<'a> {
    /// Begins with the folders that were read already.
    pub fn new(grafana: &'a Grafana, folders: Folders) -> Self {
        Self {
            grafana,
            folders,
            read: Vec::new(),
            doubted: BTreeSet::new(),
            pins: BTreeMap::new(),
            looked_up: BTreeMap::new(),
            nests: None,
        }
    }

    /// Finds a folder again by the uid under which the repository has seen it, whatever it is called now.
    #[must_use]
    pub fn with_pins(self, pins: &BTreeMap<String, FolderPath>) -> Self {
        let pins = pins.clone();
        Self { pins, ..self }
    }

    /// Where the repository's folder `path` is now and who has seen to that, if somebody renamed or moved it.
    ///
    /// # Errors
    ///
    /// The server can't be reached.
    pub async fn renamed(&mut self, path: &FolderPath) -> Result<Option<Renamed>, Error> {
        let mut first = None;
        let mut now = None;
        for outer in path.ways() {
            let Some(folder) = self.pinned(&outer).await? else {
                now = None;
                continue;
            };
            let at = self.path_of(&folder.uid, &folder.title);
            if at != outer && first.is_none() {
                first = self.looked_up.get(&folder.uid).cloned().flatten();
                if first.is_none() {
                    let read = self.grafana.read_folder(&mut self.folders, &folder.uid).await?;
                    first = read.map(|(_, edit)| edit);
                }
            }
            now = Some((at, folder));
        }
        Ok(now.filter(|(at, _)| at != path).map(|(at, folder)| Renamed {
            now: at,
            uid: folder.uid,
            edit: first,
        }))
    }

    /// Gives the folder that the repository knows as `path` its name and its place back.
    ///
    /// # Errors
    ///
    /// Not allowed, or a title that is taken by now.
    pub async fn restore(&mut self, path: &FolderPath) -> Result<(), Error> {
        let mut parent = Folder::general();
        for (outer, title) in path.ways().into_iter().zip(path.titles()) {
            let Some(folder) = self.pinned(&outer).await? else {
                parent = self.make(&outer).await?;
                continue;
            };
            if folder.parent.as_deref().unwrap_or_default() != parent.uid {
                self.grafana.move_folder(&folder.uid, &parent.uid).await?;
            }
            if folder.title != *title {
                self.grafana.rename_folder(&folder.uid, title).await?;
            }
            parent = Folder {
                title: title.clone(),
                parent: Some(parent.uid).filter(|uid| !uid.is_empty()),
                ..folder
            };
            self.folders.insert(parent.clone());
        }
        Ok(())
    }

    /// The folders that lead to `path` and are there, by uid.
    pub fn known(&self, path: &FolderPath) -> Vec<(String, FolderPath)> {
        let found = |path: FolderPath| Some((self.folders.by_path(&path)?.uid, path));
        path.ways().into_iter().filter_map(found).collect()
    }

    /// The folder that the repository has seen at `path`, wherever it is now.
    async fn pinned(&mut self, path: &FolderPath) -> Result<Option<Folder>, Error> {
        let pinned = self.pins.iter().filter(|(_, at)| *at == path);
        let uids: Vec<String> = pinned.map(|(uid, _)| uid.clone()).collect();
        for uid in uids {
            if !self.looked_up.contains_key(&uid) && self.folders.by_uid(&uid).is_none() {
                let read = self.grafana.read_folder(&mut self.folders, &uid).await?;
                self.looked_up.insert(uid.clone(), read.map(|(_, edit)| edit));
            }
            if let Some(folder) = self.folders.by_uid(&uid) {
                return Ok(Some(folder));
            }
        }
        Ok(None)
    }

    /// The folders that are known by now.
    pub fn into_folders(self) -> Folders {
        self.folders
    }

    /// The folder that `path` leads to, if it is there. Reads the levels below the first one as needed.
    ///
    /// # Errors
    ///
    /// The server can't be reached.
    pub async fn find(&mut self, path: &FolderPath) -> Result<Option<Folder>, Error> {
        let mut here = Folder::general();
        for (outer, title) in path.ways().into_iter().zip(path.titles()) {
            if let Some(pinned) = self.pinned(&outer).await? {
                here = pinned;
                continue;
            }
            match self.child(&here, title).await? {
                Some(child) => here = child,
                None => return Ok(None),
            }
        }
        Ok(Some(here))
    }

    /// Where the folder with this uid is, as far as that is known; its own title otherwise.
    pub fn path_of(&self, uid: &str, title: &str) -> FolderPath {
        let known = self.folders.path_of(uid);
        known.unwrap_or_else(|| FolderPath::of([title]))
    }

    /// The titles of the folders that are known.
    pub fn titles(&self) -> Vec<String> {
        self.folders.titles()
    }

    /// The folder that `path` leads to; makes what is missing.
    ///
    /// # Errors
    ///
    /// Not allowed, a title that is taken, or a server without nested folders.
    pub async fn make(&mut self, path: &FolderPath) -> Result<Folder, Error> {
        let mut here = Folder::general();
        for (outer, title) in path.ways().into_iter().zip(path.titles()) {
            if let Some(pinned) = self.pinned(&outer).await? {
                here = pinned;
                continue;
            }
            here = match self.child(&here, title).await? {
                Some(child) => child,
                None => self.create(title, &here, path).await?,
            };
        }
        Ok(here)
    }

    /// Makes sure that the folder that `path` leads to is there or can be made, as far as nesting goes.
    ///
    /// # Errors
    ///
    /// [`Error::NoNesting`], [`Error::FolderTaken`], or the server can't be reached.
    pub async fn check(&mut self, path: &FolderPath) -> Result<(), Error> {
        if self.find(path).await?.is_some() {
            return Ok(());
        }
        self.check_title(path).await?;
        if !path.is_nested() {
            return Ok(());
        }
        self.check_nesting(path).await
    }

    /// Where the root is empty, the server's version is all that can be asked: a guess, and not kept.
    async fn check_nesting(&mut self, path: &FolderPath) -> Result<(), Error> {
        let nests = match self.nests {
            Some(nests) => nests,
            None => self.grafana.nests(&self.folders).await?,
        };
        self.nests = Some(nests).filter(|_| !self.folders.titles().is_empty());
        match nests {
            true => Ok(()),
            false => Err(Error::NoNesting(path.to_string())),
        }
    }

    /// A folder that is to be made bears no title that is another one's to this server; General is the root's.
    async fn check_title(&mut self, path: &FolderPath) -> Result<(), Error> {
        for outer in path.ways() {
            if self.find(&outer).await?.is_some() {
                continue;
            }
            let titles = outer.titles();
            let around = FolderPath::of(titles[..titles.len() - 1].iter().cloned());
            let Some(parent) = self.find(&around).await? else {
                return Ok(());
            };
            let title = titles.last().map(String::as_str).unwrap_or_default();
            let there = match self.folders.like(&parent, title) {
                Some(like) => self.path_of(&like.uid, &like.title),
                None if !outer.is_nested() && title.eq_ignore_ascii_case("general") => FolderPath::General,
                None => return Ok(()),
            };
            return match takes_each_title_once(self.grafana).await? {
                true => Err(Error::FolderTaken {
                    wanted: outer.to_string(),
                    there: there.to_string(),
                }),
                false => Ok(()),
            };
        }
        Ok(())
    }

    async fn create(&mut self, title: &str, parent: &Folder, path: &FolderPath) -> Result<Folder, Error> {
        if !parent.uid.is_empty() {
            // 10 may say the parent that was asked for, and make the folder at the root all the same.
            self.check_nesting(path).await?;
        }
        let made = self.grafana.create_folder(title, None, parent).await?;
        if !parent.uid.is_empty() && made.parent.as_deref() != Some(&parent.uid) {
            // A server without nesting ignores the parent and makes the folder at the root: take that back.
            self.grafana.delete_folder(&made.uid).await?;
            return Err(Error::NoNesting(path.to_string()));
        }
        self.folders.insert(made.clone());
        Ok(made)
    }

    /// The folder of this title directly in `parent`. That there is none is believed only when it was looked for twice.
    async fn child(&mut self, parent: &Folder, title: &str) -> Result<Option<Folder>, Error> {
        self.read_level(parent).await?;
        if self.folders.child(parent, title).is_none() && self.doubted.insert(parent.uid.clone()) {
            self.grafana.doubt_level(&mut self.folders, parent).await?;
        }
        Ok(self.folders.child(parent, title).cloned())
    }

    async fn read_level(&mut self, parent: &Folder) -> Result<(), Error> {
        if !parent.uid.is_empty() && !self.read.contains(&parent.uid) {
            self.grafana.read_subfolders(&mut self.folders, parent).await?;
            self.read.push(parent.uid.clone());
        }
        Ok(())
    }
}
