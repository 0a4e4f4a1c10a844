use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Error, files};
use crate::dashboard::compare::FillIn;
use crate::lint::LintSettings;
use crate::nearest::did_you_mean;
use crate::verify::Rename;

/// What every secret that a repository names begins with: a cloned repository must not be able to ask for others.
pub const SECRET_PREFIX: &str = "DASHCTL_SECRET_";

/// The settings of a repository: `dashctl.yaml`. Written by `dashctl init`, afterwards by people, and by
/// `dashctl drift --learn` after asking.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The version of this file's form; 1.
    pub version: u32,
    /// The repository's id, made by `dashctl init`. It stands in the message of every save, which is how dashctl
    /// finds again what it wrote: don't change it.
    pub repository: String,
    /// Whether dashboards are marked as managed by this repository, so that the pages of Grafana 12 and later show where they
    /// come from (`managedBy: kubectl`, `managerId: dashctl:<repository>`, the file and its checksum).
    #[serde(default)]
    pub managed: bool,
    /// The Grafanas that the repository is applied to, by name.
    #[serde(default)]
    pub targets: BTreeMap<String, Target>,
    /// The target that is meant where none is said; not needed where there is only one.
    #[serde(default)]
    pub default_target: Option<String>,
    /// Data sources that `dashctl datasource apply` makes and keeps.
    #[serde(default)]
    pub datasources: Vec<DeclaredDataSource>,
    /// What `dashctl import` takes where nothing else is said.
    #[serde(default)]
    pub defaults: Defaults,
    /// The monitoring stack that `dashctl up` and `dashctl stack` install.
    #[serde(default)]
    pub stack: Option<crate::stack::Settings>,
    /// The drift check that runs by itself, as `dashctl schedule` writes it for Kubernetes, systemd, GitHub and GitLab.
    #[serde(default)]
    pub schedule: Option<crate::schedule::Settings>,
    /// Differences that are not to be seen, as keyed paths: `panels[id=3].targets[refId=A].expr`, with `*`.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// What panel plugins that aren't Grafana's own fill in by themselves when somebody saves; `dashctl drift --learn` writes
    /// such rows, after asking.
    #[serde(default)]
    pub noise: Vec<FillIn>,
    /// What metrics, labels and matchers were called and are called now, beside what dashctl knows: `dashctl verify --fix`
    /// rewrites queries by it.
    #[serde(default)]
    pub renames: Vec<Rename>,
    /// What `dashctl lint` leaves out.
    #[serde(default)]
    pub lint: LintSettings,
    /// Values for templates.
    #[serde(default)]
    pub values: BTreeMap<String, Value>,
}

/// One Grafana and organisation.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Grafana's base URL, with its sub-path if it has one.
    pub url: String,
    /// The organisation's id; tokens belong to one anyway.
    #[serde(default)]
    pub org: Option<u64>,
    /// The environment variable (`DASHCTL_SECRET_…`) that holds a token. Used only for a URL that the user has confirmed.
    #[serde(default)]
    pub token: Option<String>,
    /// The login name that goes with `password`.
    #[serde(default)]
    pub user: Option<String>,
    /// The environment variable (`DASHCTL_SECRET_…`) that holds the password.
    #[serde(default)]
    pub password: Option<String>,
    /// How many dashboards are written at once; 4 where nothing is said.
    #[serde(default)]
    pub parallel: Option<usize>,
    /// Answers to the dashboards' inputs on this target: the name or uid of a data source, or a text.
    #[serde(default)]
    pub answers: BTreeMap<String, String>,
    /// Values for templates on this target; they win over the repository's.
    #[serde(default)]
    pub values: BTreeMap<String, Value>,
}

/// What `dashctl import` takes where nothing else is said.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// The folder, as a path of titles: `Kubernetes` or `Teams/Platform`.
    #[serde(default)]
    pub folder: Option<String>,
    /// The data source (name or uid) that answers inputs of its type.
    #[serde(default)]
    pub datasource: Option<String>,
    /// Where dashboards come from: `grafana.com`, `gnet`, `bundled` or `mirror=DIR`.
    #[serde(default)]
    pub source: Option<String>,
}

/// A data source that the repository declares.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclaredDataSource {
    /// Its name.
    pub name: String,
    /// Its uid; by it dashctl finds the data source again, even renamed.
    pub uid: String,
    /// The id of its plugin, such as `prometheus`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where Grafana's server reaches it.
    pub url: String,
    /// `proxy` (the server asks) or `direct` (the browser does).
    #[serde(default = "proxy")]
    pub access: String,
    /// Whether it is the default data source.
    #[serde(default)]
    pub default: bool,
    /// The login name for basic authentication; the password is the secret `basicAuthPassword`.
    #[serde(default)]
    pub basic_auth_user: Option<String>,
    /// The plugin's own settings (`jsonData`), such as `timeInterval: 15s`.
    #[serde(default)]
    pub json_data: BTreeMap<String, Value>,
    /// Secrets (`secureJsonData`): the key, and the environment variable (`DASHCTL_SECRET_…`) that holds its value.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
}

