//! What GitHub and GitLab have in common: a shell that checks one target after the other.

use std::collections::BTreeMap;

use super::{Places, Schedule, ScheduleError, Target};
use crate::shell;

/// The folder that the reports of a run are written into.
pub(super) const REPORTS: &str = "dashctl-drift";

/// One target with the names that a CI needs for it.
pub(super) struct Job<'a> {
    /// The target.
    pub target: &'a Target,
    /// Its name as a file's.
    pub file: String,
    /// The CI's secret that holds its token.
    pub secret: String,
}

/// The targets with names of their own.
///
/// # Errors
///
/// Two targets whose names look alike where only letters, digits and _ can stand.
pub(super) fn jobs(schedule: &Schedule) -> Result<Vec<Job<'_>>, ScheduleError> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut jobs = Vec::new();
    for target in &schedule.targets {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
        let file = target.name.chars().map(plain).collect::<String>().to_ascii_lowercase();
        if let Some(other) = seen.insert(file.clone(), &target.name) {
            return Err(ScheduleError::Platform(format!(
                "the targets {other:?} and {:?} can't be told apart in the name of a CI's secret, which has letters, digits \
                 and _ only: give one of them another name",
                target.name
            )));
        }
        let secret = match &schedule.targets[..] {
            [_] => "GRAFANA_TOKEN".to_owned(),
            _ => format!("GRAFANA_TOKEN_{}", file.to_ascii_uppercase()),
        };
        jobs.push(Job { target, file, secret });
    }
    Ok(jobs)
}

/// The command that checks one target and writes its reports, and `more` after it.
pub(super) fn check(schedule: &Schedule, job: &Job<'_>, more: &[&str]) -> String {
    let mut words = vec!["dashctl".to_owned()];
    words.extend(schedule.check_one(job.target, &Places::default()));
    words.extend(more.iter().map(|word| (*word).to_owned()));
    for (format, ending) in [("markdown", "md"), ("junit", "xml"), ("html", "html"), ("json", "json")] {
        words.push("-o".into());
        words.push(format!("{format}={REPORTS}/{}.{ending}", job.file));
    }
    shell::line(&words)
}

/// The command that writes over one target's drift.
pub(super) fn revert(job: &Job<'_>) -> String {
    let words: Vec<String> = ["dashctl".to_owned()]
        .into_iter()
        .chain(Schedule::revert_one(job.target))
        .collect();
    shell::line(&words)
}

/// The script that installs dashctl, where the image doesn't hold it already.
///
/// # Errors
///
/// Neither was given.
pub(super) fn with_image(image: Option<&str>, command: Option<&str>) -> Result<Option<String>, ScheduleError> {
    match (image, command) {
        (Some(_), None) => Ok(None),
        _ => install(command).map(Some),
    }
}

/// The script that installs dashctl, as it was given.
///
/// # Errors
///
/// Nothing was given.
pub(super) fn install(command: Option<&str>) -> Result<String, ScheduleError> {
    match command.map(str::trim) {
        Some(command) if !command.is_empty() => Ok(command.to_owned()),
        _ => Err(ScheduleError::Platform(
            "how dashctl gets onto the machine must be said: with `install:` in the section `schedule:` or --install, such \
             as --install 'cargo install --locked --git URL dashctl'"
                .into(),
        )),
    }
}
