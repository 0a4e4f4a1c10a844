use std::path::PathBuf;

use crate::dashboard::Invalid;
use crate::files::WriteError;

/// What is wrong with a repository or its files; every message names the file and the way out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file can't be written; what was there before is still whole.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A YAML file doesn't follow its schema.
    #[error("{}: {message}", path.display())]
    Yaml {
        /// The file.
        path: PathBuf,
        /// What, with line, column and the lines around it.
        message: String,
    },
    /// A setting has a value that can't be.
    #[error("{}: {key}: {what}", path.display())]
    Setting {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What is wrong with it.
        what: String,
    },
    /// A merge left its markers.
    #[error("{}:{line}: a merge conflict is not settled; choose between the two sides at the markers, remove the markers, then run dashctl again", path.display())]
    MergeConflict {
        /// The file.
        path: PathBuf,
        /// The line of the first marker, from 1.
        line: usize,
    },
    /// A dashboard file that holds none.
    #[error("{}: {source}", path.display())]
    Dashboard {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        source: Invalid,
    },
    /// A template that can't be rendered.
    #[error("{}: {message}", path.display())]
    Template {
        /// The template.
        path: PathBuf,
        /// What, with the line in the template.
        message: String,
    },
    /// Two files of one uid.
    #[error("{} and {} both have the uid {uid:?}; give one of them another with `uid:` in its YAML file", first.display(), second.display())]
    SameUid {
        /// The uid.
        uid: String,
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// Two files whose templates make a dashboard of one name.
    #[error("{} and {} both make a dashboard called {name}; take it out of one of them", first.display(), second.display())]
    MadeTwice {
        /// The dashboard.
        name: String,
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// Two library panels of one uid.
    #[error("{} and {} both have the uid {uid:?}; give one of them another in its file", first.display(), second.display())]
    SameLibraryUid {
        /// The uid.
        uid: String,
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// A uid that Grafana would refuse.
    #[error("{}: {source}; set `uid:` in the YAML file beside it", path.display())]
    Uid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: crate::dashboard::UidError,
    },
    /// An overlay that fits its dashboard no more.
    #[error("{}: {source}", path.display())]
    Overlay {
        /// The dashboard's file.
        path: PathBuf,
        /// Where in the overlay, and what.
        source: crate::dashboard::OverlayError,
    },
    /// A symbolic link that leads to a folder which it lies in.
    #[error("{} is a symbolic link to a folder that it lies in itself; remove it", path.display())]
    Ring {
        /// The link.
        path: PathBuf,
    },
    /// A path that leads out of the repository.
    #[error("{} lies outside of the repository {}; dashctl writes nothing there", path.display(), root.display())]
    Outside {
        /// The path.
        path: PathBuf,
        /// The repository.
        root: PathBuf,
    },
    /// Another process changes the repository, and doesn't end.
    #[error("another dashctl is changing this repository ({} is locked); nothing was written", path.display())]
    Busy {
        /// The file that is locked.
        path: PathBuf,
    },
    /// What a process that was killed has left can't be read.
    #[error("{} is no journal that this dashctl knows; remove it, and look over the files with `git status`", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
    },
    /// A disk refuses; all files are as they were.
    #[error("{} can't be written: {source}; nothing was changed", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is a repository already.
    #[error("{} is there already; this folder is a dashctl repository", .0.display())]
    Exists(PathBuf),
}
