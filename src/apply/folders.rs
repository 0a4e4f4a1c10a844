use super::Error;
use crate::dashboard::FolderPath;
use crate::grafana::{Folder, Folders, Grafana};

/// Finds the folders that paths of titles lead to, and makes those that are missing, parents first.
#[derive(Debug)]
pub struct FolderMaker<'a> {
    grafana: &'a Grafana,
    folders: Folders,
    read: Vec<String>,
    /// Whether the server nests folders; asked for only where it matters.
    nests: Option<bool>,
}

impl<'a> FolderMaker<'a> {
    /// Begins with the folders that were read already.
    pub fn new(grafana: &'a Grafana, folders: Folders) -> Self {
        Self {
            grafana,
            folders,
            read: Vec::new(),
            nests: None,
        }
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
        for title in path.titles() {
            self.read_level(&here).await?;
            match self.folders.child(&here, title) {
                Some(child) => here = child.clone(),
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

    /// The folder that `path` leads to; makes what is missing.
    ///
    /// # Errors
    ///
    /// Not allowed, a title that is taken, or a server without nested folders.
    pub async fn make(&mut self, path: &FolderPath) -> Result<Folder, Error> {
        let mut here = Folder::general();
        for title in path.titles() {
            self.read_level(&here).await?;
            here = match self.folders.child(&here, title) {
                Some(child) => child.clone(),
                None => self.create(title, &here, path).await?,
            };
        }
        Ok(here)
    }

    /// Makes sure that the folder that `path` leads to is there or can be made, as far as nesting goes.
    ///
    /// # Errors
    ///
    /// [`Error::NoNesting`], or the server can't be reached.
    pub async fn check(&mut self, path: &FolderPath) -> Result<(), Error> {
        if !path.is_nested() || self.find(path).await?.is_some() {
            return Ok(());
        }
        let nests = match self.nests {
            Some(nests) => nests,
            None => self.grafana.nests(&self.folders).await?,
        };
        self.nests = Some(nests);
        match nests {
            true => Ok(()),
            false => Err(Error::NoNesting(path.to_string())),
        }
    }

    async fn create(&mut self, title: &str, parent: &Folder, path: &FolderPath) -> Result<Folder, Error> {
        let made = self.grafana.create_folder(title, None, parent).await?;
        if !parent.uid.is_empty() && made.parent.as_deref() != Some(&parent.uid) {
            // A server without nesting ignores the parent and makes the folder at the root: take that back.
            self.grafana.delete_folder(&made.uid).await?;
            return Err(Error::NoNesting(path.to_string()));
        }
        self.folders.insert(made.clone());
        Ok(made)
    }

    async fn read_level(&mut self, parent: &Folder) -> Result<(), Error> {
        if !parent.uid.is_empty() && !self.read.contains(&parent.uid) {
            self.grafana.read_subfolders(&mut self.folders, parent).await?;
            self.read.push(parent.uid.clone());
        }
        Ok(())
    }
}
