use std::path::Path;

use serde_json::Value;

use super::super::Error;
use crate::dashboard::DataSource;
use crate::dashboard::{content, parse};

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|error| Error::new(format!("could not read {}: {error}", path.display())))
}

/// The dashboard in a file, classic or v2: bare, or in the envelope that Grafana's APIs put around it.
///
/// # Errors
///
/// The file can't be read, or holds no dashboard.
pub fn dashboard(path: &Path) -> Result<Value, Error> {
    let dashboard = parse(&read(path)?).map_err(|error| {
        Error::new(format!("{}: {error}", path.display()))
            .hint("a dashboard is an object with a title and panels, or the answer of GET /api/dashboards/uid/…")
    })?;
    Ok(dashboard.into_content())
}

/// A saved list of data sources.
///
/// # Errors
///
/// The file can't be read, or holds no such list.
pub fn data_sources(path: &Path) -> Result<Vec<DataSource>, Error> {
    let wrong = |error: &dyn std::fmt::Display| {
        Error::new(format!("{} is not a list of data sources: {error}", path.display()))
            .hint("save the answer of GET /api/datasources")
    };
    let bytes = read(path)?;
    let text = std::str::from_utf8(&bytes).map_err(|error| wrong(&error))?;
    let list = content(text).map_err(|error| wrong(&error))?;
    serde_json::from_value(list).map_err(|error| wrong(&error))
}
