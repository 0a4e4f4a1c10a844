//! `dashctl fmt`: files of dashboards and library panels in the house's form.

use std::path::PathBuf;

use super::output::{print, printable, warn};
use super::{Exit, Failure};
use crate::ops::fmt::{Formed, form};

/// Gives files of dashboards and library panels the house's form: sorted keys, two spaces, a newline at the end
///
/// The text of numbers, YAML files and what is no JSON stay as they are. A file that has the form already isn't touched.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  dashctl fmt
  dashctl fmt --check
  dashctl fmt dashboards/Kubernetes/pods.json")]
pub struct Args {
    /// JSON files; all dashboards and library panels of the repository where none is named
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write nothing; name the files that would change (exit code 2)
    #[arg(long)]
    check: bool,
}

/// Runs the verb.
///
/// # Errors
///
/// No repository where no file is named, or a disk that refuses.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let mut exit = Exit::Done;
    for (file, formed) in form(&args.files, args.check)? {
        let name = printable(&file.display().to_string());
        match formed {
            Ok(Formed::Already) => {}
            Ok(Formed::Changed) if args.check => {
                print(&format!("{name}: would change\n"))?;
                exit = exit.worse(Exit::Differs);
            }
            Ok(Formed::Changed) => print(&format!("{name}: formatted\n"))?,
            Err(error) => {
                warn(&error.message());
                exit = exit.worse(Exit::Partial);
            }
        }
    }
    Ok(exit)
}
