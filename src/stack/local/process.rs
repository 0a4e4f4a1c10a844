use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

use super::folder::make;
use super::mark::{Signal, send};
use super::{Component, Error, LocalPlan, Mark, Part};

/// How many of a log's last bytes and lines an error shows.
const TAIL: (u64, usize) = (8192, 10);
/// How often a process is asked whether it is ready.
const PAUSE: Duration = Duration::from_millis(100);

/// A component's process. Dropped, it is killed; [`Process::stop`] is the way to end it.
#[derive(Debug)]
pub(super) struct Process {
    component: Component,
    child: Child,
    ready_url: String,
    log: PathBuf,
    mark: PathBuf,
}

impl Process {
    /// Starts it, with its output in its log and its mark in the folder.
    ///
    /// # Errors
    ///
    /// It can't be started.
    pub fn start(plan: &LocalPlan, part: &Part, mut command: Command) -> Result<Self, Error> {
        let (component, folder) = (part.component, &plan.folder);
        make(&folder.data(component))?;
        let log = folder.log(component);
        let (out, err) = fresh_log(&log).map_err(Error::file(&log))?;
        let started = command.stdout(out).stderr(err).spawn();
        let child = started.map_err(|source| Error::Start {
            component,
            program: command.as_std().get_program().into(),
            source,
        })?;
        let process = Self {
            component,
            child,
            ready_url: format!("{}{}", part.url(), component.ready_path()),
            log,
            mark: folder.mark(component),
        };
        if let Some(pid) = process.child.id() {
            Mark::of(pid).write(&process.mark)?;
        }
        Ok(process)
    }

    pub fn component(&self) -> Component {
        self.component
    }

    /// Waits until it says that it is ready.
    ///
    /// # Errors
    ///
    /// It ended, or isn't ready in time.
    pub async fn until_ready(&mut self, http: &reqwest::Client, timeout: Duration) -> Result<(), Error> {
        let until = Instant::now() + timeout;
        loop {
            let answer = tokio::select! {
                answer = http.get(&self.ready_url).send() => answer,
                status = self.child.wait() => return Err(self.ended(status)),
            };
            let answer = match answer {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => answer.status().to_string(),
                Err(_) => "no answer".to_owned(),
            };
            if Instant::now() > until {
                return Err(Error::NotReady {
                    component: self.component,
                    seconds: timeout.as_secs(),
                    url: self.ready_url.clone(),
                    answer,
                    log: self.log.clone(),
                    last_lines: last_lines(&self.log),
                });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Waits until it ends, which it shouldn't.
    pub async fn end(&mut self) -> Error {
        let status = self.child.wait().await;
        self.ended(status)
    }

    fn ended(&self, status: io::Result<ExitStatus>) -> Error {
        match status {
            Ok(status) => Error::Ended {
                component: self.component,
                status,
                log: self.log.clone(),
                last_lines: last_lines(&self.log),
            },
            Err(source) => Error::File {
                path: self.mark.clone(),
                source,
            },
        }
    }

    /// Asks it to end.
    pub fn terminate(&mut self) {
        // Without an id it has ended and its end was noticed.
        let Some(pid) = self.child.id() else { return };
        if send(pid, Signal::End).is_err() {
            // Where there is no asking, there is this; and one that has ended already can't be killed either.
            let _ = self.child.start_kill();
        }
    }

    /// Waits for the end of one that was asked to, and kills it after the grace. Whether it ended by itself.
    ///
    /// # Errors
    ///
    /// It can't be stopped.
    pub async fn stop(mut self, grace: Duration) -> Result<bool, Error> {
        let in_time = match tokio::time::timeout(grace, self.child.wait()).await {
            Ok(ended) => ended.map(|_| true),
            Err(_) => self.child.kill().await.map(|()| false),
        };
        let in_time = in_time.map_err(Error::file(&self.mark))?;
        match std::fs::remove_file(&self.mark) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::file(&self.mark)(error)),
            _ => Ok(in_time),
        }
    }
}

/// An empty log for standard output and error; that of the run before gets another name.
fn fresh_log(log: &Path) -> io::Result<(File, File)> {
    let mut before = log.as_os_str().to_owned();
    before.push(".1");
    match std::fs::rename(log, before) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = File::create(log)?;
    Ok((file.try_clone()?, file))
}

/// The end of a log, indented; empty where it can't be read, since it only adds to another error.
fn last_lines(log: &Path) -> String {
    let (bytes, lines) = TAIL;
    let read = || -> io::Result<String> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(bytes)))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    };
    let text = read().unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    let last = &all[all.len().saturating_sub(lines)..];
    match last.is_empty() {
        true => "  (it is empty)".to_owned(),
        false => last
            .iter()
            .map(|line| format!("  {line}"))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_the_end_of_a_log_and_the_log_before_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("a.log");
        assert_eq!(last_lines(&log), "  (it is empty)");
        let text: String = (0..5000).map(|n| format!("line {n}\n")).collect();
        std::fs::write(&log, &text).unwrap();
        let shown = last_lines(&log);
        assert!(
            shown.starts_with("  line 4990\n") && shown.ends_with("\n  line 4999"),
            "{shown}"
        );
        fresh_log(&log).unwrap();
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "");
        assert_eq!(std::fs::read_to_string(folder.path().join("a.log.1")).unwrap(), text);
    }
}
