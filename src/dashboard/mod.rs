//! The dashboard JSON: inputs, comparison, merge. Pure functions of values: no HTTP, no files, no terminal.

pub mod compare;
