use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::metrics::LAST_SUCCESS;
use super::{Detail, Error, metrics};
use crate::report::{DriftReport, TargetReport};

/// A file for figures, in a folder that is there: a new one would be read by nobody.
///
/// # Errors
///
/// The folder isn't there.
pub fn textfile(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match folder(&path).is_dir() {
        true => Ok(path),
        false => Err(no_folder(&path)),
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

fn no_folder(path: &Path) -> String {
    format!(
        "there is no folder {}; it is the one that node-exporter's --collector.textfile.directory names",
        folder(path).display()
    )
}

/// Writes a check's figures into a file for node-exporter's textfile collector, atomically. Where a target could not be
/// looked at, the time of its last success is taken over from the file that was there.
///
/// # Errors
///
/// The folder isn't there, or the file can't be written.
pub fn write_textfile(path: &Path, report: &DriftReport, dashboards: usize) -> Result<(), Error> {
    if !folder(path).is_dir() {
        return Err(Error::new("node-exporter", no_folder(path)));
    }
    let detail = Detail {
        dashboards,
        labelled: true,
    };
    let mut report = report.clone();
    let before = std::fs::read_to_string(path).unwrap_or_default();
    for target in report.targets.iter_mut().filter(|target| target.last_success.is_none()) {
        target.last_success = last_success(&before, target);
    }
    let written = crate::files::write_atomic(path, &metrics(&report, detail)?);
    written.map(drop).map_err(|error| Error::new("node-exporter", error))
}

/// The time of a target's last success, as an earlier file has it.
// Milliseconds since 1970 fit.
#[allow(clippy::cast_possible_truncation)]
fn last_success(before: &str, target: &TargetReport) -> Option<String> {
    let label = |name: &str, value: &str| format!("{name}={}", serde_json::Value::from(value));
    let labels = [label("repository", &target.repository), label("target", &target.target)];
    let own = |line: &&str| {
        let figure = line.strip_prefix(LAST_SUCCESS).filter(|rest| rest.starts_with('{'));
        figure.is_some_and(|rest| labels.iter().all(|label| rest.contains(label)))
    };
    let seconds: f64 = before.lines().find(own)?.rsplit(' ').next()?.parse().ok()?;
    let time = Timestamp::from_millisecond((seconds * 1000.0) as i64).ok()?;
    Some(time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Outcome;

    #[test]
    fn the_last_success_outlives_a_check_that_failed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("drift.prom");
        let mut report = crate::report::sample("t");
        report.targets[0].target = "a\"b".into();
        write_textfile(&path, &report, 10).unwrap();
        report.targets[0].outcome = Outcome::Failed;
        report.targets[0].last_success = None;
        for _ in 0..2 {
            write_textfile(&path, &report, 10).unwrap();
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.contains("target=\"a\\\"b\"} 1767323045\n"), "{text}");
        }
        let gone = folder.path().join("gone/drift.prom");
        let error = write_textfile(&gone, &report, 10).unwrap_err().to_string();
        assert!(error.contains("there is no folder") && !gone.exists(), "{error}");
        report.targets[0].repository = "another".into();
        write_textfile(&path, &report, 10).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("last_success"), "{text}");
    }
}
