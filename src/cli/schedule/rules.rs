use super::write::OutArgs;
use crate::cli::{Exit, Failure};
use crate::ops::repository_here;
use crate::schedule::Rendered;
use crate::stack::drift_rules;

/// Writes the rules by which Prometheus alerts of drift, and of a check that fails or stops
///
/// They are for a Prometheus that dashctl didn't install, and that has the check's figures: from a Pushgateway, from
/// node-exporter's textfile collector, or from `dashctl watch`. The stack has them already.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How often the check runs: 15m, 1h, 1d; without it as the section `schedule:` says
    #[arg(long, value_name = "TIME")]
    every: Option<String>,
    #[command(flatten)]
    out: OutArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// An interval that can't be, or a file that may not be replaced.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let interval = match &args.every {
        Some(every) => every.clone(),
        None => {
            let repository = repository_here()?;
            let config = repository.config();
            let settings = config.schedule.clone().unwrap_or_default();
            format!("{}m", settings.cron(&config.repository)?.longest_pause())
        }
    };
    let rules = Rendered {
        path: "dashctl-drift.rules.yml".into(),
        text: drift_rules(&interval).map_err(Failure::usage)?,
    };
    let by_hand = "Name the file under rule_files: of prometheus.yml, and have Prometheus read it again.\n";
    args.out.write(&[rules], by_hand)
}
