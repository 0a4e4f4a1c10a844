use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::actionlint;
use super::need::{Need, trial};
use super::repository::{HOSTILE, Repository, said};

const GIT: Need = Need {
    name: "git",
    program: "git",
};

pub fn trials() -> Vec<Trial> {
    vec![
        actionlint::trial("actionlint_takes_the_workflows", lint),
        Trial::test("githubs_preview_comments_once_and_ends", github_preview),
        Trial::test("gitlabs_preview_comments_once_and_ends", gitlab_preview),
        Trial::test("what_is_outdated_makes_a_run_red", outdated),
        Trial::test("githubs_steps_check_each_target_with_its_own_token", github),
        trial(
            "githubs_pull_request_is_opened_once_and_writes_over_nobodys_commits",
            &GIT,
            pull_request,
        ),
        Trial::test("gitlabs_job_ends_as_the_worst_of_its_targets", gitlab),
        Trial::test("gitlabs_job_has_only_what_gitlab_documents", keywords),
    ]
}

const TARGETS: [(&str, &str); 2] = [
    (HOSTILE, "https://a.example.com/${{x}}"),
    ("prod", "https://b.example.com"),
];

fn everything() -> Value {
    json!({"cron": "0 6 * * 1-5", "time_zone": "Europe/Berlin", "install": "true # no need\nset -u", "ca_certificate": "tls/ca.pem",
        "receivers": {"pushgateway": "http://p:9091", "alertmanager": "http://a:9093", "webhook": "slack"}})
}

fn lint() -> Result<(), Failed> {
    let flags: [&[&str]; 4] = [
        &[],
        &["--revert"],
        &["--target", "prod", "--pull-request"],
        &["--target", HOSTILE, "--pull-request", "--time-zone", "UTC"],
    ];
    for flags in flags {
        let repository = Repository::new(&TARGETS, &everything());
        repository.schedule(&[&["github", "--out", "."], flags].concat());
        let file = repository.path().join(".github/workflows/dashctl-drift.yml");
        actionlint::reads(&file).map_err(|error| format!("{flags:?}: {}", error.message().unwrap_or_default()))?;
    }
    for (name, flags) in [
        ("outdated", &["--outdated"][..]),
        ("outdated", &["--outdated", "--cron", "1 2 * * *", "--time-zone", "UTC"]),
        ("preview", &["--preview", "--target", "prod"]),
        ("preview", &["--preview", "--target", HOSTILE]),
    ] {
        let repository = Repository::new(&TARGETS, &everything());
        repository.schedule(&[&["github", "--force", "--out", "."], flags].concat());
        let file = repository.path().join(format!(".github/workflows/dashctl-{name}.yml"));
        actionlint::reads(&file).map_err(|error| format!("{flags:?}: {}", error.message().unwrap_or_default()))?;
    }
    Ok(())
}

/// A `dashctl` that plans, and that saves or deletes copies as `$CODES` says.
const PREVIEWING: &str = "printf '%s|' \"$GRAFANA_URL\" \"$GRAFANA_TOKEN\" \"$@\" >> \"$LOG\"; echo >> \"$LOG\"\n\
    case $1 in plan) for word; do case $word in markdown=*) echo '**the plan**' > \"${word#markdown=}\" ;; esac; done; exit \"$OTHER\" ;; esac\n\
    echo 'K/pods: https://grafana.example.com/d/x'\n\
    exit \"$PROD\"";

