//! Tokens and passwords, and what is kept instead of them.

use data_encoding::HEXLOWER;
use rand::RngExt as _;
use sha2::{Digest, Sha256};

/// A new secret: 32 random hexadecimal digits.
pub fn secret() -> String {
    format!("{:032x}", rand::rng().random::<u128>())
}

/// What is kept of a token instead of the token.
pub fn hash(secret: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(secret.as_bytes()))
}

/// What is kept of a password instead of the password.
pub fn salted(password: &str) -> String {
    let salt = secret();
    let hash = hash(&format!("{salt}{password}"));
    format!("{salt}:{hash}")
}

/// Whether a password is the one that was [`salted`].
pub fn fits(kept: &str, password: &str) -> bool {
    kept.split_once(':')
        .is_some_and(|(salt, known)| hash(&format!("{salt}{password}")) == known)
}
