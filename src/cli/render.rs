use std::path::PathBuf;

use super::output::print;
use super::{Exit, Failure};
use crate::dashboard::{to_sorted_text, wrap};
use crate::files::write_result;
use crate::ops::{Selection, repository_here};

/// Shows what dashboards of the repository come to: templates filled, overlays, uid and title applied; asks no server
///
/// Inputs stay open, as in the files: they are answered by what a Grafana has.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl render Services/checkout
  dashctl render --target production --out rendered")]
pub struct Args {
    /// Names, uids, folders or globs; all dashboards of the repository where none is named
    #[arg(value_name = "WHAT")]
    what: Vec<String>,
    /// The target of dashctl.yaml whose values and overlays count; its default where none is named
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// Write them into this folder, each as NAME.json; needed for more than one
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Runs the verb.
///
/// # Errors
///
/// No such dashboard or target, a template that can't be filled, or a file that can't be written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let repository = repository_here()?;
    let config = repository.config();
    let target = match (&args.target, config.target(None)) {
        (Some(name), _) if !config.targets.contains_key(name) => {
            let meant = crate::nearest::did_you_mean(name, config.targets.keys().map(String::as_str));
            return Err(Failure::usage(format!("dashctl.yaml has no target {name:?}{meant}")));
        }
        (Some(name), _) => Some(name.as_str()),
        (None, Ok(found)) => found.map(|(name, _)| name),
        (None, Err(_)) => None,
    };
    let names = Selection::new(&args.what)?.names(&repository, target)?;
    if args.out.is_none() && names.len() > 1 {
        let many = Failure::usage(format!("{} dashboards are meant", names.len()));
        return Err(many.hint("name one, or a folder for them with --out"));
    }
    let mut all = Vec::new();
    for name in names {
        let entry = repository.entry(&name, target)?;
        all.push((name, to_sorted_text(&wrap(&entry.dashboard))));
    }
    for (name, text) in all {
        match &args.out {
            None => print(&text)?,
            Some(folder) => {
                let path = folder.join(format!("{name}.json"));
                write_result(&path, text.as_bytes())?;
                print(&format!("{}\n", path.display()))?;
            }
        }
    }
    Ok(Exit::Done)
}
