use crate::cli::Failure;
use crate::cli::output::warn;
use crate::ops::repository_here;
use crate::repository::Repository;
use crate::schedule::{Schedule, Settings, Webhook};

/// When the check runs, where, and who is told.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "The check (instead of what dashctl.yaml says)")]
pub struct WhenArgs {
    /// How often: 15m, 1h, 6h, 1d; the minute is the repository's own
    #[arg(long, value_name = "TIME", conflicts_with = "cron")]
    every: Option<String>,
    /// When: the five fields of cron, such as '17 6 * * 1-5'
    #[arg(long, value_name = "FIELDS")]
    cron: Option<String>,
    /// The time zone of the five fields, by its IANA name
    #[arg(long, value_name = "NAME")]
    time_zone: Option<String>,
    /// The target that is checked; repeatable; all of them where none is named
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// Write over drift after it was told of (apply --overwrite-drift)
    #[arg(long)]
    revert: bool,
    /// Push figures to this Pushgateway
    #[arg(long, value_name = "URL")]
    pushgateway: Option<String>,
    /// Tell this Alertmanager
    #[arg(long, value_name = "URL")]
    alertmanager: Option<String>,
    /// Tell a webhook, in this form; its URL is a secret
    #[arg(long, value_name = "FORM", value_enum)]
    webhook: Option<Webhook>,
}

impl WhenArgs {
    /// The same for the question for newer revisions, which has nothing of the drift check's but its place.
    ///
    /// # Errors
    ///
    /// No repository, settings that can't be read, or flags about Grafanas.
    pub fn settings_of_outdated(&self) -> Result<(Repository, Settings), Failure> {
        let told = self.pushgateway.is_some() || self.alertmanager.is_some() || self.webhook.is_some();
        if self.revert || told || !self.target.is_empty() {
            return Err(Failure::usage(
                "--outdated asks a catalog and no Grafana: --target, --revert, --pushgateway, --alertmanager and --webhook are about drift",
            )
            .hint("whether something is outdated is told by how the run ends"));
        }
        let (repository, mut settings) = self.settings()?;
        // How often drift is looked for says nothing about how often revisions come out.
        settings.every.clone_from(&self.every);
        settings.cron.clone_from(&self.cron);
        settings.receivers = None;
        settings.revert = false;
        Ok((repository, settings))
    }

    /// The repository here and its settings, with what the flags say on top.
    ///
    /// # Errors
    ///
    /// No repository, or settings that can't be read.
    pub fn settings(&self) -> Result<(Repository, Settings), Failure> {
        let repository = repository_here()?;
        let mut settings = repository.config().schedule.clone().unwrap_or_default();
        if self.every.is_some() || self.cron.is_some() {
            settings.every = self.every.clone();
            settings.cron = self.cron.clone();
        }
        if self.time_zone.is_some() {
            settings.time_zone = self.time_zone.clone();
        }
        if !self.target.is_empty() {
            settings.targets = self.target.clone();
        }
        settings.revert |= self.revert;
        if self.pushgateway.is_some() || self.alertmanager.is_some() || self.webhook.is_some() {
            let receivers = settings.receivers.get_or_insert_default();
            let or = |flag: &Option<String>, setting: Option<String>| flag.clone().or(setting);
            receivers.pushgateway = or(&self.pushgateway, receivers.pushgateway.take());
            receivers.alertmanager = or(&self.alertmanager, receivers.alertmanager.take());
            receivers.webhook = self.webhook.or(receivers.webhook);
        }
        Ok((repository, settings))
    }
}

/// A machine that is another one at each run remembers nothing.
pub fn warn_of_repeated_messages(schedule: &Schedule) {
    if schedule.receivers.webhook.is_some() {
        warn("nothing remembers which messages the webhook got, so each run tells of all drift");
    }
}
