use std::io::Write as _;
use std::path::PathBuf;

use clap_complete::Shell;

use super::{Exit, Failure};

/// Prints a shell's completions for dashctl
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  dashctl completions bash > /etc/bash_completion.d/dashctl")]
pub struct Args {
    /// The shell
    shell: Shell,
}

/// Runs the verb.
///
/// # Errors
///
/// Standard output can't be written.
pub fn run(args: &Args, command: &mut clap::Command) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, command, "dashctl", &mut text);
    write(&text)
}

/// The man pages: one a verb into a folder, or the first one alone on standard output.
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// The folder; it is made where it is missing
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Makes the man pages.
///
/// # Errors
///
/// The folder or standard output can't be written.
pub fn man(args: &ManArgs, command: clap::Command) -> Result<Exit, Failure> {
    if let Some(folder) = &args.folder {
        let made = std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
        made.map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
        return Ok(Exit::Done);
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut text)
        .map_err(|error| Failure::new(format!("the man page can't be made: {error}")))?;
    write(&text)
}

fn write(text: &[u8]) -> Result<Exit, Failure> {
    match std::io::stdout().write_all(text) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("standard output can't be written: {error}")))
        }
        _ => Ok(Exit::Done),
    }
}
