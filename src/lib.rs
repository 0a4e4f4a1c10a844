//! Grafana dashboards as code.
//!
//! What the program `dashctl` does is in [`ops`]; comparing dashboards, rendering the stack and talking to a Grafana are
//! rooms of their own below it. Programs that use it, as they stand in `examples/`:
//!
//! # Who has changed what?
//!
//! ```no_run
#![doc = include_str!("../examples/check.rs")]
//! ```
//!
//! # Importing dashboards
//!
//! ```no_run
#![doc = include_str!("../examples/import.rs")]
//! ```
//!
//! # What differs between two files?
//!
//! ```no_run
#![doc = include_str!("../examples/diff.rs")]
//! ```
//!
//! # The stack's manifests
//!
//! ```no_run
#![doc = include_str!("../examples/render.rs")]
//! ```
//!
//! # The rooms
//!
//! The rooms of the crate, in the order in which data flows through them; each knows only what stands above it.
//!
//! | room | knows |
//! | --- | --- |
//! | [`files`] | atomic writes |
//! | [`shell`] | words of a command line |
//! | [`cause`] | why a request got no answer |
//! | [`nearest`] | which of the known words was probably meant |
//! | [`pace`] | how many things are done at once, at the pace of whoever does them |
//! | [`promql`] | what a query asks for, and where in its text it says so |
//! | [`template`] | how values get into templates: Handlebars, set up once for all of them |
//! | [`dashboard`] | the dashboard JSON: inputs, comparison, merge, edits, placeholders; pure functions of values |
//! | [`verify`] | whether a dashboard's queries find something in a Prometheus, why not, and what would; pure |
//! | [`lint`] | what is wrong with a dashboard, whatever the server; rules as rows of a table; pure |
//! | [`answer`] | the bytes of an answer, and no more of them than are expected |
//! | [`catalog`] | grafana.com's API, its mirrors, the bundled editions, checksums |
//! | [`grafana`] | transport, sessions, retries, dashboards, folders, data sources, history |
//! | [`stack`] | the monitoring stack: its settings, manifests and configurations, and how each engine installs it |
//! | [`git`] | commits on a branch, by the `git` program, without touching anybody's files |
//! | [`schedule`] | the drift check as a CronJob, a systemd timer, a GitHub or GitLab job; pure functions of its settings |
//! | [`repository`] | `dashctl.yaml`, the sidecars, the lock, templates, files on disk |
//! | [`plan`] | desired × live × base -> judgement and action, as data; pure |
//! | [`mod@apply`] | reading what a target has, and carrying out a plan, safely |
//! | [`prometheus`] | a client of Prometheus' HTTP API |
//! | [`report`] | results in every format, in words made once |
//! | [`notify`] | who is told of a drift check: metrics, alerts, webhooks; one file per receiver |
//! | [`sandbox`] | a Grafana-compatible server in the process; uses no other room but those of dashboards and answers |
//! | [`ops`] | what dashctl does, as a library: plain options in, results and typed errors out |
//! | [`cli`] | arguments, one file per verb, exit codes |

#[doc(inline)]
pub use dashctl_core::{answer, cause, dashboard, grafana, nearest, sandbox};

pub mod apply;
pub mod catalog;
pub mod cli;
pub mod files;
pub mod git;
pub mod lint;
pub mod notify;
pub mod ops;
pub mod pace;
pub mod plan;
pub mod prometheus;
pub mod promql;
pub mod report;
pub mod repository;
pub mod schedule;
pub mod shell;
pub mod stack;
pub mod template;
pub mod verify;
