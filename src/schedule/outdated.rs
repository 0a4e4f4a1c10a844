//! The question for newer revisions that is asked by itself, as a workflow of GitHub and a job of GitLab CI. As a CronJob and a
//! systemd timer it differs from the drift check in its command only.

use serde_json::json;

use super::{Rendered, Schedule, ScheduleError, ci};
use crate::template::Templates;

const TEMPLATES: &[(&str, &str)] = &[
    (
        "github",
        include_str!("../../templates/schedule/outdated.github.yml.hbs"),
    ),
    (
        "gitlab",
        include_str!("../../templates/schedule/outdated.gitlab.yml.hbs"),
    ),
];

/// The folder that a run's report is written into.
const FOLDER: &str = "dashctl-outdated";

fn script(markdown: &str) -> String {
    // The step's end is dashctl's: red, or a warning, where something is outdated.
    format!("mkdir -p {FOLDER}\ndashctl outdated -o text -o json={FOLDER}/outdated.json -o markdown={markdown}")
}

/// The workflow.
///
/// # Errors
///
/// No command that installs dashctl.
pub fn github(schedule: &Schedule, install: Option<&str>) -> Result<Rendered, ScheduleError> {
    let values = json!({
        "cron": schedule.cron.to_string(),
        "time_zone": (schedule.time_zone != "UTC").then_some(&schedule.time_zone),
        "install": ci::install(install)?,
        "script": script("\"$GITHUB_STEP_SUMMARY\""),
        "always": "${{ !cancelled() }}",
    });
    Ok(Rendered {
        path: ".github/workflows/dashctl-outdated.yml".into(),
        text: Templates::new(TEMPLATES)?.text("github", &values)?,
    })
}

/// The job.
///
/// # Errors
///
/// Neither an image nor a command that installs dashctl.
pub fn gitlab(schedule: &Schedule, image: Option<&str>, install: Option<&str>) -> Result<Rendered, ScheduleError> {
    let values = json!({
        "cron": schedule.cron.to_string(),
        "time_zone": schedule.time_zone,
        "image": image,
        "install": ci::with_image(image, install)?,
        "script": script(&format!("{FOLDER}/outdated.md")),
    });
    Ok(Rendered {
        path: ".gitlab/dashctl-outdated.gitlab-ci.yml".into(),
        text: Templates::new(TEMPLATES)?.text("gitlab", &values)?,
    })
}

/// What somebody does by hand, once, for GitLab.
pub fn gitlab_by_hand(schedule: &Schedule) -> String {
    format!(
        "Include the file in .gitlab-ci.yml, and make a pipeline schedule (Build > Pipeline schedules) with the cron {}, the time zone \
         {} and the variable DASHCTL_OUTDATED=true.\n",
        schedule.cron, schedule.time_zone
    )
}
