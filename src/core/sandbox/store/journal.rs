use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use super::{Change, Tables};
use crate::sandbox::Error;

const JOURNAL: &str = "journal.jsonl";
const LOCK: &str = "lock";
/// How many times its size after the last rewriting a journal may reach, and how small it may be left alone.
const GROWTH: u64 = 4;
const SMALL: u64 = 64 << 20;

/// The file that the store lives in: one line per request that changed something, a list of [`Change`]s.
///
/// A line reaches the system in one write, so a killed process leaves at most one torn line, the last, which is dropped: the
/// request it belongs to was never answered. At each start, and when it has grown, the journal is rewritten to what is still
/// there.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    /// The size now and after the last rewriting.
    size: u64,
    rewritten: u64,
    /// Held as long as the journal is open.
    _lock: File,
}

impl Journal {
    /// Opens the journal in a folder, which is made when it isn't there, and reads what is in it.
    ///
    /// # Errors
    ///
    /// The folder can't be used, another sandbox uses it, or a line is damaged.
    pub fn open(folder: &Path) -> Result<(Self, Tables), Error> {
        make_private(folder).map_err(|source| failed(folder, source))?;
        let lock = lock(folder)?;
        let path = folder.join(JOURNAL);
        let tables = read(&path)?;
        let (file, size) = rewrite(&path, &tables).map_err(|source| failed(&path, source))?;
        let journal = Self {
            file,
            path,
            size,
            rewritten: size,
            _lock: lock,
        };
        Ok((journal, tables))
    }

    /// Writes the changes of one request.
    ///
    /// # Errors
    ///
    /// The file can't be written.
    pub fn append(&mut self, changes: &[Change]) -> Result<(), Error> {
        let line = line(changes).map_err(|source| failed(&self.path, source))?;
        self.file
            .write_all(&line)
            .map_err(|source| failed(&self.path, source))?;
        self.size += line.len() as u64;
        Ok(())
    }

    /// Rewrites the journal to what is there now, when it has grown too much.
    ///
    /// # Errors
    ///
    /// The file can't be written.
    pub fn tidy(&mut self, tables: &Tables) -> Result<(), Error> {
        if self.size > SMALL.max(self.rewritten.saturating_mul(GROWTH)) {
            (self.file, self.size) = rewrite(&self.path, tables).map_err(|source| failed(&self.path, source))?;
            self.rewritten = self.size;
        }
        Ok(())
    }

    /// Waits until the disk has everything.
    ///
    /// # Errors
    ///
    /// The disk can't take it.
    pub fn sync(&self) -> Result<(), Error> {
        self.file.sync_all().map_err(|source| failed(&self.path, source))
    }
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::Store {
        path: path.to_owned(),
        source,
    }
}

/// The folder holds passwords of data sources, so only its owner may look into it.
fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn lock(folder: &Path) -> Result<File, Error> {
    let path = folder.join(LOCK);
    let file = File::create(&path).map_err(|source| failed(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(failed(&path, source)),
    }
}

fn read(path: &Path) -> Result<Tables, Error> {
    let mut tables = Tables::default();
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(tables),
        Err(source) => return Err(failed(path, source)),
    };
    let mut reader = BufReader::new(file);
    let mut text = Vec::new();
    for number in 1.. {
        text.clear();
        reader
            .read_until(b'\n', &mut text)
            .map_err(|source| failed(path, source))?;
        if text.last() != Some(&b'\n') {
            break;
        }
        let changes: Vec<Change> = serde_json::from_slice(&text).map_err(|error| Error::Damaged {
            path: path.to_owned(),
            line: number,
            reason: error.to_string(),
        })?;
        changes.into_iter().for_each(|change| tables.apply(change));
    }
    Ok(tables)
}

/// Replaces the journal by one that holds only what is there now, and opens it; the old one stays until the new one is whole.
fn rewrite(path: &Path, tables: &Tables) -> io::Result<(File, u64)> {
    let draft = path.with_extension("jsonl.new");
    let mut writer = BufWriter::new(File::create(&draft)?);
    for change in tables.snapshot() {
        writer.write_all(&line(&[change])?)?;
    }
    writer.into_inner()?.sync_all()?;
    fs::rename(draft, path)?;
    let file = OpenOptions::new().append(true).open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

fn line(changes: &[Change]) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(changes)?;
    line.push(b'\n');
    Ok(line)
}
