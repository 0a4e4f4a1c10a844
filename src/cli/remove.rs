use super::output::print;
use super::{Exit, Failure};
use crate::ops::{remove, repository_here};

/// Takes dashboards out of the repository; `apply --prune` then deletes them in Grafana
///
/// The files leave dashboards/, and dashctl.lock remembers them as removed. Pristine files under vendor/ stay.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Names, uids, folders or globs
    #[arg(required = true, value_name = "WHAT")]
    what: Vec<String>,
}

/// Runs the verb.
///
/// # Errors
///
/// No such dashboard, or a file that can't be removed.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    for name in remove(&repository_here()?, &args.what)? {
        print(&format!("{name}: removed\n"))?;
    }
    print("In Grafana they stay until `dashctl apply --prune`.\n")?;
    Ok(Exit::Done)
}
