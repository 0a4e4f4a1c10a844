//! The check as a workflow of GitHub Actions.

use serde_json::{Value, json};

use super::ci::{self, Job, REPORTS};
use super::{Rendered, Schedule, ScheduleError};
use crate::shell;
use crate::template::Templates;

/// Every template with its text.
const TEMPLATES: &[(&str, &str)] = &[("github.yml", include_str!("../../templates/schedule/github.yml.hbs"))];

/// The shortest pause that GitHub keeps to, in minutes.
const SHORTEST: u32 = 5;
/// The branch that takes what others changed.
const BRANCH: &str = "dashctl/drift";

/// What only a workflow has.
#[derive(Debug, Clone, Default)]
pub struct Workflow {
    /// The command that installs dashctl.
    pub install: Option<String>,
    /// Whether what others changed is offered as a pull request.
    pub pull_request: bool,
}

/// Renders the workflow.
///
/// # Errors
///
/// What GitHub can't do, or must be told.
pub fn render(schedule: &Schedule, workflow: &Workflow) -> Result<Rendered, ScheduleError> {
    if schedule.cron.shortest_pause() < SHORTEST {
        return Err(ScheduleError::Platform(format!(
            "GitHub runs nothing more often than every {SHORTEST} minutes, and {} does; say `every: 5m` or more",
            schedule.cron
        )));
    }
    let jobs = ci::jobs(schedule)?;
    let pull_request = match workflow.pull_request {
        true => pull_request(&jobs, schedule.revert)?,
        false => Value::Null,
    };
    let checks: Vec<Value> = jobs.iter().map(|job| check(schedule, job)).collect();
    let reverts: Vec<Value> = match schedule.revert {
        true => jobs.iter().map(revert).collect(),
        false => Vec::new(),
    };
    let mut secrets: Vec<&str> = jobs.iter().map(|job| job.secret.as_str()).collect();
    if schedule.receivers.webhook.is_some() {
        secrets.push("and DASHCTL_WEBHOOK, the webhook's URL");
    }
    let values = json!({
        "secrets": secrets.join(", "),
        "cron": schedule.cron.to_string(),
        // Older GitHub servers don't know the key, and it says nothing new.
        "time_zone": (schedule.time_zone != "UTC").then_some(&schedule.time_zone),
        "ca_certificate": schedule.ca_certificate,
        "timeout": schedule.deadline().div_ceil(60).max(10),
        "output": expression(&format!("steps.{}.outputs.code", id(&jobs[0]))),
        "always": expression("!cancelled()"),
        "install": ci::install(workflow.install.as_deref())?,
        "webhook": schedule.receivers.webhook.is_some(),
        "webhook_secret": secret("DASHCTL_WEBHOOK"),
        "prepare": prepare(schedule),
        "checks": checks,
        "reverts": reverts,
        "pull_request": pull_request,
    });
    Ok(Rendered {
        path: ".github/workflows/dashctl-drift.yml".into(),
        text: Templates::new(TEMPLATES)?.text("github.yml", &values)?,
    })
}

/// What somebody does by hand, once.
///
/// # Errors
///
/// As [`render`].
pub fn by_hand(schedule: &Schedule) -> Result<String, ScheduleError> {
    let mut text = "Once, for each secret (the value is read from a file, and stands in no command line):\n".to_owned();
    for job in ci::jobs(schedule)? {
        text.push_str(&format!("  gh secret set {} < TOKEN_FILE\n", job.secret));
    }
    if schedule.receivers.webhook.is_some() {
        text.push_str("  gh secret set DASHCTL_WEBHOOK < URL_FILE\n");
    }
    Ok(text)
}

fn expression(text: &str) -> String {
    format!("${{{{ {text} }}}}")
}

fn secret(name: &str) -> String {
    expression(&format!("secrets.{name}"))
}

/// GitHub fills in `${{ … }}` wherever it stands in a workflow: what is not meant so is written as an expression of itself.
fn plain(text: &str) -> String {
    text.replace("${{", "${{ '${{' }}")
}

