use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use url::Url;

use super::credentials_file::{CredentialsFile, read_secret, refuse_unsendable};
use super::{Environment, Exit, Failure};
use crate::grafana::{Connection, Credentials, Grafana, Secret, origin_of};
use crate::repository::{Repository, Target};

/// Which Grafana, and as whom.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Which Grafana")]
pub struct ConnectArgs {
    /// The target of dashctl.yaml to use
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    /// Grafana's base URL [env: GRAFANA_URL]
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// A service account's token [env: GRAFANA_TOKEN]
    #[arg(long, value_name = "TOKEN", conflicts_with_all = ["token_file", "user"])]
    pub token: Option<String>,
    /// A file with the token; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "user")]
    pub token_file: Option<PathBuf>,
    /// The login name [env: GRAFANA_USER]
    #[arg(long, value_name = "NAME", requires = "password_file")]
    pub user: Option<String>,
    /// A file with the password; - for standard input [env: GRAFANA_PASSWORD]
    #[arg(long, value_name = "FILE", requires = "user")]
    pub password_file: Option<PathBuf>,
    /// The organisation's id [env: GRAFANA_ORG_ID]
    #[arg(long, value_name = "ID")]
    pub org: Option<u64>,
    /// The time that one request may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub timeout: u64,
    /// Accept any TLS certificate. Only for a test: whoever is in between reads the credentials
    #[arg(long)]
    pub insecure_skip_tls_verify: bool,
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

impl ConnectArgs {
    /// The connection that flags, environment, the user's settings and the repository lead to, in this order.
    ///
    /// # Errors
    ///
    /// No URL anywhere, one that can't be, or credentials that would go where the user didn't send them.
    pub fn connect(&self, repository: Option<&Repository>, environment: &Environment) -> Result<Connected, Failure> {
        let chosen = self.choose_target(repository)?;
        let (url, from) = self.choose_url(chosen, environment)?;
        let origin = origin_of(&url);
        // A URL from elsewhere is another Grafana: what the target says of its own doesn't hold there.
        let target = chosen.filter(|(_, target)| from == UrlFrom::Repository || has_origin(target, &origin));
        let of_environment = environment_origin(environment).as_deref() == Some(&origin);
        let user_file = CredentialsFile::read(environment)?;
        let confirmed = from != UrlFrom::Repository || of_environment || user_file.confirms(&origin);
        let mut settings = vec![setting(
            "url",
            url.as_str(),
            from.describe(target.map(|(name, _)| name)),
        )];
        let (credentials, source) = match self.flag_credentials()? {
            Some(found) if confirmed => found,
            Some(_) => return Err(unconfirmed(&origin)),
            None => match environment_credentials(environment).filter(|_| of_environment) {
                Some(found) => found,
                None => match user_file.get(&origin)? {
                    Some(found) => found,
                    None => repository_credentials(target, confirmed, &origin, environment)?,
                },
            },
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
        self.add_tls(&mut connection, environment, of_environment, &mut settings)?;
        connection.timeout = Duration::from_secs(self.timeout.max(1));
        let grafana = Grafana::new(connection).map_err(Failure::from)?;
        Ok(Connected {
            grafana,
            target: target.map(|(name, _)| name.to_owned()),
            settings,
        })
    }

    fn choose_target<'a>(&self, repository: Option<&'a Repository>) -> Result<Option<(&'a str, &'a Target)>, Failure> {
        let Some(repository) = repository else {
            return match &self.target {
                Some(name) => Err(
                    Failure::usage(format!("--target {name}: this is no dashctl repository"))
                        .hint("targets are named in dashctl.yaml; outside of a repository use --url"),
                ),
                None => Ok(None),
            };
        };
        let wanted = self.target.as_deref();
        match repository.config().target(wanted) {
            Ok(found) => Ok(found),
            Err(_) if wanted.is_none() && self.url.is_some() => Ok(None),
            Err(names) => Err(Failure::usage(match wanted {
                Some(name) => format!("dashctl.yaml has no target {name:?}; it has {}", list(&names)),
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

    fn choose_url(
        &self,
        target: Option<(&str, &Target)>,
        environment: &Environment,
    ) -> Result<(Url, UrlFrom), Failure> {
        let of_target = || target.map(|(_, target)| (target.url.clone(), UrlFrom::Repository));
        let of_environment = || {
            let (name, value) = environment.first(&["GRAFANA_URL", "GRAFANA_SERVER"])?;
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
            Failure::usage("no Grafana is named")
                .hint("set GRAFANA_URL, pass --url, or name a target in dashctl.yaml; to try things out: `dashctl up --sandbox`")
        })?;
        let mut url: Url = text
            .parse()
            .map_err(|error| Failure::usage(format!("the URL {text:?} can't be: {error}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(Failure::usage(format!("the URL {text:?} is neither http nor https")));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                Failure::usage("the URL holds credentials, which end up in logs and lists of processes")
                    .hint("use GRAFANA_USER and GRAFANA_PASSWORD, or GRAFANA_TOKEN"),
            );
        }
        url.set_query(None);
        url.set_fragment(None);
        Ok((url, from))
    }

    fn flag_credentials(&self) -> Result<Option<(Credentials, String)>, Failure> {
        if let Some(token) = &self.token {
            return Ok(Some((Credentials::Token(Secret::new(token)), "--token".into())));
        }
        if let Some(file) = &self.token_file {
            let source = format!("--token-file {}", file.display());
            return Ok(Some((Credentials::Token(read_secret(file)?), source)));
        }
        match (&self.user, &self.password_file) {
            (Some(user), Some(file)) => {
                let password = read_secret(file)?;
                let user = user.clone();
                Ok(Some((
                    Credentials::Password { user, password },
                    "--user and --password-file".into(),
                )))
            }
            _ => Ok(None),
        }
    }

    fn add_organisation(
        &self,
        connection: &mut Connection,
        target: Option<(&str, &Target)>,
        environment: Option<&Environment>,
        settings: &mut Vec<Setting>,
    ) -> Result<(), Failure> {
        let of_environment = environment.and_then(|environment| environment.get("GRAFANA_ORG_ID"));
        let (org, from) = if let Some(org) = self.org {
            (org, "--org".to_owned())
        } else if let Some(text) = of_environment {
            let org = text
                .parse()
                .map_err(|_| Failure::usage(format!("GRAFANA_ORG_ID={text} is no number")))?;
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
        of_environment: bool,
        settings: &mut Vec<Setting>,
    ) -> Result<(), Failure> {
        if let Some(path) = environment.get("GRAFANA_CA_CERT") {
            connection.ca_certificate = Some(path.into());
            settings.push(setting("CA certificate", path, "GRAFANA_CA_CERT".into()));
        }
        if self.insecure_skip_tls_verify {
            connection.insecure = true;
            settings.push(setting("TLS", "not verified", "--insecure-skip-tls-verify".into()));
        }
        if !of_environment {
            return Ok(());
        }
        match (environment.get("GRAFANA_TLS_CERT"), environment.get("GRAFANA_TLS_KEY")) {
            (Some(certificate), Some(key)) => {
                connection.client_certificate = Some((certificate.into(), key.into()));
                settings.push(setting("client certificate", certificate, "GRAFANA_TLS_CERT".into()));
            }
            (None, None) => {}
            _ => {
                return Err(Failure::usage(
                    "GRAFANA_TLS_CERT and GRAFANA_TLS_KEY go together; one is not set",
                ));
            }
        }
        if let Some(text) = environment.get("GRAFANA_HTTP_HEADERS") {
            let headers: std::collections::BTreeMap<String, String> = serde_json::from_str(text).map_err(|_| {
                Failure::usage("GRAFANA_HTTP_HEADERS is not a JSON object such as {\"X-Name\": \"value\"}")
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

/// What the environment's credentials belong to.
fn environment_origin(environment: &Environment) -> Option<String> {
    let (_, url) = environment.first(&["GRAFANA_URL", "GRAFANA_SERVER"])?;
    url.parse().ok().map(|url| origin_of(&url))
}

fn environment_credentials(environment: &Environment) -> Option<(Credentials, String)> {
    if let Some((name, token)) = environment.first(&["GRAFANA_TOKEN", "GRAFANA_API_KEY"]) {
        return Some((Credentials::Token(Secret::new(token)), name.into()));
    }
    if let Some(text) = environment.get("GRAFANA_AUTH") {
        return Some((Credentials::parse(text), "GRAFANA_AUTH".into()));
    }
    let (user, password) = (environment.get("GRAFANA_USER")?, environment.get("GRAFANA_PASSWORD")?);
    let credentials = Credentials::Password {
        user: user.to_owned(),
        password: Secret::new(password),
    };
    Some((credentials, "GRAFANA_USER and GRAFANA_PASSWORD".into()))
}

/// A repository only names secrets, and gets them only for a URL that the user has confirmed: a cloned repository must
/// not be able to collect tokens.
fn repository_credentials(
    target: Option<(&str, &Target)>,
    confirmed: bool,
    origin: &str,
    environment: &Environment,
) -> Result<(Credentials, String), Failure> {
    let anonymous = (Credentials::Anonymous, "nothing is set for this URL".to_owned());
    let Some((name, target)) = target.filter(|(_, target)| has_origin(target, origin)) else {
        return Ok(anonymous);
    };
    let secret = |variable: &Option<String>| {
        let variable = variable.as_deref()?;
        Some((variable.to_owned(), Secret::new(environment.get(variable)?)))
    };
    let found = match (secret(&target.token), &target.user, secret(&target.password)) {
        (Some((variable, token)), _, _) => (Credentials::Token(token), variable),
        (None, Some(user), Some((variable, password))) => {
            let user = user.clone();
            (Credentials::Password { user, password }, variable)
        }
        _ => return Ok(anonymous),
    };
    if !confirmed {
        return Err(unconfirmed(origin));
    }
    Ok((found.0, format!("{}, named by dashctl.yaml, targets.{name}", found.1)))
}

fn unconfirmed(origin: &str) -> Failure {
    Failure::new(format!(
        "{origin} comes from dashctl.yaml, and you have not confirmed that it may get credentials"
    ))
    .hint(format!(
        "add it to ~/.config/dashctl/config.yaml (`trusted: [{origin}]`), or pass --url {origin} yourself"
    ))
    .exit(Exit::Denied)
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
        args: ConnectArgs,
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
            .map_err(|failure| failure.to_string())?;
        let lines = connected
            .settings
            .iter()
            .map(|setting| format!("{}={} ({})", setting.name, setting.value, setting.from));
        Ok(lines.collect::<Vec<_>>().join("; "))
    }

    fn url(url: &str) -> ConnectArgs {
        ConnectArgs {
            url: Some(url.into()),
            timeout: 30,
            ..ConnectArgs::default()
        }
    }

    #[test]
    fn the_environments_token_goes_to_the_environments_origin_only() {
        let variables = [
            ("GRAFANA_URL", "https://a.example/g/"),
            ("GRAFANA_TOKEN", "secret-token"),
        ];
        let own = settings(ConnectArgs::default(), None, &variables).unwrap();
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
        let error = settings(ConnectArgs::default(), Some(&repository), &[secret]).unwrap_err();
        assert!(error.contains("not confirmed"), "{error}");
        let variables = [secret, ("GRAFANA_TOKEN", "t2"), ("GRAFANA_URL", "https://good.example")];
        let target = ConnectArgs {
            target: Some("p".into()),
            ..ConnectArgs::default()
        };
        assert!(settings(target.clone(), Some(&repository), &variables).is_err());
        let flag = ConnectArgs {
            token: Some("t3".into()),
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
            ConnectArgs::default(),
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
        let error = settings(ConnectArgs::default(), None, &[]).unwrap_err();
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
