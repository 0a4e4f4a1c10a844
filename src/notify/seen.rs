use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Error;

/// How many fingerprints are remembered: the oldest are forgotten first.
const KEPT: usize = 10_000;

/// The messages that were sent already, by fingerprint, with the time (RFC 3339).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    version: u32,
    sent: BTreeMap<String, String>,
}

impl Seen {
    /// What a file remembers; nothing where there is none.
    ///
    /// # Errors
    ///
    /// A file that can't be read, or holds something else.
    pub fn read(path: &Path) -> Result<Self, Error> {
        match std::fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                Error::new(
                    "nobody",
                    format!("{} is no state of dashctl's: {error}", path.display()),
                )
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Error::new(
                "nobody",
                format!("{} can't be read: {error}", path.display()),
            )),
        }
    }

    /// Keeps it in a file.
    ///
    /// # Errors
    ///
    /// The file can't be written.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::new("nobody", error))? + "\n";
        let written = crate::files::write_atomic(path, text.as_bytes());
        written.map(drop).map_err(|error| Error::new("nobody", error))
    }

    /// Whether a message was sent.
    pub fn has(&self, fingerprint: &str) -> bool {
        self.sent.contains_key(fingerprint)
    }

    /// Remembers a message.
    pub fn insert(&mut self, fingerprint: &str) {
        self.version = 1;
        self.sent
            .insert(fingerprint.to_owned(), jiff::Timestamp::now().to_string());
        while self.sent.len() > KEPT {
            let oldest = self
                .sent
                .iter()
                .min_by_key(|(_, when)| when.as_str())
                .map(|(key, _)| key.clone());
            oldest.and_then(|key| self.sent.remove(&key));
        }
    }
}
