//! What is in a versioned dashboard repository?
//!
//! A folder with `dashctl.yaml`; everything else is found from there: desired dashboards and their sidecars under
//! `dashboards/`, library panels under `library/`, templates, pristine catalog files under `vendor/`, and `dashctl.lock`. Files are written atomically
//! only where their bytes change, all together
//! ([`Transaction`]), and never outside of the repository. This room knows nothing of Grafana.

mod check_files;
mod config;
mod entry;
mod error;
mod files;
mod formatted;
mod init;
mod library;
mod lock;
mod name;
mod noise;
mod origin;
mod rewrite;
mod rewrite_yaml;
mod sidecar;
mod template;
mod transaction;

pub use config::{Config, DeclaredDataSource, Defaults, SECRET_PREFIX, Target};
pub use entry::{Entry, EntryParts};
pub use error::Error;
pub use formatted::formatted;
pub use init::init;
pub use library::{LIBRARY, library_label};
pub use lock::{GRAFANA, Lock, Locked, LockedPanel};
pub use name::{Name, NameError, slug};
pub use noise::NoiseRow;
pub use origin::Origin;
pub use rewrite::rewrite;
pub use rewrite_yaml::rewrite_yaml;
pub use sidecar::{Sidecar, TargetSidecar, TemplateUse};
pub use transaction::Transaction;

use std::path::{Path, PathBuf};

/// The name of the file that makes a folder a repository.
pub const CONFIG_FILE: &str = "dashctl.yaml";
/// The generated file of what is pinned.
pub const LOCK_FILE: &str = "dashctl.lock";

/// The end of the name of a file that lists what both sides of a merge changed; it stands beside the dashboard.
pub const CONFLICTS: &str = ".conflicts.yaml";

/// A repository on disk.
#[derive(Debug, Clone)]
pub struct Repository {
    root: PathBuf,
    config: Config,
}

impl Repository {
    /// The repository that `start` lies in, if any: the nearest folder upwards with a `dashctl.yaml`.
    ///
    /// # Errors
    ///
    /// A `dashctl.yaml` that can't be read or doesn't follow its schema, or a change that was begun and can't be finished.
    pub fn discover(start: &Path) -> Result<Option<Self>, Error> {
        for folder in start.ancestors() {
            let file = folder.join(CONFIG_FILE);
            if file.is_file() {
                transaction::recover(folder)?;
                let config = Config::read(&file)?;
                return Ok(Some(Self {
                    root: folder.to_owned(),
                    config,
                }));
            }
        }
        Ok(None)
    }

    /// The repository's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What `dashctl.yaml` says.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The mirror of pristine catalog files.
    pub fn vendor(&self) -> PathBuf {
        self.root.join("vendor")
    }

    /// Where the pristine bytes of a revision are kept; `source` is such as `grafana.com/6417`.
    pub fn pristine_path(&self, source: &str, revision: &str) -> PathBuf {
        self.vendor().join(source).join(format!("rev{revision}.json"))
    }

    /// The lock as it is on disk; empty where there is none yet.
    ///
    /// # Errors
    ///
    /// A lock that can't be read, or that a merge left in conflict.
    pub fn lock(&self) -> Result<Lock, Error> {
        Lock::read(&self.root.join(LOCK_FILE))
    }

    /// `path` as it reads from the repository's folder, for messages.
    pub fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}
