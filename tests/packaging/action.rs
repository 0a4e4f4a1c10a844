//! `action.yml`, whose steps are run as GitHub runs them: each by bash, with its inputs in the environment.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use tempfile::TempDir;

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("the_action_installs_only_what_its_sum_says", install),
        Trial::test(
            "the_action_ends_as_dashctl_does_and_keeps_the_token_to_the_environment",
            run,
        ),
        Trial::test(
            "the_actions_inputs_are_all_used_and_reach_scripts_by_the_environment",
            inputs,
        ),
    ]
}

fn action() -> Value {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

fn script(step: &str) -> String {
    let action = action();
    let steps = action["runs"]["steps"].as_array().unwrap();
    let step = steps.iter().find(|found| found["name"] == step).unwrap();
    step["run"].as_str().unwrap().to_owned()
}

/// A runner with programs of its own.
struct Runner {
    folder: TempDir,
}

struct Ended {
    code: Option<i32>,
    said: String,
}

impl Runner {
    fn new(programs: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, script) in programs {
            let path = folder.path().join("bin").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, format!("#!/bin/bash\n{script}\n")).unwrap();
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { folder }
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    fn step(&self, step: &str, variables: &[(&str, &str)]) -> Ended {
        let at = |name: &str| self.folder.path().join(name).to_str().unwrap().to_owned();
        let path = format!("{}:{}", at("bin"), std::env::var("PATH").unwrap());
        let usual = [
            ("PATH", path),
            ("RUNNER_TEMP", at("")),
            ("GITHUB_PATH", at("path")),
            ("GITHUB_OUTPUT", at("output")),
            ("GITHUB_STEP_SUMMARY", at("summary")),
            ("LOG", at("log")),
        ];
        let ran = Command::new("bash")
            // As GitHub does it.
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &script(step)])
            .current_dir(self.folder.path())
            .envs(usual)
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        Ended {
            code: ran.status.code(),
            said: format!(
                "{}{}",
                String::from_utf8_lossy(&ran.stdout),
                String::from_utf8_lossy(&ran.stderr)
            ),
        }
    }
}

/// Downloads what `$RELEASE` holds.
const GH: &str = r#"echo "$@" >> "$LOG"
while [ $# -gt 0 ]; do if [ "$1" = --dir ]; then folder=$2; fi; shift; done
cp "$RELEASE"/* "$folder"/"#;

fn install() -> Result<(), Failed> {
    let runner = Runner::new(&[("gh", GH)]);
    let release = runner.folder.path().join("release");
    let packed = "dashctl-1.2.3-x86_64-unknown-linux-musl";
    std::fs::create_dir_all(release.join(packed))?;
    std::fs::write(release.join(packed).join("dashctl"), "#!/bin/sh\necho it is\n")?;
    let made = Command::new("bash")
        .args([
            "-ec",
            &format!("tar -czf {packed}.tar.gz {packed} && rm -r {packed} && sha256sum *.tar.gz > SHA256SUMS"),
        ])
        .current_dir(&release)
        .status()?;
    assert!(made.success());
    let variables = [
        ("RUNNER_OS", "Linux"),
        ("RUNNER_ARCH", "X64"),
        ("REPOSITORY", "o/r"),
        ("VERSION", "1.2.3"),
        ("RELEASE", release.to_str().unwrap()),
    ];
    let ended = runner.step("Install dashctl", &variables);
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert!(runner.read("log").starts_with("release download v1.2.3 --repo o/r"));
    assert!(Path::new(runner.read("path").trim()).join("dashctl").is_file());
    // Somebody has put another archive there.
    std::fs::write(release.join(format!("{packed}.tar.gz")), "another")?;
    let other = Runner::new(&[("gh", GH)]);
    let ended = other.step("Install dashctl", &variables);
    assert_ne!(ended.code, Some(0), "{}", ended.said);
    assert_eq!(other.read("path"), "");
    let ended = other.step(
        "Install dashctl",
        &[&variables[2..], &[("RUNNER_OS", "Windows"), ("RUNNER_ARCH", "X64")]].concat(),
    );
    assert_eq!(ended.code, Some(1));
    assert!(ended.said.contains("no dashctl is built for Windows on X64"));
    Ok(())
}

/// Writes down what it is told, and ends with `$CODE`.
const DASHCTL: &str = r#"echo "$GRAFANA_URL|$GRAFANA_TOKEN|$*" >> "$LOG"
for word; do case $word in --output=markdown=*) echo report > "${word#--output=markdown=}" ;; esac; done
exit "$CODE""#;

fn run() -> Result<(), Failed> {
    let cases: [(&str, &str, i32, &str); 6] = [
        ("drift", "0", 0, "drift --output=github"),
        ("drift", "2", 2, "drift --output=github"),
        ("plan", "2", 0, "plan --output=text"),
        ("plan", "1", 1, "plan --output=text"),
        ("apply", "4", 4, "apply --yes --prune"),
        ("destroy", "0", 1, ""),
    ];
    for (verb, code, ends, told) in cases {
        let runner = Runner::new(&[("dashctl", DASHCTL)]);
        let arguments = if verb == "apply" { "--prune" } else { "" };
        let variables = [
            ("VERB", verb),
            ("CODE", code),
            ("TARGET", ""),
            ("URL", "https://g"),
            ("TOKEN", "secret"),
            ("ARGUMENTS", arguments),
        ];
        let ended = runner.step("Run dashctl", &variables);
        assert_eq!(ended.code, Some(ends), "{verb} {code}: {}", ended.said);
        let log = runner.read("log");
        match told {
            "" => assert_eq!(log, ""),
            told => {
                let expected = format!("https://g|secret|{told}");
                assert!(log.starts_with(&expected), "{log}");
                assert_eq!(runner.read("output"), format!("code={code}\n"));
            }
        }
        assert_eq!(runner.read("summary") == "report\n", matches!(verb, "drift" | "plan"));
        let arguments = log.rsplit('|').next().unwrap_or_default();
        assert!(!arguments.contains("secret") && !ended.said.contains("secret"));
    }
    Ok(())
}

fn inputs() -> Result<(), Failed> {
    let action = action();
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("action.yml"))?;
    for name in action["inputs"].as_object().unwrap().keys() {
        assert!(text.contains(&format!("inputs.{name}")), "{name} is for nothing");
    }
    for step in action["runs"]["steps"].as_array().unwrap() {
        let script = step["run"].as_str().unwrap();
        assert!(
            !script.contains("${{"),
            "what somebody writes becomes a command: {script}"
        );
        let environment: BTreeMap<String, Value> = serde_json::from_value(step["env"].clone())?;
        for name in environment.keys().filter(|name| *name != "GH_TOKEN") {
            assert!(
                script.contains(&format!("${name}")) || script.contains(&format!("${{{name}")),
                "{name}: {script}"
            );
        }
    }
    Ok(())
}
