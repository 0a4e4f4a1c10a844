//! The check as a job of GitLab CI.

use serde_json::json;

use super::ci::{self, REPORTS};
use super::{Rendered, Schedule, ScheduleError};
use crate::shell;
use crate::template::Templates;

/// Every template with its text.
const TEMPLATES: &[(&str, &str)] = &[("gitlab.yml", include_str!("../../templates/schedule/gitlab.yml.hbs"))];

/// Renders the job.
///
/// # Errors
///
/// Neither an image nor a command that installs dashctl, or targets that a CI can't tell apart.
pub fn render(schedule: &Schedule, image: Option<&str>, install: Option<&str>) -> Result<Rendered, ScheduleError> {
    let install = ci::with_image(image, install)?;
    let mut secrets: Vec<String> = ci::jobs(schedule)?.into_iter().map(|job| job.secret).collect();
    if schedule.receivers.webhook.is_some() {
        secrets.push("and DASHCTL_WEBHOOK, the webhook's URL".into());
    }
    let values = json!({
        "cron": schedule.cron.to_string(),
        "time_zone": schedule.time_zone,
        "secrets": secrets.join(", "),
        "image": image,
        "ca_certificate": schedule.ca_certificate,
        "install": install,
        "timeout": schedule.deadline().div_ceil(60).max(10).to_string(),
        "script": script(schedule)?,
    });
    Ok(Rendered {
        path: ".gitlab/dashctl-drift.gitlab-ci.yml".into(),
        text: Templates::new(TEMPLATES)?.text("gitlab.yml", &values)?,
    })
}

/// What somebody does by hand, once.
pub fn by_hand(schedule: &Schedule) -> String {
    format!(
        "Include the file in .gitlab-ci.yml, make the variables that its comment names (Settings > CI/CD > Variables), and a \
         pipeline schedule (Build > Pipeline schedules) with the cron {}, the time zone {} and the variable \
         DASHCTL_DRIFT=true.\n",
        schedule.cron, schedule.time_zone
    )
}

/// Each target is checked, whatever became of the one before; the worst outcome is the job's.
fn script(schedule: &Schedule) -> Result<String, ScheduleError> {
    let mut script = format!("mkdir -p {REPORTS}\nworst=0\n");
    if schedule.receivers.webhook.is_some() {
        script.push_str(
            "webhook=$(mktemp)\ntrap 'rm -f \"$webhook\"' EXIT\nprintf '%s' \"$DASHCTL_WEBHOOK\" > \"$webhook\"\n",
        );
    }
    script.push_str(
        "# A failure (1, 3, 4) is worse than a difference (2).\n\
         note() { case \"$worst:$1\" in *:0 | [!02]*:*) ;; *) worst=$1 ;; esac; }\n",
    );
    for job in ci::jobs(schedule)? {
        let mut command = ci::check(schedule, &job, &["-o", "text"]);
        if let Some(webhook) = schedule.receivers.webhook {
            command.push_str(&format!(
                " --webhook=\"@$webhook\" --webhook-template={}",
                webhook.name()
            ));
        }
        // Variables before a command are in its environment only, and in no list of processes.
        let access = format!(
            "GRAFANA_URL={} GRAFANA_TOKEN=\"${}\"",
            shell::quoted(&job.target.url),
            job.secret
        );
        script.push_str(&format!("code=0\n{access} {command} || code=$?\nnote \"$code\"\n"));
        if schedule.revert {
            let revert = ci::revert(&job);
            script.push_str(&format!(
                "if [ \"$code\" = 2 ]; then\n  code=0\n  {access} {revert} || code=$?\n  note \"$code\"\nfi\n"
            ));
        }
    }
    script.push_str("exit \"$worst\"");
    Ok(script)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::tests::schedule;
    use super::*;

    #[test]
    fn a_hostile_name_is_neither_a_command_nor_yaml() {
        let schedule = schedule("{}", &["x'; curl evil #\": - $A"]);
        let text = render(&schedule, Some("r.example/d:1"), None).unwrap().text;
        let made: Value = serde_saphyr::from_str(&text).unwrap();
        let script = made["dashctl-drift"]["script"][0].as_str().unwrap();
        assert!(script.contains("'--target=x'\\''; curl evil #\": - $A'"), "{script}");
    }

    #[test]
    fn dashctl_comes_with_the_image_or_is_installed() {
        let schedule = schedule("{}", &["a"]);
        let made = |image, install| -> Value {
            serde_saphyr::from_str(&render(&schedule, image, install).unwrap().text).unwrap()
        };
        let with_image = &made(Some("r.example/d:1"), None)["dashctl-drift"];
        assert_eq!(
            with_image["image"],
            json!({"name": "r.example/d:1", "entrypoint": [""]})
        );
        assert!(with_image["before_script"].is_null());
        let installed = &made(None, Some("cargo install x\n"))["dashctl-drift"];
        assert_eq!(installed["before_script"], json!(["cargo install x"]));
        assert!(
            render(&schedule, None, None)
                .unwrap_err()
                .to_string()
                .contains("--install")
        );
    }
}
