//! The command line: arguments, one small file per verb, exit codes.
//!
//! [`main`] is the whole program; everything it prints as a result goes to stdout, progress and messages to stderr.

mod apply;
mod ask;
mod completions;
mod connect;
mod datasource;
mod diff;
mod drift;
mod exit;
mod failure;
mod fmt;
mod format;
mod history;
mod import;
mod init;
mod interrupt;
#[cfg(unix)]
mod leash;
mod lint;
mod merge;
mod meter;
mod outdated;
mod output;
mod overlay;
mod plan;
mod preview;
mod pull;
mod remove;
mod render;
mod report;
mod review;
mod rollback;
mod sandbox;
mod schedule;
mod schema;
mod search;
mod stack;
mod status;
mod up;
mod upgrade;
mod verify;
mod watch;
mod writes;

pub use crate::ops::Environment;
pub use exit::Exit;
pub use failure::Failure;

use std::ffi::OsString;

use clap::{CommandFactory, Parser, Subcommand};

use interrupt::{interrupted, interruptible};

/// The heading of what every verb takes.
const COMMON: &str = "Every command";

/// Grafana dashboards as code: import, diff, drift detection and the Prometheus stack, in one binary.
#[derive(Debug, Parser)]
#[command(name = "dashctl", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Exit codes:
  0    done, nothing differs
  1    failed
  2    something differs
  3    not authenticated or not allowed
  4    some of the work failed
  64   wrong usage
  130  interrupted

To try it without a Grafana: dashctl up --sandbox")]
pub struct Cli {
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Color::Auto, help_heading = COMMON)]
    color: Color,
    /// Say nothing but results and errors
    #[arg(short, long, global = true, help_heading = COMMON)]
    quiet: bool,
    /// Tell more: about each request to Grafana on standard error, and where in the file each difference is
    #[arg(short, long, global = true, conflicts_with = "quiet", help_heading = COMMON)]
    verbose: bool,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Up(Box<up::Args>),
    Init(init::Args),
    Import(Box<import::Args>),
    Search(search::Args),
    Plan(Box<plan::Args>),
    Preview(Box<preview::Args>),
    Apply(Box<apply::Args>),
    Diff(diff::Args),
    Drift(Box<drift::Args>),
    Watch(Box<watch::Args>),
    Report(report::Args),
    Pull(Box<pull::Args>),
    History(Box<history::Args>),
    Rollback(Box<rollback::Args>),
    Outdated(outdated::Args),
    Upgrade(Box<upgrade::Args>),
    Remove(remove::Args),
    Verify(Box<verify::Args>),
    Lint(lint::Args),
    Render(render::Args),
    Overlay(overlay::Args),
    Merge(merge::Args),
    Fmt(fmt::Args),
    Datasource(Box<datasource::Args>),
    Stack(Box<stack::Args>),
    Schedule(Box<schedule::Args>),
    Status(Box<status::Args>),
    Sandbox(sandbox::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    #[command(hide = true)]
    Man(completions::ManArgs),
    #[cfg(unix)]
    #[command(hide = true)]
    Leash(leash::Args),
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
    match cli.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
    if cli.quiet {
        output::be_quiet();
    }
    if cli.verbose {
        output::be_verbose();
    }
    match run(cli) {
        Ok(exit) => exit,
        Err(failure) => failure.report(),
    }
}

/// Verbs that talk to a network run in a runtime; the others need none.
fn run(cli: Cli) -> Result<Exit, Failure> {
    match cli.verb {
        Verb::Init(args) => init::run(&args),
        Verb::Remove(args) => remove::run(&args),
        Verb::Lint(args) => lint::run(&args),
        Verb::Render(args) => render::run(&args),
        Verb::Overlay(args) => overlay::run(&args),
        Verb::Merge(args) => merge::run(&args),
        Verb::Fmt(args) => fmt::run(&args),
        Verb::Report(args) => report::run(&args),
        Verb::Schema(args) => schema::run(&args),
        Verb::Completions(args) => completions::run(&args, &mut Cli::command()),
        Verb::Man(args) => completions::man(&args, Cli::command()),
        #[cfg(unix)]
        Verb::Leash(args) => leash::run(&args),
        networked => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
            let runtime = runtime.map_err(|error| Failure::new(format!("the runtime can't start: {error}")))?;
            runtime.block_on(run_networked(networked))
        }
    }
}

async fn run_networked(verb: Verb) -> Result<Exit, Failure> {
    match verb {
        // What ends in its own order where it is interrupted.
        Verb::Sandbox(args) => sandbox::run(args).await,
        Verb::Up(args) => up::run(*args).await,
        Verb::Watch(args) => watch::run(*args).await,
        Verb::Preview(args) => preview::run(*args).await,
        Verb::Apply(args) => interruptible(apply::run(*args)).await,
        Verb::Import(args) => interruptible(import::run(*args)).await,
        Verb::Search(args) => interruptible(search::run(args)).await,
        Verb::Plan(args) => interruptible(plan::run(*args)).await,
        Verb::Diff(args) => interruptible(diff::run(args)).await,
        Verb::Pull(args) => interruptible(pull::run(*args)).await,
        Verb::Drift(args) => interruptible(drift::run(*args)).await,
        Verb::History(args) => interruptible(history::run(*args)).await,
        Verb::Rollback(args) => interruptible(rollback::run(*args)).await,
        Verb::Outdated(args) => interruptible(outdated::run(args)).await,
        Verb::Upgrade(args) => interruptible(upgrade::run(*args)).await,
        Verb::Verify(args) => interruptible(verify::run(*args)).await,
        Verb::Datasource(args) => interruptible(datasource::run(*args)).await,
        Verb::Status(args) => interruptible(status::run(*args)).await,
        Verb::Stack(args) => stack::run(*args).await,
        Verb::Schedule(args) => interruptible(schedule::run(*args)).await,
        Verb::Init(_)
        | Verb::Remove(_)
        | Verb::Lint(_)
        | Verb::Render(_)
        | Verb::Overlay(_)
        | Verb::Merge(_)
        | Verb::Fmt(_)
        | Verb::Report(_)
        | Verb::Schema(_)
        | Verb::Completions(_)
        | Verb::Man(_) => Ok(Exit::Done),
        #[cfg(unix)]
        Verb::Leash(_) => Ok(Exit::Done),
    }
}
