//! What does dashctl do?
//!
//! The work behind each verb, as a library: plain options in, results as data and typed errors out. What a person has to
//! be told or asked meanwhile goes through what the caller gives. It knows neither arguments nor terminals nor exit codes.

mod credentials_file;
mod environment;
mod error;
mod target;
mod vault;

pub use environment::Environment;
pub use error::{Cause, Error, Kind};
pub use target::{Connected, Login, Setting, TargetOptions};
pub use vault::{Confirmed, Vault, unconfirmed};
