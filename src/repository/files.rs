use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::Error;
use crate::files::read_regular;
use crate::nearest::nearest;

/// Reads a text file whole; `None` where there is none.
pub(super) fn read(path: &Path) -> Result<Option<String>, Error> {
    let text = |bytes| String::from_utf8(bytes).map_err(|_| ErrorKind::InvalidData.into());
    match read_regular(path).and_then(text) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Read {
            path: path.to_owned(),
            source,
        }),
    }
}

/// Reads YAML into a type, with errors that show the place.
pub(super) fn yaml<T: serde::de::DeserializeOwned>(path: &Path, text: &str) -> Result<T, Error> {
    if let Some(line) = conflict_marker(text) {
        return Err(Error::MergeConflict {
            path: path.to_owned(),
            line,
        });
    }
    serde_saphyr::from_str(text).map_err(|error| Error::Yaml {
        path: path.to_owned(),
        message: said_once(&error.to_string()) + &meant(&error),
    })
}

/// Which key an unknown one was probably meant to be.
fn meant(error: &serde_saphyr::Error) -> String {
    match error.without_snippet() {
        serde_saphyr::Error::SerdeUnknownField { field, expected, .. } => {
            let nearest = nearest(field, expected.iter().copied());
            nearest.map_or_else(String::new, |nearest| format!("\n  hint: did you mean `{nearest}`?"))
        }
        _ => String::new(),
    }
}

/// The message and the lines around the place; the file's name stands before it, and the message isn't repeated under
/// the place.
fn said_once(report: &str) -> String {
    let report = report.trim_end().replacen("error: ", "", 1);
    let lines = report.lines().filter(|line| !line.trim_start().starts_with("--> "));
    let cut = |line: &str| match line.split_once('^') {
        Some((before, _)) if before.trim() == "|" => format!("{before}^"),
        _ => line.to_owned(),
    };
    lines.map(cut).collect::<Vec<_>>().join("\n")
}

/// The line (from 1) of the first marker that a merge left.
pub(super) fn conflict_marker(text: &str) -> Option<usize> {
    let marker = |line: &str| {
        ["<<<<<<< ", ">>>>>>> ", "||||||| "]
            .iter()
            .any(|marker| line.starts_with(marker))
    };
    text.lines().position(marker).map(|line| line + 1)
}

/// Refuses a path that leads out of `root`, be it by `..` or by a symbolic link.
pub(super) fn inside(root: &Path, path: &Path) -> Result<(), Error> {
    let outside = || Error::Outside {
        path: path.to_owned(),
        root: root.to_owned(),
    };
    let below = path.strip_prefix(root).map_err(|_| outside())?;
    if below.components().any(|part| !matches!(part, Component::Normal(_))) {
        return Err(outside());
    }
    let real_root = real(root)?;
    let deepest = path.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(root);
    if real(deepest)?.starts_with(&real_root) {
        Ok(())
    } else {
        Err(outside())
    }
}

fn real(path: &Path) -> Result<PathBuf, Error> {
    path.canonicalize().map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_outside_of_the_repository() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("repo");
        std::fs::create_dir_all(root.join("dashboards")).unwrap();
        assert!(inside(&root, &root.join("dashboards/new/x.json")).is_ok());
        assert!(inside(&root, &root.join("dashboards/../../x.json")).is_err());
        assert!(inside(&root, &folder.path().join("x.json")).is_err());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path(), root.join("dashboards/link")).unwrap();
            assert!(inside(&root, &root.join("dashboards/link/x.json")).is_err());
        }
    }

    #[test]
    fn an_unknown_key_is_told_once_with_the_one_that_was_meant() {
        let told = yaml::<crate::repository::Config>(Path::new("dashctl.yaml"), "version: 1\ntragets: {}\n");
        let told = told.unwrap_err().to_string();
        assert_eq!(told.matches("unknown field").count(), 1, "{told}");
        assert!(told.ends_with("hint: did you mean `targets`?"), "{told}");
    }

    #[test]
    fn the_markers_of_a_merge_are_found_by_line() {
        assert_eq!(conflict_marker("a: 1\n<<<<<<< HEAD\nb: 2\n"), Some(2));
        assert_eq!(conflict_marker("a: 1\n"), None);
    }
}