fn proxy() -> String {
    "proxy".to_owned()
}

impl Config {
    /// Reads and checks `dashctl.yaml`.
    ///
    /// # Errors
    ///
    /// A key that isn't known, a value that can't be: with the line, and what there is instead.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = files::read(path)?.unwrap_or_default();
        Self::parse(path, &text)
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let config: Self = files::yaml(path, text)?;
        let wrong = |key: &str, what: String| Error::Setting {
            path: path.to_owned(),
            key: key.to_owned(),
            what,
        };
        if config.version != 1 {
            return Err(wrong(
                "version",
                format!("this dashctl reads version 1, not {}", config.version),
            ));
        }
        let id_char = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if config.repository.is_empty() || !config.repository.chars().all(id_char) {
            return Err(wrong(
                "repository",
                "an id has letters, digits, - and _ (made by `dashctl init`)".into(),
            ));
        }
        if let Some(name) = &config.default_target
            && !config.targets.contains_key(name)
        {
            let meant = did_you_mean(name, config.targets.keys().map(String::as_str));
            return Err(wrong("default_target", format!("there is no target {name:?}{meant}")));
        }
        for (name, target) in &config.targets {
            target
                .check()
                .map_err(|(key, what)| wrong(&format!("targets.{name}.{key}"), what))?;
        }
        for source in &config.datasources {
            source
                .check()
                .map_err(|(key, what)| wrong(&format!("datasources.{}.{key}", source.name), what))?;
        }
        if let Some(stack) = &config.stack {
            stack
                .check()
                .map_err(|error| wrong(&format!("stack.{}", error.key), error.what))?;
            if let Some(password) = &stack.grafana.admin.password {
                check_secret(password).map_err(|what| wrong("stack.grafana.admin.password", what))?;
            }
        }
        for rule in &config.renames {
            rule.check().map_err(|what| wrong("renames", what))?;
        }
        config.lint.check().map_err(|what| wrong("lint.off", what))?;
        if let Some(schedule) = &config.schedule {
            let targets: Vec<&str> = config.targets.keys().map(String::as_str).collect();
            schedule
                .check(&targets)
                .map_err(|error| wrong(&format!("schedule.{}", error.key), error.what))?;
        }
        Ok(config)
    }

    /// The JSON schema of the file.
    pub fn schema() -> Value {
        schemars::schema_for!(Self).to_value()
    }

    /// The target of this name, or the default one.
    ///
    /// # Errors
    ///
    /// The names that there are.
    pub fn target(&self, name: Option<&str>) -> Result<Option<(&str, &Target)>, Vec<&str>> {
        let names = || self.targets.keys().map(String::as_str).collect::<Vec<_>>();
        let found = match name.or(self.default_target.as_deref()) {
            Some(name) => self.targets.get_key_value(name).ok_or_else(names)?,
            None if self.targets.len() <= 1 => match self.targets.iter().next() {
                Some(only) => only,
                None => return Ok(None),
            },
            None => return Err(names()),
        };
        Ok(Some((found.0.as_str(), found.1)))
    }
}

impl Target {
    fn check(&self) -> Result<(), (&'static str, String)> {
        let url: url::Url = self
            .url
            .parse()
            .map_err(|error| ("url", format!("{:?}: {error}", self.url)))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(("url", format!("{:?} is neither http nor https", self.url)));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err((
                "url",
                "credentials don't belong into a repository; see `dashctl status --help`".into(),
            ));
        }
        for (key, secret) in [("token", &self.token), ("password", &self.password)] {
            if let Some(secret) = secret {
                check_secret(secret).map_err(|what| (key, what))?;
            }
        }
        Ok(())
    }
}

impl DeclaredDataSource {
    fn check(&self) -> Result<(), (&'static str, String)> {
        self.uid
            .parse::<crate::dashboard::Uid>()
            .map_err(|error| ("uid", error.to_string()))?;
        self.url
            .parse::<url::Url>()
            .map_err(|error| ("url", format!("{:?}: {error}", self.url)))?;
        if !matches!(self.access.as_str(), "proxy" | "direct") {
            return Err(("access", format!("{:?} is neither proxy nor direct", self.access)));
        }
        for secret in self.secrets.values() {
            check_secret(secret).map_err(|what| ("secrets", what))?;
        }
        Ok(())
    }
}

