//! `dashctl diff`: what differs between two dashboards.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Exit, Failure};
use crate::dashboard::compare::{Comparison, Context, DataSource, compare};
use crate::report::Semantic;

/// Shows what differs between two dashboards, in the words of the person who edited them.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The older side: a JSON file.
    before: PathBuf,
    /// The newer side: a JSON file.
    after: PathBuf,
    /// How to show the differences.
    #[arg(short, long, value_enum, default_value_t = Format::Semantic)]
    output: Format,
    /// Also list what differs without an edit, with the rule that says so.
    #[arg(long)]
    all: bool,
    /// The data sources of the Grafana that both dashboards are for, as GET /api/datasources lists them.
    #[arg(long, value_name = "FILE")]
    datasources: Option<PathBuf>,
    /// The exit code if something differs; 0: never fail because of a difference.
    #[arg(long, value_name = "N", default_value_t = 2)]
    exit_code: u8,
}

/// How differences are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// In words, by panel and query.
    Semantic,
    /// Line by line, both sides with sorted keys; edits and noise alike.
    Unified,
    /// For machines.
    Json,
}

/// Runs the verb.
///
/// # Errors
///
/// A file that can't be read or is not a dashboard.
#[allow(clippy::unused_async)]
pub async fn run(args: Args) -> Result<Exit, Failure> {
    let before = dashboard(&args.before)?;
    let after = dashboard(&args.after)?;
    let context = match &args.datasources {
        Some(path) => Context::with_data_sources(data_sources(path)?),
        None => Context::default(),
    };
    let comparison = compare(&before, &after, &context);
    match args.output {
        Format::Semantic => {
            let colour = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
            anstream::print!("{}", Semantic::new(&comparison).colour(colour).noise(args.all));
        }
        Format::Unified => anstream::print!("{}", unified(&args, &before, &after)),
        Format::Json => anstream::println!("{}", json(&comparison, args.all)?),
    }
    Ok(if comparison.is_same() {
        Exit::Done
    } else {
        match args.exit_code {
            0 => Exit::Done,
            2 => Exit::Differs,
            code => Exit::Chosen(code),
        }
    })
}

fn read(path: &Path) -> Result<Value, Failure> {
    let text =
        std::fs::read(path).map_err(|error| Failure::new(format!("could not read {}: {error}", path.display())))?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    serde_json::from_slice(text).map_err(|error| {
        // serde_json ends its own message with the position, too.
        let message = error.to_string();
        let message = message
            .rsplit_once(" at line ")
            .map_or(message.as_str(), |(message, _)| message);
        Failure::new(format!(
            "{} is not JSON: line {}, column {}: {message}",
            path.display(),
            error.line(),
            error.column()
        ))
    })
}

/// The dashboard in a file: bare, or in the envelope that Grafana's API puts around it.
fn dashboard(path: &Path) -> Result<Value, Failure> {
    let mut value = read(path)?;
    let wrong = |what: &str| {
        Failure::new(format!(
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
    let Some(map) = value.as_object() else {
        return Err(wrong("expected a JSON object"));
    };
    if map.contains_key("elements") {
        return Err(wrong("it is in Grafana's v2 form, which can't be compared yet"));
    }
    if !["title", "panels", "rows", "schemaVersion", "templating", "uid"]
        .iter()
        .any(|key| map.contains_key(*key))
    {
        return Err(wrong("it has neither a title nor panels"));
    }
    Ok(value)
}

fn data_sources(path: &Path) -> Result<Vec<DataSource>, Failure> {
    serde_json::from_value(read(path)?).map_err(|error| {
        Failure::new(format!("{} is not a list of data sources: {error}", path.display()))
            .hint("save the answer of GET /api/datasources")
    })
}

fn unified(args: &Args, before: &Value, after: &Value) -> String {
    let text = |value: &Value| {
        let mut value = value.clone();
        value.sort_all_objects();
        let mut text = serde_json::to_string_pretty(&value).unwrap_or_default();
        text.push('\n');
        text
    };
    let (old, new) = (text(before), text(after));
    let diff = similar::TextDiff::from_lines(&old, &new);
    let mut out = String::new();
    let (from, to) = (args.before.display().to_string(), args.after.display().to_string());
    // Writing to a string cannot fail.
    let _ = write!(out, "{}", diff.unified_diff().header(&from, &to));
    out
}

fn json(comparison: &Comparison, all: bool) -> Result<String, Failure> {
    let mut value = serde_json::to_value(comparison)
        .map_err(|error| Failure::new(format!("could not write the comparison as JSON: {error}")))?;
    if let Some(map) = value.as_object_mut() {
        if !all {
            map.insert("noise".to_owned(), comparison.noise.len().into());
        }
        map.insert("same".to_owned(), comparison.is_same().into());
    }
    serde_json::to_string_pretty(&value)
        .map_err(|error| Failure::new(format!("could not write the comparison as JSON: {error}")))
}
