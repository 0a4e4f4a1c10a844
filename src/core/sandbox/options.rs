use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{Fault, Version};

/// How a sandbox is set up. [`Options::default`] is a Grafana 9.4 on a free loopback port that keeps nothing.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address to listen on, a loopback one; port 0 takes a free port.
    pub listen: SocketAddr,
    /// Which recorded server to behave like.
    pub version: Version,
    /// The folder that keeps the store; without it nothing outlives the server.
    pub data: Option<PathBuf>,
    /// A folder of dashboards that count as provisioned from files: `*.json`, in subfolders too.
    pub provision: Option<PathBuf>,
    /// The password of the user `admin`.
    pub admin_password: String,
    /// More users.
    pub users: Vec<User>,
    /// Tokens that are valid from the start.
    pub tokens: Vec<Token>,
    /// How many dashboards there may be.
    pub quota: Option<usize>,
    /// How many versions of a dashboard are kept; Grafana's default is 20.
    pub versions_to_keep: usize,
    /// Failures to show; more can be added while it runs.
    pub faults: Vec<Fault>,
    /// A delay before every answer.
    pub delay: Option<Duration>,
    /// Where `/api/gnet/*` is passed on to, such as `https://grafana.com`; without it the sandbox is offline, answers 502.
    pub grafana_com: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            version: Version::default(),
            data: None,
            provision: None,
            admin_password: "admin".to_owned(),
            users: Vec::new(),
            tokens: Vec::new(),
            quota: None,
            versions_to_keep: 20,
            faults: Vec::new(),
            delay: None,
            grafana_com: None,
        }
    }
}

/// What somebody may do; each role may do what the one before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    /// Reads dashboards.
    Viewer,
    /// Writes dashboards and folders.
    Editor,
    /// Writes data sources, keys and accounts.
    Admin,
}

/// A user beside `admin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The login.
    pub name: String,
    /// The password.
    pub password: String,
    /// What the user may do.
    pub role: Role,
}

/// A token whose value is known beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What its owner may do.
    pub role: Role,
    /// The secret, as it is sent after `Bearer`.
    pub value: String,
}

/// A role, user or token that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ParseOptionError {
    /// Not one of the three roles.
    #[error("{0:?} is not a role: use Viewer, Editor or Admin")]
    Role(String),
    /// Not of the form `NAME:PASSWORD:ROLE`.
    #[error("a user is written NAME:PASSWORD:ROLE")]
    User,
    /// Not of the form `ROLE=VALUE`.
    #[error("a token is written ROLE=VALUE")]
    Token,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl FromStr for Role {
    type Err = ParseOptionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Viewer, Self::Editor, Self::Admin]
            .into_iter()
            .find(|role| role.to_string().eq_ignore_ascii_case(text))
            .ok_or_else(|| ParseOptionError::Role(text.to_owned()))
    }
}

impl FromStr for User {
    type Err = ParseOptionError;

    /// Reads `NAME:PASSWORD:ROLE`; the password may hold colons.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, rest) = text.split_once(':').ok_or(ParseOptionError::User)?;
        let (password, role) = rest.rsplit_once(':').ok_or(ParseOptionError::User)?;
        if name.is_empty() {
            return Err(ParseOptionError::User);
        }
        Ok(Self {
            name: name.to_owned(),
            password: password.to_owned(),
            role: role.parse()?,
        })
    }
}

impl FromStr for Token {
    type Err = ParseOptionError;

    /// Reads `ROLE=VALUE`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (role, value) = text.split_once('=').ok_or(ParseOptionError::Token)?;
        if value.is_empty() {
            return Err(ParseOptionError::Token);
        }
        Ok(Self {
            role: role.parse()?,
            value: value.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Role, Token, User};

    #[test]
    fn a_password_may_hold_colons() {
        let user: User = "eve:a:b:editor".parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            (user.name.as_str(), user.password.as_str(), user.role),
            ("eve", "a:b", Role::Editor)
        );
    }

    #[test]
    fn what_is_not_a_user_or_token_is_refused() {
        assert!("eve:secret".parse::<User>().is_err());
        assert!(":secret:Viewer".parse::<User>().is_err());
        assert!("Boss=abc".parse::<Token>().is_err());
        assert!("Viewer=".parse::<Token>().is_err());
    }
}
