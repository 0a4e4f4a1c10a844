use std::path::PathBuf;

use super::output::print;
use super::{Exit, Failure};
use crate::repository;

/// Makes a folder a dashboard repository: a commented dashctl.yaml and a place for dashboards
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl init
  dashctl init dashboards-of-platform --url https://grafana.example.com
  dashctl init --git                        also in a repository that is there already")]
pub struct Args {
    /// The folder; made where it is missing
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// Let Git merge and diff dashboards by dashctl: lines in .gitattributes, settings in this clone's config
    #[arg(long)]
    git: bool,
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
    if args.git && args.url.is_none() && args.folder.join(repository::CONFIG_FILE).exists() {
        print(&crate::ops::git_drivers(&args.folder)?)?;
        return Ok(Exit::Done);
    }
    let file = repository::init(&args.folder, args.url.as_ref().map(url::Url::as_str))?;
    print(&format!("{}\n", file.display()))?;
    match args.git {
        true => print(&crate::ops::git_drivers(&args.folder)?)?,
        false => print("For Git to merge and diff dashboards by dashctl: dashctl init --git\n")?,
    }
    print("Next: dashctl import 6417\n")?;
    Ok(Exit::Done)
}
