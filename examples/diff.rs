//! Says what differs between two files, in the words of the person who made the edits.
//!
//! `cargo run --example diff -- before.json after.json`

use dashctl::dashboard::compare::{Context, compare};
use dashctl::report::Semantic;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let [before, after] = &files[..] else {
        return Err("two files are compared".into());
    };
    print!("{}", diff(&std::fs::read(before)?, &std::fs::read(after)?)?);
    Ok(())
}

/// What differs, line by line. Defaults and migrations of Grafana's own are no differences.
///
/// # Errors
///
/// A text that is no dashboard.
pub fn diff(before: &[u8], after: &[u8]) -> Result<String, Box<dyn std::error::Error>> {
    let (before, after) = (dashctl::dashboard::parse(before)?, dashctl::dashboard::parse(after)?);
    let found = compare(before.content(), after.content(), &Context::default());
    Ok(Semantic::new(&found).to_string())
}
