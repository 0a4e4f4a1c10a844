use super::when::{WhenArgs, warn_of_repeated_messages};
use super::write::OutArgs;
use crate::cli::{Exit, Failure};
use crate::ops::schedule::{outdated_schedule, schedule};
use crate::schedule::{gitlab, outdated, preview};

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
    /// Ask for newer revisions of imported dashboards instead, once a day where nothing else is said
    #[arg(long, conflicts_with = "preview")]
    outdated: bool,
    /// Previews of merge requests instead: scratch copies and a comment with the plan, which go when it is closed
    #[arg(long)]
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
    let (repository, mut settings) = match args.outdated {
        true => args.when.settings_of_outdated()?,
        false => args.when.settings()?,
    };
    settings.image = args.image.clone().or(settings.image);
    // An image that was named with the command line holds dashctl, whatever the settings install elsewhere.
    if args.image.is_none() || args.install.is_some() {
        settings.install = args.install.clone().or(settings.install);
    } else {
        settings.install = None;
    }
    if args.outdated {
        let schedule = outdated_schedule(&repository, &settings)?;
        let file = outdated::gitlab(&schedule, settings.image.as_deref(), settings.install.as_deref())?;
        return args.out.write(&[file], &outdated::gitlab_by_hand(&schedule));
    }
    if args.preview {
        let (target, job) = super::preview::meant(&repository, settings)?;
        return args
            .out
            .write(&[preview::gitlab(&target, &job)?], &preview::gitlab_by_hand());
    }
    let schedule = schedule(&repository, &settings)?;
    warn_of_repeated_messages(&schedule);
    let file = gitlab::render(&schedule, settings.image.as_deref(), settings.install.as_deref())?;
    args.out.write(&[file], &gitlab::by_hand(&schedule))
}
