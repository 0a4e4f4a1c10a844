use std::path::Path;

use serde_json::Value;

use super::super::Error;
use crate::dashboard::compare::DataSource;

fn read(path: &Path) -> Result<Value, Error> {
    let text =
        std::fs::read(path).map_err(|error| Error::new(format!("could not read {}: {error}", path.display())))?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    serde_json::from_slice(text).map_err(|error| {
        // serde_json ends its own message with the position, too.
        let message = error.to_string();
        let message = message
            .rsplit_once(" at line ")
            .map_or(message.as_str(), |(message, _)| message);
        Error::new(format!(
            "{} is not JSON: line {}, column {}: {message}",
            path.display(),
            error.line(),
            error.column()
        ))
    })
}

/// The dashboard in a file, classic or v2: bare, or in the envelope that Grafana's APIs put around it.
///
/// # Errors
///
/// The file can't be read, or holds no dashboard.
pub fn dashboard(path: &Path) -> Result<Value, Error> {
    let mut value = read(path)?;
    let wrong = |what: &str| {
        Error::new(format!(
            "{} is not a dashboard, line 1, column 1: {what}",
            path.display()
        ))
        .hint("a dashboard is an object with a title and panels, or the answer of GET /api/dashboards/uid/…")
    };
    for envelope in ["dashboard", "spec"] {
        if let Some(inner) = value.get_mut(envelope).filter(|inner| inner.is_object()) {
            value = inner.take();
        }
    }
    let v2 = ["elements", "layout"]
        .iter()
        .all(|key| value.get(key).is_some_and(Value::is_object));
    if v2 {
        return Ok(value);
    }
    let Some(map) = value.as_object() else {
        return Err(wrong("expected a JSON object"));
    };
    if !["title", "panels", "rows", "schemaVersion", "templating", "uid"]
        .iter()
        .any(|key| map.contains_key(*key))
    {
        return Err(wrong("it has neither a title nor panels"));
    }
    Ok(value)
}

/// A saved list of data sources.
///
/// # Errors
///
/// The file can't be read, or holds no such list.
pub fn data_sources(path: &Path) -> Result<Vec<DataSource>, Error> {
    serde_json::from_value(read(path)?).map_err(|error| {
        Error::new(format!("{} is not a list of data sources: {error}", path.display()))
            .hint("save the answer of GET /api/datasources")
    })
}
