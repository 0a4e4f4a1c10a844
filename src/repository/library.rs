//! Library panels as files: `library/<folder>/<name>.json`, with a sidecar beside it where inputs are answered.

use std::path::{Path, PathBuf};

use super::entry::{collect, of_distinct_uids};
use super::files::{self, conflict_marker};
use super::{Entry, EntryParts, Error, Name, Repository, Sidecar};
use crate::dashboard::{Document, LibraryPanel, parse_library_panel};
use crate::files::read_regular;

/// The folder of a repository that holds library panels.
pub const LIBRARY: &str = "library";

/// How the library panel of this name is called where dashboards are named as well.
pub fn library_label(name: &Name) -> String {
    format!("{LIBRARY}/{name}")
}

impl Name {
    /// The path of a library panel's file of this name.
    pub fn library_file(&self, root: &Path) -> PathBuf {
        root.join(LIBRARY).join(format!("{self}.json"))
    }

    /// The path of its sidecar.
    pub fn library_sidecar(&self, root: &Path) -> PathBuf {
        root.join(LIBRARY).join(format!("{self}.yaml"))
    }
}

impl Repository {
    /// The names of all library panels, sorted.
    ///
    /// # Errors
    ///
    /// A folder that can't be read.
    pub fn library_names(&self) -> Result<Vec<Name>, Error> {
        let root = self.root().join(LIBRARY);
        let mut names = Vec::new();
        if root.is_dir() {
            let is_panel = |path: &Path| path.extension().is_some_and(|ending| ending == "json");
            collect(&root, &root, &is_panel, &mut names)?;
        }
        names.sort();
        Ok(names)
    }

    /// All library panels, as dashboards of one panel each, sorted by name.
    ///
    /// # Errors
    ///
    /// A file that is no library panel, or two of one uid.
    pub fn library(&self, target: Option<&str>) -> Result<Vec<Entry>, Error> {
        let names = self.library_names()?.into_iter();
        let entries = names.map(|name| self.library_entry(&name, target));
        of_distinct_uids(entries, |uid, first, second| Error::SameLibraryUid {
            uid,
            first,
            second,
        })
    }

    /// One library panel, as a dashboard of one panel.
    ///
    /// # Errors
    ///
    /// A file that is no library panel, or a sidecar that can't be read.
    pub fn library_entry(&self, name: &Name, target: Option<&str>) -> Result<Entry, Error> {
        let path = name.library_file(self.root());
        files::inside(self.root(), &path)?;
        let panel = read_panel(&path)?;
        let sidecar = Sidecar::read(&name.library_sidecar(self.root()))?.unwrap_or_default();
        if sidecar.template.is_some() || sidecar.overlay.is_some() || sidecar.title.is_some() || sidecar.uid.is_some() {
            return Err(Error::Setting {
                path: name.library_sidecar(self.root()),
                key: "template, overlay, title, uid".into(),
                what: "a library panel takes `answers` and `ignore` only; the rest stands in its file".into(),
            });
        }
        let parts = EntryParts {
            name: name.clone(),
            path,
            sidecar,
            dashboard: Document::Classic(panel.as_dashboard()),
            target,
        };
        parts.build()
    }
}

fn read_panel(path: &Path) -> Result<LibraryPanel, Error> {
    let bytes = read_regular(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    parse_library_panel(&bytes).map_err(|source| match conflict_marker(&String::from_utf8_lossy(&bytes)) {
        Some(line) => Error::MergeConflict {
            path: path.to_owned(),
            line,
        },
        None => Error::Dashboard {
            path: path.to_owned(),
            source,
        },
    })
}
