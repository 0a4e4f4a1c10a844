use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A name that would be something else in every language that it is put into.
pub const HOSTILE: &str = "x'; touch owned #\" $(touch owned) `touch owned` ${{ secrets.A }} %h $HOME \\ & - {a: b}";

/// A folder with a `dashctl.yaml`.
pub struct Repository {
    folder: TempDir,
}

impl Repository {
    /// With these targets (name and URL) and this section `schedule:`.
    pub fn new(targets: &[(&str, &str)], schedule: &Value) -> Self {
        let repository = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let targets: serde_json::Map<String, Value> = targets
            .iter()
            .map(|(name, url)| ((*name).to_owned(), json!({"url": url})))
            .collect();
        let config = json!({"version": 1, "repository": "r-test", "targets": targets, "schedule": schedule});
        std::fs::write(repository.path().join("dashctl.yaml"), config.to_string()).unwrap();
        repository
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Runs `dashctl schedule …`, which must succeed; gives what it wrote to standard error.
    pub fn schedule(&self, arguments: &[&str]) -> String {
        let output = self.command().arg("schedule").args(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stderr)
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dashctl"));
        command.current_dir(self.path()).env("HOME", self.path());
        for name in [
            "GRAFANA_URL",
            "GRAFANA_TOKEN",
            "GRAFANA_USER",
            "GRAFANA_PASSWORD",
            "DASHCTL_CREDENTIALS",
        ] {
            command.env_remove(name);
        }
        command
    }
}

/// What a program said, for messages.
pub fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}{}", output.status, text(&output.stdout), text(&output.stderr))
}
