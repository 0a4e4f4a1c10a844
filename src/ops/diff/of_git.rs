//! Two versions of one file, as Git gives them to a diff driver.

use std::path::Path;

use serde_json::json;

use super::super::Error;
use crate::dashboard::compare::{Comparison, Context, compare};
use crate::dashboard::{Document, parse};

/// What is between two versions of a file.
#[derive(Debug)]
pub enum Between {
    /// Both hold dashboards, or one of them is empty.
    Dashboards(Box<Comparison>),
    /// They hold something else: what differs, line by line.
    Texts(String),
}

/// Compares two versions of the file `name`; `/dev/null` is one that isn't there.
///
/// # Errors
///
/// A file that can't be read.
pub fn of_files(name: &str, sides: [&Path; 2]) -> Result<Between, Error> {
    let read = |path: &Path| std::fs::read(path).map_err(|error| Error::new(format!("{}: {error}", path.display())));
    let bytes = [read(sides[0])?, read(sides[1])?];
    let documents = bytes.each_ref().map(|bytes| match bytes.is_empty() {
        true => Some(Document::Classic(json!({"panels": []}))),
        false => parse(bytes).ok(),
    });
    if let [Some(old), Some(new)] = &documents {
        let comparison = compare(old.content(), new.content(), &Context::default());
        return Ok(Between::Dashboards(Box::new(comparison)));
    }
    let [old, new] = bytes.each_ref().map(|bytes| String::from_utf8_lossy(bytes));
    let diff = similar::TextDiff::from_lines(&*old, &*new);
    let lines = diff
        .unified_diff()
        .header(&format!("a/{name}"), &format!("b/{name}"))
        .to_string();
    Ok(Between::Texts(lines))
}
