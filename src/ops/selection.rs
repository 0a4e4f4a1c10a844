use std::collections::BTreeMap;

use globset::{Glob, GlobSet, GlobSetBuilder};

use super::Error;
use crate::nearest::nearest;
use crate::repository::{Name, Repository, library_label};

/// What a verb is asked to look at: names, uids, folders and globs of them.
#[derive(Debug)]
pub struct Selection<'a> {
    words: &'a [String],
    globs: GlobSet,
}

impl<'a> Selection<'a> {
    /// Reads the words.
    ///
    /// # Errors
    ///
    /// A word that is no glob.
    pub fn new(words: &'a [String]) -> Result<Self, Error> {
        let mut globs = GlobSetBuilder::new();
        for word in words {
            globs.add(
                Glob::new(word.trim_end_matches('/')).map_err(|error| Error::usage(format!("{word:?}: {error}")))?,
            );
        }
        let globs = globs.build().map_err(|error| Error::usage(error.to_string()))?;
        Ok(Self { words, globs })
    }

    /// The names that were meant; all of them where no word was said.
    ///
    /// # Errors
    ///
    /// A word that no dashboard answers to.
    pub fn names(&self, repository: &Repository, target: Option<&str>) -> Result<Vec<Name>, Error> {
        let all = repository.names()?;
        if self.words.is_empty() {
            return Ok(all);
        }
        let mut used = vec![false; self.words.len()];
        let mut chosen = Vec::new();
        for name in all {
            let mut matches = self.globs.matches(name.as_str());
            matches.extend(self.folders(name.as_str()));
            // Uids stand inside of files: only looked for where the name alone doesn't do.
            if matches.is_empty() && used.iter().any(|used| !used) {
                let uid = repository.entry(&name, target).map(|entry| entry.uid);
                if let Ok(uid) = uid {
                    matches.extend(self.globs.matches(uid.as_str()));
                }
            }
            for index in &matches {
                used[*index] = true;
            }
            if !matches.is_empty() {
                chosen.push(name);
            }
        }
        match used.iter().position(|used| !used) {
            Some(index) => Err(unknown(&self.words[index], repository, target)?),
            None => Ok(chosen),
        }
    }

    /// The names of dashboards and of library panels that were meant; all of them where no word was said. A library panel is
    /// named as its file is, `library/<folder>/<name>`, or by its uid.
    ///
    /// # Errors
    ///
    /// A word that neither answers to.
    pub fn names_and_library(
        &self,
        repository: &Repository,
        target: Option<&str>,
    ) -> Result<(Vec<Name>, Vec<Name>), Error> {
        let library = repository.library_names()?;
        if self.words.is_empty() || library.is_empty() {
            let library = if self.words.is_empty() { library } else { Vec::new() };
            return Ok((self.names(repository, target)?, library));
        }
        let mut used = vec![false; self.words.len()];
        let mut chosen = Vec::new();
        for name in library {
            let label = library_label(&name);
            let mut matches = self.globs.matches(&label);
            matches.extend(self.folders(&label));
            if let Ok(entry) = repository.library_entry(&name, target) {
                matches.extend(self.globs.matches(entry.uid.as_str()));
            }
            matches.iter().for_each(|index| used[*index] = true);
            if !matches.is_empty() {
                chosen.push(name);
            }
        }
        let left = self.words.iter().zip(&used).filter(|(_, used)| !**used);
        let left: Vec<String> = left.map(|(word, _)| word.clone()).collect();
        let names = match left.is_empty() {
            true => Vec::new(),
            false => Selection::new(&left)?.names(repository, target)?,
        };
        Ok((names, chosen))
    }

    /// The words that name a folder which the dashboard lies in.
    fn folders(&self, path: &str) -> Vec<usize> {
        let mut found = Vec::new();
        for (at, _) in path.match_indices('/') {
            found.extend(self.globs.matches(&path[..at]));
        }
        found
    }
}

/// A word that no dashboard answers to, with the name, folder or uid that was probably meant.
fn unknown(word: &str, repository: &Repository, target: Option<&str>) -> Result<Error, Error> {
    // What may have been meant, and what has to be said for it.
    let mut known = BTreeMap::new();
    for name in repository.names()? {
        let path = name.as_str();
        let folders = path.match_indices('/').map(|(at, _)| path[..at].to_owned());
        known.extend(folders.map(|folder| (folder.clone(), folder)));
        known.extend(path.rsplit('/').next().map(|last| (last.to_owned(), path.to_owned())));
        let uid = repository.entry(&name, target).map(|entry| entry.uid.to_string());
        known.extend(uid.map(|uid| (uid.clone(), uid)));
        known.insert(path.to_owned(), path.to_owned());
    }
    let meant = nearest(word, known.keys().map(String::as_str)).and_then(|nearest| known.get(nearest));
    let meant = meant.map_or_else(String::new, |meant| format!("; did you mean {meant:?}?"));
    let error = Error::usage(format!("no dashboard answers to {word:?}{meant}"));
    Ok(error.hint("names are paths below dashboards/ without .json; folders, uids and globs work as well"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(words: &[&str]) -> Result<Vec<String>, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("dashctl.yaml"), "version: 1\nrepository: r\n").unwrap();
        for (name, uid) in [("A/one", "u1"), ("A/B/two", "u2"), ("three", "u3")] {
            let path = folder.path().join("dashboards").join(format!("{name}.json"));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, format!("{{\"title\":\"t\",\"uid\":\"{uid}\",\"panels\":[]}}")).unwrap();
        }
        let repository = Repository::discover(folder.path()).unwrap().unwrap();
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let names = Selection::new(&words).unwrap().names(&repository, None);
        names
            .map(|names| names.iter().map(ToString::to_string).collect())
            .map_err(|error| error.message().to_owned())
    }

    #[test]
    fn names_uids_folders_and_globs_are_understood() {
        assert_eq!(chosen(&[]).unwrap(), ["A/B/two", "A/one", "three"]);
        assert_eq!(chosen(&["A"]).unwrap(), ["A/B/two", "A/one"]);
        assert_eq!(chosen(&["A/one", "u3"]).unwrap(), ["A/one", "three"]);
        assert_eq!(chosen(&["*two"]).unwrap(), ["A/B/two"]);
        assert!(chosen(&["A", "nope"]).unwrap_err().contains("\"nope\""));
        assert!(
            chosen(&["A/ome"])
                .unwrap_err()
                .ends_with("\"A/ome\"; did you mean \"A/one\"?")
        );
    }
}
