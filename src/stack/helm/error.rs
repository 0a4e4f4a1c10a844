use std::path::PathBuf;

use super::Status;

/// What goes wrong with Helm.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No `helm` on PATH.
    #[error("helm is not on PATH; install Helm 3 or 4, or name the program with --helm PATH")]
    NotFound,
    /// The program can't be started, or its output can't be read.
    #[error("{} can't be run: {source}", path.display())]
    Run {
        /// The program.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A version of Helm that dashctl doesn't know, or something else than Helm.
    #[error("{} is no Helm 3 or 4: `helm version` says {says:?}; name another one with --helm PATH", path.display())]
    Version {
        /// The program.
        path: PathBuf,
        /// What it says that it is.
        says: String,
    },
    /// Helm failed.
    #[error("`{command}` failed: {words}")]
    Failed {
        /// The command line.
        command: String,
        /// What Helm wrote to stderr.
        words: String,
    },
    /// Helm answered something that can't be understood.
    #[error("`{command}` answered what can't be understood: {source}")]
    Answer {
        /// The command line.
        command: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// An operation on the release was begun and not finished: Helm refuses every other one.
    #[error(
        "release {name} in namespace {namespace} has been {status} since {since}: another helm is at work on it, or one \
         was killed at it, and then it stays so for ever. If none is at work, run `{way_out}` and repeat this"
    )]
    Stuck {
        /// The release.
        name: String,
        /// Its namespace.
        namespace: String,
        /// One of the pending ones.
        status: Status,
        /// When it was begun, as Helm says it.
        since: String,
        /// The command that frees it.
        way_out: String,
    },
    /// Helm was asked to stop, and did.
    #[error("`{command}` was interrupted and has stopped; run it again to finish: {words}")]
    Stopped {
        /// The command line.
        command: String,
        /// What Helm wrote to stderr.
        words: String,
    },
    /// Two renderings with the same values have not even the same number of lines.
    #[error("chart {chart} renders differently each time, so it can't be told which values change nothing")]
    Unsteady {
        /// The chart.
        chart: String,
    },
}
