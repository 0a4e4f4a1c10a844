use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::{Exit, Failure};

/// Becomes another program that ends when dashctl ends, however that ends
///
/// The wish to get a signal at the parent's end is the process's own to say, and survives the change of program.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The parent's process id
    parent: i32,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// Runs the verb; it returns only where that went wrong.
///
/// # Errors
///
/// The program can't be run, or the parent has gone.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let Some((program, rest)) = args.command.split_first() else {
        return Err(Failure::usage("there is no program to run"));
    };
    // Elsewhere a parent that was killed leaves its children to the next start, which finds them by their marks.
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::TERM))
        .map_err(|error| Failure::new(format!("the kernel refuses the signal at the parent's end: {error}")))?;
    // It may have ended before the line above.
    let parent = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get());
    if parent != Some(args.parent) {
        return Err(Failure::new("the dashctl that started this has gone"));
    }
    let error = Command::new(program).args(rest).exec();
    Err(Failure::new(format!(
        "{} can't be run: {error}",
        program.to_string_lossy()
    )))
}
