//! Previews of pull and merge requests, as a workflow of GitHub and jobs of GitLab CI.

use serde_json::json;

use super::{Rendered, ScheduleError, Target, ci};
use crate::shell;
use crate::template::Templates;

const TEMPLATES: &[(&str, &str)] = &[
    (
        "github",
        include_str!("../../templates/schedule/preview.github.yml.hbs"),
    ),
    (
        "gitlab",
        include_str!("../../templates/schedule/preview.gitlab.yml.hbs"),
    ),
];

/// The folder that the plan and the comment are written into.
const FOLDER: &str = "dashctl-preview";
/// By this line a comment is found again.
const MARK: &str = "<!-- dashctl preview -->";
/// Longer comments are refused: GitHub takes 65,536 characters, GitLab a million.
const LONGEST: usize = 60_000;
const SECRET: &str = "GRAFANA_TOKEN";

/// Whose scratch copies are made, and how dashctl gets there.
#[derive(Debug, Clone, Default)]
pub struct PreviewJob {
    /// The image of GitLab's jobs.
    pub image: Option<String>,
    /// The command that installs dashctl.
    pub install: Option<String>,
    /// The file with the certificate authority to trust.
    pub ca_certificate: Option<String>,
}

fn expression(text: &str) -> String {
    format!("${{{{ {text} }}}}")
}

