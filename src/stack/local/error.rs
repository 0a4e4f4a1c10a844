use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use super::Component;
use crate::stack::RenderError;

/// Why the stack doesn't run on this machine; every message says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Programs that aren't there.
    #[error("not found on PATH:{}\ninstall them, or leave them out with `enabled: false` in the section stack of dashctl.yaml",
        .0.iter().map(|one| format!("\n  {} ({})", one.programs().join(" or "), one.source())).collect::<String>())]
    Missing(Vec<Component>),
    /// A Grafana whose own files aren't there.
    #[error("{} is no folder of Grafana: it has no {missing}; name the unpacked archive with --grafana-home", folder.display())]
    NoGrafana {
        /// The folder.
        folder: PathBuf,
        /// What it lacks.
        missing: &'static str,
    },
    /// A port that was asked for is somebody else's.
    #[error(
        "port {port}, which was chosen for {component}, can't be listened on: {source}; choose another, or {component}=0 for a free one"
    )]
    Port {
        /// For whom.
        component: Component,
        /// The port.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// A port for what isn't started.
    #[error("a port was chosen for {0}, which the settings leave out: drop one of the two")]
    LeftOut(Component),
    /// The settings leave everything out.
    #[error("the settings leave out everything that could run on this machine: there is nothing to start")]
    Nothing,
    /// Another dashctl runs the stack from the same folder.
    #[error("a stack runs already from {}{}; stop it first, or use another folder with --data", folder.display(),
        pid.map(|pid| format!(" (dashctl is process {pid})")).unwrap_or_default())]
    Running {
        /// The folder.
        folder: PathBuf,
        /// The other dashctl, where it has said who it is.
        pid: Option<u32>,
    },
    /// A process of an earlier run that can't be told from others, or doesn't end.
    #[error("{component} of an earlier run may still be there, as process {pid}: {what}; stop it, then remove {}", mark.display())]
    Leftover {
        /// What it is.
        component: Component,
        /// Its id.
        pid: u32,
        /// Why it is still there.
        what: &'static str,
        /// The file that remembers it.
        mark: PathBuf,
    },
    /// A file or folder that can't be used.
    #[error("{} can't be used: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A configuration that can't be written.
    #[error(transparent)]
    Write(#[from] crate::files::WriteError),
    /// A setting that can't be.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A program that can't be started.
    #[error("{component} can't be started ({}): {source}", program.display())]
    Start {
        /// What it is.
        component: Component,
        /// Its program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A process that ended, which none of them should.
    #[error("{component} ended by itself ({status}); its log {} ends so:\n{last_lines}", log.display())]
    Ended {
        /// What it is.
        component: Component,
        /// How.
        status: ExitStatus,
        /// Its log.
        log: PathBuf,
        /// The log's end.
        last_lines: String,
    },
    /// A process that doesn't answer.
    #[error("{component} isn't ready after {seconds} s: {url} gives {answer}; its log {} ends so:\n{last_lines}", log.display())]
    NotReady {
        /// What it is.
        component: Component,
        /// How long was waited.
        seconds: u64,
        /// What was asked.
        url: String,
        /// What came back.
        answer: String,
        /// Its log.
        log: PathBuf,
        /// The log's end.
        last_lines: String,
    },
    /// The stand-in for Grafana.
    #[error("{0}")]
    StandIn(String),
    /// The client that asks for health can't be made.
    #[error("no HTTP client can be made: {0}")]
    Client(reqwest::Error),
}

impl Error {
    /// A failed use of a file, for `map_err`.
    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| Self::File { path, source }
    }
}
