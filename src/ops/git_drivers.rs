//! Git, told to merge and diff dashboards by dashctl.

use std::path::Path;

use super::Error;
use crate::files::{read_regular, write_atomic};
use crate::git::Git;

/// What `.gitattributes` of a repository says. Only dashboards: other JSON is merged by lines, as always.
const ATTRIBUTES: &str = "dashboards/**/*.json merge=dashctl diff=dashctl\n";

/// The settings that a clone needs; Git reads none of these from a repository's files.
const SETTINGS: [(&str, &str); 3] = [
    ("merge.dashctl.name", "dashboards, panel by panel"),
    ("merge.dashctl.driver", "dashctl merge --in-place --path %P %O %A %B"),
    ("diff.dashctl.command", "dashctl diff --git"),
];

/// Sets up Git's merge and diff drivers for the repository in `folder`. Says what was done, and what each other clone needs.
///
/// # Errors
///
/// No Git, no clone, or a file that can't be written.
pub fn git_drivers(folder: &Path) -> Result<String, Error> {
    let git = Git::open(folder).map_err(|error| Error::new(error).hint("run `git init` first, or leave out --git"))?;
    let file = folder.join(".gitattributes");
    let now = match read_regular(&file) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Error::new(format!("{}: {error}", file.display()))),
    };
    if !now.contains(ATTRIBUTES.trim_end()) {
        let gap = if now.is_empty() || now.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        write_atomic(&file, format!("{now}{gap}{ATTRIBUTES}").as_bytes()).map_err(Error::new)?;
    }
    let mut told = format!("{}\nIn every other clone, once:\n", file.display());
    for (key, value) in SETTINGS {
        git.set(key, value)?;
        told.push_str(&format!("  git config {key} '{value}'\n"));
    }
    Ok(told)
}
