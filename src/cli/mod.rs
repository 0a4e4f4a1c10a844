//! The command line: arguments, one small file per verb, exit codes.
//!
//! [`main`] is the whole program; everything it prints as a result goes to stdout, progress and messages to stderr.

mod diff;
mod exit;
mod failure;
mod sandbox;

pub use exit::Exit;
pub use failure::Failure;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

/// Grafana dashboards as code: import, diff, drift detection and the Prometheus stack, in one binary.
#[derive(Debug, Parser)]
#[command(name = "dashctl", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Diff(diff::Args),
    Sandbox(sandbox::Args),
}

/// Runs the program with the given arguments (the first is the program's name) and says how it ended.
pub fn main(args: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let wrong = error.use_stderr();
            // A closed stdout or stderr leaves nobody to tell.
            let _ = error.print();
            return if wrong { Exit::Usage } else { Exit::Done };
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return Failure::new(format!("could not start the asynchronous runtime: {error}")).report();
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(exit) => exit,
        Err(failure) => failure.report(),
    }
}

async fn run(cli: Cli) -> Result<Exit, Failure> {
    match cli.verb {
        Verb::Diff(args) => diff::run(args).await,
        Verb::Sandbox(args) => sandbox::run(args).await,
    }
}
