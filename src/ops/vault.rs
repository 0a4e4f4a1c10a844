use std::collections::BTreeMap;

use super::confirmed::Confirmed;
use super::environment::Environment;
use super::error::{Error, Kind};
use crate::grafana::{Grafana, Secret};

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
        Self::open(&Confirmed::started(grafana), environment)
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
