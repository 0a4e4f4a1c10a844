use std::path::PathBuf;

use super::read;
use crate::cli::format::ReportFormat;
use crate::cli::output::OutputArgs;
use crate::cli::{Exit, Failure, drift};
use crate::report::DriftReport;

/// Makes one report of those of shards or of several targets, and ends as one check of all would have
///
/// A shard that is missing is named, and the exit code is 4. Totals, dashboards and requests are those of all together;
/// checked_at is when the first check began, and seconds how long the longest took.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  dashctl drift --shard 0/2 -o json=0.json; dashctl drift --shard 1/2 -o json=1.json
  dashctl report merge 0.json 1.json -o junit=drift.xml -o html=drift.html -o text")]
pub struct Args {
    /// Reports, as `dashctl drift -o json=FILE` writes them; - for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The exit code if something differs; 0 for never
    #[arg(long, value_name = "N", default_value_t = 2)]
    exit_code: u8,
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
/// A file that is no report, reports that don't belong together, or a result that can't be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let named = |path: &PathBuf| Ok((path.display().to_string(), read(path)?));
    let reports = args.files.iter().map(named).collect::<Result<Vec<_>, Failure>>()?;
    let report = DriftReport::merge(reports).map_err(Failure::new)?;
    let exit = drift::exit(&report, Exit::differs(args.exit_code));
    match args.output.write_report(&report, args.picture) {
        Ok(()) => Ok(exit),
        Err(failure) => {
            let found = format!("what the reports say all the same: {}", report.verdict());
            Ok(exit.worse(failure.hint(found).report()))
        }
    }
}
