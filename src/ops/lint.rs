//! What is wrong with dashboards, whatever the server?

use std::path::{Path, PathBuf};

use super::session::find_repository;
use super::{Error, Person, Selection};
use crate::dashboard::convert::in_classic;
use crate::dashboard::{Document, migrate, parse};
use crate::files::read_regular;
use crate::lint::{LintSettings, lint};
use crate::report::Linted;
use crate::repository::Repository;

/// Looks at dashboards: names, uids, folders and globs of the repository, and files; all of the repository where nothing was
/// said. Gives also how many could not be read, which the person is told of.
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

/// The files that are meant, each with the dashboard's name.
fn files(words: &[String], repository: Option<&Repository>) -> Result<Vec<(String, PathBuf)>, Error> {
    let is_file = |word: &String| Path::new(word).is_file() || word.ends_with(".json");
    let (files, names): (Vec<String>, Vec<String>) = words.iter().cloned().partition(is_file);
    let mut all: Vec<(String, PathBuf)> = files.into_iter().map(|file| (file.clone(), file.into())).collect();
    if !names.is_empty() || words.is_empty() {
        let repository = repository.ok_or_else(|| {
            Error::usage("this is no dashctl repository: there is no dashctl.yaml here or above").hint("name files")
        })?;
        for name in Selection::new(&names)?.names(repository, None)? {
            all.push((name.to_string(), name.own_file(repository.root())));
        }
    }
    Ok(all)
}

fn one(name: &str, path: &Path, settings: &LintSettings) -> Result<Linted, Error> {
    let here = std::env::current_dir().unwrap_or_default();
    let shown = path.strip_prefix(&here).unwrap_or(path).display().to_string();
    let wrong = |error: &dyn std::fmt::Display| Error::new(format!("{shown}: {error}"));
    let bytes = read_regular(path).map_err(|error| wrong(&error))?;
    let document = parse(&bytes).map_err(|error| wrong(&error))?;
    let dashboard = match &document {
        // What only a file has – its inputs – is part of what is looked at.
        Document::Classic(dashboard) => dashboard.clone(),
        Document::V2(_) => {
            let context = migrate::Context::default();
            let classic = in_classic(&document, &context);
            classic.map_err(|error| wrong(&error))?.into_owned()
        }
    };
    Ok(Linted {
        findings: lint(&dashboard, name, settings),
        text: String::from_utf8_lossy(&bytes).into_owned(),
        file: shown,
    })
}
