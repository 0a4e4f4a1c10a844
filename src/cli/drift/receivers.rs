use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};

use crate::cli::{Exit, Failure};
use crate::notify::{
    Address, AlertPer, Alertmanager, Error, Message, Pushgateway, Seen, Template, Webhook, textfile, write_textfile,
};
use crate::report::DriftReport;

/// Who is told of the check, besides the one who ran it.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Who is told")]
pub struct ReceiverArgs {
    /// Push figures to this Pushgateway; @FILE reads the URL from a file, here and below
    #[arg(long, value_name = "URL", value_parser = Address::parse)]
    pushgateway: Option<Address>,
    /// Write figures into this file, for node-exporter's textfile collector
    #[arg(long, value_name = "FILE", value_parser = textfile)]
    textfile: Option<PathBuf>,
    /// For at most this many drifted dashboards of a target there is a series each; 0 for none
    #[arg(long, value_name = "N", default_value_t = 100)]
    metrics_dashboards: usize,
    /// Tell this Alertmanager: an alert lasts until two checks in a row no longer tell of it
    #[arg(long, value_name = "URL", value_parser = Address::parse)]
    alertmanager: Option<Address>,
    /// What an alert stands for
    #[arg(long, value_enum, default_value_t = AlertPer::Dashboard)]
    alert_per: AlertPer,
    /// Send a message for each change to this webhook
    #[arg(long, value_name = "URL", value_parser = Address::parse)]
    webhook: Option<Address>,
    /// What a message is made by: generic, slack, or a handlebars template of JSON
    #[arg(long, value_name = "generic|slack|FILE", default_value = "generic")]
    webhook_template: Template,
    /// A header that goes with each message, as NAME=@FILE with its value in a file; repeatable
    #[arg(long, value_name = "NAME=@FILE", value_parser = header)]
    webhook_header: Vec<(HeaderName, HeaderValue)>,
    /// Remember in this file which messages were sent, so that each is sent once
    #[arg(long, value_name = "FILE", requires = "webhook")]
    state: Option<PathBuf>,
}

/// The value is a secret, and a command line is none.
fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, path) = text.split_once("=@").ok_or("expected NAME=@FILE")?;
    let name = name
        .parse()
        .map_err(|_| format!("{name:?} is not the name of an HTTP header"))?;
    let bytes = crate::files::read_regular(path.as_ref()).map_err(|error| format!("{path}: {error}"))?;
    let text = String::from_utf8_lossy(&bytes);
    let mut value = HeaderValue::from_str(text.trim()).map_err(|_| format!("{path}: its text can't be sent"))?;
    value.set_sensitive(true);
    Ok((name, value))
}

/// The check itself was made, so that not all has failed.
fn failure(error: Error) -> Failure {
    let failure = Failure::new(&error).exit(Exit::Partial);
    match error.hint() {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

impl ReceiverArgs {
    /// For how many drifted dashboards of a target there is a series each.
    pub fn metrics_dashboards(&self) -> usize {
        self.metrics_dashboards
    }

    /// What was told to the webhook already.
    ///
    /// # Errors
    ///
    /// The file of `--state` is in use or can't be read.
    pub fn seen(&self) -> Result<Seen, Failure> {
        let opened = self.state.as_deref().map_or_else(|| Ok(Seen::default()), Seen::open);
        opened.map_err(failure)
    }

    /// Tells all of them; one that fails doesn't keep the others from being told. `known` are the repository's targets;
    /// the next check comes after `interval`; without what was `seen`, the webhook isn't told. Each failure is reported, and makes
    /// the program end with 4.
    pub async fn tell(
        &self,
        report: &DriftReport,
        known: &[String],
        interval: Duration,
        seen: Option<&mut Seen>,
    ) -> Exit {
        let (pushed, alerted, sent) = tokio::join!(
            self.push(report, known),
            self.alert(report, interval),
            self.message(report, seen)
        );
        let failed = [pushed, self.textfile(report), alerted, sent]
            .into_iter()
            .filter_map(Result::err);
        failed
            .map(|error| failure(error).report())
            .fold(Exit::Done, Exit::worse)
    }

    async fn push(&self, report: &DriftReport, known: &[String]) -> Result<(), Error> {
        let Some(address) = self.pushgateway.clone() else {
            return Ok(());
        };
        let pushgateway = Pushgateway {
            address,
            dashboards: self.metrics_dashboards,
        };
        pushgateway.push(report, known).await
    }

    fn textfile(&self, report: &DriftReport) -> Result<(), Error> {
        match &self.textfile {
            Some(path) => write_textfile(path, report, self.metrics_dashboards),
            None => Ok(()),
        }
    }

    async fn alert(&self, report: &DriftReport, interval: Duration) -> Result<(), Error> {
        let Some(address) = self.alertmanager.clone() else {
            return Ok(());
        };
        let alertmanager = Alertmanager {
            address,
            per: self.alert_per,
            lasts: interval.saturating_mul(2),
        };
        alertmanager.tell(report).await
    }

    async fn message(&self, report: &DriftReport, seen: Option<&mut Seen>) -> Result<(), Error> {
        let (Some(address), Some(seen)) = (self.webhook.clone(), seen) else {
            return Ok(());
        };
        let webhook = Webhook {
            address,
            template: self.webhook_template.clone(),
            headers: self.webhook_header.clone(),
        };
        let told = webhook.tell(&Message::of(report), seen).await;
        let kept = seen.keep();
        told.and(kept)
    }
}
