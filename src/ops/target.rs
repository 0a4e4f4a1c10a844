use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use url::Url;

use super::confirmed::Confirmed;
use super::credentials_file::{CredentialsFile, read_secret, refuse_unsendable};
use super::environment::{Environment, URLS};
use super::error::Error;
use super::vault::{Vault, unconfirmed};
use crate::grafana::{ApiChoice, Connection, Credentials, Grafana, Secret, origin_of};
use crate::nearest::did_you_mean;
use crate::repository::{Repository, Target};

/// Which Grafana, and as whom. What isn't said here, the environment, the user's own settings and the repository say.
#[derive(Debug, Clone)]
pub struct TargetOptions {
    /// The target of `dashctl.yaml`.
    pub target: Option<String>,
    /// Grafana's base URL.
    pub url: Option<String>,
    /// As whom.
    pub login: Option<Login>,
    /// The organisation's id.
    pub org: Option<u64>,
    /// The time that one request may take.
    pub timeout: Duration,
    /// Whether any TLS certificate is accepted.
    pub insecure: bool,
    /// Which of Grafana's APIs is used.
    pub api: ApiChoice,
}

impl Default for TargetOptions {
    fn default() -> Self {
        Self {
            target: None,
            url: None,
            login: None,
            org: None,
            timeout: Duration::from_secs(30),
            insecure: false,
            api: ApiChoice::Best,
        }
    }
}

/// Credentials that somebody gives for the URL that they give. Files are read when a connection is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// A token.
    Token(Secret),
    /// A login name and its password.
    User(String, Secret),
    /// A file with a token; `-` is standard input.
    TokenFile(PathBuf),
    /// A login name, and a file with the password; `-` is standard input.
    Password {
        /// The login name.
        user: String,
        /// The file.
        file: PathBuf,
    },
}

/// A setting, its value as it may be shown, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its name.
    pub name: &'static str,
    /// Its value, without secrets.
    pub value: String,
    /// The flag, variable or file that said so.
    pub from: String,
}

/// A connection, and how it came about.
#[derive(Debug)]
pub struct Connected {
    /// The client.
    pub grafana: Grafana,
    /// The target of `dashctl.yaml`, where one is meant.
    pub target: Option<String>,
    /// The secrets that the repository may name, where the user has confirmed that this Grafana may get them.
    pub vault: Option<Vault>,
    /// Which setting won, and where it came from.
    pub settings: Vec<Setting>,
}

/// Where the URL came from decides which credentials it may get.
#[derive(Debug, Clone, PartialEq, Eq)]
enum UrlFrom {
    Flag,
    Environment(&'static str),
    Repository,
}

impl TargetOptions {
    /// The connection that flags, environment, the user's settings and the repository lead to, in this order.
    ///
    /// # Errors
    ///
    /// No URL anywhere, one that can't be, or credentials that would go where the user didn't send them.
    pub fn connect(&self, repository: Option<&Repository>, environment: &Environment) -> Result<Connected, Error> {
        let chosen = self.choose_target(repository)?;
        let (url, from) = self.choose_url(chosen, environment)?;
        let origin = origin_of(&url);
        // A URL from elsewhere is another Grafana: what the target says of its own doesn't hold there.
        let target = chosen.filter(|(_, target)| from == UrlFrom::Repository || has_origin(target, &origin));
        let user_file = CredentialsFile::read(environment)?;
        let by_user = from != UrlFrom::Repository
            || environment.origin().as_deref() == Some(&origin)
            || user_file.confirms(&origin);
        let confirmed = by_user.then(|| Confirmed::by_user(&url));
        let vault = confirmed.as_ref().map(|confirmed| Vault::open(confirmed, environment));
        let of_environment = environment.origin().as_deref() == Some(&origin);
        let mut settings = vec![setting(
            "url",
            url.as_str(),
            from.describe(target.map(|(name, _)| name)),
        )];
        let (credentials, source) = match &confirmed {
            Some(confirmed) => self.credentials(confirmed, environment, &user_file, target)?,
            None => self.no_credentials(target, &origin, environment)?,
        };
        refuse_unsendable(&credentials, &source)?;
        settings.push(setting("credentials", &credentials.describe(), source));
        let mut connection = Connection::new(url, credentials);
        self.add_organisation(
            &mut connection,
            target,
            of_environment.then_some(environment),
            &mut settings,
        )?;
        self.add_tls(
            &mut connection,
            environment,
            confirmed.as_ref().filter(|_| of_environment),
            &mut settings,
        )?;
        connection.timeout = self.timeout.max(Duration::from_secs(1));
        connection.api = self.api;
        Ok(Connected {
            grafana: Grafana::new(connection)?,
            target: target.map(|(name, _)| name.to_owned()),
            vault,
            settings,
        })
    }

