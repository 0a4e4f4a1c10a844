use std::path::PathBuf;

/// Why Git could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The program isn't there.
    #[error("git can't be run: {0}")]
    NoProgram(std::io::Error),
    /// The folder is in no work tree.
    #[error("{} is in no Git work tree", .0.display())]
    NoWorkTree(PathBuf),
    /// No commit yet.
    #[error("there is no commit yet to build on")]
    NoCommit,
    /// A name that can't be a branch.
    #[error("{0:?} can't be the name of a branch")]
    BranchName(String),
    /// The branch is checked out in another work tree.
    #[error("the branch {branch} is checked out in {}", folder.display())]
    CheckedOut {
        /// The branch.
        branch: String,
        /// Where.
        folder: PathBuf,
    },
    /// Git said no.
    #[error("git {command}: {message}")]
    Refused {
        /// The subcommand.
        command: String,
        /// What it wrote to standard error.
        message: String,
    },
    /// A file that Git works with can't be written.
    #[error("{0}")]
    Disk(#[from] std::io::Error),
}
