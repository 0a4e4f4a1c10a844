use ::prometheus::{Encoder, GaugeVec, Opts, Registry, TextEncoder};

use super::Error;
use crate::plan::State;
use crate::report::{DriftReport, Outcome, TargetReport};

/// The figure that survives a check that failed.
pub(super) const LAST_SUCCESS: &str = "dashctl_drift_last_success_timestamp_seconds";

/// How much is told, and with which labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detail {
    /// For at most this many drifted dashboards per target there is a series each; 0 for none.
    pub dashboards: usize,
    /// Whether the series carry the labels `repository` and `target`. Pushed ones get them from their group.
    pub labelled: bool,
}

/// A check's figures in the text format that Prometheus reads. A target that could not be looked at has no figures of
/// dashboards: old ones must not look like new ones.
///
/// # Errors
///
/// The figures can't be written down.
pub fn metrics(report: &DriftReport, detail: Detail) -> Result<Vec<u8>, Error> {
    let failed = |error: ::prometheus::Error| Error::new("Prometheus", error);
    let registry = Registry::new();
    let figures = Figures::register(&registry, detail).map_err(failed)?;
    for target in &report.targets {
        figures.set(report, target, detail);
    }
    let mut text = Vec::new();
    TextEncoder::new()
        .encode(&registry.gather(), &mut text)
        .map_err(failed)?;
    Ok(text)
}

struct Figures {
    dashboards: GaugeVec,
    drifted: GaugeVec,
    data_sources: GaugeVec,
    last_run: GaugeVec,
    last_success: GaugeVec,
    duration: GaugeVec,
    requests: GaugeVec,
    errors: GaugeVec,
}

impl Figures {
    fn register(registry: &Registry, detail: Detail) -> Result<Self, ::prometheus::Error> {
        let gauge = |name: &str, help: &str, own: &[&str]| {
            let common: &[&str] = if detail.labelled {
                &["repository", "target"]
            } else {
                &[]
            };
            let gauge = GaugeVec::new(Opts::new(name, help), &[common, own].concat())?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, ::prometheus::Error>(gauge)
        };
        Ok(Self {
            dashboards: gauge(
                "dashctl_drift_dashboards",
                "Dashboards by state at the last check.",
                &["state"],
            )?,
            drifted: gauge(
                "dashctl_drift_dashboard_drifted",
                "Dashboards that somebody changed since dashctl wrote them; 1 for each.",
                &["uid"],
            )?,
            data_sources: gauge(
                "dashctl_drift_data_sources_differing",
                "Declared data sources that differ from what Grafana has.",
                &[],
            )?,
            last_run: gauge(
                "dashctl_drift_last_run_timestamp_seconds",
                "When the last check began, whether it succeeded or not.",
                &[],
            )?,
            last_success: gauge(
                LAST_SUCCESS,
                "When the last check began that could look at everything.",
                &[],
            )?,
            duration: gauge("dashctl_drift_duration_seconds", "How long the last check took.", &[])?,
            requests: gauge(
                "dashctl_drift_requests",
                "Requests that the last check made to Grafana.",
                &[],
            )?,
            errors: gauge(
                "dashctl_drift_errors",
                "Dashboards that the last check could not look at; 1 where it could look at none.",
                &[],
            )?,
        })
    }

    // A count is never too large for a float.
    #[allow(clippy::cast_precision_loss)]
    fn set(&self, report: &DriftReport, target: &TargetReport, detail: Detail) {
        let common: &[&str] = if detail.labelled {
            &[&target.repository, &target.target]
        } else {
            &[]
        };
        let began = timestamp(&report.checked_at);
        let set =
            |gauge: &GaugeVec, own: &[&str], value: f64| gauge.with_label_values(&[common, own].concat()).set(value);
        set(&self.last_run, &[], began);
        set(&self.duration, &[], report.seconds);
        set(&self.errors, &[], errors(target) as f64);
        if let Some(success) = &target.last_success {
            set(&self.last_success, &[], timestamp(success));
        }
        if target.outcome.is_failure() {
            return;
        }
        for state in State::ALL {
            let number = target
                .dashboards
                .iter()
                .filter(|dashboard| dashboard.state == state)
                .count();
            set(&self.dashboards, &[state.slug()], number as f64);
        }
        for dashboard in target.drifted().take(detail.dashboards) {
            set(&self.drifted, &[&dashboard.uid], 1.0);
        }
        let differing = target.data_sources.iter().filter(|source| !source.in_sync).count();
        set(&self.data_sources, &[], differing as f64);
        set(&self.requests, &[], target.requests as f64);
    }
}

fn errors(target: &TargetReport) -> usize {
    match target.outcome {
        Outcome::Failed | Outcome::Denied => target.failed.len().max(1),
        _ => target.failed.len(),
    }
}

/// Seconds since 1970.
#[allow(clippy::cast_precision_loss)]
pub(super) fn timestamp(text: &str) -> f64 {
    let parsed: Option<jiff::Timestamp> = text.parse().ok();
    parsed.map_or(0.0, |time| time.as_millisecond() as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(report: &DriftReport, labelled: bool) -> String {
        let detail = Detail {
            dashboards: 10,
            labelled,
        };
        String::from_utf8(metrics(report, detail).unwrap()).unwrap()
    }

    #[test]
    fn every_state_has_its_figure_and_hostile_names_stay_labels() {
        let mut report = crate::report::sample("t");
        report.targets[0].target = "a\"b\n".into();
        let text = text(&report, true);
        assert!(
            text.contains(r#"dashctl_drift_dashboards{repository="r-1",state="drift",target="a\"b\n"} 1"#),
            "{text}"
        );
        assert!(text.contains(r#"state="missing",target="a\"b\n"} 0"#), "{text}");
        assert!(text.contains("dashctl_drift_last_success_timestamp_seconds"), "{text}");
        assert!(text.contains("1767323045"), "{text}");
    }

    #[test]
    fn a_failed_check_has_no_success_and_no_old_figures() {
        let mut report = crate::report::sample("t");
        report.targets[0].outcome = Outcome::Failed;
        report.targets[0].last_success = None;
        let text = text(&report, false);
        assert!(text.contains("dashctl_drift_errors 1"), "{text}");
        assert!(
            !text.contains("last_success") && !text.contains("dashctl_drift_dashboards"),
            "{text}"
        );
    }
}
