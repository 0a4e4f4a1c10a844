use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::Error;
use crate::files::write_atomic;

/// How often a process that was asked to end is looked at.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a process may take to end that was killed: it can be in the midst of a write to a slow disk.
const KILLED: Duration = Duration::from_secs(5);

/// A process, so that it can be told from a later one of the same id: ids are given again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Its id.
    pub pid: u32,
    /// The boot and the moment that it was started at; none where the system doesn't say.
    started: Option<String>,
}

enum Standing {
    /// It has ended, or its id is another process's now.
    Gone,
    Running,
    /// There is a process of this id, and no telling which.
    Unclear,
}

impl Mark {
    /// The mark of a process that runs.
    pub fn of(pid: u32) -> Self {
        Self {
            pid,
            started: started(pid),
        }
    }

    /// Reads one; none where no process was left. A file that isn't one, cut off by a crash of the machine, is none
    /// either: processes don't survive that.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, Error> {
        match std::fs::read(path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::File {
                path: path.to_owned(),
                source,
            }),
        }
    }

    pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
        let text = serde_json::json!({"pid": self.pid, "started": self.started});
        write_atomic(path, format!("{text}\n").as_bytes())?;
        Ok(())
    }

    fn standing(&self) -> Standing {
        match (&self.started, started(self.pid)) {
            (Some(then), Some(now)) if *then == now => Standing::Running,
            (Some(_), _) => Standing::Gone,
            (None, _) if exists(self.pid) => Standing::Unclear,
            (None, _) => Standing::Gone,
        }
    }

    /// Ends the process: asks it, and kills it after the grace. Whether it was still there.
    pub(super) async fn stop(&self, grace: Duration) -> Result<bool, &'static str> {
        match self.standing() {
            Standing::Gone => return Ok(false),
            Standing::Unclear => return Err("this system doesn't tell whether it is the same process"),
            Standing::Running => {}
        }
        for (end, time) in [(Signal::End, grace), (Signal::Kill, KILLED)] {
            // One that has just ended can't be sent anything; one that is somebody else's is found below.
            let _ = send(self.pid, end);
            let until = Instant::now() + time;
            while Instant::now() < until {
                if !matches!(self.standing(), Standing::Running) {
                    return Ok(true);
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
        Err("it doesn't end, even killed")
    }
}

/// How a process is told to end.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signal {
    /// SIGTERM: it saves what it has.
    End,
    /// SIGKILL.
    Kill,
}

/// Sends a signal to a process.
#[cfg(unix)]
pub(super) fn send(pid: u32, signal: Signal) -> io::Result<()> {
    let pid = raw(pid).ok_or(io::ErrorKind::InvalidInput)?;
    let signal = match signal {
        Signal::End => rustix::process::Signal::TERM,
        Signal::Kill => rustix::process::Signal::KILL,
    };
    Ok(rustix::process::kill_process(pid, signal)?)
}

#[cfg(not(unix))]
pub(super) fn send(_: u32, _: Signal) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
fn raw(pid: u32) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(pid).ok()?)
}

#[cfg(unix)]
fn exists(pid: u32) -> bool {
    // Without the right to send it anything it is there all the same.
    raw(pid).is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
fn exists(_: u32) -> bool {
    true
}

/// When a process was started: the boot's id, and the ticks since (proc_pid_stat(5), field 22). None for one that isn't
/// there, or has ended and only waits for its parent to take notice.
fn started(pid: u32) -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in brackets, which may hold spaces and brackets itself.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let ticks = fields.nth(18)?;
    (!matches!(state, "Z" | "X")).then(|| format!("{} {ticks}", boot.trim()))
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::process::{Child, Command};

    use super::*;

    fn sleeper() -> Child {
        Command::new("sleep").arg("60").spawn().unwrap()
    }

    #[tokio::test]
    async fn a_process_is_found_again_and_ends() {
        let mut child = sleeper();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mark.json");
        assert_eq!(Mark::read(&file).unwrap(), None);
        Mark::of(child.id()).write(&file).unwrap();
        let mark = Mark::read(&file).unwrap().unwrap();
        assert_eq!(mark, Mark::of(child.id()));
        assert_eq!(mark.stop(Duration::from_secs(10)).await, Ok(true));
        child.wait().unwrap();
        assert_eq!(mark.stop(Duration::from_secs(10)).await, Ok(false));
    }

    #[tokio::test]
    async fn one_that_is_deaf_is_killed() {
        let mut deaf = Command::new("sh");
        deaf.args(["-c", "trap '' TERM; echo; while :; do sleep 1; done"]);
        let mut child = deaf.stdout(std::process::Stdio::piped()).spawn().unwrap();
        // It has said that it is deaf.
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut [0]).unwrap();
        let before = Instant::now();
        assert_eq!(Mark::of(child.id()).stop(Duration::from_millis(300)).await, Ok(true));
        assert!(before.elapsed() >= Duration::from_millis(300));
        child.wait().unwrap();
    }

    #[tokio::test]
    async fn another_process_of_the_same_id_is_left_alone() {
        let mut child = sleeper();
        let mut mark = Mark::of(child.id());
        mark.started = Some("another boot 17".to_owned());
        assert_eq!(mark.stop(Duration::from_secs(1)).await, Ok(false));
        mark.started = None;
        assert!(mark.stop(Duration::from_secs(1)).await.is_err());
        assert!(child.try_wait().unwrap().is_none(), "it still runs");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
