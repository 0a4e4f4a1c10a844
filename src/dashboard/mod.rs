//! What is in a dashboard's JSON?
//!
//! Inputs, panels, comparison. Pure functions of values: no HTTP, no files, no terminal, and no knowledge of where a
//! dashboard came from.

pub mod compare;
mod document;
pub mod inputs;
mod panels;
mod placeholders;
mod uid;

pub use document::{Invalid, MAX_BYTES, parse, sort_keys, title, to_sorted_text};
pub use panels::{panel_types, panels};
pub use uid::{Uid, UidError};
