//! `dashctl report`: reports that `drift -o json` wrote, brought together or shown in another format.

mod merge;
mod show;

use std::io::Read as _;
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

/// The report in a file, or on standard input for `-`.
fn read(path: &Path) -> Result<DriftReport, Failure> {
    let (name, bytes) = match path == Path::new("-") {
        true => ("standard input".to_owned(), standard_input()),
        false => (path.display().to_string(), crate::files::read_regular(path)),
    };
    let bytes = bytes.map_err(|error| Failure::new(format!("{name} can't be read: {error}")))?;
    DriftReport::read(&bytes)
        .map_err(|error| Failure::new(format!("{name}: {error}")).hint("make one with `dashctl drift -o json=FILE`"))
}

fn standard_input() -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}