/// Plans, saves the copies, and writes the comment: with what the plan says where the preview fails, too. `name` is what the copies
/// are kept for, as the shell sees it.
fn script(target: &Target, name: &str) -> String {
    let line = |words: &[&str]| shell::line(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    let of_target = format!("--target={}", target.name);
    let plan = line(&[
        "dashctl",
        "plan",
        &of_target,
        "-o",
        &format!("markdown={FOLDER}/plan.md"),
    ]);
    let preview = line(&["dashctl", "preview", "--yes", &of_target]);
    format!(
        "mkdir -p {FOLDER}\n\
         # A difference (2) is what a plan is for.\n\
         planned=0\n\
         {plan} || planned=$?\n\
         code=0\n\
         {preview} --for=\"{name}\" > {FOLDER}/copies.txt || code=$?\n\
         {{\n\
         \x20 echo '{MARK}'\n\
         \x20 echo '### Dashboard preview'\n\
         \x20 echo\n\
         \x20 if [ \"$code\" != 0 ]; then echo 'Not all copies could be saved: the log of the job says why.'; echo; fi\n\
         \x20 sed 's/^/- /' {FOLDER}/copies.txt\n\
         \x20 echo\n\
         \x20 if [ -s {FOLDER}/plan.md ]; then head -c {LONGEST} {FOLDER}/plan.md; fi\n\
         }} > {FOLDER}/comment.md\n\
         case $planned in 0 | 2) ;; *) exit \"$planned\" ;; esac\n\
         exit \"$code\""
    )
}

fn end(target: &Target, name: &str) -> String {
    let words = [
        "dashctl".to_owned(),
        "preview".to_owned(),
        format!("--target={}", target.name),
    ];
    format!("{} --end=\"{name}\"", shell::line(&words))
}

/// GitHub fills in `${{ … }}` wherever it stands in a workflow.
fn plain(text: &str) -> String {
    text.replace("${{", "${{ '${{' }}")
}

/// The workflow: a preview while the pull request is open, and its end when it is closed.
///
/// # Errors
///
/// No command that installs dashctl.
pub fn github(target: &Target, job: &PreviewJob) -> Result<Rendered, ScheduleError> {
    let own = "github.event.pull_request.head.repo.full_name == github.repository";
    let comment = format!(
        "test -s {FOLDER}/comment.md || exit 0\n\
         id=$(gh api --paginate \"repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments\" \\\n\
         \x20 --jq '.[] | select(.body | startswith(\"{MARK}\")) | .id' | head -n 1)\n\
         if [ -n \"$id\" ]; then\n\
         \x20 gh api --method PATCH \"repos/$GITHUB_REPOSITORY/issues/comments/$id\" -F body=@{FOLDER}/comment.md > /dev/null\n\
         else\n\
         \x20 gh api --method POST \"repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments\" -F body=@{FOLDER}/comment.md > /dev/null\n\
         fi"
    );
    let values = json!({
        "secret_name": SECRET,
        "ca_certificate": job.ca_certificate,
        "group": format!("dashctl-preview-{}", expression("github.event.pull_request.number")),
        "is_open": expression(&format!("github.event.action != 'closed' && {own}")),
        "is_closed": expression(&format!("github.event.action == 'closed' && {own}")),
        "comments": expression("!cancelled() && steps.preview.outcome != 'skipped'"),
        "install": ci::install(job.install.as_deref())?,
        "url": plain(&target.url),
        "token": expression(&format!("secrets.{SECRET}")),
        "gh_token": expression("github.token"),
        "number": expression("github.event.pull_request.number"),
        "script": plain(&script(target, "PR-$NUMBER")),
        "comment": comment,
        "end": plain(&end(target, "PR-$NUMBER")),
    });
    Ok(Rendered {
        path: ".github/workflows/dashctl-preview.yml".into(),
        text: Templates::new(TEMPLATES)?.text("github", &values)?,
    })
}

/// What somebody does by hand, once, for GitHub.
pub fn github_by_hand() -> String {
    format!(
        "Once (the value is read from a file, and stands in no command line):\n  gh secret set {SECRET} < TOKEN_FILE\nPull requests from \
         other repositories get no secrets, and no preview.\n"
    )
}

/// The jobs: a preview of each merge request, and its end, which GitLab runs when the merge request is closed or merged.
///
/// # Errors
///
/// Neither an image nor a command that installs dashctl.
pub fn gitlab(target: &Target, job: &PreviewJob) -> Result<Rendered, ScheduleError> {
    // Variables before a command are in its environment only, and in no list of processes.
    let access = format!(
        "export GRAFANA_URL={} GRAFANA_TOKEN=\"${SECRET}\"",
        shell::quoted(&target.url)
    );
    let comment = format!(
        "code=0\n( {} ) || code=$?\n\
         if [ -z \"$DASHCTL_GITLAB_TOKEN\" ]; then\n\
         \x20 cat {FOLDER}/comment.md\n\
         else\n\
         \x20 notes=\"$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes\"\n\
         \x20 # The token goes by a file, which no list of processes shows.\n\
         \x20 header=$(mktemp)\n\
         \x20 trap 'rm -f \"$header\"' EXIT\n\
         \x20 printf 'PRIVATE-TOKEN: %s' \"$DASHCTL_GITLAB_TOKEN\" > \"$header\"\n\
         \x20 jq -Rs '{{body: .}}' {FOLDER}/comment.md > {FOLDER}/note.json\n\
         \x20 id=$(curl -fsS -H @\"$header\" \"$notes?per_page=100\" | jq -r '[.[] | select(.body | startswith(\"{MARK}\"))][0].id // empty')\n\
         \x20 if [ -n \"$id\" ]; then method=PUT notes=$notes/$id; else method=POST; fi\n\
         \x20 curl -fsS -X \"$method\" -H @\"$header\" -H 'Content-Type: application/json' --data @{FOLDER}/note.json \"$notes\" > /dev/null\n\
         fi\n\
         exit \"$code\"",
        script(target, "MR-$CI_MERGE_REQUEST_IID")
    );
    let values = json!({
        "secret_name": SECRET,
        "ca_certificate": job.ca_certificate,
        "image": job.image,
        "install": ci::with_image(job.image.as_deref(), job.install.as_deref())?,
        "script": format!("{access}\n{comment}"),
        "end": format!("{access}\n{}", end(target, "MR-$CI_MERGE_REQUEST_IID")),
    });
    Ok(Rendered {
        path: ".gitlab/dashctl-preview.gitlab-ci.yml".into(),
        text: Templates::new(TEMPLATES)?.text("gitlab", &values)?,
    })
}

/// What somebody does by hand, once, for GitLab.
pub fn gitlab_by_hand() -> String {
    format!(
        "Include the file in .gitlab-ci.yml, and make the variables that its comment names (Settings > CI/CD > Variables): {SECRET} and, \
         for the comment, DASHCTL_GITLAB_TOKEN. They must reach pipelines of merge requests, so they can't be protected.\n"
    )
}
