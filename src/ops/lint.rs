//! What is wrong with dashboards and library panels, whatever the server?

use std::path::{Path, PathBuf};

use super::session::find_repository;
use super::{Error, Person, Selection};
use crate::dashboard::convert::in_classic;
use crate::dashboard::{LibraryPanel, content, migrate, parse, parse_library_panel};
use crate::files::read_regular;
use crate::lint::{LintSettings, lint, lint_library_panel};
use crate::report::Linted;
use crate::repository::{Repository, library_label};

/// Looks at dashboards and library panels: names, uids, folders and globs of the repository, and files; all of the repository
/// where nothing was said. Gives also how many could not be read, which the person is told of.
///
/// # Errors
///
/// A word that means nothing, or no repository where nothing was said.
pub fn lint_all(words: &[String], person: &dyn Person) -> Result<(Vec<Linted>, usize), Error> {
    let repository = find_repository()?;
    let none = LintSettings::default();
    let settings = repository
        .as_ref()
        .map_or(&none, |repository| &repository.config().lint);
    let mut linted = Vec::new();
    let mut unread = 0;
    for (name, path) in files(words, repository.as_ref())? {
        match one(&name, &path, settings) {
            Ok(found) => linted.push(found),
            Err(error) => {
                unread += 1;
                person.warn(&error.message());
            }
        }
    }
    Ok((linted, unread))
}

/// The files that are meant, each with the name of the dashboard or the library panel.
fn files(words: &[String], repository: Option<&Repository>) -> Result<Vec<(String, PathBuf)>, Error> {
    let is_file = |word: &String| Path::new(word).is_file() || word.ends_with(".json");
    let (files, names): (Vec<String>, Vec<String>) = words.iter().cloned().partition(is_file);
    let mut all: Vec<(String, PathBuf)> = files.into_iter().map(|file| (file.clone(), file.into())).collect();
    if !names.is_empty() || words.is_empty() {
        let repository = repository.ok_or_else(|| {
            Error::usage("this is no dashctl repository: there is no dashctl.yaml here or above").hint("name files")
        })?;
        let root = repository.root();
        let (dashboards, panels) = Selection::new(&names)?.names_and_library(repository, None)?;
        all.extend(dashboards.iter().map(|name| (name.to_string(), name.own_file(root))));
        all.extend(panels.iter().map(|name| (library_label(name), name.library_file(root))));
    }
    Ok(all)
}

fn one(name: &str, path: &Path, settings: &LintSettings) -> Result<Linted, Error> {
    let here = std::env::current_dir().unwrap_or_default();
    let shown = path.strip_prefix(&here).unwrap_or(path).display().to_string();
    let wrong = |error: &dyn std::fmt::Display| Error::new(format!("{shown}: {error}"));
    let bytes = read_regular(path).map_err(|error| wrong(&error))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let is_library_panel = content(&text).is_ok_and(|value| LibraryPanel::is_one(&value));
    let findings = match is_library_panel {
        true => {
            let panel = parse_library_panel(&bytes).map_err(|error| wrong(&error))?;
            lint_library_panel(&panel, name, settings)
        }
        false => {
            let document = parse(&bytes).map_err(|error| wrong(&error))?;
            let context = migrate::Context::default();
            let dashboard = in_classic(&document, &context).map_err(|error| wrong(&error))?;
            lint(&dashboard, name, settings)
        }
    };
    Ok(Linted {
        findings,
        is_library_panel,
        text,
        file: shown,
    })
}
