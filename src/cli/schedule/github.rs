use super::when::{WhenArgs, warn_of_repeated_messages};
use super::write::OutArgs;
use crate::cli::{Exit, Failure};
use crate::ops::schedule::schedule;
use crate::schedule::github::{self, Workflow};

/// Writes the check as a workflow of GitHub Actions, with summary, annotations and artefacts
///
/// A run is red where something differs. Each target is checked with its own token, a secret of the GitHub repository;
/// times are GitHub's, which begins a run when it has room.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The command that installs dashctl on GitHub's machine
    #[arg(long, value_name = "COMMAND")]
    install: Option<String>,
    /// Offer what others changed as a pull request, with a commit for each version that they saved
    #[arg(long)]
    pull_request: bool,
    #[command(flatten)]
    out: OutArgs,
    #[command(flatten)]
    when: WhenArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// A setting that can't be, or a file that may not be replaced.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let (repository, settings) = args.when.settings()?;
    let schedule = schedule(&repository, &settings)?;
    warn_of_repeated_messages(&schedule);
    let workflow = Workflow {
        install: args.install.clone().or(settings.install),
        pull_request: args.pull_request,
    };
    let file = github::render(&schedule, &workflow)?;
    args.out.write(&[file], &github::by_hand(&schedule)?)
}
