use std::env;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};

/// Something outside of the project that a test needs.
pub struct Need {
    /// Its name in `DASHCTL_REQUIRE`.
    pub name: &'static str,
    /// The program that it is.
    pub program: &'static str,
}

/// A trial that is reported as ignored where the program that it needs isn't there, and fails where `DASHCTL_REQUIRE`
/// names it (or `all`).
pub fn trial(name: &str, need: &Need, test: impl FnOnce() -> Result<(), Failed> + Send + 'static) -> Trial {
    trial_of_all(name, need.name, &[need.program], test)
}

/// The same where several programs are needed.
pub fn trial_of_all(
    name: &str,
    need: &str,
    programs: &[&str],
    test: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    let missing: Vec<&str> = programs
        .iter()
        .copied()
        .filter(|name| program(name).is_none())
        .collect();
    let reason = format!("{} is not installed", missing.join(", "));
    unless(missing.is_empty(), name, need, reason, test)
}

/// The same for a folder.
pub fn folder_trial(
    name: &str,
    need: &str,
    folder: &Path,
    test: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    unless(
        folder.is_dir(),
        name,
        need,
        format!("{} is not there", folder.display()),
        test,
    )
}

/// The same for what only the caller can tell.
pub fn unless(
    there: bool,
    name: &str,
    need: &str,
    reason: String,
    test: impl FnOnce() -> Result<(), Failed> + Send + 'static,
) -> Trial {
    if there {
        return Trial::test(name, test);
    }
    let required = env::var("DASHCTL_REQUIRE").unwrap_or_default();
    if required.split(',').any(|word| word == "all" || word == need) {
        return Trial::test(name, move || {
            Err(format!("{reason}, and DASHCTL_REQUIRE asks for it").into())
        });
    }
    Trial::test(name, || Ok(())).with_ignored_flag(true).with_kind(reason)
}

/// Where a program is on PATH.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
