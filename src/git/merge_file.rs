use std::path::Path;
use std::process::Command;

use super::Error;

/// Merges three texts by lines, into `ours`. Says whether markers are left in it.
///
/// # Errors
///
/// There is no `git`, or it refuses: binary files, say.
pub fn merge_file(ours: &Path, base: &Path, theirs: &Path) -> Result<bool, Error> {
    let output = Command::new("git")
        .args(["merge-file", "-L", "ours", "-L", "base", "-L", "theirs", "--"])
        .args([ours, base, theirs])
        .output()
        .map_err(Error::NoProgram)?;
    match output.status.code() {
        Some(0) => Ok(false),
        // The number of conflicts, up to 127.
        Some(1..=127) => Ok(true),
        _ => Err(Error::Refused {
            command: "merge-file".into(),
            message: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        }),
    }
}
