//! The real actionlint, where `tests/schedule/build` has built it.

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use super::need::unless;

/// A trial that needs it.
pub fn trial(name: &str, run: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    let (there, reason) = match program() {
        Ok(program) if program.is_file() => (true, String::new()),
        Ok(program) => (
            false,
            format!("{} is not there: run tests/schedule/build", program.display()),
        ),
        Err(reason) => (false, reason),
    };
    unless(there, name, "actionlint", reason, run)
}

/// The script knows its folder; nobody else needs to.
fn program() -> Result<PathBuf, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schedule/build");
    let output = Command::new(&script).arg("--folder").output();
    let output = output.map_err(|error| format!("{}: {error}", script.display()))?;
    let folder = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    Ok(PathBuf::from(folder).join("actionlint"))
}

/// Reads a workflow.
pub fn reads(file: &Path) -> Result<(), Failed> {
    let output = Command::new(program()?).arg("-no-color").arg(file).output()?;
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{}: {said}", file.display()).into()),
    }
}
