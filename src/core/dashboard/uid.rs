use std::fmt;
use std::str::FromStr;

/// The longest uid that Grafana takes.
const LONGEST: usize = 40;

/// A dashboard's uid, as Grafana accepts it: letters, digits, `-` and `_`, at most 40 of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(String);

/// Why a text is no uid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UidError {
    /// Nothing in it.
    #[error("there is no uid")]
    Empty,
    /// More than 40 characters.
    #[error("the uid {0:?} is longer than the 40 characters that Grafana takes")]
    TooLong(String),
    /// Something else than letters, digits, `-` and `_`.
    #[error("the uid {0:?} has characters other than letters, digits, - and _")]
    Characters(String),
}

impl Uid {
    /// The uid as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The uid for a catalog dashboard whose file has none: importing it again finds it.
    pub fn of_catalog(id: u32) -> Self {
        Self(format!("gnet-{id}"))
    }

    /// A new uid that nobody has: 14 random letters and digits, as Grafana's own.
    pub fn random() -> Self {
        use rand::RngExt;
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let mut random = rand::rng();
        Self(
            (0..14)
                .map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]))
                .collect(),
        )
    }
}

impl FromStr for Uid {
    type Err = UidError;

    fn from_str(text: &str) -> Result<Self, UidError> {
        let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if text.is_empty() {
            Err(UidError::Empty)
        } else if !text.chars().all(fine) {
            Err(UidError::Characters(text.to_owned()))
        } else if text.len() > LONGEST {
            Err(UidError::TooLong(text.to_owned()))
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_what_grafana_accepts() {
        assert!("4XuMd2Iiz_-".parse::<Uid>().is_ok());
        assert!("u".repeat(40).parse::<Uid>().is_ok());
        assert_eq!("u".repeat(41).parse::<Uid>(), Err(UidError::TooLong("u".repeat(41))));
        assert_eq!("".parse::<Uid>(), Err(UidError::Empty));
        assert_eq!("a/b".parse::<Uid>(), Err(UidError::Characters("a/b".into())));
        assert!(Uid::random().as_str().parse::<Uid>().is_ok());
    }
}
