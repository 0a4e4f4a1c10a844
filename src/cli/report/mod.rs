//! `dashctl report`: reports that `drift -o json` wrote, brought together or shown in another format.

mod merge;
mod show;

use std::path::Path;

use super::{Exit, Failure};
use crate::report::DriftReport;

/// Brings reports of drift checks together, and shows them in other formats
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Merge(merge::Args),
    Show(show::Args),
}

/// Runs the verb.
///
/// # Errors
///
/// A file that is no report, reports that don't belong together, or a result that can't be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::Merge(args) => merge::run(args),
        Verb::Show(args) => show::run(args),
    }
}

fn read(path: &Path) -> Result<DriftReport, Failure> {
    let bytes = crate::files::read_regular(path)
        .map_err(|error| Failure::new(format!("{} can't be read: {error}", path.display())))?;
    DriftReport::read(&bytes).map_err(|error| {
        Failure::new(format!("{}: {error}", path.display())).hint("make one with `dashctl drift -o json=FILE`")
    })
}
