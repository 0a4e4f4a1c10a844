use std::path::Path;
use std::process::Command;

/// Runs `git` in a folder as a user would, untouched by this machine's settings.
pub fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=me", "-c", "user.email=me@x"])
        .args(args)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// Makes a folder a clone, with all that is in it as its first commit.
pub fn begin(folder: &Path) {
    git(folder, &["init", "--quiet", "--initial-branch=main"]);
    commit_all(folder, "first");
}

pub fn commit_all(folder: &Path, message: &str) {
    git(folder, &["add", "--all", "."]);
    git(folder, &["commit", "--quiet", "-m", message]);
}
