//! Queries in today's words: found, tried, and written where they came from.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::dashboard::{Verifier, Wanted};
use super::sources::Sources;
use super::wanted::{Home, Read};
use crate::apply::Surroundings;
use crate::dashboard::convert::in_classic;
use crate::dashboard::{Document, content, migrate};
use crate::files::{read_regular, write_atomic};
use crate::grafana::Grafana;
use crate::ops::person::declined;
use crate::ops::{Error, Person};
use crate::repository::{Name, Repository, rewrite, rewrite_yaml};
use crate::verify::{DashboardVerdict, Rename, Renames, Rewrite, rewrite_all};

/// After a rewrite a variable has values, and other queries find their series: so many times it is looked again.
const ROUNDS: usize = 3;

/// The queries of a dashboard that were rewritten.
#[derive(Debug, Clone, Serialize)]
pub struct Fixed {
    /// The dashboard, as results name it.
    pub name: String,
    /// The rewrites, in the order in which they are made.
    pub rewrites: Vec<Rewrite>,
    #[serde(skip)]
    home: Home,
}

impl Fixed {
    /// What is rewritten, query by query, with the rules.
    pub fn diff(&self) -> String {
        diff(&self.rewrites)
    }
}

/// Looks at a dashboard, rewrites its queries, and looks again.
pub async fn look_and_fix(verifier: &Verifier<'_>, read: &mut Read, fixed: &mut Vec<Fixed>) -> DashboardVerdict {
    let mut all: Vec<Rewrite> = Vec::new();
    let mut verdict = verifier.look_at(&read.wanted).await;
    for _ in 0..ROUNDS {
        let rewrites = of(&verdict);
        if rewrites.is_empty() || rewrite_all(&mut read.wanted.json, &rewrites) == 0 {
            break;
        }
        all.extend(rewrites);
        verdict = verifier.look_at(&read.wanted).await;
    }
    if !all.is_empty() {
        verdict.rewritten.clone_from(&all);
        fixed.push(Fixed {
            name: read.wanted.name.clone(),
            rewrites: all,
            home: read.home.clone(),
        });
    }
    verdict
}

/// What the rules make of a dashboard's own queries. Those of library panels are not the dashboard's.
fn of(verdict: &DashboardVerdict) -> Vec<Rewrite> {
    let of_panels = verdict.panels.iter().flat_map(|panel| &panel.queries);
    let all = of_panels.chain(&verdict.variables).chain(&verdict.annotations);
    let mut rewrites: Vec<Rewrite> = Vec::new();
    for fix in all.filter_map(|query| query.fix.clone()) {
        if !rewrites.iter().any(|there| there.from == fix.from) {
            rewrites.push(fix);
        }
    }
    rewrites
}

/// Writes the rewritten queries into the files of the dashboards, after asking.
///
/// # Errors
///
/// Nobody agrees, or a file that can't be written.
pub fn write(repository: Option<&Repository>, fixed: &[Fixed], person: &dyn Person) -> Result<(), Error> {
    let writable: Vec<&Fixed> = fixed.iter().filter(|one| one.home != Home::Elsewhere).collect();
    for one in fixed.iter().filter(|one| one.home == Home::Elsewhere) {
        person.warn(&format!("{}: not a file here, so nothing is written", one.name));
    }
    if writable.is_empty() {
        return Ok(());
    }
    let mut question = String::new();
    for one in &writable {
        question.push_str(&format!("{}:\n{}", one.name, diff(&one.rewrites)));
    }
    let files = if writable.len() == 1 { "the file" } else { "these files" };
    if !person.confirm(&format!("{question}Write this into {files}?"))? {
        return Err(declined());
    }
    for one in &writable {
        if let Home::File(path) = &one.home {
            let (_, text) = rewritten(path, &one.rewrites)?;
            write_atomic(path, text.as_bytes())?;
        }
    }
    match repository {
        Some(repository) => write_repository(repository, &writable, person),
        None => Ok(()),
    }
}

