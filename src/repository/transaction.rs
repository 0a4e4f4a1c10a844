//! How do several files change together, whoever else is at work, and whatever stops us?
//!
//! What is to be written is laid aside first; then a journal says what belongs where, and from that moment the change has
//! happened: whoever opens the repository next finishes it. Before, nothing has. One transaction at a time, by a lock that
//! the system takes back from a process which died.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{Error, LIBRARY, LOCK_FILE, Lock, Repository, files};
use crate::files::{Written, read_regular, write_atomic};

/// dashctl's own folder in a repository. Git sees nothing of it.
const FOLDER: &str = ".dashctl";
/// How long to wait for another transaction: they last as long as it takes to write files.
const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(10);

/// Changes of a repository's files and of its lock, which happen together or not at all. A transaction that is dropped
/// changes nothing.
#[derive(Debug)]
pub struct Transaction<'a> {
    repository: &'a Repository,
    /// Held until the end.
    _turn: File,
    lock: Lock,
    changes: Vec<Change>,
}

/// One file, by its path in the repository.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    path: PathBuf,
    /// Whether new bytes are laid aside; without, the file goes.
    new: bool,
    /// Whether the bytes that it had are laid aside.
    old: bool,
}

/// What is to be done, and only done when the whole of it is known.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Journal {
    version: u32,
    changes: Vec<Change>,
}

impl Repository {
    /// Begins to change the repository: waits for its turn, and reads the lock as it is then.
    ///
    /// # Errors
    ///
    /// Another transaction doesn't end, the lock can't be read, or the disk refuses.
    pub fn begin(&self) -> Result<Transaction<'_>, Error> {
        let turn = take_turn(self.root())?;
        finish(self.root())?;
        Ok(Transaction {
            repository: self,
            _turn: turn,
            lock: self.lock()?,
            changes: Vec::new(),
        })
    }
}

/// Finishes what a process that was killed has begun in the repository at `root`.
///
/// # Errors
///
/// The disk refuses.
pub(super) fn recover(root: &Path) -> Result<(), Error> {
    if !journal(root).exists() {
        return Ok(());
    }
    let _turn = take_turn(root)?;
    finish(root)
}

impl Transaction<'_> {
    /// The lock, as it will be.
    pub fn lock(&mut self) -> &mut Lock {
        &mut self.lock
    }

    /// Gives a file of the repository these bytes; one that has them already isn't touched.
    ///
    /// # Errors
    ///
    /// A path that dashctl writes nothing to, or a disk that refuses.
    pub fn write(&mut self, path: &Path, bytes: &[u8]) -> Result<Written, Error> {
        let now = self.current(path)?;
        if now.as_deref() == Some(bytes) {
            return Ok(Written::Unchanged);
        }
        let written = if now.is_some() {
            Written::Changed
        } else {
            Written::Created
        };
        self.lay_aside(path, Some(bytes))?;
        Ok(written)
    }

    /// Takes a file out of the repository; one that isn't there is gone already.
    ///
    /// # Errors
    ///
    /// A path that dashctl writes nothing to, or a disk that refuses.
    pub fn remove(&mut self, path: &Path) -> Result<(), Error> {
        if self.current(path)?.is_some() {
            self.lay_aside(path, None)?;
        }
        Ok(())
    }

    /// What a file will have in it, if it will be there.
    ///
    /// # Errors
    ///
    /// It can't be read, or is no text.
    pub fn text(&self, path: &Path) -> Result<Option<String>, Error> {
        let text = |bytes| String::from_utf8(bytes).map_err(|_| disk(path, ErrorKind::InvalidData.into()));
        self.current(path)?.map(text).transpose()
    }

    /// Whether a file will be there.
    ///
    /// # Errors
    ///
    /// It can't be read.
    pub fn has(&self, path: &Path) -> Result<bool, Error> {
        Ok(self.current(path)?.is_some())
    }

    /// Carries it out.
    ///
    /// # Errors
    ///
    /// A disk that refuses. All files are as they were then.
    pub fn commit(mut self) -> Result<(), Error> {
        let root = self.repository.root();
        let text = self.lock.to_string();
        if self.lock != self.repository.lock()? || !root.join(LOCK_FILE).exists() {
            self.write(&root.join(LOCK_FILE), text.as_bytes())?;
        }
        if self.changes.is_empty() {
            return Ok(());
        }
        let journal = Journal {
            version: 1,
            changes: std::mem::take(&mut self.changes),
        };
        let text = serde_json::to_vec(&journal).map_err(|error| disk(&self::journal(root), error.into()))?;
        write_atomic(&self::journal(root), &text)?;
        finish(root)
    }

    /// What a path holds, as far as this transaction goes.
    fn current(&self, path: &Path) -> Result<Option<Vec<u8>>, Error> {
        let root = self.repository.root();
        let relative = path.strip_prefix(root).unwrap_or(path);
        let last = self.changes.iter().rposition(|change| change.path == relative);
        let path = match last {
            Some(at) if !self.changes[at].new => return Ok(None),
            Some(at) => aside(root, at, "new"),
            None => path.to_owned(),
        };
        read(&path)
    }

    fn lay_aside(&mut self, path: &Path, bytes: Option<&[u8]>) -> Result<(), Error> {
        let root = self.repository.root();
        let relative = allowed(root, path)?;
        let at = self.changes.len();
        let before = read(path)?;
        let change = Change {
            path: relative,
            new: bytes.is_some(),
            old: before.is_some(),
        };
        for (bytes, kind) in [(bytes, "new"), (before.as_deref(), "old")] {
            if let Some(bytes) = bytes {
                write_atomic(&aside(root, at, kind), bytes)?;
            }
        }
        self.changes.push(change);
        Ok(())
    }
}

