//! Do two edits of a dashboard come together without a loss?
//!
//! An oracle replays edits: each side gets random ones, as people and authors make them, and knows of each how to see it. After the
//! merge every edit that its own side shows must be in the result, or be named as a conflict at its place. The dashboards are a small
//! one made here and, where they are there (`DASHCTL_SHARED`, default `../shared`), real ones and the revisions of their authors.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "merge/chains.rs"]
mod chains;
#[path = "merge/edits.rs"]
mod edits;
#[path = "merge/laws.rs"]
mod laws;
#[path = "merge/oracle.rs"]
mod oracle;
#[path = "merge/samples.rs"]
mod samples;
