use std::io::Write as _;
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::need::{Need, trial};
use super::repository::{Repository, said};

const GIT: Need = Need {
    name: "git",
    program: "git",
};

pub fn trials() -> Vec<Trial> {
    vec![trial(
        "git_gets_its_password_from_the_mounted_file_for_its_own_host",
        &GIT,
        password,
    )]
}

/// What the pods' clone tells git about passwords, asked as git asks it.
fn password() -> Result<(), Failed> {
    let repository = Repository::new(&[("a", "https://g.example.com")], &json!({"image": "d:1"}));
    let url = "https://git.example.com/team/dashboards.git";
    let output = repository
        .command()
        .args(["schedule", "kubernetes", "--git", url, "--git-image", "git:2"])
        .output()?;
    let documents: Vec<Value> = serde_saphyr::from_multiple(&String::from_utf8(output.stdout)?)?;
    let pod = &documents[1]["spec"]["jobTemplate"]["spec"]["template"]["spec"];
    let command: Vec<&str> = list(&pod["initContainers"][0]["command"]).collect();
    let at = command.iter().position(|word| *word == "-c").unwrap();
    let file = repository.write("credential", "username=reader\npassword=Correct-Horse-7\n");
    let option = command[at + 1].replace("/etc/dashctl/git/credential", file.to_str().unwrap());
    assert!(option.contains(file.to_str().unwrap()), "{option}");
    let fill = |host: &str| {
        let mut child = Command::new("git")
            .args(["-c", "credential.helper=", "-c", &option, "credential", "fill"])
            .current_dir(repository.path())
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "/bin/false")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let question = format!("protocol=https\nhost={host}\n\n");
        child.stdin.take().unwrap().write_all(question.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let own = fill("git.example.com");
    assert!(
        String::from_utf8_lossy(&own.stdout).contains("password=Correct-Horse-7\n"),
        "{}",
        said(&own)
    );
    let other = fill("evil.example.com");
    assert!(!said(&other).contains("Correct-Horse"), "{}", said(&other));
    std::fs::remove_file(&file)?;
    let public = fill("git.example.com");
    assert!(!said(&public).contains("password="), "{}", said(&public));
    Ok(())
}

fn list(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}
