use std::sync::{Arc, PoisonError, RwLock};

use prometheus::{Encoder, IntCounter, Registry, TextEncoder};

use super::super::Error;
use crate::notify::{self, Detail};
use crate::report::DriftReport;

/// What a watch has found last, and how often it has looked: what the server shows.
#[derive(Debug)]
pub(super) struct Findings {
    report: RwLock<Option<Arc<DriftReport>>>,
    /// For how many drifted dashboards of a target there is a series each.
    dashboards: usize,
    registry: Registry,
    /// Rounds that ended.
    pub rounds: IntCounter,
    /// Rounds in which some target or dashboard could not be looked at, or the repository could not be read.
    pub failed: IntCounter,
    /// Rounds after which somebody could not be told.
    pub untold: IntCounter,
}

impl Findings {
    /// An empty one.
    ///
    /// # Errors
    ///
    /// The figures can't be set up.
    pub fn new(dashboards: usize) -> Result<Self, Error> {
        let registry = Registry::new();
        let counter = |name: &str, help: &str| {
            let counter = IntCounter::new(name, help).map_err(Error::new)?;
            registry.register(Box::new(counter.clone())).map_err(Error::new)?;
            Ok::<_, Error>(counter)
        };
        Ok(Self {
            report: RwLock::default(),
            dashboards,
            rounds: counter("dashctl_watch_rounds_total", "Checks that were made.")?,
            failed: counter(
                "dashctl_watch_rounds_failed_total",
                "Checks in which not everything could be looked at.",
            )?,
            untold: counter(
                "dashctl_watch_rounds_untold_total",
                "Checks after which somebody who was to be told could not be.",
            )?,
            registry,
        })
    }

    /// The newest report, if there is one yet.
    pub fn report(&self) -> Option<Arc<DriftReport>> {
        self.report.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Shows a report from now on.
    pub fn show(&self, report: Arc<DriftReport>) {
        *self.report.write().unwrap_or_else(PoisonError::into_inner) = Some(report);
    }

    /// The figures, in Prometheus' text format.
    ///
    /// # Errors
    ///
    /// They can't be written down.
    pub fn metrics(&self) -> Result<Vec<u8>, notify::Error> {
        let mut text = match self.report() {
            Some(report) => notify::metrics(
                &report,
                Detail {
                    dashboards: self.dashboards,
                    labelled: true,
                },
            )?,
            None => Vec::new(),
        };
        let written = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        written.map_err(|error| notify::Error::new("Prometheus", error))?;
        Ok(text)
    }
}
