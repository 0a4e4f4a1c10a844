use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};

use crate::notify::{
    Address, AlertPer, Alertmanager, Error, Message, Pushgateway, Seen, Template, Webhook, write_textfile,
};
use crate::report::DriftReport;

/// Who is told of a check, besides the one who ran it.
#[derive(Debug, Clone)]
pub struct Receivers {
    /// The Pushgateway that gets figures.
    pub pushgateway: Option<Address>,
    /// The file for node-exporter's textfile collector.
    pub textfile: Option<PathBuf>,
    /// For at most this many drifted dashboards of a target there is a series each; 0 for none.
    pub metrics_dashboards: usize,
    /// The Alertmanager: an alert lasts until two checks in a row no longer tell of it.
    pub alertmanager: Option<Address>,
    /// What an alert stands for.
    pub alert_per: AlertPer,
    /// The webhook that gets a message for each change.
    pub webhook: Option<Address>,
    /// What a message is made by.
    pub webhook_template: Template,
    /// Headers that go with each message.
    pub webhook_headers: Vec<(HeaderName, HeaderValue)>,
    /// The file that remembers which messages were sent.
    pub state: Option<PathBuf>,
}

impl Receivers {
    /// What was told to the webhook already.
    ///
    /// # Errors
    ///
    /// The file of `--state` is in use or can't be read.
    pub fn seen(&self) -> Result<Seen, super::Error> {
        let opened = self.state.as_deref().map_or_else(|| Ok(Seen::default()), Seen::open);
        Ok(opened?)
    }

    /// Tells all of them; one that fails doesn't keep the others from being told. `known` are the repository's targets;
    /// the next check comes after `interval`; without what was `seen`, the webhook isn't told. Gives those that could not
    /// be told.
    pub async fn tell(
        &self,
        report: &DriftReport,
        known: &[String],
        interval: Duration,
        seen: Option<&mut Seen>,
    ) -> Vec<super::Error> {
        let (pushed, alerted, sent) = tokio::join!(
            self.push(report, known),
            self.alert(report, interval),
            self.message(report, seen)
        );
        let failed = [pushed, self.textfile(report), alerted, sent].into_iter();
        failed.filter_map(Result::err).map(super::Error::from).collect()
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
            headers: self.webhook_headers.clone(),
        };
        let told = webhook.tell(&Message::of(report), seen).await;
        let kept = seen.keep();
        told.and(kept)
    }
}
