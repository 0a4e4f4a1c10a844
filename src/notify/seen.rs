use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Error;

/// How many fingerprints are remembered: the oldest are forgotten first.
const KEPT: usize = 10_000;

/// The messages that were sent already, by fingerprint, with the time (RFC 3339); in memory, or kept in a file.
#[derive(Debug, Default)]
pub struct Seen {
    sent: BTreeMap<String, String>,
    file: Option<Kept>,
}

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    /// Held as long as the file is in use: two at once would each forget what the other sent.
    _lock: File,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    version: u32,
    sent: BTreeMap<String, String>,
}

impl Seen {
    /// What a file remembers, nothing where there is none yet; what comes is kept there. Nobody else can use the file
    /// meanwhile.
    ///
    /// # Errors
    ///
    /// Another process uses the file, or it can't be read or holds something else.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let failed = |what: String| Error::state(path, what, false);
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let lock = File::options().create(true).append(true).open(&name);
        let lock = lock.map_err(|error| failed(format!("its lock can't be opened: {error}")))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(failed("another dashctl uses it; give each its own --state".into()));
            }
            Err(TryLockError::Error(error)) => return Err(failed(format!("it can't be locked: {error}"))),
        }
        let sent = match crate::files::read_regular(path) {
            // As `mktemp` makes it.
            Ok(bytes) if bytes.is_empty() => Ok(BTreeMap::new()),
            Ok(bytes) => serde_json::from_slice(&bytes).and_then(|wire: Wire| match wire.version {
                1 => Ok(wire.sent),
                other => Err(serde::de::Error::custom(format!(
                    "this dashctl reads version 1, not {other}"
                ))),
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(error) => return Err(failed(format!("it can't be read: {error}"))),
        };
        Ok(Self {
            sent: sent.map_err(|error| Error::state(path, format!("it is no state of dashctl's: {error}"), true))?,
            file: Some(Kept {
                path: path.to_owned(),
                _lock: lock,
            }),
        })
    }

    /// Writes down what is remembered, where it is kept in a file.
    ///
    /// # Errors
    ///
    /// The file can't be written.
    pub fn keep(&self) -> Result<(), Error> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let wire = Wire {
            version: 1,
            sent: self.sent.clone(),
        };
        let text = serde_json::to_string_pretty(&wire).map_err(|error| Error::Forgotten(error.to_string()))? + "\n";
        let written = crate::files::write_atomic(&file.path, text.as_bytes());
        written.map(drop).map_err(|error| Error::Forgotten(error.to_string()))
    }

    /// Whether a message was sent.
    pub fn has(&self, fingerprint: &str) -> bool {
        self.sent.contains_key(fingerprint)
    }

    /// Remembers a message.
    pub fn insert(&mut self, fingerprint: &str) {
        let now = jiff::Timestamp::now().to_string();
        self.sent.insert(fingerprint.to_owned(), now);
        while self.sent.len() > KEPT {
            let oldest = self.sent.iter().min_by_key(|(_, when)| when.as_str());
            oldest
                .map(|(key, _)| key.clone())
                .and_then(|key| self.sent.remove(&key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_remembered_by_the_next_who_opens_the_file_and_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sent.json");
        let mut seen = Seen::open(&path).unwrap();
        seen.insert("a");
        seen.keep().unwrap();
        let error = Seen::open(&path).unwrap_err().to_string();
        assert!(error.contains("sent.json: another dashctl uses it"), "{error}");
        drop(seen);
        assert!(Seen::open(&path).unwrap().has("a"));
        std::fs::write(&path, "{}").unwrap();
        let error = Seen::open(&path).unwrap_err();
        assert!(error.to_string().contains("no state of dashctl's"), "{error}");
        assert!(error.hint().unwrap().contains("delete it"), "{error}");
        std::fs::write(&path, "").unwrap();
        assert!(!Seen::open(&path).unwrap().has("a"), "an empty file is a new one");
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let sent = (0..KEPT).map(|number| (format!("{number}"), format!("2026-{number:05}")));
        let mut seen = Seen {
            sent: sent.collect(),
            file: None,
        };
        seen.insert("new");
        assert!(seen.has("new") && !seen.has("0") && seen.has("1"));
    }
}
