//! What `dashctl` knows of Grafana: dashboards and how they differ, the client of its HTTP API, and a stand-in for it.
//!
//! These are the rooms of the crate `dashctl` where the time goes, whatever it does: they are optimised in every release
//! build, and they build while its other dependencies do. `dashctl` gives them on under its own name, so that a program needs
//! only that crate; which room knows what, and may use which, is in the table of its first page.

pub mod answer;
pub mod cause;
pub mod dashboard;
pub mod grafana;
pub mod nearest;
pub mod sandbox;
