use std::collections::BTreeMap;

use url::Url;

use super::credentials_file::CredentialsFile;
use super::target::UrlFrom;
use super::{Environment, Error, Kind};
use crate::grafana::{Grafana, Secret, origin_of};

/// An origin that the user has said may get credentials: by a flag, in the environment, in their own settings, or because
/// the server is one that they have just started. A repository can't say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirmed(String);

impl Confirmed {
    /// The origin of this URL, if the user has confirmed it.
    pub(super) fn of(url: &Url, from: &UrlFrom, environment: &Environment, file: &CredentialsFile) -> Option<Self> {
        let origin = origin_of(url);
        let by_user =
            *from != UrlFrom::Repository || environment.origin().as_deref() == Some(&origin) || file.confirms(&origin);
        by_user.then_some(Self(origin))
    }

    /// What belongs to the user's own cluster or machine, which they have named or are sitting at.
    pub(crate) fn own(place: &str) -> Self {
        Self(place.to_owned())
    }

    /// The origin.
    pub fn origin(&self) -> &str {
        &self.0
    }
}

/// The secrets that a repository may name (`DASHCTL_SECRET_…`), open for one confirmed origin.
#[derive(Debug, Clone)]
pub struct Vault {
    origin: String,
    secrets: BTreeMap<String, Secret>,
}

impl Vault {
    /// The vault of this origin.
    pub fn open(confirmed: &Confirmed, environment: &Environment) -> Self {
        Self {
            origin: confirmed.origin().to_owned(),
            secrets: environment.named_secrets(confirmed),
        }
    }

    /// The vault of a Grafana of the user's own stack, that they have just installed or started.
    pub fn of_own_stack(grafana: &Grafana, environment: &Environment) -> Self {
        Self::open(&Confirmed(grafana.origin()), environment)
    }

    /// A secret by the variable's name, where it is set.
    pub fn get(&self, variable: &str) -> Option<&Secret> {
        self.secrets.get(variable)
    }

    /// Whether what is in it may go to this Grafana.
    pub fn is_for(&self, grafana: &Grafana) -> bool {
        self.origin == grafana.origin()
    }
}

/// The answer where a repository wants something secret to go where the user has not confirmed that it may.
pub fn unconfirmed(origin: &str) -> Error {
    Error::new(format!(
        "{origin} comes from dashctl.yaml, and you have not confirmed that it may get credentials"
    ))
    .hint(format!(
        "add it to ~/.config/dashctl/config.yaml (`trusted: [{origin}]`), or pass --url {origin} yourself"
    ))
    .kind_is(Kind::Denied)
}
