//! `dashctl merge`: two edits of a dashboard file, by hand or as Git's merge driver.

use std::path::PathBuf;

use super::output::{print, printable, warn};
use super::{Exit, Failure};
use crate::ops::merge::{MergeFiles, MergedFile, merge_files};
use crate::report::conflict_words;

/// Merges two edits of a dashboard file, panel by panel and setting by setting
///
/// What both changed, each in its own way, stays as OURS has it, and is told on standard error and in NAME.conflicts.yaml
/// beside the result; the result is always valid JSON. A file that is no dashboard is merged by lines, as `git merge-file` does.
/// Exits 0 where all came together, and 1 where there are conflicts.
#[derive(Debug, clap::Args)]
#[command(after_help = "As Git's merge driver (`dashctl init --git` sets it up):
  git config merge.dashctl.driver 'dashctl merge --in-place --path %P %O %A %B'
  echo 'dashboards/**/*.json merge=dashctl' >> .gitattributes

Examples:
  dashctl merge base.json ours.json theirs.json -o merged.json
  dashctl merge --in-place base.json ours.json theirs.json")]
pub struct Args {
    /// The file as it was
    #[arg(value_name = "BASE")]
    base: PathBuf,
    /// Our edit of it
    #[arg(value_name = "OURS")]
    ours: PathBuf,
    /// Their edit of it
    #[arg(value_name = "THEIRS")]
    theirs: PathBuf,
    /// Where the result goes; standard output without it
    #[arg(short, long, value_name = "FILE", conflicts_with = "in_place")]
    output: Option<PathBuf>,
    /// Write the result into OURS, as Git expects of a merge driver
    #[arg(long)]
    in_place: bool,
    /// The file's name in the repository, beside which conflicts are written down (Git's %P)
    #[arg(long, value_name = "NAME")]
    path: Option<PathBuf>,
}

/// Runs the verb.
///
/// # Errors
///
/// A file that can't be read or written.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let to = if args.in_place {
        Some(&args.ours)
    } else {
        args.output.as_ref()
    };
    let merged = merge_files(&MergeFiles {
        base: args.base.clone(),
        ours: args.ours.clone(),
        theirs: args.theirs.clone(),
        to: to.cloned(),
        name: args.path.clone(),
    })?;
    let MergedFile {
        text,
        conflicts,
        notes,
        markers,
        afresh,
    } = merged;
    if let (None, Some(text)) = (to, &text) {
        print(text)?;
    }
    let name = args.path.as_ref().unwrap_or(&args.ours).display().to_string();
    if afresh {
        warn(&format!(
            "{name}: the changes can't be made in its YAML as it stands: it is written afresh, without its comments"
        ));
    }
    for conflict in &conflicts {
        warn(&printable(&format!("{name}: {}", conflict_words(conflict))));
    }
    if let Some(notes) = notes {
        warn(&format!(
            "{name} has our side of these; they are written down in {}",
            notes.display()
        ));
    }
    Ok(match markers || !conflicts.is_empty() {
        true => Exit::Failed,
        false => Exit::Done,
    })
}
