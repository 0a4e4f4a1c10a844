use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::history::{entry_of, live, uid_of};
use super::super::session::{desired, ignore_rules, unanswered, wishes};
use super::super::{Environment, Error, Source};
use super::file;
use crate::apply::Surroundings;
use crate::catalog::{self, Revision, Wanted};
use crate::grafana::Grafana;
use crate::repository::{Name, Repository};

/// One side of a comparison of two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// A JSON file.
    File(PathBuf),
    /// `6417@1`.
    Catalog(u32, Revision),
    /// `uid@v3`: a version of a live dashboard.
    Version(String, u64),
    /// What is live under a uid.
    Live(String),
    /// A dashboard of the repository or a live one, by name or uid.
    Named(String),
}

impl Operand {
    /// What a word means.
    pub fn parse(word: &str) -> Self {
        if let Ok(Wanted::Catalog {
            id,
            revision: Some(revision),
        }) = word.parse()
        {
            return Self::Catalog(id, revision);
        }
        if let Some((uid, version)) = word.rsplit_once("@v")
            && let Ok(version) = version.parse()
        {
            return Self::Version(uid.to_owned(), version);
        }
        let path = Path::new(word);
        if path.is_file() || word.ends_with(".json") {
            Self::File(path.to_owned())
        } else {
            Self::Named(word.to_owned())
        }
    }

    /// Whether the word can only be one side of two, and never choose dashboards of the repository.
    pub fn is_a_side(&self) -> bool {
        !matches!(self, Self::Named(_))
    }

    /// Whether reading it takes a Grafana.
    pub fn is_live(&self, repository: Option<&Repository>) -> bool {
        match self {
            Self::Version(..) | Self::Live(_) => true,
            Self::Named(word) => !repository.is_some_and(|repository| is_entry(repository, word)),
            Self::File(_) | Self::Catalog(..) => false,
        }
    }
}

fn is_entry(repository: &Repository, word: &str) -> bool {
    Name::parse(word).is_ok_and(|name| repository.names().is_ok_and(|names| names.contains(&name)))
}

/// What operands are read with.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// The repository, where there is one.
    pub repository: Option<&'a Repository>,
    /// The target's name.
    pub target: Option<&'a str>,
    /// The Grafana, where one is needed or was named.
    pub grafana: Option<&'a Grafana>,
    /// What the target has besides dashboards.
    pub surroundings: Option<&'a Surroundings>,
    /// The environment.
    pub environment: &'a Environment,
}

impl Reader<'_> {
    /// The dashboard that an operand means.
    ///
    /// # Errors
    ///
    /// It isn't there, is no dashboard, or the server or catalog can't be reached.
    pub async fn read(&self, operand: &Operand) -> Result<Value, Error> {
        match operand {
            Operand::File(path) => file::dashboard(path),
            Operand::Catalog(id, revision) => self.catalog(*id, *revision).await,
            Operand::Version(uid, version) => {
                let uid = uid_of(uid, self.repository, self.target);
                let grafana = self.grafana()?;
                let live = live(grafana, &uid).await?;
                let entries = grafana.versions(&live, &uid).await?;
                let entry = entry_of(&entries, &uid, *version)?;
                Ok(grafana.version(&live, &uid, entry).await?.dashboard.into_content())
            }
            Operand::Live(uid) => {
                let uid = uid_of(uid, self.repository, self.target);
                Ok(live(self.grafana()?, &uid).await?.document?.into_content())
            }
            Operand::Named(word) => match self.repository.filter(|repository| is_entry(repository, word)) {
                Some(repository) => self.entry(repository, word),
                None => Ok(live(self.grafana()?, word).await?.document?.into_content()),
            },
        }
    }

    fn grafana(&self) -> Result<&Grafana, Error> {
        self.grafana.ok_or_else(|| {
            Error::usage("this takes a Grafana, and none is named").hint("set GRAFANA_URL or pass --url")
        })
    }

    /// A dashboard of the repository: as the target shall have it where a target is known, else as the file has it.
    fn entry(&self, repository: &Repository, word: &str) -> Result<Value, Error> {
        let name = Name::parse(word).map_err(Error::usage)?;
        let entry = repository.entry(&name, self.target)?;
        let Some(surroundings) = self.surroundings else {
            return Ok(entry.dashboard.into_content());
        };
        let config = Some(repository.config());
        let rules = ignore_rules(config, &entry)?;
        let wishes = wishes(config, self.target, &entry);
        let (desired, _) = desired(
            entry,
            &wishes,
            &surroundings.candidates(),
            surroundings.reference,
            rules,
        )
        .map_err(|open| unanswered(&name, &open))?;
        Ok(desired.dashboard.into_content())
    }

    /// A revision: from the repository's own vendor folder where it is there, else from the catalog.
    async fn catalog(&self, id: u32, revision: Revision) -> Result<Value, Error> {
        let source = if matches!(revision, Revision::Bundled(_)) {
            Source::Bundled
        } else {
            Source::GrafanaCom
        };
        if let Some(repository) = self.repository {
            let path = repository.pristine_path(&format!("{}/{id}", source.lock_name()), &revision.to_string());
            if path.is_file() {
                return file::dashboard(&path);
            }
        }
        let catalog = source.open(self.environment, self.grafana, false)?;
        Ok(catalog::fetch(&*catalog, id, revision).await?.dashboard.into_content())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_what_it_looks_like() {
        assert_eq!(Operand::parse("6417@1"), Operand::Catalog(6417, Revision::Number(1)));
        assert_eq!(
            Operand::parse("6417@bundled-1"),
            Operand::Catalog(6417, Revision::Bundled(1))
        );
        assert_eq!(Operand::parse("4XuMd2Iiz@v3"), Operand::Version("4XuMd2Iiz".into(), 3));
        assert_eq!(Operand::parse("nowhere.json"), Operand::File("nowhere.json".into()));
        assert_eq!(
            Operand::parse("Kubernetes/pods"),
            Operand::Named("Kubernetes/pods".into())
        );
        assert_eq!(Operand::parse("6417"), Operand::Named("6417".into()));
    }
}
