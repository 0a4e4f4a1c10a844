//! Uids: which may be used, and which a server makes up.

use rand::RngExt as _;

use super::{Version, refusal::Refusal, store::Store};

const LONGEST_UID: usize = 40;
const GENERATED: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Whether a uid may be used.
///
/// # Errors
///
/// It is too long or has characters other than letters, digits, `-` and `_`.
pub fn check_uid(uid: &str) -> Result<(), Refusal> {
    if !uid
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
    {
        return Err(Refusal::UidIllegal);
    }
    if uid.len() > LONGEST_UID {
        return Err(Refusal::UidTooLong);
    }
    Ok(())
}

/// A short uid that no dashboard has.
pub fn generated_uid(store: &Store, version: Version) -> String {
    loop {
        let uid = version.generated_uid();
        if store.by_uid(&uid).is_none() {
            return uid;
        }
    }
}

impl Version {
    /// The name of an object that was sent without one.
    pub(super) fn object_name(self) -> String {
        match self {
            Self::V12_4 => uuid(),
            _ => format!("a{}", suffix()),
        }
    }

    /// A uid that the server makes up: nine letters and digits, in 10 a random UUID, from 11 on fourteen small letters and
    /// digits.
    pub(super) fn generated_uid(self) -> String {
        match self {
            Self::V7_5 | Self::V9_4 => short_uid(),
            Self::V10_2 => uuid(),
            _ => {
                let mut random = rand::rng();
                let digits = &GENERATED[..10];
                let small = &GENERATED[36..];
                let letter = |random: &mut rand::rngs::ThreadRng| match random.random_range(0..3) {
                    0 => char::from(digits[random.random_range(0..digits.len())]),
                    _ => char::from(small[random.random_range(0..small.len())]),
                };
                // They begin with a to f; the later of these keep lists by name the same in every run.
                let first = char::from(small[random.random_range(3..6)]);
                std::iter::once(first)
                    .chain((0..13).map(|_| letter(&mut random)))
                    .collect()
            }
        }
    }
}

/// Nine random letters and digits.
pub fn short_uid() -> String {
    let mut random = rand::rng();
    (0..9)
        .map(|_| char::from(GENERATED[random.random_range(0..GENERATED.len())]))
        .collect()
}

/// A random uid in the form that Kubernetes gives. It begins with a digit, so that lists by name are the same in every run.
pub fn uuid() -> String {
    let random = rand::rng().random::<u128>() >> 1;
    let hex = format!("{random:032x}");
    format!(
        "{}-{}-4{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}

/// Five random letters and digits, as `generateName` puts behind its prefix.
pub fn suffix() -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut random = rand::rng();
    (0..5)
        .map(|_| char::from(LETTERS[random.random_range(0..LETTERS.len())]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Refusal, check_uid};

    #[test]
    fn a_uid_has_forty_plain_characters_at_most() {
        assert_eq!(check_uid(&"a".repeat(40)), Ok(()));
        assert_eq!(check_uid(&"a".repeat(41)), Err(Refusal::UidTooLong));
        assert_eq!(check_uid("a b"), Err(Refusal::UidIllegal));
    }
}