    /// The credentials for an origin that the user has confirmed, and where they come from.
    fn credentials(
        &self,
        confirmed: &Confirmed,
        environment: &Environment,
        user_file: &CredentialsFile,
        target: Option<(&str, &Target)>,
    ) -> Result<(Credentials, String), Error> {
        if let Some(login) = &self.login {
            return login.credentials(confirmed);
        }
        if let Some(found) = environment.credentials(confirmed) {
            return Ok(found);
        }
        if let Some(found) = user_file.get(confirmed)? {
            return Ok(found);
        }
        let vault = Vault::open(confirmed, environment);
        let own = target.filter(|(_, target)| has_origin(target, confirmed.origin()));
        Ok(own
            .and_then(|(name, target)| repository_credentials(name, target, &vault))
            .unwrap_or_else(anonymous))
    }

    /// What goes to an origin that only the repository names: nothing secret, whoever wants it to.
    fn no_credentials(
        &self,
        target: Option<(&str, &Target)>,
        origin: &str,
        environment: &Environment,
    ) -> Result<(Credentials, String), Error> {
        let holds = |variable: &Option<String>| variable.as_ref().is_some_and(|name| environment.holds(name));
        let asks = |(_, target): (&str, &Target)| {
            has_origin(target, origin) && (holds(&target.token) || target.user.is_some() && holds(&target.password))
        };
        match self.login.is_some() || target.is_some_and(asks) {
            true => Err(unconfirmed(origin)),
            false => Ok(anonymous()),
        }
    }

    fn choose_target<'a>(&self, repository: Option<&'a Repository>) -> Result<Option<(&'a str, &'a Target)>, Error> {
        let Some(repository) = repository else {
            return match &self.target {
                Some(name) => Err(Error::usage(format!("--target {name}: this is no dashctl repository"))
                    .hint("targets are named in dashctl.yaml; outside of a repository use --url")),
                None => Ok(None),
            };
        };
        let wanted = self.target.as_deref();
        match repository.config().target(wanted) {
            Ok(found) => Ok(found),
            Err(_) if wanted.is_none() && self.url.is_some() => Ok(None),
            Err(names) => Err(Error::usage(match wanted {
                Some(name) => format!(
                    "dashctl.yaml has no target {name:?}; it has {}{}",
                    list(&names),
                    did_you_mean(name, names.iter().copied())
                ),
                None => format!(
                    "dashctl.yaml has several targets, and none is the default: {}",
                    list(&names)
                ),
            })
            .hint("say which with --target, or set default_target in dashctl.yaml")),
        }
    }

    /// The Grafana that is meant, for a report that it could not be reached: the target, where it is one, and the URL.
    /// Nothing where that can't be told, or where the URL holds credentials.
    pub fn meant(&self, repository: &Repository, environment: &Environment) -> Option<(Option<String>, String)> {
        let target = self.choose_target(Some(repository)).ok()?;
        let (url, from) = self.choose_url(target, environment).ok()?;
        let origin = origin_of(&url);
        let own = target.filter(|(_, target)| from == UrlFrom::Repository || has_origin(target, &origin));
        let name = own.map(|(name, _)| name.to_owned());
        Some((name, url.as_str().trim_end_matches('/').to_owned()))
    }

