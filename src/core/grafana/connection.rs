use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::ApiChoice;

/// Text that must not be printed, logged or stored: a token or a password.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret; white space around it (the newline of a file) is not part of it.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().trim().to_owned())
    }

    /// The secret itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> serde::Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Nobody: works where anonymous access is on.
    Anonymous,
    /// A service account's token or an API key, sent as Bearer.
    Token(Secret),
    /// A user: logged in once, then the session's cookie.
    Password {
        /// The login name.
        user: String,
        /// The password.
        password: Secret,
    },
}

impl Credentials {
    /// `GRAFANA_AUTH`'s two forms: `user:password` or a token.
    pub fn parse(text: &str) -> Self {
        match text.trim().split_once(':') {
            Some((user, password)) => Self::Password {
                user: user.to_owned(),
                password: Secret::new(password),
            },
            None => Self::Token(Secret::new(text)),
        }
    }

    /// Why a token can't be sent, in words that hold nothing of it: it is one line of printable ASCII.
    pub fn unsendable(&self) -> Option<&'static str> {
        let Self::Token(token) = self else {
            return None;
        };
        let has = |wrong: fn(char) -> bool| token.expose().contains(wrong);
        if has(|c| matches!(c, '\n' | '\r')) {
            Some("has more than one line")
        } else if has(char::is_control) {
            Some("has a control character in it")
        } else if has(char::is_whitespace) {
            Some("has a blank in it")
        } else if has(|c| !c.is_ascii()) {
            Some("has a character in it that is not ASCII")
        } else {
            None
        }
    }

    /// What kind of credentials these are, in words that hold no secret.
    pub fn describe(&self) -> String {
        match self {
            Self::Anonymous => "none (anonymous)".to_owned(),
            Self::Token(_) => "a token".to_owned(),
            Self::Password { user, .. } => format!("user {user:?} with a password"),
        }
    }
}

/// Everything needed to reach one Grafana.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The base URL; a path in it is the server's sub-path.
    pub url: Url,
    /// Who asks.
    pub credentials: Credentials,
    /// The organisation's id, sent as `X-Grafana-Org-Id`; tokens belong to one organisation whatever is sent.
    pub org: Option<u64>,
    /// A PEM file of certificate authorities to trust besides the system's.
    pub ca_certificate: Option<PathBuf>,
    /// PEM files of the client's certificate and key.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// Additional headers, for proxies that ask for them.
    pub headers: Vec<(String, Secret)>,
    /// The time one request may take.
    pub timeout: Duration,
    /// Whether to accept any certificate. Only ever because the user said so.
    pub insecure: bool,
    /// Which of Grafana's APIs is used.
    pub api: ApiChoice,
}

impl Connection {
    /// A connection with default settings.
    pub fn new(url: Url, credentials: Credentials) -> Self {
        Self {
            url,
            credentials,
            org: None,
            ca_certificate: None,
            client_certificate: None,
            headers: Vec::new(),
            timeout: Duration::from_secs(30),
            insecure: false,
            api: ApiChoice::Best,
        }
    }
}

/// Scheme, host and port of a URL: what credentials belong to.
pub fn origin_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_shows_itself() {
        let credentials = Credentials::Password {
            user: "ann".into(),
            password: Secret::new("hunter2\n"),
        };
        assert!(!format!("{credentials:?}").contains("hunter2"));
        assert!(!credentials.describe().contains("hunter2"));
    }

    #[test]
    fn grafana_auth_is_a_token_or_a_user_with_password() {
        assert_eq!(Credentials::parse("glsa_x"), Credentials::Token(Secret::new("glsa_x")));
        assert_eq!(
            Credentials::parse("ann:a:b"),
            Credentials::Password {
                user: "ann".into(),
                password: Secret::new("a:b")
            }
        );
    }

    #[test]
    fn a_token_that_cant_be_sent_says_why() {
        let why = |text: &str| Credentials::Token(Secret::new(text)).unsendable();
        assert_eq!(why(" glsa_x\r\n"), None);
        assert_eq!(why("glsa_x\nglsa_y"), Some("has more than one line"));
        assert_eq!(why("glsa\u{7}x"), Some("has a control character in it"));
        assert_eq!(why("glsa x"), Some("has a blank in it"));
        assert_eq!(why("\u{feff}glsa"), Some("has a character in it that is not ASCII"));
    }

    #[test]
    fn an_origin_has_the_port_only_where_it_is_not_the_schemes_own() {
        let origin = |text: &str| origin_of(&text.parse().expect("a URL"));
        assert_eq!(origin("https://g.example/sub/"), "https://g.example");
        assert_eq!(origin("https://g.example:443"), "https://g.example");
        assert_eq!(origin("http://g.example:3000/"), "http://g.example:3000");
    }
}