/// Runs a command whose words are partly Grafana's: GitHub takes none of them for commands of its own.
fn unheeded(command: &str) -> String {
    format!(
        "stop=$(cat /proc/sys/kernel/random/uuid)\n\
         echo \"::stop-commands::$stop\"\n\
         code=0\n{command} || code=$?\n\
         echo \"::$stop::\"\n\
         exit \"$code\""
    )
}

fn id(job: &Job<'_>) -> String {
    format!("check-{}", job.file)
}

fn prepare(schedule: &Schedule) -> String {
    let folder = format!("mkdir -p {REPORTS}");
    match schedule.receivers.webhook {
        None => folder,
        Some(_) => format!("{folder}\numask 077\nprintf '%s' \"$DASHCTL_WEBHOOK\" > \"$RUNNER_TEMP/dashctl-webhook\""),
    }
}

fn check(schedule: &Schedule, job: &Job<'_>) -> Value {
    // Standard output is where GitHub looks for its own commands, so nothing else is written there.
    let text = format!("text={REPORTS}/{}.txt", job.file);
    let mut command = ci::check(schedule, job, &["-o", "github", "-o", &text]);
    if let Some(webhook) = schedule.receivers.webhook {
        let template = webhook.name();
        command.push_str(&format!(
            " --webhook=\"@$RUNNER_TEMP/dashctl-webhook\" --webhook-template={template}"
        ));
    }
    let summary = format!("{REPORTS}/{}.md", job.file);
    let script = format!(
        "code=0\n{command} || code=$?\n\
         # A check that could not begin has written no summary.\n\
         if [ -f {summary} ]; then cat {summary} >> \"$GITHUB_STEP_SUMMARY\"; fi\n\
         echo \"code=$code\" >> \"$GITHUB_OUTPUT\"\n\
         exit \"$code\""
    );
    json!({
        "name": plain(&format!("Check {}", job.target.name)),
        "id": id(job),
        // A target that differs doesn't keep the next from being checked.
        "condition": expression("!cancelled() && steps.prepare.outcome == 'success'"),
        "url": plain(&job.target.url),
        "token": secret(&job.secret),
        "script": plain(&script),
    })
}

fn revert(job: &Job<'_>) -> Value {
    json!({
        "name": plain(&format!("Write over the drift of {}", job.target.name)),
        "condition": expression(&format!("!cancelled() && steps.{}.outputs.code == '2'", id(job))),
        "url": plain(&job.target.url),
        "token": secret(&job.secret),
        "script": plain(&unheeded(&ci::revert(job))),
    })
}