fn github_preview() -> Result<(), Failed> {
    let machine = Machine::new(
        ".github/workflows/dashctl-preview.yml",
        &["github", "--preview", "--target", HOSTILE],
    );
    machine.program("dashctl", PREVIEWING);
    machine.program(
        "gh",
        "echo \"gh $*\" >> \"$LOG\"; case \"$*\" in *--paginate*) echo \"$KNOWN\" ;; esac",
    );
    let step = |job: &str, name: &str| {
        let steps = machine.file["jobs"][job]["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["name"] == name).unwrap();
        filled_in(step["run"].as_str().unwrap())
    };
    let run = |job: &str, name: &str, codes, known: &str| {
        let _ = std::fs::remove_file(machine.path("log"));
        let variables = [
            ("GRAFANA_URL", "u"),
            ("GRAFANA_TOKEN", "t"),
            ("NUMBER", "12"),
            ("KNOWN", known),
            ("GITHUB_REPOSITORY", "o/r"),
        ];
        machine.run(&["bash", "-e"], &step(job, name), codes, &variables)
    };
    // A plan with differences is what is wanted; one that fails fails the run, after the comment was written.
    for (codes, expected) in [((0, 0), 0), ((2, 0), 0), ((4, 0), 4), ((2, 1), 1)] {
        assert_eq!(run("preview", "Plan and preview", codes, ""), expected, "{codes:?}");
        let comment = machine.read("dashctl-preview/comment.md");
        assert!(
            comment.starts_with("<!-- dashctl preview -->\n") && comment.contains("**the plan**"),
            "{comment}"
        );
        assert!(
            comment.contains("- K/pods: https://grafana.example.com/d/x"),
            "{comment}"
        );
        assert_eq!(comment.contains("Not all copies"), codes.1 != 0);
    }
    let told = machine.told();
    assert_eq!(told[0][2..4], ["plan", &format!("--target={HOSTILE}")]);
    assert_eq!(
        told[1][2..],
        ["preview", "--yes", &format!("--target={HOSTILE}"), "--for=PR-12"]
    );
    run("preview", "Comment", (0, 0), "");
    assert!(
        machine
            .read("log")
            .contains("--method POST repos/o/r/issues/12/comments")
    );
    run("preview", "Comment", (0, 0), "77");
    assert!(
        machine
            .read("log")
            .contains("--method PATCH repos/o/r/issues/comments/77")
    );
    run("end", "Delete the copies", (0, 0), "");
    assert_eq!(
        machine.told()[0][2..],
        ["preview", &format!("--target={HOSTILE}"), "--end=PR-12"]
    );
    let jobs = &machine.file["jobs"];
    for job in ["preview", "end"] {
        let condition = jobs[job]["if"].as_str().unwrap();
        assert!(
            condition.contains("head.repo.full_name == github.repository"),
            "{condition}"
        );
    }
    assert_eq!(
        jobs["preview"]["permissions"],
        json!({"contents": "read", "pull-requests": "write"})
    );
    Ok(())
}

fn gitlab_preview() -> Result<(), Failed> {
    let machine = Machine::new(
        ".gitlab/dashctl-preview.gitlab-ci.yml",
        &["gitlab", "--preview", "--target", HOSTILE],
    );
    machine.program("dashctl", PREVIEWING);
    machine.program(
        "jq",
        "cat > /dev/null; case \"$1\" in -r) echo \"$KNOWN\" ;; *) echo '{\"body\": \"x\"}' ;; esac",
    );
    machine.program("curl", "echo \"curl $*\" >> \"$LOG\"");
    let script = |job: &str| machine.file[job]["script"][0].as_str().unwrap().to_owned();
    let run = |job: &str, codes, token: &str, known: &str| {
        let _ = std::fs::remove_file(machine.path("log"));
        let variables = [
            ("GRAFANA_TOKEN", "t"),
            ("CI_MERGE_REQUEST_IID", "7"),
            ("CI_API_V4_URL", "https://gitlab.example.com/api/v4"),
            ("CI_PROJECT_ID", "3"),
            ("DASHCTL_GITLAB_TOKEN", token),
            ("KNOWN", known),
        ];
        machine.run(&["sh", "-e"], &script(job), codes, &variables)
    };
    assert_eq!(run("dashctl-preview", (2, 0), "", ""), 0);
    let told = machine.told();
    assert_eq!(told[0][..3], ["https://a.example.com/${{x}}", "t", "plan"]);
    assert_eq!(
        told[1][2..],
        ["preview", "--yes", &format!("--target={HOSTILE}"), "--for=MR-7"]
    );
    assert!(!machine.read("log").contains("curl"));
    assert_eq!(run("dashctl-preview", (4, 0), "glpat-x", ""), 4);
    let log = machine.read("log");
    assert!(log.contains("-X POST") && !log.contains("glpat-x"), "{log}");
    assert_eq!(run("dashctl-preview", (0, 0), "glpat-x", "9"), 0);
    assert!(machine.read("log").contains("-X PUT"));
    assert!(machine.read("log").contains("/projects/3/merge_requests/7/notes/9"));
    assert_eq!(run("dashctl-preview-end", (0, 0), "", ""), 0);
    assert_eq!(
        machine.told()[0][2..],
        ["preview", &format!("--target={HOSTILE}"), "--end=MR-7"]
    );
    let environment = &machine.file["dashctl-preview"]["environment"];
    assert_eq!(environment["on_stop"], "dashctl-preview-end");
    assert_eq!(machine.file["dashctl-preview-end"]["environment"]["action"], "stop");
    Ok(())
}

fn outdated() -> Result<(), Failed> {
    let machine = Machine::new(".github/workflows/dashctl-outdated.yml", &["github", "--outdated"]);
    machine.program("dashctl", "printf '%s|' \"$@\" >> \"$LOG\"; exit \"$PROD\"");
    let steps = machine.file["jobs"]["outdated"]["steps"].as_array().unwrap();
    let script = steps
        .iter()
        .find(|step| step["name"] == "Ask for newer revisions")
        .unwrap();
    let script = filled_in(script["run"].as_str().unwrap());
    let summary = machine.path("summary").display().to_string();
    for code in [0, 2, 4] {
        let code_of = machine.run(
            &["bash", "-e"],
            &script,
            (0, code),
            &[("GITHUB_STEP_SUMMARY", &summary)],
        );
        assert_eq!(code_of, code);
    }
    assert!(
        machine
            .read("log")
            .starts_with("outdated|-o|text|-o|json=dashctl-outdated/outdated.json|")
    );
    let machine = Machine::new(
        ".gitlab/dashctl-outdated.gitlab-ci.yml",
        &["gitlab", "--outdated", "--image", "r.example/d:1"],
    );
    let job = &machine.file["dashctl-outdated"];
    assert_eq!(job["allow_failure"], json!({"exit_codes": [2]}));
    assert!(job["rules"][0]["if"].as_str().unwrap().contains("$DASHCTL_OUTDATED"));
    let text = machine.file.to_string();
    assert!(!text.contains("GRAFANA") && !text.contains("DASHCTL_WEBHOOK"), "{text}");
    Ok(())
}

/// A machine of a CI: with a `dashctl` that writes down what it is told, and ends with what `$CODES` says for its target.
struct Machine {
    repository: Repository,
    file: Value,
}

impl Machine {
    fn new(file: &str, arguments: &[&str]) -> Self {
        let repository = Repository::new(&TARGETS, &everything());
        repository.schedule(&[arguments, &["--out", "."]].concat());
        let text = std::fs::read_to_string(repository.path().join(file)).unwrap();
        let file = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let machine = Self { repository, file };
        machine.program(
            "dashctl",
            "printf '%s|' \"$GRAFANA_URL\" \"$GRAFANA_TOKEN\" \"$@\" >> \"$LOG\"; echo >> \"$LOG\"\n\
             for word; do case $word in\n\
             markdown=*) echo summary > \"${word#markdown=}\" ;;\n\
             text|github|markdown|junit|html|json) said=$((said + 1)); test $said = 1 || exit 64 ;;\n\
             --webhook=@*) cat \"${word#--webhook=@}\" >> \"$LOG\"; echo >> \"$LOG\" ;;\n\
             --target=prod) code=$PROD ;; --target=*) code=$OTHER ;;\n\
             esac; done\n\
             test \"$1\" = drift || code=0\n\
             exit \"$code\"",
        );
        machine
    }

    fn program(&self, name: &str, script: &str) {
        let path = self
            .repository
            .write(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.repository.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Runs a script as a CI's shell does; `codes` are the outcomes of the hostile target and of `prod`.
    fn run(&self, shell: &[&str], script: &str, codes: (i32, i32), variables: &[(&str, &str)]) -> i32 {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let output = Command::new(shell[0])
            .args(&shell[1..])
            .arg(self.repository.write("script", script))
            .current_dir(self.repository.path())
            .env("PATH", path)
            .env("LOG", self.path("log"))
            .envs([("OTHER", codes.0.to_string()), ("PROD", codes.1.to_string())])
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        assert!(!self.path("owned").exists(), "a name became a command");
        output.status.code().unwrap_or_else(|| panic!("{}", said(&output)))
    }

    /// What dashctl was told, a line for each time, with its words apart.
    fn told(&self) -> Vec<Vec<String>> {
        let words = |line: &str| line.trim_end_matches('|').split('|').map(str::to_owned).collect();
        self.read("log").lines().map(words).collect()
    }
}

/// What GitHub makes of a text before it is used.
fn filled_in(text: &str) -> String {
    let text = text.replace("${{ '${{' }}", "\u{0}");
    assert!(!text.contains("${{"), "{text}");
    text.replace('\u{0}', "${{")
}

fn github() -> Result<(), Failed> {
    let machine = Machine::new(".github/workflows/dashctl-drift.yml", &["github", "--revert"]);
    let job = &machine.file["jobs"]["drift"];
    let steps = job["steps"].as_array().unwrap();
    let temporary = machine.path("temporary");
    std::fs::create_dir(&temporary)?;
    let mut codes = Vec::new();
    for step in steps.iter().filter(|step| step["run"].is_string()) {
        let mut variables = vec![
            ("RUNNER_TEMP".to_owned(), temporary.display().to_string()),
            ("GITHUB_OUTPUT".to_owned(), machine.path("output").display().to_string()),
            (
                "GITHUB_STEP_SUMMARY".to_owned(),
                machine.path("summary").display().to_string(),
            ),
        ];
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap();
            let secret = value
                .strip_prefix("${{ secrets.")
                .and_then(|rest| rest.strip_suffix(" }}"));
            variables.push((
                name.clone(),
                secret.map_or_else(|| filled_in(value), |name| format!("value of {name}")),
            ));
        }
        let variables: Vec<(&str, &str)> = variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let script = filled_in(step["run"].as_str().unwrap());
        // As GitHub runs a script.
        codes.push(machine.run(&["bash", "-e"], &script, (2, 4), &variables));
    }
    assert_eq!(codes, [0, 0, 4, 2, 0, 0], "install, prepare, two checks, two reverts");
    assert_eq!(machine.read("output"), "code=4\ncode=2\n");
    assert_eq!(machine.read("summary"), "summary\nsummary\n");
    let told = machine.told();
    let (prod, hostile, reverted) = (&told[0], &told[2], &told[4]);
    assert!(hostile[0].starts_with("https://a.example.com/"), "{told:?}");
    assert!(hostile[1].starts_with("value of GRAFANA_TOKEN_X"), "{told:?}");
    assert_eq!(hostile[3], format!("--target={HOSTILE}"));
    assert_eq!(told[1], ["value of DASHCTL_WEBHOOK"]);
    assert_eq!(
        &prod[..4],
        [
            "https://b.example.com",
            "value of GRAFANA_TOKEN_PROD",
            "drift",
            "--target=prod"
        ]
    );
    assert!(prod.contains(&"github".to_owned()) && prod.contains(&"junit=dashctl-drift/prod.xml".to_owned()));
    assert_eq!(reverted[2..], ["apply", "--overwrite-drift", "--yes", "--target=prod"]);
    Ok(())
}

/// Git in the machine's folder, which must do what it is told.
fn git(machine: &Machine, arguments: &[&str]) -> String {
    let who = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    let mut command = Command::new("git");
    command.args(who).args(arguments).current_dir(machine.repository.path());
    let output = command.output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn pull_request() -> Result<(), Failed> {
    let flags = ["github", "--pull-request", "--target", "prod"];
    let machine = Machine::new(".github/workflows/dashctl-drift.yml", &flags);
    let steps = machine.file["jobs"]["pull-request"]["steps"].as_array().unwrap();
    // `already` is how many pull requests of the branch are open.
    let run = |name: &str, already: &str| {
        let step = steps.iter().find(|step| step["name"] == name).unwrap();
        let script = filled_in(step["run"].as_str().unwrap());
        assert_eq!(machine.run(&["bash", "-e"], &script, (0, 0), &[("OPEN", already)]), 0);
        machine.read("log").matches("gh pr create").count()
    };
    let git = |arguments: &[&str]| git(&machine, arguments);
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["init", "--quiet", "--bare", "remote"]);
    git(&["remote", "add", "origin", "remote"]);
    git(&["add", "dashctl.yaml"]);
    git(&["commit", "--quiet", "--message=first"]);
    let script = "echo \"gh $*\" >> \"$LOG\"; case $2 in list) echo \"$OPEN\" ;; esac";
    machine.program("gh", script);
    run("Pull into a branch", "0");
    let pulled = ["pull", "--commit", "--branch=dashctl/drift", "--target=prod"];
    assert_eq!(machine.told()[0][2..], pulled);
    let open = "Open or update the pull request";
    assert_eq!(run(open, "0"), 0, "there is nothing to pull");
    git(&["branch", "dashctl/drift"]);
    assert_eq!(run(open, "0"), 0, "a branch without a commit of its own");
    git(&["switch", "--quiet", "dashctl/drift"]);
    git(&["commit", "--quiet", "--allow-empty", "--message=version 3 by ann"]);
    git(&["switch", "--quiet", "main"]);
    assert_eq!(run(open, "0"), 1);
    let remote = git(&["--git-dir=remote", "rev-parse", "dashctl/drift"]);
    assert_eq!(git(&["rev-parse", "dashctl/drift"]), remote);
    git(&["fetch", "--quiet", "origin"]);
    assert_eq!(run(open, "1"), 1, "it is open already");
    // A reviewer adds a commit to the branch: the next run sees it, and dashctl then leaves the branch alone.
    git(&["clone", "--quiet", "--branch=dashctl/drift", "remote", "reviewer"]);
    let review = [
        "-C",
        "reviewer",
        "commit",
        "--quiet",
        "--allow-empty",
        "--message=a review",
    ];
    git(&review);
    git(&["-C", "reviewer", "push", "--quiet", "origin", "dashctl/drift"]);
    git(&["fetch", "--quiet", "origin"]);
    run("Pull into a branch", "1");
    let remote = || git(&["--git-dir=remote", "rev-parse", "dashctl/drift"]);
    assert_eq!(git(&["rev-parse", "dashctl/drift"]), remote());
    // One who adds it just then loses nothing either.
    git(&review);
    git(&["-C", "reviewer", "push", "--quiet", "origin", "dashctl/drift"]);
    let theirs = remote();
    let step = steps.iter().find(|step| step["name"] == open).unwrap();
    let script = filled_in(step["run"].as_str().unwrap());
    git(&["branch", "--force", "dashctl/drift", "dashctl/drift~1"]);
    assert_ne!(machine.run(&["bash", "-e"], &script, (0, 0), &[("OPEN", "1")]), 0);
    assert_eq!(remote(), theirs);
    Ok(())
}

fn gitlab() -> Result<(), Failed> {
    let machine = Machine::new(".gitlab/dashctl-drift.gitlab-ci.yml", &["gitlab", "--revert"]);
    let job = &machine.file["dashctl-drift"];
    let script = job["script"][0].as_str().unwrap();
    let tokens = machine.file["dashctl-drift"].to_string();
    let hostile_token = tokens
        .split("\\\"$")
        .find_map(|rest| rest.strip_prefix("GRAFANA_TOKEN_X"))
        .unwrap();
    let hostile_token = format!("GRAFANA_TOKEN_X{}", hostile_token.split('\\').next().unwrap());
    let variables = [
        ("GRAFANA_TOKEN_PROD", "token of prod"),
        (hostile_token.as_str(), "the other token"),
        ("DASHCTL_WEBHOOK", "https://hooks.example.com/x"),
    ];
    let outcomes = [
        ((0, 0), 0),
        ((2, 0), 2),
        ((0, 2), 2),
        ((1, 2), 1),
        ((2, 1), 1),
        ((2, 4), 4),
        ((3, 0), 3),
        ((0, 64), 64),
    ];
    // As GitLab's runners run a script, with and without bash.
    for shell in [&["bash", "-eo", "pipefail"][..], &["sh", "-e"]] {
        for (codes, expected) in outcomes {
            let _ = std::fs::remove_file(machine.path("log"));
            assert_eq!(
                machine.run(shell, script, codes, &variables),
                expected,
                "{shell:?} {codes:?}"
            );
            let told = machine.told();
            let of = |verb: &str| {
                told.iter()
                    .filter(|words| words.get(2).is_some_and(|word| word == verb))
                    .count()
            };
            let reverted = [codes.0, codes.1].iter().filter(|code| **code == 2).count();
            assert_eq!((of("drift"), of("apply")), (2, reverted), "{told:?}");
            assert_eq!(told[0][1], "token of prod");
            let other = told
                .iter()
                .find(|words| words[1..].contains(&format!("--target={HOSTILE}")))
                .unwrap();
            assert_eq!(other[1], "the other token");
            assert_eq!(told[1], ["https://hooks.example.com/x"]);
        }
    }
    Ok(())
}

/// Keywords and their forms from GitLab's CI/CD YAML syntax reference.
fn keywords() -> Result<(), Failed> {
    for arguments in [
        &["gitlab"][..],
        &["gitlab", "--image", "registry.example.com/dashctl:1"],
    ] {
        let machine = Machine::new(".gitlab/dashctl-drift.gitlab-ci.yml", arguments);
        let jobs = machine.file.as_object().unwrap();
        assert_eq!(jobs.keys().collect::<Vec<_>>(), ["dashctl-drift"]);
        let known = [
            "image",
            "rules",
            "resource_group",
            "timeout",
            "variables",
            "before_script",
            "script",
            "allow_failure",
            "artifacts",
        ];
        let job = &jobs["dashctl-drift"];
        for key in job.as_object().unwrap().keys() {
            assert!(known.contains(&key.as_str()), "{key}");
        }
        assert_eq!(job["allow_failure"], json!({"exit_codes": [2]}));
        assert!(job["script"].as_array().unwrap().iter().all(Value::is_string));
        assert!(
            job["rules"][0]["if"]
                .as_str()
                .unwrap()
                .starts_with("$CI_PIPELINE_SOURCE == \"schedule\"")
        );
        assert!(job["timeout"].as_str().unwrap().ends_with(" minutes"));
        assert_eq!(job["artifacts"]["reports"]["junit"], "dashctl-drift/*.xml");
        assert_eq!(job["image"].is_null(), arguments.len() == 1);
    }
    Ok(())
}
