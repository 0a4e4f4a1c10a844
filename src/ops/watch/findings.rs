use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use bytes::Bytes;
use prometheus::{Encoder, IntCounter, Registry, TextEncoder};

use super::super::Error;
use crate::notify::{self, Detail};
use crate::report::{DriftReport, Html, PastDrift};

/// What a watch has found last, and how often it has looked: what the server shows.
#[derive(Debug)]
pub(super) struct Findings {
    shown: RwLock<Option<Arc<Shown>>>,
    detail: Detail,
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
            shown: RwLock::default(),
            detail: Detail {
                dashboards,
                labelled: true,
            },
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
    pub fn shown(&self) -> Option<Arc<Shown>> {
        self.shown.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Shows a report from now on.
    pub fn show(&self, report: Arc<DriftReport>, past: Vec<PastDrift>) {
        let shown = Shown {
            report,
            past,
            page: OnceLock::new(),
            json: OnceLock::new(),
            figures: OnceLock::new(),
        };
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(shown));
    }

    /// The figures, in Prometheus' text format.
    ///
    /// # Errors
    ///
    /// They can't be written down.
    pub fn metrics(&self) -> Result<Vec<u8>, String> {
        let mut text = match self.shown() {
            Some(shown) => shown.figures(self.detail)?.to_vec(),
            None => Vec::new(),
        };
        let written = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        written.map_err(|error| error.to_string())?;
        Ok(text)
    }
}

/// A report in the forms in which it is shown. Each is made when somebody asks for it first, and kept for the others.
#[derive(Debug)]
pub(super) struct Shown {
    report: Arc<DriftReport>,
    past: Vec<PastDrift>,
    page: OnceLock<Bytes>,
    json: OnceLock<Result<Bytes, String>>,
    figures: OnceLock<Result<Bytes, String>>,
}

impl Shown {
    /// For people.
    pub fn page(&self) -> Bytes {
        let made = || Html::new(&*self.report).past(&self.past).to_string().into();
        self.page.get_or_init(made).clone()
    }

    /// For programs.
    ///
    /// # Errors
    ///
    /// It can't be written down.
    pub fn json(&self) -> Result<Bytes, String> {
        let made = || serde_json::to_vec(&*self.report).map(Bytes::from);
        self.json
            .get_or_init(|| made().map_err(|error| error.to_string()))
            .clone()
    }

    /// The drifts of the last rounds, for programs.
    ///
    /// # Errors
    ///
    /// They can't be written down.
    pub fn past(&self) -> Result<Bytes, String> {
        let made = serde_json::to_vec(&self.past).map(Bytes::from);
        made.map_err(|error| error.to_string())
    }

    /// For Prometheus.
    fn figures(&self, detail: Detail) -> Result<Bytes, String> {
        let made = || notify::metrics(&self.report, detail).map(Bytes::from);
        self.figures
            .get_or_init(|| made().map_err(|error| error.to_string()))
            .clone()
    }
}
