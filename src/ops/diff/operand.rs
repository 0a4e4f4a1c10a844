use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::Error;
use super::super::history::{entry_of, live, uid_of};
use super::super::reader::{OfRepository, Reader};
use super::file;
use crate::catalog::{Revision, Wanted};
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

impl Operand {
    /// The dashboard that is meant.
    ///
    /// # Errors
    ///
    /// It isn't there, is no dashboard, or the server or catalog can't be reached.
    pub async fn read(&self, reader: &Reader<'_>) -> Result<Value, Error> {
        match self {
            Self::File(path) => file::dashboard(path),
            Self::Catalog(id, revision) => Ok(reader.revision(*id, Some(*revision)).await?.into_content()),
            Self::Version(uid, version) => {
                let uid = uid_of(uid, reader.repository, reader.target);
                let grafana = grafana(reader)?;
                let live = live(grafana, &uid).await?;
                let entries = grafana.versions(&live, &uid).await?;
                let entry = entry_of(&entries, &uid, *version)?;
                Ok(grafana.version(&live, &uid, entry).await?.dashboard.into_content())
            }
            Self::Live(uid) => {
                let uid = uid_of(uid, reader.repository, reader.target);
                Ok(live(grafana(reader)?, &uid).await?.document?.into_content())
            }
            Self::Named(word) if reader.repository.is_some_and(|repository| is_entry(repository, word)) => {
                Ok(match reader.entry(&Name::parse(word).map_err(Error::usage)?)? {
                    OfRepository::Desired(desired) => desired.dashboard.into_content(),
                    OfRepository::Open(entry) => entry.dashboard.into_content(),
                })
            }
            Self::Named(word) => Ok(live(grafana(reader)?, word).await?.document?.into_content()),
        }
    }
}

fn grafana<'a>(reader: &Reader<'a>) -> Result<&'a Grafana, Error> {
    reader
        .grafana
        .ok_or_else(|| Error::usage("this takes a Grafana, and none is named").hint("set GRAFANA_URL or pass --url"))
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
