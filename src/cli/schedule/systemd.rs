use std::path::{Path, PathBuf};
use std::process::Command;

use super::when::WhenArgs;
use super::write::OutArgs;
use crate::cli::output::{progress, warn};
use crate::cli::{Exit, Failure};
use crate::ops::schedule::{outdated_schedule, schedule};
use crate::schedule::Rendered;
use crate::schedule::systemd::{self, Machine};

/// Writes the check as a systemd service with its timer, shut off from the rest of the machine
///
/// The service has a user of its own that exists only while it runs. Drift (exit code 2) is no failure of it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The units' name [default: dashctl-drift, with --outdated dashctl-outdated]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Ask for newer revisions of imported dashboards instead, once a day where nothing else is said
    #[arg(long)]
    outdated: bool,
    /// Where dashctl is on the machine that runs it
    #[arg(long, value_name = "FILE", default_value = "/usr/local/bin/dashctl")]
    program: PathBuf,
    /// Where the repository is on that machine; without it, as here
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// The folder on that machine with the secrets, which only root may read
    #[arg(long, value_name = "DIR", default_value = "/etc/dashctl")]
    secrets: PathBuf,
    #[command(flatten)]
    out: OutArgs,
    #[command(flatten)]
    when: WhenArgs,
}

/// Runs the verb.
///
/// # Errors
///
/// A setting that can't be, or a file that may not be replaced.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let (repository, schedule) = match args.outdated {
        true => {
            let (repository, settings) = args.when.settings_of_outdated()?;
            let schedule = outdated_schedule(&repository, &settings)?;
            (repository, schedule)
        }
        false => {
            let (repository, settings) = args.when.settings()?;
            let schedule = schedule(&repository, &settings)?;
            (repository, schedule)
        }
    };
    let usual = if args.outdated {
        "dashctl-outdated"
    } else {
        "dashctl-drift"
    };
    if args.folder.is_none() {
        warn_of_what_is_hidden(repository.root());
    }
    let machine = Machine {
        name: args.name.clone().unwrap_or_else(|| usual.to_owned()),
        program: args.program.clone(),
        folder: args.folder.clone().unwrap_or_else(|| repository.root().to_owned()),
        secrets: args.secrets.clone(),
    };
    let files = systemd::render(&schedule, &machine)?;
    let exit = args.out.write(&files, &systemd::by_hand(&schedule, &machine))?;
    if let Some(line) = exposure(&files[0]) {
        progress(&line);
    }
    Ok(exit)
}

/// The service's user is nobody's, and reads what everybody may read.
fn warn_of_what_is_hidden(root: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let hidden = |path: &Path| std::fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o5 != 0o5);
        if hidden(root) {
            warn(&format!(
                "{} may not be read by everybody, so the service's own user can't: chmod -R a+rX it",
                root.display()
            ));
        }
    }
    #[cfg(not(unix))]
    let _ = root;
}

/// What systemd says about how much of the machine the service can reach, where systemd is here to say so.
fn exposure(service: &Rendered) -> Option<String> {
    let folder = tempfile::tempdir().ok()?;
    let path = folder.path().join(&service.path);
    std::fs::write(&path, &service.text).ok()?;
    let output = Command::new("systemd-analyze")
        .args(["security", "--no-pager", "--offline=yes"])
        .arg(&path)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().find(|line| line.contains("Overall exposure level"))?;
    Some(format!(
        "systemd-analyze security: {}",
        line.trim_start_matches(|c: char| !c.is_ascii_alphabetic())
    ))
}