    fn choose_url(&self, target: Option<(&str, &Target)>, environment: &Environment) -> Result<(Url, UrlFrom), Error> {
        let of_target = || target.map(|(_, target)| (target.url.clone(), UrlFrom::Repository));
        let of_environment = || {
            let (name, value) = environment.first(&URLS)?;
            Some((value.to_owned(), UrlFrom::Environment(name)))
        };
        let found = if let Some(url) = &self.url {
            Some((url.clone(), UrlFrom::Flag))
        } else if self.target.is_some() {
            of_target().or_else(of_environment)
        } else {
            of_environment().or_else(of_target)
        };
        let (text, from) = found.ok_or_else(|| {
            Error::usage("no Grafana is named")
                .hint("set GRAFANA_URL, pass --url, or name a target in dashctl.yaml; to try things out: `dashctl up --sandbox`")
        })?;
        let mut url: Url = text
            .parse()
            .map_err(|error| Error::usage(format!("the URL {text:?} can't be: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(Error::usage(format!("the URL {text:?} is neither http nor https")));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                Error::usage("the URL holds credentials, which end up in logs and lists of processes")
                    .hint("use GRAFANA_USER and GRAFANA_PASSWORD, or GRAFANA_TOKEN"),
            );
        }
        url.set_query(None);
        url.set_fragment(None);
        Ok((url, from))
    }

    fn add_organisation(
        &self,
        connection: &mut Connection,
        target: Option<(&str, &Target)>,
        environment: Option<&Environment>,
        settings: &mut Vec<Setting>,
    ) -> Result<(), Error> {
        let of_environment = environment.and_then(|environment| environment.get("GRAFANA_ORG_ID"));
        let (org, from) = if let Some(org) = self.org {
            (org, "--org".to_owned())
        } else if let Some(text) = of_environment {
            let org = text
                .parse()
                .map_err(|_| Error::usage(format!("GRAFANA_ORG_ID={text} is no number")))?;
            (org, "GRAFANA_ORG_ID".to_owned())
        } else if let Some((org, name)) = target.and_then(|(name, target)| Some((target.org?, name))) {
            (org, format!("dashctl.yaml, targets.{name}.org"))
        } else {
            return Ok(());
        };
        connection.org = Some(org);
        settings.push(setting("organisation", &org.to_string(), from));
        Ok(())
    }

    fn add_tls(
        &self,
        connection: &mut Connection,
        environment: &Environment,
        own: Option<&Confirmed>,
        settings: &mut Vec<Setting>,
    ) -> Result<(), Error> {
        if let Some(path) = environment.get("GRAFANA_CA_CERT") {
            connection.ca_certificate = Some(path.into());
            settings.push(setting("CA certificate", path, "GRAFANA_CA_CERT".into()));
        }
        if self.insecure {
            connection.insecure = true;
            settings.push(setting("TLS", "not verified", "--insecure-skip-tls-verify".into()));
        }
        let Some(own) = own else { return Ok(()) };
        match (environment.get("GRAFANA_TLS_CERT"), environment.get("GRAFANA_TLS_KEY")) {
            (Some(certificate), Some(key)) => {
                connection.client_certificate = Some((certificate.into(), key.into()));
                settings.push(setting("client certificate", certificate, "GRAFANA_TLS_CERT".into()));
            }
            (None, None) => {}
            _ => {
                return Err(Error::usage(
                    "GRAFANA_TLS_CERT and GRAFANA_TLS_KEY go together; one is not set",
                ));
            }
        }
        if let Some(text) = environment.headers(own) {
            let headers: std::collections::BTreeMap<String, String> =
                serde_json::from_str(text.expose()).map_err(|_| {
                    Error::usage("GRAFANA_HTTP_HEADERS is not a JSON object such as {\"X-Name\": \"value\"}")
                })?;
            let names = headers.keys().cloned().collect::<Vec<_>>().join(", ");
            settings.push(setting("headers", &names, "GRAFANA_HTTP_HEADERS".into()));
            connection.headers = headers
                .into_iter()
                .map(|(name, value)| (name, Secret::new(value)))
                .collect();
        }
        Ok(())
    }
}

impl UrlFrom {
    fn describe(&self, target: Option<&str>) -> String {
        match self {
            Self::Flag => "--url".into(),
            Self::Environment(name) => (*name).into(),
            Self::Repository => format!("dashctl.yaml, targets.{}", target.unwrap_or_default()),
        }
    }
}

fn has_origin(target: &Target, origin: &str) -> bool {
    target.url.parse().is_ok_and(|url: Url| origin_of(&url) == origin)
}

impl Login {
    fn credentials(&self, _: &Confirmed) -> Result<(Credentials, String), Error> {
        Ok(match self {
            Self::Token(token) => (Credentials::Token(token.clone()), "--token".into()),
            Self::User(user, password) => {
                let (user, password) = (user.clone(), password.clone());
                (Credentials::Password { user, password }, "the caller".into())
            }
            Self::TokenFile(file) => (
                Credentials::Token(read_secret(file)?),
                format!("--token-file {}", file.display()),
            ),
            Self::Password { user, file } => {
                let (user, password) = (user.clone(), read_secret(file)?);
                (
                    Credentials::Password { user, password },
                    "--user and --password-file".into(),
                )
            }
        })
    }
}

fn anonymous() -> (Credentials, String) {
    (Credentials::Anonymous, "nothing is set for this URL".to_owned())
}

/// A repository only names secrets: a cloned one must not be able to collect tokens.
fn repository_credentials(name: &str, target: &Target, vault: &Vault) -> Option<(Credentials, String)> {
    let secret = |variable: &Option<String>| {
        let variable = variable.as_deref()?;
        Some((variable.to_owned(), vault.get(variable)?.clone()))
    };
    let (credentials, variable) = match (secret(&target.token), &target.user, secret(&target.password)) {
        (Some((variable, token)), _, _) => (Credentials::Token(token), variable),
        (None, Some(user), Some((variable, password))) => {
            let user = user.clone();
            (Credentials::Password { user, password }, variable)
        }
        _ => return None,
    };
    Some((
        credentials,
        format!("{variable}, named by dashctl.yaml, targets.{name}"),
    ))
}

fn setting(name: &'static str, value: &str, from: String) -> Setting {
    Setting {
        name,
        value: value.to_owned(),
        from,
    }
}

fn list(names: &[&str]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(url: &str, extra: &str) -> (tempfile::TempDir, Repository) {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("version: 1\nrepository: r-1\ntargets:\n  p:\n    url: {url}\n{extra}");
        std::fs::write(folder.path().join("dashctl.yaml"), text).unwrap();
        let repository = Repository::discover(folder.path()).unwrap().unwrap();
        (folder, repository)
    }

    /// The settings of a connection; `DASHCTL_CREDENTIALS` keeps the user's real file out of the test.
    fn settings(
        args: TargetOptions,
        repository: Option<&Repository>,
        variables: &[(&str, &str)],
    ) -> Result<String, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().display().to_string();
        let mut all = vec![("DASHCTL_CREDENTIALS", path.as_str())];
        all.extend(variables);
        let environment = Environment::of(&all);
        let connected = args
            .connect(repository, &environment)
            .map_err(|error| format!("{error} {}", error.advice().unwrap_or_default()))?;
        let lines = connected
            .settings
            .iter()
            .map(|setting| format!("{}={} ({})", setting.name, setting.value, setting.from));
        Ok(lines.collect::<Vec<_>>().join("; "))
    }

