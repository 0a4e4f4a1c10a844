use super::output::print;
use super::{Exit, Failure};
use crate::ops::{overlay_from_diff, repository_here};

/// Changes on top of dashboards, in their YAML files: what stays when they get a new revision
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    FromDiff(FromDiff),
}

/// Makes overlays of the edits in imported dashboards' files, which become as their author made them again
///
/// What a dashboard is for Grafana stays the same: its file and the overlay together are what the file was. Where an overlay
/// can't say an edit, such as panels in another order, nothing is written.
#[derive(Debug, clap::Args)]
struct FromDiff {
    /// Names, uids, folders or globs
    #[arg(required = true, value_name = "WHAT")]
    what: Vec<String>,
}

/// Runs the verb.
///
/// # Errors
///
/// No such dashboard, or one whose edits can't be said so.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let Verb::FromDiff(FromDiff { what }) = &args.verb;
    for one in overlay_from_diff(&repository_here()?, what)? {
        match one.keys {
            0 => print(&format!("{}: as it came\n", one.name))?,
            1 => print(&format!("{}: an overlay of 1 key\n", one.name))?,
            keys => print(&format!("{}: an overlay of {keys} keys\n", one.name))?,
        }
    }
    Ok(Exit::Done)
}
