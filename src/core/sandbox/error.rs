use std::{io, net::SocketAddr, path::PathBuf};

/// Why a sandbox could not start or stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address can be reached from other machines, and the sandbox has a known password.
    #[error(
        "{0} is not a loopback address: the sandbox has a known password and must not be reached from other machines"
    )]
    NotLoopback(SocketAddr),
    /// The address is taken or not allowed.
    #[error("could not listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A file or folder of the store can't be used.
    #[error("could not use the sandbox's store {}: {source}", path.display())]
    Store {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another sandbox uses the same folder.
    #[error("another sandbox uses {}", .0.display())]
    Locked(PathBuf),
    /// A line of the journal that was written whole can't be read.
    #[error("{} is damaged: line {line} can't be read: {reason}", path.display())]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A provisioned file is not a dashboard.
    #[error("could not provision {}: {reason}", path.display())]
    Provision {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The client that passes requests on to data sources could not be made.
    #[error("could not make the data source proxy: {0}")]
    Proxy(#[from] reqwest::Error),
    /// The server's task ended with an error.
    #[error("the sandbox ended with an error: {0}")]
    Served(io::Error),
}
