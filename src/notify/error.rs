use std::fmt;
use std::path::{Path, PathBuf};

use super::Address;
use crate::dashboard::compare::Printable;

/// A receiver that could not be told. Addresses appear without their secrets.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No answer came.
    #[error("telling {receiver}: {cause}")]
    NoAnswer {
        /// Which receiver, and where.
        receiver: String,
        /// What lies beneath.
        cause: String,
    },
    /// It answered that it won't have it.
    #[error("telling {receiver}: it answered {status}{}", after_colon(said))]
    Refused {
        /// Which receiver, and where.
        receiver: String,
        /// The HTTP status.
        status: u16,
        /// Its own words, made harmless.
        said: String,
    },
    /// What it was to be told can't be made or written.
    #[error("telling {receiver}: {what}")]
    Unmade {
        /// Which receiver.
        receiver: String,
        /// What stands in the way.
        what: String,
    },
    /// What was told already isn't known.
    #[error("the webhook is told nothing: {}: {what}", path.display())]
    State {
        /// The file that should say so.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
        /// Whether there is something else in it.
        broken: bool,
    },
    /// What was told can't be kept.
    #[error("which messages the webhook has got isn't remembered: {0}")]
    Forgotten(String),
}

impl Error {
    pub(crate) fn new(receiver: impl Into<String>, what: impl fmt::Display) -> Self {
        Self::Unmade {
            receiver: receiver.into(),
            what: what.to_string(),
        }
    }

    pub(super) fn no_answer(kind: &str, address: &Address, cause: String) -> Self {
        Self::NoAnswer {
            receiver: format!("{kind} at {address}"),
            cause,
        }
    }

    pub(super) fn refused(kind: &str, address: &Address, status: u16, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self::Refused {
            receiver: format!("{kind} at {address}"),
            status,
            said: Printable(&line.chars().take(300).collect::<String>()).to_string(),
        }
    }

    pub(super) fn state(path: &Path, what: impl fmt::Display, broken: bool) -> Self {
        Self::State {
            path: path.to_owned(),
            what: what.to_string(),
            broken,
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoAnswer { .. } => {
                "is the URL right and the receiver up? The check's own result stands; the next check tries to tell again"
            }
            Self::Refused { status: 401 | 403, .. } => {
                "it asks for credentials that it doesn't get: the URL may hold them (give it as @FILE), and a webhook's \
                 may go as --webhook-header NAME=@FILE"
            }
            Self::Refused {
                status: 300..=399 | 404 | 405,
                ..
            } => {
                "nothing takes it there: is the path of the URL right? A Pushgateway's and an Alertmanager's is the base URL, \
                 without /metrics or /api; redirects aren't followed"
            }
            Self::Refused { status: 400..=499, .. } => {
                "it doesn't understand what it was told: is this the right kind of receiver, and --webhook-template the form \
                 that it takes?"
            }
            Self::Refused { .. } => "it has trouble of its own; the next check tries to tell again",
            Self::State { broken: true, .. } => {
                "delete it to start anew; then all drift that there is now is told once more"
            }
            Self::Forgotten(_) => "the next check sends them once more",
            Self::Unmade { .. } | Self::State { .. } => return None,
        })
    }
}

fn after_colon(said: &str) -> String {
    match said {
        "" => String::new(),
        said => format!(": {said}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_receiver_says_is_one_harmless_line() {
        let address = Address::parse("http://hooks.example/SECRET").unwrap();
        let error = Error::refused("the webhook", &address, 400, b"no\n\x1b[2Jsuch\tfield");
        assert_eq!(
            error.to_string(),
            "telling the webhook at http://hooks.example: it answered 400: no \\u{1b}[2Jsuch field"
        );
        let silent = Error::refused("the webhook", &address, 503, b"");
        assert!(silent.to_string().ends_with("it answered 503"), "{silent}");
    }
}