fn write_repository(repository: &Repository, fixed: &[&Fixed], person: &dyn Person) -> Result<(), Error> {
    let mut change = repository.begin()?;
    for one in fixed {
        let Home::Repository(name) = &one.home else { continue };
        let path = name.own_file(repository.root());
        let (count, text) = rewritten(&path, &one.rewrites)?;
        if count == 0 {
            person.warn(&format!(
                "{name}: its queries come from a template or an overlay; rewrite them there: nothing was written"
            ));
            continue;
        }
        change.write(&path, text.as_bytes())?;
        note(change.lock(), name, &one.rewrites);
    }
    change.commit()?;
    person.progress("the files are written; `dashctl apply` puts them into Grafana");
    Ok(())
}

/// Keeps in the lock what was rewritten.
fn note(lock: &mut crate::repository::Lock, name: &Name, rewrites: &[Rewrite]) {
    let Some(mut locked) = lock.get(name).cloned() else {
        return;
    };
    locked.rewritten.extend(rewrites.iter().cloned());
    lock.insert(name.clone(), locked);
}

/// The text of a file with rewritten queries, and in how many places.
fn rewritten(path: &Path, rewrites: &[Rewrite]) -> Result<(usize, String), Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::new(format!("{}: {error}", path.display()));
    let bytes = read_regular(path).map_err(|error| wrong(&error))?;
    let text = String::from_utf8(bytes).map_err(|error| wrong(&error))?;
    let mut value: Value = content(&text).map_err(|error| wrong(&error))?;
    let count = rewrite_all(&mut value, rewrites);
    let is_yaml = path
        .extension()
        .is_some_and(|ending| ending == "yaml" || ending == "yml");
    let text = match is_yaml {
        true => rewrite_yaml(&text, &value).map_err(|error| wrong(&error))?.text,
        false => rewrite(&text, &value).map_err(|error| wrong(&error))?,
    };
    Ok((count, text))
}

/// What is rewritten, query by query, with the rules.
pub fn diff(rewrites: &[Rewrite]) -> String {
    let mut text = String::new();
    for rewrite in rewrites {
        for (mark, query) in [("-", &rewrite.from), ("+", &rewrite.to)] {
            for line in query.lines() {
                text.push_str(&format!("  {mark} {}\n", crate::dashboard::compare::Printable(line)));
            }
        }
        for by in &rewrite.by {
            text.push_str(&format!(
                "    {} -> {}: {}, since {}\n",
                by.old, by.new, by.rule, by.since
            ));
        }
    }
    text
}

/// Finds out what the rules make of dashboards that are no files yet.
#[derive(Debug)]
pub struct Rewriter {
    sources: Sources,
    renames: Renames,
}

impl Rewriter {
    /// Against the Prometheuses of a Grafana, by a repository's own rules and ours.
    pub fn new(grafana: &Arc<Grafana>, surroundings: &Surroundings, own: &[Rename]) -> Self {
        Self {
            sources: Sources::of_grafana(grafana, surroundings.data_sources.clone()),
            renames: Renames::with(own),
        }
    }

    /// What they make of a dashboard's queries.
    ///
    /// # Errors
    ///
    /// No Prometheus that answers.
    pub async fn rewrites(&self, document: &Document) -> Result<Vec<Rewrite>, Error> {
        let classic = in_classic(document, &migrate::Context::default()).map_err(Error::new)?;
        let mut read = Read {
            wanted: Wanted {
                name: document.title().to_owned(),
                uid: document.uid().to_owned(),
                json: classic.into_owned(),
                library: BTreeMap::new(),
            },
            home: Home::Elsewhere,
        };
        let verifier = Verifier {
            sources: &self.sources,
            renames: &self.renames,
            fix_all: true,
            now: super::now(),
        };
        let mut fixed = Vec::new();
        look_and_fix(&verifier, &mut read, &mut fixed).await;
        if let Some(down) = self.sources.all().find_map(|source| source.down()) {
            return Err(Error::new(format!("asking Prometheus: {down}")));
        }
        Ok(fixed.into_iter().flat_map(|one| one.rewrites).collect())
    }
}
