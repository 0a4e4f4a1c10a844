//! The sandbox on its own: small scenarios that need no recordings.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "sandbox/apis.rs"]
mod apis;
#[path = "sandbox/client.rs"]
mod client;
#[path = "sandbox/failures.rs"]
mod failures;
#[path = "sandbox/pages.rs"]
mod pages;
#[path = "sandbox/program.rs"]
mod program;
#[path = "sandbox/proxy.rs"]
mod proxy;
#[path = "sandbox/rights.rs"]
mod rights;
#[path = "sandbox/saving.rs"]
mod saving;
#[path = "sandbox/survival.rs"]
mod survival;
