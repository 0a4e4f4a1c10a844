use super::when::{WhenArgs, warn_of_repeated_messages};
use super::write::OutArgs;
use crate::cli::{Exit, Failure};
use crate::ops::schedule::schedule;
use crate::schedule::gitlab;

/// Writes the check as a job of GitLab CI, with reports and artefacts
///
/// Where something differs, the job ends with a warning. When it runs is said in the project's pipeline schedules.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The image that the job runs in; it holds dashctl, unless there is an --install
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// The command that installs dashctl in the job
    #[arg(long, value_name = "COMMAND")]
    install: Option<String>,
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
    let (repository, mut settings) = args.when.settings()?;
    settings.image = args.image.clone().or(settings.image);
    // An image that was named with the command line holds dashctl, whatever the settings install elsewhere.
    if args.image.is_none() || args.install.is_some() {
        settings.install = args.install.clone().or(settings.install);
    } else {
        settings.install = None;
    }
    let schedule = schedule(&repository, &settings)?;
    warn_of_repeated_messages(&schedule);
    let file = gitlab::render(&schedule, settings.image.as_deref(), settings.install.as_deref())?;
    args.out.write(&[file], &gitlab::by_hand(&schedule))
}