    fn url(url: &str) -> TargetOptions {
        TargetOptions {
            url: Some(url.into()),
            ..TargetOptions::default()
        }
    }

    #[test]
    fn the_environments_token_goes_to_the_environments_origin_only() {
        let variables = [
            ("GRAFANA_URL", "https://a.example/g/"),
            ("GRAFANA_TOKEN", "secret-token"),
        ];
        let own = settings(TargetOptions::default(), None, &variables).unwrap();
        assert_eq!(
            own,
            "url=https://a.example/g/ (GRAFANA_URL); credentials=a token (GRAFANA_TOKEN)"
        );
        let same = settings(url("https://a.example/other"), None, &variables).unwrap();
        assert!(same.contains("a token (GRAFANA_TOKEN)"), "{same}");
        let other = settings(url("https://b.example"), None, &variables).unwrap();
        assert!(other.contains("credentials=none (anonymous)"), "{other}");
    }

    #[test]
    fn a_cloned_repository_collects_no_tokens() {
        let (_folder, repository) = repository("https://evil.example", "    token: DASHCTL_SECRET_X\n");
        let secret = ("DASHCTL_SECRET_X", "t");
        let error = settings(TargetOptions::default(), Some(&repository), &[secret]).unwrap_err();
        assert!(error.contains("not confirmed"), "{error}");
        let variables = [secret, ("GRAFANA_TOKEN", "t2"), ("GRAFANA_URL", "https://good.example")];
        let target = TargetOptions {
            target: Some("p".into()),
            ..TargetOptions::default()
        };
        assert!(settings(target.clone(), Some(&repository), &variables).is_err());
        let flag = TargetOptions {
            login: Some(Login::Token(Secret::new("t3"))),
            ..target
        };
        assert!(
            settings(flag, Some(&repository), &[])
                .unwrap_err()
                .contains("not confirmed")
        );
        let confirmed = settings(url("https://evil.example"), Some(&repository), &[secret]).unwrap();
        assert!(confirmed.contains("DASHCTL_SECRET_X"), "{confirmed}");
    }

    #[test]
    fn another_url_is_another_grafana_than_the_target() {
        let (_folder, repository) = repository("https://a.example", "    org: 7\n");
        let own = settings(
            TargetOptions::default(),
            Some(&repository),
            &[("GRAFANA_URL", "https://a.example/")],
        )
        .unwrap();
        assert!(own.contains("organisation=7"), "{own}");
        let other = settings(url("https://b.example"), Some(&repository), &[]).unwrap();
        assert!(!other.contains("organisation"), "{other}");
    }

    #[test]
    fn without_any_url_the_ways_out_are_named() {
        let error = settings(TargetOptions::default(), None, &[]).unwrap_err();
        assert!(
            error.contains("GRAFANA_URL") && error.contains("up --sandbox"),
            "{error}"
        );
    }

    #[test]
    fn credentials_in_a_url_are_refused() {
        let error = settings(url("https://admin:pw@a.example"), None, &[]).unwrap_err();
        assert!(!error.contains("pw"), "{error}");
    }
}