/// Waits until nobody else changes the repository.
fn take_turn(root: &Path) -> Result<File, Error> {
    let folder = root.join(FOLDER);
    files::inside(root, &folder)?;
    let ignore = folder.join(".gitignore");
    if !ignore.exists() {
        write_atomic(
            &ignore,
            b"# dashctl's own, for as long as it changes files. Nothing of it belongs into Git.\n*\n",
        )?;
    }
    let path = folder.join("lock");
    let opened = File::options().create(true).truncate(false).write(true).open(&path);
    let file = opened.map_err(|source| disk(&path, source))?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => std::thread::sleep(POLL),
            Err(TryLockError::WouldBlock) => return Err(Error::Busy { path }),
            Err(TryLockError::Error(source)) => return Err(disk(&path, source)),
        }
    }
}

/// Carries out what the journal says, if there is one, and clears away what was laid aside. Where a disk refuses, all is
/// put back.
fn finish(root: &Path) -> Result<(), Error> {
    let file = journal(root);
    let Some(text) = read(&file)? else {
        return clear(root);
    };
    let journal: Journal = match serde_json::from_slice::<Journal>(&text) {
        Ok(journal) if journal.version == 1 => journal,
        _ => return Err(Error::Journal { path: file }),
    };
    for change in &journal.changes {
        allowed(root, &root.join(&change.path))?;
    }
    let carried_out = put(root, &journal, "new", |change| change.new);
    if carried_out.is_err() {
        put(root, &journal, "old", |change| change.old)?;
    }
    std::fs::remove_file(&file).map_err(|source| disk(&file, source))?;
    clear(root)?;
    carried_out
}

/// Gives each file the bytes of this kind that were laid aside for it, or takes it away where there are none.
fn put(root: &Path, journal: &Journal, kind: &str, has: impl Fn(&Change) -> bool) -> Result<(), Error> {
    let mut order: Vec<usize> = (0..journal.changes.len()).collect();
    if kind == "old" {
        // A path that changed twice goes back to what it was first.
        order.reverse();
    }
    for at in order {
        let change = &journal.changes[at];
        let path = root.join(&change.path);
        if has(change) {
            let aside = aside(root, at, kind);
            let bytes = read_regular(&aside).map_err(|source| disk(&aside, source))?;
            write_atomic(&path, &bytes)?;
            continue;
        }
        match std::fs::remove_file(&path) {
            Err(source) if !is_absent(&source) => return Err(disk(&path, source)),
            _ => remove_empty(root, &path),
        }
    }
    Ok(())
}

