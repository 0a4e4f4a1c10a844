use std::sync::Arc;

use crate::cli::Exit;
use crate::cli::ask::Terminal;
use crate::cli::review::ReviewArgs;
use crate::ops::{Check, CheckOptions, Error, ReviewOptions, repository_here};
use crate::report::{DriftReport, Outcome, Shard, TargetReport};

/// What a check is to look at.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct CheckArgs {
    /// Check all targets of dashctl.yaml, each with its own outcome
    #[arg(long, conflicts_with_all = ["target", "url", "token", "token_file", "user"])]
    pub all_targets: bool,
    /// Check these targets of dashctl.yaml, each with its own outcome; separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',',
        conflicts_with_all = ["all_targets", "target", "url", "token", "token_file", "user"])]
    pub targets: Vec<String>,
    /// Check only a part of the dashboards: the I-th (from 0) of N; which one a dashboard falls to depends on its uid
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub shard: Option<Shard>,
    /// List also the dashboards of the target that the repository doesn't know
    #[arg(long)]
    pub unmanaged: bool,
    #[command(flatten)]
    pub review: ReviewArgs,
}

fn shard(text: &str) -> Result<Shard, String> {
    let parsed = text
        .split_once('/')
        .and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
    match parsed {
        Some((index, of)) if index < of => Ok(Shard { index, of }),
        _ => Err("a shard is I/N with I from 0 to N-1, such as 0/4".into()),
    }
}

impl CheckArgs {
    /// The check of the repository here.
    ///
    /// # Errors
    ///
    /// No repository, or one without targets.
    pub fn check(&self) -> Result<Check, Error> {
        Check::of(repository_here()?, &self.options(), Arc::new(Terminal::default()))
    }

    /// The options without the arguments.
    pub fn options(&self) -> CheckOptions {
        CheckOptions {
            review: ReviewOptions {
                shard: self.shard,
                ..self.review.options()
            },
            target: (&self.review.connect).into(),
            all_targets: self.all_targets,
            targets: self.targets.clone(),
            unmanaged: self.unmanaged,
        }
    }
}

/// The exit code that a report leads to: 3 and 1 where nothing at all could be done, 4 where something could.
pub fn exit(report: &DriftReport, differs: Exit) -> Exit {
    let of = |outcome: Outcome| match outcome {
        Outcome::InSync => Exit::Done,
        Outcome::Differs => differs,
        Outcome::Partial => Exit::Partial,
        Outcome::Failed => Exit::Failed,
        Outcome::Denied => Exit::Denied,
    };
    let nothing_done = |target: &TargetReport| matches!(target.outcome, Outcome::Failed | Outcome::Denied);
    let all_failed = report.targets.iter().all(nothing_done);
    let one = |target: &TargetReport| match all_failed || !nothing_done(target) {
        true => of(target.outcome),
        false => Exit::Partial,
    };
    // A partial check that also found something tells both: 4 is the worse.
    report.targets.iter().map(one).fold(Exit::Done, Exit::worse)
}
