use std::io::Write as _;

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

/// Prints the man page.
///
/// # Errors
///
/// Standard output can't be written.
pub fn man(command: clap::Command) -> Result<Exit, Failure> {
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
