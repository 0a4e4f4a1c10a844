use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;

use super::{Environment, Failure};
use crate::grafana::{ApiChoice, Secret};
use crate::ops::{Connected, Login, TargetOptions};
use crate::repository::Repository;

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
    #[arg(long, value_name = "TOKEN", value_parser = secret, conflicts_with_all = ["token_file", "user"])]
    pub token: Option<Secret>,
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
    /// The API for dashboards and their history; without it, /apis where the server has it, and the legacy one elsewhere
    #[arg(long, value_name = "WHICH", value_parser = ["legacy", "apis"])]
    pub api: Option<String>,
    /// Accept any TLS certificate. Only for a test: whoever is in between reads the credentials
    #[arg(long)]
    pub insecure_skip_tls_verify: bool,
}

/// A word of the command line that nothing shows again.
fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
}

impl ConnectArgs {
    /// The connection that flags, environment, the user's settings and the repository lead to, in this order.
    ///
    /// # Errors
    ///
    /// No URL anywhere, one that can't be, or credentials that would go where the user didn't send them.
    pub fn connect(&self, repository: Option<&Repository>, environment: &Environment) -> Result<Connected, Failure> {
        Ok(TargetOptions::from(self).connect(repository, environment)?)
    }
}

impl From<&ConnectArgs> for TargetOptions {
    fn from(args: &ConnectArgs) -> Self {
        let login = match (&args.token, &args.token_file, &args.user, &args.password_file) {
            (Some(token), ..) => Some(Login::Token(token.clone())),
            (_, Some(file), ..) => Some(Login::TokenFile(file.clone())),
            (.., Some(user), Some(file)) => Some(Login::Password {
                user: user.clone(),
                file: file.clone(),
            }),
            _ => None,
        };
        Self {
            target: args.target.clone(),
            url: args.url.clone(),
            login,
            org: args.org,
            timeout: Duration::from_secs(args.timeout),
            insecure: args.insecure_skip_tls_verify,
            api: match args.api.as_deref() {
                Some("legacy") => ApiChoice::Legacy,
                Some(_) => ApiChoice::Apis,
                None => ApiChoice::Best,
            },
        }
    }
}
