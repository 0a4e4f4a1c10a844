//! Do files have the house's form?

use std::path::{Path, PathBuf};

use super::{Error, repository_here};
use crate::dashboard::{LibraryPanel, content, parse_library_panel, parse_strictly};
use crate::files::{read_regular, write_atomic};
use crate::repository::formatted;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formed {
    /// It has the form.
    Already,
    /// It has it now, or would have it.
    Changed,
}

/// A file, and what became of it.
pub type FormedFile = (PathBuf, Result<Formed, Error>);

/// Gives JSON files the house's form: those that are named, or all dashboards and library panels of the repository; with `check` it only
/// says which would change.
///
/// # Errors
///
/// No repository where nothing was named, or files of it that can't be listed. What is wrong with a file is in its place.
pub fn form(files: &[PathBuf], check: bool) -> Result<Vec<FormedFile>, Error> {
    let files: Vec<(PathBuf, PathBuf)> = match files.is_empty() {
        false => files.iter().map(|file| (file.clone(), file.clone())).collect(),
        true => {
            let repository = repository_here()?;
            let root = repository.root();
            let dashboards = repository.names()?.into_iter().map(|name| name.json(root));
            let panels = repository
                .library_names()?
                .into_iter()
                .map(|name| name.library_file(root));
            let paths = dashboards.chain(panels);
            let there = paths.filter(|path| path.is_file());
            there
                .map(|path| (repository.relative(&path).to_owned(), path))
                .collect()
        }
    };
    let one = |(shown, path): (PathBuf, PathBuf)| {
        let formed = of_file(&path, check).map_err(|why| Error::new(format!("{}: {why}", shown.display())));
        (shown, formed)
    };
    Ok(files.into_iter().map(one).collect())
}

fn of_file(path: &Path, check: bool) -> Result<Formed, String> {
    if path.extension().is_none_or(|ending| ending != "json") {
        return Err("only JSON files have a form to give; YAML is left as people write it".to_owned());
    }
    let bytes = read_regular(path).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
    // What was read must be what is written: a key that stands twice would be lost.
    let read = match content(&text).is_ok_and(|value| LibraryPanel::is_one(&value)) {
        true => parse_library_panel(text.as_bytes()).map(drop),
        false => parse_strictly(text.as_bytes()).map(drop),
    };
    read.map_err(|error| error.to_string())?;
    let formed = formatted(&text)?;
    if formed == text {
        return Ok(Formed::Already);
    }
    if !check {
        write_atomic(path, formed.as_bytes()).map_err(|error| error.to_string())?;
    }
    Ok(Formed::Changed)
}
