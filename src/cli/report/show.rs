use std::path::PathBuf;

use super::read;
use crate::cli::format::ReportFormat;
use crate::cli::output::OutputArgs;
use crate::cli::{Exit, Failure};

/// Shows a report in other formats
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  dashctl report show drift.json -o html=drift.html -o markdown\n  \
    gzip -cd drift.json.gz | dashctl report show -"
)]
pub struct Args {
    /// A report, as `dashctl drift -o json=FILE` writes it; - for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Draw the dashboards that differ, too
    #[arg(long)]
    picture: bool,
    #[command(flatten)]
    output: OutputArgs<ReportFormat>,
}

/// Runs the verb.
///
/// # Errors
///
/// A file that is no report, or a result that can't be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let report = read(&args.file)?;
    args.output.write_report(&report, args.picture)?;
    Ok(Exit::Done)
}
