//! Grafana dashboards as code.
//!
//! The rooms of the crate, in the order in which data flows through them; each knows only what is named above it.
//!
//! | room | knows |
//! | --- | --- |
//! | [`dashboard`] | the dashboard JSON: inputs, comparison |
//! | [`report`] | results for people and machines, one file per format |
//! | [`sandbox`] | a Grafana-compatible server in the process; uses no other room |
//! | [`cli`] | arguments, one file per verb, exit codes |

pub mod apply;
pub mod catalog;
pub mod cli;
pub mod dashboard;
pub mod grafana;
pub mod plan;
pub mod report;
pub mod repository;
pub mod sandbox;