fn pull_request(jobs: &[Job<'_>], revert: bool) -> Result<Value, ScheduleError> {
    let [job] = jobs else {
        return Err(ScheduleError::Platform(
            "a pull request takes what was changed on one Grafana, and several targets are meant: say which with --target \
             NAME"
                .into(),
        ));
    };
    if revert {
        return Err(ScheduleError::Platform(
            "what others changed is either written over (revert) or offered as a pull request, not both".into(),
        ));
    }
    let pull = [
        "dashctl".to_owned(),
        "pull".to_owned(),
        "--commit".to_owned(),
        format!("--branch={BRANCH}"),
        format!("--target={}", job.target.name),
    ];
    let remote = format!("refs/remotes/origin/{BRANCH}");
    let begin = format!(
        "git config user.name 'github-actions[bot]'\n\
         git config user.email '41898282+github-actions[bot]@users.noreply.github.com'\n\
         # dashctl leaves a branch alone to which somebody has added commits: it must see them.\n\
         if git rev-parse --verify --quiet {remote} > /dev/null; then git branch --force {BRANCH} {remote}; fi"
    );
    let open = format!(
        "if ! git rev-parse --verify --quiet refs/heads/{BRANCH} > /dev/null || [ \"$(git rev-list --count HEAD..{BRANCH})\" = 0 ]; then\n\
         \x20 echo 'There is nothing to pull.'\n\
         \x20 exit 0\n\
         fi\n\
         # Only what was seen above is written over.\n\
         seen=$(git rev-parse --verify --quiet {remote} || true)\n\
         git push --force-with-lease=\"{BRANCH}:$seen\" origin {BRANCH}\n\
         if [ \"$(gh pr list --head {BRANCH} --state open --json number --jq length)\" = 0 ]; then\n\
         \x20 gh pr create --head {BRANCH} --title 'Changes made in Grafana' \\\n\
         \x20   --body 'Each commit is a version that somebody saved in Grafana. Merging it makes them the desired state.'\n\
         fi"
    );
    Ok(json!({
        "condition": expression("!cancelled() && (needs.drift.outputs.code == '2' || needs.drift.outputs.code == '4')"),
        "url": plain(&job.target.url),
        "token": secret(&job.secret),
        "gh_token": expression("github.token"),
        // A dashboard that changed on both sides fails the step above, and doesn't keep the others back.
        "always": expression("!cancelled()"),
        "pull": plain(&format!("{begin}\n{}", unheeded(&shell::line(&pull)))),
        "open": open,
    }))
}

#[cfg(test)]
mod tests {
    use super::super::tests::schedule;
    use super::*;

    fn workflow() -> Workflow {
        Workflow {
            install: Some("cargo install dashctl".into()),
            pull_request: false,
        }
    }

    fn document(yaml: &str, names: &[&str], workflow: &Workflow) -> Value {
        let text = render(&schedule(yaml, names), workflow).unwrap().text;
        serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    #[test]
    fn a_hostile_name_is_neither_an_expression_nor_a_command_nor_yaml() {
        let name = "x${{ secrets.A }}'; curl evil #\"";
        let made = document("{revert: true}", &[name], &workflow());
        let step = &made["jobs"]["drift"]["steps"][3];
        let filled = |text: &Value| text.as_str().unwrap().replace("${{ '${{' }}", "\u{0}");
        assert_eq!(filled(&step["name"]), format!("Check {}", name.replace("${{", "\u{0}")));
        assert!(
            filled(&step["run"]).contains("'--target=x\u{0} secrets.A }}'\\''; curl evil #\"'"),
            "{step}"
        );
        assert!(!filled(&step["run"]).contains("${{"));
        assert_eq!(step["env"]["GRAFANA_TOKEN"], "${{ secrets.GRAFANA_TOKEN }}");
        let revert = filled(&made["jobs"]["drift"]["steps"][4]["run"]);
        let (stop, command) = (revert.find("::stop-commands::$stop"), revert.find("dashctl apply"));
        assert!(stop.is_some() && stop < command, "{revert}");
    }

    #[test]
    fn a_job_may_do_no_more_than_it_must() {
        let open = Workflow {
            pull_request: true,
            ..workflow()
        };
        let made = document("{time_zone: Europe/Berlin}", &["a"], &open);
        assert_eq!(made["permissions"], json!({}));
        assert_eq!(made["jobs"]["drift"]["permissions"], json!({"contents": "read"}));
        assert_eq!(
            made["jobs"]["pull-request"]["permissions"],
            json!({"contents": "write", "pull-requests": "write"})
        );
        assert_eq!(made["on"]["schedule"][0]["timezone"], "Europe/Berlin");
        for job in ["drift", "pull-request"] {
            for step in made["jobs"][job]["steps"].as_array().unwrap() {
                let script = step["run"].as_str().unwrap_or_default();
                assert!(
                    !script.contains("${{"),
                    "a value of GitHub's is put into a script: {script}"
                );
                if let Some(action) = step["uses"].as_str() {
                    let commit = action.split_once('@').unwrap().1;
                    assert!(
                        commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()),
                        "{action}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_github_cannot_do_is_said() {
        let error = |yaml: &str, names: &[&str], workflow: &Workflow| {
            let rendered = render(&schedule(yaml, names), workflow);
            rendered.unwrap_err().to_string()
        };
        assert!(error("{every: 4m}", &["a"], &workflow()).contains("every 5 minutes"));
        assert!(error("{}", &["a"], &Workflow::default()).contains("--install"));
        assert!(error("{}", &["a b", "a-b"], &workflow()).contains("can't be told apart"));
        let open = Workflow {
            pull_request: true,
            ..workflow()
        };
        assert!(error("{}", &["a", "b"], &open).contains("--target"));
        assert!(error("{revert: true}", &["a"], &open).contains("not both"));
    }
}
