use std::sync::Arc;

use crate::ops::Writes;

/// How writes go on.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Writing")]
pub struct WritesArgs {
    /// How many dashboards are written at once [default: what the target says, or 4]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=64))]
    parallel: Option<u64>,
    /// Go on with the others where one can't be written
    #[arg(long)]
    keep_going: bool,
}

impl WritesArgs {
    /// The options without the arguments.
    pub fn options(&self) -> Writes {
        Writes {
            parallel: self.parallel.map(|parallel| parallel as usize),
            keep_going: self.keep_going,
            stop: Arc::default(),
        }
    }
}
