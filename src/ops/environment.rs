use std::collections::BTreeMap;
use std::path::PathBuf;

use etcetera::BaseStrategy;

use super::confirmed::Confirmed;
use crate::grafana::{Credentials, Secret, origin_of};
use crate::repository::SECRET_PREFIX;

/// Variables that hold secrets, besides those that a repository may name.
const SECRETS: [&str; 5] = [
    "GRAFANA_TOKEN",
    "GRAFANA_API_KEY",
    "GRAFANA_AUTH",
    "GRAFANA_PASSWORD",
    "GRAFANA_HTTP_HEADERS",
];
/// Those that name the Grafana which the environment's credentials belong to.
pub(super) const URLS: [&str; 2] = ["GRAFANA_URL", "GRAFANA_SERVER"];

/// The environment variables that dashctl reads, taken once, so that tests can give others. Those that hold secrets can be
/// asked for only for an origin that the user has confirmed.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    plain: BTreeMap<String, String>,
    secrets: BTreeMap<String, Secret>,
}

impl Environment {
    /// The process's own.
    pub fn of_process() -> Self {
        let all = std::env::vars_os();
        Self::from_iter(all.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))))
    }

    /// One that has these variables.
    pub fn of(variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self::from_iter(variables.iter().map(owned))
    }

    /// The value of a variable that holds no secret; an empty one counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.plain
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The first of several names that is set, with the name.
    pub fn first<'a>(&self, names: &[&'a str]) -> Option<(&'a str, &str)> {
        names.iter().find_map(|name| Some((*name, self.get(name)?)))
    }

    /// Whether a secret of this name is set; not which.
    pub(super) fn holds(&self, name: &str) -> bool {
        self.secrets.contains_key(name)
    }

    /// What the environment's own credentials belong to.
    pub(super) fn origin(&self) -> Option<String> {
        let (_, url) = self.first(&URLS)?;
        url.parse().ok().map(|url| origin_of(&url))
    }

    /// The credentials for this origin, and the variables that hold them: they go to the environment's own only.
    pub(super) fn credentials(&self, to: &Confirmed) -> Option<(Credentials, String)> {
        let secret = |name| self.own_secret(to, name);
        for name in ["GRAFANA_TOKEN", "GRAFANA_API_KEY"] {
            if let Some(token) = secret(name) {
                return Some((Credentials::Token(token.clone()), name.into()));
            }
        }
        if let Some(text) = secret("GRAFANA_AUTH") {
            return Some((Credentials::parse(text.expose()), "GRAFANA_AUTH".into()));
        }
        let credentials = Credentials::Password {
            user: self.get("GRAFANA_USER")?.to_owned(),
            password: secret("GRAFANA_PASSWORD")?.clone(),
        };
        Some((credentials, "GRAFANA_USER and GRAFANA_PASSWORD".into()))
    }

    /// The headers that the environment wants sent to its own origin, as JSON.
    pub(super) fn headers(&self, to: &Confirmed) -> Option<&Secret> {
        self.own_secret(to, "GRAFANA_HTTP_HEADERS")
    }

    fn own_secret(&self, to: &Confirmed, name: &str) -> Option<&Secret> {
        let own = self.origin().as_deref() == Some(to.origin());
        self.secrets.get(name).filter(|_| own)
    }

    /// The secrets that a repository may name.
    pub(super) fn named_secrets(&self, _: &Confirmed) -> BTreeMap<String, Secret> {
        let named = self.secrets.iter().filter(|(name, _)| name.starts_with(SECRET_PREFIX));
        named.map(|(name, secret)| (name.clone(), secret.clone())).collect()
    }

    /// The user's settings folder for dashctl.
    pub fn config_folder(&self) -> Option<PathBuf> {
        etcetera::choose_base_strategy()
            .ok()
            .map(|base| base.config_dir().join("dashctl"))
    }

    /// The user's cache folder for dashctl.
    pub fn cache_folder(&self) -> Option<PathBuf> {
        etcetera::choose_base_strategy()
            .ok()
            .map(|base| base.cache_dir().join("dashctl"))
    }

    /// The user's state folder for dashctl.
    pub fn state_folder(&self) -> Option<PathBuf> {
        let base = etcetera::choose_base_strategy().ok()?;
        Some(base.state_dir().unwrap_or_else(|| base.data_dir()).join("dashctl"))
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(variables: T) -> Self {
        let mut all = Self::default();
        for (name, value) in variables {
            if !SECRETS.contains(&name.as_str()) && !name.starts_with(SECRET_PREFIX) {
                all.plain.insert(name, value);
            } else if !value.is_empty() {
                all.secrets.insert(name, Secret::new(value));
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_no_setting_and_shows_itself_nowhere() {
        let environment = Environment::of(&[
            ("DASHCTL_SECRET_X", "hunter2"),
            ("GRAFANA_TOKEN", "hunter2"),
            ("A", "b"),
        ]);
        assert_eq!(environment.get("DASHCTL_SECRET_X"), None);
        assert_eq!(environment.get("GRAFANA_TOKEN"), None);
        assert_eq!(environment.get("A"), Some("b"));
        assert!(!format!("{environment:?}").contains("hunter2"));
    }
}
