use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Component, Error, Mark};

/// The folder that holds all of a stack: `config`, `data`, `logs`, `run`, and the admin's password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder(PathBuf);

/// A folder that this process alone uses, as long as this lives.
#[derive(Debug)]
pub struct Lock {
    folder: Folder,
    // The system gives it back when the process ends, however it ends.
    _file: File,
}

impl Folder {
    /// The one at this path; nothing is made yet.
    ///
    /// # Errors
    ///
    /// The current folder, which a relative path begins at, is gone.
    pub fn at(path: &Path) -> Result<Self, Error> {
        Ok(Self(std::path::absolute(path).map_err(Error::file(path))?))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where a configuration file is.
    pub fn config(&self, name: &str) -> PathBuf {
        self.0.join("config").join(name)
    }

    /// Where a component keeps what it stores.
    pub fn data(&self, component: Component) -> PathBuf {
        self.0.join("data").join(component.name())
    }

    /// Where the logs are.
    pub fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }

    /// What a component says; beside it, with `.1` at the end, what it said in the run before.
    pub fn log(&self, component: Component) -> PathBuf {
        self.logs().join(format!("{component}.log"))
    }

    /// The file that holds the password of Grafana's admin.
    pub fn password(&self) -> PathBuf {
        self.0.join("grafana-password")
    }

    /// Where the sandbox keeps its store.
    pub(super) fn sandbox(&self) -> PathBuf {
        self.0.join("data/sandbox")
    }

    pub(super) fn mark(&self, component: Component) -> PathBuf {
        self.0.join("run").join(format!("{component}.json"))
    }

    pub(super) fn ports(&self) -> PathBuf {
        self.0.join("run/ports.json")
    }

    /// Takes the folder for this process, and makes it where it isn't there: for its user alone, since it holds a password.
    ///
    /// # Errors
    ///
    /// Another dashctl has it, or it can't be made.
    pub fn lock(&self) -> Result<Lock, Error> {
        make(&self.0)?;
        for below in ["config", "data", "logs", "run"] {
            make(&self.0.join(below))?;
        }
        let path = self.0.join("lock");
        let mut options = OpenOptions::new();
        let opened = options.create(true).truncate(false).read(true).write(true).open(&path);
        let mut file = opened.map_err(Error::file(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(self.in_use(&mut file)),
            Err(TryLockError::Error(source)) => return Err(Error::File { path, source }),
        }
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| write!(file, "{}", std::process::id()));
        written.map_err(Error::file(&path))?;
        Ok(Lock {
            folder: self.clone(),
            _file: file,
        })
    }

    /// Refuses where another dashctl has the folder; takes and makes nothing.
    ///
    /// # Errors
    ///
    /// It is in use.
    pub fn check_free(&self) -> Result<(), Error> {
        let path = self.0.join("lock");
        match File::open(&path) {
            Ok(mut file) => match file.try_lock_shared() {
                Err(TryLockError::WouldBlock) => Err(self.in_use(&mut file)),
                Err(TryLockError::Error(source)) => Err(Error::File { path, source }),
                Ok(()) => Ok(()),
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(Error::File { path, source }),
        }
    }

    fn in_use(&self, file: &mut File) -> Error {
        let mut text = String::new();
        // Whoever has just taken it may not have written yet.
        let pid = file.read_to_string(&mut text).ok().and_then(|_| text.parse().ok());
        Error::Running {
            folder: self.0.clone(),
            pid,
        }
    }
}

impl Lock {
    /// The folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Stops what a run left behind whose dashctl was killed; which components that were, and their process ids.
    ///
    /// # Errors
    ///
    /// One that doesn't end, or can't be told from a process of somebody else's.
    pub async fn stop_leftovers(&self, grace: Duration) -> Result<Vec<(Component, u32)>, Error> {
        let mut stopped = Vec::new();
        for component in Component::ALL {
            let path = self.folder.mark(component);
            let Some(mark) = Mark::read(&path)? else { continue };
            let was_there = mark.stop(grace).await.map_err(|what| Error::Leftover {
                component,
                pid: mark.pid,
                what,
                mark: path.clone(),
            })?;
            if was_there {
                stopped.push((component, mark.pid));
            }
            std::fs::remove_file(&path).map_err(Error::file(&path))?;
        }
        Ok(stopped)
    }
}

/// Makes a folder that only its user can enter; one that is there stays as it is.
pub(super) fn make(path: &Path) -> Result<(), Error> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(Error::file(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_user_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::at(&root.path().join("stack")).unwrap();
        folder.check_free().unwrap();
        assert!(!folder.path().exists(), "looking makes nothing");
        let lock = folder.lock().unwrap();
        let own = format!("dashctl is process {}", std::process::id());
        for refused in [folder.lock().map(drop), folder.check_free()] {
            let message = refused.unwrap_err().to_string();
            assert!(message.contains(&own), "{message}");
        }
        drop(lock);
        folder.check_free().unwrap();
        folder.lock().unwrap();
    }
}
