use std::path::PathBuf;

use super::Revision;
use crate::dashboard::Invalid;

/// What went wrong with a catalog.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such dashboard.
    #[error("{catalog} has no dashboard {id}")]
    NoSuchDashboard {
        /// The source.
        catalog: String,
        /// What was asked for.
        id: u32,
    },
    /// No such revision.
    #[error("{catalog} has no revision {revision} of dashboard {id}{}", .newest.map(|newest| format!("; the newest is {newest}")).unwrap_or_default())]
    NoSuchRevision {
        /// The source.
        catalog: String,
        /// The dashboard.
        id: u32,
        /// What was asked for.
        revision: Revision,
        /// The newest that there is, where known.
        newest: Option<Revision>,
    },
    /// The source can't be reached.
    #[error("{catalog} can't be reached: {message}")]
    Unreachable {
        /// The source.
        catalog: String,
        /// What happened.
        message: String,
    },
    /// The source refuses for now, after all patience.
    #[error(
        "{catalog} limits downloads (429) and did not let go in {waited_seconds} s; wait some minutes, or use a mirror"
    )]
    TooMany {
        /// The source.
        catalog: String,
        /// How long we waited.
        waited_seconds: u64,
    },
    /// An answer that can't be used.
    #[error("{catalog} answered {status} to GET {path}: {message}")]
    Answer {
        /// The source.
        catalog: String,
        /// The path that was asked for.
        path: String,
        /// The HTTP status.
        status: u16,
        /// What it said.
        message: String,
    },
    /// What was served is no dashboard.
    #[error("{what}: {source}; nothing was written")]
    NotADashboard {
        /// What was asked for.
        what: String,
        /// What it is instead.
        source: Invalid,
    },
    /// A revision's bytes changed since they were pinned.
    #[error(
        "{what} has other bytes than those pinned in dashctl.lock: sha256 {found} instead of {pinned}; \
             a revision should never change: look at what differs before you trust it, and remove its block from \
             dashctl.lock to pin the new bytes"
    )]
    Changed {
        /// Which dashboard and revision.
        what: String,
        /// The checksum in the lock.
        pinned: String,
        /// The checksum of what was served.
        found: String,
    },
    /// A file of a mirror or of the cache.
    #[error("{} can't be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A mirror folder that isn't there.
    #[error("there is no mirror folder {}; a mirror holds files such as grafana.com/6417/rev1.json, as `vendor/` of a repository does", .0.display())]
    NoMirror(PathBuf),
}

impl Error {
    /// Whether the source could not be asked at all, so that another one may help.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}
