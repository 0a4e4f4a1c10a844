use std::path::PathBuf;

use super::{Exit, Failure};

/// Shows what differs between two dashboards, in the words of the person who edited them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The older side: a JSON file.
    before: PathBuf,
    /// The newer side: a JSON file.
    after: PathBuf,
}

/// Runs the verb.
///
/// # Errors
///
/// A file that can't be read or is not a dashboard.
pub async fn run(_args: Args) -> Result<Exit, Failure> {
    Err(Failure::new("not built yet"))
}
