use super::Address;

/// A receiver that could not be told. Addresses appear without their secrets.
#[derive(Debug, thiserror::Error)]
#[error("telling {receiver}: {what}")]
pub struct Error {
    receiver: String,
    what: String,
}

impl Error {
    pub(crate) fn new(receiver: impl Into<String>, what: impl std::fmt::Display) -> Self {
        Self {
            receiver: receiver.into(),
            what: what.to_string(),
        }
    }

    pub(super) fn of(kind: &str, address: &Address, what: impl std::fmt::Display) -> Self {
        Self::new(format!("{kind} at {address}"), what)
    }
}
