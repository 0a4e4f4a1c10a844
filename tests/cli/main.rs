//! The whole program, as a user runs it: one file per verb, each test a scenario.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod answers;
mod apply;
mod bad_input;
mod catalog;
mod datasource;
mod diff;
mod drift;
mod envelope;
mod examples;
mod faults;
mod fleet;
mod folders;
mod history;
mod import;
mod init;
mod learn;
mod library;
mod lint;
mod outputs;
mod proxy;
mod pull;
mod receiver;
mod receivers;
mod references;
mod reports;
mod scene;
mod schedule;
mod stack;
mod status;
mod titles;
mod up;
mod v2;
mod verify;
mod watch;
mod words;
