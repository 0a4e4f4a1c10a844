use std::collections::BTreeMap;
use std::path::PathBuf;

use etcetera::BaseStrategy;

/// The environment variables that dashctl reads, taken once, so that tests can give others.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The process's own.
    pub fn of_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
                .collect(),
        )
    }

    /// One that has these variables.
    pub fn of(variables: &[(&str, &str)]) -> Self {
        Self(
            variables
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    /// The value of a variable; an empty one counts as not set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The first of several names that is set, with the name.
    pub fn first<'a>(&self, names: &[&'a str]) -> Option<(&'a str, &str)> {
        names.iter().find_map(|name| Some((*name, self.get(name)?)))
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