/// Folders under `dashboards/` and `library/` that nothing is in any more go with the last file.
fn remove_empty(root: &Path, path: &Path) {
    let tops = ["dashboards", LIBRARY].map(|name| root.join(name));
    let below = |folder: &Path| tops.iter().any(|top| folder != top && folder.starts_with(top));
    let between = path.ancestors().skip(1).take_while(|folder| below(folder));
    for folder in between {
        // One that isn't empty stays, which is what is meant.
        if std::fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

fn clear(root: &Path) -> Result<(), Error> {
    let folder = root.join(FOLDER).join("aside");
    match std::fs::remove_dir_all(&folder) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(disk(&folder, source)),
        _ => Ok(()),
    }
}

fn journal(root: &Path) -> PathBuf {
    root.join(FOLDER).join("journal")
}

fn aside(root: &Path, at: usize, kind: &str) -> PathBuf {
    root.join(FOLDER).join("aside").join(format!("{at}.{kind}"))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match read_regular(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(source) => Err(disk(path, source)),
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn disk(path: &Path, source: std::io::Error) -> Error {
    Error::Disk {
        path: path.to_owned(),
        source,
    }
}

/// The path in the repository, if it is one that dashctl writes to. A journal may come from somebody else, with a clone.
fn allowed(root: &Path, path: &Path) -> Result<PathBuf, Error> {
    files::inside(root, path)?;
    let relative = path.strip_prefix(root).unwrap_or(path);
    let first = match relative.components().next() {
        Some(Component::Normal(first)) => first,
        _ => Default::default(),
    };
    let ours = first == "dashboards" || first == LIBRARY || first == "vendor" || relative == Path::new(LOCK_FILE);
    match ours {
        true => Ok(relative.to_owned()),
        false => Err(Error::Outside {
            path: path.to_owned(),
            root: root.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> (tempfile::TempDir, Repository) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("dashctl.yaml"), "version: 1\nrepository: r\n").unwrap();
        let repository = Repository::discover(folder.path()).unwrap().unwrap();
        (folder, repository)
    }

    fn text(repository: &Repository, path: &str) -> Option<String> {
        std::fs::read_to_string(repository.root().join(path)).ok()
    }

    /// A repository in which `a` is to change, `b` to go and `c` to come, killed when the journal is there and `done` of
    /// the changes are carried out.
    fn killed(done: usize) -> (tempfile::TempDir, Repository) {
        let (folder, repository) = repository();
        let path = |name: &str| repository.root().join("dashboards").join(name);
        let mut first = repository.begin().unwrap();
        first.write(&path("a"), b"1").unwrap();
        first.write(&path("b"), b"1").unwrap();
        first.commit().unwrap();
        let mut second = repository.begin().unwrap();
        second.write(&path("a"), b"2").unwrap();
        second.remove(&path("b")).unwrap();
        second.write(&path("c"), b"2").unwrap();
        let journal = Journal {
            version: 1,
            changes: second.changes.clone(),
        };
        drop(second);
        write_atomic(
            &super::journal(repository.root()),
            &serde_json::to_vec(&journal).unwrap(),
        )
        .unwrap();
        let part = Journal {
            version: 1,
            changes: journal.changes[..done].to_vec(),
        };
        put(repository.root(), &part, "new", |change| change.new).unwrap();
        (folder, repository)
    }

    #[test]
    fn what_was_killed_is_finished_by_whoever_comes_next() {
        for done in 0..=3 {
            let (folder, repository) = killed(done);
            Repository::discover(folder.path()).unwrap().unwrap();
            let now = ["a", "b", "c"].map(|name| text(&repository, &format!("dashboards/{name}")));
            assert_eq!(now, [Some("2".into()), None, Some("2".into())], "after {done}");
            assert!(!super::journal(repository.root()).exists());
        }
    }

    #[test]
    fn what_is_not_committed_has_not_happened() {
        let (_folder, repository) = repository();
        let path = repository.root().join("dashboards/a");
        let mut open = repository.begin().unwrap();
        assert_eq!(open.write(&path, b"1").unwrap(), Written::Created);
        assert_eq!(open.write(&path, b"1").unwrap(), Written::Unchanged);
        assert!(open.has(&path).unwrap() && !path.exists());
        drop(open);
        repository.begin().unwrap().commit().unwrap();
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn where_a_disk_refuses_all_is_as_it_was() {
        let (_folder, repository) = repository();
        let path = |name: &str| repository.root().join("dashboards").join(name);
        let mut first = repository.begin().unwrap();
        first.write(&path("a"), b"1").unwrap();
        first.commit().unwrap();
        let mut second = repository.begin().unwrap();
        second.write(&path("a"), b"2").unwrap();
        second.write(&path("x/b"), b"2").unwrap();
        // A file where the folder would have to be.
        std::fs::write(path("x"), "in the way").unwrap();
        assert!(second.commit().is_err());
        assert_eq!(text(&repository, "dashboards/a").as_deref(), Some("1"));
        repository.begin().unwrap().commit().unwrap();
        assert_eq!(text(&repository, "dashboards/a").as_deref(), Some("1"));
    }

    #[test]
    fn a_journal_that_came_with_a_clone_changes_nothing_but_dashboards() {
        for path in [
            ".git/hooks/post-checkout",
            "../x",
            "dashctl.yaml",
            "dashboards/../.git/x",
        ] {
            let (folder, repository) = repository();
            let journal = format!(r#"{{"version":1,"changes":[{{"path":{path:?},"new":true,"old":false}}]}}"#);
            let root = repository.root();
            write_atomic(&aside(root, 0, "new"), b"evil").unwrap();
            write_atomic(&super::journal(root), journal.as_bytes()).unwrap();
            assert!(Repository::discover(folder.path()).is_err(), "{path}");
            assert_ne!(text(&repository, path).as_deref(), Some("evil"));
        }
    }
}
