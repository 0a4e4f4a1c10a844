use std::path::{Path, PathBuf};

use crate::cli::output::{print, printable};
use crate::cli::{Exit, Failure};
use crate::files::{Written, read_regular, write_atomic};
use crate::schedule::{Origin, Rendered, marked, origin};

/// Where what is rendered goes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct OutArgs {
    /// Write files with their customary names below this folder, instead of one text to standard output
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace files that somebody has edited since; what dashctl didn't make is never replaced
    #[arg(long, requires = "out")]
    pub force: bool,
}

impl OutArgs {
    /// Writes the files, and says what somebody has to do by hand.
    ///
    /// # Errors
    ///
    /// A file that somebody has edited, or that dashctl didn't make: then nothing is written.
    pub fn write(&self, files: &[Rendered], by_hand: &str) -> Result<Exit, Failure> {
        let by_hand = printable_lines(by_hand);
        let Some(folder) = &self.out else {
            print(&as_one(files))?;
            // What is piped on is the rendered text alone.
            crate::cli::output::progress(by_hand.trim_end());
            return Ok(Exit::Done);
        };
        let files: Vec<(PathBuf, String)> = files
            .iter()
            .map(|file| (folder.join(&file.path), marked(&file.text)))
            .collect();
        for (path, text) in &files {
            self.may_replace(path, text)?;
        }
        let mut changes = 0;
        for (path, text) in &files {
            if write_atomic(path, text.as_bytes())? != Written::Unchanged {
                changes += 1;
                print(&format!("{}\n", path.display()))?;
            }
        }
        if changes == 0 {
            print("nothing changed\n")?;
        }
        print(&format!("\n{by_hand}"))?;
        Ok(Exit::Done)
    }

    fn may_replace(&self, path: &Path, text: &str) -> Result<(), Failure> {
        let bytes = match read_regular(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(Failure::new(format!("{} can't be read: {error}", path.display()))),
        };
        let there = String::from_utf8_lossy(&bytes);
        match origin(&there) {
            Origin::Ours => Ok(()),
            Origin::Edited if self.force || there == *text => Ok(()),
            Origin::Edited => Err(Failure::new(format!(
                "{} was edited since dashctl made it; nothing was written",
                path.display()
            ))
            .hint("--force replaces it all the same")),
            Origin::Foreign => Err(Failure::new(format!(
                "{} isn't made by dashctl; nothing was written",
                path.display()
            ))
            .hint("move it away, or name another folder")),
        }
    }
}

/// One file as it is; several, each under its name.
fn as_one(files: &[Rendered]) -> String {
    match files {
        [only] => only.text.clone(),
        several => several
            .iter()
            .map(|file| format!("# {}\n{}\n", file.path.display(), file.text))
            .collect(),
    }
}

/// Names of the repository's are part of it, and must not move the cursor.
fn printable_lines(text: &str) -> String {
    text.lines().map(|line| printable(line) + "\n").collect()
}
