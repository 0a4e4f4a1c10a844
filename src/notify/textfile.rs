use std::path::Path;

use super::{Detail, Error, metrics};
use crate::report::{DriftReport, Outcome};

const LAST_SUCCESS: &str = "dashctl_drift_last_success_timestamp_seconds";

/// Writes a check's figures into a file for node-exporter's textfile collector, atomically. The time of the last success
/// of a target that failed now is taken over from the file that was there.
///
/// # Errors
///
/// The file can't be written.
pub fn write_textfile(path: &Path, report: &DriftReport, dashboards: usize) -> Result<(), Error> {
    let detail = Detail {
        dashboards,
        labelled: true,
    };
    let text = String::from_utf8_lossy(&metrics(report, detail)?).into_owned();
    let before = std::fs::read_to_string(path).unwrap_or_default();
    let text = with_old_successes(&text, &before, report);
    let written = crate::files::write_atomic(path, text.as_bytes());
    written.map(drop).map_err(|error| Error::new("node-exporter", error))
}

fn with_old_successes(text: &str, before: &str, report: &DriftReport) -> String {
    let failed = report
        .targets
        .iter()
        .filter(|target| !matches!(target.outcome, Outcome::InSync | Outcome::Differs));
    let mut kept: Vec<&str> = Vec::new();
    for target in failed {
        let label = format!("target={}", serde_json::Value::from(target.target.as_str()));
        let line = before
            .lines()
            .find(|line| line.starts_with(&format!("{LAST_SUCCESS}{{")) && line.contains(&label));
        kept.extend(line);
    }
    if kept.is_empty() {
        return text.to_owned();
    }
    let kept = kept.join("\n");
    let header = format!("# TYPE {LAST_SUCCESS} gauge\n");
    match text.contains(&header) {
        true => text.replace(&header, &format!("{header}{kept}\n")),
        false => format!(
            "{text}# HELP {LAST_SUCCESS} When the last check began that could look at everything.\n{header}{kept}\n"
        ),
    }
}
