use std::ffi::OsStr;
use std::fs::File;
use std::future::{Future, pending};
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use super::Error;

/// The major version of Helm: its flags differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Major {
    /// Helm 3: merges on the client's side.
    Three,
    /// Helm 4: server-side apply, for releases that it began.
    Four,
}

/// The `helm` program, and which cluster it works on.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    major: Major,
    cluster: Vec<String>,
}

impl Program {
    /// The program of this name or path, or else the first `helm` in the folders of `search`, a value of PATH.
    ///
    /// # Errors
    ///
    /// There is none, it can't be run, or it isn't Helm 3 or 4.
    pub async fn find(asked: Option<&Path>, search: Option<&OsStr>) -> Result<Self, Error> {
        let path = match asked {
            Some(path) => path.to_owned(),
            None => on_path(search).ok_or(Error::NotFound)?,
        };
        let unknown = Self {
            path,
            major: Major::Four,
            cluster: Vec::new(),
        };
        let output = unknown
            .run(&["version", "--template", "{{.Version}}"], &[], pending())
            .await?;
        match major(&output) {
            Some(major) => Ok(Self { major, ..unknown }),
            None => Err(Error::Version {
                says: output.trim().to_owned(),
                path: unknown.path,
            }),
        }
    }

    /// The same program on another cluster than the environment says.
    #[must_use]
    pub fn on(mut self, kubeconfig: Option<&Path>, context: Option<&str>) -> Self {
        let kubeconfig = kubeconfig.map(|path| format!("--kubeconfig={}", path.display()));
        let context = context.map(|name| format!("--kube-context={name}"));
        self.cluster = kubeconfig.into_iter().chain(context).collect();
        self
    }

    /// Its major version.
    pub fn major(&self) -> Major {
        self.major
    }

    /// Runs it with these arguments and this on its standard input; gives what it writes to stdout.
    ///
    /// When `stop` comes before its end it is asked to end by SIGTERM, and waited for: Helm then records that it was
    /// interrupted. A Helm that is killed instead leaves its release pending for ever. The same signal is sent when the
    /// future is dropped.
    ///
    /// # Errors
    ///
    /// It can't be run, it fails, or it was stopped.
    pub(super) async fn run(
        &self,
        arguments: &[&str],
        input: &[u8],
        stop: impl Future<Output = ()>,
    ) -> Result<String, Error> {
        let failure = |source| Error::Run {
            path: self.path.clone(),
            source,
        };
        let (mut stdout, mut stderr) = (
            tempfile::tempfile().map_err(failure)?,
            tempfile::tempfile().map_err(failure)?,
        );
        let mut child = self.spawn(arguments, &stdout, &stderr).map_err(failure)?;
        let id = child.id();
        let stdin = child.stdin.take();
        let write = async move {
            // A Helm that fails early doesn't read its input; its own words say why.
            if let Some(mut stdin) = stdin {
                let _ = stdin.write_all(input).await;
            }
        };
        let mut ended = pin!(async { tokio::join!(child.wait(), write).0 });
        // Dropped before the child is: until then its number is nobody else's.
        let guard = Guard(id);
        let (status, stopped) = tokio::select! {
            status = &mut ended => (status, false),
            () = stop => {
                guard.terminate();
                (ended.await, true)
            }
        };
        guard.disarm();
        if status.map_err(failure)?.success() {
            return written(&mut stdout).map_err(failure);
        }
        let command = self.command_line(arguments);
        let words = written(&mut stderr).map_err(failure)?.trim().to_owned();
        Err(if stopped {
            Error::Stopped { command, words }
        } else {
            Error::Failed { command, words }
        })
    }

    /// It writes to files that have no name, not to pipes: a pipe breaks when its reader goes, and a Helm that is asked
    /// to stop says so first, dies of the broken pipe, and leaves its release pending.
    fn spawn(&self, arguments: &[&str], stdout: &File, stderr: &File) -> std::io::Result<Child> {
        let mut command = Command::new(&self.path);
        command
            .args(arguments)
            .args(&self.cluster)
            .stdin(Stdio::piped())
            .stdout(stdout.try_clone()?)
            .stderr(stderr.try_clone()?);
        // In a group of its own Ctrl-C in a terminal doesn't reach it; `stop` does.
        #[cfg(unix)]
        command.process_group(0);
        command.spawn()
    }

    /// The command as a person would type it.
    pub(super) fn command_line(&self, arguments: &[&str]) -> String {
        let words = ["helm"].into_iter().chain(arguments.iter().copied());
        words
            .chain(self.cluster.iter().map(String::as_str))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Sends SIGTERM when it is dropped before the program has ended.
struct Guard(Option<u32>);

impl Guard {
    #[cfg(unix)]
    fn terminate(&self) {
        let pid = self.0.and_then(|id| i32::try_from(id).ok());
        if let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) {
            // It may have ended in this moment: then there is nothing to stop.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
    }

    /// Windows has no way to ask a program to end: it is waited for.
    #[cfg(not(unix))]
    fn terminate(&self) {}

    fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.terminate();
    }
}

/// What a program has written to its file.
fn written(file: &mut File) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn on_path(search: Option<&OsStr>) -> Option<PathBuf> {
    let name = format!("helm{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(search?)
        .map(|folder| folder.join(&name))
        .find(|file| file.is_file())
}

fn major(version: &str) -> Option<Major> {
    match version.trim().trim_start_matches('v').split('.').next() {
        Some("3") => Some(Major::Three),
        Some("4") => Some(Major::Four),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_the_first_number() {
        assert_eq!(major("v3.22.0\n"), Some(Major::Three));
        assert_eq!(major("4.3.1+g1234"), Some(Major::Four));
        for other in ["", "v2.17.0", "v40.1.0", "Vim"] {
            assert_eq!(major(other), None, "{other}");
        }
    }
}
