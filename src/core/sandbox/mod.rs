//! How do you try a dashboard without a Grafana, and test a client without one? With this room: a Grafana-compatible HTTP
//! server inside the process, with its own store that survives restarts.
//!
//! It behaves as the recorded servers did, 7.5 to 13.1 ([`Version`]): dashboards, folders, data sources, history, search,
//! import, library panels, log in and keys, with their status codes, bodies and oddities. It draws nothing: a browser gets a
//! plain page that lists a dashboard's panels and queries. It is a toy on a loopback address, with a known password.
//!
//! * [`Sandbox`] is a running server, [`Options`] says how it is set up.
//! * [`Fault`] makes it slow or failing, for tests; [`Request`] is one line of its log.
//!
//! The room uses no other room of the crate but the pure one that turns a dashboard into the form of another version; a test
//! checks that.

mod access;
mod accounts;
mod alerting;
mod apis;
mod auth;
mod call;
mod connection;
mod content;
mod dashboards;
mod datasources;
mod error;
mod faults;
mod folders;
mod identity;
mod import;
mod library;
mod numbers;
mod objects;
mod options;
mod pages;
mod plugins;
mod provision;
mod proxy;
mod refusal;
mod reply;
mod routes;
mod save;
mod search;
mod secrets;
mod server;
mod service_accounts;
mod slug;
mod state;
mod store;
mod uids;
mod version;
mod versions;
mod view;

pub use error::Error;
pub use faults::{Effect, Fault, ParseFaultError};
pub use options::{Options, ParseOptionError, Role, Token, User};
pub use server::Sandbox;
pub use state::Request;
pub use version::{ParseVersionError, Version};
