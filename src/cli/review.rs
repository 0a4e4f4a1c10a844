use std::sync::Arc;

use super::Failure;
use super::ask::Terminal;
use super::connect::ConnectArgs;
use crate::ops::{Person, Review, ReviewOptions, Session, repository_here};

/// What is looked at, and how.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ReviewArgs {
    /// Names, uids, folders or globs; all dashboards of the repository where none is named
    #[arg(value_name = "WHAT")]
    pub what: Vec<String>,
    /// How many dashboards are read at the same time
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub concurrency: usize,
    /// Read all dashboards, also those whose newest save says already that they are as dashctl wrote them
    #[arg(long)]
    pub full: bool,
    /// The exit code if something differs; 0 for never
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub exit_code: u8,
    #[command(flatten)]
    pub connect: ConnectArgs,
}

impl ReviewArgs {
    /// Looks at everything that was asked for.
    ///
    /// # Errors
    ///
    /// A repository that is wrong, or a target that can't be reached.
    pub async fn make(&self) -> Result<Review, Failure> {
        self.make_with(Terminal::default()).await
    }

    /// The same, with somebody to ask.
    ///
    /// # Errors
    ///
    /// The same.
    pub async fn make_with(&self, person: impl Person + 'static) -> Result<Review, Failure> {
        Ok(Review::make(self.session(person)?, &self.options()).await?)
    }

    /// The repository here, and its target.
    ///
    /// # Errors
    ///
    /// No repository, no target, or settings that can't be used.
    pub fn session(&self, person: impl Person + 'static) -> Result<Session, Failure> {
        Ok(Session::open(
            repository_here()?,
            &(&self.connect).into(),
            Arc::new(person),
        )?)
    }

    /// The options without the arguments.
    pub fn options(&self) -> ReviewOptions {
        ReviewOptions {
            what: self.what.clone(),
            concurrency: self.concurrency,
            shard: None,
            full: self.full,
        }
    }
}

/// Those that could not be looked at, in lines for people.
pub fn failed_text(review: &Review) -> String {
    let line = |failed: &crate::ops::Failed| format!("x failed    {}: {}\n", failed.name, failed.error.message());
    review.failed.iter().map(line).collect()
}
