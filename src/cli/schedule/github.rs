use super::when::{WhenArgs, warn_of_repeated_messages};
use super::write::OutArgs;
use crate::cli::{Exit, Failure};
use crate::ops::schedule::{outdated_schedule, schedule};
use crate::schedule::github::{self, Workflow};
use crate::schedule::{outdated, preview};

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
    /// Ask for newer revisions of imported dashboards instead, once a day where nothing else is said
    #[arg(long, conflicts_with_all = ["pull_request", "preview"])]
    outdated: bool,
    /// Previews of pull requests instead: scratch copies and a comment with the plan, which go when it is closed
    #[arg(long, conflicts_with = "pull_request")]
    preview: bool,
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
    if args.outdated {
        let (repository, settings) = args.when.settings_of_outdated()?;
        let schedule = outdated_schedule(&repository, &settings)?;
        let install = args.install.clone().or(settings.install);
        return args.out.write(&[outdated::github(&schedule, install.as_deref())?], "");
    }
    let (repository, settings) = args.when.settings()?;
    if args.preview {
        let (target, mut job) = super::preview::meant(&repository, settings)?;
        job.install = args.install.clone().or(job.install);
        return args
            .out
            .write(&[preview::github(&target, &job)?], &preview::github_by_hand());
    }
    let schedule = schedule(&repository, &settings)?;
    warn_of_repeated_messages(&schedule);
    let workflow = Workflow {
        install: args.install.clone().or(settings.install),
        pull_request: args.pull_request,
    };
    let file = github::render(&schedule, &workflow)?;
    args.out.write(&[file], &github::by_hand(&schedule)?)
}
