//! The stack by Helm: the `helm` program, version 3 or 4, with the charts that the user has.
//!
//! dashctl translates the settings to the charts' values, runs the program, and does what it leaves to its user: it looks
//! before it writes whether the release is stuck, keeps values off the command line, stops it in a way that leaves no
//! release pending, and finds values that change nothing, which Helm accepts in silence.

mod dead;
mod error;
mod program;
mod release;
mod values;

pub use dead::DeadKeys;
pub use error::Error;
pub use program::{Major, Program};
pub use release::{Chart, Release, State, Status, Upgrade};
pub use values::{HelmValues, helm_values};
