use std::path::PathBuf;

use super::output::print;
use super::{Exit, Failure};
use crate::repository;

/// Makes a folder a dashboard repository: a commented dashctl.yaml and a place for dashboards
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl init
  dashctl init dashboards-of-platform --url https://grafana.example.com")]
pub struct Args {
    /// The folder; made where it is missing
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// The Grafana that the repository is applied to
    #[arg(long, value_name = "URL")]
    url: Option<url::Url>,
}

/// Runs the verb.
///
/// # Errors
///
/// There is a repository already, or the disk refuses.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    if let Some(url) = &args.url
        && (!url.username().is_empty() || url.password().is_some())
    {
        return Err(Failure::usage("credentials don't belong into a repository").hint("see `dashctl status --help`"));
    }
    let file = repository::init(&args.folder, args.url.as_ref().map(url::Url::as_str))?;
    print(&format!("{}\nNext: dashctl import 6417\n", file.display()))?;
    Ok(Exit::Done)
}
