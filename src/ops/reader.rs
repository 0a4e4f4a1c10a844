//! Dashboards wherever they are kept: in the repository, or in a catalog.

use super::session::{desired, ignore_rules, unanswered, wishes};
use super::{Environment, Error, Source};
use crate::apply::Surroundings;
use crate::catalog::{self, Revision};
use crate::dashboard::{Document, parse};
use crate::files::read_regular;
use crate::grafana::Grafana;
use crate::plan::Desired;
use crate::repository::{Entry, Name, Repository};

/// What dashboards are read with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    /// The repository, where there is one.
    pub repository: Option<&'a Repository>,
    /// The target's name in it.
    pub target: Option<&'a str>,
    /// The Grafana, where one is asked.
    pub grafana: Option<&'a Grafana>,
    /// What it has besides dashboards.
    pub surroundings: Option<&'a Surroundings>,
    /// The environment.
    pub environment: &'a Environment,
}

/// A dashboard of the repository.
#[derive(Debug)]
pub(super) enum OfRepository {
    /// As the target shall have it.
    Desired(Box<Desired>),
    /// As its files say, inputs open, where no target is known.
    Open(Box<Entry>),
}

impl Reader<'_> {
    /// A dashboard of the repository.
    ///
    /// # Errors
    ///
    /// No repository, files that are wrong, or inputs without an answer.
    pub(super) fn entry(&self, name: &Name) -> Result<OfRepository, Error> {
        let repository = self.repository.ok_or_else(|| Error::new("no repository"))?;
        let entry = repository.entry(name, self.target)?;
        let Some(surroundings) = self.surroundings else {
            return Ok(OfRepository::Open(Box::new(entry)));
        };
        let config = Some(repository.config());
        let (wishes, rules) = (wishes(config, self.target, &entry), ignore_rules(config, &entry)?);
        let candidates = surroundings.candidates();
        let made = desired(entry, &wishes, &candidates, surroundings.reference, rules);
        let (made, _) = made.map_err(|open| unanswered(name, &open))?;
        Ok(OfRepository::Desired(Box::new(made)))
    }

    /// A revision, the newest where none is named: from the repository's own vendor folder where it is there, else from the
    /// catalog.
    ///
    /// # Errors
    ///
    /// The catalog doesn't have it or can't be reached, or it is no dashboard.
    pub(super) async fn revision(&self, id: u32, revision: Option<Revision>) -> Result<Document, Error> {
        let source = match revision {
            Some(Revision::Bundled(_)) => Source::Bundled,
            _ => Source::GrafanaCom,
        };
        if let (Some(repository), Some(revision)) = (self.repository, revision) {
            let path = repository.pristine_path(&format!("{}/{id}", source.lock_name()), &revision.to_string());
            if path.is_file() {
                let wrong = |error: &dyn std::fmt::Display| Error::new(format!("{}: {error}", path.display()));
                let bytes = read_regular(&path).map_err(|error| wrong(&error))?;
                return parse(&bytes).map_err(|error| wrong(&error));
            }
        }
        let catalog = source.open(self.environment, self.grafana, false)?;
        let revision = match revision {
            Some(revision) => revision,
            None => catalog.newest(id).await?,
        };
        Ok(catalog::fetch(&*catalog, id, revision).await?.dashboard)
    }
}
