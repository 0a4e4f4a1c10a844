use crate::cli::Failure;
use crate::cli::ask::{can_ask, confirm};
use crate::cli::output::progress;
use crate::ops::unlearned;
use crate::report::DriftReport;
use crate::repository::{NoiseRow, Repository};

/// Whether what plugins filled in by themselves is to be kept in mind.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct LearnArgs {
    /// After the check, write what plugins that aren't Grafana's own filled in by themselves into dashctl.yaml, as rows of
    /// `noise:`, so that it is no difference any more; asks first
    #[arg(long)]
    learn: bool,
    /// With --learn: don't ask
    #[arg(long, requires = "learn")]
    yes: bool,
}

impl LearnArgs {
    /// Shows the rows, asks, and writes them.
    ///
    /// # Errors
    ///
    /// Nobody is there to ask, or the file can't be written.
    pub fn run(self, report: &DriftReport, repository: &Repository) -> Result<(), Failure> {
        if !self.learn {
            return Ok(());
        }
        let rows = unlearned(report, &repository.config().noise);
        if rows.is_empty() {
            progress("there is nothing to learn: no plugin filled in settings alike in all its panels");
            return Ok(());
        }
        let shown: Vec<String> = rows.iter().map(|row| format!("  {}", NoiseRow(row))).collect();
        let shown = format!("noise:\n{}", shown.join("\n"));
        if !self.yes && !can_ask() {
            return Err(Failure::usage(format!(
                "these rows were not written to dashctl.yaml, as there is no terminal to ask on:\n{shown}"
            ))
            .hint("repeat it with --yes"));
        }
        if self.yes {
            progress(&shown);
        }
        if confirm(&format!("{shown}\nWrite these rows into dashctl.yaml?"), self.yes)? {
            repository.add_noise(&rows)?;
            progress("written to dashctl.yaml: such additions are noise from now on");
        }
        Ok(())
    }
}