/// The name of a secret; the secret itself must never stand in a repository, so the error doesn't repeat it.
fn check_secret(name: &str) -> Result<(), String> {
    let fine = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if name.starts_with(SECRET_PREFIX) && name.chars().all(fine) {
        Ok(())
    } else {
        Err(format!(
            "must be the name of an environment variable that begins with {SECRET_PREFIX}, not the secret itself"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("dashctl.yaml"), text).map_err(|error| error.to_string())
    }

    const HEAD: &str = "version: 1\nrepository: r-1\n";

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let error = parse(&format!("{HEAD}target:\n  x: {{url: http://a}}\n")).unwrap_err();
        assert!(
            error.contains("dashctl.yaml: line 3 column 1: unknown field `target`"),
            "{error}"
        );
        assert!(error.contains("targets"), "{error}");
    }

    #[test]
    fn a_secret_in_the_file_is_refused_and_not_repeated() {
        let error = parse(&format!("{HEAD}targets:\n  p: {{url: 'http://a', token: glsa_abc}}\n")).unwrap_err();
        assert!(
            error.contains("targets.p.token") && !error.contains("glsa_abc"),
            "{error}"
        );
        assert!(
            parse(&format!(
                "{HEAD}targets:\n  p: {{url: 'http://a', token: DASHCTL_SECRET_P}}\n"
            ))
            .is_ok()
        );
        assert!(parse(&format!("{HEAD}targets:\n  p: {{url: 'http://u:p@a'}}\n")).is_err());
    }

    #[test]
    fn the_stack_is_checked_with_everything_else() {
        let error = |stack: &str| parse(&format!("{HEAD}stack:\n  {stack}\n")).unwrap_err();
        let unknown = error("prometheus: {retain: 15d}");
        assert!(unknown.contains("line 4") && unknown.contains("`retain`"), "{unknown}");
        let size = error("prometheus: {storage: {size: 8Gib}}");
        assert!(size.contains("dashctl.yaml: stack.prometheus.storage.size: "), "{size}");
        let password = error("grafana: {admin: {password: hunter2}}");
        assert!(
            password.contains("stack.grafana.admin.password: ") && !password.contains("hunter2"),
            "{password}"
        );
        let fine = "stack:\n  grafana: {admin: {password: DASHCTL_SECRET_GRAFANA}}\n";
        assert!(parse(&format!("{HEAD}{fine}")).unwrap().stack.is_some());
    }

    #[test]
    fn a_row_of_noise_that_says_nothing_is_named_with_its_line_and_the_way_out() {
        let error = |row: &str| parse(&format!("{HEAD}noise:\n  - {row}\n")).unwrap_err();
        for (row, what) in [
            (
                "{plugin: a-panel, path: options..x, value: 1}",
                "a key is missing at position 7; give the setting",
            ),
            (
                "{plugin: a-panel, path: '', value: 1}",
                "such as options.layout.variant",
            ),
            ("{plugin: '', path: options.x, value: 1}", "`plugin` is empty; give"),
            (
                "{plugin: a-panel, path: options.x, value: null}",
                "a null fills in nothing",
            ),
            ("{plugin: a-panel, path: options.x}", "missing field `value`"),
            (
                "{plugin: a-panel, path: options.x, values: 1}",
                "unknown field `values`",
            ),
        ] {
            let error = error(row);
            assert!(
                error.contains("dashctl.yaml: line 4 ") && error.contains(what),
                "{row}: {error}"
            );
        }
        let fine = parse(&format!(
            "{HEAD}noise:\n  - {{plugin: a-panel, path: options.x, value: 1.50}}\n"
        ))
        .unwrap();
        assert_eq!(fine.noise[0].path.to_string(), "options.x");
        assert_eq!(fine.noise[0].value.as_f64(), Some(1.5));
    }

    #[test]
    fn one_target_needs_no_name_and_several_do() {
        let one = parse(&format!("{HEAD}targets:\n  p: {{url: 'http://a'}}\n")).unwrap();
        assert_eq!(one.target(None).unwrap().unwrap().0, "p");
        let two = parse(&format!(
            "{HEAD}targets:\n  p: {{url: 'http://a'}}\n  q: {{url: 'http://b'}}\n"
        ))
        .unwrap();
        assert_eq!(two.target(None), Err(vec!["p", "q"]));
        assert_eq!(two.target(Some("q")).unwrap().unwrap().1.url, "http://b");
        assert!(two.target(Some("z")).is_err());
    }
}
