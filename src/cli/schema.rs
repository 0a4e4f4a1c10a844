use super::output::print;
use super::{Exit, Failure};
use crate::report::DriftReport;
use crate::repository::{Config, Sidecar};

/// Prints the JSON schema of a file that people write, for editors and checks
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which file
    #[arg(value_enum)]
    file: File,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum File {
    /// dashctl.yaml
    Config,
    /// The YAML file beside a dashboard
    Sidecar,
    /// What `dashctl drift -o json` writes
    Drift,
}

/// Runs the verb.
///
/// # Errors
///
/// Standard output can't be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let schema = match args.file {
        File::Config => Config::schema(),
        File::Sidecar => Sidecar::schema(),
        File::Drift => DriftReport::schema(),
    };
    print(&format!("{schema:#}\n"))?;
    Ok(Exit::Done)
}
