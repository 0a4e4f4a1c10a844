//! The component for GitLab CI: its script is run as a runner runs it, with the inputs filled in.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

pub fn trials() -> Vec<Trial> {
    vec![Trial::test(
        "gitlabs_component_checks_a_folder_and_ends_as_dashctl_does",
        run,
    )]
}

fn run() -> Result<(), Failed> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/drift.yml"))?;
    let (head, body) = text.split_once("\n---\n").unwrap();
    let spec: Value = serde_saphyr::from_str(head)?;
    let inputs = spec["spec"]["inputs"].as_object().unwrap();
    for (target, code) in [("", 0), ("prod; false", 2)] {
        let mut filled = body.to_owned();
        for (name, input) in inputs {
            let value = match name.as_str() {
                "target" => target,
                "folder" => "here",
                _ => input["default"].as_str().unwrap_or("an-image"),
            };
            let place = format!("$[[ inputs.{name} ]]");
            assert!(filled.contains(&place), "{name} is for nothing");
            filled = filled.replace(&place, value);
        }
        let jobs: Value = serde_saphyr::from_str(&filled)?;
        let job = &jobs["dashctl-drift"];
        let script: Vec<&str> = job["script"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| line.as_str().unwrap())
            .collect();
        let folder = tempfile::tempdir()?;
        std::fs::create_dir_all(folder.path().join("here"))?;
        let program = folder.path().join("dashctl");
        std::fs::write(
            &program,
            format!("#!/bin/sh\npwd > ../log; printf '%s\\n' \"$@\" >> ../log; exit {code}\n"),
        )?;
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))?;
        let path = format!("{}:{}", folder.path().display(), std::env::var("PATH")?);
        let variables = job["variables"].as_object().unwrap().iter();
        let ran = Command::new("sh")
            .args(["-ec", &script.join("\n")])
            .current_dir(folder.path())
            // YAML takes an empty word for nothing; GitLab keeps it a text.
            .envs(variables.map(|(name, value)| (name, value.as_str().unwrap_or_default())))
            .env("PATH", path)
            .status()?;
        assert_eq!(ran.code(), Some(code));
        let log = std::fs::read_to_string(folder.path().join("log"))?;
        let mut lines = log.lines();
        assert!(lines.next().unwrap().ends_with("/here"));
        assert_eq!((lines.next(), lines.next()), (Some("drift"), Some("--output=text")));
        let targets = lines.filter_map(|line| line.strip_prefix("--target="));
        let expected: Vec<&str> = Some(target).filter(|target| !target.is_empty()).into_iter().collect();
        assert_eq!(targets.collect::<Vec<_>>(), expected);
    }
    Ok(())
}
