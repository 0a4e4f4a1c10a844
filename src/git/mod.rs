//! How do commits get onto a branch without touching anybody's files?
//!
//! By the `git` program, and by its plumbing: blobs, trees and commits are made beside the work tree and the index, and a
//! branch is moved in one step, only from where it was seen. Whoever works in the same clone sees nothing but the branch.
//! Only what is asked for by name is done to the user's own files: `commit_files` commits some, [`merge_file`] merges one by lines.
//! This room knows nothing of dashboards.

mod commit;
mod error;
mod merge_file;
mod program;

pub use commit::{Author, Commit, Commits, Content, Past};
pub use error::Error;
pub use merge_file::merge_file;
pub use program::Git;
